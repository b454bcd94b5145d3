package dagster

import (
	"strings"
	"testing"
)

func started(t *testing.T, message string) (Message, *Asked, error) {
	t.Helper()
	m, err := ReadMessage([]byte(message))
	if err != nil {
		return m, nil, err
	}
	a, err := understand(schema(t), m.Request)
	return m, a, err
}

func TestAttack086EachStartIsReadAsARequest(t *testing.T) {
	const logs = `subscription A($i:ID!){pipelineRunLogs(runId:$i){__typename}}`
	m, a, err := started(t, `{"type":"start","id":"7","payload":{"query":"`+logs+` mutation B{setNuxSeen}","variables":{"i":"x","more":1},"operationName":"A"}}`)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := table(t).Targets(a.Operations[0])
	if err != nil || targets[0].short() != "runs.view deployment" {
		t.Errorf("it takes %v, %v", targets, err)
	}
	const want = `{"id":"7","payload":{"operation_name":"A","query":"subscription A($r0_runId:ID!){pipelineRunLogs(runId:$r0_runId){__typename}}","variables":{"r0_runId":"x"}},"type":"start"}`
	if got := string(StartMessage(m.ID, a)); got != want {
		t.Errorf("forwarded\n%s, want\n%s", got, want)
	}
	again, a2, err := started(t, want)
	if err != nil || again.ID != "7" || string(a2.Body()) == "" || a2.Operations[0].Arguments["runId"] != "x" {
		t.Errorf("what is forwarded is read as %+v, %v", again, err)
	}
}

// TestAttack086NoMutationOverTheSocket: graphql-core without validation streams a mutation's first field and runs the others again
// at every event.
func TestAttack086NoMutationOverTheSocket(t *testing.T) {
	for payload, want := range map[string]string{
		`{"query":"mutation{setNuxSeen}"}`: "gate.socket",
		`{"query":"{version}"}`:            "gate.socket",
		`{"query":"mutation B{setNuxSeen} subscription A{locationStateChangeEvents{__typename}}","operation_name":"B"}`:                     "gate.socket",
		`{"query":"mutation B{setNuxSeen} subscription A{locationStateChangeEvents{__typename}}","operation_name":"B","operationName":"A"}`: "gate.operation_name",
		`{"query":"mutation{locationStateChangeEvents{__typename} setNuxSeen}"}`:                                                            "gate.document",
		`{"query":"subscription{locationStateChangeEvents{__typename} pipelineRunLogs(runId:1){__typename}}"}`:                              "gate.document",
		`{"query":"subscription{a:locationStateChangeEvents{__typename} b:locationStateChangeEvents{__typename}}"}`:                         "gate.socket",
		`{"query":"subscription{__typename}"}`: "gate.document",
		`"x"`:                                  "gate.socket",
		`{"query":["x"]}`:                      "gate.query",
		`{"query":"subscription{locationStateChangeEvents{__typename}}","operation_name":1}`: "gate.operationName",
	} {
		if _, _, err := started(t, `{"type":"start","id":"1","payload":`+payload+`}`); rule(err) != want {
			t.Errorf("%s: %v, want %s", payload, err, want)
		}
	}
}

func TestTheOtherMessages(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"connection_init","payload":{"token":"secret"}}`: `{"type":"connection_init"}`,
		`{"type":"stop","id":"1"}`:                                `{"id":"1","type":"stop"}`,
		`{"type":"connection_terminate"}`:                         `{"type":"connection_terminate"}`,
	} {
		m, err := ReadMessage([]byte(text))
		if err != nil || string(PlainMessage(m)) != want {
			t.Errorf("%s is forwarded as %s, %v", text, PlainMessage(m), err)
		}
	}
	for _, text := range []string{`{"type":"subscribe","id":"1"}`, `{"type":"stop"}`, `{"type":"stop","id":""}`, `{"type":"stop","id":"` + strings.Repeat("a", 129) + `"}`, `{"id":"1"}`} {
		if _, err := ReadMessage([]byte(text)); rule(err) != "gate.socket" {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := ReadMessage([]byte(strings.Repeat(" ", MaxBody+1))); rule(err) != "gate.size" {
		t.Errorf("a message that is too large: %v", err)
	}
	if got := string(RefuseMessage("1", "no")); got != `{"id":"1","payload":{"message":"no"},"type":"error"}` {
		t.Errorf("refused with %s", got)
	}
}

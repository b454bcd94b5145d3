package authzen

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// TestAttack036ABatchMixesItsItemsUp puts questions that are equal but for one part into batches, shuffled and many times
// over: each item's answer is the one that it gets alone, with the same reason.
func TestAttack036ABatchMixesItsItemsUp(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	bo := h.ids["user:bo@acme.test"]
	items := []string{`{}`, `7`, `{"action":{"name":"read"}}`}
	for _, who := range []string{"user:bo@acme.test", "user:BO@Acme.Test", "user: bo@acme.test", "user:bo@acme.test ", "user:" + bo, "user:" + strings.ToUpper(bo),
		"service_user:" + bo, "service_user:bo@acme.test", "user:ana@acme.test", "service_user:ci"} {
		for _, action := range []string{"read", "records.read", "Read", "read ", "write", "dagster.runs.view"} {
			for _, resource := range []string{"record|record-1", "record|Record-1", "record|record-1/", "records.record|record-1", "Record|record-1", "record|record-2",
				"record|a%2Fb", "record|a%2fb", "record|a/b", "dagster.code_location|prod/etl", "dagster.code_location|dev/etl", "dagster.branch_deployment|prod/branch:feature-1"} {
				kind, id, _ := strings.Cut(resource, "|")
				q := strings.TrimSuffix(question3(who, action, kind, id), "}")
				items = append(items, q+`,"context":{}}`)
			}
		}
	}
	// What a caller adds to a question changes no answer, and makes no item another one's twin.
	plain := strings.TrimSuffix(question3("user:bo@acme.test", "read", "record", "record-1"), "}")
	for _, more := range []string{`{"reason":true}`, `{"reason":false}`, `{"at_least":{"revision":1}}`, `{"user":"ana@acme.test","decision":false}`} {
		items = append(items, plain+`,"context":`+more+`}`, strings.Replace(plain, "read", "write", 1)+`,"context":`+more+`}`)
	}
	const defaults = `"subject":{"type":"user","id":"bo@acme.test"},"action":{"name":"write"},"resource":{"type":"record","id":"record-1"}`
	batch := func(items []string) []string {
		w := h.do(call{path: evaluationsPath, token: h.tokens["acme/harness"], body: `{` + defaults + `,"evaluations":[` + strings.Join(items, ",") + `]}`})
		var answer struct{ Evaluations []json.RawMessage }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); w.Code != http.StatusOK || err != nil || len(answer.Evaluations) != len(items) {
			t.Fatalf("%d items: %d %v, %d answers: %.300s", len(items), w.Code, err, len(answer.Evaluations), w.Body)
		}
		texts := make([]string, len(items))
		for i, e := range answer.Evaluations {
			texts[i] = string(e)
		}
		return texts
	}
	alone := map[string]string{}
	yes := 0
	for _, item := range items {
		alone[item] = batch([]string{item})[0]
		if strings.HasPrefix(item, `{"subject"`) { // whole questions have an address of their own
			if w := h.do(call{path: evaluationPath, body: item, token: h.tokens["acme/harness"]}); w.Body.String() != alone[item] {
				t.Errorf("%s: %s, in a batch of one %s", item, w.Body, alone[item])
			}
		}
		if strings.HasPrefix(alone[item], `{"decision":true`) {
			yes++
		}
	}
	if yes < 20 || yes > len(items)/2 {
		t.Fatalf("%d of %d are yes: the items lost their point", yes, len(items))
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 36))
		many := make([]string, 400)
		for i := range many {
			many[i] = items[rng.IntN(len(items))]
			if i > 0 && rng.IntN(3) == 0 { // the same again, next to it or far
				many[i] = many[rng.IntN(i)]
			}
		}
		for i, got := range batch(many) {
			if got != alone[many[i]] {
				t.Fatalf("%s", fmt.Sprintf("batch %d, item %d, %s: %s, alone %s", seed, i, many[i], got, alone[many[i]]))
			}
		}
	}
}

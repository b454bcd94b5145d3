package dagster

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/fault"
)

// entry is one nasty request of testdata/corpus: what is sent, and what we say of it. The mutation in it, where there is one, is
// setConcurrencyLimit(concurrencyKey: "corpus"), whose effect can be seen on a real server.
type entry struct {
	Name       string
	Method     string
	Headers    map[string]string
	Query      string // of the URL, as it is
	Body       string
	BodyBase64 string   `json:"body_base64"`
	Message    string   // of the socket
	Refused    string   // the rule; empty: it is read
	Asks       []string // "mutation setConcurrencyLimit"
}

func corpus(t testing.TB, file string) []entry {
	t.Helper()
	text, err := os.ReadFile("testdata/corpus/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (e entry) header() http.Header {
	h := http.Header{}
	for k, v := range e.Headers {
		h.Set(k, v)
	}
	return h
}

func (e entry) body(t testing.TB) []byte {
	t.Helper()
	if e.BodyBase64 == "" {
		return []byte(e.Body)
	}
	raw, err := base64.StdEncoding.DecodeString(e.BodyBase64)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var newest = sync.OnceValues(func() (*Schema, error) {
	text, err := os.ReadFile("testdata/schema-1.13.27.json")
	if err != nil {
		return nil, err
	}
	return LoadSchema(text)
})

func schema(t testing.TB) *Schema {
	t.Helper()
	s, err := newest()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// understand goes the whole way from a request to what it asks.
func understand(s *Schema, r Request) (*Asked, error) {
	d, err := Parse(s, r)
	if err != nil {
		return nil, err
	}
	return d.Ask(r.Variables)
}

func asks(a *Asked) []string {
	list := []string{}
	for _, o := range a.Operations {
		list = append(list, string(o.Kind)+" "+o.Field)
	}
	return list
}

func rule(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Rule
	}
	return ""
}

// judge compares one entry with what was found, and checks that what is forwarded is understood as the same.
func (e entry) judge(t *testing.T, a *Asked, err error) {
	t.Helper()
	if e.Refused != "" || err != nil {
		if rule(err) != e.Refused || !fault.Is(err, fault.Invalid) {
			t.Errorf("refused by %q (%v), want %q", rule(err), err, e.Refused)
		}
		return
	}
	if got := asks(a); !slices.Equal(got, e.Asks) {
		t.Errorf("asks %q, want %q", got, e.Asks)
	}
	sameAgain(t, a)
}

// sameAgain reads what is forwarded as a request of its own: it asks for the same with the same arguments, and is forwarded as it is.
func sameAgain(t *testing.T, a *Asked) {
	t.Helper()
	body := a.Body()
	r, err := Read(http.MethodPost, http.Header{"Content-Type": {"application/json"}}, "", body)
	if err != nil {
		t.Fatalf("what is forwarded is refused: %v\n%s", err, body)
	}
	if a.Document.Kind == Subscription {
		r.Door = Socket
	}
	var again *Asked
	d, err := parse(a.Document.schema, r, true)
	if err == nil {
		again, err = d.Ask(r.Variables)
	}
	if err != nil {
		t.Fatalf("what is forwarded is refused: %v\n%s", err, body)
	}
	type plain struct {
		Field, Key string
		Arguments  map[string]any
		Reads      []string
	}
	list := func(a *Asked) (all []plain) {
		for _, o := range a.Operations {
			all = append(all, plain{o.Field, o.Key, o.Arguments, o.Reads})
		}
		return all
	}
	if diff := cmp.Diff(list(a), list(again)); diff != "" {
		t.Errorf("what is forwarded asks for something else:\n%s\n%s", diff, body)
	}
	// Once carried by variables, arguments stay there; the names of those variables may grow.
	if a.Document.Kind == Query && string(again.Body()) != string(body) {
		t.Errorf("forwarded twice it is something else:\n%s\n%s", body, again.Body())
	}
}

func TestTheCorpusIsJudgedAsItSays(t *testing.T) {
	for _, file := range []string{"http.json", "documents.json"} {
		for _, e := range corpus(t, file) {
			t.Run(e.Name, func(t *testing.T) {
				r, err := Read(e.Method, e.header(), e.Query, e.body(t))
				var a *Asked
				if err == nil {
					a, err = understand(schema(t), r)
				}
				e.judge(t, a, err)
			})
		}
	}
	for _, e := range corpus(t, "socket.json") {
		t.Run(e.Name, func(t *testing.T) {
			m, err := ReadMessage([]byte(e.Message))
			if err == nil && m.Type != Start {
				if len(e.Asks) > 0 || e.Refused != "" {
					t.Errorf("it is a %s", m.Type)
				}
				return
			}
			var a *Asked
			if err == nil {
				a, err = understand(schema(t), m.Request)
			}
			e.judge(t, a, err)
		})
	}
}

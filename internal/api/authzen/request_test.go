package authzen

import (
	"encoding/json"
	"testing"
)

// naive reads an entity with encoding/json into maps, whose keys are exact.
func naive(body map[string]any, name, kindKey, idKey string) (e entity) {
	raw, given := body[name]
	if !given {
		return entity{}
	}
	e.given = true
	members, ok := raw.(map[string]any)
	wrong := !ok
	if kind, given := members[kindKey]; given && kindKey != "" {
		e.kind, e.hasKind = kind.(string)
		wrong = wrong || !e.hasKind
	}
	if id, given := members[idKey]; given {
		e.id, e.hasID = id.(string)
		wrong = wrong || !e.hasID
	}
	if p, given := members["properties"]; given {
		_, ok := p.(map[string]any)
		wrong = wrong || !ok
	}
	if wrong {
		e.wrong = "x"
	}
	return e
}

func same(got, want entity) bool {
	if got.wrong != "" {
		got.wrong = "x"
	}
	return got == want
}

// FuzzRequest compares what a request says with what encoding/json finds in it.
func FuzzRequest(f *testing.F) {
	for _, c := range certification {
		f.Add(c.body)
	}
	f.Add(`{"subject":{"type":"user","id":1,"properties":[]},"action":{"name":null},"resource":7,"evaluations":[1,{"subject":{"ID":"x"}},{"action":{"name":"a\u0062","type":3}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if halves(text) {
			return
		}
		q := request{reader: reader{text: text}}
		q.read(true, true)
		if (q.reader.wrong == "") != strict(text) {
			t.Fatalf("%q: %q, want strict %v", text, q.reader.wrong, strict(text))
		}
		var body map[string]any
		if q.reader.wrong != "" || json.Unmarshal([]byte(text), &body) != nil || body == nil {
			return
		}
		questions, bodies := []question{q.question}, []map[string]any{body}
		if items, ok := body["evaluations"].([]any); ok {
			if len(items) != len(q.items) {
				t.Fatalf("%q: %d items, want %d", text, len(q.items), len(items))
			}
			for i, item := range items {
				if members, ok := item.(map[string]any); ok {
					questions, bodies = append(questions, q.items[i]), append(bodies, members)
				} else if q.items[i].wrong == "" {
					t.Fatalf("%q: item %d is no object", text, i)
				}
			}
		}
		for i, b := range bodies {
			got := questions[i]
			if !same(got.subject, naive(b, "subject", "type", "id")) || !same(got.action, naive(b, "action", "", "name")) || !same(got.resource, naive(b, "resource", "type", "id")) {
				t.Fatalf("%q: question %d is read as %+v", text, i, got)
			}
		}
	})
}

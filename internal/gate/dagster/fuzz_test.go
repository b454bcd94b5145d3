package dagster

import (
	"net/http"
	"reflect"
	"testing"

	"bailiwick/internal/fault"
)

// FuzzRead: whatever comes, nothing falls over, errors say what is wrong, and what is read reads back as the same.
func FuzzRead(f *testing.F) {
	for _, file := range []string{"http.json", "documents.json"} {
		for _, e := range corpus(f, file) {
			f.Add(e.Method, e.Headers["Content-Type"], e.Query, e.body(f))
		}
	}
	f.Fuzz(func(t *testing.T, method, contentType, query string, body []byte) {
		r, err := Read(method, http.Header{"Content-Type": {contentType}}, query, body)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v is not the client's mistake", err)
			}
			return
		}
		again, err := Read(http.MethodPost, http.Header{"Content-Type": {"application/json"}}, "", r.Body())
		r.Door = Post
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("%+v reads back as %+v, %v", r, again, err)
		}
		understandTwice(t, r)
	})
}

// FuzzParse: a document that is understood is forwarded as one that is understood as the same.
func FuzzParse(f *testing.F) {
	for _, e := range corpus(f, "documents.json") {
		if r, err := Read(e.Method, e.header(), e.Query, e.body(f)); err == nil {
			f.Add(r.Query, r.OperationName, string(encode(r.Variables)))
		}
	}
	f.Fuzz(func(t *testing.T, query, name, variables string) {
		v, err := decodeObject([]byte(variables))
		if err != nil {
			return
		}
		understandTwice(t, Request{Query: query, OperationName: name, Variables: v})
	})
}

// FuzzMessage: the same for the socket.
func FuzzMessage(f *testing.F) {
	for _, e := range corpus(f, "socket.json") {
		f.Add([]byte(e.Message))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadMessage(text)
		if err != nil {
			return
		}
		if m.Type != Start {
			if again, err := ReadMessage(PlainMessage(m)); err != nil || !reflect.DeepEqual(m, again) {
				t.Fatalf("%+v reads back as %+v, %v", m, again, err)
			}
			return
		}
		understandTwice(t, m.Request)
	})
}

func understandTwice(t *testing.T, r Request) {
	t.Helper()
	a, err := understand(schema(t), r)
	if err != nil {
		if !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v is not the client's mistake", err)
		}
		return
	}
	sameAgain(t, a)
	Refusal(a, Reason{Text: "no"})
	for _, o := range a.Operations {
		if targets, err := table(t).Targets(o); err != nil || len(targets) == 0 {
			t.Fatalf("%s %s takes nothing: %v", o.Kind, o.Field, err)
		}
	}
}

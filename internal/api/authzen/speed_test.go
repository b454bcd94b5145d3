package authzen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The trivial handler decodes and encodes the same nested JSON with encoding/json, and does nothing else.
type trivialEntity struct {
	Type       string         `json:"type,omitempty"`
	ID         string         `json:"id,omitempty"`
	Name       string         `json:"name,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

type trivialRequest struct {
	Subject     *trivialEntity   `json:"subject"`
	Action      *trivialEntity   `json:"action"`
	Resource    *trivialEntity   `json:"resource"`
	Context     map[string]any   `json:"context"`
	Evaluations []trivialRequest `json:"evaluations"`
}

type trivialContext struct {
	Revision int64 `json:"revision"`
	Epoch    int64 `json:"epoch"`
}

type trivialAnswer struct {
	Decision    *bool           `json:"decision,omitempty"`
	Context     *trivialContext `json:"context,omitempty"`
	Evaluations []trivialAnswer `json:"evaluations,omitempty"`
}

func trivial(w http.ResponseWriter, r *http.Request) {
	var q trivialRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	yes := true
	one := trivialAnswer{Decision: &yes, Context: &trivialContext{Revision: 12}}
	answer := one
	if len(q.Evaluations) > 0 {
		answer = trivialAnswer{}
		for range q.Evaluations {
			answer.Evaluations = append(answer.Evaluations, one)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

const asked = `{"subject":{"type":"user","id":"bo@acme.test"},"action":{"name":"dagster.runs.view"},"resource":{"type":"dagster.code_location","id":"prod/etl"}}`

func hundred() string {
	return `{"evaluations":[` + strings.TrimSuffix(strings.Repeat(asked+",", 100), ",") + `]}`
}

// BenchmarkDoor compares the door with the trivial handler, with and without HTTP around them.
func BenchmarkDoor(b *testing.B) {
	h := newHouse(b, "acme.yaml")
	for _, path := range []string{evaluationPath, evaluationsPath} {
		text := map[string]string{evaluationPath: asked, evaluationsPath: hundred()}[path]
		for name, handler := range map[string]http.Handler{"door": h.mux, "trivial": http.HandlerFunc(trivial)} {
			b.Run(fmt.Sprintf("handler%s/%s", path[len("/access/v1"):], name), func(b *testing.B) {
				b.ReportAllocs()
				w := &sink{header: http.Header{}}
				for b.Loop() {
					r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(text))
					r.Header["Content-Type"], r.Header["Authorization"] = []string{"application/json"}, []string{"Bearer " + h.tokens["acme/harness"]}
					clear(w.header)
					handler.ServeHTTP(w, r)
				}
			})
			b.Run(fmt.Sprintf("http%s/%s", path[len("/access/v1"):], name), func(b *testing.B) {
				server := httptest.NewServer(handler)
				defer server.Close()
				b.ReportAllocs()
				b.SetParallelism(8)
				b.RunParallel(func(pb *testing.PB) {
					client := &http.Client{Transport: &http.Transport{}}
					for pb.Next() {
						r, _ := http.NewRequest(http.MethodPost, server.URL+path, bytes.NewReader([]byte(text)))
						r.Header["Content-Type"], r.Header["Authorization"] = []string{"application/json"}, []string{"Bearer " + h.tokens["acme/harness"]}
						answer, err := client.Do(r)
						if err != nil || answer.StatusCode != http.StatusOK {
							b.Error(answer, err)
							return
						}
						_, _ = io.Copy(io.Discard, answer.Body)
						_ = answer.Body.Close()
					}
				})
			})
		}
	}
}

// A sink takes an answer and drops it.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

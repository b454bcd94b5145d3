package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/signal"
	"time"
)

// The trivial server decodes and encodes the same nested JSON as the product's AuthZEN door, with encoding/json, and does
// nothing else: it knows nobody, decides nothing and counts nothing.

type trivialEntity struct {
	Type       string         `json:"type,omitempty"`
	ID         string         `json:"id,omitempty"`
	Name       string         `json:"name,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

type trivialRequest struct {
	Subject     *trivialEntity   `json:"subject,omitempty"`
	Action      *trivialEntity   `json:"action,omitempty"`
	Resource    *trivialEntity   `json:"resource,omitempty"`
	Context     map[string]any   `json:"context,omitempty"`
	Evaluations []trivialRequest `json:"evaluations,omitempty"`
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
	one := trivialAnswer{Decision: &yes, Context: &trivialContext{Revision: 25_000}}
	answer := one
	if len(q.Evaluations) > 0 {
		answer = trivialAnswer{Evaluations: make([]trivialAnswer, len(q.Evaluations))}
		for i := range answer.Evaluations {
			answer.Evaluations[i] = one
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // an error means that whoever asked has gone
}

// serveTrivial answers until it is interrupted.
func serveTrivial(address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST "+evaluationPath, trivial)
	mux.HandleFunc("POST "+evaluationsPath, trivial)
	s := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if err := s.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

package webhook

import (
	"encoding/json"
	"fmt"
	"time"

	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// A message is the body of a delivery.
type message struct {
	Type      string    `json:"type"`      // of the event: "grant.added"
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      data      `json:"data"`
}

type data struct {
	Organization string         `json:"organization"`
	Revision     int64          `json:"revision,omitempty"`
	Epoch        int64          `json:"epoch,omitempty"`
	Change       string         `json:"change,omitempty"`
	Actor        string         `json:"actor,omitempty"` // by opaque id
	Action       string         `json:"action,omitempty"`
	Targets      []string       `json:"targets,omitempty"` // by opaque id
	Facts        map[string]any `json:"facts,omitempty"`
	// Names is there where the endpoint asks for personal data, as far as it was not erased.
	Names   *names `json:"names,omitempty"`
	Webhook string `json:"webhook,omitempty"` // of a test
}

type names struct {
	Actor   string          `json:"actor"`
	Targets []string        `json:"targets"`
	Details string          `json:"details"`
	Facts   json.RawMessage `json:"facts"`
}

// messageID names a message: the same for each try, so that a receiver can tell that it has it already.
func messageID(organization string, epoch, revision int64) string {
	return fmt.Sprintf("msg_%s_%d_%d", organization, epoch, revision)
}

// compose writes the message of a row.
func compose(w *state.Webhook, r *journal.Record, row *history.Row) ([]byte, error) {
	facts, err := history.Facts(r.Entry)
	if err != nil {
		return nil, err
	}
	m := message{Type: r.Type, Timestamp: r.At, Data: data{Organization: r.Organization, Revision: r.Revision, Epoch: r.Epoch, Change: r.Change,
		Actor: r.Actor, Action: r.Type, Targets: row.TargetIDs, Facts: facts}}
	if w.Personal {
		m.Data.Names = &names{Actor: row.Actor, Targets: row.Targets, Details: row.Details, Facts: row.Facts}
	}
	return json.Marshal(m)
}

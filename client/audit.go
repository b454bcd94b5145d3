package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An AuditQuery is the query of GET /api/v1/audit and GET /api/v1/audit/export. A list that is empty filters nothing; a row
// has to have one of each list that is not.
type AuditQuery struct {
	Since, Until time.Time // Since <= time < Until; zero: no bound
	Actors       []string  // "ana@acme.test", "service_user:ci", "rule:sign_on", or opaque ids
	Actions      []string  // types of events and operations: "grant.added", "users.list"; "grant.*" for all that begin so
	Targets      []string  // people, teams, tokens, or paths: those count with all beneath
	Platform     string    // its slug
	Deployment   string    // "prod", or "dagster/prod"
	Results      []string  // "done", "refused", "allowed"
	Via          []string  // "api", "cli", "signin"
	Events       []string  // names of Dagster's audit log: "CHANGE_USER_PERMISSIONS"
	Text         string    // in the row as people read it, without regard to case
	Source       string    // "journal": changes; "activity": what was refused or read; "": both
	Page
}

func (a AuditQuery) values() url.Values {
	q := url.Values{}
	for name, t := range map[string]time.Time{"since": a.Since, "until": a.Until} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	for name, list := range map[string][]string{"actor": a.Actors, "action": a.Actions, "target": a.Targets, "result": a.Results, "via": a.Via, "event": a.Events} {
		set(q, name, strings.Join(list, ","))
	}
	set(q, "platform", a.Platform)
	set(q, "deployment", a.Deployment)
	set(q, "text", a.Text)
	set(q, "source", a.Source)
	a.query(q)
	return q
}

// Audit is one page of the audit log, newest first: the answer of GET /api/v1/audit.
type Audit struct {
	Rows []AuditRow `json:"rows"`
	Next string     `json:"next,omitempty"`
	Facts
}

// An AuditRow is one line of the audit log: a row of the journal, or activity beside it.
type AuditRow struct {
	ID       string    `json:"id"`   // of the row, for ever the same: "57" of the journal, "a12.3" of the activity
	Time     time.Time `json:"time"` // UTC
	Revision int64     `json:"revision,omitempty"`
	Epoch    int64     `json:"epoch,omitempty"`
	Change   string    `json:"change,omitempty"`  // id of the change that the row is part of
	Request  string    `json:"request,omitempty"` // id of the request
	Actor    string    `json:"actor"`             // "user:ana@acme.test", "rule:setup_link"
	ActorID  string    `json:"actor_id"`          // the same by opaque id
	Action   string    `json:"action"`            // type of the event, or the operation: "grant.added", "users.list"
	// Event is the name that Dagster's audit log has for it; left out where it has none.
	Event      string   `json:"event,omitempty"`
	Targets    []string `json:"targets"`    // whom and what it is about
	TargetIDs  []string `json:"target_ids"` // the same by opaque id, in the same order
	Platform   string   `json:"platform,omitempty"`
	Deployment string   `json:"deployment,omitempty"` // path: "dagster/prod"
	Result     string   `json:"result"`               // "done" of a change; "refused", "allowed"
	Reason     string   `json:"reason,omitempty"`
	Via        string   `json:"via,omitempty"` // the door
	Count      int64    `json:"count"`         // how often within the minute
	Details    string   `json:"details"`       // the row in one sentence
	// Facts is what was written, ids made readable, nothing that could be used as a credential.
	Facts json.RawMessage `json:"facts,omitempty"`
	// DecidedOn is the revision of the facts that decided an activity, TookMicros how long its first one took, in microseconds: of
	// what went through a gate.
	DecidedOn  int64 `json:"decided_on,omitempty"`
	TookMicros int64 `json:"took_us,omitempty"`
}

// Audit reads one page of the audit log.
func (c *Client) Audit(ctx context.Context, q AuditQuery) (Audit, error) {
	return do[Audit](ctx, c, call{method: http.MethodGet, path: "/audit", query: q.values()})
}

// ExportAudit writes everything that a query lets through, newest first, as "ndjson" or "csv"; After and Limit of the query do
// not count. It returns how many rows the server says there were. The export is a row of the audit log itself.
func (c *Client) ExportAudit(ctx context.Context, q AuditQuery, format string, to io.Writer) (rows int64, err error) {
	q.Page = Page{}
	values := q.values()
	values.Set("format", format)
	request, err := c.request(ctx, call{method: http.MethodGet, path: "/audit/export", query: values, accept: "*/*"})
	if err != nil {
		return 0, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // the rest repeats the address with its query
		}
		return 0, fmt.Errorf("ask %s: %w", c.base, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		return 0, c.refused(response, text)
	}
	if _, err := io.Copy(to, response.Body); err != nil {
		return 0, fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	// The count comes last: without it the export was cut off.
	if rows, err = strconv.ParseInt(response.Trailer.Get("Bailiwick-Rows"), 10, 64); err != nil {
		return 0, fmt.Errorf("the export of %s ended before its time; what was written is not all", c.base)
	}
	return rows, nil
}

package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
)

// auditFilters are the parameters by which rows are chosen.
func auditFilters(more ...string) []string {
	return append([]string{"since", "until", "actor", "action", "target", "platform", "deployment", "result", "via", "event", "text", "source"}, more...)
}

// auditQuery reads what is asked for.
func (a *asking) auditQuery() (q history.Query, err error) {
	if q.Within, err = a.asker(reading{State: a.now, at: a.moment}).AuditWithin(); err != nil {
		return q, err
	}
	for name, into := range map[string]*time.Time{"since": &q.From, "until": &q.Until} {
		when, err := client.ParseWhen(a.param(name))
		if err != nil || when.Revision != 0 {
			return q, invalid(name, "it is no time").Rather("write 2027-01-31 or 2027-01-31T12:00:00Z")
		}
		*into = when.Time
	}
	for name, into := range map[string]*[]string{"actor": &q.Actors, "action": &q.Actions, "target": &q.Targets, "result": &q.Results, "via": &q.Via, "event": &q.EventTypes} {
		if text := a.param(name); text != "" {
			*into = strings.Split(text, ",")
		}
		if len(*into) > manyWords {
			return q, invalid(name, "there are more than %d", manyWords)
		}
	}
	q.Platform, q.Deployment, q.Text = a.param("platform"), a.param("deployment"), a.param("text")
	for _, name := range q.EventTypes {
		if !slices.Contains(history.DagsterEventTypes(), name) {
			return q, invalid("event", "Dagster has no event type %q", name)
		}
	}
	switch a.param("source") {
	case "":
	case "journal":
		q.Journal = true
	case "activity":
		q.Activity = true
	default:
		return q, invalid("source", "there is no such source").Rather("journal or activity")
	}
	return q, nil
}

// manyWords bounds how many alternatives a filter has.
const manyWords = 100

// audit answers one page. That the log was read is a line in it (attack 118).
func audit(a *asking) (any, error) {
	q, err := a.auditQuery()
	if err != nil {
		return nil, err
	}
	p, err := a.page()
	if err != nil {
		return nil, err
	}
	if q.Text != "" { // no index has texts
		done, err := a.Heavy.Take(a.r.Context())
		if err != nil {
			return nil, err
		}
		defer done()
	}
	q.Cursor, q.Limit = p.After, p.Limit
	found, err := a.History.Trail().List(a.r.Context(), a.now, q)
	if err != nil {
		return nil, err
	}
	a.record("allowed", "the audit log was read")
	return client.Audit{Rows: found.Rows, Next: p.Next(found.Next), Facts: a.facts(a.now)}, nil
}

// A stream is an answer that is written as it is made.
type stream func(w http.ResponseWriter)

// exportAudit writes all that is asked for. First the row that says so, then the data: none leaves without one.
func exportAudit(a *asking) (any, error) {
	q, err := a.auditQuery()
	if err != nil {
		return nil, err
	}
	format := a.param("format")
	if format != history.NDJSON && format != history.CSV {
		return nil, invalid("format", "there is no such format").Rather("ndjson or csv")
	}
	ctx, trail, st := a.r.Context(), a.History.Trail(), a.now
	if q.Cursor, err = trail.Start(ctx, st); err != nil {
		return nil, err
	}
	rows, err := trail.Count(ctx, st, q)
	if err != nil {
		return nil, err
	}
	if err := a.Changes.Note(ctx, a.caller.Organization, a.actor(), &event.Exported{What: "audit", Rows: int(rows)}); err != nil {
		return nil, err
	}
	a.facts(st)
	return stream(func(w http.ResponseWriter) {
		if err := a.stream(ctx, w, q, format); err != nil {
			a.Log.WarnContext(ctx, "an export of the audit log was cut off", "error", redact(err.Error()), "request", a.id)
			panic(http.ErrAbortHandler) //nolint:forbidigo // net/http has no other way to cut an answer off; half an export must not look like a whole one
		}
	}), nil
}

func (a *asking) stream(ctx context.Context, w http.ResponseWriter, q history.Query, format string) error {
	done, err := a.Heavy.Take(ctx)
	if err != nil {
		return err
	}
	defer done()
	media := map[string]string{history.NDJSON: "application/x-ndjson", history.CSV: "text/csv; charset=utf-8; header=present"}[format]
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
	w.Header().Set("Trailer", "Bailiwick-Rows")
	w.WriteHeader(http.StatusOK)
	out, err := history.NewWriter(w, format)
	if err != nil {
		return err
	}
	if err := errors.Join(a.History.Trail().Each(ctx, a.now, q, out.Write), out.Flush()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "after %d rows: %v", out.Rows, err)
	}
	w.Header().Set("Bailiwick-Rows", strconv.FormatInt(out.Rows, 10))
	return nil
}

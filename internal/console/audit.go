package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/history"
)

// A logFilter says which rows of the audit log are shown, as the form and the address have it. Until is a day that counts.
type logFilter struct{ Actor, Action, Target, Result, From, Until, Text string }

// pairs are the filter as parameters of an address.
func (f logFilter) pairs() []string {
	return []string{"actor", f.Actor, "action", f.Action, "target", f.Target, "result", f.Result, "from", f.From, "until", f.Until, "text", f.Text}
}

// auditContent is a page of the audit log.
type auditContent struct {
	logFilter
	Lines     []logLine
	Results   []string
	Chips     []link // of what is filtered: each leads to the list without it
	Filtered  bool
	CSV, Rows string // addresses of the export of what is filtered
	Next      string
	Chain     *chainState // nil to whoever does not read everything
}

// A chainState is what is known of the chain of lines.
type chainState struct {
	Since           time.Time
	Running         bool
	Upto, Line      int64 // the last line that was verified; the first one that is wrong
	Checkpoints     int
	Finding, Failed string
}

// chain is what is known of the chain of lines in this process.
func (a *asking) chain() *chainState {
	v, begun := a.History.Trail().Verified(a.caller.Organization)
	c := &chainState{Since: v.Since, Running: begun && !v.Done, Upto: v.Report.Head.Revision, Checkpoints: v.Report.Checkpoints}
	if f := v.Report.Finding; f != nil {
		c.Line, c.Finding = f.Revision, f.Text
	}
	if v.Failed != nil {
		c.Failed, _ = a.problem(a.r, v.Failed)
	}
	return c
}

// A logLine is a row, and what was written with it for the eye.
type logLine struct {
	history.Row
	Entry   string // address of what was before and after; "" where that says nothing
	Said    string // Details with the names and titles that people know
	Who     whom   // Actor
	Whom    []logTarget
	Written string
}

// A logTarget is whom or what a row is about: Target as the log is filtered by it.
type logTarget struct {
	whom
	Target string
}

// chips are what is filtered, each with the address of the list without it.
func (f logFilter) chips() (list []link) {
	pairs := f.pairs()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		without := slices.Clone(pairs)
		without[i+1] = ""
		list = append(list, link{Address: with("/audit", without...), Text: pairs[i] + ": " + pairs[i+1]})
	}
	return list
}

// logLines are rows as pages show them.
func (a *asking) logLines(rows []history.Row) []logLine {
	lines := make([]logLine, len(rows))
	for i := range rows {
		lines[i] = logLine{Row: rows[i], Said: a.said(&rows[i]), Who: a.whom(rows[i].Actor), Written: indented(rows[i].Facts)}
		if rows[i].Revision > 0 && history.Compares(rows[i].Action) {
			lines[i].Entry = "/audit/entry?line=" + strconv.FormatInt(rows[i].Revision, 10)
		}
		for _, target := range rows[i].Targets {
			lines[i].Whom = append(lines[i].Whom, logTarget{a.whom(target), target})
		}
	}
	return lines
}

// results are what a row can say became of it.
func results() []string { return []string{"done", "allowed", "refused"} }

// audit shows what happened, the newest first. That the log was read is a line in it.
func (a *asking) audit() error {
	c := auditContent{logFilter: logFilter{a.query("actor"), a.query("action"), a.query("target"), a.query("result"), a.query("from"), a.query("until"), a.query("text")}, Results: results()}
	c.Filtered = strings.Join([]string{c.Actor, c.Action, c.Target, c.Result, c.From, c.Until, c.Text}, "") != ""
	c.Chips = c.chips()
	within, err := a.asker().AuditWithin()
	if err != nil {
		a.note("audit.read", "refused", err.Error())
		return err
	}
	q, err := c.rows()
	if err != nil {
		text, status := a.problem(a.r, err)
		a.render(status, "/audit", "audit", page{Title: "Audit log", Problem: text, Content: c})
		return nil
	}
	p, err := a.page(append([]string{"audit"}, c.pairs()...)...)
	if err != nil {
		return err
	}
	q.Within, q.Cursor, q.Limit = within, p.After, p.Limit
	if q.Text != "" { // no index has texts
		done, err := a.Heavy.Take(a.r.Context())
		if err != nil {
			return err
		}
		defer done()
	}
	found, err := a.History.Trail().List(a.r.Context(), a.now, q)
	if err != nil {
		return err
	}
	a.note("audit.read", "allowed", "the audit log was read")
	if c.Lines = a.logLines(found.Rows); within == nil {
		c.Chain = a.chain()
	}
	c.CSV, c.Rows = c.export(&q, history.CSV), c.export(&q, history.NDJSON)
	if found.Next != "" {
		c.Next = with("/audit", append(c.pairs(), "after", p.Next(found.Next))...)
	}
	a.render(http.StatusOK, "/audit", "audit", page{Title: "Audit log", Content: c})
	return nil
}

// rows is the filter as the trail knows it.
func (f logFilter) rows() (q history.Query, err error) {
	q = history.Query{Actors: one(f.Actor), Actions: one(f.Action), Targets: one(f.Target), Results: one(f.Result), Text: f.Text}
	if f.Result != "" && !slices.Contains(results(), f.Result) {
		return q, fault.New(fault.Invalid, "there is no result %q", f.Result).In("result").Rather("choose one of %s", strings.Join(results(), ", "))
	}
	if q.From, err = day("from", f.From); err != nil {
		return q, err
	}
	if q.Until, err = day("until", f.Until); err == nil && f.Until != "" {
		q.Until = q.Until.AddDate(0, 0, 1)
	}
	return q, err
}

func one(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// day reads a day of UTC; "" is the zero time.
func day(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fault.New(fault.Invalid, "%q is no day", text).In(field).Rather("write it as 2027-01-31")
	}
	return t, nil
}

// export is the address of everything that the filter lets through, in a format.
func (f logFilter) export(q *history.Query, format string) string {
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	return with("/api/v1/audit/export", "format", format, "actor", f.Actor, "action", f.Action, "target", f.Target, "result", f.Result, "since", when(q.From), "until", when(q.Until), "text", f.Text)
}

// indented is JSON for the eye; "" where there is none.
func indented(facts json.RawMessage) string {
	var text bytes.Buffer
	if len(facts) == 0 || json.Indent(&text, facts, "", "  ") != nil {
		return ""
	}
	return text.String()
}

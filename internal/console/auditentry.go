package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/history"
)

// entryContent is one line of the journal: what was before it, and after.
type entryContent struct {
	Line    logLine
	Differs []history.Difference
	Added   bool // it says something for the first time, or ends it: nothing stood in its place
	Earlier *logLine
	Whole   string // address of every line of the same change
}

// auditEntry shows one line of the journal.
func (a *asking) auditEntry() error {
	within, err := a.asker().AuditWithin()
	if err != nil {
		a.note("audit.read", "refused", err.Error())
		return err
	}
	revision, err := strconv.ParseInt(a.query("line"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no such line in the audit log").Rather("choose one of the list")
	}
	e, err := a.History.Trail().Entry(a.r.Context(), a.now, within, revision)
	if err != nil {
		return err
	}
	a.note("audit.read", "allowed", "line "+strconv.FormatInt(revision, 10)+" was read")
	c := entryContent{Line: a.logLines([]history.Row{e.Row})[0], Differs: e.Differs, Added: strings.HasPrefix(e.Action, "grant.") || strings.HasPrefix(e.Action, "team."),
		Whole: with("/audit", "text", e.Change, "from", e.Time.Format(time.DateOnly), "until", e.Time.Format(time.DateOnly))}
	for i := range c.Differs {
		a.inTitles(&e.Row, &c.Differs[i])
	}
	if e.Before != nil {
		c.Earlier = &a.logLines([]history.Row{*e.Before})[0]
	}
	a.render(http.StatusOK, "/audit", "auditentry", page{Title: "Line " + strconv.FormatInt(revision, 10), Content: c})
	return nil
}

// inTitles writes a difference with the words and titles that people know.
func (a *asking) inTitles(row *history.Row, d *history.Difference) {
	for _, list := range [][]string{d.Before, d.After} {
		for i := range list {
			switch p := a.now.Platform(row.Platform); {
			case p == nil:
			case d.Fact == "role", d.Fact == "based_on":
				list[i] = a.titleOfRole(p.Slug, list[i])
			case d.Fact == "license":
				list[i] = licenseTitle(p, list[i])
			}
		}
	}
	d.Fact = capital(inWords(strings.TrimPrefix(d.Fact, "personal ")))
}

// verifiesFor is how long a page waits for the chain to be verified: of some hundred thousand lines that is enough.
const verifiesFor = 2 * time.Second

// verifyChain computes the chain of lines again, for whoever reads all of them. It goes on in the background.
func (a *asking) verifyChain() error {
	if within, err := a.asker().AuditWithin(); err != nil || within != nil {
		a.note("audit.check", "refused", "the chain is of every platform's lines")
		return fault.New(fault.Forbidden, "you may not verify the audit log").Rather("whoever may read all of it does")
	}
	ended, err := a.History.Trail().Verify(a.caller.Organization, a.Engine.Now())
	if err != nil {
		return err
	}
	a.note("audit.check", "allowed", "its chain of lines was verified")
	select {
	case <-ended:
	case <-a.r.Context().Done():
	case <-time.After(verifiesFor):
	}
	http.Redirect(a.w, a.r, "/audit#chain", http.StatusSeeOther)
	return nil
}

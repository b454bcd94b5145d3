package console

import (
	"net/http"

	"bailiwick/access"
	"bailiwick/internal/history"
)

// userHistoryContent is what happened to somebody, and what they did.
type userHistoryContent struct {
	userHead
	Lines      []logLine
	ByThem     bool
	About, Did string // addresses
	InLog      string // address of the same in the audit log
	Next       string
}

// userHistory shows the lines of the audit log that are about a person, or by them, to whoever may read it.
func (a *asking) userHistory() error {
	u, err := a.person()
	if err != nil {
		return err
	}
	within, err := a.asker().AuditWithin()
	if err != nil {
		a.note("audit.read", "refused", err.Error())
		return err
	}
	c := userHistoryContent{ByThem: a.query("by") != "", About: "/users/" + u.ID + "/history", Did: "/users/" + u.ID + "/history?by=them"}
	if c.userHead, err = a.headOfUser(u, "history"); err != nil {
		return err
	}
	subject := access.Subject{Kind: access.User, ID: u.ID}.String()
	q := history.Query{Targets: []string{subject}, Within: within}
	c.InLog = with("/audit", "target", a.now.Readable(subject))
	if c.ByThem {
		q.Actors, q.Targets = q.Targets, nil
		c.InLog = with("/audit", "actor", a.now.Readable(subject))
	}
	p, err := a.page("user history", u.ID, a.query("by"))
	if err != nil {
		return err
	}
	q.Cursor, q.Limit = p.After, p.Limit
	found, err := a.History.Trail().List(a.r.Context(), a.now, q)
	if err != nil {
		return err
	}
	a.note("audit.read", "allowed", "the history of a person was read")
	c.Lines = a.logLines(found.Rows)
	if found.Next != "" {
		c.Next = with("/users/"+u.ID+"/history", "by", a.query("by"), "after", p.Next(found.Next))
	}
	a.render(http.StatusOK, "/users", "userhistory", page{Title: called(u), Content: c})
	return nil
}

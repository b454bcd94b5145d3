package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

// changeFlags are those of every command that changes something by itself.
type changeFlags struct {
	DryRun   bool   `name:"dry-run" help:"Say what would change, and change nothing."`
	ChangeID string `name:"change-id" placeholder:"ID" help:"An id for the change. Repeated with the same id, it is not made twice."`
}

// change carries out commands on the server and prints what they changed. done says it in words: "bo@acme.test is deactivated".
func (c changeFlags) change(s *session, done string, commands ...client.Command) error {
	return c.changeAt(s, 0, done, commands...)
}

// changeAt is a change that was thought out on a revision: at another one it is refused. 0: at any.
func (c changeFlags) changeAt(s *session, revision int64, done string, commands ...client.Command) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	how.ExpectedRevision = revision
	change, err := server.client.Change(server.ctx, how, commands...)
	if err != nil {
		return unknown(err, how)
	}
	if s.output != "table" {
		return s.object(change)
	}
	if change.Changed {
		s.printf("%s", s.difference(change.Difference, false))
	}
	if !change.DryRun && change.Changed {
		s.printf("%s\n", done)
	}
	s.receipts(change)
	s.outcome(change)
	return nil
}

// changing says how a change is made. One that nobody named gets an id here, so that it can be repeated where its outcome
// stays unknown.
func changing(dryRun bool, id string) client.Changing {
	if id == "" && !dryRun {
		id = strings.ToLower(rand.Text())
	}
	return client.Changing{DryRun: dryRun, ChangeID: id}
}

// unknown adds to an error, if there is one, that is no answer of the server's how to find out what became of the change.
func unknown(err error, how client.Changing) error {
	var answered *client.Error
	if err == nil || how.DryRun || errors.As(err, &answered) && answered.Kind != client.Unavailable && answered.Kind != client.Internal {
		return err
	}
	return fmt.Errorf("%w\nIt is not known whether the change was made. Repeat the command with --change-id %s: it is not made twice", err, how.ChangeID)
}

// pageFlags are those of every list.
type pageFlags struct {
	Limit int    `default:"100" help:"How many at most; 0 lists all."`
	After string `placeholder:"CURSOR" help:"Where the page before ended: its key next."`
}

// maxPage is how many the server gives at once.
const maxPage = 1000

// pages reads pages until there are enough, and returns where the next would begin.
func (p pageFlags) pages(read func(client.Page) (count int, next string, err error)) (string, error) {
	for after, left := p.After, p.Limit; ; {
		size := maxPage
		if p.Limit > 0 {
			size = min(left, maxPage)
		}
		count, next, err := read(client.Page{After: after, Limit: size})
		if err != nil || next == "" {
			return "", err
		}
		if left -= count; p.Limit > 0 && left <= 0 {
			return next, nil
		}
		if next == after {
			return "", fmt.Errorf("the server's list does not go on after %q", after)
		}
		after = next
	}
}

// list prints a table and how many of all it shows.
func (s *session) list(table *terminal.Table, total int, next, what string) {
	if len(table.Rows) == 0 {
		s.printf("no %ss\n", what)
		return
	}
	table.Width = s.width()
	text := fmt.Sprintf("%d %ss", total, what)
	if total == 1 {
		text = "1 " + what
	}
	switch {
	case next != "" && total == len(table.Rows): // nobody has counted them all
		text = fmt.Sprintf("%s, and more; go on with --after %s", text, next)
	case next != "":
		text = fmt.Sprintf("%d of %s; go on with --after %s", len(table.Rows), text, next)
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(text))
}

// subjectOf writes WHO as the server reads a subject: ana@acme.test is a user, and any other bare word is left to the server.
func subjectOf(who string) string {
	if strings.Contains(who, "@") && !strings.Contains(who, ":") {
		return "user:" + who
	}
	return who
}

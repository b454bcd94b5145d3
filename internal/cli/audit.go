package cli

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type auditCommand struct {
	List   auditListCommand   `cmd:"" help:"List what was done and refused, newest first."`
	Export auditExportCommand `cmd:"" help:"Write all of it, as NDJSON or CSV. The export is a row itself."`
	Follow auditFollowCommand `cmd:"" help:"Print rows as they come."`
}

// auditFlags choose rows. A flag that is given twice lets either through; two flags, what both do.
type auditFlags struct {
	Since      string   `placeholder:"TIME" help:"From then on: 2h, 7d, 2027-01-31 or 2027-01-31T12:00:00Z."`
	Until      string   `placeholder:"TIME" help:"Before then, written likewise."`
	Actor      []string `placeholder:"WHO" help:"Who did it: an e-mail, service_user:ci, rule:sign_on, or an id."`
	Action     []string `placeholder:"ACTION" help:"What was done: grant.added, users.list; grant.* for all that begin so."`
	Target     []string `placeholder:"TARGET" help:"Whom or what it is about: an e-mail, team:data, dagster/prod (with all beneath), or an id."`
	Platform   string   `placeholder:"PLATFORM" help:"Only rows of this platform."`
	Deployment string   `placeholder:"NAME" help:"Only rows of this deployment: prod, or dagster/prod."`
	Result     []string `placeholder:"RESULT" help:"done, refused or allowed."`
	Via        []string `placeholder:"DOOR" help:"Through which door: api, signin, graphql."`
	Event      []string `placeholder:"NAME" help:"The name in Dagster's audit log: CHANGE_USER_PERMISSIONS."`
	Text       string   `placeholder:"TEXT" help:"Only rows with this text. It is looked for in each row, which takes its time."`
	Source     string   `enum:"journal,activity,both" default:"both" placeholder:"SOURCE" help:"journal: changes; activity: what was refused or read; or both."`
}

func (f auditFlags) query(s *session) (client.AuditQuery, error) {
	q := client.AuditQuery{Actors: f.Actor, Actions: f.Action, Targets: f.Target, Platform: f.Platform, Deployment: f.Deployment, Results: f.Result,
		Via: f.Via, Events: f.Event, Text: f.Text}
	if f.Source != "both" {
		q.Source = f.Source
	}
	var err error
	if q.Since, err = s.ago("since", f.Since); err == nil {
		q.Until, err = s.ago("until", f.Until)
	}
	return q, err
}

// ago reads a time, or how long ago one was.
func (s *session) ago(flag, text string) (time.Time, error) {
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return s.Now().UTC().AddDate(0, 0, -int(n)), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return s.Now().UTC().Add(-d), nil
	}
	when, err := client.ParseWhen(text)
	if err != nil || when.Revision != 0 {
		return time.Time{}, wrong(fmt.Sprintf("--%s %s is no time", flag, text), "write 2h, 7d, 2027-01-31 or 2027-01-31T12:00:00Z")
	}
	return when.Time, nil
}

type auditListCommand struct {
	auditFlags
	pageFlags
}

// Help is printed below the usage.
func (auditListCommand) Help() string {
	return `Changes come from the journal, where none is missing; what was refused, or read that is worth a line, is kept beside it
and counted by the minute. Reading the audit log is a line in it.

Examples:
  bailiwick audit list --since 2h
  bailiwick audit list --since 7d --result refused --platform dagster
  bailiwick audit list --target ana@acme.test --action 'grant.*' -o json | jq -r '.rows[].details'`
}

// Run lists rows.
func (c auditListCommand) Run(s *session) error {
	query, err := c.query(s)
	if err != nil {
		return err
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all := client.Audit{Rows: []client.AuditRow{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		query.Page = page
		found, err := server.client.Audit(server.ctx, query)
		all.Rows, all.Facts = append(all.Rows, found.Rows...), found.Facts
		return len(found.Rows), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"TIME", "ROW", "ACTION", "RESULT", "BY", "WHAT"}}
	for i := range all.Rows {
		table.Add(s.auditRow(&all.Rows[i])...)
	}
	s.list(table, len(all.Rows), all.Next, "row")
	return nil
}

func (s *session) auditRow(r *client.AuditRow) []string {
	result := r.Result
	if result == "refused" {
		result = s.style.Bad(result)
	}
	return []string{r.Time.UTC().Format("2006-01-02 15:04:05"), r.ID, r.Action, result, r.Via, r.Details}
}

type auditExportCommand struct {
	auditFlags
	Format string `enum:"ndjson,csv" default:"ndjson" placeholder:"FORMAT" help:"ndjson: a JSON object a line; or csv, harmless in a spreadsheet."`
	To     string `placeholder:"FILE" help:"Write into a new file. The standard output, where left out."`
}

// Help is printed below the usage.
func (auditExportCommand) Help() string {
	return `Writes everything that the filters let through, newest first. A file that was cut off is told by exit code 2.

Examples:
  bailiwick audit export --since 2027-01-01 --until 2027-02-01 --format csv --to january.csv
  bailiwick audit export --result refused | jq -r .actor | sort | uniq -c`
}

// Run exports rows.
func (c auditExportCommand) Run(s *session) (err error) {
	query, err := c.query(s)
	if err != nil {
		return err
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	if c.To == "" {
		_, err = server.client.ExportAudit(server.ctx, query, c.Format, s.Stdout)
		return err
	}
	file, err := os.OpenFile(c.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", c.To, err)
	}
	rows, err := server.client.ExportAudit(server.ctx, query, c.Format, file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	s.printf("%d rows are in %s\n", rows, c.To)
	return nil
}

type auditFollowCommand struct {
	auditFlags
	Every time.Duration `default:"2s" placeholder:"TIME" help:"How often to ask; at least 1s."`
}

// Help is printed below the usage.
func (auditFollowCommand) Help() string {
	return `Prints a line for each row, or with -o json a JSON object, until it is stopped. Begins with what comes, or with --since
earlier.

Example:
  bailiwick audit follow --result refused`
}

// overlap is how far back each question looks: activity is written a second or two after it happened.
const overlap = 10 * time.Second

// Run follows.
func (c auditFollowCommand) Run(s *session) error {
	query, err := c.query(s)
	if err != nil {
		return err
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	if query.Since.IsZero() {
		query.Since = s.Now().UTC()
	}
	seen := map[string]time.Time{}
	for {
		var fresh []client.AuditRow
		query.Page = client.Page{Limit: maxPage}
		for {
			found, err := server.client.Audit(server.ctx, query)
			if server.ctx.Err() != nil {
				return nil //nolint:nilerr // it was asked to stop
			}
			if err != nil {
				return err
			}
			for _, r := range found.Rows {
				if _, known := seen[r.ID]; !known && r.Action != "audit.read" {
					fresh = append(fresh, r)
				}
			}
			if query.After = found.Next; query.After == "" {
				break
			}
		}
		if err := s.printNew(fresh, seen); err != nil {
			return err
		}
		if newest := s.Now().UTC().Add(-overlap); newest.After(query.Since) {
			query.Since = newest
		}
		for id, at := range seen {
			if at.Before(query.Since) {
				delete(seen, id)
			}
		}
		select {
		case <-server.ctx.Done():
			return nil
		case <-time.After(max(c.Every, time.Second)):
		}
	}
}

// printNew prints rows, the oldest first.
func (s *session) printNew(fresh []client.AuditRow, seen map[string]time.Time) error {
	for _, r := range slices.Backward(fresh) {
		seen[r.ID] = r.Time
		if s.output == "table" {
			s.printf("%s\n", strings.Join(s.auditRow(&r), "  "))
			continue
		}
		if err := s.object(r); err != nil {
			return err
		}
	}
	return nil
}

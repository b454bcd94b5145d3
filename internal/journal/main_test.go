package journal_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // a second connection, for tampering

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/postgrestest"
)

var postgres *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(s *postgrestest.Server) { postgres = s }))
}

// store is a journal on one of the engines, and a way around it.
type store struct {
	*journal.Journal
	t       *testing.T
	engine  string
	address string
	driver  string // for database/sql
	source  string
}

// engines runs a test on both.
func engines(t *testing.T, test func(t *testing.T, s *store)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, engine))
		})
	}
}

func open(t *testing.T, engine string) *store {
	t.Helper()
	s := &store{t: t, engine: engine}
	if engine == "sqlite" {
		path := t.TempDir() + "/journal.db"
		s.address, s.driver, s.source = "sqlite:"+path, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	} else {
		s.address = postgres.Database(t)
		s.driver, s.source = "pgx", s.address
	}
	s.Journal = s.again(journal.Options{Now: time.Now})
	return s
}

// again opens the same database once more.
func (s *store) again(options journal.Options) *journal.Journal {
	s.t.Helper()
	j, err := journal.Open(s.t.Context(), s.address, options)
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	s.t.Cleanup(func() { _ = j.Close() })
	return j
}

// sql runs statements behind the journal's back.
func (s *store) sql(statements ...string) {
	s.t.Helper()
	if err := s.trySQL(statements...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) trySQL(statements ...string) error {
	db, err := sql.Open(s.driver, s.source)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), db.Close())
		}
	}
	return db.Close()
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// change makes a change with entries about a person; revisions tell its moment.
func change(id string, entries ...string) journal.Change {
	c := journal.Change{Organization: "acme", ID: id, Actor: "user:ann", Via: "api", Request: "req-" + id, At: start}
	for _, kind := range entries {
		c.Entries = append(c.Entries, journal.Entry{Type: kind, Version: 1, Facts: []byte(`{"of":"` + id + `"}`), Personal: []byte("Name of " + id), Person: "person-" + id})
	}
	return c
}

// fill appends n changes of one entry each.
func (s *store) fill(n int) journal.Head {
	s.t.Helper()
	head, err := s.Head(s.t.Context(), "acme")
	if err != nil {
		s.t.Fatal(err)
	}
	for range n {
		c := change(fmt.Sprintf("c%d", head.Revision+1), "user.created")
		c.At, c.Epoch = start.Add(time.Duration(head.Revision)*time.Minute), head.Epoch
		if head, err = s.Append(s.t.Context(), "acme", head.Revision, c); err != nil {
			s.t.Fatal(err)
		}
	}
	return head
}

func read(t *testing.T, j *journal.Journal, organization string) []journal.Record {
	t.Helper()
	var all []journal.Record
	if err := j.Read(t.Context(), organization, 0, 0, func(r *journal.Record) error { all = append(all, *r); return nil }); err != nil {
		t.Fatalf("read: %v", err)
	}
	return all
}

// verified fails unless the chain verifies.
func verified(t *testing.T, j *journal.Journal) journal.Report {
	t.Helper()
	report, err := j.Verify(t.Context(), "acme", journal.VerifyOptions{})
	if err != nil || report.Finding != nil {
		t.Fatalf("verify: %v, %+v", err, report.Finding)
	}
	return report
}

func wantFault(t *testing.T, err error, kind fault.Kind, cause error) {
	t.Helper()
	if err == nil || fault.Of(err) != kind || cause != nil && !errors.Is(err, cause) {
		t.Fatalf("error %v (%v), want %v of %v", err, fault.Of(err), kind, cause)
	}
}

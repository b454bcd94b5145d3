package journal_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

func TestASecondWriterOfAFileIsRefused(t *testing.T) {
	s := open(t, "sqlite")
	s.fill(1)
	_, err := journal.Open(t.Context(), s.address, journal.Options{Now: time.Now})
	wantFault(t, err, fault.Conflict, nil)
	if !strings.Contains(err.Error(), "another process writes") {
		t.Error(err)
	}
	if rows := read(t, s.again(journal.Options{Now: time.Now, ReadOnly: true}), "acme"); len(rows) != 1 {
		t.Errorf("a reader saw %d rows", len(rows))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.again(journal.Options{Now: time.Now})
}

func TestOpenRefuses(t *testing.T) {
	for address, kind := range map[string]fault.Kind{
		"": fault.Invalid, "mysql://x": fault.Invalid, "sqlite:": fault.Invalid, "postgres://u:secret@h:port/x": fault.Invalid,
		"sqlite:" + filepath.Join(t.TempDir(), "missing", "x.db"):                    fault.Unavailable,
		"postgres://u@/x?connect_timeout=1&host=" + filepath.Join(t.TempDir(), "no"): fault.Unavailable,
	} {
		_, err := journal.Open(t.Context(), address, journal.Options{Now: time.Now})
		if wantFault(t, err, kind, nil); strings.Contains(err.Error(), "secret") {
			t.Errorf("a password was printed: %v", err)
		}
	}
	_, err := journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "no.db"), journal.Options{Now: time.Now, ReadOnly: true})
	wantFault(t, err, fault.NotFound, nil)
	_, err = journal.Open(t.Context(), "sqlite:x", journal.Options{})
	wantFault(t, err, fault.Invalid, nil)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.sql(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)`)
		for _, readOnly := range []bool{false, true} {
			_, err := journal.Open(t.Context(), s.address, journal.Options{Now: time.Now, ReadOnly: readOnly})
			if wantFault(t, err, fault.Invalid, nil); !strings.Contains(err.Error(), "999") {
				t.Error(err)
			}
		}
	})
}

// TestReadOnly: writes are refused with the cause, reads go on, and writes go on when it is over.
func TestReadOnly(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		head := s.fill(2)
		next := change("next", "x")
		next.At = head.At
		refused := func(j *journal.Journal) {
			t.Helper()
			_, err := j.Append(t.Context(), "acme", 2, next)
			if wantFault(t, err, fault.Unavailable, nil); !strings.Contains(err.Error(), "read-only") {
				t.Error(err)
			}
			_, err = j.LogActivity(t.Context(), "acme", []journal.Activity{{At: start}})
			wantFault(t, err, fault.Unavailable, nil)
			if rows := read(t, j, "acme"); len(rows) != 2 {
				t.Errorf("%d rows", len(rows))
			}
		}
		refused(s.again(journal.Options{Now: time.Now, ReadOnly: true}))
		var refuse func(bool)
		if s.engine == "sqlite" {
			refuse = func(on bool) {
				if err := s.RefuseWrites(t.Context(), on); err != nil {
					t.Fatal(err)
				}
			}
		} else { // as after a failover to a standby
			refuse = func(on bool) {
				setting := map[bool]string{true: "SET default_transaction_read_only = on", false: "RESET default_transaction_read_only"}[on]
				if err := postgres.Exec("postgres", "ALTER DATABASE "+s.database()+" "+setting); err != nil {
					t.Fatal(err)
				}
				s.sql(cutOthers)
			}
		}
		refuse(true)
		refused(s.Journal)
		refuse(false)
		if head, err := s.Append(t.Context(), "acme", 2, next); head.Revision != 3 || err != nil {
			t.Error(head, err)
		}
		verified(t, s.Journal)
	})
}

func (s *store) database() string {
	name, _, _ := strings.Cut(s.address[strings.LastIndex(s.address[:strings.Index(s.address, "?")], "/")+1:], "?")
	return name
}

const cutOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

// TestDiskFull: a big change does not fit, nothing of it is written, reads and small changes go on.
func TestDiskFull(t *testing.T) {
	s := open(t, "sqlite")
	head := s.fill(1)
	if err := s.LimitPages(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	big := change("big", "a", "b")
	big.At = head.At
	big.Entries[1].Facts = bytes.Repeat([]byte("x"), 1<<20)
	_, err := s.Append(t.Context(), "acme", 1, big)
	if wantFault(t, err, fault.Unavailable, nil); !strings.Contains(err.Error(), "full") {
		t.Error(err)
	}
	if _, _, found, err := s.Find(t.Context(), "acme", "big"); found || err != nil {
		t.Error("half of it was written", err)
	}
	s.fill(1)
	if report := verified(t, s.Journal); report.Rows != 2 {
		t.Errorf("%+v", report)
	}
}

// TestConnectionsCut: PostgreSQL ends all connections; the next append and read succeed by themselves.
func TestConnectionsCut(t *testing.T) {
	s := open(t, "postgres")
	heads, err := s.Watch(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		s.sql(cutOthers)
		s.fill(1)
		s.sql(cutOthers)
		if rows := read(t, s.Journal, "acme"); len(rows) != n+1 {
			t.Errorf("%d rows, want %d", len(rows), n+1)
		}
	}
	arrives(t, heads, 5)
	verified(t, s.Journal)
}

// proxy stands between a journal and PostgreSQL, and can cut at a COMMIT.
type proxy struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	cut      string // "", "before": the COMMIT is not passed on; "after": its answer is not
	cuts     int
}

func startProxy(t *testing.T, target string) (folder string, p *proxy) {
	t.Helper()
	folder, err := os.MkdirTemp("", "bwcut") // a short name: a socket's path has at most a hundred letters
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{listener: listener, target: target}
	t.Cleanup(func() { _ = errors.Join(listener.Close(), os.RemoveAll(folder)) })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return folder, p
}

func (p *proxy) arm(cut string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
}

// take tells what to do with a COMMIT; it disarms the proxy.
func (p *proxy) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	cut := p.cut
	if p.cut = ""; cut != "" {
		p.cuts++
	}
	return cut
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("unix", p.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	answers := make(chan struct{})
	var silent sync.Mutex // held once answers are no longer passed on
	go func() {
		defer close(answers)
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if err != nil || !silent.TryLock() {
				return
			}
			_, err = client.Write(buffer[:n])
			silent.Unlock()
			if err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit")) {
			switch p.take() {
			case "before":
				return
			case "after":
				silent.Lock()
				_, _ = server.Write(buffer[:n])
				<-answers // the server has answered, so it has committed
				return
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestCutAtCommit: whether the COMMIT got through or only its answer was lost, Append says what is true, and the change is
// there once.
func TestCutAtCommit(t *testing.T) {
	for _, where := range []string{"before", "after"} {
		t.Run(where, func(t *testing.T) {
			s := open(t, "postgres")
			folder, proxy := startProxy(t, postgres.Socket())
			j, err := journal.Open(t.Context(), postgres.Address(folder, s.database()), journal.Options{Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = j.Close() }()
			proxy.arm(where)
			head, err := j.Append(t.Context(), "acme", 0, change("one", "a", "b"))
			if err != nil || head.Revision != 2 {
				t.Fatalf("%+v, %v", head, err)
			}
			if proxy.cuts != 1 {
				t.Fatalf("%d cuts, want 1", proxy.cuts)
			}
			if stored, err := s.Head(t.Context(), "acme"); stored != head || err != nil {
				t.Errorf("%+v, want %+v, %v", stored, head, err)
			}
			if rows := verified(t, s.Journal).Rows; rows != 2 {
				t.Errorf("%d rows, want 2", rows)
			}
		})
	}
	t.Run("somebody else was first", func(t *testing.T) {
		s := open(t, "postgres")
		folder, proxy := startProxy(t, postgres.Socket())
		j, err := journal.Open(t.Context(), postgres.Address(folder, s.database()), journal.Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = j.Close() }()
		s.fill(1)
		proxy.arm("before")
		_, err = j.Append(t.Context(), "acme", 0, change("one", "a"))
		wantFault(t, err, fault.Conflict, journal.ErrConflict)
	})
}

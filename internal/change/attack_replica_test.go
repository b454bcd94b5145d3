package change_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// A wire stands between a replica and its PostgreSQL until it is cut.
type wire struct {
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

// wired returns the address of a world's database through a wire.
func wired(t *testing.T, address string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	w := &wire{}
	if w.listener, err = net.Listen("unix", filepath.Join(folder, filepath.Base(postgres.Socket()))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.cut)
	go func() {
		for {
			from, err := w.listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", postgres.Socket())
			if err != nil {
				_ = from.Close()
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, from, to)
			w.mu.Unlock()
			go func() { _, _ = io.Copy(from, to) }()
			go func() { _, _ = io.Copy(to, from) }()
		}
	}()
	return w, postgres.Address(folder, strings.TrimPrefix(u.Path, "/"))
}

func (w *wire) cut() {
	_ = w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
	}
}

// TestAttack034ALoweredRoleOnAnotherReplica lowers roles on one of two servers that share a database: the other does not
// use what was taken for longer than the bound, and one that does not hear from the database says that it does not know.
func TestAttack034ALoweredRoleOnAnotherReplica(t *testing.T) {
	w := newWorldOn(t, "postgres")
	w.company()
	ctx, ada := context.Background(), w.as("ada@acme.test")
	line, address := wired(t, w.address)
	j, err := journal.Open(ctx, address, journal.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	replica, err := decide.Open(ctx, j, decide.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := change.New(j, replica, change.Options{})
	t.Cleanup(func() {
		other.Close()
		replica.Close()
		_ = j.Close()
	})
	vi := w.as("vi@acme.test").Subject
	may := func() bool {
		st, err := replica.Current(acme)
		if err != nil {
			t.Fatal(err)
		}
		return st.Decide(access.Question{Subject: vi, Permission: "runs.launch", Resource: "dagster/prod/etl", At: st.Moment(replica.Now())}).Allowed
	}
	// until waits for an answer on the replica, and no longer than the bound.
	until := func(what string, want bool) {
		t.Helper()
		began := time.Now()
		for may() != want {
			if took := time.Since(began); took > decide.DefaultStaleness {
				t.Fatalf("%s: %s later the other replica still says %v", what, took, !want)
			}
			time.Sleep(time.Millisecond)
		}
	}
	viewer, launcher := grant("user:vi@acme.test", "viewer", "dagster/prod"), grant("user:vi@acme.test", "launcher", "dagster/prod")
	lower := func(from, to client.GrantAdd) []client.Command {
		return []client.Command{client.GrantRemove(from), to}
	}
	w.must(ada, client.TeamCreate{Team: "launchers"}, grant("team:launchers", "launcher", "dagster/prod"))
	for _, step := range []struct {
		what     string
		up, down []client.Command
		by       change.Actor // who takes it
	}{
		{"a lower role", lower(viewer, launcher), lower(launcher, viewer), ada},
		{"a team that was left", []client.Command{client.TeamJoin{Team: "launchers", Members: []string{"vi@acme.test"}}},
			[]client.Command{client.TeamLeave{Team: "launchers", Members: []string{"vi@acme.test"}}}, ada},
		{"a role that was lowered itself", []client.Command{client.RolePut{Platform: "dagster", Role: "runner", At: "deployment", Permissions: []string{"runs.view", "runs.launch"}},
			take("user:vi@acme.test", "viewer", "dagster/prod"), grant("user:vi@acme.test", "runner", "dagster/prod")},
			[]client.Command{client.RolePut{Platform: "dagster", Role: "runner", At: "deployment", Permissions: []string{"runs.view"}}}, ada},
		{"a deactivated user", lower(grant("user:vi@acme.test", "runner", "dagster/prod"), launcher), []client.Command{client.UserDeactivate{User: "vi@acme.test"}}, w.owner},
	} {
		w.hurry(ada, step.up...)
		until("before "+step.what, true)
		w.hurry(step.by, step.down...)
		until(step.what, false)
	}
	// And the other way round: what the replica changed, the first one knows.
	if _, err := other.Do(ctx, acme, w.owner, change.How{}, client.UserReactivate{User: "vi@acme.test"}); err != nil {
		t.Fatal(err)
	}
	until("a user who is back", true)

	line.cut()
	cut := time.Now()
	for {
		_, err := replica.Current(acme)
		if fault.Is(err, fault.Unavailable) {
			break
		}
		if took := time.Since(cut); err != nil || took > decide.DefaultStaleness+time.Second {
			t.Fatalf("%s after its line was cut the replica answers %v", took, err)
		}
		time.Sleep(time.Millisecond)
	}
	w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
	if _, err := replica.Current(acme); !fault.Is(err, fault.Unavailable) {
		t.Errorf("it answers by what it knew: %v", err)
	}
	if _, err := replica.AtLeast(ctx, acme, 1, 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("it answers who asks for a revision that it knew: %v", err)
	}
	if _, err := other.Do(ctx, acme, ada, change.How{}, client.TeamCreate{Team: "lost"}); err == nil {
		t.Error("it changed something")
	}
}

package decide_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"bailiwick/event"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
)

// A snapshot that is never written makes nothing wrong, only every start slower: so it is looked for.
func TestClosingWritesASnapshotAndTheNextStartReadsIt(t *testing.T) {
	ctx, address := t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bailiwick.db")
	open := func() (*journal.Journal, *decide.Engine) {
		j, err := journal.Open(ctx, address, journal.Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		e, err := decide.Open(ctx, j, decide.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return j, e
	}
	j, e := open()
	if err := e.Add(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	change := journal.Change{Organization: "acme", ID: "one", Actor: "rule:setup_link", Via: "test", At: time.Now()}
	for i := range 600 {
		in, err := event.Encode(&event.UserAdded{User: fmt.Sprintf("usr_%026d", i), Number: int32(i + 1), Profile: event.Profile{Email: fmt.Sprintf("p%d@acme.test", i)}})
		if err != nil {
			t.Fatal(err)
		}
		change.Entries = append(change.Entries, journal.Entry(in))
	}
	if _, err := j.Append(ctx, "acme", 0, change); err != nil {
		t.Fatal(err)
	}
	if err := e.CatchUp(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	e.Close()
	if s, found, err := j.LoadSnapshot(ctx, "acme", 0); err != nil || !found || s.Revision != 600 {
		t.Fatalf("the newest snapshot is of revision %d (%v, %v), want 600", s.Revision, found, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, e = open()
	st, err := e.Current("acme")
	if err != nil || st.Revision != 600 || st.UserByEmail("p599@acme.test") == nil {
		t.Errorf("the state is of revision %d (%v)", st.Revision, err)
	}
	e.Close()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

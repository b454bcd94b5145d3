package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"bailiwick/internal/journal"
)

func TestAttack125AnEventOfANewerVersionStopsTheStart(t *testing.T) {
	for _, entry := range []journal.Entry{
		{Type: "user.teleported", Version: 1, Facts: []byte(`{}`)},
		{Type: "grant.added", Version: 99, Facts: []byte(`{}`)},
	} {
		data := folder(t)
		s := serve(t, data)
		s.settle()
		s.stop()
		database := "sqlite:" + filepath.Join(data, "bailiwick.db")
		j, err := journal.Open(t.Context(), database, journal.Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		head, err := j.Head(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(t.Context(), "acme", head.Revision, journal.Change{Organization: "acme", ID: "from-the-future", Actor: "user:x", Via: "test",
			At: time.Now(), Epoch: head.Epoch, Entries: []journal.Entry{entry}}); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		words := []string{entry.Type, "newer"}
		if entry.Version == 99 {
			words = append(words, "99")
		}
		refused(t, data, words...)
	}
}

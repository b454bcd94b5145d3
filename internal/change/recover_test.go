package change_test

import (
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
)

// TestAForgottenPassword : a link goes to who has a password, to the directory's address, not again at once, and to nobody else.
func TestAForgottenPassword(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		p := w.withWays(true)
		w.must(w.owner, add("vi@acme.test"), add("ed@acme.test"))
		w.withPassword("vi@acme.test")
		p.take()
		asked := func(email string) []change.Letter {
			t.Helper()
			if err := w.Recover(t.Context(), acme, email, "req-1"); err != nil {
				t.Fatal(err)
			}
			return p.take()
		}
		for _, nobody := range []string{"ed@acme.test", "nobody@acme.test", "vi@evil.test", ""} {
			before := w.now().Revision
			if letters := asked(nobody); len(letters) > 0 || w.now().Revision != before {
				t.Errorf("%s asked: %d letters, revision %d", nobody, len(letters), w.now().Revision)
			}
		}
		letters := asked("vi@acme.test")
		if len(letters) != 1 || letters[0].Kind != "reset" || letters[0].Email != "vi@acme.test" || letters[0].By != "" || letters[0].Secret == "" {
			t.Fatalf("letters: %+v", letters)
		}
		if again := asked("vi@acme.test"); len(again) > 0 {
			t.Error("a second letter was sent at once")
		}
		w.ahead.Store(int64(5 * time.Minute))
		later := asked("vi@acme.test")
		if len(later) != 1 {
			t.Fatal("after five minutes no other letter is sent")
		}
		if w.setPassword("vi@acme.test", "hash-of-"+letters[0].Secret) == nil {
			t.Error("the first link works beside the second")
		}
		if err := w.setPassword("vi@acme.test", "hash-of-"+later[0].Secret); err != nil {
			t.Error(err)
		}
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		w.ahead.Store(int64(time.Hour))
		if letters := asked("vi@acme.test"); len(letters) > 0 {
			t.Error("somebody deactivated got a letter")
		}
	})
}

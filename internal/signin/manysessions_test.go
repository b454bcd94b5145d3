package signin

import (
	"testing"
	"time"
)

func TestOnePersonsSessionsAreBounded(t *testing.T) {
	c := newCounter(t)
	var last *Entered
	for range manySessions + 3 {
		c.pass(time.Second)
		var err error
		if last, err = c.desk.open(t.Context(), "acme", ana, ByPassword, from(1, ""), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := c.journal.SessionsOf(t.Context(), "acme", ana)
	if err != nil || len(kept) != manySessions || kept[0].ID != last.Session.ID {
		t.Errorf("%d sessions are kept, want the newest %d (%v)", len(kept), manySessions, err)
	}
}

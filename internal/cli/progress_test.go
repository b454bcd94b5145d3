package cli

import (
	"strings"
	"testing"
	"time"
)

func TestProgressIsShownOnlyForWhatTakesLong(t *testing.T) {
	var quick strings.Builder
	done := make(chan struct{})
	close(done)
	showProgress(&quick, "reading acme.yaml", time.Hour, time.Hour, done)
	if quick.Len() > 0 {
		t.Errorf("wrote %q for something quick", quick.String())
	}
	var slow strings.Builder
	done = make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(done) })
	showProgress(&slow, "reading acme.yaml", time.Millisecond, 5*time.Millisecond, done)
	if text := slow.String(); !strings.Contains(text, "reading acme.yaml, 0 s") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("wrote %q: it must say what it does and wipe its line", text)
	}
}

package history

import (
	"strings"
	"testing"

	"bailiwick/event"
	"bailiwick/internal/state"
)

// TestEveryEventHasASentence: whoever adds a type of event says in words what it is.
func TestEveryEventHasASentence(t *testing.T) {
	x := newIndex(state.Empty("acme"))
	n := &names{ctx: t.Context(), state: state.Empty("acme"), index: x, gone: map[string]string{"": "somebody"}}
	for _, kind := range event.Types() {
		var e event.Event
		for version := 1; version < 10; version++ {
			if read, err := event.Decode(event.Encoded{Type: kind, Version: version, Facts: []byte(`{}`)}); err == nil {
				e = read
			}
		}
		if e == nil {
			t.Errorf("%s cannot be read", kind)
			continue
		}
		if text := n.sentence("rule:test", e, x.aboutOf(e)); strings.Contains(text, " did ") {
			t.Errorf("%s has no sentence: %s", kind, text)
		}
	}
}

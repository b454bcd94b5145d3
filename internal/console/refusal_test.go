package console

import (
	"testing"

	"bailiwick/internal/fault"
)

// TestSentencesOfAnError : each begins with a capital letter, but not an address.
func TestSentencesOfAnError(t *testing.T) {
	for want, err := range map[string]error{
		"Nobody is there. Ask somebody.":              fault.New(fault.NotFound, "nobody is there").Rather("ask somebody"),
		"bo@acme.test is active already. Look again.": fault.New(fault.Conflict, "bo@acme.test is active already").Rather("look again"),
	} {
		if got := sentences(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

package suggest_test

import (
	"testing"

	"bailiwick/internal/suggest"
)

func TestNearestFindsWhatWasMeant(t *testing.T) {
	roles := []string{"viewer", "launcher", "editor", "admin", "owner"}
	for name, want := range map[string]string{
		"vewer":   "viewer", // a letter missing
		"viewwer": "viewer", // one too many
		"adnin":   "admin",  // another one
		"onwer":   "owner",  // two swapped
		"Editor":  "editor", // the case
		"zzzzz":   "",
		"":        "",
	} {
		if got := suggest.Nearest(name, roles); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOneOfListsWhatIsPossibleWhereNothingIsNear(t *testing.T) {
	for _, c := range []struct {
		name  string
		names []string
		want  string
	}{
		{"onwer", []string{"owner", "auditor"}, `did you mean "owner"?`},
		{"x", []string{"owner", "auditor"}, "it can be auditor, owner"},
		{"x", nil, ""},
	} {
		if got := suggest.OneOf(c.name, c.names); got != c.want {
			t.Errorf("OneOf(%q, %q) = %q, want %q", c.name, c.names, got, c.want)
		}
	}
}

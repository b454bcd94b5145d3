package access_test

import (
	"strings"
	"testing"

	"bailiwick/access"
)

func TestPathsHaveOneForm(t *testing.T) {
	for path, want := range map[string]string{
		"dagster/prod/etl":              "dagster/prod/etl",
		"dagster/prod/branch:feature-1": "dagster/prod/branch:feature-1",
		"dagster/prod/branch:*":         "dagster/prod/branch:*",
		"dagster/prod/a%2fb":            "dagster/prod/a%2Fb",
		"dagster/prod/%61":              "dagster/prod/a",
		"dagster/my location":           "dagster/my location",
		"dagster/100%25":                "dagster/100%25",
	} {
		if got, err := access.CanonicalPath(path); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"", "dagster/", "/dagster", "a//b", "a/%", "a/%2", "a/%zz", "a/x*", "a/b:c:d", "a/:b", "a/\x00", "a/\xff", "a/%ff"} {
		if got, err := access.CanonicalPath(path); err == nil {
			t.Errorf("%q was read as %q", path, got)
		}
	}
}

// FuzzPath holds that reading what was written gives the same path, and that any name survives a path.
func FuzzPath(f *testing.F) {
	for _, text := range []string{"dagster/prod/branch:x", "a/%2F", "a/b:*", "größe/ ", "a/%25%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if path, err := access.CanonicalPath(text); err == nil {
			if again, err := access.CanonicalPath(path); err != nil || again != path {
				t.Errorf("%q became %q, and that %q (%v)", text, path, again, err)
			}
		}
		if text == "" || !strings.Contains(text, "\xff") && len(text) > 1000 {
			return
		}
		segments, err := access.SplitPath("p/" + access.EncodeName(text))
		if err == nil && segments[1].Name != text {
			t.Errorf("the name %q came back as %q", text, segments[1].Name)
		}
	})
}

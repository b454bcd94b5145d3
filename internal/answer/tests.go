package answer

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
)

// Test judges one assertion, whose words are the facts' own; at is the moment where it names none.
func Test(f Facts, test accessfile.Test, place string, at time.Time) client.TestLine {
	if !test.At.IsZero() {
		at = test.At
	}
	slug, _, _ := strings.Cut(test.Resource, "/")
	q := Query{
		Question: access.Question{Subject: test.Who, Permission: test.Permission, Resource: test.Resource, At: at},
		Slug:     slug, Model: f.Snapshot().Model(slug),
	}
	if q.Model != nil {
		q.Permission = permissionOf(q.Model, test.Permission)
	}
	said := test
	said.Who = f.Show(test.Who)
	line := client.TestLine{Place: place, Says: Says(said)}
	if line.Passed = f.Snapshot().Decide(q.Question).Allowed == test.Allowed; !line.Passed {
		explanation := Explain(f, q)
		line.Explanation = &explanation
	}
	return line
}

// Says writes an assertion as the file does.
func Says(test accessfile.Test) string {
	word := "cannot"
	if test.Allowed {
		word = "can"
	}
	text := fmt.Sprintf("%s %s %s on %s", test.Who, word, test.Permission, test.Resource)
	if !test.At.IsZero() {
		text += " at " + test.At.Format(time.RFC3339)
	}
	return text
}

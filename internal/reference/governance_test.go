package reference

import (
	"os"
	"strings"
	"testing"

	"bailiwick/rolemodel"
)

// TestPageWithoutGovernance says who changes things where an edition does not.
func TestPageWithoutGovernance(t *testing.T) {
	text, err := os.ReadFile("../../rolemodel/testdata/record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := rolemodel.Load("record.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	page := string(Page(m))
	_, section, found := strings.Cut(page, "\n## Who may change what\n\n")
	want := "Only the directory's owner changes anything here, and no role can be given whose permissions the giver has not.\n"
	if !found || section != want {
		t.Errorf("the page ends with %q", section)
	}
}

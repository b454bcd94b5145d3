package cli

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestEveryKeyIsDocumented holds docs/commands.md to the types that are printed.
func TestEveryKeyIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []any{
		checkAnswer{}, explainAnswer{}, reasonAnswer{}, grantAnswer{}, fixAnswer{}, stepAnswer{}, whoAnswer{}, subjectAnswer{},
		whatAnswer{}, permissionAnswer{}, resourceAnswer{}, diffAnswer{}, objectAnswer{}, accessAnswer{}, testAnswer{},
		assertionLine{}, demoAnswer{}, editionsAnswer{}, editionAnswer{}, referenceAnswer{}, heldAnswer{}, versionAnswer{},
	} {
		kind := reflect.TypeOf(answer)
		for i := range kind.NumField() {
			key, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if kind.Field(i).Anonymous {
				continue
			}
			if !strings.Contains(string(page), "`"+key+"`") && !strings.Contains(string(page), "`"+key+"[]`") {
				t.Errorf("the key %q of %s is not in docs/commands.md", key, kind.Name())
			}
		}
	}
}

package graphql_test

import (
	"strings"
	"testing"
)

// TestAttack121AnAuditorOfOnePlatformReadsItsRows: also of one that is not Dagster's, as by the JSON API.
func TestAttack121AnAuditorOfOnePlatformReadsItsRows(t *testing.T) {
	w := newWorld(t)
	for _, field := range []string{"bailiwick { journal(first: 100) { entries { summary } } }", "auditLog { enabled auditLogEntries(limit: 500) { eventMetadata } }", "bailiwick { activity(first: 100) { entries { operation } } }"} {
		r := w.ask("dan", "{ "+field+" }", nil)
		if len(r.Errors) > 0 {
			t.Errorf("dan may not see %s: %s", field, r.text)
		}
		for _, other := range []string{"dagster", "ada@acme.test", "zoe"} {
			if strings.Contains(r.text, other) {
				t.Errorf("%q in %s", other, r.text)
			}
		}
		if strings.Contains(field, "journal") && !strings.Contains(r.text, "created dbt/core") {
			t.Errorf("no row of dbt's: %s", r.text)
		}
		for _, none := range []string{"zoe", "bo"} {
			if r := w.ask(none, "{ "+field+" }", nil); !strings.Contains(r.text, `"code":"forbidden"`) {
				t.Errorf("%s sees %s: %s", none, field, r.text)
			}
		}
	}
	if r := w.ask("zoe", "{ auditLog { enabled } }", nil); !strings.Contains(r.text, `"code":"forbidden"`) {
		t.Errorf("zoe: %s", r.text)
	}
}

package change_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/fault"
)

func document(resource, name, text string) client.DocumentSet {
	return client.DocumentSet{Resource: resource, Name: name, Document: json.RawMessage(text)}
}

func TestDocumentsOfAProduct(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, ed, vi := w.as("ada@acme.test"), w.as("ed@acme.test"), w.as("vi@acme.test")
		w.must(ada, client.ResourceCreate{Resource: "dagster/prod/branch:feature"}, document("dagster/prod/branch:feature", "branch", `{"commit": "c0ffee"}`),
			document("dagster", "settings", `{"timezone": "UTC"}`))
		w.must(ed, document("dagster/prod", "settings", ` { "run_retries" : {"max_retries": 3}, "note": "<a> & \u00e9" } `), document("dagster/prod", "agent", `"HYBRID"`),
			document("dagster/prod/etl", "location", `{"image": "etl:1"}`))
		check := func(path string) {
			t.Helper()
			for _, want := range []struct{ path, name, text string }{
				{path, "settings", `{"run_retries":{"max_retries":3},"note":"<a> & \u00e9"}`}, {path, "agent", `"HYBRID"`},
				{path + "/etl", "location", `{"image":"etl:1"}`}, {path + "/branch:feature", "branch", `{"commit":"c0ffee"}`},
			} {
				if got := w.now().Resource(want.path).Documents[want.name]; got != want.text {
					t.Errorf("%s of %s is %s", want.name, want.path, got)
				}
			}
			if got := w.now().Platform("dagster").Documents["settings"]; got != `{"timezone":"UTC"}` {
				t.Errorf("the organization's settings are %s", got)
			}
		}
		check("dagster/prod")
		revision := w.now().Revision
		w.must(ed, document("dagster/prod", "agent", ` "HYBRID" `))
		if w.now().Revision != revision {
			t.Error("what is there already was written again")
		}
		// They outlive every other change of what they are at, and a start.
		w.must(ada, client.ResourceUpdate{Resource: "dagster/prod", Settings: map[string]string{"sso_default_role": "launcher"}}, client.PlatformUpdate{Platform: "dagster", Seats: ptr(99)},
			client.RolePut{Platform: "dagster", Role: "look", At: "deployment", BasedOn: "viewer"}, client.ResourceRename{Resource: "dagster/prod", To: "dagster/live"})
		check("dagster/live")
		w.reopen()
		check("dagster/live")

		w.must(ada, document("dagster/live", "agent", ""), document("dagster/live", "settings", "null"), client.ResourceDelete{Resource: "dagster/live/etl"}, client.ResourceCreate{Resource: "dagster/live/etl"})
		if len(w.now().Resource("dagster/live").Documents)+len(w.now().Resource("dagster/live/etl").Documents) > 0 {
			t.Error("a document that was removed is there")
		}

		w.refused(vi, fault.Forbidden, "permission", document("dagster/live", "settings", `{}`))
		w.refused(ed, fault.Forbidden, "permission", document("dagster/dev", "settings", `{}`))
		w.refused(ed, fault.Forbidden, "permission", document("dagster", "settings", `{}`))
		w.refused(vi, fault.Forbidden, "permission", document("dagster/live/branch:feature", "branch", `{}`))
		w.refused(ada, fault.Invalid, "document", document("dagster/live", "location", `{}`))
		w.refused(w.owner, fault.Forbidden, "permission", document("dagster/live", "settings", `{}`)) // owns the directory, not Dagster
		w.refused(ada, fault.NotFound, "", document("dagster/gone", "settings", `{}`))
		w.refused(ada, fault.NotFound, "", document("dagster/branch:*", "branch", `{}`))
		for _, text := range []string{`{`, `{} {}`, "\"\xff\"", `"` + strings.Repeat("x", 64<<10) + `"`} {
			w.refused(ada, fault.Invalid, "document", document("dagster/live", "settings", text))
		}
		w.must(ada, document("dagster/live", "settings", `"`+strings.Repeat("x", 64<<10-2)+`"`+strings.Repeat(" ", 9)))
		w.warehouse()
		w.refused(w.as("ann@acme.test"), fault.Invalid, "document", document("dbt/jaffle", "settings", `{}`))
	})
}

package graphql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// TestEachOfOurOwnFieldsAnswers asks for every field under bailiwick once.
func TestEachOfOurOwnFieldsAnswers(t *testing.T) {
	w := newWorld(t)
	r := w.ask("olga", `{ version bailiwick {
		users(query: "bo") { total next users { email active on implied licenses teams } }
		teams(query: "DATA") { total teams { name members grants } }
		serviceUsers { total serviceUsers { name grants tokens } }
		grants(to: "team:data") { total grants { to role on environments from until } }
		tokens(kind: "user") { total tokens { kind subject state narrowed permissions scopes lastUsed } }
		platforms { slug edition plan settings roles { name custom at permissions } resources(under: "dagster/prod") { total resources { path kind name attached } } }
		resources(platform: "dagster", first: 2) { total resources { path } }
		check(who: "bo@acme.test", permission: "dagster.runs.launch", resource: "dagster/prod") { decision allowed subject why }
		explain(who: "user:zoe@acme.test", permission: "dagster.runs.launch", resource: "dagster/prod") { allowed level reasons { outcome } fixes { text steps { kind } } }
		whoCan(permission: "dbt.account_settings.write", resource: "dbt") { count subjects { subject via } }
		whatCan(who: "service_user:ci") { resources { resource roles permissions } }
		effective(who: "bo@acme.test", resource: "dagster/prod") { roles permissions { permission } }
		revision epoch } }`, nil)
	if len(r.Errors) > 0 {
		t.Fatal(r.text)
	}
	r.is(`[{"active":true,"email":"bo@acme.test","implied":["dagster"],"licenses":{},"on":["dagster"],"teams":["data"]}]`, "bailiwick", "users", "users")
	r.is(`[{"grants":1,"members":1,"name":"data"}]`, "bailiwick", "teams", "teams")
	r.is(`[{"grants":1,"name":"ci","tokens":0}]`, "bailiwick", "serviceUsers", "serviceUsers")
	r.is(`[{"environments":[],"from":null,"on":"dagster/prod","role":"editor","to":"team:data","until":null}]`, "bailiwick", "grants", "grants")
	r.is(`"user:olga@acme.test"`, "bailiwick", "tokens", "tokens", 0, "subject")
	r.is(`"dagster"`, "bailiwick", "platforms", 0, "slug")
	r.is(`2`, "bailiwick", "platforms", 0, "resources", "total")
	r.is(`{"attached":{},"kind":"code_location","name":"etl","path":"dagster/prod/etl"}`, "bailiwick", "platforms", 0, "resources", "resources", 0)
	if roles, _ := r.get("bailiwick", "platforms", 0, "roles").([]any); len(roles) < 5 {
		t.Errorf("dagster has the roles %v", roles)
	}
	r.is(`5`, "bailiwick", "resources", "total")
	r.is(`true`, "bailiwick", "check", "allowed")
	r.is(`"user:bo@acme.test"`, "bailiwick", "check", "subject")
	r.is(`false`, "bailiwick", "explain", "allowed")
	r.is(`"user:dan@acme.test"`, "bailiwick", "whoCan", "subjects", 0, "subject")
	r.is(`"dagster/prod"`, "bailiwick", "whatCan", "resources", 1, "resource")
	if held, _ := r.get("bailiwick", "effective", "permissions").([]any); len(held) < 5 {
		t.Errorf("bo has %v", held)
	}
	r.is(fmt.Sprint(w.Now().Revision), "bailiwick", "revision")
}

// TestThePastIsAnsweredAsItWas asks before and after a team was there, as who sees it now.
func TestThePastIsAnsweredAsItWas(t *testing.T) {
	w := newWorld(t)
	before := w.Now().Revision
	w.As("ada", client.TeamCreate{Team: "late"}, orgtest.Grant("team:late", "admin", "dagster/prod"), client.ResourceCreate{Resource: "dagster/late"})
	query := `query($at: When) { bailiwick { teams(query: "late", at: $at) { total revision } grants(under: "dagster", role: "admin", at: $at) { total }
		platforms(at: $at) { slug resources { total } } } }`
	r := w.ask("olga", query, map[string]any{"at": fmt.Sprint(before)})
	r.is(fmt.Sprintf(`{"revision":%d,"total":0}`, before), "bailiwick", "teams")
	r.is(`0`, "bailiwick", "grants", "total")
	r.is(`5`, "bailiwick", "platforms", 0, "resources", "total")
	r = w.ask("olga", query, nil)
	r.is(`1`, "bailiwick", "teams", "total")
	r.is(`1`, "bailiwick", "grants", "total")
	r.is(`6`, "bailiwick", "platforms", 0, "resources", "total")
	w.As("olga", client.GrantRemove{Grant: client.Grant{To: "user:aud@acme.test", Role: "auditor", On: "org"}})
	if r = w.ask("aud", query, map[string]any{"at": fmt.Sprint(before)}); len(r.Errors) == 0 {
		t.Errorf("who saw it then, and does not now, sees the past: %s", r.text)
	}
}

// pages asks for all pages of a list and returns one field of each thing.
func (w *world) pages(name, list, things, field, arguments string) (all []string) {
	w.t.Helper()
	for after := ""; ; {
		r := w.ask(name, fmt.Sprintf(`query($after: String) { bailiwick { found: %s(first: 2, after: $after%s) { next %s { %s } } } }`, list, arguments, things, field), map[string]any{"after": after})
		if len(r.Errors) > 0 || len(all) > 1000 {
			w.t.Fatal(r.text)
		}
		rows, _ := r.get("bailiwick", "found", things).([]any)
		for i := range rows {
			all = append(all, fmt.Sprint(r.get("bailiwick", "found", things, i, field)))
		}
		if after, _ = r.get("bailiwick", "found", "next").(string); after == "" {
			return all
		}
	}
}

func TestPagesToTheEndAreAll(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
	}
	for _, c := range []struct {
		list, things, field, arguments string
		all                            int
	}{
		{"users", "users", "email", "", 6}, {"users", "users", "email", `, platform: "dagster"`, 2}, {"teams", "teams", "name", "", 2},
		{"grants", "grants", "to", "", 7}, {"tokens", "tokens", "id", "", 7}, {"resources", "resources", "path", `, platform: "dagster"`, 5},
		{"journal", "entries", "revision", "", int(w.Now().Revision) + 1},
	} {
		found := w.pages("olga", c.list, c.things, c.field, c.arguments)
		distinct := slices.Compact(slices.Sorted(slices.Values(found)))
		if c.list != "grants" && len(distinct) != len(found) || c.list != "grants" && c.list != "journal" && len(found) != c.all || len(found) < c.all {
			t.Errorf("%s%s: %d on all pages, want %d: %v", c.list, c.arguments, len(found), c.all, found)
		}
	}
}

// TestAttack109: a cursor is good for the same question by the same caller.
func TestAttack109ACursorOfAnotherQuestion(t *testing.T) {
	w := newWorld(t)
	next, _ := w.ask("olga", `{ bailiwick { users(first: 2) { next } } }`, nil).get("bailiwick", "users", "next").(string)
	if next == "" || strings.Contains(next, "acme") {
		t.Fatalf("%q", next)
	}
	for name, c := range map[string]struct{ who, query string }{
		"another field":    {"olga", `query($c: String) { bailiwick { teams(after: $c) { total } } }`},
		"another argument": {"olga", `query($c: String) { bailiwick { users(after: $c, platform: "dbt") { total } } }`},
		"somebody else":    {"aud", `query($c: String) { bailiwick { users(after: $c) { total } } }`},
	} {
		if r := w.ask(c.who, c.query, map[string]any{"c": next}); len(r.Errors) != 1 || !strings.Contains(r.text, `"rule":"cursor"`) {
			t.Errorf("%s: %s", name, r.text)
		}
	}
	for _, forged := range []string{next[:len(next)-4], "AAAA" + next[4:], "bo@acme.test", "1"} {
		if r := w.ask("olga", `query($c: String) { bailiwick { users(after: $c) { total } } }`, map[string]any{"c": forged}); !strings.Contains(r.text, `"rule":"cursor"`) {
			t.Errorf("%q: %s", forged, r.text)
		}
	}
	for _, first := range []int{0, -1, 101} {
		if r := w.ask("olga", `query($n: Int) { bailiwick { users(first: $n) { total } } }`, map[string]any{"n": first}); len(r.Errors) == 0 {
			t.Errorf("a page of %d: %s", first, r.text)
		}
	}
}

// TestAttack114: who sees nobody learns nothing of others, whether they exist or not, and of themselves what is theirs.
func TestAttack114WhoSeesNobodyIsRefused(t *testing.T) {
	w := newWorld(t)
	w.As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
	for _, field := range []string{`users { total }`, `teams { total }`, `serviceUsers { total }`, `grants { total }`, `grants(to: "user:olga@acme.test") { total }`,
		`tokens(subject: "user:olga@acme.test") { total }`, `platforms { slug }`, `resources(platform: "dagster") { total }`,
		`check(who: "bo@acme.test", permission: "dagster.runs.launch", resource: "dagster/prod") { allowed }`, `whatCan(who: "bo@acme.test") { subject }`,
		`whoCan(permission: "dagster.runs.launch", resource: "dagster/prod") { count }`, `journal { next }`, `activity { next }`,
	} {
		r := w.ask("zoe", `{ bailiwick { `+field+` } }`, nil)
		if len(r.Errors) != 1 || !strings.Contains(r.text, `"code":"forbidden"`) {
			t.Errorf("%s: %s", field, r.text)
		}
		nobody := strings.NewReplacer("olga@", "nobody@", "bo@", "nobody@").Replace(field)
		if other := w.ask("zoe", `{ bailiwick { `+nobody+` } }`, nil); fmt.Sprint(other.Errors) != fmt.Sprint(r.Errors) {
			t.Errorf("%s tells who exists: %s and %s", field, r.text, other.text)
		}
	}
	r := w.ask("zoe", `{ bailiwick { grants(to: "user:zoe@acme.test") { total } tokens { total tokens { subject } }
		check(who: "zoe@acme.test", permission: "dagster.runs.launch", resource: "dagster/prod") { allowed } whatCan(who: "zoe@acme.test") { subject } } }`, nil)
	if len(r.Errors) > 0 {
		t.Fatal(r.text)
	}
	r.is(`{"tokens":[{"subject":"user:zoe@acme.test"}],"total":1}`, "bailiwick", "tokens")
	if r := w.ask("zoe", `{ auditLog { auditLogEntries { id } } }`, nil); len(r.Errors) == 0 {
		t.Errorf("zoe reads the audit log: %s", r.text)
	}
}

func TestANarrowedTokenSeesWhatItsScopeHas(t *testing.T) {
	w := newWorld(t)
	w.tokens["ada"] = w.As("ada", client.TokenIssue{NewToken: client.NewToken{Kind: "user", Permissions: []string{"dagster.runs.view"}, Scopes: []string{"dagster/prod"}}}).Results[0].Secret
	check := `{ bailiwick { check(who: "ada@acme.test", permission: "%s", resource: "%s") { allowed } } }`
	w.ask("ada", fmt.Sprintf(check, "dagster.runs.view", "dagster/prod"), nil).is(`true`, "bailiwick", "check", "allowed")
	for _, at := range []string{"dagster/dev", "dagster/prod"} {
		permission := map[string]string{"dagster/dev": "dagster.runs.view", "dagster/prod": "dagster.runs.launch"}[at]
		if r := w.ask("ada", fmt.Sprintf(check, permission, at), nil); !strings.Contains(r.text, `"rule":"narrowed"`) {
			t.Errorf("%s on %s: %s", permission, at, r.text)
		}
	}
	if r := w.ask("ada", `{ bailiwick { users { total } } }`, nil); len(r.Errors) == 0 {
		t.Errorf("the token lists people: %s", r.text)
	}
	w.ask("ada", `{ bailiwick { tokens { total } } }`, nil).is(`1`, "bailiwick", "tokens", "total")
}

func TestADryRunSaysWhoWouldGainWhat(t *testing.T) {
	w := newWorld(t)
	before := w.Now().Revision
	r := w.ask("ada", `mutation @dryRun { change(commands: [{do: "grant.add", to: "team:data", role: "admin", on: "dagster/dev"}]) { dryRun changed gained access { subject } } }`, nil)
	if len(r.Errors) > 0 || w.Now().Revision > before+1 { // the token
		t.Fatalf("%s, revision %d after %d", r.text, w.Now().Revision, before)
	}
	r.is(`true`, "change", "dryRun")
	r.is(`"user:bo@acme.test"`, "change", "access", 0, "subject")
	if dry, _ := r.Extensions["dryRun"].(map[string]any); fmt.Sprint(dry["gained"]) == "0" || dry["access"] == nil {
		t.Errorf("the comparison is %v", r.Extensions)
	}
	if w.can("bo", "dagster.runs.launch", "dagster/dev") {
		t.Error("the dry run gave it")
	}
}

// TestTheAuditLogIsInDagstersWords reads the log in pages whose cursors are the ids of entries, filtered, and what of it has no
// name there in the journal.
func TestTheAuditLogIsInDagstersWords(t *testing.T) {
	w := newWorld(t)
	w.As("ada", orgtest.Grant("user:bo@acme.test", "launcher", "dagster/dev"))
	query := `query($c: String, $n: Int, $f: AuditLogFilters) { auditLog { enabled auditLogEntries(cursor: $c, limit: $n, filters: $f) { id eventType authorUserEmail eventMetadata timestamp deploymentName branchDeploymentName } } }`
	entries := func(variables map[string]any) []any {
		t.Helper()
		r := w.ask("olga", query, variables)
		if len(r.Errors) > 0 {
			t.Fatal(r.text)
		}
		list, _ := r.get("auditLog", "auditLogEntries").([]any)
		return list
	}
	field := func(entry any, name string) string { return fmt.Sprint(entry.(map[string]any)[name]) }
	all := entries(nil)
	given := entries(map[string]any{"f": map[string]any{"eventTypes": []string{"CHANGE_USER_PERMISSIONS"}, "userEmails": []string{"ada@acme.test"}, "deploymentNames": []string{"dev"}}})
	if len(given) != 1 || field(given[0], "authorUserEmail") != "ada@acme.test" || field(given[0], "deploymentName") != "dev" || !strings.Contains(field(given[0], "eventMetadata"), "launcher") {
		t.Errorf("ada's grant is %v", given)
	}
	var paged []string
	for cursor := any(nil); ; {
		part := entries(map[string]any{"c": cursor, "n": 3})
		for _, e := range part {
			paged = append(paged, field(e, "eventType")+field(e, "timestamp"))
			cursor = field(e, "id")
		}
		if len(part) < 3 || len(paged) > 100 {
			break
		}
	}
	if len(all) < 5 || len(paged) != len(all) {
		t.Errorf("%d entries, in pages %d: %v", len(all), len(paged), paged)
	}
	if late := entries(map[string]any{"f": map[string]any{"afterDatetime": float64(time.Now().Add(time.Hour).Unix())}}); len(late) > 0 {
		t.Errorf("of the future: %v", late)
	}
	if branches := entries(map[string]any{"f": map[string]any{"isBranchDeployment": true}}); len(branches) > 0 {
		t.Errorf("branch deployments: %v", branches)
	}
	if teams := w.ask("olga", `{ bailiwick { journal(filter: {operation: "team.created"}) { entries { summary target at facts } } } }`, nil); !strings.Contains(teams.text, "data") {
		t.Errorf("the journal has no team: %s", teams.text)
	}
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	read := w.ask("olga", `query($op: String) { bailiwick { activity(filter: {operation: $op}) { entries { subject result via count } } } }`, map[string]any{"op": access.OpAuditView})
	read.is(`"user:olga@acme.test"`, "bailiwick", "activity", "entries", 0, "subject")
}

package sight_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// named makes an opaque id that says whose it is.
func named(prefix, name string) string { return prefix + name + strings.Repeat("a", 26-len(name)) }

// programs has people who make tokens of service users: kim of dagster's, by a custom role; wes of a workspace's, by the edition's row for
// workspaces; and pat of an agent's. Bo makes none.
func programs(t *testing.T) *state.State {
	t.Helper()
	e := state.Load("acme")
	revision := int64(0)
	fold := func(events ...event.Event) {
		t.Helper()
		for _, ev := range events {
			revision++
			if err := e.Fold(state.Row{Revision: revision, Epoch: 1, At: time.UnixMicro(revision).UTC(), Event: ev}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for slug, edition := range map[string]string{accessfile.Directory: "bailiwick", "dagster": "dagster-plus", "airflow": "astro-2024", "dbt": "dbt-enterprise-2024"} {
		hash, err := rolemodel.EditionHash(edition)
		if err != nil {
			t.Fatal(err)
		}
		fold(&event.PlatformAttached{Slug: slug, Edition: edition, Hash: hash})
	}
	number := int32(0)
	next := func() int32 { number++; return number }
	for _, path := range []string{"dagster/prod", "airflow/ml", "airflow/bi", "airflow/ml/train", "dbt/core"} {
		fold(&event.ResourceCreated{Path: path, Number: next()})
	}
	for role, permission := range map[string]string{"keeper": "service_users.manage", "connector": "agent_tokens.create"} {
		fold(&event.RolePut{Platform: "dagster", ID: named("rol_", role), Name: role, At: "organization", Permissions: []string{permission}})
	}
	for _, name := range []string{"kim", "wes", "pat", "bo"} {
		fold(&event.UserAdded{User: named(state.UserPrefix, name), Number: next(), Profile: event.Profile{Email: name + "@acme.test"}})
	}
	for _, name := range []string{"ci", "bare", "loader", "trainer", "both"} {
		fold(&event.ServiceUserCreated{ServiceUser: named(state.ServiceUserPrefix, name), Number: next(), Name: name})
	}
	fold(&event.AgentCreated{Agent: named(state.AgentPrefix, "cluster"), Description: "cluster"})
	grant := func(to, role, on string) {
		fold(&event.GrantAdded{Grant: event.Grant{To: to, Role: role, On: on}, Number: next()})
	}
	grant("user:"+named(state.UserPrefix, "kim"), "keeper", "dagster")
	grant("user:"+named(state.UserPrefix, "pat"), "connector", "dagster")
	grant("user:"+named(state.UserPrefix, "wes"), "workspace_owner", "airflow/ml")
	grant("user:"+named(state.UserPrefix, "bo"), "viewer", "dagster/prod")
	program := func(name, role, on string) {
		grant("service_user:"+named(state.ServiceUserPrefix, name), role, on)
	}
	program("ci", "viewer", "dagster/prod")
	program("ci", "workspace_member", "airflow/ml")
	program("loader", "job_runner", "dbt/core")
	program("trainer", "deployment_admin", "airflow/ml/train")
	program("both", "workspace_member", "airflow/ml")
	program("both", "workspace_member", "airflow/bi")
	grant("agent:"+named(state.AgentPrefix, "cluster"), "agent", "dagster/prod")
	st, err := e.State()
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// TestWhoSeesTheTokensOfPrograms : whoever makes them, as far as they do, and of people's none.
func TestWhoSeesTheTokensOfPrograms(t *testing.T) {
	st := programs(t)
	holders := map[string]access.Holder{"cluster": {Kind: access.Agent, ID: named(state.AgentPrefix, "cluster")}}
	for _, name := range []string{"kim", "wes", "pat", "bo"} {
		holders[name] = access.Holder{Kind: access.User, ID: named(state.UserPrefix, name)}
	}
	for _, name := range []string{"ci", "bare", "loader", "trainer", "both"} {
		holders[name] = access.Holder{Kind: access.ServiceUser, ID: named(state.ServiceUserPrefix, name)}
	}
	elsewhere := func(permission, _ string) bool { return permission == "dagster.runs.view" }
	for _, c := range []struct {
		who    string
		within func(permission, path string) bool
		sees   string
	}{
		{who: "kim", sees: "bare ci kim"},
		{who: "wes", sees: "trainer wes"},
		{who: "pat", sees: "cluster pat"},
		{who: "bo", sees: "bo"},
		{who: "kim", within: elsewhere, sees: "kim"},
	} {
		view := sight.Of(st, change.Actor{Subject: holders[c.who], Within: c.within}, st.At)
		s := view.OfTokens().Over(st)
		var sees []string
		for name, h := range holders {
			if s.SeesSubject(h) {
				sees = append(sees, name)
			}
			// What is refused is what is seen otherwise; of the rest nothing is said.
			refused := s.MayListTokens(h)
			switch {
			case s.SeesSubject(h) && refused != nil, view.Over(st).SeesSubject(h) && !s.SeesSubject(h) && !fault.Is(refused, fault.Forbidden):
				t.Errorf("%s asks for the tokens of %s: %v", c.who, name, refused)
			}
		}
		slices.Sort(sees)
		if got := strings.Join(sees, " "); got != c.sees || s.None() != (got == c.who) {
			t.Errorf("%s, narrowed %v, sees the tokens of %s, of nobody else %v; want %s", c.who, c.within != nil, got, s.None(), c.sees)
		}
	}
}

package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
)

// TestRefusedChangesSayWhatTheyWereAbout: so that who reads one platform's audit log sees what was tried there, and only that.
func TestRefusedChangesSayWhatTheyWereAbout(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	bo := w.user("bo")
	team := w.Of("acme").Now().TeamByName("data")
	for _, c := range []client.Command{
		client.ResourceCreate{Resource: "dagster/new"}, client.ResourceCreate{Resource: "dbt/new"},
		client.GrantAdd{Grant: client.Grant{To: "user:bo@acme.test", Role: "organization_admin", On: "dagster"}},
		client.TeamDelete{Team: "data"},
	} {
		if _, err := bo.Change(ctx, client.Changing{}, c); err == nil {
			t.Errorf("%s was done", c.Do())
		}
	}
	w.activity("acme") // writes them
	for name, want := range map[string]string{
		"ada": "grant.add dagster dagster, resource.create dagster dagster/new",
		"dan": "resource.create dbt dbt/new",
		"aud": "grant.add dagster dagster, resource.create dagster dagster/new, resource.create dbt dbt/new, team.delete  team:" + team.ID,
	} {
		found, err := w.user(name).Audit(ctx, client.AuditQuery{Results: []string{"refused"}, Actors: []string{"bo@acme.test"}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range found.Rows {
			got = append(got, r.Action+" "+r.Platform+" "+strings.Join(r.TargetIDs, " "))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("%s sees %q, want %q", name, got, want)
		}
	}
}

// TestNoCredentialInAnyAddress: wherever a caller chooses a part of the path.
func TestNoCredentialInAnyAddress(t *testing.T) {
	w := newWorld(t)
	secret, tried := w.secret("olga"), 0
	for _, r := range w.routes {
		method, pattern, _ := strings.Cut(r.Pattern, " ")
		parts := strings.Split(strings.TrimPrefix(pattern, "/api/v1"), "/")
		for i, part := range parts {
			if !strings.HasPrefix(part, "{") || strings.HasSuffix(part, "...}") || r.Public {
				continue
			}
			address := slices.Clone(parts)
			address[i] = secret
			body := ""
			if method != "GET" && method != "DELETE" {
				body = "{}"
			}
			got := w.send(call{method: method, path: strings.Join(address, "/"), token: secret, body: body})
			if tried++; got.status != http.StatusBadRequest || !strings.Contains(got.body, `"rule":"credential"`) {
				t.Errorf("%s, %s: %d %s", r.Pattern, part, got.status, got.body)
			}
		}
	}
	if tried < 30 {
		t.Errorf("%d addresses were tried", tried)
	}
}

// TestWhoWasErasedIsNotInTheAudit: not in the list, not in either export, and not by what they themselves did.
func TestWhoWasErasedIsNotInTheAudit(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	zoe := w.Of("acme").Subject("zoe").ID
	there := w.Of("acme").Now().Revision
	_, err := w.user("zoe").Change(ctx, client.Changing{}, client.UserDeactivate{User: "zoe@acme.test"})
	fails(t, "zoe", err, client.Forbidden)
	w.activity("acme")
	owner := w.user("olga")
	everything := func() string {
		var all strings.Builder
		page, err := owner.Audit(ctx, client.AuditQuery{Page: client.Page{Limit: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(page.Rows)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
		for _, format := range []string{"csv", "ndjson"} {
			if _, err := owner.ExportAudit(ctx, client.AuditQuery{}, format, &all); err != nil {
				t.Fatal(err)
			}
		}
		return all.String()
	}
	if n := strings.Count(everything(), "zoe@acme.test"); n < 6 {
		t.Fatalf("her name is there %d times", n)
	}
	if _, err := owner.RemoveUser(ctx, "zoe@acme.test", client.Changing{}); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Erase(ctx, "zoe@acme.test", client.When{Revision: there}); err != nil {
		t.Fatal(err)
	}
	after := everything()
	for line := range strings.SplitSeq(after, "\n") {
		if at := strings.Index(strings.ToLower(line), "zoe"); at >= 0 {
			t.Errorf("…%s…", line[max(0, at-150):min(len(line), at+50)])
		}
	}
	if !strings.Contains(after, zoe) {
		t.Error("her rows are gone with her name")
	}
}

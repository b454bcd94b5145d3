package change_test

import (
	"testing"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// Closed before authorize: a command has the keys on its list and no others, and none of them says who acts.
func TestAttack105MoreKeysThanACommandHas(t *testing.T) {
	for _, text := range []string{
		`{"do":"user.add","email":"x@acme.test","is_admin":true}`, `{"do":"user.add","email":"x@acme.test","organization":"other"}`,
		`{"do":"user.profile","user":"x@acme.test","inactive":false}`, `{"do":"user.profile","user":"x@acme.test","actor":"rule:creator"}`,
		`{"do":"team.create","team":"x","id":"team_x"}`, `{"do":"grant.add","to":"user:x@acme.test","role":"viewer","on":"org","rule":"creator"}`,
		`{"do":"token.issue","kind":"user","hash":"known"}`, `{"do":"resource.create","resource":"dagster/x","number":1}`,
	} {
		if command, err := client.DecodeCommand([]byte(text)); err == nil {
			t.Errorf("%s was read as %+v", text, command)
		}
	}
}

// Closed by the list itself: a cursor is a place in the order and selects nothing, so a made-up one shows nothing more.
func TestAttack109AForgedCursor(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		w.must(w.owner, client.UserAdd{NewUser: client.NewUser{Email: "secret@acme.test"}}) // of no platform
		q := state.UserQuery{Platform: "dagster", Limit: 2}
		seen := map[string]bool{}
		for _, after := range []string{"", "\x00", "a", "secret@acme.test", "\xff", "' OR 1=1 --", string(make([]byte, 10_000))} {
			for q.After = after; ; {
				page := w.now().ListUsers(q)
				for _, u := range page.Users {
					seen[u.Email] = true
				}
				if q.After = page.Next; page.Next == "" {
					break
				}
			}
		}
		if seen["secret@acme.test"] || len(seen) != 7 {
			t.Errorf("the pages show %v", seen)
		}
	})
}

// Closed by validate: names are compared byte for byte in one form, and one that could be taken for another is refused.
func TestAttack110NamesThatLookAlike(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		for _, email := range []string{"VI@acme.test", "vi@ACME.test", "vi@acme.test ", " vi@acme.test", "v\u200bi@acme.test", "vi@acme.test\x00", "vi@acme.test@evil.test"} {
			if err := w.try(ada, add(email, "dagster")); err == nil {
				t.Errorf("%q is somebody else than vi", email)
			}
		}
		for _, name := range []string{"data", "data ", " data", "data\u200b", "da\u00adta", "\u202edata", "data\n", "data\x00", "cafe\u0301", "\xff", "", w.now().TeamByName("data").ID} {
			if err := w.try(ada, client.TeamCreate{Team: name}); err == nil {
				t.Errorf("%q can be a team beside \"data\"", name)
			}
		}
		// The engines compare bytes: another case is another name, and is not found by this one.
		w.must(ada, client.TeamCreate{Team: "Data"})
		if upper, lower := w.now().TeamByName("Data"), w.now().TeamByName("data"); upper.ID == lower.ID || w.now().TeamByName("DATA") != nil {
			t.Error("case is lost")
		}
		w.must(ada, client.ResourceCreate{Resource: "dagster/PROD"})
		if w.may("dan@acme.test", "team_permissions.edit", "dagster/PROD") {
			t.Error("a role on prod counts on PROD")
		}
		// A separator in a name stays in it: %2F is no new level, and there is no way up.
		for _, path := range []string{"dagster/prod/../dev", "dagster//dev", "dagster/./dev", "dagster/prod/", "/dagster/prod", "dagster/*", "dagster/branch:*"} {
			if err := w.try(ada, client.ResourceCreate{Resource: path}); err == nil {
				t.Errorf("%q is a resource", path)
			}
		}
		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", client.ResourceCreate{Resource: "dagster/prod%2Fx"})
		w.sound()
		w.reopen()
		w.sound()
	})
}

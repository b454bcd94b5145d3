package change_test

import (
	"slices"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// robots gives a service user a token that ends in thirty days and is narrowed, and returns its id.
func robots(w *world, with func(*client.NewToken)) string {
	w.t.Helper()
	ada := w.as("ada@acme.test")
	if w.now().ServiceUserByName("robot") == nil {
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"})
	}
	token := client.NewToken{Kind: "svc", Subject: "service_user:robot", Description: "nightly", Expires: ptr(w.engine.Now().Add(30 * 24 * time.Hour)),
		Permissions: []string{"dagster.runs.view"}, Scopes: []string{"dagster/prod"}}
	if with != nil {
		with(&token)
	}
	return w.must(ada, client.TokenIssue{NewToken: token}).Results[0].ID
}

// A rotation gives the same thing again, and no more of it.
func TestARotationNeverWidens(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada := w.as("ada@acme.test")
		id := robots(w, nil)
		made := w.must(ada, client.TokenRotate{Token: id, Overlap: 60}).Results[0]
		old, next := w.now().Token(id), w.now().Token(made.ID)
		if made.Secret == "" || next.Hash != "hash-of-"+made.Secret || next.Replaces != id || next.By != ada.String() || next.Holder != old.Holder || next.Kind != old.Kind ||
			next.Description != old.Description || !slices.Equal(next.Permissions, old.Permissions) || !slices.Equal(next.Scopes, old.Scopes) {
			t.Errorf("got %+v for %+v", next, old)
		}
		if life := time.UnixMicro(next.Expires).Sub(next.Issued); life < 29*24*time.Hour || life > 30*24*time.Hour {
			t.Errorf("the new one is good for %v", life)
		}
		if left := time.UnixMicro(old.Expires).Sub(next.Issued); left != time.Minute || old.Ended {
			t.Errorf("the old one is good for %v", left)
		}
		for name, wrong := range map[string]client.TokenRotate{
			"overlap": {Token: made.ID, Overlap: int(change.MaxOverlap/time.Second) + 1}, "rotation": {Token: id},
		} {
			err := w.try(ada, wrong)
			if f := (*fault.Error)(nil); !as(err, &f) || f.Rule != name {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if err := w.try(ada, client.TokenRotate{Token: made.ID, Overlap: -1}); fault.Of(err) != fault.Invalid {
			t.Errorf("an overlap before now: %v", err)
		}
		if err := w.try(ada, client.TokenRotate{Token: made.ID, Expires: ptr(w.engine.Now())}); fault.Of(err) != fault.Invalid {
			t.Errorf("a token that has expired: %v", err)
		}
		for _, who := range []string{"vi@acme.test", "ed@acme.test"} {
			w.refused(w.as(who), fault.Forbidden, "permission", client.TokenRotate{Token: made.ID})
		}
		narrowed := ada
		narrowed.Within = func(string, string) bool { return true }
		w.refused(narrowed, fault.Forbidden, "narrowed", client.TokenRotate{Token: made.ID})
		w.refused(ada, fault.Forbidden, "own_token", client.TokenRotate{Token: w.tokenOf("olga@acme.test")})
		// A dry run makes no secret and changes nothing.
		r, err := w.Do(t.Context(), acme, ada, change.How{DryRun: true}, client.TokenRotate{Token: made.ID})
		if err != nil || r.Results[0].Secret != "" || w.now().Token(made.ID).Ended {
			t.Errorf("a dry run: %+v, %v", r.Results, err)
		}
	})
}

// Closed by the rotation: what is left of the old token hangs on the new one, and what is dead is not rotated.
func TestAttack045ATokenInTheOverlapOfARotation(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada := w.as("ada@acme.test")
		ended := func(id string) bool {
			token := w.now().Token(id)
			return token.Ended || token.Expires != 0 && token.Expires <= w.now().Moment(w.engine.Now()).UnixMicro()
		}
		rotate := func(c client.TokenRotate) string { return w.must(ada, c).Results[0].ID }

		a := robots(w, nil)
		if b := rotate(client.TokenRotate{Token: a}); !ended(a) || ended(b) {
			t.Error("without an overlap the old one ends at once")
		}
		w.refused(ada, fault.Conflict, "rotation", client.TokenRotate{Token: a, Overlap: 60})

		a = robots(w, nil)
		b := rotate(client.TokenRotate{Token: a, Overlap: 3600})
		c := rotate(client.TokenRotate{Token: b, Overlap: 3600})
		if ended(a) || ended(b) {
			t.Fatal("an overlap ended early")
		}
		w.must(ada, client.TokenRevoke{Token: c})
		if !ended(a) || !ended(b) || !ended(c) {
			t.Error("the rotation was cancelled, and what it left is good")
		}

		a = robots(w, nil)
		b = rotate(client.TokenRotate{Token: a, Overlap: 3600})
		w.must(ada, client.TokenRevoke{Token: a})
		if !ended(a) || ended(b) {
			t.Error("to revoke the old one is to end the overlap")
		}

		// The overlap prolongs nothing, and is over when the successor is.
		a = robots(w, func(n *client.NewToken) { n.Expires = ptr(w.engine.Now().Add(time.Minute)) })
		was := w.now().Token(a).Expires
		b = rotate(client.TokenRotate{Token: a, Overlap: 3600, Expires: ptr(w.engine.Now().Add(time.Hour))})
		if w.now().Token(a).Expires != was {
			t.Error("the overlap changed an end that was earlier")
		}
		d := rotate(client.TokenRotate{Token: b, Overlap: 86400, Expires: ptr(w.engine.Now().Add(10 * time.Minute))})
		if w.now().Token(b).Expires != w.now().Token(d).Expires {
			t.Error("the old one outlives its successor")
		}
		w.ahead.Add(int64(time.Hour))
		if !ended(a) || !ended(b) || !ended(d) {
			t.Error("an end that was set did not come")
		}
		w.refused(ada, fault.Conflict, "rotation", client.TokenRotate{Token: d, Overlap: 60})
	})
}

// A token's scopes and the stored tests mean a resource, not its name: they follow it.
func TestWhatNamesAResourceFollowsItsName(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada := w.as("ada@acme.test")
		id := robots(w, func(n *client.NewToken) { n.Scopes = []string{"dagster/prod/etl", "dagster/dev", "dagster/prod"} })
		w.must(w.owner, client.TestsSet{Tests: []client.Test{
			{Who: "user:vi@acme.test", Permission: "runs.launch", Resource: "dagster/prod/etl"}, {Who: "user:vi@acme.test", Permission: "runs.launch", Resource: "dagster/dev"},
		}})
		w.must(ada, client.ResourceRename{Resource: "dagster/prod", To: "dagster/live"})
		check := func() {
			t.Helper()
			if got := w.now().Token(id).Scopes; !slices.Equal(got, []string{"dagster/live/etl", "dagster/dev", "dagster/live"}) {
				t.Errorf("the token's scopes are %q", got)
			}
			if got := w.now().Tests; len(got) != 2 || got[0].On != "dagster/live/etl" || got[1].On != "dagster/dev" {
				t.Errorf("the tests are %+v", got)
			}
		}
		check()
		w.refused(ada, fault.Conflict, "policy_test", grant("user:vi@acme.test", "launcher", "dagster/live/etl"))
		w.reopen()
		check()
	})
}

package change_test

import (
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// leaver gives vi everything that an off-boarding ends, and returns the receipt that is to come of it, by kind.
func leaver(w *world) (want map[string][]string, service string) {
	w.t.Helper()
	ada := w.as("ada@acme.test")
	w.withPassword("vi@acme.test")
	w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"}, grant("user:vi@acme.test", "organization_admin", "dagster"))
	w.canSignIn("vi@acme.test")
	made := w.must(w.as("vi@acme.test"), client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:robot", Description: "nightly"}},
		client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:robot"}}).Results
	w.must(ada, client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:robot", Description: "ada's"}})
	w.link(w.owner, "vi@acme.test", change.LinkReset)
	return map[string][]string{
		"session": {w.session("vi@acme.test", "password"), w.session("vi@acme.test", "password")},
		"token":   {w.tokenOf("vi@acme.test"), made[0].ID, made[1].ID},
		"link":    {w.linkOf("vi@acme.test")},
		"stream":  {"str_1"},
	}, made[0].ID
}

// A link that somebody was shown who leaves would let them come back as another person. What went by mail alone stays.
func TestAnOffBoardingEndsTheLinksThatTheLeaverWasShown(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(true)
		w.company()
		w.must(w.owner, client.UserAdd{NewUser: client.NewUser{Email: "otto@acme.test"}}, grant("user:otto@acme.test", "owner", "org"))
		otto := w.as("otto@acme.test")
		shown := w.link(otto, "vi@acme.test", change.LinkActivation)
		ours := w.link(w.owner, "ed@acme.test", change.LinkActivation)
		w.must(otto, add("zoe@acme.test"))
		mailed := w.linkOf("zoe@acme.test")
		id := w.linkOf("vi@acme.test")
		r := w.must(w.owner, client.UserDeactivate{User: "otto@acme.test"}).Results[0]
		if got := receipt(r)["link"]; !slices.Contains(got, id) || slices.Contains(got, mailed) {
			t.Errorf("the receipt has the links %q, want %q and not %q", got, id, mailed)
		}
		w.deadLink("shown to somebody who is gone", shown)
		if _, _, err := w.CheckLink(acme, ours); err != nil {
			t.Errorf("a link that another was shown: %v", err)
		}
		if w.linkOf("zoe@acme.test") != mailed {
			t.Error("a link that went by mail ended")
		}
	})
}

func receipt(r client.Result) map[string][]string {
	got := map[string][]string{}
	for _, e := range r.Ended {
		got[e.Kind] = append(got[e.Kind], e.ID)
	}
	return got
}

func (w *world) wantReceipt(r client.Result, want map[string][]string) {
	w.t.Helper()
	got := receipt(r)
	for _, kind := range []string{"session", "token", "link", "stream"} {
		slices.Sort(got[kind])
		slices.Sort(want[kind])
		if !slices.Equal(got[kind], want[kind]) {
			w.t.Errorf("the receipt has the %ss %q, want %q", kind, got[kind], want[kind])
		}
	}
	for _, e := range r.Ended {
		if e.Description == "" {
			w.t.Errorf("the receipt says nothing of %s", e.ID)
		}
	}
}

// An off-boarding says what it ends, before and after, and ends nothing else.
func TestAnOffBoardingHandsBackAReceipt(t *testing.T) {
	for _, remove := range []bool{false, true} {
		name := map[bool]string{false: "deactivate", true: "remove"}[remove]
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *world) {
				w.withWays(false, client.Ended{Kind: "stream", ID: "str_1", Description: "the feed"})
				w.company()
				want, _ := leaver(w)
				vi := w.as("vi@acme.test").Subject
				var command client.Command = client.UserDeactivate{User: "vi@acme.test"}
				if remove {
					command = client.UserRemove{User: "vi@acme.test"}
				}
				secret := w.now().User(vi.ID).Password
				dry, err := w.Do(t.Context(), acme, w.owner, change.How{DryRun: true}, command)
				if err != nil {
					t.Fatal(err)
				}
				w.wantReceipt(dry.Results[0], want)
				for _, id := range want["session"] {
					if s, found := w.row(id); !found || !w.signedIn(s) {
						t.Fatal("a dry run ended a session")
					}
				}
				done := w.must(w.owner, command).Results[0]
				w.wantReceipt(done, want)
				if done.Reminder != "" {
					t.Errorf("there is no identity provider, and yet: %s", done.Reminder)
				}
				for _, id := range want["session"] {
					if _, found := w.row(id); found {
						t.Error("a session's row is still there")
					}
				}
				for id, token := range w.now().Tokens() {
					if ended := slices.Contains(want["token"], id); ended != token.Ended && token.Description != "" {
						t.Errorf("token %s (%s): ended is %v", id, token.Description, token.Ended)
					}
				}
				if len(w.now().LinksOf(vi.ID)) > 0 {
					t.Error("a link is still open")
				}
				if _, kept, err := w.journal.Secret(t.Context(), acme, secret); err != nil || kept == remove {
					t.Errorf("the password's hash is kept: %v (%v)", kept, err)
				}
				w.sound()
			})
		})
	}
}

// A token that a program cannot do without may be kept, by name; the person's own may not.
func TestAnOffBoardingKeepsWhatIsNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false, client.Ended{Kind: "stream", ID: "str_1", Description: "the feed"})
		w.company()
		want, keep := leaver(w)
		w.refused(w.owner, fault.Invalid, "keep_tokens", client.UserDeactivate{User: "vi@acme.test", KeepTokens: []string{w.tokenOf("vi@acme.test")}})
		w.refused(w.owner, fault.Invalid, "keep_tokens", client.UserDeactivate{User: "vi@acme.test", KeepTokens: []string{w.tokenOf("ada@acme.test")}})
		want["token"] = slices.DeleteFunc(want["token"], func(id string) bool { return id == keep })
		w.wantReceipt(w.must(w.owner, client.UserDeactivate{User: "vi@acme.test", KeepTokens: []string{keep}}).Results[0], want)
		if w.now().Token(keep).Ended {
			t.Error("the token that was to be kept ended")
		}
		// Bringing the person back brings back none of it.
		w.must(w.owner, client.UserReactivate{User: "vi@acme.test"})
		for _, id := range want["token"] {
			if !w.now().Token(id).Ended {
				t.Error("a token came back")
			}
		}
	})
}

// Who still knows the person is said where that can be known.
func TestAnOffBoardingReminds(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		remind := func(want string) {
			t.Helper()
			r, err := w.Do(t.Context(), acme, w.owner, change.How{DryRun: true}, client.UserRemove{User: "vi@acme.test"})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Results[0].Reminder; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		remind("")
		w.must(w.owner, client.OrganizationSet{Name: change.SettingProvisioning, Value: "on"})
		remind("the identity provider that provisions people still knows the person: remove them there as well, or they come back")
		w.withProvider("ada@acme.test")
		remind("the identity provider Acme ID may know the person: remove them there as well")
		w.must(w.owner, client.IdentityLink{User: "vi@acme.test", Provider: w.now().Providers()[0].Provider, Subject: "vi"})
		remind("the identity provider Acme ID still knows the person: remove them there as well")
	})
}

// One's own sessions one ends oneself; somebody else's needs who administers identities.
func TestEndingSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		vi, ed := w.as("vi@acme.test"), w.as("ed@acme.test")
		first, second, other := w.session("vi@acme.test", "password"), w.session("vi@acme.test", "oidc"), w.session("ed@acme.test", "password")
		w.refused(ed, fault.Forbidden, "permission", client.SessionEnd{Session: first})
		w.refused(ed, fault.Forbidden, "permission", client.SessionEnd{Session: "ses_nothing"})
		w.refused(ed, fault.Forbidden, "permission", client.SessionsEnd{User: "vi@acme.test"})
		w.refused(ed, fault.Forbidden, "permission", client.SessionsEnd{User: "nobody@acme.test"})
		narrowed := vi
		narrowed.Within = func(string, string) bool { return true }
		w.refused(narrowed, fault.Forbidden, "permission", client.SessionEnd{Session: first})
		row, _ := w.row(first)
		w.wantReceipt(w.must(vi, client.SessionEnd{Session: first}).Results[0], map[string][]string{"session": {first}})
		if _, found := w.row(first); found || w.signedIn(row) {
			t.Error("the session is still there")
		}
		row, _ = w.row(second)
		w.wantReceipt(w.must(w.owner, client.SessionsEnd{User: "vi@acme.test"}).Results[0], map[string][]string{"session": {second}})
		if w.signedIn(row) {
			t.Error("the facts let an ended session in")
		}
		if row, found := w.row(other); !found || !w.signedIn(row) {
			t.Error("somebody else's session ended as well")
		}
		if err := w.SignOut(t.Context(), acme, ed.Subject.ID, other, row.Until, "req"); err != nil {
			t.Fatal(err)
		}
		if row, found := w.row(other); found || !w.now().SessionEnded(other) {
			t.Errorf("signing out left %v", row)
		}
		before := w.now().Revision
		if err := w.SignOut(t.Context(), acme, ed.Subject.ID, other, row.Until, "req"); err != nil || w.now().Revision != before {
			t.Errorf("signing out twice: %v, at revision %d", err, w.now().Revision)
		}
	})
}

// Files do not write to people; commands do, once the change is in the journal.
func TestWhoIsAddedIsWrittenTo(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		mail := w.withWays(true)
		w.dagster()
		mail.take()
		ada := w.as("ada@acme.test")
		if _, err := w.Do(t.Context(), acme, ada, change.How{DryRun: true}, add("zoe@acme.test", "dagster")); err != nil {
			t.Fatal(err)
		}
		if len(mail.take()) > 0 {
			t.Error("a dry run wrote to somebody")
		}
		how := change.How{ID: "chg_once"}
		for range 2 { // the same change once more is no second letter
			if _, err := w.Do(t.Context(), acme, ada, how, client.MemberAdd{User: "zoe@acme.test", Platform: "dagster"}); err != nil {
				t.Fatal(err)
			}
		}
		letters := mail.take()
		if len(letters) != 1 || letters[0].Kind != "invited" || letters[0].Email != "zoe@acme.test" || letters[0].By != "ada@acme.test" || letters[0].Secret == "" {
			t.Fatalf("got %+v", letters)
		}
		hash := "hash-of-" + letters[0].Secret
		user, purpose, err := w.CheckLink(acme, hash)
		if err != nil || user != w.as("zoe@acme.test").Subject.ID || purpose != change.LinkActivation || w.now().LinkByHash(hash).Until != event.Micros(letters[0].Until) {
			t.Errorf("the letter's link: %q, %q, %v", user, purpose, err)
		}
		w.withProvider("olga@acme.test")
		w.canSignIn("olga@acme.test", "ada@acme.test")
		w.must(w.owner, client.OrganizationSet{Name: change.SettingLocalUsers, Value: "off"})
		w.must(ada, add("yan@acme.test", "dagster"))
		if letters := mail.take(); len(letters) != 1 || letters[0].Kind != "added" || letters[0].Secret != "" {
			t.Errorf("without local users: %+v", letters)
		}
		if err := w.try(w.owner, client.LinkOpen{User: "yan@acme.test", Purpose: change.LinkActivation}); fault.Of(err) != fault.Conflict || !strings.Contains(err.Error(), "local users") {
			t.Errorf("a link without local users: %v", err)
		}
	})
}

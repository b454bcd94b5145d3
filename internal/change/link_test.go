package change_test

import (
	"context"
	"testing"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// deadLink wants the one refusal that every link gets which is of no use.
func (w *world) deadLink(what, hash string) {
	w.t.Helper()
	const text = "this link is of no use: it was used or withdrawn, its time is over, or there never was one; ask for another one (rule link)"
	_, _, err := w.CheckLink(acme, hash)
	if err == nil || err.Error() != text {
		w.t.Errorf("a link that is %s: %v", what, err)
	}
	before := w.now().Revision
	_, err = w.SetPassword(context.Background(), acme, change.SetPassword{User: w.as("vi@acme.test").Subject.ID, Secret: "sec_new", LinkHash: hash})
	if err == nil || err.Error() != text || w.now().Revision != before {
		w.t.Errorf("a password by a link that is %s: %v", what, err)
	}
}

// Closed by usable: a link is good once, for one person, for one thing, for its time; and every other one is refused alike.
func TestAttack050ALinkUsedAgainOrGuessed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		vi, open := w.as("vi@acme.test").Subject.ID, func(purpose string) string { return w.link(w.owner, "vi@acme.test", purpose) }
		used := open(change.LinkActivation)
		if user, purpose, err := w.CheckLink(acme, used); err != nil || user != vi || purpose != change.LinkActivation {
			t.Errorf("got %q, %q, %v", user, purpose, err)
		}
		if until := event.Time(w.now().LinkByHash(used).Until); until.Sub(w.engine.Now()) > change.ActivationLife {
			t.Errorf("good until %v", until)
		}
		if _, err := w.SetPassword(t.Context(), acme, change.SetPassword{User: w.as("ed@acme.test").Subject.ID, Secret: "sec_ed", LinkHash: used}); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's link: %v", err)
		}
		if err := w.setPassword("vi@acme.test", used); err != nil {
			t.Fatal(err)
		}
		w.deadLink("used", used)
		w.deadLink("guessed", "hash-of-nothing")
		if _, _, err := w.CheckLink(acme, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("no link at all: %v", err)
		}
		replaced := open(change.LinkReset)
		open(change.LinkReset)
		w.deadLink("replaced", replaced)
		withdrawn := open(change.LinkReset)
		w.must(w.owner, client.LinkEnd{Link: w.linkOf("vi@acme.test")})
		w.deadLink("withdrawn", withdrawn)
		w.canSignIn("olga@acme.test", "ada@acme.test")
		w.withProvider("ed@acme.test")
		off := open(change.LinkReset)
		for name, values := range map[string][2]string{change.SettingLocalUsers: {"off", "on"}, change.SettingSignOn: {"enforced", "optional"}} {
			w.must(w.owner, client.OrganizationSet{Name: name, Value: values[0]})
			w.deadLink(name+" "+values[0], off)
			w.must(w.owner, client.OrganizationSet{Name: name, Value: values[1]})
		}
		made, err := w.BreakGlass(t.Context(), acme, "ada@acme.test", "root", "why")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetPassword(t.Context(), acme, change.SetPassword{User: w.as("ada@acme.test").Subject.ID, Secret: "sec_a", LinkHash: "hash-of-" + made.Results[0].Secret}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a break-glass link sets a password: %v", err)
		}
		w.ahead.Add(int64(change.ResetLife))
		w.deadLink("over", off)
		gone := open(change.LinkReset)
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		w.deadLink("somebody's who is deactivated", gone)
		w.must(w.owner, client.UserReactivate{User: "vi@acme.test"})
		w.deadLink("of before the deactivation", gone)
	})
}

// A link lets its holder be the person: it is opened, and shown, only to who could give the person everything.
func TestWhoOpensLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		mail := w.withWays(true)
		w.company()
		w.warehouse()
		mail.take()
		ada := w.as("ada@acme.test")
		activation := client.LinkOpen{User: "vi@acme.test", Purpose: change.LinkActivation}
		for _, who := range []string{"ada@acme.test", "dan@acme.test", "vi@acme.test", "tess@acme.test"} { // ada administers one of two platforms
			w.refused(w.as(who), fault.Forbidden, "permission", activation)
		}
		narrowed := w.owner
		narrowed.Within = func(string, string) bool { return true }
		w.refused(narrowed, fault.Forbidden, "narrowed", activation)
		w.refused(w.owner, fault.Invalid, "", client.LinkOpen{User: "vi@acme.test", Purpose: change.LinkBreakGlass})
		w.refused(w.owner, fault.Conflict, "purpose", client.LinkOpen{User: "vi@acme.test", Purpose: change.LinkReset})
		activation.Mail = true
		made := w.must(w.owner, activation).Results[0]
		letters := mail.take()
		if len(letters) != 1 || letters[0].Kind != change.LinkActivation || letters[0].Secret != made.Secret || made.Secret == "" {
			t.Errorf("got %+v and %+v", made, letters)
		}
		if err := w.setPassword("vi@acme.test", "hash-of-"+made.Secret); err != nil {
			t.Fatal(err)
		}
		w.refused(w.owner, fault.Conflict, "purpose", activation)
		r, err := w.Do(t.Context(), acme, w.owner, change.How{DryRun: true}, client.LinkOpen{User: "vi@acme.test", Purpose: change.LinkReset, Mail: true})
		if err != nil || r.Results[0].Secret != "" || len(mail.take()) > 0 {
			t.Errorf("a dry run: %+v, %v", r.Results, err)
		}
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		w.refused(w.owner, fault.Conflict, "inactive", client.LinkOpen{User: "vi@acme.test", Purpose: change.LinkReset})
		// Where ada holds the top role of every platform, she administers identities.
		w.must(w.owner, client.PlatformDetach{Platform: "dbt"})
		if made := w.must(ada, client.LinkOpen{User: "ed@acme.test", Purpose: change.LinkActivation}).Results[0]; made.Secret == "" {
			t.Error("the link is not shown to who may give everything")
		}
		w.withWays(false)
		w.refused(w.owner, fault.Conflict, "mail", client.LinkOpen{User: "ed@acme.test", Purpose: change.LinkActivation, Mail: true})
	})
}

// A new password ends what the old one opened, and the old one's hash is kept nowhere.
func TestANewPasswordEndsTheSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		w.withPassword("vi@acme.test")
		vi := w.as("vi@acme.test").Subject.ID
		steps := map[string]func() error{
			"by a link": func() error {
				return w.setPassword("vi@acme.test", w.link(w.owner, "vi@acme.test", change.LinkReset))
			},
			"by the old one": func() error {
				_, err := w.SetPassword(t.Context(), acme, change.SetPassword{User: vi, Secret: "sec_" + w.now().User(vi).Password, Proven: w.now().User(vi).Password})
				return err
			},
			"cleared":            func() error { return w.try(w.owner, client.PasswordClear{User: "vi@acme.test"}) },
			"cleared by oneself": func() error { return w.try(w.as("vi@acme.test"), client.PasswordClear{User: "vi@acme.test"}) },
		}
		for name, step := range steps {
			if w.now().User(vi).Password == "" {
				w.withPassword("vi@acme.test")
			}
			old := w.now().User(vi).Password
			row, _ := w.row(w.session("vi@acme.test", "password"))
			if err := step(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, found := w.row(row.ID); found || w.signedIn(row) {
				t.Errorf("%s: the session is good", name)
			}
			if _, kept, err := w.journal.Secret(t.Context(), acme, old); kept || err != nil {
				t.Errorf("%s: the old hash is kept: %v", name, err)
			}
		}
		w.withPassword("ed@acme.test")
		for name, wrong := range map[string]change.SetPassword{
			"nothing proven": {User: w.as("ed@acme.test").Subject.ID, Secret: "sec_x"}, "no password to prove": {User: w.as("dan@acme.test").Subject.ID, Secret: "sec_x"},
			"proven before it was changed": {User: w.as("ed@acme.test").Subject.ID, Secret: "sec_x", Proven: "sec_before"},
		} {
			if _, err := w.SetPassword(t.Context(), acme, wrong); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", client.PasswordClear{User: "ed@acme.test"})
	})
}

// Closed by the change: it is loud, it is for administrators, it works once, and it is over in ten minutes.
func TestAttack127BreakGlass(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		mail := w.withWays(true)
		w.company()
		w.must(w.owner, client.UserAdd{NewUser: client.NewUser{Email: "otto@acme.test"}}, grant("user:otto@acme.test", "owner", "org"))
		mail.take()
		for what, wrong := range map[string][3]string{
			"no administrator": {"ed@acme.test", "root", "why"}, "nobody": {"x@acme.test", "root", "why"}, "no reason": {"ada@acme.test", "root", " "}, "no operator": {"ada@acme.test", "", "why"},
		} {
			if _, err := w.BreakGlass(t.Context(), acme, wrong[0], wrong[1], wrong[2]); err == nil || len(mail.take()) > 0 {
				t.Errorf("the glass is broken for %s", what)
			}
		}
		broken := func() (hash string) {
			t.Helper()
			r, err := w.BreakGlass(t.Context(), acme, "olga@acme.test", "root", "the provider is down")
			if err != nil {
				t.Fatal(err)
			}
			return "hash-of-" + r.Results[0].Secret
		}
		hash := broken()
		letters := mail.take()
		if len(letters) != 1 || letters[0].Email != "otto@acme.test" || letters[0].By != "root" || letters[0].About != "olga@acme.test" || letters[0].Reason != "the provider is down" || letters[0].Secret != "" {
			t.Errorf("the other owners were told %+v", letters)
		}
		if open := w.now().BreakGlass(w.engine.Now()); len(open) != 1 || open[0].Emergency.Operator != "root" {
			t.Errorf("open are %+v", open)
		}
		at := w.engine.Now()
		user, end, err := w.UseBreakGlass(t.Context(), acme, hash, "req")
		if err != nil || user != w.owner.Subject.ID || end.After(at.Add(change.BreakGlassLife)) {
			t.Fatalf("got %q until %v, %v", user, end, err)
		}
		if _, _, err := w.UseBreakGlass(t.Context(), acme, hash, "req"); !fault.Is(err, fault.NotFound) {
			t.Errorf("it was used twice: %v", err)
		}
		row, _ := w.row(w.session("olga@acme.test", change.MethodBreakGlass))
		other, _ := w.row(w.session("olga@acme.test", "password"))
		if _, err := w.EndBreakGlass(t.Context(), acme, w.as("ed@acme.test"), "olga@acme.test"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("anybody ends it: %v", err)
		}
		if _, err := w.EndBreakGlass(t.Context(), acme, w.as("otto@acme.test"), "olga@acme.test"); err != nil {
			t.Fatal(err)
		}
		if w.signedIn(row) || !w.signedIn(other) || len(w.now().BreakGlass(w.engine.Now())) > 0 {
			t.Error("the session is good after the end, or another one is not")
		}
		hash = broken()
		w.ahead.Add(int64(change.BreakGlassLife))
		if _, _, err := w.UseBreakGlass(t.Context(), acme, hash, "req"); !fault.Is(err, fault.NotFound) || len(w.now().BreakGlass(w.engine.Now())) > 0 {
			t.Errorf("it is good after its time: %v", err)
		}
		hash = broken()
		operator := change.Actor{Rule: change.RuleBreakGlass, Via: "host"}
		if _, err := w.EndBreakGlass(t.Context(), acme, operator, w.now().BreakGlass(w.engine.Now())[0].Link); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.UseBreakGlass(t.Context(), acme, hash, "req"); !fault.Is(err, fault.NotFound) {
			t.Errorf("it is good after its end: %v", err)
		}
		if _, _, err := w.UseBreakGlass(t.Context(), acme, w.link(w.owner, "ed@acme.test", change.LinkActivation), "req"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another kind of link breaks the glass: %v", err)
		}
	})
}

// Closed by the restore: a link that was used since the backup is not good again.
func TestAttack124ARestoreRevivesNoLink(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		hash := w.link(w.owner, "vi@acme.test", change.LinkActivation)
		if _, err := w.Restored(t.Context(), acme, nil, "olga@acme.test"); err != nil {
			t.Fatal(err)
		}
		w.deadLink("of before a restore", hash)
	})
}

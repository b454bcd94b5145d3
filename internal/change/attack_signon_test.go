package change_test

import (
	"slices"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// Closed by authorize and the guard: who ties groups to teams administers sign-in for everybody, and not even they tie one to
// what administers.
func TestAttack006TyingAGroupToARole(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		w.warehouse()
		tie := func(team string) client.ProviderPut {
			return client.ProviderPut{Name: "mine", Issuer: "https://mine.test", ClientID: "c", Enabled: true, GroupsClaim: "g", Teams: []client.GroupTeam{{Group: "mine", Team: team}}}
		}
		for _, who := range []string{"ada@acme.test", "dan@acme.test", "tess@acme.test", "ann@acme.test", "sec@acme.test", "vi@acme.test"} {
			w.refused(w.as(who), fault.Forbidden, "permission", tie("data"))
		}
		narrow := w.owner
		narrow.Within = func(permission, _ string) bool { return permission == "org.signin.manage" }
		w.refused(narrow, fault.Forbidden, "may_give", tie("data"))
		w.refused(w.owner, fault.Invalid, "administrators", tie("owners"))
		w.must(w.owner, client.TeamCreate{Team: "chiefs"}, tie("chiefs"))
		id := w.now().Providers()[0].Provider
		w.must(w.as("ada@acme.test"), grant("team:chiefs", "organization_admin", "dagster"))
		w.must(w.owner, client.IdentityLink{User: "vi@acme.test", Provider: id, Subject: "vi"})
		in := change.SignOn{Provider: id, Issuer: "https://mine.test", Subject: "vi", Groups: []string{"mine"}, HasGroups: true}
		if signed := w.signOn(in); len(signed.Joined) != 0 || len(signed.Skipped) != 1 || w.may("vi@acme.test", "custom_roles.edit", "dagster") {
			t.Errorf("a group at the provider made an administrator: %+v", signed)
		}
	})
}

// Closed by validate: a default role is judged when it is set, and is what a first sign-in gives, no more.
func TestAttack060TheDefaultRoleIsTooHigh(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		id := w.provider("kc", func(p *client.ProviderPut) { p.Create, p.Join = true, []string{"dagster"} })
		set := func(value string) client.ResourceUpdate {
			return client.ResourceUpdate{Resource: "dagster/prod", Settings: map[string]string{"sso_default_role": value}}
		}
		w.refused(w.as("ed@acme.test"), fault.Forbidden, "may_give", set("admin"))
		w.refused(w.as("ada@acme.test"), fault.Invalid, "setting", set("organization_admin"))
		w.must(w.as("ed@acme.test"), set("launcher"))
		w.signOn(said(id, "new@acme.test", "organization_admin", "admin", "owner", "data"))
		w.wantRoles("user:new@acme.test", "launcher on dagster/prod", "viewer on dagster/dev")
		w.must(w.as("ada@acme.test"), take("user:new@acme.test", "launcher", "dagster/prod"))
		w.signOn(said(id, "new@acme.test")) // a default is given once
		w.wantRoles("user:new@acme.test", "viewer on dagster/dev")
	})
}

// Closed by the change itself: who left the group at the provider is out when they sign in next. That the provider says so
// before, by SCIM, is not there yet.
func TestAttack027RemovedFromTheGroup(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, client.TeamCreate{Team: "ops"}, grant("team:ops", "editor", "dagster/prod"), client.TeamCreate{Team: "hand"})
		id := w.provider("kc", func(p *client.ProviderPut) {
			p.Create, p.Join = true, []string{"dagster"}
			p.Teams = []client.GroupTeam{{Group: "ops", Team: "ops"}, {Group: "oncall", Team: "ops"}, {Group: "data", Team: "data"}}
		})
		w.signOn(said(id, "ona@acme.test", "ops", "data"))
		w.must(ada, client.TeamJoin{Team: "hand", Members: []string{"ona@acme.test"}})
		if signed := w.signOn(said(id, "ona@acme.test", "oncall", "data")); len(signed.Left)+len(signed.Joined) != 0 {
			t.Errorf("another group of the same team: %+v", signed)
		}
		in := said(id, "ona@acme.test")
		in.HasGroups = false
		w.signOn(in)
		if !w.may("ona@acme.test", "runs.launch", "dagster/prod/etl") {
			t.Error("a missing claim took something")
		}
		signed := w.signOn(said(id, "ona@acme.test", "OPS", "ops ", "Data"))
		if !slices.Equal(signed.Left, []string{"ops", "data"}) || w.may("ona@acme.test", "runs.launch", "dagster/prod/etl") {
			t.Errorf("out of the groups, and still in: %+v", signed)
		}
		if u := w.now().UserByEmail("ona@acme.test"); len(u.Teams) != 1 {
			t.Errorf("a team that nobody maps is not the provider's: %v", u.Teams)
		}
		// The last administrator stays even so.
		w.must(ada, client.TeamCreate{Team: "chiefs"}, client.TeamJoin{Team: "chiefs", Members: []string{"ona@acme.test"}})
		w.must(w.owner, client.ProviderPut{Provider: id, Name: "kc", Issuer: keycloak, ClientID: "kc", Enabled: true, GroupsClaim: "groups", Teams: []client.GroupTeam{{Group: "c", Team: "chiefs"}}})
		w.must(ada, grant("team:chiefs", "organization_admin", "dagster"), take("user:ada@acme.test", "organization_admin", "dagster"))
		if signed := w.signOn(said(id, "ona@acme.test")); len(signed.Skipped) != 1 || !w.may("ona@acme.test", "custom_roles.edit", "dagster") {
			t.Errorf("a sign-in took the last administrator: %+v", signed)
		}
		w.sound()
		w.reopen()
		w.sound()
	})
}

// Closed by SignOn: an e-mail finds a record only once, of somebody invited who has no way in yet, and only verified and
// spelled as it is.
func TestAttack055LinkingByEmail(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		w.must(w.as("ada@acme.test"), add("kim@acme.test", "dagster"))
		kim := w.as("kim@acme.test").Subject.ID
		id := w.provider("kc", nil)
		try := func(rule, subject, email string, verified bool) {
			t.Helper()
			in := said(id, email)
			in.Subject, in.EmailVerified = subject, verified
			w.noEntry(rule, in)
		}
		try("email_verified", "evil", "kim@acme.test", false)
		for _, email := range []string{"kim+x@acme.test", "kim@acme.test.evil.test", "kim@evil.test", "kim@аcme.test", "kím@acme.test", "kım@acme.test"} {
			try("added_first", "evil", email, true)
		}
		for _, email := range []string{"\u212Aim@acme.test", "kim@acme.test@evil.test", "kim@acme.test ", "kim\u200b@acme.test", "", "kim", "kim@acme.test\x00"} {
			try("email", "evil", email, true)
		}
		for _, subject := range []string{"", "a\x00b", string(make([]byte, 300))} {
			try("subject", subject, "kim@acme.test", true)
		}
		// Whoever has a way in, or had one, is not found by e-mail.
		try("link", "evil", "ada@acme.test", true)
		w.canSignIn("vi@acme.test")
		for token := range w.now().TokensOf(w.as("vi@acme.test").Subject) {
			w.must(w.as("vi@acme.test"), client.TokenRevoke{Token: token.Token})
		}
		try("link", "evil", "vi@acme.test", true)
		if err := w.SignedIn(t.Context(), acme, w.as("ed@acme.test").Subject.ID, "req"); err != nil {
			t.Fatal(err)
		}
		try("link", "evil", "ed@acme.test", true)
		// Case is no other address; and the second account with that address is somebody else's.
		if signed := w.signOn(said(id, "KIM@Acme.Test")); signed.User != kim || signed.Created {
			t.Errorf("%+v", signed)
		}
		try("link", "evil", "kim@acme.test", true)
		// The e-mail changes at the provider, and here: the account is the same.
		in := said(id, "KIM@Acme.Test")
		in.Email, in.EmailVerified = "ada@acme.test", false
		w.must(w.owner, client.UserProfile{User: kim, Profile: client.Profile{Email: ptr("kimberly@acme.test")}})
		if signed := w.signOn(in); signed.User != kim {
			t.Errorf("%+v", signed)
		}
		w.must(w.as("ada@acme.test"), add("kim@acme.test", "dagster"))
		w.must(w.owner, client.UserRemove{User: kim})
		try("added_first", "sub-KIM@Acme.Test", "kimberly@acme.test", true) // removed with the account
	})
}

// Somebody signed in binds another account to themselves alone; an administrator to others.
func TestAttack055LinkingWhileSignedIn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		id := w.provider("kc", nil)
		vi, ada := w.as("vi@acme.test"), w.as("ada@acme.test")
		link := func(who change.Actor, subject string) error {
			in := said(id, "whoever@acme.test")
			in.Subject = subject
			_, err := w.LinkIdentity(t.Context(), acme, who, in)
			return err
		}
		narrow := vi
		narrow.Within = func(string, string) bool { return true }
		if err := link(narrow, "1"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a narrowed token bound an account: %v", err)
		}
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"})
		if err := link(w.service("robot"), "1"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a program bound an account: %v", err)
		}
		if err := link(vi, "1"); err != nil {
			t.Fatal(err)
		}
		for _, who := range []change.Actor{vi, ada} {
			if err := link(who, "1"); !fault.Is(err, fault.Conflict) {
				t.Errorf("one account bound twice: %v", err)
			}
		}
		other := func(user string) client.IdentityLink {
			return client.IdentityLink{User: user, Provider: id, Subject: "2"}
		}
		w.refused(vi, fault.Forbidden, "permission", other("ada@acme.test"))
		w.must(w.owner, client.PlatformAttach{Platform: "astro", Model: "astro-2024"})
		w.refused(ada, fault.Forbidden, "permission", other("vi@acme.test")) // not the top role on every platform any more
		unlink := client.IdentityUnlink{Identity: w.now().IdentitiesOf(vi.Subject.ID)[0].Identity}
		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", unlink)
		w.must(w.owner, other("dan@acme.test"), unlink)
		if u := w.now().User(vi.Subject.ID); u.EndedBefore.IsZero() {
			t.Error("the sessions that the account opened go on")
		}
		w.noEntry("link", said(id, "dan@acme.test"))
	})
}

// Closed by SignOn: only an enabled provider of this organization vouches, for its own issuer.
func TestAttack056AProviderThatIsDisabledOrOfAnotherOrganization(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		put := client.ProviderPut{Name: "kc", Issuer: keycloak, ClientID: "kc", Enabled: true, Create: true, Join: []string{"dagster"}}
		put.Provider = w.must(w.owner, put).Results[0].ID
		w.signOn(said(put.Provider, "kim@acme.test"))
		r, err := w.Create(t.Context(), change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: "umbrella", Name: "Una", Email: "una@umbrella.test"})
		if err != nil {
			t.Fatal(err)
		}
		una := w.owner
		una.Subject.ID = r.Results[0].ID
		foreign, err := w.Do(t.Context(), "umbrella", una, change.How{}, client.ProviderPut{Name: "kc", Issuer: keycloak, ClientID: "kc", Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		w.noEntry("provider", said(foreign.Results[0].ID, "kim@acme.test"))
		if _, err := w.SignOn(t.Context(), "umbrella", said(foreign.Results[0].ID, "kim@acme.test")); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("an account of one organization is known in another: %v", err)
		}
		mixed := said(put.Provider, "kim@acme.test")
		mixed.Issuer = "https://evil.test"
		w.noEntry("issuer", mixed)
		w.noEntry("provider", said("", "kim@acme.test"))
		// Switched off, it lets nobody in: neither itself nor through another client of the same issuer.
		second := w.must(w.owner, client.ProviderPut{Name: "second", Issuer: keycloak, ClientID: "second", Enabled: true, Create: true, Join: []string{"dagster"}}).Results[0].ID
		w.signOn(said(second, "kim@acme.test"))
		put.Enabled = false
		w.must(w.owner, put)
		w.noEntry("provider", said(put.Provider, "kim@acme.test"))
		w.noEntry("provider", said(put.Provider, "new@acme.test"))
		w.noEntry("provider", said(second, "kim@acme.test"))
		if _, err := w.LinkIdentity(t.Context(), acme, w.as("vi@acme.test"), said(put.Provider, "vi@acme.test")); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a disabled provider bound an account: %v", err)
		}
		w.must(w.owner, client.ProviderRemove{Provider: put.Provider})
		w.noEntry("provider", said(put.Provider, "kim@acme.test"))
		w.signOn(said(second, "kim@acme.test")) // the account is the issuer's, and what kept it out is gone
		if i := w.now().IdentitiesOf(w.as("kim@acme.test").Subject.ID); len(i) != 1 || i[0].Provider != second {
			t.Errorf("%+v", i)
		}
		w.sound()
	})
}

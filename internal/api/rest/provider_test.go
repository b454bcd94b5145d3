package rest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// acmeIdentity is a provider as somebody writes it.
func acmeIdentity(secret string) client.ProviderBody {
	return client.ProviderBody{ClientSecret: &secret, ProviderSettings: client.ProviderSettings{Name: "Acme Identity", Issuer: "https://id.acme.test", ClientID: "bailiwick",
		GroupsClaim: "groups", Enabled: true, Teams: []client.GroupTeam{{Group: "engineers", Team: "data"}}}}
}

func (w *world) secretsKept() int {
	w.t.Helper()
	kept, err := w.Journal.SecretIDs(w.t.Context(), "acme")
	if err != nil {
		w.t.Fatal(err)
	}
	return len(kept)
}

func TestAClientSecretIsSealedAndNeverShown(t *testing.T) {
	w := newWorld(t)
	ctx, owner := t.Context(), w.user("olga")
	const secret = "a client secret of Acme"
	w.Of("acme").As("ada", client.TeamCreate{Team: "plain"})
	body := acmeIdentity(secret)
	body.Teams[0].Team = "plain"
	for _, who := range []string{"bo", "aud", "zoe"} {
		_, err := w.user(who).AddProvider(ctx, body, client.Changing{})
		fails(t, who, err, client.Forbidden)
	}
	wrong := body
	wrong.Issuer = "http://id.acme.test"
	_, err := owner.AddProvider(ctx, wrong, client.Changing{})
	fails(t, "an issuer without TLS", err, client.Invalid)
	if _, err := owner.AddProvider(ctx, body, client.Changing{DryRun: true}); err != nil {
		t.Fatal(err)
	}
	if n := w.secretsKept(); n != 0 {
		t.Errorf("%d secrets are kept of what was refused or not done", n)
	}
	made, err := owner.AddProvider(ctx, body, client.Changing{ChangeID: "provider-1"})
	if err != nil || len(made.Results) != 1 || !strings.HasPrefix(made.Results[0].ID, "idp_") {
		t.Fatalf("%+v %v", made.Results, err)
	}
	id := made.Results[0].ID
	if again, err := owner.AddProvider(ctx, body, client.Changing{ChangeID: "provider-1"}); err != nil || w.secretsKept() != 1 || len(w.Of("acme").Now().Providers()) != 1 {
		t.Errorf("the same change again: %+v %v, %d secrets", again, err, w.secretsKept())
	}
	all, err := owner.Providers(ctx)
	if err != nil || len(all.Providers) != 1 || !all.Providers[0].HasSecret || all.Providers[0].ID != id || all.Providers[0].Teams[0].Team != "plain" ||
		all.Providers[0].Callback != "https://bailiwick.acme.test/signin/callback" || all.SignOn != "optional" || all.LocalUsers != "on" {
		t.Fatalf("%+v %v", all, err)
	}
	kept := w.Of("acme").Now().Provider(id).Secret
	settings := all.Providers[0].ProviderSettings
	settings.Name = "Acme"
	if _, err := owner.SetProvider(ctx, id, client.ProviderBody{ProviderSettings: settings}, client.Changing{}); err != nil || w.Of("acme").Now().Provider(id).Secret != kept {
		t.Errorf("a change without a secret leaves the old one: %v", err)
	}
	settings.Issuer = "http://not.tls.test"
	_, err = owner.SetProvider(ctx, id, client.ProviderBody{ProviderSettings: settings, ClientSecret: body.ClientSecret}, client.Changing{})
	fails(t, "a change that is refused", err, client.Invalid)
	if w.secretsKept() != 1 {
		t.Errorf("%d secrets are kept", w.secretsKept())
	}
	token := w.secret("olga")
	for _, c := range []call{{method: "GET", path: "/providers"}, {method: "GET", path: "/export"}, {method: "POST", path: "/diff", body: `{"from":"1"}`}} {
		c.token = token
		if answer := w.send(c); answer.status != 200 || strings.Contains(answer.body, "sec_") || strings.Contains(answer.body, secret) {
			t.Errorf("%s: %d %s", c.path, answer.status, answer.body)
		}
	}
	if strings.Contains(w.log.String(), secret) || strings.Contains(strings.Join(w.activity("acme"), ""), secret) {
		t.Error("the client secret is in the log")
	}
	plain, found, err := w.Journal.Secret(ctx, "acme", kept)
	if err != nil || !found || strings.Contains(string(plain), secret) {
		t.Errorf("it is not sealed where it is kept: %v %v", found, err)
	}
	if _, err := owner.RemoveProvider(ctx, id, client.Changing{}); err != nil || len(w.Of("acme").Now().Providers()) != 0 {
		t.Error(err)
	}
}

func TestAPreviewSaysWhatASignInComesTo(t *testing.T) {
	w := newWorld(t)
	ctx, owner := t.Context(), w.user("olga")
	w.Of("acme").As("ada", client.TeamCreate{Team: "plain"})
	body := acmeIdentity("a client secret")
	body.Teams[0].Team = "plain"
	made, err := owner.AddProvider(ctx, body, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	auditor := w.user("aud")
	id, before := made.Results[0].ID, w.Of("acme").Now().Revision
	p, err := owner.PreviewProvider(ctx, id, client.PreviewRequest{Groups: []string{"engineers"}, User: "zoe@acme.test"})
	if err != nil || !slices.Equal(p.Joined, []string{"plain"}) || p.Created {
		t.Errorf("%+v %v", p, err)
	}
	if p, err = owner.PreviewProvider(ctx, id, client.PreviewRequest{Groups: []string{"engineers"}}); err != nil || !p.Created {
		t.Errorf("somebody unknown: %+v %v", p, err)
	}
	draft := body.ProviderSettings
	draft.Teams = []client.GroupTeam{{Group: "others", Team: "plain"}}
	if p, err = owner.PreviewProvider(ctx, id, client.PreviewRequest{Groups: []string{"engineers"}, User: "zoe@acme.test", Draft: &draft}); err != nil || len(p.Joined) != 0 {
		t.Errorf("a draft: %+v %v", p, err)
	}
	_, err = owner.PreviewProvider(ctx, "idp_x", client.PreviewRequest{})
	fails(t, "no such provider", err, client.NotFound)
	_, err = auditor.PreviewProvider(ctx, id, client.PreviewRequest{})
	fails(t, "an auditor", err, client.Forbidden)
	if w.Of("acme").Now().Revision != before {
		t.Error("a preview changed something")
	}
}

func TestTokensSayWhereTheyComeFromAndWhatTookTheirPlace(t *testing.T) {
	w := newWorld(t)
	ctx, owner := t.Context(), w.user("olga")
	old, err := owner.IssueToken(ctx, client.NewToken{Kind: "svc", Subject: "service_user:ci", Scopes: []string{"dagster/prod"}}, client.Changing{})
	if err != nil || old.Token.Prefix != "bwk_svc_" || !strings.HasPrefix(old.Secret, old.Token.Prefix) || old.Token.MadeBy != "user:olga@acme.test" || !old.Token.Narrowed {
		t.Fatalf("%+v %v", old, err)
	}
	dry, err := owner.RotateToken(ctx, old.Token.ID, client.Rotation{Overlap: 60}, client.Changing{DryRun: true})
	if err != nil || dry.Secret != "" || dry.Token.ID != "" {
		t.Errorf("%+v %v", dry, err)
	}
	next, err := owner.RotateToken(ctx, old.Token.ID, client.Rotation{Overlap: 60}, client.Changing{})
	if err != nil || next.Secret == "" || next.Secret == old.Secret || next.Token.Replaces != old.Token.ID || !slices.Equal(next.Token.Scopes, old.Token.Scopes) {
		t.Fatalf("%+v %v", next, err)
	}
	for _, secret := range []string{old.Secret, next.Secret} {
		if _, err := w.as(secret).Whoami(ctx); err != nil {
			t.Errorf("within the overlap both are good: %v", err)
		}
	}
	byID := func(ended bool) map[string]client.Token {
		all, err := owner.Tokens(ctx, client.TokenQuery{Subject: "service_user:ci", Ended: ended})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]client.Token{}
		for _, one := range all.Tokens {
			found[one.ID] = one
		}
		return found
	}
	if one := byID(false)[old.Token.ID]; one.ReplacedBy != next.Token.ID || one.Expires == nil || one.State != "active" {
		t.Errorf("%+v", one)
	}
	w.Clock.Set(61 * time.Second)
	_, err = w.as(old.Secret).Whoami(ctx)
	fails(t, "after the overlap", err, client.Unauthenticated)
	if one := byID(false)[old.Token.ID]; one.State != "expired" {
		t.Errorf("%+v", one)
	}
	if _, err := owner.RevokeToken(ctx, next.Token.ID, client.Changing{}); err != nil {
		t.Fatal(err)
	}
	if _, listed := byID(false)[next.Token.ID]; listed {
		t.Error("a revoked token is listed unasked")
	}
	if one := byID(true)[next.Token.ID]; one.State != "revoked" {
		t.Errorf("%+v", one)
	}
	users, err := owner.ServiceUsers(ctx, client.ServiceUserQuery{Query: "CI"})
	if err != nil || users.Total != 1 || users.ServiceUsers[0].Name != "ci" || users.ServiceUsers[0].Grants != 1 || *users.ServiceUsers[0].Tokens != 0 {
		t.Errorf("%+v %v", users, err)
	}
	if users, err = w.user("bo").ServiceUsers(ctx, client.ServiceUserQuery{}); err != nil || users.Total != 1 || users.ServiceUsers[0].Tokens != nil {
		t.Errorf("who may not see tokens is not told how many there are: %+v %v", users, err)
	}
}

func TestAnOffboardingIsShownBeforeAndAfter(t *testing.T) {
	w := newWorld(t)
	ctx, owner := t.Context(), w.user("olga")
	w.Of("acme").As("olga", client.UserAdd{NewUser: client.NewUser{Email: "sam@acme.test"}}, orgtest.Grant("user:sam@acme.test", "owner", "org"))
	sams, err := w.user("sam").IssueToken(ctx, client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "deploys"}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	w.Of("acme").SignIn("sam")
	what := func(r client.Result) string {
		var kinds []string
		for _, one := range r.Ended {
			kinds = append(kinds, one.Kind)
		}
		return strings.Join(kinds, " ")
	}
	dry, err := owner.Offboard(ctx, "sam@acme.test", false, nil, client.Changing{DryRun: true})
	if err != nil || what(dry.Results[0]) != "session token token" {
		t.Fatalf("%+v %v", dry.Results, err)
	}
	_, err = owner.Offboard(ctx, "sam@acme.test", false, []string{"tok_x"}, client.Changing{})
	fails(t, "a token that is not theirs to keep", err, client.Invalid)
	out, err := owner.Offboard(ctx, "sam@acme.test", true, []string{sams.Token.ID}, client.Changing{})
	if err != nil || what(out.Results[0]) != "session token" {
		t.Fatalf("%+v %v", out.Results, err)
	}
	if _, err := w.as(sams.Secret).Whoami(ctx); err != nil {
		t.Errorf("a token that was kept: %v", err)
	}
	text, err := json.Marshal(out)
	if err != nil || strings.Contains(string(text), "bwk_") {
		t.Errorf("%s %v", text, err)
	}
}

func TestEverybodyIsToldOfABreakGlass(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	if _, err := w.Changes.BreakGlass(ctx, "acme", "olga@acme.test", "root", "the provider is down"); err != nil {
		t.Fatal(err)
	}
	me, err := w.user("zoe").Whoami(ctx)
	if err != nil || len(me.BreakGlass) != 1 || me.BreakGlass[0].User != "user:olga@acme.test" || me.BreakGlass[0].Reason != "the provider is down" || me.BreakGlass[0].Until.IsZero() {
		t.Fatalf("%+v %v", me.BreakGlass, err)
	}
	ci := w.Of("acme").As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}).Results[0].Secret
	if me, err = w.as(ci).Whoami(ctx); err != nil || len(me.BreakGlass) != 1 || me.BreakGlass[0].User != "" || me.BreakGlass[0].Reason != "" {
		t.Errorf("a program is told that there is one, and not whose: %+v %v", me.BreakGlass, err)
	}
	w.Clock.Set(11 * time.Minute)
	if me, err = w.user("zoe").Whoami(ctx); err != nil || len(me.BreakGlass) != 0 {
		t.Errorf("it is over: %+v %v", me.BreakGlass, err)
	}
}

func TestAnIdentityIsShownAndUnlinked(t *testing.T) {
	w := newWorld(t)
	ctx, owner := t.Context(), w.user("olga")
	w.name()
	found, err := owner.User(ctx, "zoe@acme.test", client.Reading{})
	if err != nil || found.SignIn == nil || len(found.SignIn.Identities) != 1 || found.SignIn.Identities[0].Email != "zoe@id.acme.test" || found.SignIn.Identities[0].ProviderName != "Acme Identity" || len(found.SignIn.Ways) != 0 {
		t.Fatalf("%+v %v", found.SignIn, err)
	}
	if other, err := w.user("bo").User(ctx, "ada@acme.test", client.Reading{}); err != nil || other.SignIn != nil {
		t.Errorf("a viewer sees how others get in: %+v %v", other.SignIn, err)
	}
	_, err = owner.Unlink(ctx, "bo@acme.test", found.SignIn.Identities[0].ID, client.Changing{})
	fails(t, "somebody else's identity by this name", err, client.NotFound)
	if _, err := owner.Unlink(ctx, "zoe@acme.test", found.SignIn.Identities[0].ID, client.Changing{}); err != nil || len(w.Of("acme").Now().IdentitiesOf(found.ID)) != 0 {
		t.Error(err)
	}
}

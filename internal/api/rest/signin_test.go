package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
)

const (
	gateOrigin    = "https://dagster.acme.test"
	stagingOrigin = "https://staging.acme.test"
	gateState     = "the hash of a state"
)

// withSession sends a request with a session's cookie.
func (w *world) withSession(o *signin.Opened, c call) response {
	c.header = map[string]string{"Cookie": o.Cookie.Name + "=" + o.Cookie.Value}
	return w.send(c)
}

func TestALinksAddressIsShownOnce(t *testing.T) {
	w := newWorld(t)
	ctx, owner := t.Context(), w.user("olga")
	dry, err := owner.OpenLink(ctx, "zoe@acme.test", client.NewLink{Purpose: "activation"}, client.Changing{DryRun: true})
	if err != nil || dry.Address != "" || dry.ID != "" || !dry.DryRun || dry.Until.IsZero() || len(w.Of("acme").Now().LinksOf(w.Of("acme").Subject("zoe").ID)) != 0 {
		t.Errorf("%+v %v", dry, err)
	}
	made, err := owner.OpenLink(ctx, "zoe@acme.test", client.NewLink{Purpose: "activation"}, client.Changing{ChangeID: "link-1"})
	if err != nil || !strings.HasPrefix(made.Address, "https://bailiwick.acme.test/activate#bwk_link_") || made.Until.IsZero() || made.ChangeID != "link-1" {
		t.Fatalf("%+v %v", made, err)
	}
	if l := w.Of("acme").Now().LinkByHash(signin.HashOf(made.Address[strings.IndexByte(made.Address, '#')+1:])); l == nil || l.Link != made.ID {
		t.Errorf("the address is not that of %s: %+v", made.ID, l)
	}
	_, err = owner.OpenLink(ctx, "zoe@acme.test", client.NewLink{Purpose: "activation"}, client.Changing{ChangeID: "link-1"})
	fails(t, "the same change again", err, client.Conflict)
	_, err = owner.OpenLink(ctx, "zoe@acme.test", client.NewLink{Purpose: "reset"}, client.Changing{})
	fails(t, "a reset without a password", err, client.Conflict)
	found, err := owner.User(ctx, "zoe@acme.test", client.Reading{})
	if err != nil || found.SignIn == nil || len(found.SignIn.Links) != 1 || found.SignIn.Links[0].ID != made.ID || strings.Join(found.SignIn.Ways, " ") != "link" {
		t.Fatalf("%+v %v", found.SignIn, err)
	}
	if out, err := owner.EndLink(ctx, made.ID, client.Changing{}); err != nil || len(out.Results) != 1 || len(out.Results[0].Ended) != 1 {
		t.Errorf("%+v %v", out.Results, err)
	}
	_, err = owner.EndLink(ctx, made.ID, client.Changing{})
	fails(t, "a link that is over", err, client.NotFound)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	ctx, owner, bo := t.Context(), w.user("olga"), w.user("bo")
	first, second, olgas := w.Of("acme").SignIn("bo"), w.Of("acme").SignIn("bo"), w.Of("acme").SignIn("olga")
	own, err := bo.Sessions(ctx, client.SessionQuery{})
	if err != nil || own.Total != 2 || own.Sessions[0].ID != second.Session.ID || own.Sessions[0].How != "password" || own.Sessions[0].Agent != "a browser" ||
		own.Sessions[0].User != "user:bo@acme.test" || own.Sessions[0].This {
		t.Fatalf("%+v %v", own, err)
	}
	_, err = bo.Sessions(ctx, client.SessionQuery{User: "olga@acme.test"})
	fails(t, "sessions of somebody else", err, client.Forbidden)
	all, err := owner.Sessions(ctx, client.SessionQuery{Page: client.Page{Limit: 2}})
	if err != nil || all.Total != 3 || len(all.Sessions) != 2 || all.Sessions[0].ID != olgas.Session.ID {
		t.Fatalf("%+v %v", all, err)
	}
	rest, err := owner.Sessions(ctx, client.SessionQuery{Page: client.Page{Limit: 2, After: all.Next}})
	if err != nil || len(rest.Sessions) != 1 || rest.Sessions[0].ID != first.Session.ID {
		t.Errorf("%+v %v", rest, err)
	}
	if n := count(w.activity("acme"), "user:olga@acme.test sessions.list allowed api"); n == 0 {
		t.Error("nobody wrote down that sessions of others were read")
	}
	who := w.withSession(second, call{method: "GET", path: "/whoami"})
	if who.status != 200 || !strings.Contains(who.body, `"session":{"id":"`+second.Session.ID) || strings.Contains(who.body, `"token"`) {
		t.Errorf("whoami by a session: %d %s", who.status, who.body)
	}
	for _, text := range []string{who.body, w.send(call{method: "GET", path: "/sessions", token: w.secret("olga")}).body} {
		if strings.Contains(text, "bwk_session") || strings.Contains(text, second.Session.Hash) || strings.Contains(text, "hash") {
			t.Errorf("a secret or its hash is shown: %s", text)
		}
	}
	if out, err := bo.EndSession(ctx, first.Session.ID, client.Changing{}); err != nil || len(out.Results[0].Ended) != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := owner.EndSessions(ctx, "bo@acme.test", client.Changing{DryRun: true}); err != nil || len(out.Results) != 1 || len(out.Results[0].Ended) != 1 || out.Results[0].ID != "" {
		t.Errorf("a dry run's receipt: %+v %v", out.Results, err)
	}
	if answer := w.withSession(second, call{method: "GET", path: "/whoami"}); answer.status != 200 {
		t.Errorf("a dry run ended a session: %d", answer.status)
	}
	if _, err := owner.EndSessions(ctx, "bo@acme.test", client.Changing{}); err != nil {
		t.Error(err)
	}
	if answer := w.withSession(second, call{method: "GET", path: "/whoami"}); answer.status != 401 {
		t.Errorf("an ended session: %d", answer.status)
	}
	if own, err = bo.Sessions(ctx, client.SessionQuery{}); err != nil || own.Total != 0 {
		t.Errorf("%+v %v", own, err)
	}
	w.Of("acme").SignIn("bo")
	w.Clock.Set(8*time.Hour + time.Second)
	if own, err = bo.Sessions(ctx, client.SessionQuery{}); err != nil || own.Total != 0 {
		t.Errorf("a session that stood idle for too long is listed: %+v %v", own, err)
	}
}

func TestANarrowedTokenSeesNoWaysIn(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.Of("acme").SignIn("bo")
	secret, _ := w.Of("acme").Token("bo", client.NewToken{Scopes: []string{"dagster"}})
	_, err := w.as(secret).Sessions(ctx, client.SessionQuery{})
	fails(t, "sessions", err, client.Forbidden)
	if me, err := w.as(secret).User(ctx, "bo@acme.test", client.Reading{}); err != nil || me.SignIn != nil {
		t.Errorf("%+v %v", me.SignIn, err)
	}
	if me, err := w.user("bo").User(ctx, "bo@acme.test", client.Reading{}); err != nil || me.SignIn == nil || strings.Join(me.SignIn.Ways, " ") != "token" {
		t.Errorf("%+v %v", me.SignIn, err)
	}
}

func TestAGateLetsPeopleIn(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	secret := w.gate("acme")
	gate, other := w.as(secret), w.as(w.gate("other"))
	opened := w.Of("acme").SignIn("bo")
	code := func() string {
		caller := w.caller(opened)
		secret, err := w.Desk.Sessions.IssueCode(ctx, caller, gateOrigin, gateState)
		if err != nil {
			t.Fatal(err)
		}
		return secret.Reveal()
	}
	for what, r := range map[string]client.GateExchange{"another origin": {Code: code(), Origin: "https://evil.test", State: gateState},
		"another browser": {Code: code(), Origin: gateOrigin, State: "x"}, "no code": {Origin: gateOrigin, State: gateState}} {
		_, err := gate.ExchangeGateCode(ctx, r)
		fails(t, what, err, client.Unauthenticated)
	}
	_, err := other.ExchangeGateCode(ctx, client.GateExchange{Code: code(), Origin: gateOrigin, State: gateState})
	fails(t, "another organization's gate", err, client.Unauthenticated)
	good := client.GateExchange{Code: code(), Origin: gateOrigin, State: gateState}
	in, err := gate.ExchangeGateCode(ctx, good)
	if err != nil || in.Email != "bo@acme.test" || in.Name != "Bo" || in.User != w.Of("acme").Subject("bo").ID || !strings.HasPrefix(in.Secret, "bwk_session_") || in.Until.IsZero() {
		t.Fatalf("%+v %v", in, err)
	}
	_, err = gate.ExchangeGateCode(ctx, good)
	fails(t, "a code that was used", err, client.Unauthenticated)
	who, err := gate.AskGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: gateOrigin})
	if err != nil || who.Email != "bo@acme.test" || who.Secret != "" || who.Session != in.Session {
		t.Errorf("%+v %v", who, err)
	}
	_, err = other.AskGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: gateOrigin})
	fails(t, "a session of another organization", err, client.Unauthenticated)
	_, err = gate.AskGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: "https://evil.test"})
	fails(t, "a session of another gate", err, client.Unauthenticated)
	_, err = gate.AskGateSession(ctx, client.GateQuestion{Secret: opened.Secret.Reveal(), Origin: gateOrigin})
	fails(t, "a session of ours", err, client.Unauthenticated)
	w.Of("acme").As("ada", client.GrantAdd{Grant: client.Grant{To: "user:bo@acme.test", Role: "launcher", On: "dagster/prod"}})
	renewed, err := gate.AskGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: gateOrigin})
	if err != nil || renewed.Secret == "" || renewed.Secret == in.Secret {
		t.Errorf("a change of roles brings a new secret: %+v %v", renewed, err)
	}
	w.Of("acme").As("olga", client.SessionsEnd{User: "bo@acme.test"})
	_, err = gate.AskGateSession(ctx, client.GateQuestion{Secret: renewed.Secret, Origin: gateOrigin})
	fails(t, "a session that was ended", err, client.Unauthenticated)
	for _, path := range []string{"/whoami", "/users", "/tokens"} {
		if answer := w.send(call{method: "GET", path: path, token: secret}); answer.status != 401 {
			t.Errorf("%s with a gate's token: %d", path, answer.status)
		}
	}
	if strings.Contains(w.log.String(), in.Secret) {
		t.Error("the secret is in the log")
	}
}

// TestAGatesTokenOpensNoOtherGate : each asks about its own origin alone, which the server's configuration names; a code and a session of
// another gate's stay what they were.
func TestAGatesTokenOpensNoOtherGate(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	prod := w.as(w.gate("acme"))
	w.Of("acme").As("ada", client.ResourceCreate{Resource: "dagster/staging"})
	other := func(with client.NewToken, roles ...string) *client.Client {
		name := "gate-" + strings.Join(append(roles, with.Scopes...), "-")
		w.Of("acme").As("olga", client.ServiceUserCreate{ServiceUser: name})
		for _, role := range roles {
			w.Of("acme").As("olga", orgtest.Grant("service_user:"+name, role, "org"))
		}
		with.Kind, with.Subject = "gate", "service_user:"+name
		return w.as(w.Of("acme").As("olga", client.TokenIssue{NewToken: with}).Results[0].Secret)
	}
	opened := w.Of("acme").SignIn("bo")
	code := func(origin string) string {
		secret, err := w.Desk.Sessions.IssueCode(ctx, w.caller(opened), origin, gateState)
		if err != nil {
			t.Fatal(err)
		}
		return secret.Reveal()
	}
	in, err := prod.ExchangeGateCode(ctx, client.GateExchange{Code: code(gateOrigin), Origin: gateOrigin, State: gateState})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		gate   *client.Client
		status string
	}{
		"another deployment's": {other(client.NewToken{Scopes: []string{"dagster/staging"}}, "gate"), client.Unauthenticated},
		"a location's":         {other(client.NewToken{Scopes: []string{"dagster/prod/etl"}}, "gate"), client.Unauthenticated},
		"one for everything":   {other(client.NewToken{}, "gate"), client.Forbidden},
		"one without the role": {other(client.NewToken{Scopes: []string{"dagster/prod"}}), client.Forbidden},
	} {
		kept := code(gateOrigin)
		_, err := c.gate.ExchangeGateCode(ctx, client.GateExchange{Code: kept, Origin: gateOrigin, State: gateState})
		fails(t, what+" exchanges", err, c.status)
		_, err = c.gate.AskGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: gateOrigin})
		fails(t, what+" asks", err, c.status)
		fails(t, what+" ends", c.gate.EndGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: gateOrigin}), c.status)
		if _, err := prod.ExchangeGateCode(ctx, client.GateExchange{Code: kept, Origin: gateOrigin, State: gateState}); err != nil {
			t.Errorf("%s used the code up: %v", what, err)
		}
	}
	for _, origin := range []string{stagingOrigin, "https://bailiwick.acme.test", "https://DAGSTER.acme.test", gateOrigin + "/", ""} {
		_, err := prod.ExchangeGateCode(ctx, client.GateExchange{Code: code(stagingOrigin), Origin: origin, State: gateState})
		fails(t, "at "+origin, err, client.Unauthenticated)
	}
	if who, err := prod.AskGateSession(ctx, client.GateQuestion{Secret: in.Secret, Origin: gateOrigin}); err != nil || who.Session != in.Session {
		t.Errorf("%+v %v", who, err)
	}
}

// caller is who has a session.
func (w *world) caller(o *signin.Opened) *signin.Caller {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.server.URL, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.AddCookie(o.Cookie)
	caller, err := w.Reader.Caller(r, signin.SessionKind)
	if err != nil {
		w.t.Fatal(err)
	}
	return caller
}

package remote_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bailiwick/client"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/gate/remote"
	"bailiwick/internal/orgtest"
)

// TestAttack024CredentialsOfWhoIsGone removes and deactivates people and service users: what they made does not let them through a
// remote gate any more.
func TestAttack024CredentialsOfWhoIsGone(t *testing.T) {
	w := newWorld(t)
	w.Do(orgtest.Grant("user:vi@acme.test", "editor", "dagster/prod"))
	tokens := map[string]string{}
	tokens["deactivated"], _ = w.Token("ed@acme.test", client.NewToken{})
	tokens["removed"], _ = w.Token("vi@acme.test", client.NewToken{})
	made := w.Do(client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}).Results[0]
	tokens["service user"] = made.Secret
	a := w.authority(0)
	secret, _ := w.enter(a, "ed@acme.test")
	if _, err := a.BySession(t.Context(), origin, secret); err != nil {
		t.Fatal(err)
	}
	for name, token := range tokens {
		if _, err := a.ByToken(bearer(token)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	w.Do(client.UserDeactivate{User: "ed@acme.test"}, client.UserRemove{User: "vi@acme.test"}, client.ServiceUserDelete{ServiceUser: "ci"})
	for name, token := range tokens {
		w.within(remote.DefaultBound, name+": the token lets in still", func() bool { _, err := a.ByToken(bearer(token)); return isUnauthenticated(err) })
	}
	w.within(remote.DefaultBound, "the session lets in still", func() bool { _, err := a.BySession(t.Context(), origin, secret); return isUnauthenticated(err) })
}

// TestAttack025WhatIsOpenAtARemoteGate holds streams and ends what opened each: they end within the bound, by a session at the
// server that was ended, all sessions of a person, a provider's change, a token.
func TestAttack025WhatIsOpenAtARemoteGate(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	hold := func(c *gate.Caller, err error) context.Context {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		until, release := a.Hold(t.Context(), c)
		t.Cleanup(release)
		return until
	}
	session := func() (context.Context, string, string) {
		secret, parent := w.enter(a, "ed@acme.test")
		c, err := a.BySession(t.Context(), origin, secret)
		return hold(c, err), secret, parent.Session.ID
	}
	first, firstSecret, parent := session()
	second, secondSecret, _ := session()
	w.Do(client.SessionEnd{Session: parent})
	if err := w.ended(first, remote.DefaultBound); !isUnauthenticated(err) {
		t.Errorf("its parent was ended: %v", err)
	}
	if _, err := a.BySession(t.Context(), origin, firstSecret); !isUnauthenticated(err) {
		t.Errorf("its parent was ended: %v", err)
	}
	if _, err := a.BySession(t.Context(), origin, secondSecret); err != nil || second.Err() != nil {
		t.Errorf("another session of the same person: %v, %v", err, context.Cause(second))
	}
	w.Do(client.SessionsEnd{User: "ed@acme.test"})
	if err := w.ended(second, remote.DefaultBound); !isUnauthenticated(err) {
		t.Errorf("all sessions were ended: %v", err)
	}
	third, _, _ := session()
	vouched := hold(a.At("dagster/prod").ByName(t.Context(), "vi@acme.test"))
	w.Do(client.SessionsEnd{User: "vi@acme.test"})
	if err := w.ended(vouched, remote.DefaultBound); !isUnauthenticated(err) {
		t.Errorf("all sessions of somebody whom a proxy vouches for were ended: %v", err)
	}
	if third.Err() != nil {
		t.Errorf("somebody else's sessions were ended: %v", context.Cause(third))
	}
	w.Do(client.UserDeactivate{User: "ed@acme.test"})
	if err := w.ended(third, remote.DefaultBound); !isUnauthenticated(err) {
		t.Errorf("the person was deactivated: %v", err)
	}
}

// TestAttack034ARoleLoweredAtARemoteGate lowers a role, by the grant, the team and the license of a time, with requests under way all
// the while: from the bound on none is let through, at a real gate in front of an upstream.
func TestAttack034ARoleLoweredAtARemoteGate(t *testing.T) {
	w := newWorld(t)
	w.Do(client.TeamCreate{Team: "crew", Members: []string{"vi@acme.test"}}, orgtest.Grant("team:crew", "editor", "dagster/prod"))
	a := w.authority(0)
	facts := w.reaches(a, w.Now().Revision)
	ed, vi := w.Subject("ed@acme.test"), w.Subject("vi@acme.test")
	if !facts.Snapshot.Decide(launch(vi, facts.At)).Allowed {
		t.Fatal("the team gives nothing")
	}
	lowered := time.Now()
	w.Do(client.TeamLeave{Team: "crew", Members: []string{"vi@acme.test"}}, orgtest.Revoke("user:ed@acme.test", "editor", "dagster/prod"))
	took := w.within(remote.DefaultBound, "a role that was lowered counts still", func() bool {
		facts, err := a.Facts(t.Context())
		return err != nil || !facts.Snapshot.Decide(launch(vi, facts.At)).Allowed && !facts.Snapshot.Decide(launch(ed, facts.At)).Allowed
	})
	t.Logf("it took %s, %s after the answer", time.Since(lowered), took)
	soon := time.Now().Add(2 * time.Second)
	w.Do(client.GrantAdd{Grant: client.Grant{To: "user:ed@acme.test", Role: "editor", On: "dagster/prod", Until: &soon}})
	w.reaches(a, w.Now().Revision)
	w.within(4*time.Second, "a grant counts after its end", func() bool {
		facts, err := a.Facts(t.Context())
		return err == nil && !facts.Snapshot.Decide(launch(ed, facts.At)).Allowed && time.Now().After(soon)
	})
}

// TestAGateBehindTheBoundAnswers503 is the whole gate with a remote authority in front of an upstream: requests are served, and not
// one of them when the server is away.
func TestAGateBehindTheBoundAnswers503(t *testing.T) {
	w := newWorld(t)
	var reached atomic.Int64
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"data":{"version":"1.0"}}`))
	}))
	defer upstream.Close()
	a := w.authority(0)
	address, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewUnstartedServer(nil)
	g, err := gate.New(gate.Options{Name: "prod", Origin: &url.URL{Scheme: "http", Host: at.Listener.Addr().String()}, Deployment: "dagster/prod", Upstream: address,
		SignIn: &url.URL{Scheme: "https", Host: "bailiwick.acme.test", Path: "/gate/signin"}, Rules: []dagster.Rule{}, Authority: a.At("dagster/prod"), Log: a.Log, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	at.Config.Handler = g
	at.Start()
	defer at.Close()
	token, _ := w.Token("ed@acme.test", client.NewToken{})
	w.reaches(a, w.Now().Revision)
	get := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.URL+"/server_info", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if status := get(); status != http.StatusOK || reached.Load() == 0 {
		t.Fatalf("the gate answers %d", status)
	}
	w.cut()
	w.within(remote.DefaultBound+100*time.Millisecond, "requests are let through behind the bound", func() bool { return get() == http.StatusServiceUnavailable })
	before := reached.Load()
	for range 20 {
		if status := get(); status != http.StatusServiceUnavailable {
			t.Errorf("behind the bound the gate answers %d", status)
		}
	}
	_, answer, err := websocket.Dial(t.Context(), at.URL+"/graphql", &websocket.DialOptions{Subprotocols: []string{dagster.Protocol}, //nolint:bodyclose // Dial has read it
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	if err == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("behind the bound a socket is answered %v, %v", answer, err)
	}
	if n := reached.Load() - before; n != 0 {
		t.Errorf("the upstream was reached %d times", n)
	}
	w.mend()
	w.within(10*time.Second, "the gate does not come back", func() bool { return get() == http.StatusOK })
}

package orgtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// An Organization is one of a world's. Its methods end the test where they fail. They name people by their address, or by what
// is before the @ in NAME@ORGANIZATION.test.
type Organization struct {
	*World
	Name string
}

// Of is an organization, whether it is there or not.
func (w *World) Of(name string) *Organization { return &Organization{World: w, Name: name} }

// Create sets up an organization that Olga owns (olga@NAME.test).
func (w *World) Create(name string) *Organization {
	w.t.Helper()
	o := w.Of(name)
	setup := change.Setup{Organization: name, Name: "Olga Owner", Email: o.address("olga")}
	if _, err := w.Changes.Create(w.t.Context(), change.Actor{Rule: change.RuleSetup, Via: "test"}, setup); err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (o *Organization) address(who string) string {
	if strings.Contains(who, "@") {
		return who
	}
	return who + "@" + o.Name + ".test"
}

// Now is the present facts.
func (o *Organization) Now() *state.State {
	o.t.Helper()
	st, err := o.Engine.Current(o.Name)
	if err != nil {
		o.t.Fatal(err)
	}
	return st
}

// User is somebody.
func (o *Organization) User(who string) *state.User {
	o.t.Helper()
	u := o.Now().UserByEmail(o.address(who))
	if u == nil {
		o.t.Fatalf("there is no %s in %s", who, o.Name)
	}
	return u
}

// Subject is somebody as decisions know them.
func (o *Organization) Subject(who string) access.Subject {
	o.t.Helper()
	return access.Subject{Kind: access.User, ID: o.User(who).ID}
}

// As carries out commands in somebody's name, in a request with the id "req-test".
func (o *Organization) As(who string, commands ...client.Command) change.Result {
	o.t.Helper()
	actor := change.Actor{Subject: o.Subject(who), Via: "test", Request: "req-test"}
	r, err := o.Changes.Do(context.Background(), o.Name, actor, change.How{}, commands...)
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// Do carries out commands in Olga's name.
func (o *Organization) Do(commands ...client.Command) change.Result {
	o.t.Helper()
	return o.As("olga", commands...)
}

// Token has somebody make a token; without a kind it is a user token of their own.
func (o *Organization) Token(who string, t client.NewToken) (secret, id string) {
	o.t.Helper()
	if t.Kind == "" {
		t.Kind = "user"
	}
	made := o.As(who, client.TokenIssue{NewToken: t}).Results[0]
	return made.Secret, made.ID
}

// SignIn opens a session of somebody's, as a sign-in with a password does.
func (o *Organization) SignIn(who string) *signin.Opened {
	o.t.Helper()
	opened, err := o.Sessions.Open(o.t.Context(), o.Name, o.User(who).ID, signin.ByPassword, signin.From{Agent: "a browser"}, time.Time{})
	if err != nil {
		o.t.Fatal(err)
	}
	return opened
}

// Caller is who asks with a session's cookie.
func (w *World) Caller(opened *signin.Opened) *signin.Caller {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://access.acme.test/", http.NoBody)
	r.AddCookie(opened.Cookie)
	caller, err := w.Reader.Caller(r, signin.SessionKind)
	if err != nil {
		w.t.Fatal(err)
	}
	return caller
}

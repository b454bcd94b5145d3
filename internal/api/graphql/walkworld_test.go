package graphql_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/oracle"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
)

// A walk is two organizations alike, and everybody who could ask: acme, where the callers are, and other, whose things are
// foreign. Only Dagster is attached, so that what the vendor's document says of an organization holds as it stands.
type walk struct {
	*world
	callers []caller
	things  map[string]map[string]any // by organization: what requests name
}

// A caller is somebody with one role at one scope, or with one kind of credential.
type caller struct {
	name    string
	token   string
	header  map[string]string
	subject access.Subject // in acme; zero: nobody whom the door knows
}

// newWalk makes both organizations. Every thing of other has another number than those of acme.
func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{world: emptyWorld(t), things: map[string]map[string]any{}}
	for _, organization := range []string{"acme", "other"} {
		w.organization(organization)
	}
	w.roles()
	w.credentials()
	return w
}

// do carries out commands as somebody of an organization, and returns what they made.
func (w *walk) do(organization, name string, commands ...client.Command) []client.Result {
	w.t.Helper()
	return w.Of(organization).As(name, commands...).Results
}

// organization makes what requests name: a person (Vic) who is viewer of prod, a team without grants and one with, a service
// user, an agent, custom roles, and a token of each kind.
func (w *walk) organization(name string) {
	w.t.Helper()
	at := "@" + name + ".test"
	w.Create(name)
	if name == "other" { // numbers are counted for each organization: let them differ
		var counted []client.Command
		for i := range 1500 {
			counted = append(counted, client.TeamCreate{Team: fmt.Sprint("counted-", i)})
		}
		w.do(name, "olga", counted...)
	}
	deep := "dagster/prod/branch:feature"
	w.do(name, "olga", client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"}, client.ResourceCreate{Resource: "dagster/prod/ml"},
		client.ResourceCreate{Resource: "dagster/dev"}, client.ResourceCreate{Resource: "dagster/dev/etl"},
		client.ResourceCreate{Resource: deep}, client.ResourceCreate{Resource: deep + "/etl"},
		client.UserAdd{NewUser: client.NewUser{Email: "ada" + at, On: []string{"dagster"}}}, client.UserAdd{NewUser: client.NewUser{Email: "vic" + at}},
		orgtest.Grant("user:ada"+at, "organization_admin", "dagster"))
	w.do(name, "ada", orgtest.Grant("user:vic"+at, "viewer", "dagster/prod"), client.TeamCreate{Team: "empty"}, client.TeamCreate{Team: "data", Members: []string{"vic" + at}},
		orgtest.Grant("team:data", "viewer", "dagster/prod"), client.ServiceUserCreate{ServiceUser: "ci"}, orgtest.Grant("service_user:ci", "viewer", "dagster/prod"),
		client.RolePut{Platform: "dagster", Role: "spare", At: "deployment", Permissions: []string{"runs.view", "code_locations.view", "deployments.view"}})
	st := w.Of(name).Now()
	subject := func(s access.Subject) string { return s.String() }
	vic := st.UserByEmail("vic" + at)
	agent := w.do(name, "ada", client.AgentCreate{Description: "cluster"})[0].ID
	w.do(name, "ada", orgtest.Grant("agent:"+agent, "agent", "dagster"))
	agentToken := w.do(name, "ada", client.TokenIssue{NewToken: client.NewToken{Kind: "agent", Subject: "agent:" + agent}})[0]
	service := w.do(name, "ada", client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}})[0]
	own := w.do(name, "vic", client.TokenIssue{NewToken: client.NewToken{Kind: "user", Subject: subject(access.Subject{Kind: access.User, ID: vic.ID})}})[0]
	w.do(name, "olga", client.ServiceUserCreate{ServiceUser: "provisioning"})
	scim := w.do(name, "olga", client.TokenIssue{NewToken: client.NewToken{Kind: "scim", Subject: "service_user:provisioning"}})[0]
	st = w.Of(name).Now()
	w.things[name] = map[string]any{
		"email": "vic" + at, "user": vic.Number, "team": st.TeamByName("empty").ID, "holder": st.TeamByName("data").ID, "service": st.ServiceUserByName("ci").ID,
		"role": st.Role("dagster", "spare").ID, "prod": st.Resource("dagster/prod").Number, "dev": st.Resource("dagster/dev").Number,
		"agentToken": st.Token(agentToken.ID).Number, "userToken": st.Token(own.ID).Number, "serviceToken": service.ID, "apiToken": scim.ID, "agentSecret": agentToken.Secret,
	}
}

// roles makes a caller of every built-in role at every scope at which it can be given, and of every single permission of Dagster
// as a custom role: a field that asks for the wrong one is found by the one caller who has it, or who lacks it.
func (w *walk) roles() {
	builtIn := []string{"viewer", "launcher", "editor", "admin"}
	w.caller("nobody")
	w.caller("organization_admin", grantOf{"organization_admin", "dagster"})
	for _, role := range builtIn {
		w.caller(role+" of prod", grantOf{role, "dagster/prod"})
		w.caller(role+" of dev", grantOf{role, "dagster/dev"})
		w.caller(role+" of all branches", grantOf{role, "dagster/branch:*"})
		w.caller(role+" of the branches of prod", grantOf{role, "dagster/prod/branch:*"})
		if role != "viewer" {
			w.caller(role+" of the location etl", grantOf{"viewer", "dagster/prod"}, grantOf{role, "dagster/prod/etl"})
		}
	}
	w.caller("owner", grantOf{"owner", "org"})
	w.caller("auditor", grantOf{"auditor", "org"})
	w.do("acme", "ada", client.RolePut{Platform: "dagster", Role: "sees people", At: "organization", Permissions: []string{"users.view", "teams.view"}})
	w.caller("only seeing people", grantOf{"sees people", "dagster"})
	for at, permissions := range w.permissions() {
		for _, p := range permissions {
			name := "only " + p + " at " + at
			w.do("acme", "ada", client.RolePut{Platform: "dagster", Role: name, At: at, Permissions: []string{p}})
			on := map[string]string{"organization": "dagster", "deployment": "dagster/prod"}[at]
			w.caller(name, grantOf{"sees people", "dagster"}, grantOf{name, on}) // what one does not see one cannot change (attack 114)
		}
	}
}

// permissions lists what custom roles may consist of, by the kind at which they are given.
func (w *walk) permissions() map[string][]string {
	found := map[string][]string{}
	p := w.Of("acme").Now().Platform("dagster")
	for at := range map[string]bool{"organization": true, "deployment": true} {
		for _, permission := range p.Model.Permissions {
			draft := client.RolePut{Platform: "dagster", Role: "draft", At: at, Permissions: []string{permission.Name}}
			ada := w.Of("acme").Now().UserByEmail("ada@acme.test")
			if _, err := w.Changes.Do(w.t.Context(), "acme", change.Actor{Subject: access.Subject{Kind: access.User, ID: ada.ID}, Via: "test"}, change.How{DryRun: true}, draft); err == nil {
				found[at] = append(found[at], permission.Name)
			}
		}
	}
	return found
}

type grantOf struct{ role, on string }

// caller makes a person with some grants and a token of their own.
func (w *walk) caller(name string, grants ...grantOf) {
	w.t.Helper()
	address := fmt.Sprintf("caller%d@acme.test", len(w.callers))
	w.do("acme", "olga", client.UserAdd{NewUser: client.NewUser{Email: address, Name: name}})
	for _, g := range grants {
		by := "ada"
		if g.on == "org" {
			by = "olga"
		}
		w.do("acme", by, orgtest.Grant("user:"+address, g.role, g.on))
	}
	first, _, _ := strings.Cut(address, "@")
	w.callers = append(w.callers, caller{name: name, subject: access.Subject{Kind: access.User, ID: w.Of("acme").Now().UserByEmail(address).ID},
		token: w.do("acme", first, client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})[0].Secret})
}

// credentials are the callers who differ by what they show: every kind of token, a session, and what is none any more.
func (w *walk) credentials() {
	at := func(name string) access.Subject {
		return access.Subject{Kind: access.User, ID: w.Of("acme").Now().UserByEmail(name + "@acme.test").ID}
	}
	opened, err := w.Sessions.Open(w.t.Context(), "acme", at("ada").ID, signin.ByPassword, signin.From{Agent: "a browser"}, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	page := map[string]string{"Cookie": opened.Cookie.Name + "=" + opened.Cookie.Value, "Sec-Fetch-Site": "same-origin"}
	w.callers = append(w.callers, caller{name: "a session of an organization admin", header: page, subject: at("ada")})

	w.do("acme", "ada", client.ServiceUserCreate{ServiceUser: "robot"}, orgtest.Grant("service_user:robot", "organization_admin", "dagster"))
	w.do("acme", "olga", client.ServiceUserCreate{ServiceUser: "gate"}, client.ServiceUserCreate{ServiceUser: "directory"})
	issue := func(by, kind, subject string) string {
		return w.do("acme", by, client.TokenIssue{NewToken: client.NewToken{Kind: kind, Subject: subject}})[0].Secret
	}
	robot := access.Subject{Kind: access.ServiceUser, ID: w.Of("acme").Now().ServiceUserByName("robot").ID}
	w.callers = append(w.callers,
		caller{name: "a service token of an organization admin", token: issue("ada", "svc", "service_user:robot"), subject: robot},
		caller{name: "nobody signed in"},
		caller{name: "an agent token", token: w.things["acme"]["agentSecret"].(string)},
		caller{name: "a gate token", token: issue("olga", "gate", "service_user:gate")},
		caller{name: "a SCIM token", token: issue("olga", "scim", "service_user:directory")},
		caller{name: "garbage", token: "bwk_user_" + strings.Repeat("x", 49)})
	revoked := w.do("acme", "ada", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})[0]
	w.do("acme", "ada", client.TokenRevoke{Token: revoked.ID})
	w.callers = append(w.callers, caller{name: "a revoked token of an organization admin", token: revoked.Secret})
}

// An outcome is what somebody was answered.
type outcome string

const (
	answered outcome = "answered"
	refused  outcome = "refused"
	unknown  outcome = "401"
)

// send asks one operation, and says what came of it. Whatever is neither an answer nor a refusal is its own text.
func (w *walk) try(c caller, path, query string, variables map[string]any) (outcome, string) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.send(call{path: path, token: c.token, header: c.header, body: string(body)})
	if r.status == http.StatusUnauthorized {
		return unknown, r.body
	}
	var found struct {
		Data   map[string]any
		Errors []struct{ Extensions map[string]any }
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(r.body))).Decode(&found); err != nil || r.status != http.StatusOK {
		return outcome(fmt.Sprint(r.status)), r.body
	}
	if len(found.Errors) > 0 {
		code := fmt.Sprint(found.Errors[0].Extensions["code"])
		if code == "forbidden" {
			return refused, r.body
		}
		return outcome(code), r.body
	}
	for value := any(found.Data); ; {
		fields, is := value.(map[string]any)
		if !is {
			return answered, r.body
		}
		switch name, _ := fields["__typename"].(string); {
		case name == "UnauthorizedError":
			return refused, r.body
		case strings.HasSuffix(name, "Error"):
			return outcome(name), r.body
		}
		names := slices.Sorted(maps.Keys(fields))
		if len(names) != 1 {
			return answered, r.body
		}
		value = fields[names[0]]
	}
}

// A judging asks the second engine, which was written from the documents alone.
type judging struct {
	oracle  *oracle.Oracle
	subject access.Subject
	at      time.Time
}

func (j *judging) has(permission, path string) bool {
	return j.oracle.Allowed(access.Question{Subject: j.subject, Permission: permission, Resource: path, At: j.at})
}

package rest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/authzen"
	"bailiwick/internal/decide"
	"bailiwick/internal/orgtest"
)

// Doors are a world's API and AuthZEN on one engine: everywhere where a decision can be asked for.
type doors struct {
	*world
	wire   http.Handler
	tokens map[string]string // of the service user pdp, which may ask both doors about anybody, by organization
}

func newDoors(t *testing.T) *doors {
	t.Helper()
	d := &doors{world: newWorld(t), tokens: map[string]string{}}
	d.openWire()
	for _, organization := range []string{"acme", "other"} {
		d.tokens[organization] = d.pdp(organization, "olga")
	}
	return d
}

func (d *doors) openWire() {
	d.t.Helper()
	door, err := authzen.New(authzen.Config{External: "https://bailiwick.acme.test", Engine: d.Engine, Reader: d.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		d.t.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, handler := range door.Handlers() {
		mux.Handle(path, handler)
	}
	d.wire = mux
}

func (w *world) pdp(organization, owner string) string {
	w.t.Helper()
	return w.Of(organization).As(owner, client.ServiceUserCreate{ServiceUser: "pdp"},
		orgtest.Grant("service_user:pdp", "decision_client", "org"), orgtest.Grant("service_user:pdp", "auditor", "org"),
		client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:pdp"}}).Results[3].Secret
}

// authzen sends a request to AuthZEN.
func (d *doors) authzen(token, path, body string) response {
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, "https://bailiwick.acme.test/access/v1/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	d.wire.ServeHTTP(w, r)
	return response{w.Code, w.Header(), w.Body.String()}
}

// A query is a question of one decision, at a code location of dagster.
type query struct{ organization, who, action, location string }

// wireText is the question in AuthZEN's words.
func (q query) wireText() string {
	kind, name, _ := strings.Cut(q.who, ":")
	return fmt.Sprintf(`{"subject":{"type":%q,"id":%q},"action":{"name":"dagster.%s"},"resource":{"type":"dagster.code_location","id":%q}}`, kind, name, q.action, q.location)
}

// ways asks a question in every way there is, and says for each whether the answer was yes.
func (d *doors) ways(q query) map[string]bool {
	token, path, full := d.tokens[q.organization], "dagster/"+q.location, "dagster."+q.action
	rest := func(route, body string) string {
		return d.send(call{method: "POST", path: route, body: body, token: token}).body
	}
	single := fmt.Sprintf(`{"who":%q,"permission":%q,"resource":%q}`, q.who, q.action, path)
	text, answers := q.wireText(), map[string]bool{}
	for _, route := range []string{"check", "explain"} {
		answers[route] = strings.Contains(rest("/"+route, single), `"allowed":true`)
	}
	answers["who can"] = strings.Contains(rest("/search", fmt.Sprintf(`{"permission":%q,"resource":%q}`, full, path)), `"subject":"`+q.who+`"`)
	answers["what can, there"] = strings.Contains(rest("/search", fmt.Sprintf(`{"who":%q,"resource":%q}`, q.who, path)), `"permission":"`+full+`"`)
	var all client.WhatCan
	_ = json.Unmarshal([]byte(rest("/search", fmt.Sprintf(`{"who":%q}`, q.who))), &all) // an answer that is none is a no
	answers["what can"] = slices.ContainsFunc(all.Resources, func(h client.Holding) bool { return h.Resource == path && slices.Contains(h.Permissions, q.action) })
	answers["evaluation"] = strings.HasPrefix(d.authzen(token, "evaluation", text).body, `{"decision":true`)
	nobody := query{q.organization, "user:nobody@acme.test", q.action, q.location}.wireText()
	batch := d.authzen(token, "evaluations", `{"evaluations":[`+nobody+`,`+text+`,`+nobody+`,`+text+`]}`).body
	answers["evaluations"] = strings.Count(batch, `"decision":true`) == 2 && strings.Count(batch, `"decision":false`) == 2
	kind, name, _ := strings.Cut(q.who, ":")
	for what, item := range map[string]string{"subject": fmt.Sprintf(`{"type":%q,"id":%q}`, kind, name), "resource": fmt.Sprintf(`"id":%q}`, q.location), "action": `{"name":"` + full + `"}`} {
		answers["search "+what] = strings.Contains(d.authzen(token, "search/"+what, text).body, item)
	}
	return answers
}

// all holds each way of asking against what is right.
func (d *doors) all(when string, q query, want bool) {
	d.t.Helper()
	for way, got := range d.ways(q) {
		if got != want {
			d.t.Errorf("%s: %s says %v", when, way, got)
		}
	}
}

// TestAttack031AGrantThatIsOver is asked for in every way, before, in the instant of its end, after it, and with the clock
// set back: what was remembered of before must not answer.
func TestAttack031AGrantThatIsOver(t *testing.T) {
	d := newDoors(t)
	q := query{"acme", "user:zoe@acme.test", "runs.launch", "prod/etl"}
	d.Of("acme").As("ada", client.MemberAdd{User: "zoe@acme.test", Platform: "dagster"})
	from := d.Engine.Now().Add(time.Hour).Truncate(time.Microsecond)
	until := from.Add(time.Hour)
	g := orgtest.Grant("user:zoe@acme.test", "launcher", "dagster/prod")
	g.From, g.Until = &from, &until
	d.Of("acme").As("ada", client.GrantRemove{Grant: client.Grant{To: g.To, Role: "viewer", On: g.On}}, g)
	at := func(moment time.Time) { d.Clock.Set(time.Until(moment)) }
	d.all("before it begins", q, false)
	at(from.Add(-time.Minute))
	d.all("a minute before it begins", q, false)
	at(from)
	d.all("when it begins", q, true)
	at(until.Add(-time.Minute))
	d.all("a minute before its end", q, true)
	at(until)
	d.all("when it ends", q, false)
	at(until.Add(-time.Minute))
	d.all("a minute before its end, again", q, true)
	at(until.Add(time.Second))
	d.Of("acme").As("ada", client.TeamCreate{Team: "late"})
	d.all("after its end", q, false)
	at(until.Add(-time.Minute))
	d.all("with the clock set back after a change that came after its end", q, false)
	at(from.Add(-24 * time.Hour))
	d.all("with the clock set back to before it began", q, false)
	at(until.Add(365 * 24 * time.Hour))
	d.all("with the clock set forward", q, false)

	// A replica whose clock is slow does not know better than the journal.
	slow, err := decide.Open(t.Context(), d.Journal, decide.Options{Clock: func() time.Time { return until.Add(-time.Minute) }, Staleness: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	st, err := slow.Current("acme")
	if err != nil {
		t.Fatal(err)
	}
	if st.Decide(access.Question{Subject: d.Of("acme").Subject("zoe"), Permission: q.action, Resource: "dagster/prod/etl", At: st.Moment(slow.Now())}).Allowed {
		t.Error("a replica with a slow clock honours it")
	}
}

// TestAttack037ANoThatIsRemembered asks until every cache is warm, and then for what has just been given, or just come to be.
func TestAttack037ANoThatIsRemembered(t *testing.T) {
	d := newDoors(t)
	zoe, ci, late := query{"acme", "user:zoe@acme.test", "runs.launch", "prod/etl"}, query{"acme", "service_user:ci", "runs.launch", "prod/late"},
		query{"acme", "user:late@acme.test", "runs.launch", "prod/etl"}
	both := func(when string, q query, want bool) {
		t.Helper()
		d.all(when, q, want)
		d.all(when+", again", q, want)
	}
	for _, step := range []struct {
		what string
		q    query
		by   string
		do   []client.Command
	}{
		{"a membership and a grant", zoe, "ada", []client.Command{client.MemberAdd{User: "zoe@acme.test", Platform: "dagster"},
			client.GrantRemove{Grant: client.Grant{To: "user:zoe@acme.test", Role: "viewer", On: "dagster/prod"}}, orgtest.Grant("user:zoe@acme.test", "launcher", "dagster/prod")}},
		{"a resource that was unknown", ci, "ada", []client.Command{client.GrantRemove{Grant: client.Grant{To: "service_user:ci", Role: "viewer", On: "dagster/prod"}},
			orgtest.Grant("service_user:ci", "launcher", "dagster/prod"), client.ResourceCreate{Resource: "dagster/prod/late"}}},
		{"a user who was unknown, in a team", late, "ada", []client.Command{client.UserAdd{NewUser: client.NewUser{Email: "late@acme.test", On: []string{"dagster"}}},
			client.TeamJoin{Team: "data", Members: []string{"late@acme.test"}}}},
	} {
		both("before "+step.what, step.q, false)
		d.Of("acme").As(step.by, step.do...)
		both("after "+step.what, step.q, true)
	}
	d.Of("acme").As("ada", client.TeamLeave{Team: "data", Members: []string{"late@acme.test"}})
	both("after the team was left", late, false)
	d.Of("acme").As("ada", client.TeamJoin{Team: "data", Members: []string{"late@acme.test"}})
	both("after the team was joined again", late, true)
}

// TestAttack035TooSmallAKey asks things that differ in one part each, one after the other in changing orders and many at
// once: an answer that was remembered without that part would be given to the wrong question.
func TestAttack035TooSmallAKey(t *testing.T) {
	d := newDoors(t)
	before := d.Of("acme").Now().Revision
	for _, organization := range []string{"acme", "other"} { // one name, other rights: ci launches at acme only
		d.Of(organization).As("ada", client.ResourceCreate{Resource: "dagster/dev"}, client.ResourceCreate{Resource: "dagster/dev/etl"})
	}
	d.Of("acme").As("ada", client.GrantRemove{Grant: client.Grant{To: "service_user:ci", Role: "viewer", On: "dagster/prod"}}, orgtest.Grant("service_user:ci", "launcher", "dagster/prod"))
	narrowed := map[string]string{}
	for name, n := range map[string]client.NewToken{"nowhere": {Scopes: []string{"dagster/dev"}}, "nothing": {Permissions: []string{"dagster.runs.view"}}} {
		n.Kind, n.Subject = "svc", "service_user:pdp"
		narrowed[name] = d.Of("acme").As("olga", client.TokenIssue{NewToken: n}).Results[0].Secret
	}
	own, _ := d.Of("acme").Token("bo", client.NewToken{})
	ownNarrowed, _ := d.Of("acme").Token("bo", client.NewToken{Scopes: []string{"dagster/dev"}})
	ci := query{"acme", "service_user:ci", "runs.launch", "prod/etl"}
	evaluate := func(token string, q query) func() string {
		return func() string {
			answer := d.authzen(token, "evaluation", q.wireText())
			return fmt.Sprint(answer.status, strings.HasPrefix(answer.body, `{"decision":true`))
		}
	}
	check := func(token, body string) func() string {
		return func() string {
			answer := d.send(call{method: "POST", path: "/check", body: body, token: token})
			return fmt.Sprint(answer.status, strings.Contains(answer.body, `"allowed":true`))
		}
	}
	const launches, elsewhere, looks = `{"who":"service_user:ci","permission":"runs.launch","resource":"dagster/prod/etl"}`,
		`{"who":"service_user:ci","permission":"runs.launch","resource":"dagster/dev/etl"}`, `{"who":"service_user:ci","permission":"assets.wipe","resource":"dagster/prod/etl"}`
	const mine = `{"who":"bo@acme.test","permission":"runs.launch","resource":"dagster/prod/etl"}`
	past := strings.TrimSuffix(launches, "}") + fmt.Sprintf(`,"at":"%d"}`, before)
	cases := []struct {
		what string
		ask  func() string
		want string
	}{
		{"AuthZEN", evaluate(d.tokens["acme"], ci), "200 true"},
		{"AuthZEN, a token narrowed to a place", evaluate(narrowed["nowhere"], ci), "403 false"},
		{"AuthZEN, a token narrowed to a permission", evaluate(narrowed["nothing"], ci), "403 false"},
		{"AuthZEN, the other organization", evaluate(d.tokens["other"], ci), "200 false"},
		{"AuthZEN, another resource of the same last name", evaluate(d.tokens["acme"], query{"acme", "service_user:ci", "runs.launch", "dev/etl"}), "200 false"},
		{"AuthZEN, another action", evaluate(d.tokens["acme"], query{"acme", "service_user:ci", "assets.wipe", "prod/etl"}), "200 false"},
		{"AuthZEN, another kind of subject", evaluate(d.tokens["acme"], query{"acme", "user:ci", "runs.launch", "prod/etl"}), "200 false"},
		{"API", check(d.tokens["acme"], launches), "200 true"},
		{"API, a token narrowed to a place", check(narrowed["nowhere"], launches), "403 false"},
		{"API, the other organization", check(d.tokens["other"], launches), "200 false"},
		{"API, another resource of the same last name", check(d.tokens["acme"], elsewhere), "200 false"},
		{"API, another action", check(d.tokens["acme"], looks), "200 false"},
		{"API, the past", check(d.tokens["acme"], past), "200 false"},
		{"API, one's own token", check(own, mine), "200 true"},
		{"API, one's own token, narrowed", check(ownNarrowed, mine), "403 false"},
	}
	try := func(seed uint64) {
		for _, i := range rand.New(rand.NewPCG(seed, 35)).Perm(len(cases)) {
			if got := cases[i].ask(); got != cases[i].want {
				t.Errorf("order %d: %s: %s, want %s", seed, cases[i].what, got, cases[i].want)
			}
		}
	}
	for seed := range uint64(10) {
		try(seed)
	}
	var all sync.WaitGroup
	for seed := range uint64(8) {
		all.Go(func() { try(100 + seed) })
	}
	all.Wait()
	// The same questions after what answered them is gone, by the same tokens.
	d.Of("acme").As("ada", client.GrantRemove{Grant: client.Grant{To: "service_user:ci", Role: "launcher", On: "dagster/prod"}})
	now := time.Now()
	for _, i := range slices.Sorted(maps.Keys(map[int]bool{0: true, 7: true})) {
		if got := cases[i].ask(); got != "200 false" {
			t.Errorf("%s, %s after the grant was taken away: %s", cases[i].what, time.Since(now), got)
		}
	}
}

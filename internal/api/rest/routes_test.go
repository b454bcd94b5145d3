package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
)

const (
	question        = `{"who":"ada@acme.test","permission":"runs.launch","resource":"dagster/prod"}`
	anotherProvider = `{"name":"Acme","issuer":"https://other.acme.test","client_id":"bailiwick","client_secret":"a client secret"}`
	sameProvider    = `{"name":"Acme","issuer":"https://id.acme.test","client_id":"bailiwick","client_secret":"a client secret"}`
	newTeam         = `organization: acme\nteams: {new: {}}\n`
)

// A row is a request to a route, and what it is answered to whom: Zoe, who has nothing; Bo, a viewer of dagster; the
// auditor; the owner. Changes are dry runs.
type row struct {
	path, body                 string
	zoe, viewer, auditor, owns int
}

// rows has a row for each route; TestEveryRouteHasARow compares.
var rows = map[string]row{
	"GET /api/v1/whoami":   {"/whoami", "", 200, 200, 200, 200},
	"POST /api/v1/check":   {"/check", question, 403, 200, 200, 200},
	"POST /api/v1/explain": {"/explain", question, 403, 200, 200, 200},
	"POST /api/v1/search":  {"/search", `{"permission":"runs.launch","resource":"dagster/prod"}`, 403, 200, 200, 200},
	"POST /api/v1/diff":    {"/diff", `{}`, 403, 403, 200, 200},
	"POST /api/v1/test":    {"/test", `{}`, 403, 403, 200, 200},
	"POST /api/v1/plan":    {"/plan", `{"file":"` + newTeam + `"}`, 403, 403, 200, 200},
	"POST /api/v1/apply":   {"/apply", `{"file":"` + newTeam + `","dry_run":true}`, 403, 403, 403, 200},
	"GET /api/v1/export":   {"/export", "", 403, 403, 200, 200},
	"POST /api/v1/changes": {"/changes", `{"dry_run":true,"commands":[{"do":"team.create","team":"new"}]}`, 403, 403, 403, 200},
	"GET /api/v1/users":    {"/users", "", 403, 200, 200, 200},
	"POST /api/v1/users":   {"/users?dry_run=true", `{"email":"new@acme.test"}`, 403, 403, 403, 200},

	"GET /api/v1/users/{user}":                       {"/users/ada@acme.test", "", 403, 200, 200, 200},
	"PATCH /api/v1/users/{user}":                     {"/users/ada@acme.test?dry_run=true", `{"name":"X"}`, 403, 403, 403, 200},
	"DELETE /api/v1/users/{user}":                    {"/users/bo@acme.test?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/users/{user}/deactivate":           {"/users/bo@acme.test/deactivate?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/users/{user}/reactivate":           {"/users/gone@acme.test/reactivate?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/users/{user}/erase":                {"/users/ada@acme.test/erase", "", 403, 403, 403, 409}, // who is still there is not erased
	"POST /api/v1/users/{user}/platforms/{platform}": {"/users/zoe@acme.test/platforms/dbt?dry_run=true", "", 403, 403, 403, 403},
	"DELETE /api/v1/users/{user}/platforms/{platform}": {
		"/users/dan@acme.test/platforms/dbt?dry_run=true", "", 403, 403, 403, 403},
	"PUT /api/v1/users/{user}/licenses/{platform}": {"/users/zoe@acme.test/licenses/dbt?dry_run=true", `{"license":"developer"}`, 403, 403, 403, 403},

	"GET /api/v1/teams":             {"/teams", "", 403, 200, 200, 200},
	"GET /api/v1/teams/{team}":      {"/teams/data", "", 403, 200, 200, 200},
	"GET /api/v1/grants":            {"/grants", "", 403, 200, 200, 200},
	"GET /api/v1/tokens":            {"/tokens?subject=user:ada@acme.test", "", 403, 403, 200, 200},
	"POST /api/v1/tokens":           {"/tokens?dry_run=true", `{"kind":"svc","subject":"service_user:ci"}`, 403, 403, 403, 200},
	"DELETE /api/v1/tokens/{token}": {"/tokens/TOKEN?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/tokens/{token}/rotate": {
		"/tokens/TOKEN/rotate?dry_run=true", `{"overlap":60}`, 403, 403, 403, 200},
	"GET /api/v1/service-users": {"/service-users", "", 403, 200, 200, 200},
	"GET /api/v1/agents":        {"/agents", "", 403, 200, 200, 200},
	"GET /api/v1/platforms":     {"/platforms", "", 403, 200, 200, 200},
	"GET /api/v1/platforms/{platform}": {
		"/platforms/dbt", "", 403, 404, 200, 200},
	"GET /api/v1/platforms/{platform}/roles":        {"/platforms/dagster/roles", "", 403, 200, 200, 200},
	"GET /api/v1/platforms/{platform}/roles/{role}": {"/platforms/dbt/roles/account_admin", "", 403, 404, 200, 200},
	"GET /api/v1/platforms/{platform}/resources":    {"/platforms/dagster/resources", "", 403, 200, 200, 200},
	"POST /api/v1/users/{user}/link":                {"/users/zoe@acme.test/link?dry_run=true", `{"purpose":"activation"}`, 403, 403, 403, 200},
	"DELETE /api/v1/links/{link}":                   {"/links/LINK?dry_run=true", "", 403, 403, 200, 200}, // the auditor's own
	"DELETE /api/v1/users/{user}/identities/{identity}": { // Zoe's own
		"/users/zoe@acme.test/identities/IDENTITY?dry_run=true", "", 200, 403, 403, 200},
	"GET /api/v1/sessions":                      {"/sessions?user=ada@acme.test", "", 403, 403, 200, 200},
	"DELETE /api/v1/sessions/{session}":         {"/sessions/SESSION?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/users/{user}/sessions/end":    {"/users/ada@acme.test/sessions/end?dry_run=true", "", 403, 403, 403, 200},
	"GET /api/v1/audit":                         {"/audit", "", 403, 403, 200, 200},
	"GET /api/v1/audit/export":                  {"/audit/export?format=csv", "", 403, 403, 200, 200},
	"GET /api/v1/webhooks":                      {"/webhooks", "", 403, 403, 200, 200},
	"POST /api/v1/webhooks":                     {"/webhooks?dry_run=true", `{"url":"https://hooks.acme.test","enabled":true}`, 403, 403, 403, 200},
	"PUT /api/v1/webhooks/{webhook}":            {"/webhooks/WEBHOOK?dry_run=true", `{"url":"https://hooks.acme.test","enabled":true}`, 403, 403, 403, 200},
	"DELETE /api/v1/webhooks/{webhook}":         {"/webhooks/WEBHOOK?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/webhooks/{webhook}/rotate":    {"/webhooks/WEBHOOK/rotate?dry_run=true", `{"overlap":60}`, 403, 403, 403, 200},
	"POST /api/v1/webhooks/{webhook}/test":      {"/webhooks/WEBHOOK/test", "", 403, 403, 403, 200},
	"GET /api/v1/webhooks/{webhook}/deliveries": {"/webhooks/WEBHOOK/deliveries", "", 403, 403, 200, 200},
	"GET /api/v1/providers":                     {"/providers", "", 403, 403, 200, 200},
	"POST /api/v1/providers":                    {"/providers?dry_run=true", anotherProvider, 403, 403, 403, 200},
	"PUT /api/v1/providers/{provider}":          {"/providers/PROVIDER?dry_run=true", sameProvider, 403, 403, 403, 200},
	"DELETE /api/v1/providers/{provider}":       {"/providers/PROVIDER?dry_run=true", "", 403, 403, 403, 200},
	"POST /api/v1/providers/{provider}/preview": {"/providers/PROVIDER/preview", `{"groups":["engineers"]}`, 403, 403, 403, 200},
	"POST /api/v1/gate/exchange": { // for gates alone
		"/gate/exchange", `{"code":"x","origin":"https://dagster.acme.test","state":"x"}`, 401, 401, 401, 401},
	"POST /api/v1/gate/session":  {"/gate/session", `{"secret":"x","origin":"https://dagster.acme.test"}`, 401, 401, 401, 401},
	"GET /api/v1/gate/feed":      {"/gate/feed", "", 401, 401, 401, 401},
	"POST /api/v1/gate/activity": {"/gate/activity", `{"batch":"abcdefghij0123456789","activity":[]}`, 401, 401, 401, 401},
	"POST /api/v1/gate/signout":  {"/gate/signout", `{"secret":"x","origin":"https://dagster.acme.test"}`, 401, 401, 401, 401},
	"POST /api/v1/gate/token":    {"/gate/token", `{"presented":"x"}`, 401, 401, 401, 401},
	"POST /api/v1/gate/name":     {"/gate/name", `{"deployment":"dagster/prod","email":"bo@acme.test"}`, 401, 401, 401, 401},
	"POST /api/v1/gate/discovered": {
		"/gate/discovered", `{"deployment":"dagster/prod","locations":["etl"]}`, 401, 401, 401, 401},
	"POST /api/v1/login": {"/login", `{"code":"x","verifier":"x"}`, 401, 401, 401, 401},
	"POST /api/v1/setup": {"/setup", `{"secret":"bwk_setup_x","organization":"more","name":"M","email":"m@more.test"}`, 409, 409, 409, 409},
}

func TestEveryRouteHasARow(t *testing.T) {
	known := map[string]bool{}
	for _, r := range empty(t).routes {
		if r.Operation == "none" {
			continue
		}
		known[r.Pattern] = true
		if _, has := rows[r.Pattern]; !has {
			t.Errorf("%s has no row that says who is answered", r.Pattern)
		}
		if r.Public != (r.Pattern == "POST /api/v1/setup" || r.Pattern == "POST /api/v1/login") {
			t.Errorf("%s: public is %v", r.Pattern, r.Public)
		}
	}
	for pattern := range rows {
		if !known[pattern] {
			t.Errorf("%s is a row and no route", pattern)
		}
	}
}

// callers are who asks in the table; each token is of acme.
func (w *world) callers() map[string]string {
	w.t.Helper()
	soon := w.Engine.Now().Add(time.Hour)
	w.Of("acme").As("olga", client.UserAdd{NewUser: client.NewUser{Email: "gone@acme.test"}})
	all := map[string]string{"none": "", "garbage": "bwk_user_" + strings.Repeat("x", 49)}
	for _, who := range []string{"zoe", "bo", "aud", "olga", "gone"} {
		all[who], _ = w.Of("acme").Token(who, client.NewToken{})
	}
	w.name()
	all["expired"], _ = w.Of("acme").Token("olga", client.NewToken{Expires: &soon})
	revoked, id := w.Of("acme").Token("olga", client.NewToken{})
	all["revoked"] = revoked
	w.Of("acme").As("olga", client.TokenRevoke{Token: id}, client.UserDeactivate{User: "gone@acme.test"})
	all["agent"] = w.issue("ada", "agent")
	w.Clock.Set(2 * time.Hour)
	return all
}

// name makes a thing of each kind that a row names by its id: a token of ci, Ada's session, Aud's link, Zoe's identity.
func (w *world) name() {
	w.t.Helper()
	made := w.Of("acme").As("olga", client.ProviderPut{Name: "Acme Identity", Issuer: "https://id.acme.test", ClientID: "bailiwick"}).Results[0].ID
	hook, err := w.Changes.PutWebhook(w.t.Context(), "acme", change.Actor{Subject: w.Of("acme").Subject("olga")}, change.How{},
		change.Webhook{URL: "https://127.0.0.1:1/", Secret: w.keep()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.things = map[string]string{"PROVIDER": made, "WEBHOOK": hook.Results[0].ID,
		"TOKEN":    w.Of("acme").As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}).Results[0].ID,
		"IDENTITY": w.Of("acme").As("olga", client.IdentityLink{User: "zoe@acme.test", Provider: made, Subject: "4711", Email: "zoe@id.acme.test"}).Results[0].ID,
		"LINK":     w.Of("acme").As("olga", client.LinkOpen{User: "aud@acme.test", Purpose: "activation"}).Results[0].ID,
		"SESSION":  w.Of("acme").SignIn("ada").Session.ID}
}

// path is a row's with the ids in their places.
func (w *world) path(r row) string {
	path := r.path
	for name, id := range w.things {
		path = strings.ReplaceAll(path, name, id)
	}
	return path
}

// issue makes a token of a new agent.
func (w *world) issue(by, kind string) string {
	w.t.Helper()
	made := w.Of("acme").As(by, client.AgentCreate{Description: "an agent"})
	return w.Of("acme").As(by, client.TokenIssue{NewToken: client.NewToken{Kind: kind, Subject: "agent:" + made.Results[0].ID}}).Results[0].Secret
}

func TestWhoIsAnsweredWhat(t *testing.T) {
	w := newWorld(t)
	tokens := w.callers()
	before := w.Of("acme").Now().Revision
	for pattern, row := range rows {
		method, _, _ := strings.Cut(pattern, " ")
		unknown, nobody := http.StatusUnauthorized, http.StatusUnauthorized
		if strings.HasSuffix(pattern, "/setup") { // it is nobody's, and over
			nobody = http.StatusConflict
		}
		for who, want := range map[string]int{"none": nobody, "garbage": nobody, "expired": nobody, "revoked": nobody, "gone": nobody, "agent": nobody,
			"zoe": row.zoe, "bo": row.viewer, "aud": row.auditor, "olga": row.owns} {
			answer := w.send(call{method: method, path: w.path(row), body: row.body, token: tokens[who]})
			if answer.status != want {
				t.Errorf("%s as %s: %d %s, want %d", pattern, who, answer.status, answer.body, want)
			}
			if got := answer.header.Get("WWW-Authenticate") != ""; got != (answer.status == unknown) {
				t.Errorf("%s as %s: a challenge with status %d", pattern, who, answer.status)
			}
			for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": ""} {
				if got := answer.header.Get(name); got != want {
					t.Errorf("%s as %s: %s is %q", pattern, who, name, got)
				}
			}
			if answer.header.Get("X-Request-Id") == "" {
				t.Errorf("%s as %s: no request id", pattern, who)
			}
		}
	}
	exports := int64(4) // each leaves a row
	if after := w.Of("acme").Now().Revision; after != before+exports {
		t.Errorf("revision %d after %d: reads and dry runs changed something", after, before)
	}
}

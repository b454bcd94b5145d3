package rest_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/journal"
)

// ids are the names and ids of one organization's things, by what takes them.
func (w *world) ids(organization string) map[string][]string {
	w.t.Helper()
	_, token := w.Of(organization).Token("bo", client.NewToken{})
	link := w.Of(organization).As("olga", client.LinkOpen{User: "bo@" + organization + ".test", Purpose: "activation"}).Results[0].ID
	provider := w.Of(organization).As("olga", client.ProviderPut{Name: rand.Text(), Issuer: "https://id.test", ClientID: rand.Text()}).Results[0].ID
	st := w.Of(organization).Now()
	bo, team := w.Of(organization).Subject("bo").ID, st.TeamByName("data").ID
	return map[string][]string{
		"user": {bo, "bo@" + organization + ".test"}, "team": {team}, "token": {token}, "link": {link},
		"session": {w.Of(organization).SignIn("bo").Session.ID}, "provider": {provider},
		"who": {"user:" + bo, "bo@" + organization + ".test", "service_user:" + st.ServiceUserByName("ci").ID},
		"to":  {"user:" + bo, "team:" + team, "user:bo@" + organization + ".test"},
	}
}

// nowhere are ids of the same form that nobody has.
func nowhere() map[string][]string {
	id := strings.Repeat("a", 26)
	return map[string][]string{
		"user": {"usr_" + id, "bo@othet.test"}, "team": {"team_" + id}, "token": {"tok_" + id}, "link": {"lnk_" + id}, "session": {"ses_" + id}, "provider": {"idp_" + id},
		"who": {"user:usr_" + id, "bo@othet.test", "service_user:svc_" + id},
		"to":  {"user:usr_" + id, "team:team_" + id, "user:bo@othet.test"},
	}
}

// named are the requests in which somebody names a thing: each route with a place for one in its path, and what takes one
// in its query or its body.
func (w *world) named() (all []call, kinds []string) {
	for _, r := range w.routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.TrimPrefix(path, "/api/v1")
		kind := ""
		for _, name := range []string{"user", "team", "token", "link", "session", "provider"} {
			if strings.Contains(path, "{"+name+"}") {
				kind = name
			}
		}
		if kind == "" {
			continue
		}
		path = strings.NewReplacer("{"+kind+"}", "ID", "{platform}", "dagster", "{identity}", "idn_x").Replace(path)
		body := map[string]string{"PATCH": `{"name":"X"}`, "PUT": `{"license":"developer"}`}[method]
		switch {
		case strings.HasSuffix(path, "/link"):
			body = `{"purpose":"activation"}`
		case strings.HasSuffix(path, "/rotate"), strings.HasSuffix(path, "/preview"):
			body = `{}`
		case kind == "provider" && method == "PUT":
			body = anotherProvider
		}
		all, kinds = append(all, call{method: method, path: path, body: body}), append(kinds, kind)
	}
	add := func(kind, method, path, body string) {
		all, kinds = append(all, call{method: method, path: path, body: body}), append(kinds, kind)
	}
	add("team", "GET", "/users?team=ID", "")
	add("to", "GET", "/grants?to=ID", "")
	add("to", "GET", "/tokens?subject=ID", "")
	add("user", "GET", "/sessions?user=ID", "")
	add("who", "POST", "/check", `{"who":"ID","permission":"runs.launch","resource":"dagster/prod"}`)
	add("who", "POST", "/explain", `{"who":"ID","permission":"runs.launch","resource":"dagster/prod"}`)
	add("who", "POST", "/search", `{"who":"ID"}`)
	add("who", "POST", "/search", `{"who":"ID","resource":"dagster/prod"}`)
	add("to", "POST", "/tokens", `{"kind":"svc","subject":"ID"}`)
	for _, c := range []string{
		`{"do":"user.remove","user":"ID"}`, `{"do":"user.deactivate","user":"ID"}`, `{"do":"member.add","user":"ID","platform":"dagster"}`,
		`{"do":"team.join","team":"data","members":["ID"]}`, `{"do":"team.leave","team":"data","members":["ID"]}`,
	} {
		add("user", "POST", "/changes", `{"commands":[`+c+`]}`)
	}
	add("team", "POST", "/changes", `{"commands":[{"do":"team.delete","team":"ID"}]}`)
	add("token", "POST", "/changes", `{"commands":[{"do":"token.revoke","token":"ID"}]}`)
	add("to", "POST", "/changes", `{"commands":[{"do":"grant.add","to":"ID","role":"viewer","on":"dagster"}]}`)
	return all, kinds
}

// TestAttack101ForeignIDs names everything of one organization to another one's owner, viewer and nobody, by every route
// that takes a name. The answer is the one to an id that nobody has, to the letter, and nothing changes anywhere. A token
// names its organization, and no header or parameter does.
func TestAttack101ForeignIDs(t *testing.T) {
	w := newWorld(t)
	foreign, unknown := w.ids("other"), nowhere()
	calls, kinds := w.named()
	if len(calls) < 20 {
		t.Fatalf("only %d requests name something", len(calls))
	}
	tokens := map[string]string{"olga": w.secret("olga"), "ada": w.secret("ada"), "bo": w.secret("bo"), "zoe": w.secret("zoe")}
	acme, other := w.Of("acme").Now().Revision, w.Of("other").Now().Revision
	for who, token := range tokens {
		for i, c := range calls {
			for n := range foreign[kinds[i]] {
				if adds := strings.Contains(c.path+c.body, "/platforms/") && c.method == "POST" || strings.Contains(c.body, "member.add"); adds && n > 0 {
					continue // an address makes the record here, whoever else has one
				}
				theirs, nobodys := foreign[kinds[i]][n], unknown[kinds[i]][n]
				c.token, c.header = token, map[string]string{"X-Organization": "other", "Host": "other"}
				a := w.send(with(c, theirs))
				b := w.send(with(c, nobodys))
				if a.status != b.status || same(a.body, theirs) != same(b.body, nobodys) {
					t.Errorf("%s as %s: %s is answered %d %s, and %s %d %s", c.method+" "+c.path, who, theirs, a.status, a.body, nobodys, b.status, b.body)
				}
				if answers := strings.HasPrefix(c.path, "/check") || strings.HasPrefix(c.path, "/explain"); !answers && a.status != 404 && a.status != 403 && a.status != 400 {
					t.Errorf("%s %s as %s: %d %s", c.method, c.path, who, a.status, a.body)
				} else if answers && a.status == 200 && !strings.Contains(a.body, `"code":"unknown_subject"`) {
					t.Errorf("%s %s as %s: %s", c.method, c.path, who, a.body)
				}
			}
		}
	}
	if w.Of("acme").Now().Revision != acme || w.Of("other").Now().Revision != other {
		t.Error("something was changed")
	}
	// The same requests about one's own do find them, so the test names real things.
	own, found := w.ids("acme"), 0
	for i, c := range calls {
		c.token = tokens["olga"]
		if c.method == "GET" || c.path == "/search" {
			if a := w.send(with(c, own[kinds[i]][0])); a.status == 200 {
				found++
			}
		}
	}
	if found != 8 {
		t.Errorf("%d of the requests for one's own found something, want 8", found)
	}
}

func with(c call, id string) call {
	c.path, c.body = strings.ReplaceAll(c.path, "ID", id), strings.ReplaceAll(c.body, "ID", id)
	return c
}

// same leaves out of an answer what may differ: the id that was asked with, and moments.
func same(body, id string) string {
	var answer map[string]any
	if json.Unmarshal([]byte(body), &answer) == nil {
		delete(answer, "at")
		text, _ := json.Marshal(answer)
		body = string(text)
	}
	_, bare, kinded := strings.Cut(id, ":")
	body = strings.ReplaceAll(body, id, "ID")
	if kinded {
		body = strings.ReplaceAll(body, bare, "BARE")
	}
	return body
}

// TestAttack105MassAssignment sends keys that nobody has to set, to every route that takes a body.
func TestAttack105MassAssignment(t *testing.T) {
	w := newWorld(t)
	owner, gate := w.secret("olga"), w.gate("acme")
	before := w.Of("acme").Now().Revision
	tried := 0
	for pattern, row := range rows {
		if row.body == "" {
			continue
		}
		method, _, _ := strings.Cut(pattern, " ")
		for _, key := range []string{`"isAdmin":true`, `"organization":"other"`, `"orgId":1`, `"id":"usr_x"`, `"number":1`, `"source":"rule"`, `"actor":"rule:setup_link"`, `"token":"tok_x"`,
			`"subject_id":"x"`, `"Via":"x"`} {
			if key == `"organization":"other"` && strings.HasSuffix(pattern, "/setup") {
				continue // there it is what names the new one
			}
			body := strings.Replace(row.body, "{", "{"+key+",", 1)
			body = strings.Replace(body, ",}", "}", 1)
			token := owner
			if strings.Contains(pattern, "/gate/") {
				token = gate
			}
			answer := w.send(call{method: method, path: strings.Replace(row.path, "TOKEN", "tok_x", 1), body: body, token: token})
			if answer.status != http.StatusBadRequest || !strings.Contains(answer.body, "unknown field") {
				t.Errorf("%s with %s: %d %s", pattern, key, answer.status, answer.body)
			}
			tried++
		}
	}
	for _, command := range []string{
		`{"do":"user.add","email":"x@acme.test","id":"usr_x"}`, `{"do":"token.issue","kind":"user","hash":"x"}`, `{"do":"grant.add","to":"user:zoe@acme.test","role":"owner","on":"org","by":"rule:creator"}`,
		`{"do":"team.create","team":"x","number":7}`, `{"do":"organization.create","name":"x"}`, `{"do":"exported","what":"x"}`,
	} {
		if answer := w.send(call{method: "POST", path: "/changes", body: `{"commands":[` + command + `]}`, token: owner}); answer.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", command, answer.status, answer.body)
		}
	}
	for _, query := range []string{"dry_run=true&actor=x", "as=user:zoe@acme.test", "organization=other"} {
		if answer := w.send(call{method: "POST", path: "/users?" + query, body: `{"email":"x@acme.test"}`, token: owner}); answer.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, answer.status, answer.body)
		}
	}
	if tried < 100 || w.Of("acme").Now().Revision != before {
		t.Errorf("%d tried, revision %d after %d", tried, w.Of("acme").Now().Revision, before)
	}
}

// TestAttack109ForgedCursors takes cursors apart, and to other questions, subjects, organizations and servers.
func TestAttack109ForgedCursors(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	page := client.Page{Limit: 1}
	first, err := w.user("olga").Users(ctx, client.UserQuery{Page: page})
	if err != nil || first.Next == "" {
		t.Fatalf("%+v %v", first, err)
	}
	if strings.Contains(first.Next, "ada") {
		t.Error("a cursor shows what it holds")
	}
	page.After = first.Next
	if next, err := w.user("olga").Users(ctx, client.UserQuery{Page: page}); err != nil || next.Users[0].Email != "aud@acme.test" {
		t.Fatalf("%+v %v", next, err)
	}
	refused := func(what string, c *client.Client, q client.UserQuery) {
		t.Helper()
		_, err := c.Users(ctx, q)
		if e := fails(t, what, err, client.Invalid); e.Field != "after" || e.Rule != "cursor" {
			t.Errorf("%s: %+v", what, e)
		}
	}
	refused("another subject", w.user("aud"), client.UserQuery{Page: page})
	refused("another order", w.user("olga"), client.UserQuery{Sort: "email", Page: page})
	refused("another question", w.user("olga"), client.UserQuery{Query: "a", Page: page})
	refused("another moment", w.user("olga"), client.UserQuery{Page: page, Reading: client.Reading{At: client.When{Revision: 20}}})
	others, _ := w.Of("other").Token("olga", client.NewToken{})
	refused("another organization", w.as(others), client.UserQuery{Page: page})
	refused("another server", newWorld(t).user("olga"), client.UserQuery{Page: page})
	_, err = w.user("olga").Teams(ctx, client.TeamQuery{Page: page})
	fails(t, "another list", err, client.Invalid)
	olga := w.user("olga")
	for i := range len(page.After) {
		forged := []byte(page.After)
		forged[i] = map[bool]byte{true: 'B', false: 'A'}[forged[i] == 'A']
		if string(forged) == page.After || i == len(forged)-1 { // the last letter has bits that say nothing
			continue
		}
		refused(fmt.Sprint("letter ", i), olga, client.UserQuery{Page: client.Page{After: string(forged)}})
	}
	for _, text := range []string{"x", "AAAA", strings.Repeat("A", 200), "!", page.After + "A", page.After[1:], "1", "YWRhAGFkYUBhY21lLnRlc3Q"} {
		refused(text, olga, client.UserQuery{Page: client.Page{After: text}})
	}
}

// TestAttack118RefusalsAndExportsAreKept refuses, exports and reads tokens, and looks for the lines.
func TestAttack118RefusalsAndExportsAreKept(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	bo, aud, owner := w.user("bo"), w.user("aud"), w.user("olga")
	for range 3 {
		_, err := bo.Export(ctx, client.Reading{})
		fails(t, "an export", err, client.Forbidden)
	}
	_, err := w.user("zoe").User(ctx, "ada@acme.test", client.Reading{})
	fails(t, "a user", err, client.Forbidden)
	_, err = bo.RemoveUser(ctx, "ada@acme.test", client.Changing{})
	fails(t, "a change", err, client.Forbidden)
	if _, err := owner.Tokens(ctx, client.TokenQuery{}); err != nil {
		t.Fatal(err)
	}
	if _, err := aud.Diff(ctx, client.DiffRequest{}); err != nil {
		t.Fatal(err)
	}
	before := w.Of("acme").Now().Revision
	if _, err := aud.Export(ctx, client.Reading{}); err != nil {
		t.Fatal(err)
	}
	_, err = w.as("bwk_user_" + strings.Repeat("x", 49)).Whoami(ctx)
	fails(t, "an unknown token", err, client.Unauthenticated)
	lines := w.activity("acme")
	for _, want := range []string{"user:bo@acme.test export refused api", "user:zoe@acme.test users.get refused api", "user:bo@acme.test user.remove refused api",
		"user:olga@acme.test tokens.list allowed api", "user:aud@acme.test diff allowed api"} {
		if n := count(lines, want); n != 1 {
			t.Errorf("%d lines %q in %q", n, want, lines)
		}
	}
	if w.History.AnonymousRefusals() != 1 {
		t.Errorf("%d anonymous refusals", w.History.AnonymousRefusals())
	}
	var rows []string
	err = w.Journal.Read(ctx, "acme", before, 0, func(r *journal.Record) error {
		rows = append(rows, r.Type+" "+w.Of("acme").Now().Readable(r.Actor)+" "+string(r.Facts))
		return nil
	})
	if err != nil || len(rows) != 1 || !strings.HasPrefix(rows[0], `exported user:aud@acme.test {"what":"access_file","rows":`) {
		t.Errorf("%q %v", rows, err)
	}
}

func count(lines []string, want string) (n int) {
	for _, line := range lines {
		if line == want {
			n++
		}
	}
	return n
}

// TestAttack122SecretsAreNotRepeated puts a token wherever a text can stand, and looks for it in answers, logs, activity
// and comparisons. A secret is in one answer: that to whoever made it.
func TestAttack122SecretsAreNotRepeated(t *testing.T) {
	w := newWorld(t)
	owner := w.secret("olga")
	leaked := w.secret("ada")
	seen := func(where, text string) {
		t.Helper()
		if strings.Contains(text, leaked) || strings.Contains(text, leaked[10:40]) || strings.Contains(text, owner) {
			t.Errorf("%s repeats a secret: %s", where, text)
		}
	}
	for _, who := range []string{owner, w.secret("bo"), w.secret("zoe")} {
		for _, c := range append(leaking(),
			call{method: "GET", path: "/users/" + leaked}, call{method: "GET", path: "/teams/" + leaked}, call{method: "DELETE", path: "/tokens/" + leaked},
			call{method: "GET", path: "/grants?to=user:" + leaked}, call{method: "GET", path: "/users?after=" + leaked}, call{method: "GET", path: "/users?" + leaked + "=1"},
			call{method: "GET", path: "/users?at=" + leaked}, call{method: "POST", path: "/users/" + leaked + "/deactivate"}, call{method: "GET", path: "/" + leaked}) {
			c.body, c.token = strings.ReplaceAll(c.body, "SECRET", leaked), who
			answer := w.send(c)
			seen(c.method+" "+strings.ReplaceAll(c.path, leaked, "SECRET")+" "+strings.ReplaceAll(c.body, leaked, "SECRET"), answer.body)
			for name, values := range answer.header {
				seen(name, strings.Join(values, " "))
			}
		}
	}
	// A name with a secret in it is not stored, however it is written.
	for _, body := range []string{`{"do":"team.create","team":"x ` + leaked + `"}`, `{"do":"team.create","team":"\u0062wk` + leaked[3:] + `"}`} {
		answer := w.send(call{method: "POST", path: "/changes", token: owner, body: `{"commands":[` + body + `]}`})
		if answer.status != http.StatusBadRequest || !strings.Contains(answer.body, `"rule":"credential"`) {
			t.Errorf("%d %s", answer.status, answer.body)
		}
	}
	made := w.send(call{method: "POST", path: "/changes", token: owner, body: `{"commands":[{"do":"token.issue","kind":"user"}]}`})
	var change client.Change
	if err := json.Unmarshal([]byte(made.body), &change); err != nil || change.Results[0].Secret == "" {
		t.Fatalf("%s %v", made.body, err)
	}
	leaked = change.Results[0].Secret
	for _, path := range []string{"/tokens", "/whoami", "/export"} {
		seen(path, w.send(call{method: "GET", path: path, token: owner}).body)
	}
	seen("diff", w.send(call{method: "POST", path: "/diff", body: `{"from":"1"}`, token: owner}).body)
	if strings.Contains(w.send(call{method: "GET", path: "/tokens", token: owner}).body, "hash") {
		t.Error("hashes of tokens are listed")
	}
	seen("the log", w.log.String())
	seen("activity", strings.Join(w.activity("acme"), "\n"))
	rows, err := w.Journal.ReadActivity(t.Context(), "acme", journal.ActivityQuery{Limit: 10_000})
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		seen("activity", r.Resource+r.Reason+r.Subject+r.Operation)
	}
}

// leaking are requests with a token in a place for a name.
func leaking() []call {
	var all []call
	for path, bodies := range map[string][]string{
		"/check":   {`{"who":"SECRET","permission":"runs.launch","resource":"dagster/prod"}`, `{"who":"ada@acme.test","permission":"SECRET","resource":"dagster/prod"}`, `{"who":"zoe@acme.test","permission":"x","resource":"SECRET"}`},
		"/search":  {`{"who":"SECRET"}`, `{"permission":"SECRET","resource":"dagster"}`},
		"/users":   {`{"email":"SECRET"}`, `{"SECRET":"x"}`, `{"email":"x@acme.test","on":["SECRET"]}`},
		"/tokens":  {`{"kind":"SECRET"}`, `{"kind":"svc","subject":"service_user:SECRET"}`},
		"/changes": {`{"commands":[{"do":"SECRET"}]}`, `{"commands":[{"do":"grant.add","to":"user:SECRET","role":"x","on":"dagster"}]}`, `{"commands":[],"change_id":"SECRET!"}`},
		"/plan":    {`{"file":"organization: acme\nSECRET: x\n"}`, `{"file":"organization: SECRET\n"}`, `{"file":"SECRET","file_name":"SECRET"}`},
		"/apply":   {`{"file":"organization: acme\nteams: {x: {members: [SECRET]}}\n"}`},
		"/setup":   {`{"secret":"SECRET","organization":"SECRET","name":"x","email":"x@x.test"}`},
		"/diff":    {`{"from":"SECRET"}`},
	} {
		for _, body := range bodies {
			all = append(all, call{method: "POST", path: path, body: body})
		}
	}
	slices.SortFunc(all, func(a, b call) int { return strings.Compare(a.path+a.body, b.path+b.body) })
	return all
}

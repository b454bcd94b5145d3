package rest_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// gateOf makes a gate's token with a role and what it is narrowed to.
func (w *world) gateOf(name, role string, with client.NewToken) (secret, id string) {
	w.t.Helper()
	w.Of("acme").As("olga", client.ServiceUserCreate{ServiceUser: name})
	if role != "" {
		w.Of("acme").As("olga", orgtest.Grant("service_user:"+name, role, "org"))
	}
	with.Kind, with.Subject = "gate", "service_user:"+name
	made := w.Of("acme").As("olga", client.TokenIssue{NewToken: with}).Results[0]
	return made.Secret, made.ID
}

// lines follows a feed until there are so many lines, or it ends.
func (w *world) lines(token string, most int, each func(n int, line string)) (status int, all string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+"/api/v1/gate/feed", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	scan := bufio.NewScanner(answer.Body)
	scan.Buffer(nil, 1<<24)
	for n := 1; n <= most && scan.Scan(); n++ {
		all += scan.Text() + "\n"
		if each != nil {
			each(n, scan.Text())
		}
	}
	return answer.StatusCode, all
}

// TestAStolenGateTokenRevealsNothingElse takes a gate's token to every address there is. It is good for the gate's own routes only;
// what those tell is of one platform and names nobody, and what they take is about one deployment.
func TestAStolenGateTokenRevealsNothingElse(t *testing.T) {
	d := newDoors(t)
	d.Of("acme").As("ada", client.ResourceCreate{Resource: "dagster/staging"})
	stolen, _ := d.gateOf("gate-of-prod", "gate", client.NewToken{Scopes: []string{"dagster/prod"}})
	ada, _ := d.Of("acme").Token("ada", client.NewToken{Description: "on the road"})
	dan, _ := d.Of("acme").Token("dan", client.NewToken{})
	others, _ := d.Of("other").Token("ada", client.NewToken{})
	d.name()
	d.feedNamesNobody(stolen)
	revision := d.Of("acme").Now().Revision
	for pattern := range rows {
		gates := strings.Contains(pattern, " /api/v1/gate/")
		if gates || strings.HasSuffix(pattern, "/setup") || strings.HasSuffix(pattern, "/login") {
			continue
		}
		if a := d.asRow(pattern, stolen, nil); a.status != http.StatusUnauthorized || strings.Contains(a.body, "@") {
			t.Errorf("%s: %d %s", pattern, a.status, a.body)
		}
	}
	for path, body := range wires("user:bo@acme.test") {
		if a := d.authzen(stolen, path, body); a.status != http.StatusUnauthorized {
			t.Errorf("AuthZEN %s: %d %s", path, a.status, a.body)
		}
	}
	post := func(path, body string) response {
		return d.send(call{method: "POST", path: "/gate/" + path, body: body, token: stolen})
	}
	for what, c := range map[string]struct {
		path, body string
		status     int
	}{
		"a token that it does not have":           {"token", `{"presented":"bwk_user_` + strings.Repeat("x", 49) + `"}`, 404},
		"a token of another platform's":           {"token", `{"presented":"` + dan + `"}`, 404},
		"a token of another organization's":       {"token", `{"presented":"` + others + `"}`, 404},
		"its own token":                           {"token", `{"presented":"` + stolen + `"}`, 404},
		"an address of a member":                  {"name", `{"deployment":"dagster/prod","email":"ada@acme.test"}`, 403},
		"an address of nobody":                    {"name", `{"deployment":"dagster/prod","email":"no@acme.test"}`, 403},
		"an address at another deployment's gate": {"name", `{"deployment":"dagster/staging","email":"ada@acme.test"}`, 403},
		"another deployment":                      {"discovered", `{"deployment":"dagster/staging","locations":["mine"]}`, 403},
		"the platform":                            {"discovered", `{"deployment":"dagster","locations":["mine"]}`, 403},
		"another platform":                        {"discovered", `{"deployment":"dbt/core","locations":["mine"]}`, 403},
		"a session that it does not have":         {"session", `{"secret":"bwk_session_` + strings.Repeat("x", 49) + `","origin":"https://dagster.acme.test"}`, 401},
		"the end of one":                          {"signout", `{"secret":"bwk_session_` + strings.Repeat("x", 49) + `","origin":"https://dagster.acme.test"}`, 401},
	} {
		a := post(c.path, c.body)
		if a.status != c.status || strings.Contains(a.body, "@acme.test") || strings.Contains(a.body, "usr_") {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	if a := post("token", `{"presented":"`+ada+`"}`); a.status != 200 || !strings.Contains(a.body, d.Of("acme").Subject("ada").String()) {
		t.Errorf("a token that somebody brought: %d %s", a.status, a.body)
	}
	if now := d.Of("acme").Now().Revision; now != revision {
		t.Errorf("the stolen token changed something: revision %d after %d", now, revision)
	}
}

// feedNamesNobody reads a feed while things happen, and looks for whatever is not the gate's to know.
func (d *doors) feedNamesNobody(token string) {
	d.t.Helper()
	renamed := "Bo Newname"
	status, all := d.lines(token, 7, func(n int, _ string) {
		if n == 2 { // all facts are told
			d.Of("acme").As("olga", client.UserProfile{User: "bo@acme.test", Profile: client.Profile{Name: &renamed}}, client.UserAdd{NewUser: client.NewUser{Email: "late@acme.test", Name: "Late"}})
			d.Of("acme").As("ada", orgtest.Grant("user:late@acme.test", "editor", "dagster/prod"))
			d.Of("acme").As("dan", client.UserAdd{NewUser: client.NewUser{Email: "elsewhere@acme.test", On: []string{"dbt"}}})
		}
	})
	if status != http.StatusOK || !strings.Contains(all, d.Of("acme").Subject("ada").ID) || !strings.Contains(all, d.Of("acme").Subject("late").ID) {
		d.t.Errorf("the feed: %d %s", status, all)
	}
	for _, text := range []string{"@", "Ada", "Bo", "Newname", "Late", "Olga", "acme", "data", "admins-of-dbt", "gate-of-prod", "on the road", "dbt", "4711", "192.0.2.", "https",
		d.Of("acme").Subject("zoe").ID, d.Of("acme").Subject("dan").ID, d.Of("acme").Subject("elsewhere").ID, d.Of("other").Subject("ada").ID} {
		if i := strings.Index(all, text); i >= 0 {
			d.t.Errorf("the feed tells %q: …%s…", text, all[max(0, i-60):min(len(all), i+60)])
		}
	}
}

// TestWhoReadsAFeed has tokens of gates that lack something: the role, one platform to be narrowed to, the permission.
func TestWhoReadsAFeed(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		what, role string
		with       client.NewToken
		status     int
	}{
		{"whole", "gate", client.NewToken{}, 403},
		{"of two platforms", "gate", client.NewToken{Scopes: []string{"dagster/prod", "dbt"}}, 403},
		{"without the role", "", client.NewToken{Scopes: []string{"dagster"}}, 403},
		{"with another role", "auditor", client.NewToken{Scopes: []string{"dagster"}}, 403},
		{"narrowed to another permission", "gate", client.NewToken{Scopes: []string{"dagster"}, Permissions: []string{"org.activity.write"}}, 403},
		{"of a platform", "gate", client.NewToken{Scopes: []string{"dagster"}}, 200},
		{"narrowed to reading", "gate", client.NewToken{Scopes: []string{"dagster/prod"}, Permissions: []string{"org.feed.read"}}, 200},
	} {
		token, _ := w.gateOf(fmt.Sprintf("gate-%d", i), c.role, c.with)
		if status, text := w.lines(token, 2, nil); status != c.status || status == 200 && !strings.Contains(text, `"kind":"full"`) {
			t.Errorf("a token %s: %d %.200s", c.what, status, text)
		}
	}
}

// TestAFeedEndsWithItsGate ends what lets a gate follow while it does: the token, the role, the platform.
func TestAFeedEndsWithItsGate(t *testing.T) {
	for what, end := range map[string]func(*world, string) client.Command{
		"its token": func(_ *world, id string) client.Command { return client.TokenRevoke{Token: id} },
		"its role": func(*world, string) client.Command {
			return client.GrantRemove{Grant: orgtest.Grant("service_user:gate", "gate", "org").Grant}
		},
		"its account":  func(*world, string) client.Command { return client.ServiceUserDelete{ServiceUser: "gate"} },
		"its platform": func(*world, string) client.Command { return client.PlatformDetach{Platform: "dagster"} },
	} {
		w := newWorld(t)
		token, id := w.gateOf("gate", "gate", client.NewToken{Scopes: []string{"dagster/prod"}})
		var ended time.Time
		after := 0
		_, all := w.lines(token, 1000, func(n int, _ string) {
			if n == 3 {
				w.Of("acme").As("olga", end(w, id))
				ended = time.Now()
			} else if n > 3 {
				after++
			}
		})
		if took := time.Since(ended); ended.IsZero() || after > 1 || took > 2*time.Second {
			t.Errorf("%s ended: %d lines more in %s\n%.300s", what, after, took, all)
		}
	}
}

// TestAFeedGoesOnWhereItWasLeft follows again from a revision that was told: nothing is told twice.
func TestAFeedGoesOnWhereItWasLeft(t *testing.T) {
	w := newWorld(t)
	token, _ := w.gateOf("gate", "gate", client.NewToken{Scopes: []string{"dagster/prod"}})
	c := w.as(token)
	var known client.FeedQuery
	read := func(query client.FeedQuery, lines int) (last client.GateFeed) {
		t.Helper()
		enough := fmt.Errorf("enough")
		n := 0
		err := c.GateFeed(t.Context(), query, func(line *client.GateFeed) error {
			last = *line
			if n++; n == lines {
				return enough
			}
			return nil
		})
		if err != enough { //nolint:errorlint // the very one
			t.Fatal(err)
		}
		return last
	}
	first := read(known, 2)
	known = client.FeedQuery{Revision: first.Revision, Epoch: first.Epoch}
	w.Of("acme").As("ada", orgtest.Grant("user:bo@acme.test", "editor", "dagster/prod"))
	if next := read(known, 2); next.Kind != client.FeedChange || len(next.Users) != 1 || next.Resources != nil || next.Platform != nil {
		t.Errorf("after one grant: %+v", next)
	}
	for what, query := range map[string]client.FeedQuery{"another epoch": {Revision: known.Revision, Epoch: 9}, "a revision that was not told": {Revision: known.Revision - 1, Epoch: known.Epoch}} {
		if line := read(query, 2); line.Kind != client.FeedFull {
			t.Errorf("%s: %s", what, line.Kind)
		}
	}
	if beat := read(known, 3); beat.Kind != client.FeedBeat || beat.Elapsed < 400_000 || beat.Behind < 0 || beat.Revision != w.Of("acme").Now().Revision {
		t.Errorf("a beat: %+v", beat)
	}
}

// TestWhatAGateMayTell sends activity that a stolen token might send: it is not kept, and that it came is.
func TestWhatAGateMayTell(t *testing.T) {
	w := newWorld(t)
	token, _ := w.gateOf("gate", "gate", client.NewToken{Scopes: []string{"dagster/prod"}})
	c := w.as(token)
	bo := w.Of("acme").Subject("bo").String()
	good := client.GateActivity{At: time.Now(), Subject: bo, Operation: "dagster.launchRun", Resource: "dagster/prod/etl", Result: "allowed", Reason: "runs.launch"}
	wrong := map[string]func(*client.GateActivity){
		"another deployment":  func(a *client.GateActivity) { a.Resource = "dagster/staging" },
		"the platform":        func(a *client.GateActivity) { a.Resource = "dagster" },
		"another platform":    func(a *client.GateActivity) { a.Resource = "dbt/core" },
		"a path in disguise":  func(a *client.GateActivity) { a.Resource = "dagster/prod/../staging" },
		"somebody unknown":    func(a *client.GateActivity) { a.Subject = "user:usr_nobody" },
		"somebody by address": func(a *client.GateActivity) { a.Subject = "user:bo@acme.test" },
		"a rule":              func(a *client.GateActivity) { a.Subject = "rule:setup_link" },
		"the server's own":    func(a *client.GateActivity) { a.Operation = "user.add" },
		"another result":      func(a *client.GateActivity) { a.Result = "done" },
		"the future":          func(a *client.GateActivity) { a.At = a.At.Add(time.Hour) },
		"long ago":            func(a *client.GateActivity) { a.At = a.At.Add(-48 * time.Hour) },
		"facts to come":       func(a *client.GateActivity) { a.Revision = 1 << 40 },
		"too often":           func(a *client.GateActivity) { a.Count = 1 << 40 },
		"less than nothing":   func(a *client.GateActivity) { a.Took = -1 },
	}
	batch := client.GateBatch{Batch: strings.Repeat("a", 16), Activity: []client.GateActivity{good}}
	for _, spoil := range wrong {
		bad := good
		spoil(&bad)
		batch.Activity = append(batch.Activity, bad)
	}
	kept, err := c.SendGateActivity(t.Context(), batch)
	if err != nil || kept.Kept != 1 || kept.Refused != len(wrong) || kept.Again {
		t.Errorf("%+v, %v", kept, err)
	}
	if again, err := c.SendGateActivity(t.Context(), batch); err != nil || !again.Again {
		t.Errorf("the same batch again: %+v, %v", again, err)
	}
	var gates []string
	for _, line := range w.activity("acme") {
		if strings.HasSuffix(line, " gate") {
			gates = append(gates, line)
		}
	}
	if text := strings.Join(gates, "\n"); text != "user:bo@acme.test dagster.launchRun allowed gate\nservice_user:gate gate.activity refused gate" &&
		text != "service_user:gate gate.activity refused gate\nuser:bo@acme.test dagster.launchRun allowed gate" {
		t.Errorf("kept:\n%s", text)
	}
	// Another gate's batch of the same id is another one.
	other, _ := w.gateOf("gate-2", "gate", client.NewToken{Scopes: []string{"dagster/prod"}})
	if kept, err := w.as(other).SendGateActivity(t.Context(), batch); err != nil || kept.Again {
		t.Errorf("%+v, %v", kept, err)
	}
	for name, b := range map[string]client.GateBatch{"no id": {Activity: []client.GateActivity{good}}, "too much": {Batch: strings.Repeat("b", 16), Activity: make([]client.GateActivity, client.MaxGateBatch+1)},
		"fewer than none": {Batch: strings.Repeat("c", 16), Dropped: -1}} {
		if _, err := c.SendGateActivity(t.Context(), b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	reader, _ := w.gateOf("gate-3", "gate", client.NewToken{Scopes: []string{"dagster/prod"}, Permissions: []string{"org.feed.read"}})
	if _, err := w.as(reader).SendGateActivity(t.Context(), batch); err == nil {
		t.Error("a token that only reads wrote")
	}
}

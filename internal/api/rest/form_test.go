package rest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
)

func TestWhatIsNoRequestOfOursIsRefused(t *testing.T) {
	w := newWorld(t)
	owner := w.secret("olga")
	before := w.Of("acme").Now().Revision
	const good = `{"do":"team.create","team":"new"}`
	whole := `{"commands":[` + good + `]}`
	json := map[string]string{"Content-Type": "application/json"}
	for name, c := range map[string]call{
		"text/plain":          {body: whole, header: map[string]string{"Content-Type": "text/plain"}},
		"a form":              {body: whole, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
		"two types":           {body: whole, header: map[string]string{"Content-Type": "text/plain;application/json"}},
		"another charset":     {body: whole, header: map[string]string{"Content-Type": "application/json; charset=utf-7"}},
		"packed":              {body: whole, header: map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}},
		"nothing":             {body: " ", header: json},
		"no object":           {body: `[` + whole + `]`, header: json},
		"two objects":         {body: whole + whole, header: json},
		"something after":     {body: whole + `x`, header: json},
		"half":                {body: whole[:len(whole)-1], header: json},
		"a key twice":         {body: `{"commands":[],"commands":[` + good + `]}`, header: json},
		"a key in two cases":  {body: `{"dry_run":true,"commands":[` + good + `],"Dry_Run":false}`, header: json},
		"a key twice, deeper": {body: `{"commands":[{"do":"team.create","team":"a","team":"b"}]}`, header: json},
		"no UTF-8":            {body: "{\"commands\":[{\"do\":\"team.create\",\"team\":\"a\xff\"}]}", header: json},
		"too deep":            {body: `{"commands":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, header: json},
		"too long":            {body: `{"commands":[` + good + strings.Repeat(" ", 9<<20) + `]}`, header: json},
		"no commands":         {body: `{}`, header: json},
		"a type":              {body: `{"commands":{}}`, header: json},
		"a parameter":         {path: "/changes?dry_run=true", body: whole, header: json},
		"a number":            {body: `{"expected_revision":-1,"commands":[` + good + `]}`, header: json},
	} {
		c.method, c.token = http.MethodPost, owner
		if c.path == "" {
			c.path = "/changes"
		}
		answer := w.send(c)
		if answer.status != http.StatusBadRequest || !strings.Contains(answer.body, `"kind":"invalid"`) || answer.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", name, answer.status, answer.body)
		}
	}
	for _, path := range []string{"/users?limit=x", "/users?limit=-1", "/users?limit=1&limit=2", "/users?x=1", "/users?active=yes", "/users?at=yesterday", "/users?epoch=-1",
		"/users?query=%ff", "/users?query=%00", "/users?%zz", "/grants?on=//", "/tokens?kind=x", "/whoami?x=1"} {
		if answer := w.send(call{method: "GET", path: path, token: owner}); answer.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, answer.status, answer.body)
		}
	}
	for _, c := range []call{{method: "GET", path: "/whoami"}, {method: "DELETE", path: "/users/bo@acme.test"}, {method: "POST", path: "/users/bo@acme.test/deactivate"}} {
		c.body, c.token = `{"dry_run":true}`, owner
		if answer := w.send(c); answer.status != http.StatusBadRequest {
			t.Errorf("%s %s with a body: %d %s", c.method, c.path, answer.status, answer.body)
		}
	}
	if w.Of("acme").Now().Revision != before {
		t.Error("something was changed")
	}
}

func TestMethodsThatARouteDoesNotTake(t *testing.T) {
	w := newWorld(t)
	owner := w.secret("olga")
	before := w.Of("acme").Now().Revision
	for pattern, row := range rows {
		path, _, _ := strings.Cut(row.path, "?")
		path = strings.Replace(path, "TOKEN", "tok_x", 1)
		_, address, _ := strings.Cut(pattern, " ")
		var allowed []string
		for other := range rows {
			if method, same, _ := strings.Cut(other, " "); same == address {
				allowed = append(allowed, method)
				if method == "GET" {
					allowed = append(allowed, "HEAD")
				}
			}
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			if slices.Contains(allowed, method) {
				continue
			}
			answer := w.send(call{method: method, path: path, token: owner})
			if answer.status != http.StatusMethodNotAllowed || method != "HEAD" && !strings.Contains(answer.body, `"kind":"invalid"`) {
				t.Errorf("%s %s: %d %s", method, path, answer.status, answer.body)
			}
		}
		answer := w.send(call{method: "OPTIONS", path: path, header: map[string]string{"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}})
		got := strings.Split(answer.header.Get("Allow"), ", ")
		slices.Sort(got)
		want := append(slices.Clone(allowed), "OPTIONS")
		slices.Sort(want)
		if answer.status != http.StatusNoContent || !slices.Equal(got, want) {
			t.Errorf("OPTIONS %s: %d %q, want %q", path, answer.status, got, want)
		}
		for name := range answer.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("OPTIONS %s: %s", path, name)
			}
		}
	}
	for _, path := range []string{"", "/", "/nothing", "/users/a/b", "/setup/again"} {
		if answer := w.send(call{method: "GET", path: path, token: owner}); path != "" && (answer.status != 404 || !strings.Contains(answer.body, `"kind":"not_found"`)) {
			t.Errorf("%s: %d %s", path, answer.status, answer.body)
		}
	}
	if answer := w.send(call{method: "HEAD", path: "/whoami", token: owner}); answer.status != 200 || answer.body != "" || answer.header.Get("Bailiwick-Revision") == "" {
		t.Errorf("HEAD: %+v", answer)
	}
	if w.Of("acme").Now().Revision != before {
		t.Error("something was changed")
	}
}

// TestANarrowedTokenReadsWhatItLetsThrough narrows tokens of the owner and of a viewer (attack 43).
func TestANarrowedTokenReadsWhatItLetsThrough(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	narrowed := func(name string, with client.NewToken) *client.Client {
		secret, _ := w.Of("acme").Token(name, with)
		return w.as(secret)
	}
	_, err := narrowed("olga", client.NewToken{Permissions: []string{"dagster.runs.view"}}).Users(ctx, client.UserQuery{})
	fails(t, "an owner's token without audit.read", err, client.Forbidden)
	_, err = narrowed("olga", client.NewToken{Scopes: []string{"dagster"}}).Export(ctx, client.Reading{})
	fails(t, "an owner's token for dagster", err, client.Forbidden)
	if _, err := narrowed("olga", client.NewToken{Permissions: []string{"org.audit.read"}}).Users(ctx, client.UserQuery{}); err != nil {
		t.Error(err)
	}
	_, err = narrowed("olga", client.NewToken{Permissions: []string{"org.audit.read"}}).AddUser(ctx, client.NewUser{Email: "x@acme.test"}, client.Changing{})
	fails(t, "a token for reading that changes", err, client.Forbidden)
	_, err = narrowed("bo", client.NewToken{Scopes: []string{"dagster/prod/etl"}}).Teams(ctx, client.TeamQuery{})
	fails(t, "a viewer's token for a location", err, client.Forbidden)

	bo := narrowed("bo", client.NewToken{Permissions: []string{"dagster.runs.view"}, Scopes: []string{"dagster/prod"}})
	ask := func(permission, resource string) error {
		_, err := bo.Check(ctx, client.QuestionRequest{Who: "bo@acme.test", Permission: permission, Resource: resource})
		return err
	}
	if err := ask("runs.view", "dagster/prod/etl"); err != nil {
		t.Error(err)
	}
	fails(t, "another permission", ask("runs.launch", "dagster/prod/etl"), client.Forbidden)
	fails(t, "another scope", ask("runs.view", "dagster"), client.Forbidden)
	what, err := bo.WhatCan(ctx, "bo@acme.test", "", client.Reading{})
	if err != nil || len(what.Resources) != 1 || what.Resources[0].Resource != "dagster/prod/etl" || !slices.Equal(what.Resources[0].Permissions, []string{"runs.view"}) {
		t.Errorf("%+v %v", what, err)
	}
	what, err = bo.WhatCan(ctx, "bo@acme.test", "dagster/prod/etl", client.Reading{})
	if err != nil || len(what.Permissions) != 1 {
		t.Errorf("%+v %v", what, err)
	}
	who, err := bo.Whoami(ctx)
	if err != nil || len(who.Grants) == 0 || len(who.Token.Permissions) != 1 {
		t.Errorf("%+v %v", who, err)
	}
	if own, err := bo.Tokens(ctx, client.TokenQuery{}); err != nil || own.Total != 1 || own.Tokens[0].ID != who.Token.ID {
		t.Errorf("%+v %v", own, err)
	}
	dan := narrowed("dan", client.NewToken{Scopes: []string{"dagster"}})
	if who, err := dan.Whoami(ctx); err != nil || len(who.Grants) != 0 {
		t.Errorf("a token for dagster tells grants on dbt: %+v %v", who, err)
	}
	if own, err := dan.User(ctx, "dan@acme.test", client.Reading{}); err != nil || len(own.Licenses)+len(own.Grants)+len(own.On) != 0 {
		t.Errorf("a token for dagster tells what is on dbt: %+v %v", own, err)
	}
}

// TestAttack114NobodyIsFoundByTrying has somebody who sees nobody try people, teams and tokens who exist and who do not, by
// changes and questions: the answers are alike.
func TestAttack114NobodyIsFoundByTrying(t *testing.T) {
	w := newWorld(t)
	zoe := w.secret("zoe")
	real, unknown := w.ids("acme"), nowhere()
	calls, kinds := w.named()
	for i, c := range calls {
		for n := range real[kinds[i]] {
			c.token = zoe
			a, b := w.send(with(c, real[kinds[i]][n])), w.send(with(c, unknown[kinds[i]][n]))
			if a.status != 403 || b.status != 403 || same(a.body, real[kinds[i]][n]) != same(b.body, unknown[kinds[i]][n]) {
				t.Errorf("%s %s %s: %d %s, and %d %s", c.method, c.path, c.body, a.status, a.body, b.status, b.body)
			}
		}
	}
	// Bo sees dagster's people. Dan is not one of them.
	bo := w.secret("bo")
	for _, body := range []string{`{"who":"ID","permission":"runs.view","resource":"dagster/prod"}`, `{"who":"ID","permission":"runs.view","resource":"dagster/nowhere"}`} {
		for _, path := range []string{"/check", "/explain"} {
			c := call{method: "POST", path: path, body: body, token: bo}
			a, b := w.send(with(c, "dan@acme.test")), w.send(with(c, "nix@acme.test"))
			if a.status != 404 || b.status != 404 || same(a.body, "dan@acme.test") != same(b.body, "nix@acme.test") {
				t.Errorf("%s: %d %s, and %d %s", path, a.status, a.body, b.status, b.body)
			}
		}
	}
	if tried := count(w.activity("acme"), "user:zoe@acme.test changes refused api"); tried != 1 {
		t.Errorf("%d lines of what was tried", tried)
	}
}

func TestAQuestionWaitsForItsRevision(t *testing.T) {
	w := newWorld(t)
	owner := w.user("olga")
	next := w.Of("acme").Now().Revision + 1
	answered := make(chan error, 1)
	go func() {
		_, err := owner.Users(context.Background(), client.UserQuery{Reading: client.Reading{AtLeast: next}})
		answered <- err
	}()
	w.Of("acme").As("olga", client.TeamCreate{Team: "later"})
	if err := <-answered; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := owner.Users(ctx, client.UserQuery{Reading: client.Reading{AtLeast: next + 100}}); err == nil {
		t.Error("a revision to come was answered")
	}
}

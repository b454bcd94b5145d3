package rest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
)

// fails wants an error of the server of a kind.
func fails(t *testing.T, what string, err error, kind string) client.Error {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Status != client.Status(kind) || e.RequestID == "" {
		t.Errorf("%s: %v, want %s", what, err, kind)
		return client.Error{}
	}
	return *e
}

func TestTheClientSetsAServerUp(t *testing.T) {
	w := empty(t)
	ctx := context.Background()
	link := signin.NewSetup(w.Engine.Now())
	if err := w.Changes.OpenSetup(ctx, link.Hash, link.Until); err != nil {
		t.Fatal(err)
	}
	nobody := w.as("")
	request := client.SetupRequest{Secret: "bwk_setup_" + strings.Repeat("x", 49), Organization: "acme", Name: "Olga", Email: "olga@acme.test"}
	_, err := nobody.Setup(ctx, request)
	fails(t, "a wrong secret", err, client.Unauthenticated)
	request.Secret, request.Organization = link.Secret.Reveal(), "No Name"
	_, err = nobody.Setup(ctx, request)
	if e := fails(t, "a bad name", err, client.Invalid); e.Field != "organization" {
		t.Errorf("the field is %q", e.Field)
	}
	request.Organization = "acme"
	made, err := nobody.Setup(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if made.Organization != "acme" || made.User.Email != "olga@acme.test" || made.Token.Kind != "user" || made.Token.Expires == nil || made.Revision == 0 {
		t.Errorf("%+v", made)
	}
	who, err := w.as(made.Secret).Whoami(ctx)
	if err != nil || who.Subject != "user:olga@acme.test" || who.Name != "Olga" || len(who.Grants) != 1 || who.Grants[0].Role != "owner" || who.Server != "test" {
		t.Errorf("%+v %v", who, err)
	}
	_, err = nobody.Setup(ctx, request)
	fails(t, "a used link", err, client.Conflict)
	if _, err := w.user("olga").Users(ctx, client.UserQuery{}); err != nil {
		t.Error(err)
	}
}

func TestTheClientAsks(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner, bo, zoe := w.user("olga"), w.user("bo"), w.user("zoe")
	found, err := bo.Check(ctx, client.QuestionRequest{Who: "bo@acme.test", Permission: "runs.launch", Resource: "dagster/prod/etl"})
	if err != nil || !found.Allowed || found.Code != "granted" || found.Subject != "user:bo@acme.test" || found.Permission != "dagster.runs.launch" ||
		found.Why != "user:bo@acme.test has editor on dagster/prod through team:data" || found.Revision != w.Of("acme").Now().Revision || found.Epoch == 0 {
		t.Errorf("%+v %v", found, err)
	}
	x, err := owner.Explain(ctx, client.QuestionRequest{Who: "user:zoe@acme.test", Permission: "jobs.write", Resource: "dbt/core"})
	if err != nil || x.Allowed || !strings.Contains(fixes(x), "admins-of-dbt") || x.Name != "Zoe" {
		t.Errorf("%+v %v", x, err)
	}
	mine, err := zoe.Explain(ctx, client.QuestionRequest{Who: "zoe@acme.test", Permission: "jobs.write", Resource: "dbt/core"})
	if err != nil || mine.Allowed || strings.Contains(fixes(mine), "admins-of-dbt") {
		t.Errorf("Zoe, who sees nobody, is told of a team: %+v %v", mine, err)
	}
	near, err := zoe.Check(ctx, client.QuestionRequest{Who: "zoe@acme.test", Permission: "runs.launch", Resource: "dagster/prot"})
	if err != nil || near.Code != "unknown_resource" || strings.Contains(near.Why, "dagster/prod") {
		t.Errorf("%+v %v", near, err)
	}
	if near, err = owner.Check(ctx, client.QuestionRequest{Who: "zoe@acme.test", Permission: "runs.launch", Resource: "dagster/prot"}); err != nil || !strings.Contains(near.Why, "dagster/prod") {
		t.Errorf("%+v %v", near, err)
	}
	who, err := owner.WhoCan(ctx, "runs.launch", "dagster/prod", client.Reading{})
	if err != nil || who.Count != 2 || who.Subjects[0].Subject == "" {
		t.Errorf("%+v %v", who, err)
	}
	what, err := bo.WhatCan(ctx, "bo", "", client.Reading{})
	if err == nil {
		t.Errorf("bo is no address: %+v", what)
	}
	what, err = bo.WhatCan(ctx, "bo@acme.test", "", client.Reading{})
	if err != nil || len(what.Resources) == 0 || what.Resources[0].Resource != "dagster" {
		t.Errorf("%+v %v", what, err)
	}
	what, err = bo.WhatCan(ctx, "user:bo@acme.test", "dagster/prod/etl", client.Reading{})
	if err != nil || !slices.Contains(what.Roles, "editor") || len(what.Permissions) < 5 {
		t.Errorf("%+v %v", what, err)
	}
	_, err = owner.Check(ctx, client.QuestionRequest{Who: "team:data", Permission: "runs.launch", Resource: "dagster/prod"})
	fails(t, "a team asks", err, client.Invalid)
	_, err = owner.Check(ctx, client.QuestionRequest{Who: "bo@acme.test", Permission: "runs.lunch", Resource: "dagster/prod"})
	if e := fails(t, "an unknown permission", err, client.Invalid); !strings.Contains(e.Right, "runs.launch") {
		t.Errorf("%q", e.Right)
	}
	_, err = owner.WhoCan(ctx, "runs.launch", "dagster/nowhere", client.Reading{})
	fails(t, "an unknown resource", err, client.NotFound)
}

func fixes(x client.Explanation) (text string) {
	for _, fix := range x.Fixes {
		text += fix.Text + "\n"
	}
	return text
}

func TestTheClientReadsThePast(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner := w.user("olga")
	question := client.QuestionRequest{Who: "bo@acme.test", Permission: "runs.launch", Resource: "dagster/prod"}
	before := w.Of("acme").Now().Revision
	moment := time.Now()
	out, err := w.user("ada").Change(ctx, client.Changing{}, client.TeamLeave{Team: "data", Members: []string{"bo@acme.test"}})
	if err != nil || !out.Changed || out.Lost == 0 || out.ChangeID == "" {
		t.Fatalf("%+v %v", out, err)
	}
	for name, at := range map[string]client.When{"revision": {Revision: before}, "time": {Time: moment}, "now": {}} {
		question.Reading = client.Reading{At: at, AtLeast: out.Revision, Epoch: out.Epoch}
		found, err := owner.Check(ctx, question)
		if err != nil || found.Allowed != (name != "now") {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
	question.Reading = client.Reading{Epoch: 99}
	_, err = owner.Check(ctx, question)
	fails(t, "another epoch", err, client.Conflict)
	question.Reading = client.Reading{At: client.When{Revision: 9999}}
	_, err = owner.Check(ctx, question)
	fails(t, "a revision to come", err, client.NotFound)
	d, err := owner.Diff(ctx, client.DiffRequest{From: client.When{Revision: before}})
	if err != nil || !d.Changed || d.Lost != out.Lost || d.From == nil || d.From.Revision != before || len(d.Objects) != 1 || d.Objects[0].Kind != "team" {
		t.Errorf("%+v %v", d, err)
	}
	users, err := owner.Users(ctx, client.UserQuery{Reading: client.Reading{At: client.When{Revision: 1}}})
	if err != nil || users.Total != 0 || users.Revision != 1 {
		t.Errorf("%+v %v", users, err)
	}
}

func TestTheClientListsPeople(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner, bo := w.user("olga"), w.user("bo")
	names := func(q client.UserQuery) (names []string) {
		for {
			page, err := owner.Users(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Users {
				name, _, _ := strings.Cut(u.Email, "@")
				names = append(names, name)
			}
			if page.Next == "" {
				if page.Total != len(names) {
					t.Errorf("%+v: a total of %d, and %d listed", q, page.Total, len(names))
				}
				return names
			}
			q.After = page.Next
		}
	}
	yes, no := true, false
	for want, q := range map[string]client.UserQuery{
		"ada aud bo dan olga zoe": {Page: client.Page{Limit: 2}},
		"zoe olga dan bo aud ada": {Sort: "-name", Page: client.Page{Limit: 1}},
		"ada aud bo dan olga":     {Sort: "email", Query: "A", Page: client.Page{Limit: 4}},
		"aud zoe dan bo ada olga": {Sort: "-number", Page: client.Page{Limit: 5}},
		"bo":                      {Team: "data"},
		"ada bo":                  {Platform: "dagster", Active: &yes},
	} {
		if strings.Contains(want, "olga") && q.Query == "A" {
			want = "ada aud bo dan olga zoe" // every address has an a
		}
		if got := strings.Join(names(q), " "); got != want {
			t.Errorf("%+v: %s, want %s", q, got, want)
		}
	}
	if got := names(client.UserQuery{Active: &no}); len(got) != 0 {
		t.Errorf("deactivated: %v", got)
	}
	_, err := owner.Users(ctx, client.UserQuery{Sort: "age"})
	fails(t, "an unknown order", err, client.Invalid)
	_, err = owner.Users(ctx, client.UserQuery{Page: client.Page{Limit: 1001}})
	fails(t, "a page too long", err, client.Invalid)

	dan, err := owner.User(ctx, "DAN@acme.test", client.Reading{})
	if err != nil || dan.Name != "Dan" || dan.Licenses["dbt"] != "developer" || len(dan.Grants) != 1 || dan.Grants[0].Via != "team:admins-of-dbt" || dan.Teams[0] != "admins-of-dbt" {
		t.Errorf("%+v %v", dan, err)
	}
	if again, err := owner.User(ctx, dan.ID, client.Reading{}); err != nil || again.Email != "dan@acme.test" {
		t.Errorf("%+v %v", again, err)
	}
	// Bo sees dagster, and of everybody what concerns it.
	_, err = bo.User(ctx, "dan@acme.test", client.Reading{})
	hidden := fails(t, "somebody of another platform", err, client.NotFound)
	_, err = bo.User(ctx, "nix@acme.test", client.Reading{})
	if unknown := fails(t, "nobody", err, client.NotFound); strings.ReplaceAll(unknown.Message, "nix", "dan") != hidden.Message {
		t.Errorf("%q tells more than %q", hidden.Message, unknown.Message)
	}
	w.Of("acme").As("dan", orgtest.Grant("team:data", "analyst", "dbt/core"))
	data, err := bo.Team(ctx, "data", client.Reading{})
	if err != nil || len(data.Grants) != 1 || data.Grants[0].On != "dagster/prod" || len(data.Members) != 1 {
		t.Errorf("%+v %v", data, err)
	}
	if data, err = owner.Team(ctx, data.ID, client.Reading{}); err != nil || len(data.Grants) != 2 {
		t.Errorf("%+v %v", data, err)
	}
	_, err = bo.Team(ctx, "admins-of-dbt", client.Reading{})
	fails(t, "another platform's team", err, client.NotFound)
	teams, err := bo.Teams(ctx, client.TeamQuery{Query: "DA"})
	if err != nil || teams.Total != 1 || teams.Teams[0].Grants != 1 || teams.Teams[0].Members != 1 {
		t.Errorf("%+v %v", teams, err)
	}
	all, err := owner.Grants(ctx, client.GrantQuery{Page: client.Page{Limit: 1000}})
	if err != nil || all.Total != len(all.Grants) {
		t.Errorf("%+v %v", all, err)
	}
	seen, err := bo.Grants(ctx, client.GrantQuery{})
	if err != nil || seen.Total == 0 || seen.Total >= all.Total {
		t.Errorf("%+v %v", seen, err)
	}
	for _, g := range seen.Grants {
		if !strings.HasPrefix(g.On, "dagster") {
			t.Errorf("Bo sees %+v", g)
		}
	}
	var paged []client.Grant
	for after := ""; ; {
		page, err := owner.Grants(ctx, client.GrantQuery{Page: client.Page{Limit: 1, After: after}})
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, page.Grants...)
		if after = page.Next; after == "" {
			break
		}
	}
	if len(paged) != all.Total {
		t.Errorf("%d grants page by page, %d at once", len(paged), all.Total)
	}
	for _, q := range []client.GrantQuery{{To: "team:data", Platform: "dagster"}, {On: "dagster/prod", Role: "editor"}, {Under: "dagster", Role: "editor"}} {
		if some, err := owner.Grants(ctx, q); err != nil || some.Total != 1 || some.Grants[0].To != "team:data" {
			t.Errorf("%+v: %+v %v", q, some, err)
		}
	}
	if own, err := w.user("zoe").Grants(ctx, client.GrantQuery{To: "user:zoe@acme.test"}); err != nil || own.Total != 0 {
		t.Errorf("%+v %v", own, err)
	}
}

func TestTheClientChangesPeople(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner, ada, dan := w.user("olga"), w.user("ada"), w.user("dan")
	how := client.Changing{}
	must := func(what string) func(client.Change, error) client.Change {
		return func(c client.Change, err error) client.Change {
			t.Helper()
			if err != nil || !c.Changed {
				t.Errorf("%s: %+v %v", what, c, err)
			}
			return c
		}
	}
	added := must("add")(ada.AddUser(ctx, client.NewUser{Email: "New@Acme.test", Name: "New", On: []string{"dagster"}}, how))
	if len(added.Results) == 0 || !strings.HasPrefix(added.Results[0].ID, "usr_") || added.Results[0].Number == 0 || added.Gained == 0 || len(added.Objects) == 0 {
		t.Errorf("%+v", added)
	}
	name := "Newer"
	must("profile")(owner.SetProfile(ctx, "new@acme.test", client.Profile{Name: &name}, how))
	must("member")(dan.AddMember(ctx, "new@acme.test", "dbt", how))
	must("license")(dan.SetLicense(ctx, "new@acme.test", "dbt", "read_only", how))
	must("no license")(dan.SetLicense(ctx, "new@acme.test", "dbt", "", how))
	must("no member")(dan.RemoveMember(ctx, "new@acme.test", "dbt", how))
	must("deactivate")(owner.Deactivate(ctx, "new@acme.test", how))
	must("reactivate")(owner.Reactivate(ctx, "new@acme.test", how))
	dry := must("dry")(owner.RemoveUser(ctx, "new@acme.test", client.Changing{DryRun: true}))
	if !dry.DryRun || dry.ChangeID != "" || dry.Lost == 0 {
		t.Errorf("%+v", dry)
	}
	_, err := owner.RemoveUser(ctx, "new@acme.test", client.Changing{ExpectedRevision: dry.Revision - 1})
	fails(t, "an old revision", err, client.Conflict)
	once := client.Changing{ChangeID: "ci-7", ExpectedRevision: dry.Revision}
	first := must("remove")(owner.RemoveUser(ctx, "new@acme.test", once))
	again, err := owner.RemoveUser(ctx, "new@acme.test", once)
	if err != nil || again.ChangeID != first.ChangeID || again.Revision != first.Revision {
		t.Errorf("%+v %v", again, err)
	}
	_, err = owner.RemoveUser(ctx, "new@acme.test", how)
	fails(t, "somebody who is gone", err, client.NotFound)
	_, err = owner.Change(ctx, client.Changing{ChangeID: "no way"}, client.TeamCreate{Team: "x"})
	if e := fails(t, "an id", err, client.Invalid); e.Field != "change_id" {
		t.Errorf("%+v", e)
	}
	_, err = owner.Change(ctx, how, client.TeamCreate{Team: "x"}, client.TeamCreate{Team: "x"})
	if e := fails(t, "the second of two", err, client.Conflict); !strings.HasPrefix(e.Field, "commands[1]") {
		t.Errorf("%+v", e)
	}
	_, err = owner.Change(ctx, how, client.GrantRemove{Grant: client.Grant{To: "user:olga@acme.test", Role: "owner", On: "org"}})
	if e := fails(t, "the last owner", err, client.Conflict); e.Rule != "last_administrator" || e.Right == "" {
		t.Errorf("%+v", e)
	}
}

func TestTheClientHandlesTokens(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	bo, owner := w.user("bo"), w.user("olga")
	made, err := bo.IssueToken(ctx, client.NewToken{Kind: "user", Description: "laptop"}, client.Changing{ChangeID: "t-1"})
	if err != nil || made.Secret == "" || made.Token.State != "active" || made.Token.Subject != "user:bo@acme.test" || !strings.HasSuffix(made.Secret, made.Token.Last) {
		t.Fatalf("%+v %v", made, err)
	}
	_, err = bo.IssueToken(ctx, client.NewToken{Kind: "user"}, client.Changing{ChangeID: "t-1"})
	fails(t, "the same id", err, client.Conflict)
	dry, err := bo.IssueToken(ctx, client.NewToken{Kind: "user"}, client.Changing{DryRun: true})
	if err != nil || dry.Secret != "" || dry.Token.ID != "" || !dry.DryRun {
		t.Errorf("%+v %v", dry, err)
	}
	own, err := bo.Tokens(ctx, client.TokenQuery{})
	if err != nil || own.Total != 2 || own.Tokens[0].ID != made.Token.ID || own.Tokens[0].Description != "laptop" {
		t.Errorf("%+v %v", own, err)
	}
	all, err := owner.Tokens(ctx, client.TokenQuery{Kind: "user", Page: client.Page{Limit: 1}})
	if err != nil || all.Total < 4 || len(all.Tokens) != 1 || all.Next == "" {
		t.Errorf("%+v %v", all, err)
	}
	if next, err := owner.Tokens(ctx, client.TokenQuery{Kind: "user", Page: client.Page{Limit: 1, After: all.Next}}); err != nil || next.Tokens[0].Number >= all.Tokens[0].Number {
		t.Errorf("%+v %v", next, err)
	}
	if bos, err := w.user("ada").Tokens(ctx, client.TokenQuery{Subject: "user:bo@acme.test"}); err != nil || bos.Total != 2 {
		t.Errorf("an organization admin of dagster lists its members' tokens: %+v %v", bos, err)
	}
	_, err = w.user("ada").Tokens(ctx, client.TokenQuery{Subject: "user:dan@acme.test"})
	fails(t, "tokens of somebody of dbt", err, client.NotFound)
	laptop := w.as(made.Secret)
	if _, err := laptop.Whoami(ctx); err != nil {
		t.Fatal(err)
	}
	if out, err := bo.RevokeToken(ctx, made.Token.ID, client.Changing{}); err != nil || !out.Changed {
		t.Errorf("%+v %v", out, err)
	}
	_, err = laptop.Whoami(ctx)
	fails(t, "a revoked token", err, client.Unauthenticated)
	if own, err = bo.Tokens(ctx, client.TokenQuery{}); err != nil || own.Total != 1 {
		t.Errorf("%+v %v", own, err)
	}
}

func TestTheClientAppliesAFile(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner := w.user("olga")
	out, err := owner.Export(ctx, client.Reading{})
	if err != nil || out.Revision == 0 || out.Epoch == 0 || !strings.HasPrefix(string(out.File), "organization: acme\n") {
		t.Fatalf("%s %+v %v", out.File, out.Facts, err)
	}
	document := client.Document{File: string(out.File), FileName: "acme.yaml"}
	plan, err := owner.Plan(ctx, client.PlanRequest{Document: document, Prune: true})
	if err != nil || plan.Changed || len(plan.Problems) > 0 || !plan.Prune || plan.Revision != w.Of("acme").Now().Revision {
		t.Errorf("%+v %v", plan, err)
	}
	same, err := owner.Apply(ctx, client.ApplyRequest{PlanRequest: client.PlanRequest{Document: document, Prune: true}})
	if err != nil || same.Changed || same.Revision != plan.Revision {
		t.Errorf("%+v %v", same, err)
	}
	document.File += "tests:\n  - {who: user:bo@acme.test, can: runs.launch, on: dagster/prod}\n"
	made, err := owner.Apply(ctx, client.ApplyRequest{PlanRequest: client.PlanRequest{Document: document}})
	if err != nil || !made.Changed || made.Objects[0].Kind != "test" {
		t.Errorf("%+v %v", made, err)
	}
	tests, err := owner.Test(ctx, client.TestRequest{})
	if err != nil || tests.Passed != 1 || tests.Failed != 0 || tests.Tests[0].Place != "tests[0]" {
		t.Errorf("%+v %v", tests, err)
	}
	document.File = strings.Replace(document.File, "bo@acme.test, can", "zoe@acme.test, can", 1)
	tests, err = owner.Test(ctx, client.TestRequest{Document: document})
	if err != nil || tests.Failed != 1 || tests.Tests[0].Explanation == nil || !strings.HasPrefix(tests.Tests[0].Place, "acme.yaml:") {
		t.Errorf("%+v %v", tests, err)
	}
	document.File = strings.Replace(string(out.File), "teams:\n", "teams:\n  brand-new: {members: [zoe@acme.test]}\n", 1)
	d, err := owner.Diff(ctx, client.DiffRequest{Document: document})
	if err != nil || !d.Changed || !slices.ContainsFunc(d.Objects, func(o client.Object) bool { return o.Name == "brand-new" && o.Change == "added" }) {
		t.Errorf("%+v %v", d, err)
	}
	document.File = "organization: acme\nteams: {x: {members: [nobody@acme.test]}}\n"
	plan, err = owner.Plan(ctx, client.PlanRequest{Document: document})
	if err != nil || len(plan.Problems) == 0 || !strings.HasPrefix(plan.Problems[0].Place, "acme.yaml:2:") {
		t.Errorf("%+v %v", plan, err)
	}
	_, err = owner.Apply(ctx, client.ApplyRequest{PlanRequest: client.PlanRequest{Document: document}})
	if e := fails(t, "a bad file", err, client.Invalid); len(e.Problems) == 0 {
		t.Errorf("%+v", e)
	}
	w.secret("ada") // an administrator who can sign in: the owner seats no other
	document.File = "organization: acme\nplatforms: {dagster: {model: dagster-plus, deployments: {prod: {code_locations: [etl]}}}, dbt: {model: dbt-enterprise-2024, projects: {core: {}}}}\n" +
		"users: {zoe@acme.test: {}}\ngrants: [{to: user:zoe@acme.test, role: organization_admin, on: dagster}]\n"
	_, err = owner.Apply(ctx, client.ApplyRequest{PlanRequest: client.PlanRequest{Document: document}})
	if e := fails(t, "a grant that the owner may not give", err, client.Forbidden); len(e.Problems) != 1 || !strings.HasPrefix(e.Problems[0].Place, "acme.yaml:4:") {
		t.Errorf("%+v", e)
	}
	answer := w.send(call{method: "GET", path: "/export", token: w.secret("olga"), header: map[string]string{"Accept": "application/json"}})
	if answer.status != 200 || !strings.HasPrefix(answer.body, `{"grants":`) || answer.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %.80s", answer.status, answer.body)
	}
}

func (w *world) secret(name string) string {
	secret, _ := w.Of("acme").Token(name, client.NewToken{})
	return secret
}

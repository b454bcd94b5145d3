package rest_test

import (
	"slices"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

func TestPlatformsAndTheirRolesAreShown(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	owner, bo := w.user("olga"), w.user("bo")
	all, err := owner.Platforms(ctx, client.Reading{})
	if err != nil || len(all.Platforms) != 2 || all.Platforms[0].Platform != "dagster" || all.Platforms[0].Resources != 2 || all.Platforms[0].Product != "Dagster+" {
		t.Fatalf("%+v %v", all, err)
	}
	if some, err := bo.Platforms(ctx, client.Reading{}); err != nil || len(some.Platforms) != 1 {
		t.Errorf("a member of dagster sees %+v %v", some, err)
	}
	_, err = bo.Roles(ctx, "dbt", client.Reading{})
	fails(t, "roles of a platform that is not seen", err, client.NotFound)
	_, err = owner.Role(ctx, "dagster", "emperor", client.Reading{})
	fails(t, "a role that there is not", err, client.NotFound)

	w.Of("acme").As("ada", client.RolePut{Platform: "dagster", Role: "operator", At: "deployment", BasedOn: "viewer",
		Permissions: []string{"runs.launch"}, Description: "runs things"}, orgtest.Grant("user:bo@acme.test", "operator", "dagster/prod"))
	role, err := bo.Role(ctx, "dagster", "operator", client.Reading{})
	if err != nil || !role.Custom || role.At != "deployment" || role.BasedOn != "viewer" || role.Held != 1 || role.ID == "" {
		t.Fatalf("%+v %v", role, err)
	}
	marks := map[string]string{}
	for _, p := range role.Permissions {
		marks[p.Permission] = p.Mark
	}
	if marks["runs.launch"] != client.MarkContained || marks["runs.view"] != client.MarkBase || marks["secrets.edit"] != "" || len(marks) < 20 {
		t.Errorf("%v", marks)
	}
	contained := 0
	for _, mark := range marks {
		if mark != "" {
			contained++
		}
	}
	if role.Contains != contained {
		t.Errorf("contains %d, and %d are marked", role.Contains, contained)
	}
	byID, err := bo.Role(ctx, "dagster", role.ID, client.Reading{})
	if err != nil || byID.Role.Role != "operator" {
		t.Errorf("%+v %v", byID.Role, err)
	}
	roles, err := bo.Roles(ctx, "dagster", client.Reading{})
	if i := slices.IndexFunc(roles.Roles, func(r client.Role) bool { return r.Role == "organization_admin" }); err != nil || i < 0 || roles.Roles[i].Held != 1 ||
		roles.Roles[len(roles.Roles)-1].Role != "operator" {
		t.Errorf("%+v %v", roles, err)
	}
	// The auditor sees the directory's own roles, and nobody else does.
	if roles, err := w.user("aud").Roles(ctx, "org", client.Reading{}); err != nil || len(roles.Roles) == 0 {
		t.Errorf("%+v %v", roles, err)
	}
	_, err = bo.Roles(ctx, "org", client.Reading{})
	fails(t, "the directory's roles", err, client.NotFound)
}

func TestResourcesAndAgentsAreListed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	owner := w.user("olga")
	var paths []string
	for after := ""; ; {
		page, err := owner.Resources(ctx, "dagster", client.ResourceQuery{Page: client.Page{Limit: 1, After: after}})
		if err != nil || page.Total != 2 || len(page.Resources) != 1 {
			t.Fatalf("%+v %v", page, err)
		}
		paths = append(paths, page.Resources[0].Resource+" "+page.Resources[0].Kind)
		if after != "" {
			_, err := owner.Resources(ctx, "dbt", client.ResourceQuery{Page: client.Page{Limit: 1, After: after}})
			fails(t, "a cursor of another platform's list", err, client.Invalid)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !slices.Equal(paths, []string{"dagster/prod deployment", "dagster/prod/etl code_location"}) {
		t.Errorf("%v", paths)
	}
	if some, err := owner.Resources(ctx, "dagster", client.ResourceQuery{Kind: "code_location"}); err != nil || some.Total != 1 {
		t.Errorf("%+v %v", some, err)
	}
	if some, err := owner.Resources(ctx, "dagster", client.ResourceQuery{Under: "dagster/prod"}); err != nil || some.Total != 1 {
		t.Errorf("%+v %v", some, err)
	}
	_, err := owner.Resources(ctx, "dagster", client.ResourceQuery{Kind: "job"})
	fails(t, "a kind that the product has not", err, client.Invalid)

	w.issue("ada", "agent")
	list, err := w.user("ada").Agents(ctx, client.AgentQuery{Query: "AN AGENT"})
	if err != nil || list.Total != 1 || list.Agents[0].Tokens == nil || *list.Agents[0].Tokens != 1 {
		t.Errorf("%+v %v", list, err)
	}
	if list, err := w.user("bo").Agents(ctx, client.AgentQuery{}); err != nil || list.Total != 1 || list.Agents[0].Tokens != nil {
		t.Errorf("a viewer sees %+v %v", list, err)
	}
}

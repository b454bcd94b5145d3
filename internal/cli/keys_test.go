package cli

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"bailiwick/client"
)

// TestEveryKeyIsDocumented holds docs/commands.md to the types that are printed.
func TestEveryKeyIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []any{
		client.Check{}, client.Explanation{}, client.Reason{}, client.Grant{}, client.Fix{}, client.Step{}, client.WhoCan{},
		client.Holder{}, client.WhatCan{}, client.Permission{}, client.Holding{}, client.Diff{}, client.Difference{}, client.Facts{},
		client.Object{}, client.Access{}, client.Tests{}, client.TestLine{}, client.Plan{}, client.Problem{}, client.Change{},
		client.Result{}, client.Users{}, client.User{}, client.UserDetail{}, client.HeldGrant{}, client.Teams{}, client.Team{},
		client.TeamDetail{}, client.Member{}, client.Grants{}, client.Tokens{}, client.Token{}, client.IssuedToken{}, client.Whoami{},
		client.Ended{}, client.Sessions{}, client.Session{}, client.OpenedLink{}, client.SignIn{}, client.Identity{}, client.Link{}, client.BreakGlass{},
		client.Providers{}, client.Provider{}, client.ProviderSettings{}, client.GroupTeam{}, client.GroupLicense{}, client.Preview{}, client.ServiceUsers{}, client.ServiceUser{},
		client.Agents{}, client.Agent{}, client.Roles{}, client.Role{}, client.RoleDetail{}, client.RolePermission{}, shownRole{}, roleComparison{}, comparedPermission{},
		client.Platforms{}, client.Platform{}, client.PlatformDetail{}, client.PlatformKind{}, client.PlatformSwitch{}, client.CustomRoleKinds{}, client.Resources{}, client.Resource{},
		client.Audit{}, client.AuditRow{}, client.Webhooks{}, client.Webhook{}, client.WebhookSettings{}, client.MadeWebhook{}, client.Deliveries{}, client.Delivery{},
		loginAnswer{}, Report{}, ReportLine{},
		demoAnswer{}, editionsAnswer{}, editionAnswer{}, referenceAnswer{}, heldAnswer{}, versionAnswer{},
	} {
		kind := reflect.TypeOf(answer)
		for i := range kind.NumField() {
			key, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if kind.Field(i).Anonymous {
				continue
			}
			if !strings.Contains(string(page), "`"+key+"`") && !strings.Contains(string(page), "`"+key+"[]`") {
				t.Errorf("the key %q of %s is not in docs/commands.md", key, kind.Name())
			}
		}
	}
}

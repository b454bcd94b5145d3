package orgtest

import (
	"strings"

	"bailiwick/client"
)

// Grant is the command that gives a role.
func Grant(to, role, on string) client.GrantAdd {
	return client.GrantAdd{Grant: client.Grant{To: to, Role: role, On: on}}
}

// Revoke is the command that takes a role away.
func Revoke(to, role, on string) client.GrantRemove {
	return client.GrantRemove{Grant: client.Grant{To: to, Role: role, On: on}}
}

// Adding is the command that adds somebody, as a member of platforms.
func (o *Organization) Adding(who string, on ...string) client.UserAdd {
	address := o.address(who)
	name, _, _ := strings.Cut(address, "@")
	return client.UserAdd{NewUser: client.NewUser{Email: address, Name: strings.ToUpper(name[:1]) + name[1:], On: on}}
}

// Furnish attaches Dagster, with prod, prod/etl and more resources, and dbt with core, and adds people. Aud is auditor; Ada
// administers dagster, Dan dbt through the team admins-of-dbt; Bo is a member of dagster, with what its default gives, and in
// Ada's team data, which is editor of prod; the service user ci is viewer of prod; Zoe is in the directory and nothing else.
func (o *Organization) Furnish(more ...string) {
	o.t.Helper()
	commands := []client.Command{
		client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"},
	}
	for _, path := range append(more, "dbt/core") {
		commands = append(commands, client.ResourceCreate{Resource: path})
	}
	ada, aud, bo, dan := o.address("ada"), o.address("aud"), o.address("bo"), o.address("dan")
	o.Do(append(commands,
		o.Adding(ada, "dagster"), o.Adding(bo, "dagster"), o.Adding(dan, "dbt"), o.Adding("zoe"), o.Adding(aud),
		Grant("user:"+ada, "organization_admin", "dagster"), Grant("user:"+aud, "auditor", "org"),
		client.TeamCreate{Team: "admins-of-dbt", Members: []string{dan}}, client.LicenseSet{User: dan, Platform: "dbt", License: "developer"},
		Grant("team:admins-of-dbt", "account_admin", "dbt"),
		client.ServiceUserCreate{ServiceUser: "ci"}, Grant("service_user:ci", "viewer", "dagster/prod"))...)
	o.As("ada", client.TeamCreate{Team: "data", Members: []string{bo}}, Grant("team:data", "editor", "dagster/prod"))
}

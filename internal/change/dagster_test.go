package change_test

import (
	"testing"

	"bailiwick/client"
	"bailiwick/internal/fault"
)

func TestDagsterANewMemberGetsTheDefaultRoleOfEachDeployment(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.wantRoles("user:vi@acme.test", "viewer on dagster/dev", "viewer on dagster/prod")
		w.must(ada, client.ResourceUpdate{Resource: "dagster/prod", Settings: map[string]string{"sso_default_role": "no_access"}},
			client.ResourceUpdate{Resource: "dagster/dev", Settings: map[string]string{"sso_default_role": "launcher"}}, add("new@acme.test", "dagster"))
		w.wantRoles("user:new@acme.test", "launcher on dagster/dev")
		// Who has a role there already keeps it; a member by grant alone becomes one by name.
		w.must(w.owner, client.UserAdd{NewUser: client.NewUser{Email: "had@acme.test"}})
		w.must(ada, grant("user:had@acme.test", "admin", "dagster/dev"))
		w.must(ada, client.MemberAdd{User: "had@acme.test", Platform: "dagster"})
		w.wantRoles("user:had@acme.test", "admin on dagster/dev")
	})
}

func TestDagsterANewDeploymentCanCopyPermissions(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, client.ResourceCreate{Resource: "dagster/copy", CopyFrom: "dagster/prod"})
		w.wantRoles("user:dan@acme.test", "admin on dagster/copy", "admin on dagster/prod", "viewer on dagster/dev")
		w.wantRoles("user:vi@acme.test", "viewer on dagster/copy", "viewer on dagster/dev", "viewer on dagster/prod")
		w.must(ada, client.ResourceCreate{Resource: "dagster/empty"})
		w.refused(ada, fault.Invalid, "", client.ResourceCreate{Resource: "dagster/prod/l", CopyFrom: "dagster/prod/etl"})
		// Whoever creates deployments and gives nobody anything copies nothing.
		w.must(ada, client.RolePut{Platform: "dagster", Role: "builder", At: "organization", Permissions: []string{"deployments.create"}}, add("bob@acme.test", "dagster"), grant("user:bob@acme.test", "builder", "dagster"))
		w.must(w.as("bob@acme.test"), client.ResourceCreate{Resource: "dagster/bobs"})
		w.refused(w.as("bob@acme.test"), fault.Forbidden, "may_give", client.ResourceCreate{Resource: "dagster/more", CopyFrom: "dagster/prod"})
	})
}

func TestDagsterTheLastDeploymentStays(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.dagster()
		ada := w.as("ada@acme.test")
		w.must(ada, client.ResourceDelete{Resource: "dagster/dev"})
		w.refused(ada, fault.Conflict, "last_deployment", client.ResourceDelete{Resource: "dagster/prod"})
		w.must(ada, client.ResourceCreate{Resource: "dagster/next"}, client.ResourceDelete{Resource: "dagster/prod"})
	})
}

func TestDagsterServiceUsersAreInNoTeamAndTakeNoSeat(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.dagster()
		ada := w.as("ada@acme.test")
		w.must(ada, client.PlatformUpdate{Platform: "dagster", Seats: ptr(1)}, client.TeamCreate{Team: "data"},
			client.ServiceUserCreate{ServiceUser: "robot"}, grant("service_user:robot", "editor", "dagster/prod"))
		for _, name := range []string{"robot", "service_user:robot", w.now().ServiceUserByName("robot").ID} {
			w.refused(ada, fault.NotFound, "", client.TeamJoin{Team: "data", Members: []string{name}})
		}
		w.refused(ada, fault.Conflict, "", client.ServiceUserCreate{ServiceUser: "robot"})
	})
}

func TestDagsterOverrides(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		over := func(who, role string) client.GrantAdd {
			return grant("user:"+who+"@acme.test", role, "dagster/prod/etl")
		}
		w.refused(ada, fault.Invalid, "override", over("vi", "viewer"))   // equal
		w.refused(ada, fault.Invalid, "override", over("ed", "launcher")) // lower
		w.refused(ada, fault.Invalid, "override", over("dan", "admin"))   // disabled: admin of the deployment
		w.refused(ada, fault.Invalid, "override", over("ada", "editor"))  // disabled: organization admin
		w.must(ada, over("vi", "editor"))
		w.must(ada, take("user:vi@acme.test", "viewer", "dagster/prod"))
		w.wantRoles("user:vi@acme.test", "viewer on dagster/dev")
	})
}

func TestDagsterPlanGates(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		solo := client.PlatformUpdate{Platform: "dagster", Plan: ptr("solo")}
		w.refused(ada, fault.Conflict, "plan", solo) // custom roles and teams are there
		for _, who := range []struct{ user, role string }{{"cora", "role_editor"}, {"tess", "team_editor"}, {"sam", "robot_keeper"}} {
			w.must(ada, take("user:"+who.user+"@acme.test", who.role, "dagster"), client.RoleDelete{Platform: "dagster", Role: who.role})
		}
		w.refused(ada, fault.Conflict, "plan", solo)
		w.must(ada, take("team:data", "editor", "dagster/dev"), solo)
		w.refused(ada, fault.Conflict, "plan", grant("user:ed@acme.test", "launcher", "dagster/prod"), take("user:ed@acme.test", "editor", "dagster/prod"))
		w.refused(ada, fault.Conflict, "plan", grant("team:data", "viewer", "dagster/prod"))
		w.refused(ada, fault.Conflict, "plan", grant("user:vi@acme.test", "editor", "dagster/prod/etl"))
		w.refused(ada, fault.Conflict, "plan", client.RolePut{Platform: "dagster", Role: "x", At: "deployment", Permissions: []string{"runs.view"}})
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"})
		w.refused(ada, fault.Conflict, "plan", grant("service_user:robot", "viewer", "dagster/prod"))
		w.must(ada, client.PlatformUpdate{Platform: "dagster", Plan: ptr("pro")}, grant("team:data", "launcher", "dagster/prod"))
	})
}

func TestACustomRoleInUseStays(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		gone := client.RoleDelete{Platform: "dagster", Role: "team_editor"}
		w.refused(ada, fault.Conflict, "role_in_use", gone)
		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", gone)
		w.must(ada, take("user:tess@acme.test", "team_editor", "dagster"), gone)
	})
}

func TestProvisioningLeavesNobodyToBeAddedByHand(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada, team := w.as("ada@acme.test"), client.TeamJoin{Team: "crew", Members: []string{"vi@acme.test"}}
		w.must(w.owner, client.PlatformAttach{Platform: "astro", Model: "astro-2024"}, client.TeamCreate{Team: "crew", Members: []string{"ed@acme.test"}},
			grant("team:crew", "organization_member", "astro"), add("oz@acme.test", "astro"), grant("user:oz@acme.test", "organization_owner", "astro"))
		oz := w.as("oz@acme.test")
		w.refused(ada, fault.Forbidden, "permission", client.OrganizationSet{Name: "provisioning", Value: "on"}) // top of one platform of two
		w.must(w.owner, client.OrganizationSet{Name: "provisioning", Value: "on"})
		w.refused(ada, fault.Forbidden, "provisioning", client.MemberAdd{User: "new@acme.test", Platform: "dagster"})
		w.refused(oz, fault.Forbidden, "provisioning", client.MemberAdd{User: "new@acme.test", Platform: "astro"})
		w.refused(oz, fault.Forbidden, "provisioning", team)
		w.refused(w.owner, fault.Forbidden, "provisioning", team)
		w.must(oz, client.TeamLeave{Team: "crew", Members: []string{"ed@acme.test"}}) // removing goes on
		w.must(w.owner, client.OrganizationSet{Name: "provisioning", Value: "off"})
		w.must(oz, team)
	})
}

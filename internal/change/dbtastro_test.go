package change_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

func TestDbtNobodyChangesTheirOwnGroupsOrLicense(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.warehouse()
		ann, sec := w.as("ann@acme.test"), w.as("sec@acme.test")
		self := func(team string) client.TeamJoin {
			return client.TeamJoin{Team: team, Members: []string{"sec@acme.test"}}
		}
		w.refused(sec, fault.Forbidden, "not_on_self", self("devs"))
		w.refused(sec, fault.Forbidden, "not_on_self", self("empty"))
		w.refused(sec, fault.Forbidden, "not_on_self", self("empty"), grant("team:empty", "admin", "dbt/jaffle"))
		w.refused(sec, fault.Forbidden, "not_on_self", client.TeamCreate{Team: "mine", Members: []string{"sec@acme.test"}}, grant("team:mine", "admin", "dbt/jaffle"))
		w.refused(sec, fault.Forbidden, "not_on_self", client.TeamLeave{Team: "security", Members: []string{"sec@acme.test"}})
		w.refused(ann, fault.Forbidden, "not_on_self", client.TeamJoin{Team: "devs", Members: []string{"ann@acme.test", "dev@acme.test"}})
		w.refused(sec, fault.Forbidden, "not_on_self", client.LicenseSet{User: "sec@acme.test", Platform: "dbt", License: "it"})
		w.must(ann, self("devs"))
	})
}

func TestDbtWhoWritesGroupsGivesEverySetExceptThoseThatWriteGroups(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.warehouse()
		sec, dev := w.as("sec@acme.test"), w.as("dev@acme.test")
		for _, role := range []string{"account_admin", "project_creator", "security_admin"} {
			w.refused(sec, fault.Forbidden, "may_give", grant("team:empty", role, "dbt"))
		}
		w.refused(sec, fault.Forbidden, "may_give", grant("team:empty", "admin", "dbt/*"))
		w.refused(sec, fault.Forbidden, "may_give", client.TeamJoin{Team: "owners", Members: []string{"dev@acme.test"}})
		w.refused(sec, fault.Forbidden, "may_give", take("team:owners", "account_admin", "dbt"))
		w.must(sec, grant("team:empty", "billing_admin", "dbt"), grant("team:empty", "admin", "dbt/jaffle"), grant("team:empty", "developer", "dbt/*"))
		w.refused(dev, fault.Forbidden, "may_give", grant("team:devs", "admin", "dbt/jaffle"))
	})
}

// An Admin of a project writes the rows of groups there, with what they hold themselves.
func TestDbtAnAdminOfAProjectGivesWhatTheyHold(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.warehouse()
		w.must(w.as("ann@acme.test"), grant("team:devs", "admin", "dbt/jaffle"))
		dev := w.as("dev@acme.test")
		in := func(role, on string, categories ...string) client.GrantAdd {
			return client.GrantAdd{Grant: client.Grant{To: "team:empty", Role: role, On: on, Environments: categories}}
		}
		w.must(dev, in("admin", "dbt/jaffle"))
		w.must(dev, in("developer", "dbt/jaffle", "production"))
		w.refused(dev, fault.Forbidden, "may_give", in("admin", "dbt/other"))
		w.refused(dev, fault.Forbidden, "may_give", in("developer", "dbt/*"))
		w.refused(dev, fault.Forbidden, "may_give", in("account_viewer", "dbt"))
	})
}

// TestDbtAnUnknownEnvironmentIsTheCallersMistake : named with its field and with what would be right, at every door.
func TestDbtAnUnknownEnvironmentIsTheCallersMistake(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.warehouse()
		ann := w.as("ann@acme.test")
		for name, right := range map[string]string{"prodction": "production", "moon": "it can be all, development, other, production, staging"} {
			given := client.Grant{To: "team:empty", Role: "developer", On: "dbt/jaffle", Environments: []string{"staging", name}}
			for _, c := range []client.Command{client.GrantAdd{Grant: given}, client.GrantRemove{Grant: given}} {
				w.refused(ann, fault.Invalid, "environments", c)
				var wrong *fault.Error
				if _, err := w.Do(context.Background(), acme, ann, change.How{}, c); !as(err, &wrong) || wrong.Field != "environments" || !strings.Contains(wrong.Right, right) {
					t.Errorf("%s: %v, which is to name the field and %s", name, err, right)
				}
			}
		}
	})
}

func TestDbtALicenseCountsAsItsLines(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.warehouse()
		ann, sec := w.as("ann@acme.test"), w.as("sec@acme.test")
		w.must(ann, client.TeamJoin{Team: "empty", Members: []string{"dev@acme.test"}}, grant("team:empty", "project_creator", "dbt"))
		// IT is Security admin, of which a Project creator does not hold everything.
		w.refused(w.as("dev@acme.test"), fault.Forbidden, "may_give", client.LicenseSet{User: "sec@acme.test", Platform: "dbt", License: "it"})
		w.refused(sec, fault.Forbidden, "may_give", client.LicenseSet{User: "ann@acme.test", Platform: "dbt", License: "read_only"})
		w.must(ann, client.LicenseSet{User: "dev@acme.test", Platform: "dbt", License: "it"})
		w.refused(w.as("dev@acme.test"), fault.Forbidden, "not_on_self", client.LicenseSet{User: "dev@acme.test", Platform: "dbt", License: "developer"})
		w.refused(ann, fault.Invalid, "", client.LicenseSet{User: "dev@acme.test", Platform: "dbt", License: "platinum"})
		// A license makes a member: it takes the right to invite, and waits for provisioning like an invitation.
		w.must(w.owner, client.OrganizationSet{Name: "provisioning", Value: "on"})
		w.refused(ann, fault.Forbidden, "provisioning", client.UserAdd{NewUser: client.NewUser{Email: "new@acme.test", Licenses: client.Licenses{"dbt": "developer"}}})
	})
}

func TestDbtTheOwnerGroupStaysUnlessAnITUserIsThere(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.warehouse()
		ann := w.as("ann@acme.test")
		w.refused(ann, fault.Conflict, "last_administrator", client.TeamDelete{Team: "owners"})
		w.canSignIn("dev@acme.test")
		w.must(ann, client.LicenseSet{User: "dev@acme.test", Platform: "dbt", License: "it"})
		w.must(ann, client.TeamDelete{Team: "owners"})
	})
}

func TestAstroTheFirstThreeWhoSignInBecomeOwners(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		const people = 20
		commands := []client.Command{client.PlatformAttach{Platform: "astro", Model: "astro-2022"}}
		for i := range people {
			commands = append(commands, add(fmt.Sprintf("p%d@acme.test", i), "astro"))
		}
		w.must(w.owner, commands...)
		owners := func() (names []string) {
			for i := range people + 1 {
				name := fmt.Sprintf("p%d@acme.test", i)
				if w.now().UserByEmail(name) != nil && len(w.roles("user:"+name)) == 1 && w.roles("user:" + name)[0] == "organization_owner on astro" {
					names = append(names, name)
				}
			}
			return names
		}
		var all sync.WaitGroup
		for i := range people {
			id := w.as(fmt.Sprintf("p%d@acme.test", i)).Subject.ID
			for range 2 { // from two browsers at once
				all.Go(func() {
					if err := w.SignedIn(t.Context(), acme, id, "req"); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		seated := owners()
		if len(seated) != 3 || w.now().SignIns("astro") != people {
			t.Fatalf("%d signed in, and %v are owners", w.now().SignIns("astro"), seated)
		}
		// A place that was taken stays taken.
		w.canSignIn(seated[0])
		w.must(w.as(seated[0]), take("user:"+seated[1], "organization_owner", "astro"), client.MemberAdd{User: "p20@acme.test", Platform: "astro"})
		w.must(w.owner, client.UserRemove{User: seated[2]})
		if err := w.SignedIn(t.Context(), acme, w.as("p20@acme.test").Subject.ID, "req"); err != nil {
			t.Error(err)
		}
		if now := owners(); len(now) != 1 {
			t.Errorf("a removed owner freed a place: %v", now)
		}
		w.sound()
		w.reopen()
		w.sound()
	})
}

func TestAstroWhoCreatesAWorkspaceHasIt(t *testing.T) {
	for edition, role := range map[string]string{"astro-2022": "workspace_admin", "astro-2024": "workspace_owner"} {
		t.Run(edition, func(t *testing.T) {
			onBoth(t, func(_ *testing.T, w *world) {
				w.must(w.owner, client.PlatformAttach{Platform: "astro", Model: edition}, add("oz@acme.test", "astro"), grant("user:oz@acme.test", "organization_owner", "astro"), add("al@acme.test", "astro"))
				oz, al, mine := w.as("oz@acme.test"), w.as("al@acme.test"), client.ResourceCreate{Resource: "astro/mine"}
				if edition == "astro-2024" {
					w.refused(al, fault.Forbidden, "permission", mine)
					w.must(oz, mine)
					w.wantRoles("user:oz@acme.test", "organization_owner on astro", role+" on astro/mine")
					return
				}
				w.must(al, mine)
				w.wantRoles("user:al@acme.test", role+" on astro/mine")
				w.must(al, grant("user:oz@acme.test", "workspace_viewer", "astro/mine"))
				w.refused(al, fault.Forbidden, "may_give", grant("user:al@acme.test", "organization_owner", "astro"))
				w.refused(al, fault.Invalid, "one_role", grant("user:oz@acme.test", "workspace_editor", "astro/mine"))
			})
		})
	}
}

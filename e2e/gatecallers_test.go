package e2e

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// The deployments that gates stand in front of.
const (
	prod   = "dagster/prod"
	branch = "dagster/prod/branch:feature-1"
)

// A caller is somebody who asks a gate: with one role at one scope, or with one kind of credential.
type caller struct {
	name   string
	grants []granted
	team   bool     // the grants are a team's, and the caller is in it
	kind   string   // of the credential: "user" where left out, "session", "svc", "agent", "scim", "gate", "nothing", "garbage"
	ended  string   // what has come of the token since: "revoked", "expired"
	narrow []string // the token's permissions
	scopes []string // the token's scopes

	secret   string                  // the token that it shows
	sessions map[string]*http.Cookie // its cookie at each gate, in place of a token
}

// granted is a role at a scope.
type granted struct{ role, on string }

// callers are all who ask. Each role of the model is there at each kind of scope, and each permission that a mutation takes as
// the only one that somebody has: a mutation that asks for another one is found by him.
func callers() []caller {
	all := []caller{
		{name: "organization admin", grants: []granted{{"organization_admin", "dagster"}}},
		{name: "viewer", grants: []granted{{"viewer", prod}}},
		{name: "launcher", grants: []granted{{"launcher", prod}}},
		{name: "editor", grants: []granted{{"editor", prod}}},
		{name: "admin", grants: []granted{{"admin", prod}}},
		{name: "editor of dev", grants: []granted{{"editor", "dagster/dev"}}},
		{name: "viewer, editor of etl", grants: []granted{{"viewer", prod}, {"editor", prod + "/etl"}}},
		{name: "viewer, launcher of etl", grants: []granted{{"viewer", prod}, {"launcher", prod + "/etl"}}},
		{name: "launcher, admin of reports", grants: []granted{{"launcher", prod}, {"admin", prod + "/reports"}}},
		{name: "launcher by a team", grants: []granted{{"launcher", prod}}, team: true},
		{name: "viewer, editor of branches", grants: []granted{{"viewer", prod}, {"editor", "dagster/branch:*"}}},
		{name: "viewer, launcher of prod's branches", grants: []granted{{"viewer", prod}, {"launcher", prod + "/branch:*"}}},
		{name: "editor, viewer of branches", grants: []granted{{"editor", prod}, {"viewer", "dagster/branch:*"}}},
		{name: "admin of branches without the parent", grants: []granted{{"admin", "dagster/branch:*"}}},
		{name: "admin of branches with another parent", grants: []granted{{"admin", "dagster/branch:*"}, {"viewer", "dagster/dev"}}},
		{name: "without a role"},

		{name: "session of an editor", grants: []granted{{"editor", prod}}, kind: "session"},
		{name: "service user, launcher", grants: []granted{{"launcher", prod}}, kind: "svc"},
		{name: "service user, editor of etl", grants: []granted{{"viewer", prod}, {"editor", prod + "/etl"}}, kind: "svc"},
		{name: "admin, a token to launch", grants: []granted{{"admin", prod}}, narrow: []string{"deployments.view", "runs.view", "runs.launch"}},
		{name: "admin, a token to edit nothing seen", grants: []granted{{"admin", prod}}, narrow: []string{"runs.launch"}},
		{name: "organization admin, a token for prod", grants: []granted{{"organization_admin", "dagster"}}, scopes: []string{prod}},
		{name: "editor, a token for etl", grants: []granted{{"editor", prod}}, scopes: []string{prod + "/etl"}},
		{name: "organization admin, a token for dev", grants: []granted{{"organization_admin", "dagster"}}, scopes: []string{"dagster/dev"}},

		{name: "agent token", kind: "agent", grants: []granted{{"agent", "dagster"}}},
		{name: "SCIM token", kind: "scim"},
		{name: "gate token", kind: "gate"},
		{name: "revoked token of an admin", grants: []granted{{"admin", prod}}, ended: "revoked"},
		{name: "expired token of an admin", grants: []granted{{"admin", prod}}, ended: "expired"},
		{name: "garbage", kind: "garbage"},
		{name: "signed out", kind: "nothing"},
	}
	for _, p := range permissionsAsked() {
		all = append(all, caller{name: onlyCaller + p, grants: []granted{{onlyRole(p), prod}}})
	}
	return all
}

// onlyCaller begins the names of callers with one permission.
const onlyCaller = "only "

// onlyRole is the name of the custom role that has one permission.
func onlyRole(permission string) string { return "just-" + strings.ReplaceAll(permission, ".", "-") }

// permissionsAsked are those that the cases take.
func permissionsAsked() []string {
	var all []string
	for _, m := range mutations() {
		for _, t := range m.takes {
			all = append(all, t.permission)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// identified tells whether a gate finds out who the caller is.
func (c caller) identified() bool {
	return c.ended == "" && (c.kind == "" || c.kind == "session" || c.kind == "svc")
}

// subject is the caller to the oracle, which knows callers by their names.
func (c caller) subject() access.Subject {
	if c.kind == "svc" {
		return access.Subject{Kind: access.ServiceUser, ID: c.name}
	}
	return access.Subject{Kind: access.User, ID: c.name}
}

// facts are the organization of the callers as the documents would have it written down.
func facts(all []caller) access.Organization {
	dagster := access.Platform{Slug: "dagster", Model: &access.Model{Edition: oracle.DagsterPlus}}
	for _, path := range []string{"dagster/dev", prod, branch, prod + "/etl", prod + "/reports", branch + "/etl", branch + "/reports"} {
		dagster.Resources = append(dagster.Resources, access.Resource{Path: path})
	}
	for _, p := range permissionsAsked() {
		dagster.Roles = append(dagster.Roles, access.Role{Name: onlyRole(p), At: []string{"deployment"}, Permissions: []string{p}})
	}
	org := access.Organization{Name: "acme"}
	for _, c := range all {
		holder := c.subject()
		switch c.kind {
		case "agent", "scim", "gate", "nothing", "garbage":
			continue
		case "svc":
			org.ServiceUsers = append(org.ServiceUsers, c.name)
		default:
			org.Users = append(org.Users, access.UserFacts{ID: c.name})
		}
		if c.team {
			org.Teams = append(org.Teams, access.TeamFacts{Name: c.name, Members: []string{c.name}})
			holder = access.Holder{Kind: access.Team, ID: c.name}
		}
		for _, g := range c.grants {
			org.Grants = append(org.Grants, access.Grant{To: holder, Role: g.role, On: g.on})
		}
	}
	org.Platforms = []access.Platform{dagster}
	return org
}

// A judge says what the role model's documents say, by the second engine, and what a token's limits leave of it.
type judge struct{ oracle *oracle.Oracle }

// has tells whether a caller holds a permission on a resource.
func (j judge) has(c caller, permission, resource string) bool {
	if len(c.narrow) > 0 && !slices.Contains(c.narrow, permission) {
		return false
	}
	within := func(scope string) bool { return resource == scope || strings.HasPrefix(resource, scope+"/") }
	if len(c.scopes) > 0 && !slices.ContainsFunc(c.scopes, within) {
		return false
	}
	return j.oracle.Allowed(access.Question{Subject: c.subject(), Permission: permission, Resource: resource, At: time.Now()})
}

// An outcome is what came of a question.
type outcome string

const (
	nobody  outcome = "401"     // the gate does not know who asks
	outside outcome = "403"     // who asks may not see the deployment at all
	denied  outcome = "refused" // in the shape that the mutation has for it
	let     outcome = "let through"
)

// wants is what has to come of a mutation, and the permissions that are missing.
func (j judge) wants(c caller, m mutation, in string, p place) (outcome, []string) {
	if !c.identified() {
		return nobody, nil
	}
	if !j.has(c, "deployments.view", in) {
		return outside, nil
	}
	var missing []string
	for _, t := range m.takes {
		for _, resource := range t.resources(in, p) {
			if !j.has(c, t.permission, resource) {
				missing = append(missing, t.permission)
			}
		}
	}
	if len(missing) > 0 {
		return denied, missing
	}
	return let, nil
}

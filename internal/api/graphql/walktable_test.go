package graphql_test

import "bailiwick/access"

// A need says who is answered, as the role models have it: not as the code has it.
type need func(*judging) bool

// any of several rights is enough.
func either(needs ...need) need {
	return func(j *judging) bool {
		for _, n := range needs {
			if n(j) {
				return true
			}
		}
		return false
	}
}

func both(needs ...need) need {
	return func(j *judging) bool {
		for _, n := range needs {
			if !n(j) {
				return false
			}
		}
		return true
	}
}

// at asks for a permission of Dagster's at a resource of it.
func at(permission, path string) need {
	return func(j *judging) bool { return j.has(permission, path) }
}

func org(permission string) need { return at(permission, "org") }

func onDagster(permission string) need { return at(permission, "dagster") }

func anybody(*judging) bool { return true }

// The rights that several fields ask for. With Dagster alone attached, its organization admin is the top role everywhere, and
// may what touches everybody's identity.
var (
	auditor = org("audit.read")
	people  = either(auditor, onDagster("users.view"))
	top     = onDagster("users.edit_roles")
	owner   = org("users.manage")
	admins  = isTop

	prod = either(auditor, at("deployments.view", "dagster/prod"))
	// Ending a credential takes every line of its subject away, which is for who could give them.
	givesAtProd = either(top, at("team_permissions.edit", "dagster/prod"))
	settings    = at("deployments.edit_settings", "dagster/prod")
	locations   = at("code_locations.edit", "dagster/prod")
	branches    = at("branch_deployments.create", "dagster/prod")
)

// person is whoever is one: programs have tokens of their own kind.
func person(j *judging) bool { return j.subject.Kind == access.User }

// isTop is Organization Admin, who has everything: each of the rights that only they have.
func isTop(j *judging) bool {
	for _, p := range []string{"users.edit_roles", "users.remove", "billing.manage", "deployments.delete", "sso.administer"} {
		if !j.has(p, "dagster") {
			return false
		}
	}
	return true
}

// A step is one field of the schema with arguments that name things which exist, and who is answered.
type step struct {
	query string
	vars  []string // names of things, each a variable of that name
	at    string   // address; "" for the organization's
	need  need
	// open fields answer whoever is signed in with what is theirs to see: what that is, other tests say.
	open bool
	// hides is how the field says that there is nothing to whom it does not answer, instead of refusing.
	hides outcome
}

func q(need need, query string, vars ...string) step {
	return step{query: query, vars: vars, need: need}
}

func mine(query string, vars ...string) step {
	return step{query: query, vars: vars, need: anybody, open: true}
}

func (s step) hiding(as outcome) step {
	s.hides = as
	return s
}

func (s step) on(deployment string) step {
	s.at = "/" + deployment + "/graphql"
	return s
}

const named = "{__typename}"

// steps has every field of the roots and of bailiwick; TestNoFieldIsMissingFromTheWalk compares.
var steps = map[string]step{
	// Queries.
	"usersOrError":                q(people, "{usersOrError "+named+"}"),
	"userCountsByHighestLevel":    q(people, "{userCountsByHighestLevel {count}}"),
	"teamPermissions":             q(people, "{teamPermissions {id}}"),
	"customRoles":                 q(people, "{customRoles {id}}"),
	"customRoleOrError":           q(people, "query($role: String!) {customRoleOrError(customRoleId: $role) "+named+"}", "role"),
	"serviceUsersOrError":         q(people, "{serviceUsersOrError "+named+"}"),
	"serviceUser":                 q(people, "query($service: String!) {serviceUser(serviceUserId: $service) "+named+"}", "service"),
	"agentTokenOrError":           q(either(auditor, onDagster("agent_tokens.view")), "query($agentToken: Int!) {agentTokenOrError(tokenId: $agentToken) "+named+"}", "agentToken"),
	"agentTokensOrError":          q(either(auditor, onDagster("agent_tokens.view")), "{agentTokensOrError "+named+"}"),
	"userTokensOrError":           q(either(auditor, owner, onDagster("user_tokens.list_all")), "query($user: Int!) {userTokensOrError(userId: $user) "+named+"}", "user"),
	"apiTokensOrError":            q(either(auditor, org("scim.manage"), admins), "{apiTokensOrError(tokenType: SCIM) "+named+"}"),
	"serviceTokensOrError":        q(either(auditor, owner, onDagster("service_users.manage"), onDagster("user_tokens.list_all")), "query($service: String!) {serviceTokensOrError(serviceUserId: $service) "+named+"}", "service"),
	"auditLog":                    q(either(auditor, onDagster("audit_log.view")), "{auditLog {auditLogEntries(limit: 3) {id}}}"),
	"deployments":                 mine("{deployments {deploymentId}}"),
	"fullDeployments":             mine("{fullDeployments {deploymentId}}"),
	"currentDeployment":           q(prod, "{currentDeployment {deploymentId}}").on("prod").hiding("not_found"),
	"deploymentByName":            q(prod, `{deploymentByName(name: "prod") `+named+"}").hiding("DeploymentNotFoundError"),
	"branchDeployments":           mine("{branchDeployments(limit: 10) {nodes {deploymentId}}}"),
	"getBranchDeploymentName":     mine(`{getBranchDeploymentName(repoName: "r", branchName: "b")}`),
	"deploymentSettings":          q(prod, "{deploymentSettings {settings}}").on("prod").hiding("not_found"),
	"workspace":                   mine("{workspace {workspaceEntries {locationName}}}").on("prod"),
	"workspaceOrError":            q(prod, "{workspaceOrError "+named+"}").on("prod").hiding("PythonError"),
	"locationStatusesOrError":     q(prod, "{locationStatusesOrError "+named+"}").on("prod").hiding("PythonError"),
	"locationsAsDocument":         mine("{locationsAsDocument {document}}").on("prod"),
	"version":                     mine("{version}"),
	"identity":                    mine("{identity {viewer {email} permissions {permission}}}"),
	"permissions":                 mine("{permissions {permission}}"),
	"organization":                mine("{organization {id}}"),
	"organizationSettings":        mine("{organizationSettings {settings}}"),
	"planType":                    mine("{planType}"),
	"planAllowsAddingMoreUsers":   mine("{planAllowsAddingMoreUsers}"),
	"scimSyncEnabled":             mine("{scimSyncEnabled}"),
	"defaultViewersToCatalogMode": mine("{defaultViewersToCatalogMode}"),
	"defaultTimezone":             mine("{defaultTimezone}"),
	"featureGateValue":            mine("{featureGateValue(featureGate: CUSTOM_RBAC_ENABLED)}"),
	"agents":                      mine("{agents {id}}"),
	"bailiwick":                   mine("{bailiwick {revision}}"),

	// Bailiwick's own.
	"bailiwick.users":        q(people, "{bailiwick {users {total}}}"),
	"bailiwick.teams":        q(people, "{bailiwick {teams {total}}}"),
	"bailiwick.serviceUsers": q(people, "{bailiwick {serviceUsers {total}}}"),
	"bailiwick.grants":       q(people, "query($email: String!) {bailiwick {grants(to: $email) {total}}}", "userHolder"),
	"bailiwick.tokens":       q(either(auditor, owner, onDagster("user_tokens.list_all")), "query($email: String!) {bailiwick {tokens(subject: $email) {total}}}", "userHolder"),
	"bailiwick.platforms":    q(people, "{bailiwick {platforms {slug}}}"),
	"bailiwick.resources":    q(people, `{bailiwick {resources(platform: "dagster") {total}}}`),
	"bailiwick.check":        q(people, `query($email: String!) {bailiwick {check(who: $email, permission: "runs.view", resource: "dagster/prod/etl") {allowed}}}`, "email"),
	"bailiwick.explain":      q(people, `query($email: String!) {bailiwick {explain(who: $email, permission: "runs.view", resource: "dagster/prod/etl") {allowed}}}`, "email"),
	"bailiwick.whoCan":       q(people, `{bailiwick {whoCan(permission: "runs.view", resource: "dagster/prod/etl") {count}}}`),
	"bailiwick.whatCan":      q(people, `query($email: String!) {bailiwick {whatCan(who: $email) {subject}}}`, "email"),
	"bailiwick.effective":    q(people, `query($email: String!) {bailiwick {effective(who: $email, resource: "dagster/prod") {roles}}}`, "email"),
	"bailiwick.revision":     mine("{bailiwick {revision}}"),
	"bailiwick.epoch":        mine("{bailiwick {epoch}}"),
	"bailiwick.journal":      q(either(auditor, onDagster("audit_log.view")), "{bailiwick {journal(first: 3) {next}}}"),
	"bailiwick.activity":     q(either(auditor, onDagster("audit_log.view")), "{bailiwick {activity(first: 3) {next}}}"),

	// Mutations: each as a dry run.
	"addUserToOrganization":      q(onDagster("users.add"), `mutation @dryRun {addUserToOrganization(email: "new@acme.test") `+named+"}"),
	"removeUserFromOrganization": q(either(owner, both(onDagster("users.remove"), top)), "mutation($email: String!) @dryRun {removeUserFromOrganization(email: $email) "+named+"}", "email"),
	"createOrUpdateUserPermissions": q(top, "mutation($email: String!, $prod: Int!) @dryRun {createOrUpdateUserPermissions(userPermission: {email: $email, deploymentId: $prod, grant: LAUNCHER, deploymentScope: DEPLOYMENT}) "+named+"}",
		"email", "prod"),
	"removeUserPermissions":  q(top, "mutation($email: String!, $prod: Int!) @dryRun {removeUserPermissions(userPermission: {email: $email, deploymentId: $prod, deploymentScope: DEPLOYMENT}) "+named+"}", "email", "prod"),
	"createOrUpdateTeam":     q(either(org("teams.manage"), onDagster("teams.create")), `mutation @dryRun {createOrUpdateTeam(name: "new") `+named+"}"),
	"renameTeam":             q(either(org("teams.manage"), onDagster("teams.rename")), `mutation($team: String!) @dryRun {renameTeam(name: "another", teamId: $team) `+named+"}", "team"),
	"deleteTeam":             q(either(org("teams.manage"), onDagster("teams.remove")), "mutation($team: String!) @dryRun {deleteTeam(teamId: $team) "+named+"}", "team"),
	"addMemberToTeam":        q(either(org("teams.manage"), onDagster("teams.edit_members")), "mutation($team: String!, $user: Int!) @dryRun {addMemberToTeam(memberId: $user, teamId: $team) "+named+"}", "team", "user"),
	"removeMemberFromTeam":   q(both(onDagster("teams.edit_members"), givesAtProd), "mutation($holder: String!, $user: Int!) @dryRun {removeMemberFromTeam(memberId: $user, teamId: $holder) "+named+"}", "holder", "user"),
	"removeTeamPermission":   q(givesAtProd, "mutation($holder: String!, $prod: Int!) @dryRun {removeTeamPermission(teamId: $holder, deploymentId: $prod, deploymentScope: DEPLOYMENT) "+named+"}", "holder", "prod"),
	"createCustomRole":       q(onDagster("custom_roles.edit"), `mutation @dryRun {createCustomRole(name: "new", description: "", iconName: "x", customRoleDeploymentScope: DEPLOYMENT, customRolePermissions: [WIPE_ASSETS]) `+named+"}"),
	"updateCustomRole":       q(onDagster("custom_roles.edit"), `mutation($role: String!) @dryRun {updateCustomRole(customRoleId: $role, name: "spare", description: "", iconName: "x", customRolePermissions: [WIPE_ASSETS]) `+named+"}", "role"),
	"deleteCustomRole":       q(onDagster("custom_roles.edit"), "mutation($role: String!) @dryRun {deleteCustomRole(customRoleId: $role) "+named+"}", "role"),
	"createServiceUser":      q(either(owner, onDagster("service_users.manage")), `mutation @dryRun {createServiceUser(name: "new") `+named+"}"),
	"updateServiceUser":      q(either(owner, onDagster("service_users.manage")), `mutation($service: String!) @dryRun {updateServiceUser(id: $service, description: "other") `+named+"}", "service"),
	"deleteServiceUser":      q(either(owner, both(onDagster("service_users.manage"), top)), "mutation($service: String!) @dryRun {deleteServiceUser(serviceUserId: $service) "+named+"}", "service"),
	"createAgentToken":       q(both(onDagster("agent_tokens.create"), onDagster("agent_tokens.edit")), "mutation @dryRun {createAgentToken "+named+"}"),
	"revokeAgentToken":       q(either(owner, both(onDagster("agent_tokens.revoke"), either(top, onDagster("agent_tokens.edit")))), "mutation($agentToken: Int!) @dryRun {revokeAgentToken(tokenId: $agentToken) "+named+"}", "agentToken"),
	"removeAgentPermissions": q(either(top, onDagster("agent_tokens.edit")), "mutation($agentToken: Int!) @dryRun {removeAgentPermissions(agentPermission: {agentTokenId: $agentToken, deploymentScope: ORGANIZATION}) "+named+"}", "agentToken"),
	"createUserToken":        q(person, "mutation @dryRun {createUserToken "+named+"}").hiding("PythonError"),
	"revokeUserToken":        q(either(owner, both(onDagster("user_tokens.revoke_all"), top)), "mutation($userToken: Int!, $user: Int!) @dryRun {revokeUserToken(tokenId: $userToken, userId: $user) "+named+"}", "userToken", "user"),
	"createApiToken":         q(either(org("scim.manage"), admins), "mutation @dryRun {createApiToken(tokenType: SCIM) "+named+"}"),
	"createServiceToken":     q(either(owner, both(onDagster("service_users.manage"), top)), "mutation($service: String!) @dryRun {createServiceToken(serviceUserId: $service) "+named+"}", "service"),
	"revokeServiceToken":     q(either(owner, both(onDagster("user_tokens.revoke_all"), top)), "mutation($serviceToken: String!) @dryRun {revokeServiceToken(tokenId: $serviceToken) "+named+"}", "serviceToken"),
	"createOrUpdateTeamPermission": q(givesAtProd, "mutation($holder: String!, $prod: Int!) @dryRun {createOrUpdateTeamPermission(teamId: $holder, deploymentId: $prod, deploymentScope: DEPLOYMENT, grant: LAUNCHER) "+named+"}",
		"holder", "prod"),
	"createOrUpdateServiceUserPermissions": q(top, "mutation($service: String!, $prod: Int!) @dryRun {createOrUpdateServiceUserPermissions(serviceUserPermission: {serviceUserId: $service, deploymentId: $prod, grant: LAUNCHER, deploymentScope: DEPLOYMENT}) "+named+"}",
		"service", "prod"),
	"removeServiceUserPermissions": q(top, "mutation($service: String!, $prod: Int!) @dryRun {removeServiceUserPermissions(serviceUserPermission: {serviceUserId: $service, deploymentId: $prod, deploymentScope: DEPLOYMENT}) "+named+"}",
		"service", "prod"),
	"createOrUpdateAgentPermissions": q(either(top, onDagster("agent_tokens.edit")), "mutation($agentToken: Int!, $prod: Int!) @dryRun {createOrUpdateAgentPermissions(agentPermission: {agentTokenId: $agentToken, deploymentId: $prod, grant: AGENT, deploymentScope: DEPLOYMENT}) "+named+"}",
		"agentToken", "prod"),
	"editAgentTokenDescription": q(either(owner, both(onDagster("agent_tokens.revoke"), either(top, onDagster("agent_tokens.edit")))), `mutation($agentToken: Int!) @dryRun {editAgentTokenDescription(tokenId: $agentToken, description: "x") `+named+"}", "agentToken"),
	"editUserTokenDescription": q(either(owner, both(onDagster("user_tokens.revoke_all"), top)), `mutation($userToken: Int!, $user: Int!) @dryRun {editUserTokenDescription(tokenId: $userToken, userId: $user, description: "x") `+named+"}",
		"userToken", "user"),
	"updateServiceToken": q(either(owner, both(onDagster("user_tokens.revoke_all"), top)), `mutation($serviceToken: String!, $service: String!) @dryRun {updateServiceToken(tokenId: $serviceToken, serviceUserId: $service, description: "x") `+named+"}",
		"serviceToken", "service"),
	"revokeApiToken":          q(either(org("scim.manage"), admins), "mutation($apiToken: ID!) @dryRun {revokeApiToken(tokenId: $apiToken, tokenType: SCIM) "+named+"}", "apiToken"),
	"editApiTokenDescription": q(either(org("scim.manage"), admins), `mutation($apiToken: ID!) @dryRun {editApiTokenDescription(tokenId: $apiToken, tokenType: SCIM, description: "x") `+named+"}", "apiToken"),
	"createDeployment":        q(onDagster("deployments.create"), `mutation @dryRun {createDeployment(deploymentName: "new") `+named+"}"),
	"deleteDeployment":        q(onDagster("deployments.delete"), "mutation($dev: Int!) @dryRun {deleteDeployment(deploymentId: $dev) "+named+"}", "dev"),
	"setDeploymentSettings":   q(settings, "mutation($prod: Int!) @dryRun {setDeploymentSettings(deploymentId: $prod, deploymentSettings: {settings: {a: 1}}) "+named+"}", "prod"),
	"updateDeploymentSettings": q(settings, "mutation($prod: Int!) @dryRun {updateDeploymentSettings(deploymentId: $prod, deploymentSettings: {settings: {a: 1}}) "+named+"}",
		"prod"),
	"updateDeploymentAgentType": q(settings, "mutation($prod: Int!) @dryRun {updateDeploymentAgentType(deploymentId: $prod, deploymentAgentType: HYBRID) "+named+"}", "prod"),
	"createOrUpdateBranchDeployment": q(branches, `mutation @dryRun {createOrUpdateBranchDeployment(baseDeploymentName: "prod", branchData: {repoName: "r", branchName: "b"}, commit: {commitHash: "c", timestamp: 1}) `+
		named+"}"),
	"addLocation":                     q(locations, `mutation @dryRun {addLocation(location: {name: "new", image: "i", pythonFile: "a.py"}) `+named+"}").on("prod"),
	"updateLocation":                  q(locations, `mutation @dryRun {updateLocation(location: {name: "etl", image: "i", pythonFile: "a.py"}) `+named+"}").on("prod"),
	"addOrUpdateLocation":             q(locations, `mutation @dryRun {addOrUpdateLocation(location: {name: "etl", image: "i", pythonFile: "a.py"}) `+named+"}").on("prod"),
	"deleteLocation":                  q(locations, `mutation @dryRun {deleteLocation(locationName: "ml") `+named+"}").on("prod"),
	"reconcileLocations":              q(locations, `mutation @dryRun {reconcileLocations(locations: [{name: "etl", image: "i", pythonFile: "a.py"}]) `+named+"}").on("prod"),
	"addLocationFromDocument":         q(locations, `mutation @dryRun {addLocationFromDocument(document: {location_name: "new", image: "i", code_source: {python_file: "a.py"}}) `+named+"}").on("prod"),
	"updateLocationFromDocument":      q(locations, `mutation @dryRun {updateLocationFromDocument(document: {location_name: "etl", image: "i", code_source: {python_file: "a.py"}}) `+named+"}").on("prod"),
	"addOrUpdateLocationFromDocument": q(locations, `mutation @dryRun {addOrUpdateLocationFromDocument(document: {location_name: "etl", image: "i", code_source: {python_file: "a.py"}}) `+named+"}").on("prod"),
	"reconcileLocationsFromDocument": q(locations, `mutation @dryRun {reconcileLocationsFromDocument(document: {locations: [{location_name: "etl", image: "i", code_source: {python_file: "a.py"}}]}) `+
		named+"}").on("prod"),
	"deployLocations":            q(locations, `mutation @dryRun {deployLocations(document: {locations: [{location_name: "etl", image: "i", code_source: {python_file: "a.py"}}]}) `+named+"}").on("prod"),
	"setOrganizationSettings":    q(onDagster("billing.manage"), "mutation @dryRun {setOrganizationSettings(organizationSettings: {settings: {a: 1}}) "+named+"}"),
	"updateOrganizationSettings": q(onDagster("billing.manage"), "mutation @dryRun {updateOrganizationSettings(organizationSettings: {settings: {a: 1}}) "+named+"}"),
	"setScimSyncEnabled":         q(either(org("scim.manage"), admins), "mutation @dryRun {setScimSyncEnabled(enabled: true) "+named+"}"),
	"markCliEvent":               mine("mutation @dryRun {markCliEvent(eventType: DEPLOY, durationSeconds: 1)}"),
	"change":                     q(either(org("teams.manage"), onDagster("teams.create")), `mutation @dryRun {change(commands: [{do: "team.create", team: "new"}]) {changed}}`),
}

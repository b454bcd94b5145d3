package history

import "strings"

// DagsterEventTypes lists the 41 names of Dagster's AuditLogEventType (schema of its management API, as published with its
// Terraform provider, 2026). Changes of teams and custom roles have none of theirs.
func DagsterEventTypes() []string {
	return []string{
		"CHANGE_USER_PERMISSIONS", "CREATE_DEPLOYMENT", "DELETE_DEPLOYMENT", "CREATE_USER_TOKEN", "REVOKE_USER_TOKEN", "CREATE_AGENT_TOKEN",
		"REVOKE_AGENT_TOKEN", "UPDATE_AGENT_TOKEN_PERMISSIONS", "CREATE_SECRET", "UPDATE_SECRET", "DELETE_SECRET", "LOG_IN", "IFRAME_LOG_IN",
		"UPDATE_SUBSCRIPTION_PLAN", "UPDATE_SCHEDULE", "UPDATE_SENSOR", "MODIFY_ALERT_POLICIES", "CREATE_ORGANIZATION_SUBDOMAIN",
		"DELETE_ORGANIZATION_SUBDOMAIN", "EDIT_CUSTOMER_ID", "CREATE_ENT_TRIAL", "UPDATE_TRIAL_DAYS", "UPDATE_SUBSCRIPTION_TYPE",
		"PUT_REVOKE_TOKEN", "SET_ACCOUNT_REVIEW", "REDEPLOY_SERVERLESS_AGENT", "UPDATE_INTERNAL_ORGANIZATION_SETTINGS", "UPDATE_AGENT_TYPE",
		"SET_AUTO_MATERIALIZE_PAUSED",
		"CREATE_CODE_LOCATION", "UPDATE_CODE_LOCATION", "DELETE_CODE_LOCATION", "CREATE_SERVICE_USER",
		"UPDATE_SERVICE_USER", "DELETE_SERVICE_USER", "CHANGE_SERVICE_USER_PERMISSIONS", "CREATE_SERVICE_TOKEN", "REVOKE_SERVICE_TOKEN",
		"UPDATE_DEPLOYMENT_SETTINGS", "LAUNCH_RUN", "LAUNCH_BACKFILL",
	}
}

// dagsterSignIn is the name of a sign-in, which activity has too.
const dagsterSignIn = "LOG_IN"

// DagsterEventType returns the name that Dagster's audit log has for a row; "" where it has none.
func DagsterEventType(r *Row) string { return r.Event }

// dagster is the table of the names: by type, then by whom or what it is about.
func (x *index) dagster(kind string, a *about) string {
	first := ""
	if len(a.targets) > 0 {
		first = a.targets[0]
	}
	holder, _, _ := strings.Cut(first, ":")
	switch kind {
	case "grant.added", "grant.removed":
		return one(holder, "CHANGE_USER_PERMISSIONS", "CHANGE_SERVICE_USER_PERMISSIONS", "UPDATE_AGENT_TOKEN_PERMISSIONS")
	case "token.issued":
		return one(a.kind, "CREATE_USER_TOKEN", "CREATE_SERVICE_TOKEN", "CREATE_AGENT_TOKEN")
	case "token.revoked", "token.suspended":
		return one(a.kind, "REVOKE_USER_TOKEN", "REVOKE_SERVICE_TOKEN", "REVOKE_AGENT_TOKEN")
	case "service_user.created":
		return "CREATE_SERVICE_USER"
	case "service_user.changed":
		return "UPDATE_SERVICE_USER"
	case "service_user.deleted":
		return "DELETE_SERVICE_USER"
	case "member.signed_in":
		return dagsterSignIn
	}
	if slug, _, _ := strings.Cut(first, "/"); strings.HasPrefix(x.editions[slug], "dagster") {
		return dagsterResource(kind, first)
	}
	return ""
}

// one chooses by the kind of a holder, or of a token.
func one(kind, user, service, agent string) string {
	switch kind {
	case "user":
		return user
	case "service_user", "svc":
		return service
	case "agent":
		return agent
	}
	return ""
}

// dagsterResource tells deployments, branch deployments among them, from code locations.
func dagsterResource(kind, path string) string {
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	isDeployment := len(parts) == 2 || strings.HasPrefix(last, "branch:")
	switch {
	case kind == "resource.created" && isDeployment:
		return "CREATE_DEPLOYMENT"
	case kind == "resource.deleted" && isDeployment:
		return "DELETE_DEPLOYMENT"
	case isDeployment && (kind == "resource.changed" || kind == "resource.renamed"):
		return "UPDATE_DEPLOYMENT_SETTINGS"
	case kind == "resource.created":
		return "CREATE_CODE_LOCATION"
	case kind == "resource.deleted":
		return "DELETE_CODE_LOCATION"
	case kind == "resource.changed", kind == "resource.renamed":
		return "UPDATE_CODE_LOCATION"
	}
	return ""
}

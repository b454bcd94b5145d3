package access

// Governance says who may change what on a platform. It is data for package change; decisions do not look at it.
// An edition without it (the zero Governance) is changed by the directory's owner alone, and no role can be given whose
// permissions at the scope the giver has not. What no row lets anybody do is left to the directory's owner.
type Governance struct {
	// Administrators are roles at the root. Who holds one is an administrator of the platform, of whom the last one
	// stays, and holds the platform's top role.
	Administrators []string
	// AdministratorLicenses are licenses whose holders count as administrators too.
	AdministratorLicenses []string
	// Operations has at most one row for each name and kind.
	Operations []Operation
	// MayGive says who may give which roles. Rows add up: one that covers a grant is enough.
	MayGive []MayGive
	// NotOnSelf lists operations that nobody performs on themselves.
	NotOnSelf []string
	// NotWhileProvisioned lists operations that nobody performs by hand while provisioning (SCIM) is on; of
	// OpTeamEditMembers only the adding.
	NotWhileProvisioned []string

	// DefaultRole is nil where a new explicit member gets nothing.
	DefaultRole *DefaultRole
	// FirstLogins is nil where nobody becomes anything by signing in.
	FirstLogins *FirstLogins
	// Creators says what whoever creates a resource gets on it.
	Creators []Creator
	// CopyGrants lists kinds: a new resource of one can begin with the grants of another of its kind.
	CopyGrants []string
	// KeepLast lists kinds of which the platform's last resource cannot be deleted.
	KeepLast []string
	// DeleteEmpty lists kinds whose resources can be deleted only when nothing lies beneath them.
	DeleteEmpty []string
}

// An Operation names the permission that lets somebody change or see something through Bailiwick.
type Operation struct {
	// Name is one of Operations, or OpSetting followed by the name of a setting.
	Name string
	// Kind of the resource concerned; "" where the operation concerns the platform. Of OpServiceUserManage and
	// OpTokenIssueService: service users all of whose grants are at or beneath one resource of that kind.
	Kind string
	// Permission that is needed; "" (OpTokenIssueUser only) where every member may.
	Permission string
	// At is the kind at which it is asked: at the resource concerned where it is exactly of that kind, otherwise at its
	// ancestor that is. What is to be created has no place of its own: it is asked at the ancestor. Where At lies above
	// the permission's own kind, the question means everything beneath.
	At string
}

// A MayGive row lets whoever holds the permission With at a resource of kind At give, and take away, roles at scopes of
// the kinds On that are that resource or lie beneath it.
type MayGive struct {
	With, At string
	// Roles that can be given; nil for every role. A custom role can be given where all that it contains is within one
	// of the roles that can be given at that kind; where that is every role without exception, always.
	Roles []string
	// Except lists roles that "every role" leaves out.
	Except []string
	// Held restricts the row to roles all of whose permissions the giver has at the scope, environment categories
	// included. It stands in the place of Roles and Except.
	Held bool
	// On lists the kinds of the scopes; a "*" scope is a kind of its own.
	On []string
	// To lists the kinds of holders. A person also receives by membership or license what cannot be granted to people.
	To []HolderKind
}

// A DefaultRole says which setting of a kind names the role that a new explicit member gets on every resource of that
// kind. Whoever may change the setting may set it to a role that they may give there, or whose permissions they have there.
type DefaultRole struct {
	Setting string
	// None is the setting's value that names no role; "" if each of them does.
	None string
}

// FirstLogins seats administrators: the first Count members who sign in get Role at the root.
type FirstLogins struct {
	Count int
	Role  string
}

// A Creator rule gives Role on a new resource of Kind to the person who created it.
type Creator struct{ Kind, Role string }

// The names of operations: a closed list, and OpSetting with the name of a setting.
const (
	OpPlatformUpdate = "platform.update" // its plan and seats
	OpResourceCreate = "resource.create"
	OpResourceUpdate = "resource.update"
	OpResourceRename = "resource.rename"
	OpResourceDelete = "resource.delete"
	OpSetting        = "setting." // followed by the setting's name

	OpMemberAdd    = "member.add"
	OpMemberUpdate = "member.update" // the profile
	OpMemberRemove = "member.remove"
	OpLicenseSet   = "license.set"

	OpCustomRoleEdit    = "custom_role.edit"
	OpServiceUserManage = "service_user.manage"
	OpAgentManage       = "agent.manage"

	OpTeamCreate      = "team.create"
	OpTeamRename      = "team.rename"
	OpTeamEditMembers = "team.edit_members"
	OpTeamDelete      = "team.delete"

	OpTokenIssueUser    = "token.issue_user" // one's own
	OpTokenIssueService = "token.issue_service"
	OpTokenIssueAgent   = "token.issue_agent"
	OpTokenListAll      = "token.list_all"   // everybody's
	OpTokenRevokeAll    = "token.revoke_all" // anybody's
	OpTokenRevokeAgent  = "token.revoke_agent"

	OpPeopleView   = "people.view"
	OpAuditView    = "audit.view"
	OpSigninManage = "signin.manage"
	OpSCIMManage   = "scim.manage"
)

// Operations returns the closed list of names of operations, without those of settings.
func Operations() []string {
	return []string{
		OpPlatformUpdate, OpResourceCreate, OpResourceUpdate, OpResourceRename, OpResourceDelete,
		OpMemberAdd, OpMemberUpdate, OpMemberRemove, OpLicenseSet,
		OpCustomRoleEdit, OpServiceUserManage, OpAgentManage,
		OpTeamCreate, OpTeamRename, OpTeamEditMembers, OpTeamDelete,
		OpTokenIssueUser, OpTokenIssueService, OpTokenIssueAgent, OpTokenListAll, OpTokenRevokeAll, OpTokenRevokeAgent,
		OpPeopleView, OpAuditView, OpSigninManage, OpSCIMManage,
	}
}

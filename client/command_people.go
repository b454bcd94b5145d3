package client

// UserAdd creates a person's directory record where there is none, and makes them what else it says, all in one change.
type UserAdd struct{ NewUser }

// UserProfile changes name or e-mail. What is nil stays.
type UserProfile struct {
	User string `json:"user"` // id or e-mail
	Profile
}

// UserDeactivate takes everything from a user until UserReactivate; grants stay written. Sessions, links and tokens end for
// good, those for service users and agents that the user made included. Its Result lists them.
type UserDeactivate struct {
	User       string   `json:"user"`
	KeepTokens []string `json:"keep_tokens,omitempty"` // ids of tokens that the user made for service users and agents
}

// UserReactivate ends a deactivation.
type UserReactivate struct {
	User string `json:"user"`
}

// UserRemove removes a user from the directory with grants, memberships, licenses and everything that UserDeactivate ends.
// Its Result lists what ended.
type UserRemove struct {
	User       string   `json:"user"`
	KeepTokens []string `json:"keep_tokens,omitempty"` // ids of tokens that the user made for service users and agents
}

// MemberAdd makes a user an explicit member of a platform; its default roles come with that. Where the user is not in
// the directory, an e-mail creates the record.
type MemberAdd struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
}

// MemberRemove removes a user from a platform, with the user's own grants and license there.
type MemberRemove struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
}

// LicenseSet gives a user a license on a platform; "" takes it away.
type LicenseSet struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
	License  string `json:"license"`
}

// ServiceUserCreate creates an account for a program.
type ServiceUserCreate struct {
	ServiceUser string `json:"service_user"` // its unique name
	Description string `json:"description,omitempty"`
}

// ServiceUserUpdate changes name or description. What is nil stays.
type ServiceUserUpdate struct {
	ServiceUser string  `json:"service_user"` // id or name
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
}

// ServiceUserDelete removes a service user with its grants and tokens.
type ServiceUserDelete struct {
	ServiceUser string `json:"service_user"` // id or name
}

// NewAgent names, in the commands after an AgentCreate, the agent that it makes: one has no name before it has its id.
const NewAgent = "agent:@new"

// AgentCreate creates an agent. Its Result has the id.
type AgentCreate struct {
	Description string `json:"description,omitempty"`
}

// AgentDelete removes an agent with its grants and tokens.
type AgentDelete struct {
	Agent string `json:"agent"` // id
}

// TeamCreate creates a team.
type TeamCreate struct {
	Team    string   `json:"team"` // its unique name
	Members []string `json:"members,omitempty"`
}

// TeamRename gives a team another name; its grants stay.
type TeamRename struct {
	Team string `json:"team"` // id or name
	To   string `json:"to"`
}

// TeamDelete removes a team with its grants and memberships.
type TeamDelete struct {
	Team string `json:"team"`
}

// TeamJoin makes users members of a team.
type TeamJoin struct {
	Team    string   `json:"team"`
	Members []string `json:"members"` // ids or e-mails
}

// TeamLeave ends memberships.
type TeamLeave struct {
	Team    string   `json:"team"`
	Members []string `json:"members"`
}

// GrantAdd gives a role.
type GrantAdd struct{ Grant }

// GrantRemove takes exactly that grant away.
type GrantRemove struct{ Grant }

// GrantsReplace makes a holder's role at a scope exactly what it says: every other grant of theirs at that scope goes, and so
// does every override on what is directly beneath it (a role at a code location, beneath one at a Dagster deployment). What
// stays the same keeps its number. It is judged on the facts as they are when it is carried out, each line that comes or goes
// as GrantAdd and GrantRemove would be.
type GrantsReplace struct {
	To        string         `json:"to"`             // "user:ana@acme.test", "team:data", with names or ids
	On        string         `json:"on"`             // path: "dagster/prod", "dagster/branch:*"
	Role      string         `json:"role,omitempty"` // "" takes everything away
	Locations []LocationRole `json:"locations,omitempty"`
}

// A LocationRole overrides a role for one resource directly beneath the role's scope.
type LocationRole struct {
	Name string `json:"name"` // as the product calls it: not encoded as in a path
	Role string `json:"role"`
}

// TokenIssue makes a credential. Its Result has the id and, once, the secret.
type TokenIssue struct{ NewToken }

// TokenRevoke ends a credential for good.
type TokenRevoke struct {
	Token string `json:"token"` // id
}

// TokenDescribe replaces the description that lists show of a token, ended or not: for whoever may revoke it, and for whoever
// made it.
type TokenDescribe struct {
	Token       string `json:"token"`                 // id
	Description string `json:"description,omitempty"` // "" takes it away
}

// Do returns "user.add".
func (UserAdd) Do() string { return "user.add" }

// Do returns "user.profile".
func (UserProfile) Do() string { return "user.profile" }

// Do returns "user.deactivate".
func (UserDeactivate) Do() string { return "user.deactivate" }

// Do returns "user.reactivate".
func (UserReactivate) Do() string { return "user.reactivate" }

// Do returns "user.remove".
func (UserRemove) Do() string { return "user.remove" }

// Do returns "member.add".
func (MemberAdd) Do() string { return "member.add" }

// Do returns "member.remove".
func (MemberRemove) Do() string { return "member.remove" }

// Do returns "license.set".
func (LicenseSet) Do() string { return "license.set" }

// Do returns "service_user.create".
func (ServiceUserCreate) Do() string { return "service_user.create" }

// Do returns "service_user.update".
func (ServiceUserUpdate) Do() string { return "service_user.update" }

// Do returns "service_user.delete".
func (ServiceUserDelete) Do() string { return "service_user.delete" }

// Do returns "agent.create".
func (AgentCreate) Do() string { return "agent.create" }

// Do returns "agent.delete".
func (AgentDelete) Do() string { return "agent.delete" }

// Do returns "team.create".
func (TeamCreate) Do() string { return "team.create" }

// Do returns "team.rename".
func (TeamRename) Do() string { return "team.rename" }

// Do returns "team.delete".
func (TeamDelete) Do() string { return "team.delete" }

// Do returns "team.join".
func (TeamJoin) Do() string { return "team.join" }

// Do returns "team.leave".
func (TeamLeave) Do() string { return "team.leave" }

// Do returns "grant.add".
func (GrantAdd) Do() string { return "grant.add" }

// Do returns "grant.remove".
func (GrantRemove) Do() string { return "grant.remove" }

// Do returns "grants.replace".
func (GrantsReplace) Do() string { return "grants.replace" }

// Do returns "token.issue".
func (TokenIssue) Do() string { return "token.issue" }

// Do returns "token.revoke".
func (TokenRevoke) Do() string { return "token.revoke" }

// Do returns "token.describe".
func (TokenDescribe) Do() string { return "token.describe" }

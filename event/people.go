package event

// Profile is the personal part of a user.
type Profile struct {
	Email string `json:"email,omitempty"` // normalized: NFC, lower case; or any id where an edition allows it
	Name  string `json:"name,omitempty"`
}

// UserAdded creates a person's directory record. It gives nothing anywhere.
type UserAdded struct {
	User    string  `json:"user"`   // "usr_…"
	Number  int32   `json:"number"` // 31 bits, from the organization's counter, never reused
	Profile Profile `json:"-"`
}

// UserChanged replaces the profile.
type UserChanged struct {
	User    string  `json:"user"`
	Profile Profile `json:"-"`
}

// UserDeactivated takes everything from a user until UserReactivated; grants stay written.
type UserDeactivated struct {
	User string `json:"user"`
}

// UserReactivated ends a deactivation.
type UserReactivated struct {
	User string `json:"user"`
}

// UserRemoved removes a user from the directory with grants, memberships, licenses and tokens.
type UserRemoved struct {
	User string `json:"user"`
}

// PersonErased says that the personal data of a removed person was erased from the journal and the snapshots.
type PersonErased struct {
	Person string `json:"person"`
}

// MemberAdded makes a user an explicit member of a platform.
type MemberAdded struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
}

// MemberRemoved ends an explicit membership.
type MemberRemoved struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
}

// LicenseSet gives a user a license on a platform, or takes it.
type LicenseSet struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
	License  string `json:"license,omitempty"` // "" takes it
}

// SignedIn is a person's first sign-in to a platform.
type SignedIn struct {
	User     string `json:"user"`
	Platform string `json:"platform"`
}

// ServiceUserCreated creates an account for a program.
type ServiceUserCreated struct {
	ServiceUser string `json:"service_user"` // "svc_…"
	Number      int32  `json:"number"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// ServiceUserChanged replaces name and description.
type ServiceUserChanged struct {
	ServiceUser string `json:"service_user"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// ServiceUserDeleted removes a service user with its grants and tokens.
type ServiceUserDeleted struct {
	ServiceUser string `json:"service_user"`
}

// AgentCreated creates an agent.
type AgentCreated struct {
	Agent       string `json:"agent"` // "agt_…"
	Description string `json:"description,omitempty"`
}

// AgentDeleted removes an agent with its grants and tokens.
type AgentDeleted struct {
	Agent string `json:"agent"`
}

// TeamCreated creates a team without grants.
type TeamCreated struct {
	Team    string   `json:"team"` // "team_…"
	Number  int32    `json:"number"`
	Name    string   `json:"name"`
	Members []string `json:"members,omitempty"` // user ids
}

// TeamRenamed gives a team another name; its grants stay.
type TeamRenamed struct {
	Team string `json:"team"`
	Name string `json:"name"`
}

// TeamDeleted removes a team with its grants and memberships.
type TeamDeleted struct {
	Team string `json:"team"`
}

// TeamJoined makes users members of a team.
type TeamJoined struct {
	Team    string   `json:"team"`
	Members []string `json:"members"`
}

// TeamLeft ends memberships.
type TeamLeft struct {
	Team    string   `json:"team"`
	Members []string `json:"members"`
}

// Type returns "user.added".
func (*UserAdded) Type() string { return "user.added" }

// Type returns "user.changed".
func (*UserChanged) Type() string { return "user.changed" }

// Type returns "user.deactivated".
func (*UserDeactivated) Type() string { return "user.deactivated" }

// Type returns "user.reactivated".
func (*UserReactivated) Type() string { return "user.reactivated" }

// Type returns "user.removed".
func (*UserRemoved) Type() string { return "user.removed" }

// Type returns "person.erased".
func (*PersonErased) Type() string { return "person.erased" }

// Type returns "member.added".
func (*MemberAdded) Type() string { return "member.added" }

// Type returns "member.removed".
func (*MemberRemoved) Type() string { return "member.removed" }

// Type returns "license.set".
func (*LicenseSet) Type() string { return "license.set" }

// Type returns "member.signed_in".
func (*SignedIn) Type() string { return "member.signed_in" }

// Type returns "service_user.created".
func (*ServiceUserCreated) Type() string { return "service_user.created" }

// Type returns "service_user.changed".
func (*ServiceUserChanged) Type() string { return "service_user.changed" }

// Type returns "service_user.deleted".
func (*ServiceUserDeleted) Type() string { return "service_user.deleted" }

// Type returns "agent.created".
func (*AgentCreated) Type() string { return "agent.created" }

// Type returns "agent.deleted".
func (*AgentDeleted) Type() string { return "agent.deleted" }

// Type returns "team.created".
func (*TeamCreated) Type() string { return "team.created" }

// Type returns "team.renamed".
func (*TeamRenamed) Type() string { return "team.renamed" }

// Type returns "team.deleted".
func (*TeamDeleted) Type() string { return "team.deleted" }

// Type returns "team.joined".
func (*TeamJoined) Type() string { return "team.joined" }

// Type returns "team.left".
func (*TeamLeft) Type() string { return "team.left" }

// Person is whom the profile is about.
func (e *UserAdded) Person() string { return e.User }

// Person is whom the profile is about.
func (e *UserChanged) Person() string { return e.User }

func (e *UserAdded) part() any   { return &e.Profile }
func (e *UserChanged) part() any { return &e.Profile }

package access

import "time"

// An Organization is all facts that decide: what Build compiles and what a test or a file writes down.
// Names inside are expected in their stored form (e-mails normalized); Build refuses dangling and duplicate names.
type Organization struct {
	Name         string
	Platforms    []Platform
	Users        []UserFacts
	ServiceUsers []string
	Agents       []string
	Teams        []TeamFacts
	Grants       []Grant
}

// A Platform is one attached product: its model, its settings, its custom roles and its tree of resources.
type Platform struct {
	Slug     string // first segment of every path: "dagster"
	Model    *Model
	Plan     string            // "" is the largest
	Settings map[string]string // of the root
	Roles    []Role            // custom roles
	// Resources in any order; parents may follow their children. The root and the "*" scopes are implied.
	Resources []Resource
}

// A Resource is one node of a platform's tree.
type Resource struct {
	Path     string // "dagster/prod/branch:feature-1"
	Category string // of a kind with categories, or ""
	Settings map[string]string
}

// UserFacts is what decides about a user.
type UserFacts struct {
	ID       string // normalized e-mail, or any id where the model allows it
	Inactive bool
	Licenses map[string]string // platform → license
	On       []string          // platforms the user is an explicit member of
}

// TeamFacts is a team and its members (user ids).
type TeamFacts struct {
	Name    string
	Members []string
}

// A Holder is whom a grant is made to; a Subject is whom a question is about.
type Holder struct {
	Kind HolderKind
	ID   string
}

// Subject is a Holder that can ask: a user, a service user or an agent.
type Subject = Holder

// String writes the holder as the access file does: "user:ana@acme.test".
func (h Holder) String() string { return h.Kind.String() + ":" + h.ID }

// A Grant gives a role to a holder at a scope, perhaps for a time.
type Grant struct {
	To   Holder
	Role string
	On   string // path of the scope
	// Environments are the categories that lift the role's Lifted permissions; "all" is every one, now and later.
	Environments []string
	// From is inclusive, Until exclusive; the zero time leaves that end open.
	From, Until time.Time
}

// A Question asks whether a subject may do something somewhere at a moment.
type Question struct {
	Subject    Subject
	Permission string // "runs.launch", in the model of the resource's platform
	Resource   string // "dagster/prod/etl"
	At         time.Time
}

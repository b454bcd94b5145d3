package access

// A Model is one edition of one product's role model: its kinds of resources, permissions, roles and rules.
// It is plain data; package rolemodel reads it from a file and checks it. Once handed to Build it must not change.
type Model struct {
	Edition string // dated name: "dagster-plus", "astro-2022"
	Product string // what the edition describes, for people: "Dagster+"
	Kinds   []Kind // the first is the platform's root
	// Permissions in the order of the product's own tables.
	Permissions []Permission
	// Roles from the least to the most permissive where the product has an order.
	Roles []Role

	// Ranked says that the order of Roles is a ladder: "the most permissive role wins" has a meaning.
	Ranked bool
	// MinimumRole maps a kind to the role whose permissions any grant at that kind carries at least ("" for none).
	MinimumRole map[string]string
	// MemberRole is the role of every user who is a member of the platform and holds no other role at the root.
	MemberRole string
	// OneRolePer lists the kinds at which one holder has at most one role at a time.
	OneRolePer []string
	// Override is nil where the product has no overrides.
	Override *Override
	// Conditional is nil where every grant counts by itself.
	Conditional *Conditional
	// Licenses is empty where the product has none. A user without any license then has nothing on the platform.
	Licenses []License
	// CustomRoles lists what custom roles may be made of; empty where the product has none.
	CustomRoles []CustomRoleRule
	// Plans from the smallest to the largest; empty where the product is not gated.
	Plans []Plan
	// Settings are the switches of a platform that change decisions.
	Settings []Setting
	// AnyUserID is true for an edition whose user ids need not be e-mail addresses.
	AnyUserID bool
	// Governance says who may change what; zero in an edition that leaves it to the directory's owner.
	Governance Governance
}

// A Kind is a type of resource, or the type of a "*" scope that stands for all resources of another kind.
type Kind struct {
	Name  string // "code_location"
	Title string // "Code location"
	// Under lists the kinds whose children it is; empty for the root.
	Under []string
	// Prefix is written before the name in a path ("branch" in "branch:feature-1"); empty for the default child.
	Prefix string
	// StarOf makes this the kind of a scope: all present and future resources of that kind beneath the parent.
	StarOf string
	// Categories lists the values a resource of this kind has one of (dbt's environment types); usually empty.
	Categories []string
	// Level names another kind whose permissions are asked at this kind too ("deployment" for branch_deployment).
	Level string
	// Plural is the key of the access file that lists resources of this kind ("code_locations").
	Plural string
}

// A Permission is what a role contains, written thing.verb.
type Permission struct {
	Name  string
	Title string // as the product's document words it
	// Section is the heading of the product's table that the permission stands under.
	Section string
	// At is the kind the question is asked at.
	At string
	// RisesFrom lists kinds of scopes: a grant made there gives the permission at the root as well.
	RisesFrom []string
	// Reaches lists "*" kinds: a grant made at their parent gives the permission on that scope as well.
	Reaches []string
	// Row and Verb tie a permission of a read/write table to its row ("jobs", "write"); empty elsewhere.
	Row, Verb string
	// Closed is true for a permission that no custom role may contain.
	Closed bool
}

// A Role is a named set of permissions that can be granted at some kinds of scopes.
type Role struct {
	Name  string
	Title string
	// At lists the kinds it can be granted at.
	At []string
	// Holders lists who may hold it.
	Holders []HolderKind
	// Permissions it contains without condition.
	Permissions []string
	// Lifted permissions hold only where the resource's category is among those of the grant (dbt's R*).
	Lifted []string
	// Unconditional exempts the role from the model's Conditional rule (agents).
	Unconditional bool
	// When names a setting of the platform and its value under which the role also contains Adds.
	When *RoleSwitch
	// Custom is true for a role that the organization made.
	Custom bool
	// BasedOn is the built-in role that a custom role started from; its permissions are included.
	BasedOn string
	// Description is the organization's own text on a custom role.
	Description string
}

// A RoleSwitch adds permissions to a role under a setting of the platform.
type RoleSwitch struct {
	Setting, Value string
	Adds           []string
}

// An Override rule says that a grant at Kind hangs on the same holder's grant at Base (the resource's parent) and may
// only be more permissive than it.
type Override struct {
	Kind, Base string
	// DisabledFor lists the base roles above which nothing may be set.
	DisabledFor []string
	// DisabledForRoot lists the root roles whose holders cannot be given an override.
	DisabledForRoot []string
	// Roles restricts what may be given as an override; empty for every role assignable at Kind.
	Roles []string
}

// A Conditional rule says that grants on "*" scopes of Kind count only where the subject has access to the parent of
// kind Parent, unless the platform's setting Setting has the value Off.
type Conditional struct {
	Kind, Parent string
	Setting, Off string
}

// A License is a seat type that decides about a user's grants on the platform.
type License struct {
	Name  string
	Title string
	// Replaces is false where the user's grants decide; true where Profile stands in their place.
	Replaces bool
	Profile  []LicensedRole
}

// A LicensedRole is one role that a replacing license gives, at a kind that is the root or a "*" scope of the root.
type LicensedRole struct{ Role, At string }

// A CustomRoleRule says where custom roles of a kind can be granted and what they may contain.
type CustomRoleRule struct {
	At string
	// GrantAt lists the kinds that such a role can be granted at.
	GrantAt []string
	// Levels lists the kinds whose permissions it may contain.
	Levels []string
	// Holders lists who may hold it.
	Holders []HolderKind
}

// A Plan is a product's price plan and what it does not allow to be granted or created.
type Plan struct {
	Name string
	// Without lists gates: "role:launcher", "scope:code_location", "teams", "service_users", "custom_roles".
	Without []string
}

// A Setting is a switch of a platform, with the values it takes; the first is the default.
type Setting struct {
	Name   string
	At     string // kind of resource that carries it
	Values []string
}

// HolderKind says what a grant is made to.
type HolderKind uint8

// The kinds of holders. Teams hold grants and never ask.
const (
	NoHolder HolderKind = iota
	User
	ServiceUser
	Agent
	Team
)

// String returns the word of the access file: "user", "service_user", "agent", "team".
func (k HolderKind) String() string {
	switch k {
	case User:
		return "user"
	case ServiceUser:
		return "service_user"
	case Agent:
		return "agent"
	case Team:
		return "team"
	}
	return "none"
}

// ParseHolderKind is the inverse of HolderKind.String; it answers NoHolder for any other word.
func ParseHolderKind(word string) HolderKind {
	for _, k := range []HolderKind{User, ServiceUser, Agent, Team} {
		if k.String() == word {
			return k
		}
	}
	return NoHolder
}

package state

import (
	"time"

	"bailiwick/access"
	"bailiwick/event"
)

// A User is a person's directory record. Records are never changed once they are in a State.
type User struct {
	ID       string
	Number   int32
	Email    string // normalized; "" after erasure
	Name     string
	Inactive bool
	On       []string          // platforms of explicit membership, sorted
	SignedIn []string          // platforms that the person has signed in to, sorted
	Licenses map[string]string // platform → license
	Teams    []string          // ids, sorted
	Added    time.Time
	Password string // id of the secret that has its hash; "": none
	// EndedBefore is when everything that lets the user in was ended last: sessions that began until then are over.
	EndedBefore time.Time
}

// A ServiceUser is an account for a program.
type ServiceUser struct {
	ID          string
	Number      int32
	Name        string
	Description string
	Added       time.Time
}

// An Agent runs a platform's code and holds agents' roles only.
type Agent struct {
	ID          string
	Description string
	Added       time.Time
}

// A Team holds grants for its members.
type Team struct {
	ID      string
	Number  int32
	Name    string
	Members int
	Added   time.Time
}

// A Grant is a grant with what is known of it besides. To.ID is an opaque id.
type Grant struct {
	access.Grant
	Number int32
	Added  time.Time
}

// A Token is a credential's record; the secret is not in it.
type Token struct {
	event.TokenIssued
	Holder access.Subject
	Issued time.Time
	Ended  bool // revoked or suspended: kept for lists
	// Suspended is true where a restore ended it, and nobody who meant this token.
	Suspended bool
	// EndedAt is when it ended, and EndedBy by whom, as the journal names the actor ("user:usr_…"); "" where that is not known.
	EndedAt time.Time
	EndedBy string
}

// A Link lets somebody in once. Those that were used or withdrawn are not in a State.
type Link struct {
	event.LinkOpened
	Opened time.Time
}

// Open tells whether the link's time is not over.
func (l *Link) Open(at time.Time) bool { return l != nil && at.Before(event.Time(l.Until)) }

// An Identity is a user's account at an identity provider. Its Account is empty after erasure, and then lets nobody in.
type Identity struct {
	event.IdentityLinked
	Linked time.Time
}

// A Provider is an identity provider.
type Provider struct {
	event.ProviderPut
	Tested time.Time // the last sign-in that succeeded with the provider as it is; zero: none
}

// A BreakGlass is an access that an operator of the server opened.
type BreakGlass struct {
	event.BreakGlassOpened
	Opened time.Time
}

// A Platform is an attached product.
type Platform struct {
	event.PlatformAttached
	Model *access.Model
	Roles []*Role // custom roles, by name
	// Documents are the root's, by name: compact JSON.
	Documents map[string]string
}

// A Role is a custom role with what is known of it besides.
type Role struct {
	access.Role
	ID   string // "rol_…"
	Icon string
}

// A Resource is one node of a platform's tree.
type Resource struct {
	Path     string
	Number   int32
	Category string
	Settings map[string]string
	// Documents are what the product keeps here, by name: compact JSON. They decide nothing.
	Documents map[string]string
}

package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// An Event is one thing that happened. The pointer types of this package are all there are.
type Event interface {
	// Type is the stable name: "grant.added".
	Type() string
}

// hasPersonal is an event with a part that can be erased.
type hasPersonal interface {
	Event
	// Person is the opaque id of whom the part is about.
	Person() string
	part() any // pointer to the part
}

// Encoded is an event as it is stored.
type Encoded struct {
	Type     string // "grant.added"
	Version  int    // from 1
	Facts    []byte // a JSON object
	Personal []byte // a JSON object, or nil where there is none or it was erased
	Person   string // opaque id of whom Personal is about, or ""
}

// Encode writes an event in its newest version.
func Encode(e Event) (Encoded, error) {
	k, known := kinds[e.Type()]
	if !known {
		return Encoded{}, fmt.Errorf("event %q is not on the list", e.Type())
	}
	facts, err := json.Marshal(e)
	if err != nil {
		return Encoded{}, fmt.Errorf("event %s: %w", e.Type(), err)
	}
	out := Encoded{Type: e.Type(), Version: k.version, Facts: facts}
	if p, ok := e.(hasPersonal); ok {
		personal, err := json.Marshal(p.part())
		if err != nil {
			return Encoded{}, fmt.Errorf("event %s: personal part: %w", e.Type(), err)
		}
		if !bytes.Equal(personal, []byte("{}")) {
			out.Personal, out.Person = personal, p.Person()
		}
	}
	return out, nil
}

// Decode reads an event of any version up to the newest. It fails on a type, a version or a field that this program does
// not know.
func Decode(in Encoded) (Event, error) {
	k, known := kinds[in.Type]
	switch {
	case !known:
		return nil, fmt.Errorf("event %q is not known to this program: it was written by a newer one", in.Type)
	case in.Version < 1 || in.Version > k.version:
		return nil, fmt.Errorf("event %s has version %d; this program knows versions 1 to %d: it was written by a newer one", in.Type, in.Version, k.version)
	}
	facts, personal := in.Facts, in.Personal
	for v := in.Version; v < k.version; v++ {
		var err error
		if facts, personal, err = k.upcasts[v-1](facts, personal); err != nil {
			return nil, fmt.Errorf("event %s, version %d: %w", in.Type, v, err)
		}
	}
	e := k.make()
	if err := read(facts, e); err != nil {
		return nil, fmt.Errorf("event %s: %w", in.Type, err)
	}
	if p, ok := e.(hasPersonal); ok && len(personal) > 0 {
		if err := read(personal, p.part()); err != nil {
			return nil, fmt.Errorf("event %s: personal part: %w", in.Type, err)
		}
	}
	return e, nil
}

// read fills an event, or its personal part.
func read(text []byte, into any) error {
	if quick(text, into) {
		return nil
	}
	return strict(text, into)
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Types returns every type, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds)) }

// A kind is how one type of event is made and brought up to date.
type kind struct {
	version int
	make    func() Event
	// upcasts[i] rewrites version i+1 as version i+2.
	upcasts []upcast
}

type upcast func(facts, personal []byte) ([]byte, []byte, error)

// kinds is read only.
var kinds = list(
	func() Event { return &OrganizationCreated{} },
	func() Event { return &SettingChanged{} },
	func() Event { return &TestsSet{} },
	func() Event { return &EditionStored{} },
	func() Event { return &PlatformAttached{} },
	func() Event { return &PlatformChanged{} },
	func() Event { return &PlatformDetached{} },
	func() Event { return &ResourceCreated{} },
	func() Event { return &ResourceChanged{} },
	func() Event { return &ResourceRenamed{} },
	func() Event { return &ResourceDeleted{} },
	func() Event { return &ResourceDocumentSet{} },
	func() Event { return &RolePut{} },
	func() Event { return &RoleRenamed{} },
	func() Event { return &RoleDeleted{} },
	func() Event { return &UserAdded{} },
	func() Event { return &UserChanged{} },
	func() Event { return &UserDeactivated{} },
	func() Event { return &UserReactivated{} },
	func() Event { return &UserRemoved{} },
	func() Event { return &PersonErased{} },
	func() Event { return &MemberAdded{} },
	func() Event { return &MemberRemoved{} },
	func() Event { return &LicenseSet{} },
	func() Event { return &SignedIn{} },
	func() Event { return &ServiceUserCreated{} },
	func() Event { return &ServiceUserChanged{} },
	func() Event { return &ServiceUserDeleted{} },
	func() Event { return &AgentCreated{} },
	func() Event { return &AgentDeleted{} },
	func() Event { return &TeamCreated{} },
	func() Event { return &TeamRenamed{} },
	func() Event { return &TeamDeleted{} },
	func() Event { return &TeamJoined{} },
	func() Event { return &TeamLeft{} },
	func() Event { return &GrantAdded{} },
	func() Event { return &GrantRemoved{} },
	func() Event { return &TokenIssued{} },
	func() Event { return &TokenRevoked{} },
	func() Event { return &TokenSuspended{} },
	func() Event { return &TokenDescribed{} },
	func() Event { return &SetupOpened{} },
	func() Event { return &SetupUsed{} },
	func() Event { return &EpochStarted{} },
	func() Event { return &NumbersTaken{} },
	func() Event { return &Exported{} },
	func() Event { return &PasswordSet{} },
	func() Event { return &PasswordCleared{} },
	func() Event { return &LinkOpened{} },
	func() Event { return &LinkUsed{} },
	func() Event { return &LinkEnded{} },
	func() Event { return &IdentityLinked{} },
	func() Event { return &IdentityUnlinked{} },
	func() Event { return &ProviderPut{} },
	func() Event { return &ProviderRemoved{} },
	func() Event { return &ProviderTested{} },
	func() Event { return &SessionEnded{} },
	func() Event { return &SessionsEnded{} },
	func() Event { return &BreakGlassOpened{} },
	func() Event { return &BreakGlassEnded{} },
	func() Event { return &TokenShortened{} },
	func() Event { return &WebhookPut{} },
	func() Event { return &WebhookRemoved{} },
	func() Event { return &WebhookDisabled{} },
)

func list(makers ...func() Event) map[string]kind {
	all := make(map[string]kind, len(makers))
	for _, m := range makers {
		all[m().Type()] = kind{version: 1, make: m}
	}
	for t, steps := range upcasts() {
		k := all[t]
		k.version, k.upcasts = len(steps)+1, steps
		all[t] = k
	}
	return all
}

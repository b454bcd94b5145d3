package event

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
)

// GrantOf writes a grant as an event stores it.
func GrantOf(g access.Grant) Grant {
	return Grant{To: g.To.String(), Role: g.Role, On: g.On, Environments: g.Environments, From: Micros(g.From), Until: Micros(g.Until)}
}

// Access reads a stored grant.
func (g Grant) Access() (access.Grant, error) {
	to, err := ParseHolder(g.To)
	if err != nil {
		return access.Grant{}, err
	}
	return access.Grant{To: to, Role: g.Role, On: g.On, Environments: g.Environments, From: Time(g.From), Until: Time(g.Until)}, nil
}

// ParseHolder reads what Holder.String writes: "user:usr_…".
func ParseHolder(text string) (access.Holder, error) {
	word, id, found := strings.Cut(text, ":")
	kind := access.ParseHolderKind(word)
	if !found || kind == access.NoHolder || id == "" {
		return access.Holder{}, fmt.Errorf("%q is no holder: user:ID, service_user:ID, agent:ID or team:ID", text)
	}
	return access.Holder{Kind: kind, ID: id}, nil
}

// Micros writes a time as events store it: microseconds since 1970 UTC, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time reads what Micros writes, in UTC.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

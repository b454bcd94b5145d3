package state

import (
	"strconv"
	"strings"

	"golang.org/x/text/cases"

	"bailiwick/access"
	"bailiwick/event"
)

// GrantKey is where a grant stands among those of its holder. Two grants are the same grant exactly when it is equal.
func GrantKey(g access.Grant) string {
	return g.To.String() + "\x00" + g.On + "\x00" + rest(&g)
}

func scopeKey(g *access.Grant) string {
	return g.On + "\x00" + g.To.String() + "\x00" + rest(g)
}

func rest(g *access.Grant) string {
	e := event.GrantOf(*g)
	return g.Role + "\x00" + strings.Join(g.Environments, ",") + "\x00" + strconv.FormatInt(e.From, 10) + "\x00" + strconv.FormatInt(e.Until, 10)
}

// nameKey orders users by name without regard to case, then by e-mail.
func nameKey(u *User) string {
	return fold(u.Name) + "\x00" + u.Email + "\x00" + u.ID
}

// fold makes texts comparable for people.
func fold(text string) string { return cases.Fold().String(text) }

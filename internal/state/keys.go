package state

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"bailiwick/access"
	"bailiwick/event"
)

// GrantKey is where a grant stands among those of its holder. Two grants are the same grant exactly when it is equal.
func GrantKey(g access.Grant) string {
	return g.To.Kind.String() + ":" + g.To.ID + "\x00" + g.On + "\x00" + g.Role + rest(&g)
}

func scopeKey(g *access.Grant) string {
	return g.On + "\x00" + g.To.Kind.String() + ":" + g.To.ID + "\x00" + g.Role + rest(g)
}

// rest is what tells grants of one role apart; most have none of it.
func rest(g *access.Grant) string {
	if len(g.Environments) == 0 && g.From.IsZero() && g.Until.IsZero() {
		return "\x00\x000\x000"
	}
	return "\x00" + strings.Join(g.Environments, ",") + "\x00" + strconv.FormatInt(event.Micros(g.From), 10) + "\x00" + strconv.FormatInt(event.Micros(g.Until), 10)
}

func memberKey(team, user string) string { return team + "\x00" + user }

// nameKey orders users by name without regard to case, then by e-mail.
func nameKey(u *User) string {
	return fold(u.Name) + "\x00" + u.Email + "\x00" + u.ID
}

// fold makes texts comparable for people.
func fold(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return cases.Fold().String(text)
		}
	}
	return strings.ToLower(text)
}

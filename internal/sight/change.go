package sight

import (
	"errors"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/fault"
)

// OfChange is what the actor learns of a change that failed. Who sees nobody else does not learn from it who exists: what is not
// there, and what cannot be done with what is there, is answered as what is not theirs to change, and veiled is true where the
// error said more than that it is Forbidden.
func (v *View) OfChange(err error, commands ...client.Command) (shown error, veiled bool) {
	hidden := false
	switch fault.Of(err) {
	case fault.Forbidden, fault.NotFound:
		hidden = v.None()
	case fault.Invalid, fault.Conflict:
		hidden = v.None() && slices.ContainsFunc(commands, namesPeople) && ruleOf(err) != "revision"
	case fault.Internal, fault.Unauthenticated, fault.Unavailable:
	}
	if !hidden {
		return err, false
	}
	same := fault.New(fault.Forbidden, "you may not do this, or there is no such thing").By("permission")
	same.Err = err
	return same, !fault.Is(err, fault.Forbidden)
}

func ruleOf(err error) string {
	var known *fault.Error
	if errors.As(err, &known) {
		return known.Rule
	}
	return ""
}

// namesPeople tells whether a command names somebody else, or a team.
func namesPeople(c client.Command) bool {
	if issue, is := c.(client.TokenIssue); is {
		return issue.Subject != ""
	}
	thing, _, _ := strings.Cut(c.Do(), ".")
	return !slices.Contains([]string{"platform", "resource", "role", "token"}, thing)
}

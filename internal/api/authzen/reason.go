package authzen

import (
	"strings"

	"bailiwick/access"
)

// appendReason writes why: one sentence for the person who was refused, which names nobody else's rights, and what an
// administrator needs to know.
func (a *asking) appendReason(b []byte, asked access.Question, code access.Code) []byte {
	user := unknownReason(code)
	admin := user
	if user == "" {
		x := a.names.state.Explain(asked)
		user, admin = userReason(&x), adminReason(&x)
	}
	b = appendString(append(b, `,"code":`...), code.String())
	b = appendString(append(b, `,"reason_user":{"en":`...), user)
	b = appendString(append(b, `},"reason_admin":{"en":`...), admin)
	return append(b, '}')
}

// unknownReason says what there is nothing to explain about; "" for the other codes.
func unknownReason(code access.Code) string {
	switch code {
	case access.UnknownSubject:
		return "There is no such subject."
	case access.UnknownResource:
		return "There is no such resource of this type."
	case access.UnknownPermission:
		return "The resource's platform has no such action."
	case access.BelowLevel:
		return "The action is asked beneath the level that it belongs to."
	}
	return ""
}

func userReason(x *access.Explanation) string {
	switch {
	case x.Decision.Allowed:
		return "Your roles allow this."
	case x.Inactive:
		return "Your account is deactivated."
	}
	return "None of your roles allows this."
}

// adminReason names the grant that decides; for a no, what is nearest to a yes and what would make it one.
func adminReason(x *access.Explanation) string {
	var b strings.Builder
	if len(x.Reasons) == 0 {
		b.WriteString("No grant concerns this subject here")
	} else {
		r := &x.Reasons[0]
		b.WriteString("Role " + r.Grant.Role + " on " + r.Grant.On)
		if r.Via != "" {
			b.WriteString(" through " + r.Via)
		}
		b.WriteString(": " + r.Detail)
	}
	b.WriteString(".")
	if x.Inactive {
		b.WriteString(" The subject is deactivated.")
	}
	if len(x.Fixes) > 0 {
		b.WriteString(" To allow it: " + x.Fixes[0].String() + ".")
	}
	return b.String()
}

package console

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// unusedFor is how long a token goes unused until it is marked, and expiringIn how near its end is.
const (
	unusedFor  = 60 * 24 * time.Hour
	expiringIn = 14 * 24 * time.Hour
)

// tokensContent is the list of tokens.
type tokensContent struct {
	Lines                          []tokenRow
	Total                          int
	Kind, Holder, Unused, Expiring string
	Kinds                          []fact // that can be asked for: value and words
	Next                           string
	Filtered, Others               bool // something is asked for; the caller sees others' tokens
}

// A tokenRow is a token as lists show it.
type tokenRow struct {
	client.Token
	KindTitle, Who, WhoAddress string
	Where                      []string // to which it is narrowed; none: everywhere
	Unused, Expiring           bool
	InList                     bool // of everybody's tokens: it says whose it is
}

// named is what a token goes by in a sentence.
func (t *tokenRow) named() string {
	name := t.Prefix + "…" + t.Last
	if t.Description != "" {
		name += " (" + t.Description + ")"
	}
	return name
}

// kindsOfTokens are the kinds of tokens with their words.
func kindsOfTokens() []fact {
	return []fact{{"user", "User token"}, {"svc", "Service user token"}, {"agent", "Agent token"}, {"scim", "SCIM token"}, {"gate", "Gate token"}}
}

func kindTitle(kind string) string {
	for _, k := range kindsOfTokens() {
		if k.Name == kind {
			return k.Value
		}
	}
	return kind
}

// tokens lists the tokens that the caller may see: their own at least.
func (a *asking) tokens() error {
	c := tokensContent{Kind: a.query("kind"), Holder: a.query("holder"), Unused: a.query("unused"), Expiring: a.query("expiring"), Kinds: kindsOfTokens()}
	c.Filtered = c.Kind+c.Holder+c.Unused+c.Expiring != ""
	c.Others = !a.view.OfTokens().None()
	p, err := a.page("tokens", c.Kind, c.Holder, c.Unused, c.Expiring)
	if err != nil {
		return err
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return err
	}
	found, others, err := a.asker().TokensThat(client.TokenQuery{Kind: c.Kind, Subject: a.holderNamed(c.Holder)}, p, used, func(t *state.Token) bool {
		unused, expiring := a.overdue(t, used)
		return (c.Unused == "" || unused) && (c.Expiring == "" || expiring)
	})
	if c.Filtered && mendable(err) { // who or what is asked for is not there
		text, status := a.problem(a.r, err)
		a.render(status, "/tokens", "tokens", page{Title: "Tokens", Problem: text, Content: c})
		return nil
	}
	if err != nil {
		return err
	}
	if others {
		a.note("tokens.read", "allowed", "tokens of others were read")
	}
	sight := a.view.OfTokens().Over(a.now)
	for i := range found.Tokens {
		row := a.tokenRow(sight, a.now.Token(found.Tokens[i].ID), used)
		row.InList = true
		c.Lines = append(c.Lines, row)
	}
	c.Total = found.Total
	if found.Next != "" {
		c.Next = with("/tokens", "kind", c.Kind, "holder", c.Holder, "unused", c.Unused, "expiring", c.Expiring, "after", found.Next)
	}
	a.render(http.StatusOK, "/tokens", "tokens", page{Title: "Tokens", Content: c})
	return nil
}

// holderNamed is a holder as a question names one: an e-mail address is a user's, any other name that is known a service user's.
func (a *asking) holderNamed(text string) string {
	if text == "" || strings.Contains(text, ":") {
		return text
	}
	for _, kind := range []access.HolderKind{access.User, access.ServiceUser, access.Agent} {
		if h, exists := inquiry.Named(a.now, kind, text); exists && a.view.OfTokens().Over(a.now).SeesSubject(h) {
			return h.String()
		}
	}
	return access.User.String() + ":" + text
}

// tokenRow is a token for a list.
func (a *asking) tokenRow(s *sight.Sight, t *state.Token, used map[string]time.Time) tokenRow {
	row := tokenRow{Token: inquiry.ShowToken(s, t, a.at, used), KindTitle: kindTitle(t.Kind)}
	row.Who, row.WhoAddress = a.whoHolds(t.Holder)
	row.Where = row.Scopes
	row.Unused, row.Expiring = a.overdue(t, used)
	return row
}

// overdue tell of a token that works whether it has not been used for long, and whether it ends soon.
func (a *asking) overdue(t *state.Token, used map[string]time.Time) (unused, expiring bool) {
	last, ends := t.Issued, event.Time(t.Expires)
	if used[t.Token].After(last) {
		last = used[t.Token]
	}
	if t.Ended || t.Expires != 0 && !a.at.Before(ends) {
		return false, false
	}
	return a.at.Sub(last) >= unusedFor, t.Expires != 0 && ends.Sub(a.at) <= expiringIn
}

// whoHolds is what the holder of a token is called, and their page where there is one.
func (a *asking) whoHolds(h access.Subject) (name, address string) {
	seen := a.view.Over(a.now).SeesSubject(h)
	switch h.Kind {
	case access.User:
		if u := a.now.User(h.ID); u != nil {
			name, address = called(u), "/users/"+u.ID+"/roles"
		}
	case access.ServiceUser:
		if u := a.now.ServiceUser(h.ID); u != nil {
			name, address = u.Name, "/service-users/"+u.ID+"/roles"
		}
	case access.Agent:
		if u := a.now.Agent(h.ID); u != nil {
			name = cmp.Or(u.Description, u.ID)
		}
	}
	if !seen || a.view.None() {
		address = ""
	}
	return cmp.Or(name, h.ID), address
}

// revokeReason says why the caller cannot revoke a token; "" where nothing speaks against it. Package change judges it again.
func (a *asking) revokeReason(t *state.Token) string {
	operation, why := access.OpTokenRevokeAll, "You may not revoke others' tokens: it takes what a platform's edition asks for, usually an administrator's role there."
	if t.Holder == a.caller.Subject {
		return ""
	}
	switch {
	case t.Kind == "agent":
		operation = access.OpTokenRevokeAgent
	case t.Kind == "scim" && !a.view.GovernsIdentities("scim.manage"), t.Kind == "gate" && !a.view.May(accessfile.Directory, "platforms.attach"):
		return why
	}
	if a.view.GovernsIdentities("users.manage") || a.mayOperate(operation) {
		return ""
	}
	return why
}

// issueReason says why the caller cannot make or rotate a token of a kind for a holder; "" where nothing speaks against it.
// Package change judges it again.
func (a *asking) issueReason(kind string, h access.Subject) string {
	const notYours = "You may not make such tokens: it takes an administrator of the organization."
	switch {
	case a.caller.Emergency:
		return "Break-glass access makes nothing that outlives it."
	case kind == "user" && h != a.caller.Subject:
		return "Nobody makes another person's token, or sees its secret. They make it themselves."
	case kind == "svc":
		return cmp.Or(a.programReason(h, access.OpTokenIssueService, "make tokens for this service user"), a.beyondReason(h, "make tokens for this service user", "give"))
	case kind == "agent":
		return cmp.Or(a.programReason(h, access.OpTokenIssueAgent, "make tokens for this agent"), a.beyondReason(h, "make tokens for this agent", "give"))
	case kind == "scim" && !a.view.GovernsIdentities("scim.manage"), kind == "gate" && !a.view.May(accessfile.Directory, "platforms.attach"):
		return notYours
	case h != a.caller.Subject:
		return a.beyondReason(h, "make tokens for this service user", "give")
	}
	return ""
}

// others counts the further tokens of a holder that work.
func (a *asking) others(t *state.Token) (n int) {
	for other := range a.now.TokensOf(t.Holder) {
		if other.Token != t.Token && !other.Ended && (other.Expires == 0 || other.Expires > a.at.UnixMicro()) {
			n++
		}
	}
	return n
}

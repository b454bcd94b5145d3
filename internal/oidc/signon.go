package oidc

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"bailiwick/internal/fault"
)

// A SignOn is what a provider says of who signed in. Issuer and Subject together are the identity; everything else can
// change, and nobody is to be known by it.
type SignOn struct {
	Organization, Provider string
	Issuer, Subject        string
	Email                  string // as sent; empty if none
	EmailVerified          bool   // said by the same document as Email
	Name                   string
	Groups                 []string  // sorted, each once
	GroupsSent             bool      // false: the claim is missing or not asked for, which says nothing about groups
	AuthTime               time.Time // zero if not said
	Next                   string    // a local path, always
	Test                   bool
	Request                string
	SessionID              string  // the provider's session, for back-channel sign-out; may be empty
	IDToken                string  // the hint for EndSession; personal, so to be kept sealed
	Claims                 []Claim // of a test only
}

// A Claim is one line of what a provider sent, for the eyes of who tests it.
type Claim struct {
	Name, Value string
	UserInfo    bool // from the user-info endpoint, not the ID token
}

// signOn reads a token that was believed, and the user info where the token leaves something out.
func (p *Party) signOn(ctx context.Context, h held, provider Provider, doc *document, c claims, tokens *oauth2.Token, raw string) (*SignOn, error) {
	more := claims{}
	lacks := !c.has("email") || provider.GroupsClaim != "" && !c.has(provider.GroupsClaim)
	if err := overage(provider, c); err != nil {
		return nil, err
	}
	if lacks && doc.UserInfo != "" && tokens.AccessToken != "" {
		var err error
		if more, err = p.userInfo(ctx, provider, doc, tokens, c); err != nil {
			return nil, err
		}
	}
	subject, _ := c.text("sub")
	// Issuer is the one set up, also where the provider writes it otherwise in tokens.
	s := &SignOn{
		Organization: h.Flow.Organization, Provider: provider.ID, Issuer: provider.Issuer, Subject: subject,
		Next: h.Flow.Next, Test: h.Flow.Test, Request: h.Flow.Request, IDToken: raw,
	}
	s.SessionID, _ = c.text("sid")
	s.AuthTime, _ = c.moment("auth_time")
	from := c
	if !c.has("email") {
		from = more
	}
	s.Email, _ = from.text("email")
	s.EmailVerified = s.Email != "" && from.yes("email_verified")
	s.Name = either(c, more, "name")
	if s.Name == "" {
		s.Name = strings.TrimSpace(either(c, more, "given_name") + " " + either(c, more, "family_name"))
	}
	s.Name = cleaned(s.Name)
	if err := s.group(provider, c, more); err != nil {
		return nil, err
	}
	if s.Test {
		s.Claims = append(shown(c, false), shown(more, true)...)
	}
	return s, nil
}

func either(a, b claims, name string) string {
	if value, good := a.text(name); good {
		return value
	}
	value, _ := b.text(name)
	return value
}

// userInfo asks for what the token left out. Signed answers are not read: nothing says whom they were made for.
func (p *Party) userInfo(ctx context.Context, provider Provider, doc *document, tokens *oauth2.Token, c claims) (claims, error) {
	more := claims{}
	if err := p.get(ctx, doc.UserInfo, tokens.AccessToken, &more); err != nil {
		return nil, unavailable(provider, err, "the user info")
	}
	subject, _ := c.text("sub")
	if other, _ := more.text("sub"); other != subject {
		return nil, refuse("oidc_subject", "the user info of %s is about somebody else than its token", provider).Rather("begin again")
	}
	return more, overage(provider, more)
}

// overage notices that a provider says where the groups are, instead of what they are. Taking that for no groups would
// take people out of their teams.
func overage(provider Provider, c claims) error {
	if provider.GroupsClaim == "" || c.has(provider.GroupsClaim) {
		return nil
	}
	elsewhere := claims{}
	if c.has("_claim_names") && json.Unmarshal(c["_claim_names"], &elsewhere) != nil {
		return groups("%s says in a way that cannot be read where the groups are", provider)
	}
	if elsewhere.has(provider.GroupsClaim) || c.yes("hasgroups") {
		return groups("the person is in more groups than %s puts into a token", provider).
			Rather("at the provider, send only the groups that are assigned to this application, or a claim with its roles " +
				"(in Microsoft Entra: Token configuration, groups claim, \"Groups assigned to the application\")")
	}
	return nil
}

func groups(format string, args ...any) *fault.Error {
	return refuse("oidc_groups", format, args...).Rather("a text or a list of texts")
}

func (s *SignOn) group(provider Provider, c, more claims) error {
	if provider.GroupsClaim == "" {
		return nil
	}
	from := c
	if !c.has(provider.GroupsClaim) {
		from = more
	}
	if !from.has(provider.GroupsClaim) {
		return nil
	}
	list, good := from.texts(provider.GroupsClaim)
	if !good {
		return groups("the claim %q of %s does not hold groups", provider.GroupsClaim, provider)
	}
	if len(list) > maxGroups {
		return groups("%s sent %d groups", provider, len(list)).Rather("at most %d: send only those assigned to this application", maxGroups)
	}
	for _, name := range list {
		if name == "" || cleaned(name) != name {
			return groups("a group that %s sent has a name that cannot be kept: %q", provider, cleaned(name)).
				Rather("1 to %d printable characters", maxCleaned)
		}
	}
	slices.Sort(list)
	s.Groups, s.GroupsSent = slices.Compact(list), true
	return nil
}

// shown lists claims for the eyes of who tests a provider. What could be used, rather than read, is left out.
func shown(c claims, userInfo bool) []Claim {
	var list []Claim
	for name, raw := range c {
		value := cleaned(string(raw))
		switch name {
		case "nonce", "at_hash", "c_hash", "s_hash", "sid", "jti", "_claim_sources":
			value = "[hidden]"
		}
		list = append(list, Claim{Name: cleaned(name), Value: value, UserInfo: userInfo})
	}
	slices.SortFunc(list, func(a, b Claim) int { return strings.Compare(a.Name, b.Name) })
	return list
}

package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"bailiwick/internal/fault"
)

// maxSubject is what the specification allows.
const maxSubject = 255

// claims are what a token says, under the exact names. Decoding into a struct would take "Sub" for "sub", and some
// providers let people choose names of further claims.
type claims map[string]json.RawMessage

// expected is what only the sign-in knows about its token.
type expected struct {
	nonce  string
	began  time.Time
	access string
}

// believed has the library judge a token, and judges what it leaves open. The library compares issuer and audience by names
// in any case, and tells reasons in texts only: common looks at the exact names, and says by which rule it refuses.
func believed[T any](ctx context.Context, p *Party, provider Provider, doc *document, raw string,
	judge func(*oidc.IDTokenVerifier, context.Context, string) (T, error),
) (T, claims, error) {
	var none T
	if err := p.allowed(provider, doc, raw); err != nil {
		return none, nil, err
	}
	keys := &keySet{party: p, provider: provider, doc: doc}
	token, err := judge(oidc.NewVerifier(provider.Issuer, keys, &oidc.Config{
		ClientID: provider.ClientID, SupportedSigningAlgs: doc.Algorithms, Now: p.now,
		SkipExpiryCheck: true, // moments judges all the times, with one allowance for clocks
	}), ctx, raw)
	if keys.failed != nil {
		return none, nil, keys.failed
	}
	if keys.claims != nil {
		if err := p.common(provider, keys.claims); err != nil {
			return none, nil, err
		}
	}
	if err != nil {
		return none, nil, fault.Wrap(fault.Unauthenticated, errors.New(cleaned(err.Error())), "the token of %s is not to be believed", provider).By("oidc_token")
	}
	return token, keys.claims, nil
}

// verify judges an ID token.
func (p *Party) verify(ctx context.Context, provider Provider, doc *document, raw string, want *expected) (claims, error) {
	token, c, err := believed(ctx, p, provider, doc, raw, (*oidc.IDTokenVerifier).Verify)
	if err != nil {
		return nil, err
	}
	if nonce, _ := c.text("nonce"); want.nonce == "" || nonce != want.nonce {
		return nil, refuse("oidc_nonce", "the token of %s belongs to another sign-in", provider).Rather("begin again")
	}
	if issued, _ := c.moment("iat"); issued.Before(want.began.Add(-skew)) {
		return nil, refuse("oidc_time", "the token of %s is older than the sign-in", provider).Rather("check the clocks of both sides")
	}
	if c.has("at_hash") && token.VerifyAccessToken(want.access) != nil {
		return nil, refuse("oidc_at_hash", "the tokens of %s do not belong together", provider).Rather("begin again")
	}
	if subject, good := c.text("sub"); !good || subject == "" || len(subject) > maxSubject || cleaned(subject) != subject {
		return nil, refuse("oidc_subject", "%s names nobody, or with a subject that cannot be kept", provider).Rather("1 to %d printable characters", maxSubject)
	}
	return c, nil
}

// allowed looks at the algorithm before anything else, so that the refusal can name it.
func (p *Party) allowed(provider Provider, doc *document, raw string) error {
	var list []jose.SignatureAlgorithm
	for _, a := range doc.Algorithms {
		list = append(list, jose.SignatureAlgorithm(a))
	}
	_, err := jose.ParseSignedCompact(raw, list)
	var other *jose.ErrUnexpectedSignatureAlgorithm
	if errors.As(err, &other) {
		return refuse("oidc_algorithm", "the token of %s is signed with %q", provider, cleaned(string(other.Got))).
			Rather("one of %s, which it announces", strings.Join(doc.Algorithms, ", "))
	}
	if err != nil {
		return refuse("oidc_token", "the token of %s cannot be read", provider).Rather("a signed JWT; encrypted ones are not supported")
	}
	return nil
}

// common judges what ID tokens and logout tokens share: who issued it, for whom, and when.
func (p *Party) common(provider Provider, c claims) error {
	issuer, _ := c.text("iss")
	if issuer != provider.Issuer && (provider.Issuer != "https://accounts.google.com" || issuer != "accounts.google.com") {
		return refuse("oidc_issuer", "the token was not issued by %s", provider)
	}
	audience, good := c.texts("aud")
	party, _ := c.text("azp")
	ours := false
	for _, a := range audience {
		ours = ours || a == provider.ClientID
	}
	if !good || !ours || (len(audience) > 1 || c.has("azp")) && party != provider.ClientID {
		return refuse("oidc_audience", "the token of %s is for another application", provider).Rather("audience and authorized party: this client")
	}
	return p.moments(provider, c)
}

func (p *Party) moments(provider Provider, c claims) error {
	now := p.now()
	expires, hasEnd := c.moment("exp")
	issued, hasStart := c.moment("iat")
	from, hasFrom := c.moment("nbf")
	switch {
	case !hasEnd || !hasStart || c.has("nbf") && !hasFrom:
		return refuse("oidc_time", "the token of %s does not say when it was issued and when it ends", provider)
	case !now.Before(expires.Add(skew)):
		return refuse("oidc_time", "the token of %s is over", provider).Rather("begin again; if it stays so, check the clocks of both sides")
	case issued.After(now.Add(skew)), from.After(now.Add(skew)):
		return refuse("oidc_time", "the token of %s is from the future", provider).Rather("check the clocks of both sides")
	}
	return nil
}

func (c claims) has(name string) bool {
	raw, sent := c[name]
	return sent && string(raw) != "null"
}

// text returns a claim that is a text.
func (c claims) text(name string) (value string, good bool) {
	raw, sent := c[name]
	if !sent || !utf8.Valid(raw) || json.Unmarshal(raw, &value) != nil {
		return "", false
	}
	return value, c.has(name)
}

// texts returns a claim that is a text or a list of texts.
func (c claims) texts(name string) (values []string, good bool) {
	if one, good := c.text(name); good {
		return []string{one}, true
	}
	var list []*string
	if raw := c[name]; !c.has(name) || !utf8.Valid(raw) || json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	values = make([]string, 0, len(list))
	for _, value := range list {
		if value == nil {
			return nil, false
		}
		values = append(values, *value)
	}
	return values, true
}

// moment returns a claim that is a number of seconds.
func (c claims) moment(name string) (time.Time, bool) {
	var seconds float64
	if !c.has(name) || json.Unmarshal(c[name], &seconds) != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// yes reads a claim that is true, or "true" as some providers write it.
func (c claims) yes(name string) bool {
	raw := string(c[name])
	return raw == "true" || raw == `"true"`
}

// maxCleaned bounds what is repeated of a provider's text.
const maxCleaned = 300

// cleaned makes a text of somebody else's fit for one line of a message: printable, and not long.
func cleaned(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, text)
	if len(text) > maxCleaned {
		text = strings.ToValidUTF8(text[:maxCleaned], "") + "…"
	}
	return text
}

package gate

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"bailiwick/internal/email"
	"bailiwick/internal/fault"
)

// proxySecret is the header with which a trusted proxy shows that it is the one.
const proxySecret = "X-Bailiwick-Proxy-Secret"

// minSecret is how many characters a proxy's secret has at least.
const minSecret = 20

// check checks what is said of the proxy. Everybody's address is nobody's.
func (t *Trusted) check() error {
	wrong := func(field, text, right string) error {
		return fault.New(fault.Invalid, "%s", text).In("trusted_header."+field).By("gate.trusted_header").Rather("%s", right)
	}
	name := http.CanonicalHeaderKey(t.Header)
	switch {
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`).MatchString(t.Header):
		return wrong("header", "this is no name of a header", "letters, digits and hyphens, as in X-Forwarded-Email")
	case slices.Contains([]string{"Authorization", "Cookie", "Host", "Origin", "Connection", "Upgrade", "X-Forwarded-For", proxySecret}, name):
		return wrong("header", "this header has another meaning", "one that only the proxy sets, as X-Forwarded-Email")
	case len(t.From) == 0:
		return wrong("from", "the proxy's addresses are missing", "each address or network that it sends from")
	case slices.ContainsFunc(t.From, func(p netip.Prefix) bool { return !p.IsValid() || p.Bits() == 0 }):
		return wrong("from", "there is no network, or one that holds every address", "each address or network that the proxy sends from")
	case t.Secret != "" && len(t.Secret) < minSecret:
		return wrong("secret", "the secret is too short", "at least 20 random characters, or none where the proxy shows a certificate")
	}
	return nil
}

// vouched finds out who asks by the word of the trusted proxy. It is false where the request does not come from there; an error
// comes with true, and lets nobody in. A token of ours counts before it: whoever sends one through the proxy means it. Nobody is
// created, and nobody gets more than he was given: unknown people are refused.
func (g *Gate) vouched(r *http.Request) (*Caller, bool, error) {
	t := g.Trusted
	if t == nil || !t.sentIt(r) || slices.ContainsFunc(r.Header["Authorization"], func(v string) bool { return strings.Contains(v, "bwk_") }) {
		return nil, false, nil
	}
	address, found, err := t.address(r.Header)
	if !found && err == nil {
		return nil, false, nil
	}
	if err == nil && !t.proved(r) {
		err = untrusted("the proxy did not show that it is the one", "its secret, once, or its certificate")
	}
	if err == nil && !g.cookies.ownPage(r) {
		err = crossOrigin()
	}
	if err != nil {
		return nil, true, err
	}
	caller, err := g.Authority.ByName(r.Context(), address)
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Forbidden, "nobody active has the e-mail address %s here", address).By("gate.trusted_header").
			Rather("ask an administrator to add you")
	}
	if err != nil {
		return nil, true, err
	}
	return caller, true, nil
}

// sentIt tells whether the proxy is at the other end of the connection. What a header says of addresses does not count.
func (t *Trusted) sentIt(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	address := peer.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(t.From, func(p netip.Prefix) bool { return p.Contains(address) })
}

// proved tells whether the proxy showed its secret, or without one a certificate that the listener has checked.
func (t *Trusted) proved(r *http.Request) bool {
	if t.Secret == "" {
		return r.TLS != nil && len(r.TLS.VerifiedChains) > 0
	}
	shown := r.Header[proxySecret]
	return len(shown) == 1 && subtle.ConstantTimeCompare([]byte(shown[0]), []byte(t.Secret)) == 1
}

// address reads the e-mail address in the form that it is kept in. What a careless proxy lets through beside its own header
// (a second one, X_Forwarded_Email) is refused: somebody else may have written the one that would be read.
func (t *Trusted) address(header http.Header) (address string, found bool, err error) {
	name := http.CanonicalHeaderKey(t.Header)
	for key := range header {
		if key != name && strings.EqualFold(strings.ReplaceAll(key, "_", "-"), name) {
			return "", true, untrusted("the request has a header that looks like "+name, "exactly one, and no other spelling")
		}
	}
	values, found := header[name]
	if !found {
		return "", false, nil
	}
	if len(values) != 1 {
		return "", true, untrusted("the request has "+name+" more than once", "exactly one")
	}
	address, err = email.Normalize(values[0])
	if err != nil {
		return "", true, untrusted(name+" is no e-mail address", "the person's address and nothing else")
	}
	return address, true, nil
}

func untrusted(wrong, right string) error {
	return fault.New(fault.Forbidden, "%s", wrong).By("gate.trusted_header").Rather("%s", right)
}

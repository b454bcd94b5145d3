package gate

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"bailiwick/internal/fault"
)

const shared = "a-secret-of-twenty-characters"

// behindProxy is a gate whose people a proxy at 127.0.0.1 names.
func behindProxy(change ...func(*Trusted)) func(*Options) {
	return func(o *Options) {
		o.SignIn, o.Trusted = nil, &Trusted{Header: "X-Forwarded-Email", From: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Secret: shared}
		for _, f := range change {
			f(o.Trusted)
		}
	}
}

func TestAProxysWordCounts(t *testing.T) {
	d := open(t, behindProxy())
	for _, email := range []string{"launcher@acme.test", "Launcher@ACME.test"} {
		got := d.do(t, "", http.MethodPost, "/graphql", `{"query":"mutation{setNuxSeen}"}`, "Content-Type", "application/json",
			"X-Forwarded-Email", email, proxySecret, shared)
		if reached := d.upstream.took(); got.status != http.StatusOK || len(reached) != 1 {
			t.Fatalf("%s: %d %s", email, got.status, got.body)
		} else if strings.Contains(strings.ToLower(string(reached[0].body)), "secret") || reached[0].header.Get(proxySecret) != "" || reached[0].header.Get("X-Forwarded-Email") != "" {
			t.Errorf("the upstream gets %v", reached[0].header)
		}
		if told := d.office.told(); len(told) != 1 || told[0].Subject.ID != "launcher@acme.test" {
			t.Errorf("it was %+v", told)
		}
	}
	// A token of ours that comes through the proxy is meant; another system's is not ours to read.
	who := func(authorization string) string {
		got := d.do(t, "", http.MethodPost, "/graphql", `{"query":"mutation{setNuxSeen}"}`, "Content-Type", "application/json",
			"X-Forwarded-Email", "launcher@acme.test", proxySecret, shared, "Authorization", authorization)
		if told := d.office.told(); len(told) == 1 {
			return told[0].Subject.ID
		}
		return http.StatusText(got.status)
	}
	if got := who("Bearer bwk_user_gone"); got != "Unauthorized" {
		t.Errorf("a token of ours that does not work: %s", got)
	}
	if got := who("Bearer eyJhbGciOi"); got != "launcher@acme.test" {
		t.Errorf("another system's token: %s", got)
	}
}

// TestAttack093NobodyNamesHimself : neither by the proxy's header from elsewhere, nor by a second or look-alike one through it.
func TestAttack093NobodyNamesHimself(t *testing.T) {
	word := []string{"X-Forwarded-Email", "owner@acme.test", proxySecret, shared}
	elsewhere := func(tr *Trusted) { tr.From = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }
	certificate := func(tr *Trusted) { tr.Secret = "" }
	for what, c := range map[string]struct {
		change  func(*Trusted)
		headers []string
		status  int
	}{
		"from elsewhere":          {elsewhere, word, http.StatusUnauthorized},
		"an address in a header":  {elsewhere, append([]string{"X-Forwarded-For", "10.0.0.1", "X-Real-Ip", "10.0.0.1", "Forwarded", "for=10.0.0.1"}, word...), http.StatusUnauthorized},
		"no secret":               {nil, word[:2], http.StatusForbidden},
		"a wrong secret":          {nil, append(word[:2:2], proxySecret, shared+"x"), http.StatusForbidden},
		"two secrets":             {nil, append(word[:4:4], proxySecret, shared), http.StatusForbidden},
		"no certificate":          {certificate, append(word[:2:2], proxySecret, ""), http.StatusForbidden},
		"nobody named":            {nil, word[2:], http.StatusUnauthorized},
		"two names":               {nil, append(word[:4:4], "X-Forwarded-Email", "viewer@acme.test"), http.StatusForbidden},
		"two names in one":        {nil, append(word[2:4:4], "X-Forwarded-Email", "viewer@acme.test, owner@acme.test"), http.StatusForbidden},
		"two @":                   {nil, append(word[2:4:4], "X-Forwarded-Email", "owner@acme.test@evil.test"), http.StatusForbidden},
		"a name with a space":     {nil, append(word[2:4:4], "X-Forwarded-Email", "owner@acme.test x"), http.StatusForbidden},
		"no address":              {nil, append(word[2:4:4], "X-Forwarded-Email", "owner"), http.StatusForbidden},
		"an empty name":           {nil, append(word[2:4:4], "X-Forwarded-Email", ""), http.StatusForbidden},
		"an underscore":           {nil, append(word[:4:4], "X_Forwarded_Email", "viewer@acme.test"), http.StatusBadRequest},
		"an underscore alone":     {nil, append(word[2:4:4], "X_Forwarded_Email", "viewer@acme.test"), http.StatusBadRequest},
		"somebody unknown":        {nil, append(word[2:4:4], "X-Forwarded-Email", "stranger@acme.test"), http.StatusForbidden},
		"a session of the past":   {elsewhere, []string{"Cookie", "SESSION=owner@acme.test"}, http.StatusUnauthorized},
		"a page of another place": {nil, append(word[:4:4], "Origin", "https://evil.test"), http.StatusForbidden},
	} {
		d := open(t, behindProxy(append([]func(*Trusted){}, nonNil(c.change)...)...))
		for i, v := range c.headers {
			if strings.HasPrefix(v, "SESSION") {
				c.headers[i] = d.gate.cookies.session + strings.TrimPrefix(v, "SESSION")
			}
		}
		got := d.do(t, "", http.MethodPost, "/graphql", `{"query":"{version}"}`, append([]string{"Content-Type", "application/json"}, c.headers...)...)
		if got.status != c.status || len(d.upstream.took()) != 0 {
			t.Errorf("%s: %d, want %d\n%s", what, got.status, c.status, got.body)
		}
	}
}

func nonNil(f func(*Trusted)) []func(*Trusted) {
	if f == nil {
		return nil
	}
	return []func(*Trusted){f}
}

// TestAttack093SpellingsOfTheHeaderAreRefusedWhereTheyAreRead : also if nothing before it had.
func TestAttack093SpellingsOfTheHeaderAreRefusedWhereTheyAreRead(t *testing.T) {
	d := open(t, behindProxy())
	for _, name := range []string{"X_Forwarded_Email", "x-forwarded-email", "X-FORWARDED_Email"} {
		r := httptest.NewRequest(http.MethodGet, "/runs", http.NoBody)
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header = http.Header{"X-Forwarded-Email": {"viewer@acme.test"}, proxySecret: {shared}}
		if _, vouched, err := d.gate.vouched(r); !vouched || err != nil {
			t.Fatalf("%v %v", vouched, err)
		}
		r.Header[name] = []string{"owner@acme.test"}
		if caller, vouched, err := d.gate.vouched(r); caller != nil || !vouched || !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v %v %v", name, caller, vouched, err)
		}
	}
}

func TestAProxyMayShowACertificateInstead(t *testing.T) {
	d := open(t, behindProxy(func(tr *Trusted) { tr.Secret = "" }))
	r := httptest.NewRequest(http.MethodGet, "/runs", http.NoBody)
	r.RemoteAddr = "[::ffff:127.0.0.1]:4711"
	r.Header = http.Header{"X-Forwarded-Email": {"viewer@acme.test"}}
	for what, c := range map[string]struct {
		state *tls.ConnectionState
		good  bool
	}{
		"no TLS":                        {nil, false},
		"no certificate":                {&tls.ConnectionState{}, false},
		"one that nobody has checked":   {&tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}, false},
		"one that the listener checked": {&tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{}}}}, true},
	} {
		r.TLS = c.state
		if caller, vouched, err := d.gate.vouched(r); !vouched || (err == nil && caller != nil) != c.good {
			t.Errorf("%s: %v %v %v", what, caller, vouched, err)
		}
	}
}

// TestNobodyIsMadeAnAdministratorByAHeader : there is no way in that the header opens for a person who is not known, no sign-in that
// outlives the header, and no more than the person's grants.
func TestNobodyIsMadeAnAdministratorByAHeader(t *testing.T) {
	d := open(t, behindProxy())
	as := func(name string, more ...string) []string {
		return append([]string{"X-Forwarded-Email", name + "@acme.test", proxySecret, shared, "Accept", "text/html"}, more...)
	}
	got := d.do(t, "", http.MethodGet, "/runs", "", as("stranger")...)
	if got.status != http.StatusForbidden || !strings.Contains(got.body, "stranger@acme.test") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got = d.do(t, "", http.MethodGet, "/runs", "", as("nobody")...); got.status != http.StatusForbidden {
		t.Errorf("without a grant: %d %s", got.status, got.body)
	}
	got = d.do(t, "", http.MethodGet, "/runs", "", as("viewer")...)
	if got.status != http.StatusOK || got.header.Get("Set-Cookie") != "" {
		t.Errorf("%d %v", got.status, got.header)
	}
	for _, path := range []string{"signin?code=c", "signout"} {
		if got = d.do(t, "", http.MethodGet, ownPrefix+path, "", as("viewer")...); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got = d.do(t, "", http.MethodGet, "/runs", "", "Accept", "text/html"); got.status != http.StatusUnauthorized || got.header.Get("Location") != "" {
		t.Errorf("nobody vouches: %d %v", got.status, got.header)
	}
}

func TestAProxyThatAnybodyCouldBeIsRefused(t *testing.T) {
	d := open(t)
	for what, change := range map[string]func(*Trusted){
		"no header":          func(tr *Trusted) { tr.Header = "" },
		"an underscore":      func(tr *Trusted) { tr.Header = "X_Forwarded_Email" },
		"a browser's header": func(tr *Trusted) { tr.Header = "cookie" },
		"the secret's":       func(tr *Trusted) { tr.Header = proxySecret },
		"no addresses":       func(tr *Trusted) { tr.From = nil },
		"all addresses":      func(tr *Trusted) { tr.From = append(tr.From, netip.MustParsePrefix("0.0.0.0/0")) },
		"a short secret":     func(tr *Trusted) { tr.Secret = "secret" },
	} {
		o := d.gate.Options
		behindProxy(change)(&o)
		if _, err := New(o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

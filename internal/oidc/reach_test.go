package oidc

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/reach"
)

// TestAttack059ANameThatMoves: the address is judged when it is connected to, whatever the name meant before.
func TestAttack059ANameThatMoves(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, func(o *Options) { o.Reach = nil }, e)
	var asked atomic.Int32
	resolver := dns(t, func() netip.Addr {
		asked.Add(1)
		return netip.MustParseAddr("127.0.0.1")
	})
	p.client = p.reach.Client(reach.Options{Names: resolver, Roots: roots(e), Timeout: time.Second, Follow: true})
	u, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	provider := e.provider()
	provider.Issuer = "https://public.example:" + u.Port()
	_, _, err = p.Start(t.Context(), provider, Flow{})
	refused(t, err, fault.Unavailable, "oidc_reach")
	if asked.Load() == 0 || e.count("/.well-known/openid-configuration") != 0 {
		t.Errorf("the name was asked %d times, the server %d", asked.Load(), e.count("/.well-known/openid-configuration"))
	}
	if strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("the error tells what names mean inside: %v", err)
	}
}

// dns is a name server with one answer for every name.
func dns(t *testing.T, answer func() netip.Addr) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := socket.ReadFrom(b)
			if err != nil {
				return
			}
			end := 12
			for b[end] != 0 {
				end += int(b[end]) + 1
			}
			end += 5 // the zero, type and class
			reply := append([]byte{b[0], b[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, b[12:end]...)
			if n >= end && binary.BigEndian.Uint16(b[end-4:]) == 1 { // A
				reply[7] = 1
				ip := answer().As4()
				reply = append(append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip[:]...)
			}
			if _, err := socket.WriteTo(reply, from); err != nil {
				return
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func TestAttack059DiscoveryMakesTheServerCallInside(t *testing.T) {
	c := newClock()
	inside := newEvil(t, c) // whom nobody may make the server call
	var plainCalls atomic.Int32
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { plainCalls.Add(1); w.WriteHeader(http.StatusOK) }))
	defer plain.Close()
	for name, at := range map[string]string{
		"loopback by number": inside.URL, "loopback by name": strings.Replace(inside.URL, "127.0.0.1", "localhost", 1),
		"plain http": plain.URL, "metadata": "http://169.254.169.254/latest", "metadata over TLS": "https://169.254.169.254",
		"a file": "file:///etc/passwd", "gopher": "gopher://127.0.0.1:6379/", "no host": "https://", "a user": "https://a@b.example", "a query": "https://b.example/?x=",
	} {
		p := newParty(t, c, func(o *Options) { o.Reach = nil; o.Timeout = time.Second }, inside)
		provider := inside.provider()
		provider.Issuer = at
		_, _, err := p.Start(t.Context(), provider, Flow{})
		var f *fault.Error
		if !errors.As(err, &f) || f.Rule != "oidc_reach" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if inside.count("/.well-known/openid-configuration") != 0 || plainCalls.Load() != 0 {
		t.Error("the server called inside")
	}

	// A provider in reach that points elsewhere.
	for name, bend := range map[string]func(d map[string]any){
		"keys over plain http":   func(d map[string]any) { d["jwks_uri"] = "http://keys.example/" },
		"tokens over plain http": func(d map[string]any) { d["token_endpoint"] = "http://169.254.169.254/latest/meta-data" },
		"user info at a file":    func(d map[string]any) { d["userinfo_endpoint"] = "file:///etc/passwd" },
		"browsers to a script":   func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" },
		"browsers out to one":    func(d map[string]any) { d["end_session_endpoint"] = "javascript:alert(1)" },
	} {
		e := newEvil(t, c)
		e.document = bend
		_, _, err := newParty(t, c, nil, e).Start(t.Context(), e.provider(), Flow{})
		var f *fault.Error
		if !errors.As(err, &f) || f.Rule != "oidc_reach" {
			t.Errorf("%s: %v", name, err)
		}
	}

	// The keys are on the machine's own network: asked for, but only the listed address is connected to.
	e := newEvil(t, c)
	e.document = func(d map[string]any) { d["jwks_uri"] = "https://10.255.255.1/keys" }
	_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
	refused(t, err, fault.Unavailable, "oidc_reach")
}

func TestAttack059RedirectsAndEndlessAnswers(t *testing.T) {
	c := newClock()
	inside := newEvil(t, c)
	release := make(chan struct{})
	defer close(release)
	for name, answer := range map[string]http.HandlerFunc{
		"another host": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inside.URL+r.URL.Path, http.StatusFound)
		},
		"down to http": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/x", http.StatusTemporaryRedirect)
		},
		"round and round": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(strings.Repeat(" ", reach.MaxBody) + "{}"))
		},
		"never": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		},
		"a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>root:x:0:0 hush")) },
		"a refusal": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "root:x:0:0 hush", http.StatusInternalServerError)
		},
	} {
		e := newEvil(t, c)
		e.elsewise["/.well-known/openid-configuration"] = answer
		p := newParty(t, c, func(o *Options) { o.Timeout = 500 * time.Millisecond }, e, inside)
		_, _, err := p.Start(t.Context(), e.provider(), Flow{})
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "Evil") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "too long" && !strings.Contains(err.Error(), reach.ErrTooLong.Error()) {
			t.Errorf("%s was read: %v", name, err)
		}
		if n := e.count("/.well-known/openid-configuration"); n > 4 {
			t.Errorf("%s: asked %d times", name, n)
		}
	}
	if inside.count("/.well-known/openid-configuration") != 0 {
		t.Error("a redirect was followed to another host")
	}
	// The client's secret is not carried elsewhere either.
	e := newEvil(t, c)
	e.elsewise["/token"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL+"/token", http.StatusTemporaryRedirect)
	}
	if _, err := signIn(t, newParty(t, c, nil, e, inside), e, e.provider(), Flow{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a redirected token request: %v", err)
	}
	if inside.count("/token") != 0 {
		t.Error("the secret went to another host")
	}
}

func TestAFailingProviderIsNotAskedOverAndOver(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	const at = "/.well-known/openid-configuration"
	p := newParty(t, c, nil, e)
	start := func() error {
		_, _, err := p.Start(t.Context(), e.provider(), Flow{})
		return err
	}
	if first, second := start(), start(); first != nil || second != nil || e.count(at) != 1 {
		t.Fatalf("discovery was fetched %d times", e.count(at))
	}
	e.elsewise[at] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	c.on(fresh)
	if err := start(); err != nil || e.count(at) != 2 {
		t.Errorf("what is known is not used while the provider is away: %v, asked %d times", err, e.count(at))
	}
	if err := start(); err != nil || e.count(at) != 2 {
		t.Errorf("within seconds it was asked again: %v, %d times", err, e.count(at))
	}
	c.on(stale)
	if err := start(); !fault.Is(err, fault.Unavailable) || e.count(at) != 3 {
		t.Errorf("what is known is used without end: %v, asked %d times", err, e.count(at))
	}
	delete(e.elsewise, at)
	c.on(documentPause)
	if err := start(); err != nil {
		t.Errorf("it is back: %v", err)
	}
	for i := range maxSources + 5 {
		p.source(string(rune('a'+i%26)) + strings.Repeat("x", i))
	}
	if len(p.sources) > maxSources {
		t.Errorf("%d issuers are remembered", len(p.sources))
	}
}

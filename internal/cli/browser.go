package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"bailiwick/client"
)

// loginWithin is how long somebody may take in the browser.
const loginWithin = 5 * time.Minute

// A browserLogin is one login by browser: it listens on this machine for the code that the browser brings back.
type browserLogin struct {
	listener net.Listener
	verifier string // never leaves the program but to the server, with the code
	state    string // by which a browser that was not sent by us is known
	brought  chan url.Values
}

// secretText is 256 bits as text.
func secretText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func newBrowserLogin(ctx context.Context) (*browserLogin, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		if listener, err = listen.Listen(ctx, "tcp", "[::1]:0"); err != nil {
			return nil, fmt.Errorf("listen for the browser: %w", err)
		}
	}
	return &browserLogin{listener: listener, verifier: secretText(), state: secretText(), brought: make(chan url.Values, 1)}, nil
}

// address is the page of a server that asks whether the command line may act.
func (l *browserLogin) address(server, name string) string {
	challenge := sha256.Sum256([]byte(l.verifier))
	return server + "/cli/signin?" + url.Values{"challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "state": {l.state},
		"to": {l.listener.Addr().String()}, "name": {name}}.Encode()
}

// ServeHTTP takes what a browser brings. What does not have the state is somebody else's, and is not taken.
func (l *browserLogin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	said := r.URL.Query()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet || r.URL.Path != "/signed-in" || r.Host != l.listener.Addr().String() ||
		subtle.ConstantTimeCompare([]byte(said.Get("state")), []byte(l.state)) != 1 {
		http.Error(w, "this is not what the command line waits for", http.StatusBadRequest)
		return
	}
	select {
	case l.brought <- said:
		_, _ = fmt.Fprintln(w, "The command line has its answer. This page can be closed.")
	default:
		http.Error(w, "the command line has its answer already", http.StatusConflict)
	}
}

// wait returns the code that the browser brings.
func (l *browserLogin) wait(ctx context.Context) (code string, err error) {
	server := &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.listener) }()
	defer func() {
		closing, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer stop()
		_ = server.Shutdown(closing) // the browser has its page
	}()
	ctx, stop := context.WithTimeout(ctx, loginWithin)
	defer stop()
	select {
	case said := <-l.brought:
		if code = said.Get("code"); code == "" {
			return "", wrong("it was refused in the browser", "run bailiwick login again, and let it act")
		}
		return code, nil
	case err := <-served:
		return "", fmt.Errorf("listen for the browser: %w", err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", wrong("nobody answered in the browser for five minutes", "run bailiwick login again, or give a token with --token @-")
		}
		return "", ctx.Err()
	}
}

// byBrowser gets a token by way of a browser, in which somebody who is signed in lets this command line act as them.
func (s *session) byBrowser(server string) (token string, err error) {
	c, err := s.connect(pair{Server: server})
	if err != nil {
		return "", err
	}
	ctx, stop := s.context()
	defer stop()
	l, err := newBrowserLogin(ctx)
	if err != nil {
		return "", err
	}
	address := l.address(c.Server(), s.loginName())
	_, _ = fmt.Fprintf(s.Stderr, "Let this command line act as you, in a browser on this machine:\n  %s\n", address)
	if s.Browse != nil {
		_ = s.Browse(address) // whoever sees no browser opens the address themselves
	}
	code, err := l.wait(ctx)
	if err != nil {
		return "", err
	}
	issued, err := c.Login(ctx, client.LoginExchange{Code: code, Verifier: l.verifier})
	return issued.Secret, err
}

// loginName is what the command line calls itself: the token is known by it.
func (s *session) loginName() string {
	if s.Hostname == "" {
		return "bailiwick login"
	}
	return "bailiwick login on " + s.Hostname
}

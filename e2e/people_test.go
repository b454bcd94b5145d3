package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
)

// good is a password that the program accepts, and new another one.
const (
	good    = "heron window copper ladder"
	another = "violet anchor pepper saddle"
)

// serveAt starts a server that is reached by another name than the one on which it listens.
func serveAt(t *testing.T, host string, args ...string) *server {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	return launch(t, "serve", folder(t), append([]string{"--listen", "127.0.0.1:" + port, "--url", "http://" + host + ":" + port, "--log-level", "warn"}, args...)...)
}

// change carries commands out and returns their results.
func (s *server) change(token string, commands ...client.Command) []client.Result {
	s.t.Helper()
	done, err := s.as(token).Change(s.t.Context(), client.Changing{}, commands...)
	if err != nil {
		s.t.Fatal(err)
	}
	return done.Results
}

// password gives somebody the good password, by a link that an administrator hands over.
func (s *server) password(token, user string) {
	s.t.Helper()
	secret := s.change(token, client.LinkOpen{User: user, Purpose: "activation"})[0].Secret
	status, _ := s.post("activate", nil, url.Values{"secret": {secret}, "password": {good}, "again": {good}})
	if status != http.StatusSeeOther {
		s.t.Fatalf("the activation of %s: %d", user, status)
	}
}

// once does not follow redirects, and keeps no cookies.
func once() *http.Client {
	return &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// post sends a form as something that is no browser does, and returns the status and the page.
func (s *server) post(path string, c *http.Cookie, form url.Values) (int, string) {
	s.t.Helper()
	return s.with(c, http.MethodPost, path, form)
}

// with sends a request with a cookie that was in a browser, as a thief would.
func (s *server) with(c *http.Cookie, method, path string, form url.Values) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(s.t.Context()), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if c != nil {
		r.AddCookie(c)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := once().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(page) + answer.Header.Get("Location")
}

// signIn signs in with a password in a browser and ends on the account.
func (b *browser) signIn(s *server, email, password string) {
	b.t.Helper()
	b.open(s.url + "o/acme/signin")
	b.try(email, password)
	if at := b.where(); at != "/" {
		b.t.Fatalf("%s is not signed in: %s", email, b.describe())
	}
}

// try fills the sign-in form in and sends it.
func (b *browser) try(email, password string) int {
	b.t.Helper()
	b.fill("email", email)
	b.fill("password", password)
	return b.press("Sign in")
}

// A letter is a file of the mail folder.
type letter struct{ To, Subject, Text, HTML string }

// link is the address in a letter.
func (l letter) link() string { return regexp.MustCompile(`https?://\S+`).FindString(l.Text) }

// letters are those in a folder.
func letters(t *testing.T, folder string) (all []letter) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, read(t, string(text)))
	}
	return all
}

// mailed waits for a letter to somebody whose subject has a text.
func mailed(t *testing.T, folder, to, subject string) (found letter) {
	t.Helper()
	eventually(t, "letter to "+to+" about "+subject, func() bool {
		for _, l := range letters(t, folder) {
			if strings.Contains(l.To, to) && strings.Contains(l.Subject, subject) {
				found = l
				return true
			}
		}
		return false
	})
	return found
}

func read(t *testing.T, text string) letter {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	l := letter{To: m.Header.Get("To"), Subject: subject}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		t.Fatalf("a letter of the kind %q: %v", kind, err)
	}
	for parts := multipart.NewReader(m.Body, parameters["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		content, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.HTML = string(content)
		} else {
			l.Text = string(content)
		}
	}
}

// site is another site with one page.
func site(t *testing.T, page string) string {
	t.Helper()
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Evil</title>"+page)
	}))
	t.Cleanup(evil.Close)
	// Not the host of the server under test, whose port alone would make it no other site.
	return strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)
}

// selfSigned writes a certificate for loopback and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", pkcs8)
}

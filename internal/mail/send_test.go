package mail

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/fault"
)

const (
	base   = "https://bailiwick.acme.test/inner"
	secret = "bwk_link_0123456789abcdefghijABCDEFGHIJ"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ana  = Address{Name: "Ana Ames", Email: "ana@acme.test"}
	us   = Address{Name: "Bailiwick", Email: "bailiwick@acme.test"}
)

func letterOf(kind Kind) Letter {
	l := Letter{Kind: kind, To: ana, Data: Data{Organization: "Acme & Söhne", By: "Bo Berg"}}
	switch kind {
	case Activation, Reset:
		l.Data.Secret, l.Data.Until = secret, noon.Add(24*time.Hour)
	case BreakGlass:
		l.Data.User, l.Data.Reason, l.Data.At, l.Data.Until = "Cy Cole", "the provider is down", noon, noon.Add(10*time.Minute)
	case Invited:
	}
	return l
}

func writer(t *testing.T) *Writer {
	t.Helper()
	w, err := NewWriter(base+"/", us)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func message(t *testing.T, l Letter) Message {
	t.Helper()
	m, err := writer(t).Write("ltr_one", noon, l)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// read takes a delivered letter apart.
func read(t *testing.T, text string) (header mail.Header, plain, html string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the letter is %q, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	var bodies []string
	for {
		part, err := parts.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
	if len(bodies) != 2 {
		t.Fatalf("%d parts", len(bodies))
	}
	return m.Header, bodies[0], bodies[1]
}

func TestLettersArriveAsTheyWereWritten(t *testing.T) {
	office := openPostOffice(t)
	sender := office.sender(t, nil)
	for i, c := range []struct {
		kind          Kind
		subject, link string
		says          []string
	}{
		{Invited, "You were added to Acme & Söhne", base + "/signin", []string{"Hello Ana Ames,", "Bo Berg added you", "Sign in as ana@acme.test"}},
		{Activation, "Choose a password for Acme & Söhne", base + "/activate#" + secret, []string{"works once, until 23 November 2026, 12:00 UTC"}},
		{Reset, "Choose a new password for Acme & Söhne", base + "/reset#" + secret, []string{"works once, until 23 November 2026, 12:00 UTC"}},
		{BreakGlass, "Emergency sign-in to Acme & Söhne", base + "/account", []string{"as Cy Cole", "It ends at 22 November 2026, 12:10 UTC", "The reason given: the provider is down\n"}},
	} {
		if err := sender.Send(t.Context(), message(t, letterOf(c.kind))); err != nil {
			t.Fatalf("%s: %v", c.kind, err)
		}
		got := office.letters()[i]
		if !got.encrypted || !strings.HasPrefix(got.from, "MAIL FROM:<bailiwick@acme.test>") || got.to != "RCPT TO:<ana@acme.test>" {
			t.Errorf("%s: %q %q encrypted %v", c.kind, got.from, got.to, got.encrypted)
		}
		header, plain, html := read(t, got.text)
		subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || subject != c.subject {
			t.Errorf("%s: the subject is %q, %v", c.kind, subject, err)
		}
		if header.Get("Message-Id") != "<ltr_one@acme.test>" || header.Get("Auto-Submitted") != "auto-generated" || header.Get("Date") != "Sun, 22 Nov 2026 12:00:00 +0000" {
			t.Errorf("%s: the header is %v", c.kind, header)
		}
		for _, text := range c.says {
			if !strings.Contains(plain, text) || !strings.Contains(html, strings.TrimSpace(text)) {
				t.Errorf("%s: %q is missing in\n%s\n%s", c.kind, text, plain, html)
			}
		}
		if c.link != "" && (!strings.Contains(plain, "\n\n"+c.link+"\n\n") || !strings.Contains(html, `<a href="`+c.link+`">`)) {
			t.Errorf("%s: the link %s is missing in\n%s\n%s", c.kind, c.link, plain, html)
		}
		if strings.Contains(plain, "<no value>") || strings.Contains(html, "& S") {
			t.Errorf("%s: not escaped, or a value is missing:\n%s\n%s", c.kind, plain, html)
		}
	}
}

func TestLettersNeverGoInClear(t *testing.T) {
	office := openPostOffice(t)
	office.set(true, false)
	m := message(t, letterOf(Reset))
	if err := office.sender(t, nil).Send(t.Context(), m); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server without STARTTLS: %v", err)
	}
	office.set(false, false)
	stranger := office.sender(t, func(o *SMTPOptions) { o.Roots = x509.NewCertPool() })
	if err := stranger.Send(t.Context(), m); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server with an unknown certificate: %v", err)
	}
	if office.was("MAIL") || len(office.letters()) != 0 {
		t.Error("the server got a letter, or to whom one is")
	}
	for _, host := range []string{"mail.acme.test", "10.0.0.1", "localhost.acme.test", "0.0.0.0"} {
		if _, err := NewSMTP(SMTPOptions{Host: host, Security: NoTLS}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "in clear") {
			t.Errorf("no TLS with %s: %v", host, err)
		}
	}
	if _, err := NewSMTP(SMTPOptions{Host: "mail.acme.test", Security: "maybe"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("another word: %v", err)
	}
	local := office.sender(t, func(o *SMTPOptions) { o.Security = NoTLS })
	if err := local.Send(t.Context(), m); err != nil || len(office.letters()) != 1 {
		t.Errorf("no TLS on this machine: %v", err)
	}
}

func TestASignInAtTheMailServerIsEncrypted(t *testing.T) {
	for _, security := range []string{StartTLS, TLS} {
		office := openPostOffice(t)
		office.set(false, security == TLS)
		sender := office.sender(t, func(o *SMTPOptions) { o.Security, o.User, o.Password = security, "us", "the password" })
		if err := sender.Send(t.Context(), message(t, letterOf(Invited))); err != nil {
			t.Fatalf("%s: %v", security, err)
		}
		want := "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00us\x00the password"))
		if got := office.letters(); len(got) != 1 || !got[0].encrypted || got[0].login != want {
			t.Errorf("%s: %+v", security, got)
		}
		office.answers("AUTH", "535 no")
		if err := sender.Send(t.Context(), message(t, letterOf(Invited))); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "the password") {
			t.Errorf("%s, refused: %v", security, err)
		}
	}
}

func TestNoTextCanAddAHeaderOrAnAddress(t *testing.T) {
	office := openPostOffice(t)
	sender := office.sender(t, nil)
	const evil = "Eve\r\nBcc: all@acme.test\r\n\r\n<b>\u202etxet\x00\"<all@acme.test>,"
	l := letterOf(BreakGlass)
	l.To.Name, l.Data.Organization, l.Data.By, l.Data.User, l.Data.Reason = evil, evil, evil, evil, evil+"\n\n"+base+PathHistory+"\n\nhttps://evil.test"
	if err := sender.Send(t.Context(), message(t, l)); err != nil {
		t.Fatal(err)
	}
	got := office.letters()[0]
	header, plain, html := read(t, got.text)
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	var names []string
	for name := range header {
		names = append(names, name)
	}
	if slices.Sort(names); !slices.Equal(names, want) || got.to != "RCPT TO:<ana@acme.test>" {
		t.Errorf("the header has %v, the letter goes to %s", names, got.to)
	}
	if to, err := header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "ana@acme.test" {
		t.Errorf("To is %v, %v", to, err)
	}
	if strings.Contains(plain, "\nBcc") || strings.Contains(plain, "\nhttps://evil") || strings.Contains(plain, "\u202e") || strings.Contains(html, "<b>") || strings.Count(html, "<a ") != 1 {
		t.Errorf("a text broke out of its line:\n%s\n%s", plain, html)
	}
	for _, address := range []string{"", "ana", "ana@acme.test\r\nBcc: all@acme.test", "ana@acme.test, all@acme.test", "ana@acme.test>", "Ana <ana@acme.test>", "a..na@acme.test", "ana@acme.test\x00"} {
		l := letterOf(Invited)
		l.To.Email = address
		if _, err := writer(t).Write("ltr_one", noon, l); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestLinksBeginWithTheConfiguredAddress(t *testing.T) {
	for _, bad := range []string{"", "bailiwick.acme.test", "http://bailiwick.acme.test", "ftp://bailiwick.acme.test", "https://", "https://a@acme.test", "https://acme.test/?x", "https://acme.test/#x", "javascript:alert(1)"} {
		if _, err := NewWriter(bad, us); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"https://acme.test", "http://localhost:8080", "http://127.0.0.1:8080/", "http://[::1]:8080"} {
		if _, err := NewWriter(good, us); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if _, err := NewWriter(base, Address{Email: "us@acme.test\n"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a sender that cannot be: %v", err)
	}
}

func TestALetterSaysWhatItLacks(t *testing.T) {
	for what, change := range map[string]func(*Letter){
		"kind":         func(l *Letter) { l.Kind = "love" },
		"organization": func(l *Letter) { l.Data.Organization = "" },
		"secret":       func(l *Letter) { l.Data.Secret = "" },
		"a link":       func(l *Letter) { l.Data.Secret = "x\n\nhttps://evil.test" },
		"many":         func(l *Letter) { l.Kind = Invited },
		"at":           func(l *Letter) { l.Kind, l.Data.Secret, l.Data.Until = BreakGlass, "", noon },
		"when it ends": func(l *Letter) { l.Data.Until = time.Time{} },
	} {
		l := letterOf(Activation)
		change(&l)
		if err := l.check(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), what) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAFolderKeepsLettersForTheServersUserOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "letters")
	folder, err := NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same letter again is the same file
		if err := folder.Send(t.Context(), message(t, letterOf(Reset))); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "20261122T120000Z-ltr_one.eml" {
		t.Fatalf("the files are %v, %v", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	if _, plain, _ := read(t, string(text)); !strings.Contains(plain, base+"/reset#"+secret) {
		t.Errorf("the file says\n%s", plain)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := folder.Send(t.Context(), message(t, letterOf(Reset))); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without its directory: %v", err)
	}
}

package mail

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A postOffice is a mail server on this machine that keeps what it is given.
type postOffice struct {
	port  int
	roots *x509.CertPool
	tls   *tls.Config

	mu       sync.Mutex
	clear    bool              // offers no STARTTLS
	atOnce   bool              // encrypted from the first byte
	refuse   map[string]string // answers instead of the usual ones, by command
	asked    []string          // commands, in order
	received []delivery
}

// A delivery is one letter as it arrived.
type delivery struct {
	login     string
	from, to  string
	encrypted bool
	text      string
}

func openPostOffice(t *testing.T) *postOffice {
	t.Helper()
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate, which is for 127.0.0.1
	t.Cleanup(web.Close)
	p := &postOffice{roots: x509.NewCertPool(), tls: &tls.Config{Certificates: web.TLS.Certificates}, refuse: map[string]string{}}
	p.roots.AddCert(web.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); open.Wait() })
	return p
}

func (p *postOffice) serve(c net.Conn) {
	p.mu.Lock()
	inClear, atOnce := p.clear, p.atOnce
	p.mu.Unlock()
	if atOnce {
		c = tls.Server(c, p.tls)
	}
	defer func() { _ = c.Close() }()
	text, d := textproto.NewConn(c), delivery{encrypted: atOnce}
	say := func(line string) { _ = text.PrintfLine("%s", line) }
	say("220 post office")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(line + " ?")[0])
		if refusal := p.ask(verb); refusal != "" {
			say(refusal)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-post office")
			if !inClear && !d.encrypted {
				say("250-STARTTLS")
			}
			if d.encrypted {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			secure := tls.Server(c, p.tls)
			text, d.encrypted = textproto.NewConn(struct {
				io.Reader
				io.WriteCloser
			}{bufio.NewReader(secure), secure}), true
		case "AUTH":
			d.login = line
			say("235 welcome")
		case "MAIL":
			d.from = line
			say("250 ok")
		case "RCPT":
			d.to += line
			say("250 ok")
		case "DATA":
			say("354 go on")
			lines, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			if refusal := p.ask("."); refusal != "" {
				say(refusal)
				continue
			}
			d.text = string(lines)
			p.mu.Lock()
			p.received = append(p.received, d)
			p.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (p *postOffice) ask(verb string) (refusal string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, verb)
	return p.refuse[verb]
}

// set says how the office protects its next connections.
func (p *postOffice) set(inClear, atOnce bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear, p.atOnce = inClear, atOnce
}

// answers lets the office answer a command in another way; "" as usual.
func (p *postOffice) answers(verb, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse[verb] = line
}

func (p *postOffice) letters() []delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]delivery(nil), p.received...)
}

func (p *postOffice) was(verb string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, asked := range p.asked {
		if asked == verb {
			return true
		}
	}
	return false
}

func (p *postOffice) sender(t *testing.T, change func(*SMTPOptions)) *SMTP {
	t.Helper()
	o := SMTPOptions{Host: "127.0.0.1", Port: p.port, Roots: p.roots}
	if change != nil {
		change(&o)
	}
	s, err := NewSMTP(o)
	if err != nil {
		t.Fatalf("port %s: %v", strconv.Itoa(o.Port), err)
	}
	return s
}

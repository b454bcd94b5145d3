package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
)

// A Sender takes a message on its way. An error of the kind Invalid means that trying again is of no use.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// How a connection to a mail server is kept from being read.
const (
	StartTLS = "starttls" // required: a server that does not offer it gets nothing
	TLS      = "tls"      // from the first byte, mostly port 465
	NoTLS    = "none"     // for a server on this machine only
)

// SMTPOptions say how a mail server is reached.
type SMTPOptions struct {
	Host     string
	Port     int    // zero: 587, or 465 with TLS from the first byte
	Security string // one of the words above; "" means StartTLS, with port 465 TLS
	User     string // "" for a server that asks nobody who they are
	Password string
	Roots    *x509.CertPool // nil for those of the system
	Timeout  time.Duration  // zero: 20 s
}

// Address is where the mail server is reached: host and port.
func (o SMTPOptions) Address() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.port())) }

func (o SMTPOptions) port() int {
	switch {
	case o.Port != 0:
		return o.Port
	case o.Security == TLS:
		return 465
	}
	return 587
}

// SMTP sends by a mail server.
type SMTP struct {
	host    string
	options []gomail.Option
	tls     *tls.Config // nil where the connection begins without
	timeout time.Duration
}

// NewSMTP makes a sender. It connects when it sends, for each letter anew: they are few, and nothing of one can reach
// another.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	if o.Security == "" {
		o.Security = StartTLS
		if o.Port == 465 {
			o.Security = TLS
		}
	}
	if o.Timeout <= 0 || o.Timeout >= sendTime {
		o.Timeout = 20 * time.Second
	}
	config := &tls.Config{ServerName: o.Host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	s := &SMTP{host: o.Host, timeout: o.Timeout, options: []gomail.Option{gomail.WithTimeout(o.Timeout), gomail.WithTLSConfig(config)}}
	port, login := o.port(), gomail.SMTPAuthAutoDiscover
	switch o.Security {
	case StartTLS:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		// The library does not see that a connection of ours is encrypted, and would not discover PLAIN.
		login, s.tls = gomail.SMTPAuthPlain, config
		s.options = append(s.options, gomail.WithSSL())
	case NoTLS:
		if !loopback.Is(o.Host) {
			return nil, fault.New(fault.Invalid, "letters would go to %q in clear", o.Host).In("smtp.security").By("smtp_clear").
				Rather("%s or %s; %s is for a server on this machine only", StartTLS, TLS, NoTLS)
		}
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fault.New(fault.Invalid, "there is no %q", o.Security).In("smtp.security").Rather("%s, %s or %s", StartTLS, TLS, NoTLS)
	}
	s.options = append(s.options, gomail.WithPort(port))
	if o.User != "" {
		s.options = append(s.options, gomail.WithSMTPAuth(login), gomail.WithUsername(o.User), gomail.WithPassword(o.Password))
	}
	if _, err := gomail.NewClient(o.Host, s.options...); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the mail server %q, port %d, cannot be used", o.Host, port).In("smtp").Rather("a host name and a port")
	}
	return s, nil
}

// Send hands a message to the mail server.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	wire, err := wire(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var line net.Conn
	// The library leaves the connection open where a greeting, STARTTLS or a login fails, so we hold it ourselves.
	defer func() {
		if line != nil {
			_ = line.Close() // closed already where the server was told
		}
	}()
	client, err := gomail.NewClient(s.host, append(slices.Clone(s.options), gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		line, err = s.dial(ctx, network, address)
		return line, err
	}))...)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the mail server cannot be used: %v", err)
	}
	connection, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the mail server cannot be reached: %v", err)
	}
	defer context.AfterFunc(ctx, func() { _ = line.Close() })() // ends what waits for the server
	err = client.SendWithSMTPClient(connection, wire)
	var failed *gomail.SendError
	switch {
	case err == nil:
		_ = client.CloseWithSMTPClient(connection) // the letter was taken, whatever the server says to goodbye
		return nil
	case errors.As(err, &failed) && failed.Reason == gomail.ErrSMTPRcptTo && !failed.IsTemp():
		return fault.Wrap(fault.Invalid, err, "the mail server will not take this address: %v", err)
	}
	return fault.Wrap(fault.Unavailable, err, "the mail server did not take the letter: %v", err)
}

func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.tls != nil {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// A Folder writes each message to a file instead of sending it.
type Folder struct {
	dir string
}

// NewFolder makes a sender that writes to a directory, and makes the directory. Its files carry working links: nobody but
// the server's user can read them.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "letters cannot be written to %s", dir).In("mail.directory").Rather("a directory that the server may make or write to")
	}
	return &Folder{dir: dir}, nil
}

// Send writes a message to a file of its own, named by time and letter: the same letter twice is one file.
func (f *Folder) Send(_ context.Context, m Message) error {
	wire, err := wire(m)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(f.dir, ".letter-*") // whoever watches the directory sees whole letters only
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "a letter's file cannot be made")
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already where it was renamed
	_, err = wire.WriteTo(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "a letter's file cannot be written")
	}
	name := m.At.UTC().Format("20060102T150405Z") + "-" + filepath.Base(m.ID) + ".eml"
	if err := os.Rename(file.Name(), filepath.Join(f.dir, name)); err != nil {
		return fault.Wrap(fault.Unavailable, err, "a letter's file cannot be put in its place")
	}
	return nil
}

// wire makes the MIME form of a message.
func wire(m Message) (*gomail.Msg, error) {
	from, err := header(m.From)
	if err != nil {
		return nil, err
	}
	to, err := header(m.To)
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.AddToMailAddress(to)
	msg.Subject(clean(m.Subject, 2*maxName))
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(filepath.Base(m.ID) + "@" + domain)
	msg.SetDateWithValue(m.At)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no absence notes, please
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// header makes an address that cannot become two, nor another header.
func header(a Address) (*mail.Address, error) {
	stored, err := email.Normalize(a.Email)
	if err == nil {
		_, err = mail.ParseAddress("<" + stored + ">")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "a letter cannot carry this e-mail").In("mail.address").Rather("one address, such as ana@acme.test")
	}
	return &mail.Address{Name: clean(a.Name, maxName), Address: stored}, nil
}

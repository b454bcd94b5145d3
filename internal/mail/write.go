package mail

import (
	"bytes"
	"embed"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"text/template"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
)

//go:embed letters
var letters embed.FS

// maxReason is the longest reason that a letter shows, in characters.
const maxReason = 500

// A Message is a letter as it leaves.
type Message struct {
	ID                  string // of the letter; the Message-ID is made from it
	At                  time.Time
	From, To            Address
	Subject, Text, HTML string
}

// A Writer makes messages of letters.
type Writer struct {
	base   string
	from   Address
	texts  *template.Template
	layout *htmltemplate.Template
}

// NewWriter makes a Writer. Base is the address of the configuration at which people reach the server.
func NewWriter(base string, from Address) (*Writer, error) {
	address, err := url.Parse(base)
	if err != nil || address.Host == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "" || address.Opaque != "" ||
		address.Scheme != "https" && (address.Scheme != "http" || !loopback.Is(address.Hostname())) {
		return nil, fault.New(fault.Invalid, "links in letters cannot begin with %q", base).In("url").
			Rather("https://, a name and nothing after the path, such as https://bailiwick.acme.test; http:// for this machine only")
	}
	if _, err := header(from); err != nil {
		return nil, err
	}
	w := &Writer{base: strings.TrimRight(base, "/"), from: from}
	if w.texts, err = template.New("").Option("missingkey=error").ParseFS(letters, "letters/*.txt"); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the texts of letters cannot be read")
	}
	if w.layout, err = htmltemplate.ParseFS(letters, "letters/layout.html"); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the layout of letters cannot be read")
	}
	return w, nil
}

// shown is what the texts of letters may use.
type shown struct {
	Name, Email, Organization, By, User, Reason, At, Until, Link string
}

// A paragraph of the HTML letter.
type paragraph struct {
	Text string
	Link bool
}

// Write makes the message of a letter. The HTML part says the same as the text: it is made of its paragraphs.
func (w *Writer) Write(id string, at time.Time, l Letter) (Message, error) {
	if err := l.check(); err != nil {
		return Message{}, err
	}
	says := shown{Name: clean(l.To.Name, maxName), Email: clean(l.To.Email, maxName), Organization: clean(l.Data.Organization, maxName), By: clean(l.Data.By, maxName),
		User: clean(l.Data.User, maxName), Reason: clean(l.Data.Reason, maxReason), At: moment(l.Data.At), Until: moment(l.Data.Until), Link: w.link(l)}
	var text bytes.Buffer
	if err := w.texts.ExecuteTemplate(&text, string(l.Kind)+".txt", says); err != nil {
		return Message{}, fault.Wrap(fault.Internal, err, "a letter of the kind %s cannot be written", l.Kind)
	}
	subject, body, _ := strings.Cut(text.String(), "\n\n")
	m := Message{ID: id, At: at, From: w.from, To: Address{Name: says.Name, Email: l.To.Email}, Subject: subject, Text: body}
	var paragraphs []paragraph
	for part := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		paragraphs = append(paragraphs, paragraph{Text: part, Link: part == says.Link})
	}
	var page bytes.Buffer
	if err := w.layout.Execute(&page, map[string]any{"Subject": subject, "Paragraphs": paragraphs}); err != nil {
		return Message{}, fault.Wrap(fault.Internal, err, "a letter of the kind %s cannot be laid out", l.Kind)
	}
	m.HTML = page.String()
	return m, nil
}

func (w *Writer) link(l Letter) string {
	switch l.Kind {
	case Activation:
		return w.base + PathActivate + "#" + l.Data.Secret
	case Reset:
		return w.base + PathReset + "#" + l.Data.Secret
	case BreakGlass:
		return w.base + PathHistory
	case Invited:
	}
	return w.base + PathSignIn
}

func moment(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 UTC") }

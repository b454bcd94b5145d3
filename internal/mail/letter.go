package mail

import (
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bailiwick/internal/email"
	"bailiwick/internal/fault"
)

// A Kind is what a letter is for.
type Kind string

// The kinds of letters.
const (
	Invited    Kind = "invited"     // somebody was added who signs in through the organization's provider
	Activation Kind = "activation"  // somebody was added and chooses a password; carries a link
	Reset      Kind = "reset"       // somebody may choose a new password; carries a link
	BreakGlass Kind = "break_glass" // to owners: an operator opened an emergency sign-in
)

// Where the links of letters lead, below the configured address. Secrets come after a #, which browsers do not send.
const (
	PathSignIn   = "/signin"
	PathActivate = "/activate"
	PathReset    = "/reset"
	PathHistory  = "/account"
)

// maxName is the longest name that a letter shows, in characters.
const maxName = 100

// An Address is a person's name and e-mail.
type Address struct {
	Name, Email string
}

// Data is what a letter says; what a kind does not need stays empty.
type Data struct {
	Organization string    // its name, as people know it
	By           string    // who added or reset; "" for an administrator
	User         string    // break-glass: whose account is used
	Reason       string    // break-glass: what the operator wrote
	At           time.Time // break-glass: when
	Secret       string    // activation, reset: the link's secret
	Until        time.Time // activation, reset, break-glass: when it ends; a letter with a link is not sent after that
}

// A Letter is one letter to one person. It prints as its kind: it may carry a secret.
type Letter struct {
	Kind Kind
	To   Address
	Data Data
}

// Format writes the letter's kind, for every verb.
func (l Letter) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[letter "+string(l.Kind)+"]") // fmt has no way to hand on a failed write
}

// LogValue is the letter's kind.
func (l Letter) LogValue() slog.Value { return slog.StringValue("[letter " + string(l.Kind) + "]") }

// carriesLink tells whether a letter is of no use after its end.
func (l Letter) carriesLink() bool { return l.Kind == Activation || l.Kind == Reset }

// check says what is missing from a letter, or wrong with it.
func (l Letter) check() error {
	stored, err := email.Normalize(l.To.Email)
	if err == nil {
		_, err = mail.ParseAddress("<" + stored + ">")
	}
	switch {
	case err != nil:
		return fault.Wrap(fault.Invalid, err, "a letter cannot be addressed to this e-mail").In("to").Rather("one address, such as ana@acme.test")
	case l.Data.Organization == "":
		return fault.New(fault.Invalid, "a letter does not say which organization it is about").In("organization")
	}
	emergency := false
	switch l.Kind {
	case Invited, Activation, Reset:
	case BreakGlass:
		emergency = true
	default:
		return fault.New(fault.Invalid, "there are no letters of the kind %q", string(l.Kind)).In("kind").
			Rather("%s, %s, %s or %s", Invited, Activation, Reset, BreakGlass)
	}
	switch {
	case l.carriesLink() != (l.Data.Secret != ""):
		return fault.New(fault.Invalid, "a letter of the kind %s has a secret too many or too few", l.Kind).In("secret").
			Rather("a secret in %s and %s, and in no other", Activation, Reset)
	case strings.ContainsFunc(l.Data.Secret, func(r rune) bool { return !plain(r) }):
		return fault.New(fault.Invalid, "a link's secret has characters that a link cannot carry").In("secret").Rather("letters, digits and _")
	case (l.carriesLink() || emergency) && l.Data.Until.IsZero():
		return fault.New(fault.Invalid, "a letter of the kind %s does not say when it ends", l.Kind).In("until")
	case emergency && l.Data.At.IsZero():
		return fault.New(fault.Invalid, "a letter of the kind %s does not say when it happened", l.Kind).In("at")
	}
	return nil
}

func plain(r rune) bool {
	return r == '_' || r == '-' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// clean brings a text that somebody chose into one short line: it can neither begin a header nor a paragraph, nor turn
// the direction of what follows.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

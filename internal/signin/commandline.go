package signin

import (
	"context"
	"encoding/json"
	"net/netip"
	"regexp"
	"time"

	"bailiwick/access"
	"bailiwick/internal/fault"
)

const (
	loginPrefix = "bwk_login_"
	// loginFor is how long a command line may take to exchange a code: the browser carries it there at once.
	loginFor = 30 * time.Second
	// MaxLoginDays is the longest that a command line is let act as somebody, in days.
	MaxLoginDays = 90
	maxLoginName = 100
)

// challengeForm is that of HashOf: base64url of SHA-256, as "S256" of RFC 7636 (section 4.2) has it.
var challengeForm = regexp.MustCompile(`^[0-9A-Za-z_-]{43}$`)

// A LoginRequest is what a command line asks somebody for in their browser.
type LoginRequest struct {
	Challenge string // hash of the verifier that the command line keeps to itself
	To        string // where it listens: an address of this machine with a port, "127.0.0.1:41234" or "[::1]:41234"
	Name      string // what it calls itself
	Days      int    // how long it may act, from 1 to MaxLoginDays
}

// A Login is what a code was good for: a token for a user.
type Login struct {
	Organization string
	Subject      access.Subject
	Name         string
	Ends         time.Time
	Emergency    bool // see change.Actor
}

type loginTicket struct {
	Session   string `json:"login_session"`
	Challenge string `json:"challenge"`
	Name      string `json:"name"`
	Days      int    `json:"days"`
}

// Check tells what is wrong with a request, with an Invalid error. A browser is sent to this machine and to nowhere else:
// to an address, because a name can be made to mean another machine.
func (r LoginRequest) Check() error {
	to, err := netip.ParseAddrPort(r.To)
	switch {
	case err != nil || to.String() != r.To || to.Port() == 0 || to.Addr() != netip.IPv6Loopback() && to.Addr() != netip.AddrFrom4([4]byte{127, 0, 0, 1}):
		return fault.New(fault.Invalid, "a command line is answered on this machine only").In("to").Rather("127.0.0.1:PORT or [::1]:PORT")
	case !challengeForm.MatchString(r.Challenge):
		return fault.New(fault.Invalid, "the command line has not said how it will prove that it asked").In("challenge").Rather("base64url of a SHA-256, 43 characters")
	case r.Name == "" || len(r.Name) > maxLoginName:
		return fault.New(fault.Invalid, "the command line has no name, or too long a one").In("name")
	case r.Days < 1 || r.Days > MaxLoginDays:
		return fault.New(fault.Invalid, "a command line acts for 1 to %d days", MaxLoginDays).In("days")
	}
	return nil
}

// IssueLogin makes a one-time code with which the command line that asked gets a token for the caller, who has confirmed it.
// The code is of use only with the verifier, which that command line alone has. Only a session of ours gets one, and none
// that an operator opened: what it made would outlive it.
func (s *Sessions) IssueLogin(ctx context.Context, caller *Caller, asked LoginRequest) (Secret, error) {
	refused := fault.New(fault.Forbidden, "only who is signed in here can let a command line act").By("login_code")
	if caller == nil || caller.live == nil || caller.Emergency {
		return Secret{}, refused
	}
	r := caller.live.row.Load()
	if r == nil || r.Audience != "" {
		return Secret{}, refused
	}
	if err := asked.Check(); err != nil {
		return Secret{}, err
	}
	body, err := json.Marshal(loginTicket{Session: r.ID, Challenge: asked.Challenge, Name: asked.Name, Days: asked.Days})
	if err != nil {
		return Secret{}, err
	}
	st, err := s.engine.Current(caller.Organization)
	if err != nil {
		return Secret{}, err
	}
	code := newSecret(loginPrefix)
	return code, s.journal.PutTicket(ctx, caller.Organization, HashOf(code.Reveal()), st.Moment(s.engine.Now()).Add(loginFor), body)
}

// TakeLogin takes a code that a command line was brought, with the verifier. A code that was tried is used, right or not.
// The session that it was made in has to be good still.
func (s *Sessions) TakeLogin(ctx context.Context, code, verifier string) (Login, error) {
	if !wellFormed(loginPrefix, code) {
		return Login{}, refusedLogin()
	}
	organization, body, found, err := s.journal.TakeTicket(ctx, HashOf(code), truncated(s.engine.Now()))
	if err != nil {
		return Login{}, err
	}
	var ticket loginTicket
	if !found || json.Unmarshal(body, &ticket) != nil || !SameHash(ticket.Challenge, HashOf(verifier)) {
		return Login{}, refusedLogin()
	}
	st, err := s.engine.Current(organization)
	if err != nil {
		return Login{}, err
	}
	l, err := s.byName(ctx, organization, ticket.Session)
	if err != nil {
		return Login{}, err
	}
	if l == nil {
		return Login{}, refusedLogin()
	}
	moment := truncated(st.Moment(s.engine.Now()))
	r, _, why := s.judge(ctx, l, st, moment)
	if why != "" || r.Audience != "" {
		return Login{}, refusedLogin()
	}
	return Login{Organization: organization, Subject: access.Subject{Kind: access.User, ID: r.User}, Name: ticket.Name,
		Ends: moment.AddDate(0, 0, ticket.Days), Emergency: r.Method == ByBreakGlass}, nil
}

// refusedLogin is the one answer to every code that does not work.
func refusedLogin() error {
	return fault.New(fault.Unauthenticated, "this code does not work").By("login_code").
		Rather("a code that is unused, not older than 30 seconds, and brought by the command line that asked for it; begin the login again")
}

package signin

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/loopback"
)

const (
	codePrefix = "bwk_code_"
	// codeFor is how long a gate may take to exchange a code.
	codeFor  = 30 * time.Second
	maxState = 128
)

// codeTicket is what a code stands for.
type codeTicket struct {
	Session string `json:"session"`
	User    string `json:"user"`
	Origin  string `json:"origin"`
	State   string `json:"state"`
}

// IssueCode makes a one-time code with which the gate at an origin gets a session of its own for the caller, for the browser
// to carry there. It is bound to the origin and to what the gate keeps in that browser (the hash of its state), so that
// nobody can put his own code into another's browser. Only a session of ours gets one.
func (s *Sessions) IssueCode(ctx context.Context, caller *Caller, origin, stateHash string) (Secret, error) {
	if caller == nil || caller.live == nil {
		return Secret{}, fault.New(fault.Forbidden, "only who is signed in here can be let in at a gate").By("gate_code")
	}
	r := caller.live.row.Load()
	if r == nil || r.Audience != "" {
		return Secret{}, fault.New(fault.Forbidden, "only who is signed in here can be let in at a gate").By("gate_code")
	}
	if err := checkOrigin(origin); err != nil {
		return Secret{}, err
	}
	if stateHash == "" || len(stateHash) > maxState {
		return Secret{}, fault.New(fault.Invalid, "the state's hash is missing or too long").In("state")
	}
	body, err := json.Marshal(codeTicket{Session: r.ID, User: r.User, Origin: origin, State: stateHash})
	if err != nil {
		return Secret{}, err
	}
	st, err := s.engine.Current(caller.Organization)
	if err != nil {
		return Secret{}, err
	}
	code := newSecret(codePrefix)
	return code, s.journal.PutTicket(ctx, caller.Organization, HashOf(code.Reveal()), st.Moment(s.engine.Now()).Add(codeFor), body)
}

// ExchangeCode takes a code that a gate was brought, and opens a session for its origin that ends with the one that the code
// was made in. Whoever calls it has judged the gate: it is the organization's. A code that was tried is used, right or not.
func (s *Sessions) ExchangeCode(ctx context.Context, organization, code, origin, stateHash string) (*Opened, error) {
	if !wellFormed(codePrefix, code) {
		return nil, refusedCode()
	}
	st, err := s.engine.Current(organization)
	if err != nil {
		return nil, err
	}
	moment := truncated(st.Moment(s.engine.Now()))
	whose, body, found, err := s.journal.TakeTicket(ctx, HashOf(code), moment)
	if err != nil {
		return nil, err
	}
	var ticket codeTicket
	if !found || whose != organization || json.Unmarshal(body, &ticket) != nil || ticket.Origin != origin || !SameHash(ticket.State, stateHash) {
		return nil, refusedCode()
	}
	parent, err := s.byName(ctx, organization, ticket.Session)
	if err != nil {
		return nil, err
	}
	if parent == nil {
		return nil, refusedCode()
	}
	r, _, why := s.judge(ctx, parent, st, moment)
	if why != "" || r.Audience != "" {
		return nil, refusedCode()
	}
	return s.open(ctx, st, journal.Session{User: r.User, Started: moment, Until: r.Until, Parent: r.ID, Audience: origin,
		Method: r.Method, Address: r.Address, Agent: r.Agent}, "")
}

// refusedCode is the one answer to every code that does not work.
func refusedCode() error {
	return fault.New(fault.Unauthenticated, "this code does not work").By("gate_code").
		Rather("a code that is unused, not older than 30 seconds, and of this gate and this browser; begin the sign-in again")
}

// checkOrigin takes an origin in its one spelling: https, or http on a loopback address.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	if err == nil && u.Host != "" && u.Scheme+"://"+u.Host == text && u.User == nil {
		if u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname()) {
			return nil
		}
	}
	return fault.New(fault.Invalid, "this is no origin of a gate").In("origin").Rather("https://HOST, without a path")
}

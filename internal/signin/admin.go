package signin

import (
	"context"
	"slices"
	"time"

	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// A Listed is a session that is open, as administrators see it: nothing by which it could be used.
type Listed struct {
	ID, User, Method, Address, Agent string
	Gate                             string // the origin of the gate that it is for; ""
	Started, Seen, Until             time.Time
}

// ListSessions lists the sessions of a user that are open, newest first; everybody's where the user is "".
func (d *Desk) ListSessions(ctx context.Context, organization, user string) ([]Listed, error) {
	all, err := d.Journal.SessionsOf(ctx, organization, user)
	if err != nil {
		return nil, err
	}
	st, err := d.Engine.Current(organization)
	if err != nil {
		return nil, err
	}
	moment := st.Moment(d.Engine.Now())
	open := map[string]bool{}
	for i := range all {
		open[all[i].ID] = d.Sessions.stands(st, &all[i], moment)
	}
	var list []Listed
	for i := range all {
		s := &all[i]
		if !open[s.ID] || s.Parent != "" && !open[s.Parent] {
			continue
		}
		list = append(list, Listed{ID: s.ID, User: s.User, Method: s.Method, Address: s.Address, Agent: s.Agent, Gate: s.Audience,
			Started: s.Started, Seen: d.Sessions.lastSeen(organization, s), Until: s.Until})
	}
	return list, nil
}

// stands tells whether a session would let its user in, as far as this server knows.
func (s *Sessions) stands(st *state.State, row *journal.Session, moment time.Time) bool {
	alone := &live{organization: st.Organization}
	alone.set(row)
	alone.use(s.lastSeen(st.Organization, row))
	return alone.judge(st, moment) == ""
}

// lastSeen is when a session was used last: what is in memory is written every so often only.
func (s *Sessions) lastSeen(organization string, row *journal.Session) time.Time {
	s.mu.RLock()
	l := s.byID[sessionID{organization, row.ID}]
	s.mu.RUnlock()
	if l != nil {
		if seen := time.UnixMicro(l.seen.Load()).UTC(); seen.After(row.Seen) {
			return seen
		}
	}
	return row.Seen
}

// DropClientSecret forgets what KeepClientSecret kept and no provider names.
func (d *Desk) DropClientSecret(ctx context.Context, organization, id string) error {
	st, err := d.Engine.Current(organization)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(st.Providers(), func(p *state.Provider) bool { return p.Secret == id }) {
		return nil
	}
	return d.Journal.DropSecret(ctx, organization, id)
}

// A Visitor is who is signed in at a gate. The secret, where there is one, is new: for the browser's cookie.
type Visitor struct {
	Session, User string
	Until         time.Time
	Secret        Secret
}

// AtGate exchanges the code that a browser brought to a gate of the organization for a session there. Whoever calls it has
// judged the gate.
func (d *Desk) AtGate(ctx context.Context, organization, code, origin, stateHash string) (Visitor, error) {
	opened, err := d.Sessions.ExchangeCode(ctx, organization, code, origin, stateHash)
	if err != nil {
		return Visitor{}, err
	}
	return Visitor{Session: opened.Session.ID, User: opened.User, Until: opened.Session.Until, Secret: opened.Secret}, nil
}

// Visiting says whose session at a gate of the organization a secret is.
func (d *Desk) Visiting(ctx context.Context, organization, secret, origin string) (Visitor, error) {
	caller, err := d.Sessions.ForGate(ctx, organization, origin, secret)
	if err != nil {
		return Visitor{}, err
	}
	v := Visitor{Session: caller.Session, User: caller.Subject.ID, Until: caller.Expires}
	if caller.Renewed != nil {
		v.Secret = secretOf(caller.Renewed.Value)
	}
	return v, nil
}

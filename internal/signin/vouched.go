package signin

import (
	"time"

	"bailiwick/access"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// VouchedKind is the kind of a Caller for whom a proxy vouches that an operator trusts. No token's text claims it.
const VouchedKind Kind = "vouched"

// Vouched is the active user with an e-mail address. It creates nobody. Whoever calls it has judged that whose word it is counts.
func (r *Reader) Vouched(organization, address string) (*Caller, error) {
	st, err := r.engine.Current(organization)
	if err != nil {
		return nil, err
	}
	canonical, err := email.Normalize(address)
	if err != nil {
		return nil, nobodyActive()
	}
	moment := st.Moment(r.engine.Now())
	u := st.UserByEmail(canonical)
	if u == nil || u.Inactive {
		return nil, nobodyActive()
	}
	return &Caller{Organization: organization, Subject: access.Subject{Kind: access.User, ID: u.ID}, Kind: VouchedKind, since: moment}, nil
}

func nobodyActive() error {
	return fault.New(fault.Unauthenticated, "nobody active has this e-mail address").By("vouched").Rather("have an administrator add them")
}

// vouchedStill says why somebody who was vouched for at a moment is not good any more; "" where they are. Who ends all sessions of
// theirs means this one too.
func vouchedStill(st *state.State, user string, since time.Time) string {
	switch u := st.User(user); {
	case u == nil || u.Inactive:
		return "subject"
	case !since.After(u.EndedBefore):
		return "ended"
	}
	return ""
}

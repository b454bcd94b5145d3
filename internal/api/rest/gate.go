package rest

import (
	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/signin"
)

// exchangeCode gives a gate a session for the code that a browser brought it.
func exchangeCode(a *asking) (any, error) {
	r, err := body[client.GateExchange](a)
	if err != nil {
		return nil, err
	}
	if err := a.atOrigin(r.Origin); err != nil {
		return nil, err
	}
	visitor, err := a.Desk.AtGate(a.r.Context(), a.caller.Organization, r.Code, r.Origin, r.State)
	if err != nil {
		return nil, err
	}
	a.History.Record(a.caller.Organization, history.Activity{Subject: access.Subject{Kind: access.User, ID: visitor.User}.String(), Operation: "gate.sign_in",
		Resource: redact(r.Origin), Result: "allowed", Via: "gate", Request: a.id})
	return a.visitor(visitor)
}

// askGateSession says whose session at a gate a secret is.
func askGateSession(a *asking) (any, error) {
	r, err := body[client.GateQuestion](a)
	if err != nil {
		return nil, err
	}
	if err := a.atOrigin(r.Origin); err != nil {
		return nil, err
	}
	visitor, err := a.Desk.Visiting(a.r.Context(), a.caller.Organization, r.Secret, r.Origin)
	if err != nil {
		return nil, err
	}
	return a.visitor(visitor)
}

// atOrigin refuses a gate that asks for another one: the server's own configuration says which gate has an origin, and the token
// that asks has to be for that one's deployment. What was stolen from one gate opens none of the others.
func (a *asking) atOrigin(origin string) error {
	if _, err := a.gateMay(a.now, "feed.read"); err != nil {
		return err
	}
	if a.Gates != nil {
		if deployment, known := a.Gates(a.caller.Organization, origin); known && a.ofGate(deployment) {
			return nil
		}
	}
	a.Log.WarnContext(a.r.Context(), "a gate asked about an origin that is not its own: name it with its origin and deployment in this server's configuration",
		"gate", a.caller.String(), "origin", redact(origin), "request", a.id)
	return fault.New(fault.Unauthenticated, "this does not work at this gate").By("gate_origin").
		Rather("name the gate with its origin in the server's configuration, and make its token with --scope and the path of its deployment")
}

func (a *asking) visitor(v signin.Visitor) (any, error) {
	st, err := a.Engine.Current(a.caller.Organization)
	if err != nil {
		return nil, err
	}
	u := st.User(v.User)
	if u == nil {
		return nil, fault.New(fault.Unauthenticated, "this session does not work").By("session").Rather("sign in again")
	}
	return client.GateSession{Facts: a.facts(a.now), Secret: v.Secret.Reveal(), Session: v.Session, User: u.ID, Email: u.Email, Name: u.Name, Until: v.Until.UTC()}, nil
}

// endGateSession ends the session at a gate that a secret is of, and nothing else.
func endGateSession(a *asking) (any, error) {
	r, err := body[client.GateQuestion](a)
	if err != nil {
		return nil, err
	}
	if err := a.atOrigin(r.Origin); err != nil {
		return nil, err
	}
	caller, err := a.Desk.Sessions.ForGate(a.r.Context(), a.caller.Organization, r.Origin, r.Secret)
	if err != nil {
		return nil, err
	}
	if err := a.Desk.SignOut(a.lasting(), caller, signin.From{Request: a.id}); err != nil {
		return nil, changeRefusal{err}
	}
	return a.facts(a.now), nil
}

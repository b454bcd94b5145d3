package change

import (
	"context"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// MethodBreakGlass is the Method of a session that a break-glass link opened.
const MethodBreakGlass = "break_glass"

// endSession ends one session. To end somebody's session takes nothing that they hold.
func (j *judge) endSession(c client.SessionEnd) error {
	s, found, err := j.service.journal.SessionByID(j.ctx, j.base.Organization, c.Session)
	if err != nil {
		return err
	}
	if !found || !j.self(s.User) {
		if err := j.identity("users.manage", c.Do()); err != nil {
			return err
		}
	}
	if !found || !j.open(&s) {
		return fault.New(fault.NotFound, "there is no session %q, or it is over", c.Session).In("session")
	}
	ended := []client.Ended{describeSession(&s)}
	hanging, err := j.sessionsOf(s.User)
	if err != nil {
		return err
	}
	for i := range hanging {
		if hanging[i].Parent == s.ID {
			ended = append(ended, describeSession(&hanging[i]))
		}
	}
	j.ended(c.Do(), s.ID, ended...)
	return j.closeSession(&s)
}

func (j *judge) closeSession(s *journal.Session) error {
	j.after.sessions = append(j.after.sessions, s.ID)
	return j.emit(&event.SessionEnded{Session: s.ID, User: s.User, Until: event.Micros(s.Until)})
}

func (j *judge) endSessions(c client.SessionsEnd) error {
	u, err := j.selfOr(c.User, c.Do())
	if err != nil {
		return err
	}
	ended, err := j.endSessionsOf(u)
	if err != nil {
		return err
	}
	j.ended(c.Do(), u.ID, ended...)
	return nil
}

// endSessionsOf ends every session of a user and lists them.
func (j *judge) endSessionsOf(u *state.User) ([]client.Ended, error) {
	ended, err := j.leaveSessions(u)
	if err != nil {
		return nil, err
	}
	return ended, j.emit(&event.SessionsEnded{User: u.ID})
}

// leaveSessions lists a user's sessions and open streams, and drops the sessions' rows when the change is in the journal.
func (j *judge) leaveSessions(u *state.User) ([]client.Ended, error) {
	all, err := j.sessionsOf(u.ID)
	if err != nil {
		return nil, err
	}
	var ended []client.Ended
	for i := range all {
		ended = append(ended, describeSession(&all[i]))
		j.after.sessions = append(j.after.sessions, all[i].ID)
	}
	if j.service.options.Streams != nil {
		ended = append(ended, j.service.options.Streams(j.base.Organization, u.ID)...)
	}
	return ended, nil
}

// sessionsOf lists a user's sessions that are not over, newest first.
func (j *judge) sessionsOf(user string) ([]journal.Session, error) {
	all, err := j.service.journal.SessionsOf(j.ctx, j.base.Organization, user)
	if err != nil {
		return nil, err
	}
	var open []journal.Session
	for i := range all {
		if j.open(&all[i]) {
			open = append(open, all[i])
		}
	}
	return open, nil
}

// open tells whether a session is not over, as far as the facts go: whether it stood idle for too long, others know.
func (j *judge) open(s *journal.Session) bool {
	u := j.now().User(s.User)
	return u != nil && j.at.Before(s.Until) && s.Started.After(u.EndedBefore) && !j.now().SessionEnded(s.ID)
}

func describeSession(s *journal.Session) client.Ended {
	text := "signed in on " + minute(s.Started)
	for _, part := range []struct{ before, what string }{{" by ", s.Method}, {" from ", s.Address}, {" with ", s.Agent}} {
		if part.what != "" {
			text += part.before + short(part.what)
		}
	}
	return client.Ended{Kind: "session", ID: s.ID, Description: text}
}

// short bounds what a browser says of itself.
func short(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return text
}

// ended puts a receipt into the results.
func (j *judge) ended(do, id string, what ...client.Ended) {
	j.made(do, id, 0)
	j.results[len(j.results)-1].Ended = what
}

// SignOut ends a user's own session, which would have lasted until a moment at the latest. One that is over already is no
// error: the user wanted it over.
func (s *Service) SignOut(ctx context.Context, organization, user, session string, until time.Time, request string) error {
	st, err := s.engine.Current(organization)
	if err != nil {
		return err
	}
	if u := st.User(user); u == nil || u.Inactive || st.SessionEnded(session) {
		return s.journal.DropSessions(ctx, organization, session)
	}
	actor := Actor{Subject: access.Subject{Kind: access.User, ID: user}, Via: "signin", Request: request}
	_, err = s.do(ctx, organization, actor, How{}, "session.end", func(j *judge) error {
		if j.now().SessionEnded(session) {
			return nil
		}
		return j.closeSession(&journal.Session{ID: session, User: user, Until: until})
	})
	return err
}

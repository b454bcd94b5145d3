package change

import (
	"context"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// BreakGlass opens a one-time link for an administrator, on the word of an operator who is on the server's host. The link, and
// the session that it opens, are over after BreakGlassLife. Every other owner is told. No door has a way to call it.
func (s *Service) BreakGlass(ctx context.Context, organization, email, operator, reason string) (Result, error) {
	return s.do(ctx, organization, Actor{Rule: RuleBreakGlass, Via: "host"}, How{}, "break_glass.open", func(j *judge) error {
		return j.breakGlass(email, event.Emergency{Operator: strings.TrimSpace(operator), Reason: strings.TrimSpace(reason)})
	})
}

func (j *judge) breakGlass(address string, why event.Emergency) error {
	switch {
	case why.Operator == "":
		return fault.New(fault.Invalid, "nobody is named who breaks the glass").In("operator").Rather("say who you are")
	case why.Reason == "":
		return fault.New(fault.Invalid, "there is no reason").In("reason").Rather("write why nobody can sign in: every owner reads it")
	}
	u, err := j.user("user", address)
	switch {
	case err != nil:
		return err
	case u.Inactive:
		return fault.New(fault.Conflict, "%s is deactivated", u.Email).In("user").By("inactive").Rather("name an administrator who is active")
	case !j.administersAnything(u):
		return fault.New(fault.Forbidden, "%s administers nothing", u.Email).In("user").By("break_glass").Rather("name somebody who holds owner on org, or the top role on a platform")
	}
	l, secret, err := j.newLink(u, LinkBreakGlass, "")
	if err != nil {
		return err
	}
	if err := j.emit(&event.BreakGlassOpened{Link: l.Link, User: u.ID, Until: l.Until, Emergency: why}); err != nil {
		return err
	}
	j.made("break_glass.open", l.Link, 0)
	j.results[len(j.results)-1].Secret = secret
	for _, id := range j.owners() {
		if o := j.now().User(id); id != u.ID && j.canMail(o) {
			j.letter(o, Letter{Kind: "break_glass", Until: untilOf(l), By: why.Operator, About: u.Email, Reason: why.Reason})
		}
	}
	return nil
}

// administersAnything tells whether a user holds a role that administers the directory or a platform, now.
func (j *judge) administersAnything(u *state.User) bool {
	for _, slug := range j.base.Slugs() {
		e, _ := j.base.Access.Effective(access.Subject{Kind: access.User, ID: u.ID}, slug, j.at)
		administrators := j.base.Platform(slug).Model.Governance.Administrators
		if slices.ContainsFunc(e.Roles, func(r string) bool { return slices.Contains(administrators, r) }) {
			return true
		}
	}
	return false
}

// owners lists the active people who are owners of the directory now, by their own grant or a team's.
func (j *judge) owners() []string {
	var all []string
	for _, g := range j.base.GrantsAt(accessfile.Directory) {
		if g.Role != owner || g.From.After(j.at) || !g.Until.IsZero() && !g.Until.After(j.at) {
			continue
		}
		switch g.To.Kind {
		case access.User:
			all = append(all, g.To.ID)
		case access.Team:
			all = append(all, j.base.Members(g.To.ID)...)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(id string) bool {
		u := j.base.User(id)
		return u == nil || u.Inactive
	})
}

// emergency refuses what would outlive a break-glass session: it is there to mend how people sign in, not to stay in.
func emergency(what string) error {
	return fault.New(fault.Forbidden, "a break-glass session makes no %s: it would outlive the session", what[2:]).By("break_glass").
		Rather("mend how people sign in, and sign in as usual")
}

// UseBreakGlass uses such a link up. The caller opens a session of MethodBreakGlass for the user, which ends at the moment that
// it returns, whatever happens.
func (s *Service) UseBreakGlass(ctx context.Context, organization, hash, request string) (user string, until time.Time, err error) {
	actor := Actor{Rule: RuleBreakGlass, Via: "signin", Request: request}
	_, err = s.do(ctx, organization, actor, How{}, "break_glass.use", func(j *judge) error {
		l, err := usable(j.now(), hash, j.at)
		if err == nil && l.Purpose != LinkBreakGlass {
			err = NoSuchLink()
		}
		if err != nil {
			return err
		}
		user, until = l.User, untilOf(&l.LinkOpened)
		return j.emit(&event.LinkUsed{Link: l.Link})
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return user, until, nil
}

// EndBreakGlass ends such accesses of a user, by e-mail, id or the id of a link of theirs, before their time: for the user themselves, an administrator of
// identities, or an operator on the host, who is RuleBreakGlass. The session that was opened ends too.
func (s *Service) EndBreakGlass(ctx context.Context, organization string, actor Actor, whose string) (Result, error) {
	return s.do(ctx, organization, actor, How{}, "break_glass.end", func(j *judge) error { return j.endGlass(whose) })
}

func (j *judge) endGlass(text string) error {
	var (
		u   *state.User
		err error
	)
	if g := glassOf(j.now(), text, j.at); g != nil {
		text = g.User
	}
	if j.actor.Rule == RuleBreakGlass {
		u, err = j.user("user", text)
	} else {
		u, err = j.selfOr(text, "break_glass.end")
	}
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(j.now().BreakGlass(j.at), func(g *state.BreakGlass) bool { return g.User != u.ID })
	if len(open) == 0 {
		return fault.New(fault.NotFound, "nobody broke the glass for %s, or it is over", u.Email).In("user")
	}
	sessions, err := j.sessionsOf(u.ID)
	if err != nil {
		return err
	}
	for i := range sessions {
		if sessions[i].Method != MethodBreakGlass {
			continue
		}
		if err := j.closeSession(&sessions[i]); err != nil {
			return err
		}
	}
	for _, g := range open {
		if l := j.now().Link(g.Link); l != nil {
			err = j.endLink(l)
		} else {
			err = j.emit(&event.BreakGlassEnded{Link: g.Link})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// glassOf finds an access that is not over by its link, or nil.
func glassOf(st *state.State, link string, at time.Time) *state.BreakGlass {
	open := st.BreakGlass(at)
	if i := slices.IndexFunc(open, func(g *state.BreakGlass) bool { return g.Link == link }); i >= 0 {
		return open[i]
	}
	return nil
}

package change

import (
	"context"
	"slices"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
)

// SignedIn notes a person's first sign-in to each platform of theirs, and lets the platforms' rules act: the first members
// to sign in are seated, where an edition says so. It changes nothing from the second sign-in on.
func (s *Service) SignedIn(ctx context.Context, organization, user, request string) error {
	st, err := s.engine.Current(organization)
	if err != nil {
		return err
	}
	at := st.Moment(s.engine.Now())
	if u := st.User(user); u != nil && !slices.ContainsFunc(st.Slugs(), func(slug string) bool {
		return st.IsMemberOf(u, slug, at) && !slices.Contains(u.SignedIn, slug)
	}) {
		return nil
	}
	_, err = s.do(ctx, organization, Actor{Rule: RuleFirstLogins, Via: "signin", Request: request}, How{}, "signed_in", func(j *judge) error {
		return j.signedIn(user)
	})
	return err
}

func (j *judge) signedIn(user string) error {
	u := j.now().User(user)
	if u == nil || u.Inactive {
		return fault.New(fault.NotFound, "there is no such user")
	}
	for _, slug := range j.now().Slugs() {
		if !j.now().IsMemberOf(u, slug, j.at) || slices.Contains(u.SignedIn, slug) {
			continue
		}
		if err := j.emit(&event.SignedIn{User: user, Platform: slug}); err != nil {
			return err
		}
		if err := j.seatFirst(slug, user); err != nil {
			return err
		}
	}
	return nil
}

// seatFirst gives the first members who sign in what the edition says. Whoever has a root role of that kind already keeps
// it, and takes a place.
func (j *judge) seatFirst(slug, user string) error {
	first := j.now().Platform(slug).Model.Governance.FirstLogins
	if first == nil || j.now().SignIns(slug) > first.Count {
		return nil
	}
	h := access.Holder{Kind: access.User, ID: user}
	return j.byRule(RuleFirstLogins, func() error {
		var others []access.Grant
		for _, g := range j.now().GrantsOf(h) {
			if g.On != slug {
				continue
			}
			if g.Role == first.Role && g.From.IsZero() && g.Until.IsZero() {
				return nil
			}
			others = append(others, g.Grant)
		}
		for _, g := range others { // one role at the root at a time
			if err := j.take(g); err != nil {
				return err
			}
		}
		return j.give(access.Grant{To: h, Role: first.Role, On: slug})
	})
}

// Note writes an event that changes no access, such as an export: it is part of the history all the same.
func (s *Service) Note(ctx context.Context, organization string, actor Actor, e *event.Exported) error {
	_, err := s.do(ctx, organization, actor, How{}, e.Type(), func(j *judge) error { return j.emit(e) })
	return err
}

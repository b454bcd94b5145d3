package state

import (
	"regexp"
	"strings"

	"bailiwick/access"
)

// Prefixes of opaque ids. No name that people choose may look like an id, so a text cannot be mistaken.
const (
	UserPrefix        = "usr_"
	ServiceUserPrefix = "svc_"
	AgentPrefix       = "agt_"
	TeamPrefix        = "team_"
	TokenPrefix       = "tok_"
	RolePrefix        = "rol_"
)

var (
	opaque = regexp.MustCompile(`\b(usr|svc|team)_[a-z2-7]{26}\b`)
	roleID = regexp.MustCompile(`\brol_[a-z2-7]{26}\b`)
)

func kindOf(prefix string) access.HolderKind {
	switch prefix {
	case UserPrefix:
		return access.User
	case ServiceUserPrefix:
		return access.ServiceUser
	}
	return access.Team
}

// Readable puts the names of users, service users and teams in place of their opaque ids, for people to read.
func (s *State) Readable(text string) string {
	if !strings.Contains(text, UserPrefix) && !strings.Contains(text, ServiceUserPrefix) && !strings.Contains(text, TeamPrefix) {
		return text // most texts; looking for the pattern takes longer than deciding
	}
	return opaque.ReplaceAllStringFunc(text, func(id string) string {
		return s.DisplayName(access.Holder{Kind: kindOf(id[:len(id)-26]), ID: id})
	})
}

// LooksLikeID tells whether a name could be mistaken for an opaque id.
func LooksLikeID(name string) bool { return opaque.MatchString(name) || roleID.MatchString(name) }

// ReadableHolder puts a name in place of an opaque id.
func (s *State) ReadableHolder(h access.Holder) access.Holder {
	return access.Holder{Kind: h.Kind, ID: s.DisplayName(h)}
}

// Explain answers a question about opaque ids with an explanation in names.
func (s *State) Explain(q access.Question) access.Explanation {
	x := s.Access.Explain(q)
	x.Question.Subject = s.ReadableHolder(x.Question.Subject)
	for i := range x.Reasons {
		r := &x.Reasons[i]
		r.Grant.To, r.Via, r.Detail = s.ReadableHolder(r.Grant.To), s.Readable(r.Via), s.Readable(r.Detail)
	}
	for _, fix := range x.Fixes {
		for i := range fix.Steps {
			step := &fix.Steps[i]
			step.Grant.To, step.Subject, step.Team = s.ReadableHolder(step.Grant.To), s.ReadableHolder(step.Subject), s.Readable(step.Team)
		}
	}
	return x
}

package rest

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/fault"
)

// question reads and judges a question of one decision.
func (a *asking) question() (f ownAnswers, q answer.Query, st reading, err error) {
	r, err := body[client.QuestionRequest](a)
	if err != nil {
		return f, q, st, err
	}
	if st, err = a.read(r.Reading); err != nil {
		return f, q, st, err
	}
	sub, own, err := a.who(st, r.Who, r.Resource)
	if err != nil {
		return f, q, st, err
	}
	f = ownAnswers{answers: a.asked(st, own), quiet: own && !a.view().Sees(r.Resource)}
	if q, err = answer.Ask(f, sub, r.Permission, r.Resource, st.at); err != nil {
		return f, q, st, err
	}
	if own && a.caller.Narrowed() && !a.caller.Allows(q.Full(), q.Resource) {
		return f, q, st, fault.New(fault.Forbidden, "the token is narrowed to less than the question").By("narrowed").
			Rather("ask with a token that is not narrowed, or about what it is narrowed to")
	}
	return f, q, st, nil
}

// ownAnswers are facts for somebody who asks about themselves. Who sees nobody else is told no names of resources and
// teams that they have nothing to do with.
type ownAnswers struct {
	*answers
	quiet bool
}

// Paths leaves out what the asker has nothing on.
func (s ownAnswers) Paths(slug string) []string {
	paths := s.answers.Paths(slug)
	if !s.quiet {
		return paths
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		e, _ := s.Access.Effective(s.Self(), path, s.At)
		return len(e.Permissions) == 0
	})
}

// Explain leaves out ways that lead through teams.
func (s ownAnswers) Explain(q access.Question) access.Explanation {
	e := s.answers.Explain(q)
	if s.quiet {
		e.Fixes = slices.DeleteFunc(e.Fixes, func(fix access.Fix) bool {
			return slices.ContainsFunc(fix.Steps, func(step access.Step) bool { return step.Team != "" || step.Grant.To.Kind == access.Team })
		})
	}
	return e
}

func check(a *asking) (any, error) {
	f, q, st, err := a.question()
	if err != nil {
		return nil, err
	}
	found := answer.Check(f, q)
	found.Facts = a.facts(st.State)
	return found, nil
}

func explain(a *asking) (any, error) {
	f, q, st, err := a.question()
	if err != nil {
		return nil, err
	}
	found := answer.Explain(f, q)
	found.Facts = a.facts(st.State)
	return found, nil
}

func search(a *asking) (any, error) {
	r, err := body[client.SearchRequest](a)
	if err != nil {
		return nil, err
	}
	st, err := a.read(r.Reading)
	if err != nil {
		return nil, err
	}
	if r.Who == "" {
		return a.whoCan(st, r)
	}
	if r.Permission != "" {
		return nil, invalid("permission", "what somebody may do is asked without a permission").Rather("leave out who, or the permission")
	}
	return a.whatCan(st, r)
}

func (a *asking) whoCan(st reading, r client.SearchRequest) (any, error) {
	if err := a.view().On(r.Resource); err != nil {
		return nil, err
	}
	found, err := answer.WhoCan(a.asked(st, false), r.Permission, r.Resource, st.at)
	if err != nil {
		return nil, err
	}
	found.Facts = a.facts(st.State)
	return found, nil
}

func (a *asking) whatCan(st reading, r client.SearchRequest) (any, error) {
	sub, own, err := a.who(st, r.Who, r.Resource)
	if err != nil {
		return nil, err
	}
	f := a.asked(st, own)
	if own && r.Resource != "" && a.caller.Narrowed() && !f.Sees(r.Resource) {
		return nil, fault.New(fault.Forbidden, "the token is narrowed to less than the question").By("narrowed")
	}
	found, err := answer.WhatCan(ownAnswers{answers: f, quiet: own && a.view().None()}, sub, r.Resource, st.at)
	if err != nil {
		return nil, err
	}
	if f.narrow != nil {
		narrow(&found, f.narrow)
	}
	found.Facts = a.facts(st.State)
	return found, nil
}

// narrow leaves of what a subject can do what its token lets through.
func narrow(found *client.WhatCan, allows func(permission, path string) bool) {
	found.Permissions = slices.DeleteFunc(found.Permissions, func(p client.Permission) bool { return !allows(p.Permission, found.Resource) })
	if found.Resource != "" && len(found.Permissions) == 0 {
		found.Roles = nil
	}
	found.Resources = slices.DeleteFunc(found.Resources, func(h client.Holding) bool {
		return !slices.ContainsFunc(h.Permissions, func(p string) bool { return allows(slugOf(h.Resource)+"."+p, h.Resource) })
	})
	for i := range found.Resources {
		h := &found.Resources[i]
		h.Permissions = slices.DeleteFunc(h.Permissions, func(p string) bool { return !allows(slugOf(h.Resource)+"."+p, h.Resource) })
		h.Summary = strings.Join(h.Permissions, ", ")
	}
}

package inquiry

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/fault"
)

// Check answers whether a subject may do something, in one line. Reading of the request does not count.
func (a *Asker) Check(r client.QuestionRequest) (client.Check, error) {
	f, q, err := a.question(r)
	if err != nil {
		return client.Check{}, err
	}
	found := answer.Check(f, q)
	found.Facts = a.facts()
	return found, nil
}

// Explain answers whether a subject may do something, with every reason. Reading of the request does not count.
func (a *Asker) Explain(r client.QuestionRequest) (client.Explanation, error) {
	f, q, err := a.question(r)
	if err != nil {
		return client.Explanation{}, err
	}
	found := answer.Explain(f, q)
	found.Facts = a.facts()
	return found, nil
}

// WhoCan lists everybody who may do something, to whoever sees the resource's platform.
func (a *Asker) WhoCan(permission, resource string) (client.WhoCan, error) {
	return a.WhoCanIn(permission, resource, nil)
}

// WhoCanIn is WhoCan with the lines of a part alone; its count is of all.
func (a *Asker) WhoCanIn(permission, resource string, part answer.Part) (client.WhoCan, error) {
	if err := a.View.On(resource); err != nil {
		return client.WhoCan{}, err
	}
	found, err := answer.WhoCan(a.about(false), permission, resource, a.At, part)
	found.Facts = a.facts()
	return found, err
}

// WhatCan lists what somebody may do: everywhere, or with a resource there.
func (a *Asker) WhatCan(who, resource string) (client.WhatCan, error) {
	sub, own, err := a.who(who, resource)
	if err != nil {
		return client.WhatCan{}, err
	}
	f := a.about(own)
	if own && resource != "" && a.Caller.Narrowed() && !f.Sees(resource) {
		return client.WhatCan{}, narrowed("the token is narrowed to less than the question")
	}
	found, err := answer.WhatCan(ownFacts{facts: f, quiet: own && a.View.None()}, sub, resource, a.At)
	if err != nil {
		return found, err
	}
	if f.narrow != nil {
		narrow(&found, f.narrow)
	}
	found.Facts = a.facts()
	return found, nil
}

// WhatCanIn counts the places where somebody may do something, or one thing, and lists a part of them.
func (a *Asker) WhatCanIn(who, permission string, part func(paths []string) ([]string, error)) (client.WhatCan, int, error) {
	sub, own, err := a.who(who, "")
	if err != nil {
		return client.WhatCan{}, 0, err
	}
	f := a.about(own)
	if f.narrow != nil {
		return client.WhatCan{}, 0, narrowed("a token that is narrowed asks for all places")
	}
	found, count, err := answer.WhatCanIn(ownFacts{facts: f, quiet: own && a.View.None()}, sub, permission, a.At, part)
	found.Facts = a.facts()
	return found, count, err
}

// question judges a question of one decision.
func (a *Asker) question(r client.QuestionRequest) (f ownFacts, q answer.Query, err error) {
	sub, own, err := a.who(r.Who, r.Resource)
	if err != nil {
		return f, q, err
	}
	f = ownFacts{facts: a.about(own), quiet: own && !a.View.Sees(r.Resource)}
	if q, err = answer.Ask(f, sub, r.Permission, r.Resource, a.At); err != nil {
		return f, q, err
	}
	if own && a.Caller.Narrowed() && !a.Caller.Allows(q.Full(), q.Resource) {
		return f, q, narrowed("the token is narrowed to less than the question").
			Rather("ask with a token that is not narrowed, or about what it is narrowed to")
	}
	return f, q, nil
}

func narrowed(wrong string) *fault.Error {
	return fault.New(fault.Forbidden, "%s", wrong).By("narrowed")
}

// about returns the facts that a question about somebody is answered from; own tells that it is the caller.
func (a *Asker) about(own bool) *facts {
	if !own {
		return &facts{Sight: a.sight()}
	}
	f := &facts{Sight: a.mine().Over(a.State)}
	if a.Caller.Narrowed() {
		f.narrow = a.Caller.Allows
	}
	return f
}

// Facts is what the caller sees as package answer asks it.
func (a *Asker) Facts() answer.Facts { return a.about(false) }

// ownFacts are facts for somebody who asks about themselves. Who sees nobody else is told no names of resources and teams
// that they have nothing to do with.
type ownFacts struct {
	*facts
	quiet bool
}

// Paths leaves out what the asker has nothing on.
func (s ownFacts) Paths(slug string) []string {
	paths := s.facts.Paths(slug)
	if !s.quiet {
		return paths
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		e, _ := s.Access.Effective(s.Self(), path, s.At)
		return len(e.Permissions) == 0
	})
}

// Explain leaves out ways that lead through teams.
func (s ownFacts) Explain(q access.Question) access.Explanation {
	e := s.facts.Explain(q)
	if s.quiet {
		e.Fixes = slices.DeleteFunc(e.Fixes, func(fix access.Fix) bool {
			return slices.ContainsFunc(fix.Steps, func(step access.Step) bool { return step.Team != "" || step.Grant.To.Kind == access.Team })
		})
	}
	return e
}

// narrow leaves of what a subject can do what its token lets through.
func narrow(found *client.WhatCan, allows func(permission, path string) bool) {
	found.Permissions = slices.DeleteFunc(found.Permissions, func(p client.Permission) bool { return !allows(p.Permission, found.Resource) })
	if found.Resource != "" && len(found.Permissions) == 0 {
		found.Roles = nil
	}
	found.Resources = slices.DeleteFunc(found.Resources, func(h client.Holding) bool {
		return !slices.ContainsFunc(h.Permissions, func(p string) bool { return allows(access.SlugOf(h.Resource)+"."+p, h.Resource) })
	})
	for i := range found.Resources {
		h := &found.Resources[i]
		h.Permissions = slices.DeleteFunc(h.Permissions, func(p string) bool { return !allows(access.SlugOf(h.Resource)+"."+p, h.Resource) })
		h.Summary = strings.Join(h.Permissions, ", ")
	}
}

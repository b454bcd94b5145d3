package change

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// replaceGrants makes what a holder has at a scope, and what overrides it beneath, exactly what a command says. What comes is
// given first, so that an override is never without its base; what goes is taken from the deepest up.
func (j *judge) replaceGrants(c client.GrantsReplace) error {
	to, err := j.holder("to", c.To)
	if err != nil {
		return err
	}
	path, p, err := j.scope("on", c.On)
	if err != nil {
		return err
	}
	wanted, err := j.replacement(c, p, path)
	if err != nil {
		return err
	}
	var gone []access.Grant
	stays := map[string]bool{}
	for _, g := range j.now().GrantsOf(to) {
		switch here := g.On == path || overrides(p, g.On, path); {
		case here && wants(wanted, g.Grant):
			stays[state.GrantKey(g.Grant)] = true
		case here:
			gone = append(gone, g.Grant)
		}
	}
	wanted = slices.DeleteFunc(wanted, func(g access.Grant) bool { return stays[state.GrantKey(g)] })
	if len(wanted)+len(gone) == 0 {
		return j.mayGiveSomething(p, to, path)
	}
	for _, g := range wanted {
		j.gain(line{Grant: g})
		if err := j.give(g); err != nil {
			return err
		}
	}
	slices.SortStableFunc(gone, func(a, b access.Grant) int { return strings.Count(b.On, "/") - strings.Count(a.On, "/") })
	for _, g := range gone {
		j.lose(line{Grant: g})
		if err := j.take(g); err != nil {
			return err
		}
	}
	return nil
}

// overrides tells whether a grant at one scope would override one at another.
func overrides(p *state.Platform, on, base string) bool {
	o := p.Model.Override
	return o != nil && parentOf(on) == base && on != base && p.Model.KindOf(on) == o.Kind && p.Model.KindOf(base) == o.Base
}

func wants(wanted []access.Grant, g access.Grant) bool {
	return slices.ContainsFunc(wanted, func(w access.Grant) bool { return state.GrantKey(w) == state.GrantKey(g) })
}

// replacement lists the grants that a holder is to have.
func (j *judge) replacement(c client.GrantsReplace, p *state.Platform, path string) ([]access.Grant, error) {
	if c.Role == "" {
		if len(c.Locations) > 0 {
			return nil, fault.New(fault.Invalid, "an override needs a role that it overrides").In("role").By("override").Rather("name the role at %s", path)
		}
		return nil, nil
	}
	base, err := j.grant(client.Grant{To: c.To, Role: c.Role, On: path})
	if err != nil {
		return nil, err
	}
	wanted := []access.Grant{base}
	for i, l := range c.Locations {
		on, err := j.overridden(p, path, l.Name)
		if err != nil {
			return nil, within(err, i, "name")
		}
		g, err := j.grant(client.Grant{To: c.To, Role: l.Role, On: on})
		if err != nil {
			return nil, within(err, i, "role")
		}
		if slices.ContainsFunc(wanted, func(w access.Grant) bool { return w.On == on }) {
			return nil, within(fault.New(fault.Invalid, "there are two roles for %q", l.Name).By("twice"), i, "name")
		}
		wanted = append(wanted, g)
	}
	return wanted, nil
}

// overridden returns the path of what is directly beneath a scope, by its name.
func (j *judge) overridden(p *state.Platform, path, name string) (string, error) {
	o := p.Model.Override
	if o == nil || p.Model.KindOf(path) != o.Base {
		return "", fault.New(fault.Invalid, "nothing overrides a role at %s", path).By("override").Rather("leave the locations out")
	}
	on := path + "/"
	if prefix := p.Model.Kind(o.Kind).Prefix; prefix != "" {
		on += prefix + ":"
	}
	on += access.EncodeName(name)
	if j.now().Resource(on) == nil {
		return "", fault.New(fault.NotFound, "there is no resource %q", on).By("scope")
	}
	return on, nil
}

// within names the location that an error is about.
func within(err error, i int, field string) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.In(fmt.Sprintf("locations[%d].%s", i, field))
	}
	return err
}

// mayGiveSomething refuses whoever could give a holder no role at a scope: that what they ask for is so already is not theirs
// to know.
func (j *judge) mayGiveSomething(p *state.Platform, to access.Holder, path string) error {
	if j.actor.Rule != "" {
		return nil
	}
	var refused error
	for _, r := range rolesOf(p) {
		if !slices.Contains(r.At, p.Model.KindOf(path)) || !slices.Contains(r.Holders, to.Kind) {
			continue
		}
		if refused = j.mayGive(&line{Grant: access.Grant{To: to, Role: r.Name, On: path}}); refused == nil {
			return nil
		}
	}
	return refused
}

package change

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
)

// grant reads a grant as it is written in commands: names become ids, paths canonical.
func (j *judge) grant(c client.Grant) (access.Grant, error) {
	to, err := j.holder("to", c.To)
	if err != nil {
		return access.Grant{}, err
	}
	path, p, err := j.scope("on", c.On)
	if err != nil {
		return access.Grant{}, err
	}
	if own := j.now().Role(p.Slug, c.Role); own != nil {
		c.Role = own.Name
	} else if p.Model.Role(c.Role) == nil {
		var names []string
		for _, r := range rolesOf(p) {
			names = append(names, r.Name)
		}
		return access.Grant{}, fault.New(fault.Invalid, "%s has no role %q", p.Slug, c.Role).In("role").Rather("%s", suggest.OneOf(c.Role, names))
	}
	if err := knownCategories(p, c.Environments); err != nil {
		return access.Grant{}, err
	}
	g := access.Grant{To: to, Role: c.Role, On: path, Environments: slices.Sorted(slices.Values(c.Environments))}
	if c.From != nil {
		g.From = c.From.UTC().Truncate(time.Microsecond)
	}
	if c.Until != nil {
		g.Until = c.Until.UTC().Truncate(time.Microsecond)
	}
	return g, nil
}

// knownCategories refuses environment categories that a platform's product does not have.
func knownCategories(p *state.Platform, names []string) error {
	possible := []string{"all"}
	for i := range p.Model.Kinds {
		possible = append(possible, p.Model.Kinds[i].Categories...)
	}
	for _, name := range names {
		bad := fault.New(fault.Invalid, "%s has no environment category %q", p.Model.Product, name).In("environments").By("environments")
		switch {
		case len(possible) == 1:
			return bad.Rather("leave environments out: %s has none", p.Model.Product)
		case !slices.Contains(possible, name):
			return bad.Rather("%s", suggest.OneOf(name, possible))
		}
	}
	return nil
}

// scope reads the path of something at which there can be grants.
func (j *judge) scope(field, text string) (string, *state.Platform, error) {
	path, p, err := j.path(field, text)
	if err != nil {
		return "", nil, err
	}
	if kind := p.Model.Kind(p.Model.KindOf(path)); kind == nil || kind.StarOf == "" && path != p.Slug && j.now().Resource(path) == nil ||
		kind.StarOf != "" && parentOf(path) != p.Slug && j.now().Resource(parentOf(path)) == nil {
		return "", nil, fault.New(fault.NotFound, "there is no scope %q", path).In(field).By("scope")
	}
	return path, p, nil
}

func (j *judge) addGrant(c client.GrantAdd) error {
	g, err := j.grant(c.Grant)
	if err != nil {
		return err
	}
	if j.now().Holds(g) != nil {
		return fault.New(fault.Conflict, "%s has %s on %s already", j.now().Readable(g.To.String()), g.Role, g.On).By("twice")
	}
	j.gain(line{Grant: g})
	return j.give(g)
}

// give adds a grant whose line was accounted for by the caller, or is a rule's.
func (j *judge) give(g access.Grant) error {
	if j.now().Holds(g) != nil {
		return nil
	}
	if _, known := j.judgedOf[g.To]; !known {
		j.judgedOf[g.To] = j.command
	}
	if j.rule != "" {
		j.exempt[state.GrantKey(g)] = true
	}
	if p := j.now().Platform(access.SlugOf(g.On)); p != nil && p.Seats > 0 {
		j.people = true
	}
	number := j.number()
	if j.rule == "" {
		j.made("grant.add", "", number)
	}
	return j.emit(&event.GrantAdded{Grant: event.GrantOf(g), Number: number})
}

func (j *judge) removeGrant(c client.GrantRemove) error {
	g, err := j.grant(c.Grant)
	if err != nil {
		return err
	}
	if j.now().Holds(g) == nil {
		return fault.New(fault.NotFound, "%s has no such grant of %s on %s", j.now().Readable(g.To.String()), g.Role, g.On)
	}
	j.lose(line{Grant: g})
	return j.take(g)
}

// take removes a grant, and the overrides that hang on it unless the holder keeps another base.
func (j *judge) take(g access.Grant) error {
	if _, known := j.judgedOf[g.To]; !known {
		j.judgedOf[g.To] = j.command
	}
	j.people = j.people || !strings.Contains(g.On, "/")
	if err := j.emit(&event.GrantRemoved{Grant: event.GrantOf(g)}); err != nil {
		return err
	}
	p := j.now().Platform(access.SlugOf(g.On))
	o := p.Model.Override
	if o == nil || p.Model.KindOf(g.On) != o.Base {
		return nil
	}
	var hanging []access.Grant
	for _, other := range j.now().GrantsOf(g.To) {
		if other.On == g.On {
			return nil // another base, perhaps for another time
		}
		if parentOf(other.On) == g.On && p.Model.KindOf(other.On) == o.Kind {
			hanging = append(hanging, other.Grant)
		}
	}
	for _, other := range hanging {
		if err := j.emit(&event.GrantRemoved{Grant: event.GrantOf(other)}); err != nil {
			return err
		}
	}
	return nil
}

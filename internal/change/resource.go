package change

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

func (j *judge) createResource(c client.ResourceCreate) error {
	path, p, err := j.path("resource", c.Resource)
	if err != nil {
		return err
	}
	kind, err := j.newKind(p, path)
	if err != nil {
		return err
	}
	if j.now().Resource(path) != nil {
		return fault.New(fault.Conflict, "the resource %q is there already", path).In("resource").By("exists")
	}
	if err := j.operation(p.Slug, access.OpResourceCreate, kind.Name, parentOf(path)); err != nil {
		return err
	}
	category, err := category(kind, c.Category)
	if err != nil {
		return err
	}
	set, err := settings(p.Model, kind.Name, nil, c.Settings)
	if err != nil {
		return err
	}
	for name, value := range set {
		if err := j.setting(p, name, value, kind.Name, path); err != nil {
			return err
		}
	}
	number := j.number()
	j.made(c.Do(), path, number)
	if err := j.emit(&event.ResourceCreated{Path: path, Number: number, Category: category, Settings: set}); err != nil {
		return err
	}
	if err := j.copyGrants(p, kind, c.CopyFrom, path); err != nil {
		return err
	}
	return j.creator(p, kind, path)
}

// newKind returns the kind of a path at which nothing is yet: its parent exists, and its last name is one.
func (j *judge) newKind(p *state.Platform, path string) (*access.Kind, error) {
	segments, err := access.SplitPath(path)
	if err != nil || len(segments) < 2 || segments[len(segments)-1].Star {
		return nil, fault.New(fault.Invalid, "%q is no resource that can be made", path).In("resource")
	}
	if err := name("resource", segments[len(segments)-1].Name); err != nil {
		return nil, err
	}
	kind, err := p.Model.PathKind(segments[1:])
	if err != nil {
		return nil, fault.New(fault.Invalid, "%v", err).In("resource").By("path")
	}
	if parent := parentOf(path); parent != p.Slug && j.now().Resource(parent) == nil {
		return nil, fault.New(fault.NotFound, "there is no resource %q", parent).In("resource").Rather("create it first")
	}
	return kind, nil
}

func category(k *access.Kind, name string) (string, error) {
	switch {
	case len(k.Categories) == 0 && name == "", slices.Contains(k.Categories, name):
		return name, nil
	case len(k.Categories) == 0:
		return "", fault.New(fault.Invalid, "a %s has no category", k.Name).In("category")
	}
	return "", fault.New(fault.Invalid, "a %s cannot have the category %q", k.Name, name).In("category").Rather("it is one of %s", strings.Join(k.Categories, ", "))
}

// setting judges a new value of a resource's setting: a default role that the actor could not give is refused.
func (j *judge) setting(p *state.Platform, name, value, kind, path string) error {
	if err := j.operation(p.Slug, access.OpSetting+name, kind, path); err != nil {
		return err
	}
	d := p.Model.Governance.DefaultRole
	if d == nil || d.Setting != name {
		return nil
	}
	if value == "" { // back to what the edition says, which can be more than what was set
		value = defaultOf(p.Model, name)
	}
	if value == d.None {
		return nil
	}
	l := line{Grant: access.Grant{To: access.Holder{Kind: access.User, ID: j.actor.Subject.ID}, Role: value, On: path}}
	if err := j.mayGive(&l); err != nil && !j.holdsAll(p, &l) {
		return err
	}
	return nil
}

// defaultOf returns the value of a setting that nobody has set: the first of its values.
func defaultOf(m *access.Model, name string) string {
	i := slices.IndexFunc(m.Settings, func(s access.Setting) bool { return s.Name == name })
	return m.Settings[i].Values[0]
}

// copyGrants begins a new resource with the grants of another one of its kind.
func (j *judge) copyGrants(p *state.Platform, kind *access.Kind, from, to string) error {
	if from == "" {
		return nil
	}
	source, _, err := j.existing("copy_from", from)
	if err != nil {
		return err
	}
	if !slices.Contains(p.Model.Governance.CopyGrants, kind.Name) || p.Model.KindOf(source.Path) != kind.Name {
		return fault.New(fault.Invalid, "a %s cannot begin with the grants of %q", kind.Name, source.Path).In("copy_from")
	}
	var copies []access.Grant // first all, then give: the tree that is walked must not change meanwhile
	for _, g := range j.now().GrantsAt(source.Path) {
		copies = append(copies, g.Grant)
	}
	for _, copied := range copies {
		copied.On = to
		j.gain(line{Grant: copied})
		if err := j.give(copied); err != nil {
			return err
		}
	}
	return nil
}

// creator gives the creator of a resource what the edition says. The rule's name acts, not the creator.
func (j *judge) creator(p *state.Platform, kind *access.Kind, path string) error {
	if j.actor.Subject.Kind != access.User || j.how.AsStated {
		return nil
	}
	for _, c := range p.Model.Governance.Creators {
		if c.Kind != kind.Name {
			continue
		}
		err := j.byRule(RuleCreator, func() error { return j.give(access.Grant{To: j.actor.Subject, Role: c.Role, On: path}) })
		if err != nil {
			return err
		}
	}
	return nil
}

// byRule lets a rule act: what it gives is not judged against the actor.
func (j *judge) byRule(rule string, do func() error) error {
	j.rule = rule
	defer func() { j.rule = "" }()
	return do()
}

func (j *judge) updateResource(c client.ResourceUpdate) error {
	r, p, err := j.existing("resource", c.Resource)
	if err != nil {
		return err
	}
	kind := p.Model.Kind(p.Model.KindOf(r.Path))
	next := event.ResourceChanged{Path: r.Path, Category: r.Category}
	if c.Category != nil {
		if err := j.operation(p.Slug, access.OpResourceUpdate, kind.Name, r.Path); err != nil {
			return err
		}
		if next.Category, err = category(kind, *c.Category); err != nil {
			return err
		}
		j.recategorized(p, r.Path)
	}
	for name, value := range c.Settings {
		if err := j.setting(p, name, value, kind.Name, r.Path); err != nil {
			return err
		}
	}
	if next.Settings, err = settings(p.Model, kind.Name, r.Settings, c.Settings); err != nil {
		return err
	}
	return j.emit(&next)
}

// recategorized gains and loses the lines that reach a resource by its category.
func (j *judge) recategorized(p *state.Platform, path string) {
	for _, g := range j.now().GrantsBeneath(p.Slug) {
		if len(g.Environments) > 0 && (g.On == p.Slug || strings.HasSuffix(g.On, "*") || strings.HasPrefix(path+"/", g.On+"/")) {
			j.gain(line{Grant: g.Grant})
			j.lose(line{Grant: g.Grant})
		}
	}
}

func (j *judge) renameResource(c client.ResourceRename) error {
	r, p, err := j.existing("resource", c.Resource)
	if err != nil {
		return err
	}
	to, _, err := j.path("to", c.To)
	if err != nil {
		return err
	}
	kind, err := j.newKind(p, to)
	if err != nil {
		return err
	}
	switch {
	case j.now().Resource(to) != nil:
		return fault.New(fault.Conflict, "the resource %q is there already", to).In("to").By("exists")
	case kind.Name != p.Model.KindOf(r.Path) || parentOf(to) != parentOf(r.Path):
		return fault.New(fault.Invalid, "a rename keeps kind and parent").In("to").By("rename").Rather("write %s/NAME", parentOf(r.Path))
	}
	if err := j.operation(p.Slug, access.OpResourceRename, kind.Name, r.Path); err != nil {
		return err
	}
	return j.emit(&event.ResourceRenamed{Path: r.Path, To: to})
}

func (j *judge) deleteResource(c client.ResourceDelete) error {
	r, p, err := j.existing("resource", c.Resource)
	if err != nil {
		return err
	}
	kind := p.Model.KindOf(r.Path)
	if err := j.operation(p.Slug, access.OpResourceDelete, kind, r.Path); err != nil {
		return err
	}
	if slices.Contains(p.Model.Governance.KeepLast, kind) && j.count(p, kind) == 1 {
		return fault.New(fault.Conflict, "%q is the last %s of %s", r.Path, kind, p.Slug).In("resource").By("last_" + kind).Rather("create another one first")
	}
	if slices.Contains(p.Model.Governance.DeleteEmpty, kind) {
		for path := range j.now().Beneath(r.Path) {
			return fault.New(fault.Conflict, "%q is not empty: there is %q", r.Path, path).In("resource").By("not_empty").Rather("delete what is beneath it first")
		}
	}
	return j.emit(&event.ResourceDeleted{Path: r.Path})
}

func (j *judge) count(p *state.Platform, kind string) int {
	n := 0
	for path := range j.now().Resources(p.Slug) {
		if p.Model.KindOf(path) == kind {
			n++
		}
	}
	return n
}

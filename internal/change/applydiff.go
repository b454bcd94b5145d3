package change

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/internal/yamltext"
	"bailiwick/rolemodel"
)

// A draft finds the fewest commands that lead from what an organization has to what a file says. Whatever is made comes
// before whatever is taken away, so that a role is never without its replacement.
type draft struct {
	PlanRequest
	base  *state.State
	was   *accessfile.File
	actor access.Holder // by name
	steps []step
	late  []step // platforms whose new plan has no custom roles any more
	asked []step // where each policy test that is stored comes from, if it is to be stored

	gone    map[string]bool // platforms and resources that go, with all beneath them
	staying map[access.Holder]bool
	added   []int          // grants of the file that the organization has not
	removed []access.Grant // grants of the organization that go
}

// find finds the steps, in their order.
func (d *draft) find() error {
	d.goneResources()
	d.compareGrants()
	d.obsoleteGrants()
	if err := d.platforms(); err != nil {
		return err
	}
	d.resources()
	d.roles()
	d.users()
	d.serviceUsers()
	d.teams()
	d.grants()
	if d.Prune {
		d.prune()
	}
	d.steps = append(d.steps, d.late...)
	d.tests()
	return nil
}

// do appends a command that something in the file asks for.
func (d *draft) do(place yamltext.Place, path string, commands ...client.Command) {
	for _, c := range commands {
		d.steps = append(d.steps, step{c, place, path})
	}
}

// platforms attaches and changes platforms. The directory is no part of a file.
func (d *draft) platforms() error {
	standard := slices.IndexFunc(d.File.Organization.Platforms, func(p access.Platform) bool { return d.File.Platforms[p.Slug].AuthZEN })
	for i := range d.File.Organization.Platforms {
		p := &d.File.Organization.Platforms[i]
		if p.Slug == accessfile.Directory {
			continue
		}
		text, hash, err := d.edition(p)
		if err != nil {
			return err
		}
		place, path := d.File.Places.Platforms[p.Slug], "platforms."+p.Slug
		own := d.File.Platforms[p.Slug]
		old := d.base.Platform(p.Slug)
		if old == nil {
			d.do(place, path, client.PlatformAttach{Platform: p.Slug, Model: p.Model.Edition, Text: text, Plan: p.Plan, Seats: own.Seats,
				Authzen: own.AuthZEN, Settings: p.Settings})
			continue
		}
		change := client.PlatformUpdate{Platform: p.Slug, Settings: d.settings(old.Settings, p.Settings)}
		if old.Hash != hash {
			change.Model = &p.Model.Edition
			if text != "" {
				change.Text = &text
			}
		}
		if old.Plan != p.Plan && (p.Plan != "" || d.Prune) {
			change.Plan = &p.Plan
		}
		if old.Seats != own.Seats && (own.Seats != 0 || d.Prune) {
			change.Seats = &own.Seats
		}
		if old.Authzen != own.AuthZEN && (own.AuthZEN || d.Prune || standard >= 0) {
			change.Authzen = &own.AuthZEN
		}
		d.update(place, path, p.Model, change)
	}
	return nil
}

// update appends a change of a platform, if it is one. A plan without custom roles comes when they are gone.
func (d *draft) update(place yamltext.Place, path string, m *access.Model, c client.PlatformUpdate) {
	if c.Plan != nil && slices.ContainsFunc(m.Plans, func(p access.Plan) bool { return p.Name == *c.Plan && slices.Contains(p.Without, "custom_roles") }) {
		d.late = append(d.late, step{client.PlatformUpdate{Platform: c.Platform, Plan: c.Plan}, place, path})
		c.Plan = nil
	}
	if c.Model != nil || c.Plan != nil || c.Seats != nil || c.Authzen != nil || len(c.Settings) > 0 {
		d.do(place, path, c)
	}
}

// edition returns the text of a platform's edition where that is one of one's own, and the hash of any.
func (d *draft) edition(p *access.Platform) (text, hash string, err error) {
	named := d.File.Platforms[p.Slug].Model
	if text, own := d.Texts[named]; own {
		return text, rolemodel.Hash([]byte(text)), nil
	}
	hash, err = rolemodel.EditionHash(p.Model.Edition)
	if err != nil || named != p.Model.Edition {
		s := step{place: d.File.Places.Platforms[p.Slug], path: "platforms." + p.Slug}
		return "", "", s.named(fault.New(fault.Invalid, "the text of the role model %q is missing", named).In("model").Rather("send it with the file"))
	}
	return "", hash, nil
}

// settings says which settings change; "" unsets one.
func (d *draft) settings(old, said map[string]string) map[string]string {
	changed := map[string]string{}
	for name, value := range said {
		if old[name] != value {
			changed[name] = value
		}
	}
	for name := range old {
		if _, stays := said[name]; !stays && d.Prune {
			changed[name] = ""
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return changed
}

func (d *draft) resources() {
	for i := range d.File.Organization.Platforms {
		for _, r := range d.File.Organization.Platforms[i].Resources {
			place, path := d.File.Places.Resources[r.Path], r.Path
			old := d.base.Resource(r.Path)
			if old == nil {
				d.do(place, path, client.ResourceCreate{Resource: r.Path, Category: r.Category, Settings: r.Settings})
				continue
			}
			change := client.ResourceUpdate{Resource: r.Path, Settings: d.settings(old.Settings, r.Settings)}
			if old.Category != r.Category {
				change.Category = &r.Category
			}
			if change.Category != nil || change.Settings != nil {
				d.do(place, path, change)
			}
		}
	}
}

func (d *draft) roles() {
	for i := range d.File.Organization.Platforms {
		p := &d.File.Organization.Platforms[i]
		old := d.was.Platform(p.Slug)
		for _, r := range p.Roles {
			put := rolePut(p, &r)
			if own := d.base.Role(p.Slug, r.Name); own != nil { // a file does not say it
				put.Icon = own.Icon
			}
			if old != nil {
				k := slices.IndexFunc(old.Roles, func(o access.Role) bool { return o.Name == r.Name })
				if k >= 0 && sameRole(rolePut(old, &old.Roles[k]), put) {
					continue
				}
			}
			d.do(d.File.Places.Roles[p.Slug+"/"+r.Name], "roles."+p.Slug+"."+r.Name, put)
		}
	}
}

func rolePut(p *access.Platform, r *access.Role) client.RolePut {
	return client.RolePut{Platform: p.Slug, Role: r.Name, At: state.RoleKind(p.Model, r), BasedOn: r.BasedOn, Permissions: r.Permissions, Description: r.Description}
}

func sameRole(a, b client.RolePut) bool {
	return a.At == b.At && a.BasedOn == b.BasedOn && a.Description == b.Description && sameSet(a.Permissions, b.Permissions)
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// goneResources finds the platforms and resources that go. What is beneath one that goes needs no command of its own,
// unless the edition wants it empty first.
func (d *draft) goneResources() {
	d.gone = map[string]bool{}
	if !d.Prune {
		return
	}
	stay := map[string]bool{accessfile.Directory: true}
	for i := range d.File.Organization.Platforms {
		p := &d.File.Organization.Platforms[i]
		stay[p.Slug] = true
		for _, r := range p.Resources {
			stay[r.Path] = true
		}
	}
	for _, p := range d.was.Organization.Platforms {
		for _, path := range slices.Concat([]string{p.Slug}, pathsOf(p)) {
			if !stay[path] {
				d.gone[path] = true
			}
		}
	}
}

func pathsOf(p access.Platform) []string {
	paths := make([]string, len(p.Resources))
	for i := range p.Resources {
		paths[i] = p.Resources[i].Path
	}
	return paths
}

// vanishes tells whether a scope goes with a platform or resource.
func (d *draft) vanishes(path string) bool {
	if len(d.gone) == 0 {
		return false
	}
	for !d.gone[path] {
		if !strings.Contains(path, "/") {
			return false
		}
		path = parentOf(path)
	}
	return true
}

package change

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
	"bailiwick/rolemodel"
)

// SettingProvisioning is the organization's switch for provisioning by SCIM: "on" or "off".
const SettingProvisioning = "provisioning"

func (j *judge) setOrganization(c client.OrganizationSet) error {
	if err := j.identity(settingPermission(c.Name), "organization.set"); err != nil {
		return err
	}
	if err := j.checkSetting(c.Name, c.Value); err != nil {
		return err
	}
	return j.emit(&event.SettingChanged{Name: c.Name, Value: c.Value})
}

// edition finds the model that a command names, and stores the text of an operator's own.
func (j *judge) edition(name, text string) (*access.Model, string, error) {
	if text == "" {
		m, err := rolemodel.Edition(name)
		if err == nil {
			hash, err := rolemodel.EditionHash(name)
			return m, hash, err
		}
		own := j.now().Edition(name)
		if own == nil {
			return nil, "", fault.New(fault.Invalid, "there is no edition %q", name).In("model").Rather("%s", suggest.OneOf(name, rolemodel.Editions()))
		}
		m, err = rolemodel.Load(name, []byte(own.Text))
		return m, own.Hash, err
	}
	m, err := rolemodel.Load(name, []byte(text))
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "%v", err).In("text").By("edition")
	}
	hash := rolemodel.Hash([]byte(text))
	if slices.Contains(rolemodel.Editions(), m.Edition) || m.Edition != name {
		return nil, "", fault.New(fault.Invalid, "the text calls its edition %q, and the command %q; neither can be the name of a shipped one", m.Edition, name).In("model")
	}
	if own := j.now().Edition(name); own != nil && own.Hash == hash {
		return m, hash, nil
	}
	return m, hash, j.emit(&event.EditionStored{Name: name, Hash: hash, Text: text})
}

func (j *judge) attachPlatform(c client.PlatformAttach) error {
	if err := j.directory("platforms.attach", "platform.attach"); err != nil {
		return err
	}
	if err := name("platform", c.Platform); err != nil {
		return err
	}
	if canonical, err := access.CanonicalPath(c.Platform); err != nil || canonical != c.Platform || strings.Contains(c.Platform, "/") || c.Platform == accessfile.Directory {
		return fault.New(fault.Invalid, "%q cannot be a platform's slug", c.Platform).In("platform").Rather("choose a short word like dagster")
	}
	if j.now().Platform(c.Platform) != nil {
		return fault.New(fault.Conflict, "the platform %q is attached already", c.Platform).In("platform")
	}
	m, hash, err := j.edition(c.Model, c.Text)
	if err != nil {
		return err
	}
	set, err := settings(m, m.Kinds[0].Name, nil, c.Settings)
	if err != nil {
		return err
	}
	if err := plan(m, c.Plan); err != nil {
		return err
	}
	if c.Seats < 0 {
		return fault.New(fault.Invalid, "seats cannot be negative").In("seats")
	}
	j.attached[c.Platform] = true
	j.made(c.Do(), c.Platform, 0)
	return j.emit(&event.PlatformAttached{Slug: c.Platform, Edition: m.Edition, Hash: hash, Plan: c.Plan, Seats: c.Seats, Authzen: c.Authzen, Settings: set})
}

// directory judges what needs a permission of the directory.
func (j *judge) directory(permission, operation string) error {
	if j.mayDirectory(permission) {
		return nil
	}
	return fault.New(fault.Forbidden, "%s is not allowed to do %s", j.who(), operation).By("permission").Rather("it needs %s at %s", permission, accessfile.Directory)
}

func plan(m *access.Model, name string) error {
	if name == "" {
		return nil
	}
	names := make([]string, len(m.Plans))
	for i := range m.Plans {
		names[i] = m.Plans[i].Name
	}
	if slices.Contains(names, name) {
		return nil
	}
	return fault.New(fault.Invalid, "%s has no plan %q", m.Product, name).In("plan").Rather("%s", suggest.OneOf(name, names))
}

func (j *judge) updatePlatform(c client.PlatformUpdate) error {
	p, err := j.platform("platform", c.Platform)
	if err != nil {
		return err
	}
	next := event.PlatformChanged(p.PlatformAttached)
	model := p.Model
	if c.Model != nil || c.Text != nil {
		if model, next.Hash, err = j.moveEdition(p, c); err != nil {
			return err
		}
		next.Edition = model.Edition
	}
	if c.Plan != nil || c.Seats != nil || c.Authzen != nil {
		if err := j.operation(c.Platform, access.OpPlatformUpdate, "", c.Platform); err != nil {
			return err
		}
		set(&next.Plan, c.Plan)
		set(&next.Seats, c.Seats)
		set(&next.Authzen, c.Authzen)
	}
	for name := range c.Settings {
		if err := j.operation(c.Platform, access.OpSetting+name, "", c.Platform); err != nil {
			return err
		}
	}
	if next.Settings, err = settings(model, model.Kinds[0].Name, p.Settings, c.Settings); err != nil {
		return err
	}
	if err := plan(model, next.Plan); err != nil {
		return err
	}
	if next.Seats < 0 {
		return fault.New(fault.Invalid, "seats cannot be negative").In("seats")
	}
	if err := j.planAllows(model, next.Plan, c.Platform); err != nil {
		return err
	}
	j.checkAll[c.Platform], j.people = true, true
	if len(c.Settings) > 0 {
		j.switchedRoles(c.Platform, c.Settings)
	}
	return j.emit(&next)
}

// moveEdition judges a move to another edition and returns it.
func (j *judge) moveEdition(p *state.Platform, c client.PlatformUpdate) (*access.Model, string, error) {
	if err := j.directory("platforms.attach", "platform.update"); err != nil {
		return nil, "", err
	}
	if c.Platform == accessfile.Directory {
		return nil, "", fault.New(fault.Invalid, "the directory's edition is Bailiwick's own and does not change").In("model")
	}
	edition, text := p.Edition, ""
	set(&edition, c.Model)
	set(&text, c.Text)
	model, hash, err := j.edition(edition, text)
	if err != nil {
		return nil, "", err
	}
	// By the rules of the edition that goes, or one that lets everybody give everything could bring itself in.
	j.everyRole(c.Platform)
	if err := j.checkLinesNow(); err != nil {
		return nil, "", err
	}
	j.everyRole(c.Platform)
	return model, hash, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// planAllows refuses a plan that is without something the platform has. Grants are checked with the rest.
func (j *judge) planAllows(m *access.Model, plan, slug string) error {
	i := slices.IndexFunc(m.Plans, func(p access.Plan) bool { return p.Name == plan })
	if i < 0 || !slices.Contains(m.Plans[i].Without, "custom_roles") || len(j.now().Platform(slug).Roles) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "the plan %q has no custom roles, and %s has %d", plan, slug, len(j.now().Platform(slug).Roles)).
		In("plan").By("plan").Rather("delete them first")
}

// everyRole gains and loses every line of a platform: another edition means other permissions under the same names.
func (j *judge) everyRole(slug string) {
	for _, g := range j.now().GrantsBeneath(slug) {
		j.gain(line{Grant: g.Grant})
		j.lose(line{Grant: g.Grant})
	}
}

// switchedRoles gains and loses the lines of roles that a setting changes.
func (j *judge) switchedRoles(slug string, changed map[string]string) {
	m := j.now().Platform(slug).Model
	for _, g := range j.now().GrantsBeneath(slug) {
		if r := m.Role(g.Role); r != nil && r.When != nil {
			if _, concerned := changed[r.When.Setting]; concerned {
				j.gain(line{Grant: g.Grant})
				j.lose(line{Grant: g.Grant})
			}
		}
	}
}

func (j *judge) detachPlatform(c client.PlatformDetach) error {
	if _, err := j.platform("platform", c.Platform); err != nil {
		return err
	}
	if err := j.directory("platforms.attach", "platform.detach"); err != nil {
		return err
	}
	if c.Platform == accessfile.Directory {
		return fault.New(fault.Invalid, "the directory cannot be detached").In("platform")
	}
	return j.emit(&event.PlatformDetached{Slug: c.Platform})
}

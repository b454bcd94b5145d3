package access

import (
	"fmt"
	"strings"
)

// addRole compiles a role and appends it. A custom role takes its scopes and holders from the model's rule and
// contains the role that it is based on.
func (p *platform) addRole(r *Role, custom bool) error {
	if _, twice := p.roleByName[r.Name]; twice {
		return fmt.Errorf("platform %s has two roles called %q", p.slug, r.Name)
	}
	c, err := p.compileRole(r, custom)
	if err != nil {
		return err
	}
	p.roleByName[r.Name] = uint16(len(p.roles))
	p.roles = append(p.roles, c)
	return nil
}

func (p *platform) compileRole(r *Role, custom bool) (role, error) {
	c := role{Role: r, unconditional: r.Unconditional, custom: custom}
	at, holders := r.At, r.Holders
	if custom {
		rule := p.customRule(r)
		if rule == nil {
			return c, fmt.Errorf("edition %s has no custom roles at %q", p.model.Edition, firstOf(r.At))
		}
		at, holders = rule.GrantAt, rule.Holders
	}
	for _, name := range at {
		k, known := p.kindByName[name]
		if !known {
			return c, fmt.Errorf("role %s of %s: no kind %q", r.Name, p.model.Edition, name)
		}
		c.at |= 1 << k
		p.kinds[k].grantable = true
	}
	for _, h := range holders {
		c.holders |= 1 << h
	}
	if err := p.fillRole(&c); err != nil {
		return c, err
	}
	return c, p.checkCustom(&c)
}

// checkCustom judges what a custom role is made of.
func (p *platform) checkCustom(c *role) error {
	if !c.custom {
		return nil
	}
	rule := p.customRule(c.Role)
	if len(c.Permissions) == 0 && c.BasedOn == "" {
		return fmt.Errorf("role %s has no permission; give it one at least", c.Name)
	}
	for _, name := range c.Permissions {
		perm := p.permissions[p.permByName[name]]
		if perm.Closed {
			return fmt.Errorf("role %s: no custom role can contain %s", c.Name, name)
		}
		if !contains(rule.Levels, perm.At) {
			return fmt.Errorf("role %s: %s is asked at %s %s; a custom role at %s %s holds permissions of %s", c.Name, name,
				article(perm.At), perm.At, article(rule.At), rule.At, strings.Join(rule.Levels, ", "))
		}
	}
	return nil
}

// fillRole computes the role's sets under the platform's settings.
func (p *platform) fillRole(c *role) error {
	mask, err := p.maskOf(c.Permissions)
	if err != nil {
		return fmt.Errorf("role %s: %w", c.Name, err)
	}
	if w := c.When; w != nil && p.Setting(w.Setting) == w.Value {
		more, err := p.maskOf(w.Adds)
		if err != nil {
			return fmt.Errorf("role %s: %w", c.Name, err)
		}
		or(mask, more)
	}
	if c.BasedOn != "" {
		base, known := p.roleByName[c.BasedOn]
		if !known || p.roles[base].custom {
			return fmt.Errorf("role %s: it is based on %q, which is not a role of %s", c.Name, c.BasedOn, p.model.Edition)
		}
		or(mask, p.roles[base].always)
	}
	c.always = mask
	c.all = append([]uint64(nil), mask...)
	for _, name := range c.Lifted {
		i, known := p.permByName[name]
		if !known {
			return fmt.Errorf("role %s: edition %s has no permission %q", c.Name, p.model.Edition, name)
		}
		c.lifted = append(c.lifted, uint32(i))
		p.setAll(c.all, &p.permissions[i])
	}
	return nil
}

// customRule returns the model's rule for a custom role, by the kind that the role names; nil where there is none.
func (p *platform) customRule(r *Role) *CustomRoleRule {
	for i := range p.model.CustomRoles {
		if rule := &p.model.CustomRoles[i]; rule.At == firstOf(r.At) {
			return rule
		}
	}
	return nil
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// compileRules fills what needs the roles: minimum, rising and reaching masks. What licenses and memberships give needs
// nodes: see editor.platformGrants.
func (p *platform) compileRules() error {
	m := p.model
	for i := range p.kinds {
		k := &p.kinds[i]
		k.rises, k.reaches = p.newMask(), p.newMask()
		for j := range p.permissions {
			perm := &p.permissions[j]
			if contains(perm.RisesFrom, k.Name) {
				p.setAll(k.rises, perm)
			}
			for _, star := range perm.Reaches {
				if s := m.Kind(star); s != nil && contains(s.Under, k.Name) {
					p.setAll(k.reaches, perm)
				}
			}
		}
		if name := m.MinimumRole[k.Name]; name != "" {
			r, known := p.roleByName[name]
			if !known {
				return fmt.Errorf("edition %s: no role %q", m.Edition, name)
			}
			k.minimum = p.roles[r].always
		}
	}
	for i := range m.Licenses {
		p.licenses = append(p.licenses, license{License: &m.Licenses[i]})
	}
	p.licensed = len(p.licenses) > 0
	if c := m.Conditional; c != nil {
		p.everywhere = c.Setting != "" && p.Setting(c.Setting) == c.Off
	}
	return nil
}

// Setting returns the value of a platform's setting, or its default.
func (p *platform) Setting(name string) string {
	if v, given := p.settings[name]; given {
		return v
	}
	for _, s := range p.model.Settings {
		if s.Name == name && len(s.Values) > 0 {
			return s.Values[0]
		}
	}
	return ""
}

// grantMask returns what a role gives in a grant at a kind with these categories.
func (p *platform) grantMask(r *role, k *kind, cats categories) []uint64 {
	mask := append([]uint64(nil), r.always...)
	for _, i := range r.lifted {
		perm := &p.permissions[i]
		if cats&1 != 0 {
			p.setAll(mask, perm)
		}
		for c := range p.categories() {
			if cats>>(c+1)&1 != 0 {
				setBit(mask, perm.bit+1+uint32(c))
			}
		}
	}
	if k.minimum != nil && !r.unconditional {
		or(mask, k.minimum)
	}
	return mask
}

// categories is a set of environment categories: bit 0 is "all", the others follow the kind's list.
type categories uint16

func (p *platform) parseCategories(names []string) (categories, error) {
	var cats categories
	known := p.categories()
	for _, name := range names {
		if name == "all" {
			cats |= 1
			continue
		}
		i := indexOf(known, name)
		if i < 0 {
			return 0, fmt.Errorf("no environment category %q", name)
		}
		cats |= 1 << (i + 1)
	}
	return cats, nil
}

func indexOf(list []string, word string) int {
	for i, w := range list {
		if w == word {
			return i
		}
	}
	return -1
}

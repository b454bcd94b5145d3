package accessfile

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// roles reads the custom roles of each platform.
func (r *reader) roles(v yamltext.Value) {
	for _, e := range v.Entries(r.p) {
		platform := r.platformNamed(e.KeyAt, e.Value.Path, e.Key)
		if platform == nil {
			continue
		}
		for _, role := range e.Value.Entries(r.p) {
			r.role(platform, role)
		}
	}
}

func (r *reader) role(platform *access.Platform, e yamltext.Entry) {
	name, path := e.Key, e.Value.Path
	if !r.plainName(e.KeyAt, path, "role", name) {
		return
	}
	switch {
	case len(platform.Model.CustomRoles) == 0:
		r.p.AddAt(e.KeyAt, path, platform.Model.Product+" has no custom roles", "remove it, and grant one of "+quoteAll(roleNames(platform)))
		return
	case gated(platform, "custom_roles"):
		r.p.AddAt(e.KeyAt, path, fmt.Sprintf("the plan %q has no custom roles", platform.Plan), "choose a larger plan, or remove the role")
		return
	case platform.Model.Role(name) != nil:
		r.p.AddAt(e.KeyAt, path, fmt.Sprintf("%q is a role that %s has already", name, platform.Model.Product), "choose another name")
		return
	}
	role := access.Role{Name: name, Custom: true}
	var at, basedOn, permissions yamltext.Value
	e.Value.Fields(r.p, map[string]func(yamltext.Value){
		"at":          func(v yamltext.Value) { at = v },
		"based_on":    func(v yamltext.Value) { basedOn = v },
		"permissions": func(v yamltext.Value) { permissions = v },
		"description": func(v yamltext.Value) { role.Description = v.Text(r.p) },
	})
	rule := r.customRule(platform, e, at)
	if rule == nil {
		return
	}
	role.At, role.Holders = rule.GrantAt, rule.Holders
	role.BasedOn = r.basedOn(platform, rule, basedOn)
	role.Permissions = r.rolePermissions(platform, rule, permissions)
	if !permissions.Given() && !basedOn.Given() {
		r.p.AddAt(e.KeyAt, path, "the role contains nothing", "add permissions: or based_on:")
	}
	r.file.Places.Roles[platform.Slug+"/"+name] = e.KeyAt
	platform.Roles = append(platform.Roles, role)
}

func (r *reader) customRule(platform *access.Platform, e yamltext.Entry, at yamltext.Value) *access.CustomRoleRule {
	var kinds []string
	for i := range platform.Model.CustomRoles {
		kinds = append(kinds, platform.Model.CustomRoles[i].At)
	}
	if !at.Given() {
		r.p.AddAt(e.KeyAt, e.Value.Path, "the role does not say where it can be granted", "add at: with "+orList(kinds))
		return nil
	}
	kind := at.Text(r.p)
	for i := range platform.Model.CustomRoles {
		if platform.Model.CustomRoles[i].At == kind {
			return &platform.Model.CustomRoles[i]
		}
	}
	r.p.Add(at, fmt.Sprintf("custom roles of %s cannot be at %q", platform.Model.Product, kind), r.oneOf(kind, kinds))
	return nil
}

// basedOn reads the built-in role whose permissions are included; it must be one that could be granted there itself.
func (r *reader) basedOn(platform *access.Platform, rule *access.CustomRoleRule, v yamltext.Value) string {
	if !v.Given() {
		return ""
	}
	name := v.Text(r.p)
	var usable []string
	for _, role := range platform.Model.Roles {
		if overlap(role.At, rule.GrantAt) && overlap(holderWords(role.Holders), holderWords(rule.Holders)) {
			usable = append(usable, role.Name)
		}
	}
	if !has(usable, name) {
		r.p.Add(v, fmt.Sprintf("a role at %s cannot be based on %q", rule.At, name), r.oneOf(name, usable))
	}
	return name
}

func (r *reader) rolePermissions(platform *access.Platform, rule *access.CustomRoleRule, v yamltext.Value) []string {
	var possible, names []string
	for _, permission := range platform.Model.Permissions {
		if has(rule.Levels, permission.At) && !permission.Closed {
			possible = append(possible, permission.Name)
		}
	}
	for _, item := range v.List(r.p) {
		name := strings.TrimPrefix(item.Text(r.p), platform.Slug+".")
		switch {
		case permissionOf(platform.Model, name) == nil:
			r.p.Add(item, fmt.Sprintf("%s has no permission %q", platform.Slug, name), r.oneOf(name, possible))
		case permissionOf(platform.Model, name).Closed:
			r.p.Add(item, fmt.Sprintf("no custom role can contain %q", name), "remove it")
		case !has(possible, name):
			r.p.Add(item, fmt.Sprintf("a role at %s cannot contain %q", rule.At, name),
				"it can contain what is asked at "+orList(rule.Levels))
		case has(names, name):
			r.p.Add(item, fmt.Sprintf("%q stands twice", name), "keep one of them")
		default:
			names = append(names, name)
		}
	}
	return names
}

// gated reports whether the platform's plan is without something.
func gated(platform *access.Platform, gate string) bool {
	for _, plan := range platform.Model.Plans {
		if plan.Name == platform.Plan {
			return has(plan.Without, gate)
		}
	}
	return false
}

func permissionOf(model *access.Model, name string) *access.Permission {
	for i := range model.Permissions {
		if model.Permissions[i].Name == name {
			return &model.Permissions[i]
		}
	}
	return nil
}

func roleNames(platform *access.Platform) []string {
	var names []string
	for _, role := range platform.Model.Roles {
		names = append(names, role.Name)
	}
	for _, role := range platform.Roles {
		names = append(names, role.Name)
	}
	return names
}

func holderWords(kinds []access.HolderKind) []string {
	list := make([]string, len(kinds))
	for i, kind := range kinds {
		list[i] = kind.String()
	}
	return list
}

func overlap(a, b []string) bool {
	for _, word := range a {
		if has(b, word) {
			return true
		}
	}
	return false
}

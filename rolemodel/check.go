package rolemodel

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
)

// checkLevels bounds how many scopes over one resource can carry grants.
func (r *reader) checkLevels() {
	grantable := map[string]bool{}
	for _, role := range r.model.Roles {
		for _, kind := range role.At {
			grantable[kind] = true
		}
	}
	for _, rule := range r.model.CustomRoles {
		for _, kind := range rule.GrantAt {
			grantable[kind] = true
		}
	}
	known := map[string]int{}
	var levels func(name string) int
	levels = func(name string) int {
		if n, ok := known[name]; ok {
			return n
		}
		own, above := 0, 0
		for _, k := range r.model.Kinds {
			if grantable[k.Name] && (k.Name == name || k.StarOf == name) {
				own++
			}
		}
		for _, parent := range r.kind(name).Under {
			above = max(above, levels(parent))
		}
		known[name] = own + above
		return known[name]
	}
	for _, k := range r.model.Kinds {
		if n := levels(k.Name); k.StarOf == "" && n > maxLevels {
			r.wrongKind(k.Name, fmt.Sprintf("grants can be made at %d scopes over one %s", n, k.Name),
				fmt.Sprintf("at most %d can carry grants; let roles be granted at fewer kinds", maxLevels))
		}
	}
}

// checkReach misses permissions that a role contains and can never give.
func (r *reader) checkReach() {
	for i := range r.model.Roles {
		role := &r.model.Roles[i]
		all := slices.Concat(role.Permissions, role.Lifted)
		if role.When != nil {
			all = append(all, role.When.Adds...)
		}
		for _, name := range all {
			p := &r.model.Permissions[r.permissions[name]]
			if !slices.ContainsFunc(role.At, func(at string) bool { return r.reaches(at, p) }) {
				r.wrongRole(role.Name, fmt.Sprintf("role %s contains %s, which is asked at %s, but is granted only at %s",
					role.Name, name, p.At, strings.Join(role.At, ", ")),
					"take the permission out, let the role be granted above it, or let the permission rise")
			}
		}
	}
}

// checkLadder makes sure that of two roles at a common kind the later contains the earlier, where roles are ranked.
// Unconditional roles stand beside the ladder.
func (r *reader) checkLadder() {
	if !r.model.Ranked {
		return
	}
	for i := range r.model.Roles {
		for j := range i {
			low, high := &r.model.Roles[j], &r.model.Roles[i]
			together := slices.ContainsFunc(low.At, func(kind string) bool { return slices.Contains(high.At, kind) })
			if !together || low.Unconditional || high.Unconditional {
				continue
			}
			if missing := missing(low, high); missing != "" {
				r.wrongRole(high.Name, fmt.Sprintf("the model is ranked, and role %s stands above %s but lacks its %s", high.Name, low.Name, missing),
					"give it the permission, change the order of the roles, or write ranked: false")
			}
		}
	}
}

// missing returns the first permission of low that high does not contain.
func missing(low, high *access.Role) string {
	for _, p := range low.Permissions {
		if !slices.Contains(high.Permissions, p) {
			return p
		}
	}
	for _, p := range low.Lifted {
		if !slices.Contains(high.Permissions, p) && !slices.Contains(high.Lifted, p) {
			return p
		}
	}
	return ""
}

// checkClosed makes sure that no custom role can take what only unconditional roles hold: it would be bound by the
// conditions that those are free of, or lend its holders a machine's rights.
func (r *reader) checkClosed() {
	if len(r.model.CustomRoles) == 0 {
		return
	}
	for _, p := range r.model.Permissions {
		var bound, free bool
		for _, role := range r.model.Roles {
			if slices.Contains(role.Permissions, p.Name) || slices.Contains(role.Lifted, p.Name) {
				bound, free = bound || !role.Unconditional, free || role.Unconditional
			}
		}
		if free && !bound && !p.Closed {
			s := r.spots["permission "+p.Name]
			r.AddAt(s.at, s.path, fmt.Sprintf("only unconditional roles hold %s, and custom roles could contain it", p.Name),
				"write it under rules: never_in_custom_roles")
		}
	}
}

func (r *reader) wrongRole(name, wrong, right string) {
	s := r.spots["role "+name]
	r.AddAt(s.at, s.path, wrong, right)
}

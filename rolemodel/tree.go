package rolemodel

import (
	"slices"

	"bailiwick/access"
)

// kind returns a declared kind.
func (r *reader) kind(name string) *access.Kind { return &r.model.Kinds[r.kinds[name]] }

// root returns the name of the platform's root kind.
func (r *reader) root() string { return r.model.Kinds[0].Name }

// loop returns a kind that is its own ancestor, or "".
func (r *reader) loop() string {
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(name string) string
	visit = func(name string) string {
		switch state[name] {
		case visiting:
			return name
		case done:
			return ""
		}
		state[name] = visiting
		for _, parent := range r.kind(name).Under {
			if found := visit(parent); found != "" {
				return found
			}
		}
		state[name] = done
		return ""
	}
	for i := range r.model.Kinds {
		if found := visit(r.model.Kinds[i].Name); found != "" {
			return found
		}
	}
	return ""
}

// beneath reports whether resources of kind name can lie beneath one of kind above. No kind is beneath itself.
func (r *reader) beneath(name, above string) bool {
	seen := map[string]bool{}
	var climb func(name string) bool
	climb = func(name string) bool {
		if seen[name] {
			return false
		}
		seen[name] = true
		for _, parent := range r.kind(name).Under {
			if parent == above || climb(parent) {
				return true
			}
		}
		return false
	}
	return climb(name)
}

// asks reports whether permissions of kind level can be asked at or beneath a scope of kind scope.
func (r *reader) asks(scope, level string) bool {
	return slices.ContainsFunc(r.model.Kinds, func(k access.Kind) bool {
		return k.StarOf == "" && (k.Name == level || k.Level == level) && r.covers(scope, k.Name)
	})
}

// covers reports whether a grant at a scope of kind scope can reach a resource of kind target.
func (r *reader) covers(scope, target string) bool {
	if star := r.kind(scope).StarOf; star != "" {
		return star == target || r.beneath(target, star)
	}
	return scope == target || r.beneath(target, scope)
}

// reaches reports whether a role granted at a kind can give a permission anywhere.
func (r *reader) reaches(at string, p *access.Permission) bool {
	if r.asks(at, p.At) || slices.Contains(p.RisesFrom, at) {
		return true
	}
	for _, star := range p.Reaches {
		if slices.Contains(r.kind(star).Under, at) {
			return true
		}
	}
	return false
}

// carriesCategory reports whether a resource of the kind, or one above it, has a category.
func (r *reader) carriesCategory(name string) bool {
	for i := range r.model.Kinds {
		k := &r.model.Kinds[i]
		if len(k.Categories) > 0 && (k.Name == name || r.beneath(name, k.Name)) {
			return true
		}
	}
	return false
}

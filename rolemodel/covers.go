package rolemodel

import (
	"slices"

	"bailiwick/access"
)

// Covers reports whether the row covers giving a role at a scope of a kind to a kind of holder. For a row with Held the
// caller also compares permissions. A custom role is covered by a row for every role, and by one that names or leaves
// out roles where all that it contains (Permissions and Lifted, those of BasedOn included) is within one covered role of
// the model that can be granted at that kind.
func Covers(m *access.Model, row *access.MayGive, role *access.Role, kind string, to access.HolderKind) bool {
	if !slices.Contains(row.On, kind) || !slices.Contains(row.To, to) {
		return false
	}
	if row.Held || row.Roles == nil && row.Except == nil {
		return true
	}
	if !role.Custom {
		return covered(row, role.Name)
	}
	return slices.ContainsFunc(m.Roles, func(like access.Role) bool {
		return !like.Custom && covered(row, like.Name) && slices.Contains(like.At, kind) && within(m, role, &like)
	})
}

// covered reports whether the row covers a built-in role of that name.
func covered(row *access.MayGive, role string) bool {
	return (row.Roles == nil || slices.Contains(row.Roles, role)) && !slices.Contains(row.Except, role)
}

// within reports whether one role contains all that another does.
func within(m *access.Model, inner, outer *access.Role) bool {
	if inner.BasedOn != "" {
		base := slices.IndexFunc(m.Roles, func(r access.Role) bool { return r.Name == inner.BasedOn && !r.Custom })
		if base < 0 || !within(m, &m.Roles[base], outer) {
			return false
		}
	}
	for _, p := range inner.Permissions {
		if !slices.Contains(outer.Permissions, p) {
			return false
		}
	}
	for _, p := range inner.Lifted {
		if !slices.Contains(outer.Permissions, p) && !slices.Contains(outer.Lifted, p) {
			return false
		}
	}
	return inner.When == nil
}

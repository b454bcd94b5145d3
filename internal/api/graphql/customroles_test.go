package graphql

import (
	"slices"
	"testing"

	"bailiwick/internal/api/graphql/model"
	"bailiwick/rolemodel"
)

// TestEveryPermissionHasOneWord: each permission of the edition that is not a viewer's, and that a custom role may contain,
// belongs to exactly one of Dagster+'s, and there are no others.
func TestEveryPermissionHasOneWord(t *testing.T) {
	m, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for i, c := range customPermissions() {
		if i >= len(model.AllCustomRolePermission) || c.word != model.AllCustomRolePermission[i] {
			t.Errorf("%s is not in its place", c.word)
		}
		for _, name := range c.permissions {
			times[name]++
		}
	}
	for _, p := range m.Permissions {
		want := 1
		if p.Closed || slices.Contains(m.Role(viewer).Permissions, p.Name) {
			want = 0
		}
		if times[p.Name] != want {
			t.Errorf("%s stands %d times; want %d", p.Name, times[p.Name], want)
		}
		delete(times, p.Name)
	}
	if len(times) > 0 || len(customPermissions()) != len(model.AllCustomRolePermission) {
		t.Errorf("the edition does not have %v", times)
	}
}

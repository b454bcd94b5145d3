package rolemodel

import "testing"

func TestEditionsLoad(t *testing.T) {
	for _, name := range Editions() {
		if m, err := Edition(name); err != nil {
			t.Errorf("%s:\n%v", name, err)
		} else {
			t.Log(name, len(m.Kinds), len(m.Roles), len(m.Permissions))
		}
	}
}

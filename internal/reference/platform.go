package reference

import (
	"fmt"
	"strings"

	"bailiwick/access"
)

func (w *writer) settings() {
	if len(w.m.Settings) == 0 {
		return
	}
	w.heading(2, "Settings")
	w.head("setting", "of", "values, the first is the default")
	for _, s := range w.m.Settings {
		w.row(code(s.Name), code(s.At), codes(s.Values))
	}
}

func (w *writer) licenses() {
	if len(w.m.Licenses) == 0 {
		return
	}
	w.heading(2, "Licenses")
	w.line("A user without a license has nothing on the platform.")
	w.line("")
	w.head("license", "title", "effect")
	for _, l := range w.m.Licenses {
		effect := "the user's teams decide"
		if l.Replaces {
			given := make([]string, len(l.Profile))
			for i, p := range l.Profile {
				given[i] = fmt.Sprintf("%s at %s", code(p.Role), code(p.At))
			}
			effect = "in place of what the user's teams give: " + strings.Join(given, " and ")
		}
		w.row(code(l.Name), l.Title, effect)
	}
}

func (w *writer) customRoles() {
	if len(w.m.CustomRoles) == 0 {
		return
	}
	w.heading(2, "Custom roles")
	w.head("at", "granted at", "permissions asked at", "held by")
	for _, c := range w.m.CustomRoles {
		w.row(code(c.At), codes(c.GrantAt), codes(c.Levels), holders(c.Holders))
	}
	var closed []string
	for _, p := range w.m.Permissions {
		if p.Closed {
			closed = append(closed, p.Name)
		}
	}
	if len(closed) > 0 {
		w.line("")
		w.line("No custom role contains %s.", codes(closed))
	}
}

// gate words what a plan does not have.
func gate(word string) string {
	what, name, named := strings.Cut(word, ":")
	switch {
	case named && what == "role":
		return "role " + code(name)
	case named && what == "scope":
		return "roles at " + code(name)
	}
	return strings.ReplaceAll(word, "_", " ")
}

func (w *writer) plans() {
	if len(w.m.Plans) == 0 {
		return
	}
	w.heading(2, "Plans")
	w.line("A plan decides what can be granted or created, never what is decided. The default is the last.")
	w.line("")
	w.head("plan", "without")
	for _, p := range w.m.Plans {
		w.row(code(p.Name), without(p))
	}
}

func without(p access.Plan) string {
	if len(p.Without) == 0 {
		return "(everything can be granted)"
	}
	words := make([]string, len(p.Without))
	for i, word := range p.Without {
		words[i] = gate(word)
	}
	return strings.Join(words, ", ")
}

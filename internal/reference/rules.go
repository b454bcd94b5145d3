package reference

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
)

// rules writes what is no table, as sentences. The order is fixed.
func (w *writer) rules() {
	w.heading(2, "Rules")
	w.line("- The permissions of a subject are those of all its own roles and its teams' roles whose scope covers the resource.")
	if w.m.Ranked {
		w.line("- Of two roles granted at the same place the later in the list contains the earlier: the most permissive role wins.")
	}
	if w.m.MemberRole != "" {
		w.line("- A member without a role at %s has %s.", code(w.root()), code(w.m.MemberRole))
	}
	if len(w.m.OneRolePer) > 0 {
		w.line("- A holder has at most one role at a time at each %s.", strings.Join(quoteAll(w.m.OneRolePer), " and at each "))
	}
	for _, k := range w.m.Kinds {
		if role := w.m.MinimumRole[k.Name]; role != "" {
			w.line("- Any grant at %s carries at least %s there.", code(k.Name), code(role))
		}
	}
	w.risingRules()
	w.overrideRules()
	if c := w.m.Conditional; c != nil {
		unless := ""
		if c.Setting != "" {
			unless = fmt.Sprintf(", unless the setting %s is %s", code(c.Setting), code(c.Off))
		}
		w.line("- A grant for all %s counts only in those whose %s the subject has access to%s.%s",
			code(c.Kind), code(c.Parent), unless, w.unconditional())
	}
	for _, r := range w.m.Roles {
		if r.When != nil {
			w.line("- While the setting %s is %s, %s also has, everywhere, %s.", code(r.When.Setting), code(r.When.Value), code(r.Name), w.permissionsOf(r.When.Adds))
		}
	}
	if w.m.AnyUserID {
		w.line("- User ids may be any text, not only e-mail addresses.")
	}
}

func (w *writer) root() string { return w.m.Kinds[0].Name }

// permissionsOf names a role that contains exactly these permissions, or lists them.
func (w *writer) permissionsOf(names []string) string {
	for _, r := range w.m.Roles {
		if slices.Equal(r.Permissions, names) && len(r.Lifted) == 0 {
			return "the permissions of " + code(r.Name)
		}
	}
	return codes(names)
}

// unconditional names the roles that are exempt from the condition.
func (w *writer) unconditional() string {
	var names []string
	for _, r := range w.m.Roles {
		if r.Unconditional {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " This does not concern " + codes(names) + "."
}

// risingRules writes which permissions hold outside the scope of their grant, those of the same places together.
func (w *writer) risingRules() {
	w.byPlaces(func(p access.Permission) []string { return p.RisesFrom }, func(names, places string) {
		w.line("- A grant at %s gives these at %s as well, where the role has them: %s.", places, code(w.root()), names)
	})
	w.byPlaces(func(p access.Permission) []string { return p.Reaches }, func(names, places string) {
		w.line("- A grant gives these also at %s beneath it: %s.", places, names)
	})
}

func (w *writer) byPlaces(places func(access.Permission) []string, write func(names, places string)) {
	var done [][]string
	for _, p := range w.m.Permissions {
		at := places(p)
		if len(at) == 0 || slices.ContainsFunc(done, func(d []string) bool { return slices.Equal(d, at) }) {
			continue
		}
		done = append(done, at)
		var names []string
		for _, q := range w.m.Permissions {
			if slices.Equal(places(q), at) {
				names = append(names, q.Name)
			}
		}
		said := codes(names)
		if slices.Equal(names, w.askedAt(w.root())) {
			said = "all that is asked there"
		}
		write(said, strings.Join(quoteAll(at), " or "))
	}
}

// askedAt lists the permissions that are asked at a kind.
func (w *writer) askedAt(kind string) []string {
	var names []string
	for _, p := range w.m.Permissions {
		if p.At == kind {
			names = append(names, p.Name)
		}
	}
	return names
}

func (w *writer) overrideRules() {
	o := w.m.Override
	if o == nil {
		return
	}
	w.line("- A role at %s is an override of the same holder's role at its %s: it counts only with that role, and must be "+
		"more permissive.", code(o.Kind), code(o.Base))
	if len(o.Roles) > 0 {
		w.line("- An override is one of %s.", codes(o.Roles))
	}
	if len(o.DisabledFor) > 0 {
		w.line("- No override where the role at the %s is %s.", code(o.Base), strings.Join(quoteAll(o.DisabledFor), " or "))
	}
	if len(o.DisabledForRoot) > 0 {
		w.line("- No override for a holder of %s.", strings.Join(quoteAll(o.DisabledForRoot), " or "))
	}
}

func quoteAll(words []string) []string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = code(word)
	}
	return quoted
}

package console

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

// An override is a role of somebody's at one place that raises the one above.
type override struct {
	Where, Role, Base string // Base is what they have without it
	By                string // who gave it; "" where that is not the caller's to see, or not known
	Since             time.Time
	When              string // from and until when it holds; "": for always
	Edit              string // address; "" where the caller may not
}

// overridesOf lists somebody's own overrides of the role at a place, by name.
func (h *holdings) overridesOf(p *state.Platform, base string) []override {
	var list []override
	for _, g := range h.hanging(p, base) {
		one := override{Where: lastOf(g.On), Role: h.title(g), When: window(client.HeldGrant{Grant: h.written(g)})}
		one.Base, _ = h.without(p, g.On)
		if held := h.now.Holds(g); held != nil {
			one.Since = held.Added.UTC()
		}
		one.By = h.givers()[g.Role+" "+g.On]
		if h.locked(p, g.On) == "" {
			one.Edit = h.edit(g.On)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(x, y override) int { return strings.Compare(x.Where, y.Where) })
	return list
}

// without is what somebody's role at a place is without their own one there, and whether that is known for sure.
func (h *holdings) without(p *state.Platform, path string) (role string, known bool) {
	best := -1
	for scope := path; scope != ""; scope = parentOf(scope) {
		for _, g := range h.at[scope] {
			if h.counts(g) && (g.Via != "" || scope != path) {
				best = max(best, rank(p, g.Role))
				known = known || rank(p, g.Role) >= 0
			}
		}
	}
	if best < 0 {
		return "no role", known
	}
	return h.title(access.Grant{Role: p.Model.Roles[best].Name, On: p.Slug}), known
}

// falls says what somebody is after their own role at a place is taken away: Ana falls from Editor to Viewer on
// billing.
func (h *holdings) falls(p *state.Platform, path string) string {
	now, _ := h.effective(p, path)
	then, known := h.without(p, path)
	switch {
	case !p.Model.Ranked || now == "":
		return ""
	case now == then:
		return h.name + " stays " + now + " on " + lastOf(path) + "."
	case !known:
		return h.name + " is " + now + " on " + lastOf(path) + " and has no role there afterwards."
	}
	return h.name + " falls from " + now + " to " + then + " on " + lastOf(path) + "."
}

// mostGivers bounds how far back is looked for who gave somebody their roles.
const mostGivers = 200

// givers says who gave somebody's roles, by role and path, to whoever may read that in the audit log.
func (h *holdings) givers() map[string]string {
	if h.gave != nil {
		return h.gave
	}
	h.gave = map[string]string{}
	within, err := h.asker().AuditWithin()
	if err != nil {
		return h.gave
	}
	found, err := h.History.Trail().List(h.r.Context(), h.now, history.Query{Actions: []string{"grant.added"}, Targets: []string{h.subject.String()}, Journal: true, Within: within, Limit: mostGivers})
	if err != nil {
		h.Log.WarnContext(h.r.Context(), "who gave roles cannot be found", "error", err)
		return h.gave
	}
	for i := range found.Rows {
		var given struct{ Role, On string }
		if json.Unmarshal(found.Rows[i].Facts, &given) == nil && h.gave[given.Role+" "+given.On] == "" {
			h.gave[given.Role+" "+given.On] = subjectInWords(found.Rows[i].Actor)
		}
	}
	return h.gave
}

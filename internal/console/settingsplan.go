package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A planLine is the plan of one platform.
type planLine struct {
	Slug, Product, Edition, Plan, Why string
	Plans                             []choice
	Features                          []planFeature
	Seats, Members, Percent           int
	Licenses                          []licenseLine
}

// A planFeature is what a plan may be without, and which plans have it.
type planFeature struct {
	Name string
	Has  []bool
}

// A licenseLine says how many active people have a license.
type licenseLine struct {
	Name   string
	People int
}

// planned are the platforms whose plan the caller may see: those whose plan they may change, and all of them to whoever sees
// everything.
func (a *asking) planned() []string {
	return slices.DeleteFunc(a.now.Slugs(), func(slug string) bool {
		return slug == accessfile.Directory || !a.view.All() && !a.mayOn(slug, access.OpPlatformUpdate)
	})
}

// showPlans shows what every platform's plan gives, and how much of it is used.
func (a *asking) showPlans() error { return a.plans(http.StatusOK, "") }

func (a *asking) plans(status int, problem string) error {
	if err := a.showsSettings("/settings/plan"); err != nil {
		return err
	}
	var lines []planLine
	for _, slug := range a.planned() {
		lines = append(lines, a.planLine(a.now.Platform(slug)))
	}
	a.settingsPage(status, "/settings/plan", "settingsplan", page{Title: "Plans and seats", Problem: problem, Content: lines})
	return nil
}

func (a *asking) planLine(p *state.Platform) planLine {
	c := planLine{Slug: p.Slug, Product: p.Model.Product, Edition: p.Edition, Plan: p.Plan, Seats: p.Seats, Why: a.lacks(p, access.OpPlatformUpdate)}
	people := map[string]int{}
	for _, u := range a.now.Users() {
		if !u.Inactive && a.now.Concerns(u, p.Slug, a.at) {
			c.Members++
			people[u.Licenses[p.Slug]]++
		}
	}
	if p.Seats > 0 {
		c.Percent = min(100, c.Members*100/p.Seats)
	}
	for _, l := range p.Model.Licenses {
		c.Licenses = append(c.Licenses, licenseLine{Name: l.Title, People: people[l.Name]})
	}
	if len(c.Licenses) > 0 && people[""] > 0 {
		c.Licenses = append(c.Licenses, licenseLine{Name: "none", People: people[""]})
	}
	c.Plans = []choice{{Text: "not limited by a plan", Chosen: p.Plan == ""}}
	if len(p.Model.Plans) == 0 {
		c.Plans = nil
	}
	for i := range p.Model.Plans {
		c.Plans = append(c.Plans, choice{Value: p.Model.Plans[i].Name, Text: p.Model.Plans[i].Name, Chosen: p.Model.Plans[i].Name == p.Plan})
	}
	c.Features = featuresOf(p.Model)
	return c
}

// featuresOf lists what some plan of an edition is without, and which of its plans have it.
func featuresOf(m *access.Model) (list []planFeature) {
	var gates []string
	for i := range m.Plans {
		for _, gate := range m.Plans[i].Without {
			if !slices.Contains(gates, gate) {
				gates = append(gates, gate)
			}
		}
	}
	for _, gate := range gates {
		f := planFeature{Name: featureInWords(m, gate)}
		for i := range m.Plans {
			f.Has = append(f.Has, !slices.Contains(m.Plans[i].Without, gate))
		}
		list = append(list, f)
	}
	return list
}

// featureInWords names a gate of a plan: "role:launcher" is the role Launcher.
func featureInWords(m *access.Model, gate string) string {
	if name, is := strings.CutPrefix(gate, "role:"); is {
		if r := m.Role(name); r != nil && r.Title != "" {
			name = r.Title
		}
		return "The role " + name
	}
	if name, is := strings.CutPrefix(gate, "scope:"); is {
		if k := m.Kind(name); k != nil {
			name = strings.ToLower(k.Title)
		}
		return "Roles on a " + name
	}
	return capital(strings.ReplaceAll(gate, "_", " "))
}

// lacks says what somebody lacks who may see a platform's settings and not change them; "" where nothing is lacking.
func (a *asking) lacks(p *state.Platform, operation string) string {
	if a.mayOn(p.Slug, operation) {
		return ""
	}
	for _, o := range p.Model.Governance.Operations {
		if o.Name == operation && o.Kind == "" {
			return "You may look, and not change this: it takes " + p.Slug + "." + o.Permission + "."
		}
	}
	return "You may look, and not change this: it takes platforms.attach at org."
}

// savePlan changes a platform's plan and seats, after the review.
func (a *asking) savePlan() error {
	p, err := a.settable(access.OpPlatformUpdate)
	if err != nil {
		return err
	}
	update, sent := client.PlatformUpdate{Platform: p.Slug}, a.r.PostForm
	if plan := sent.Get("plan"); sent.Has("plan") && plan != p.Plan {
		update.Plan = &plan
	}
	if text := strings.TrimSpace(sent.Get("seats")); text != strconv.Itoa(p.Seats) && (text != "" || p.Seats != 0) {
		seats, err := strconv.Atoi("0" + text)
		if err != nil {
			return a.plans(http.StatusUnprocessableEntity, "Seats are a whole number; none is no limit.")
		}
		update.Seats = &seats
	}
	if update.Plan == nil && update.Seats == nil {
		return a.plans(http.StatusUnprocessableEntity, "That is how it is already.")
	}
	err = a.propose(proposal{Title: "Change the plan of " + p.Model.Product + "?", Warning: planWarning(p, update.Plan), Save: "Save", Part: "/settings",
		Back: "/settings/plan", Then: "/settings/plan?done=saved", Commands: []client.Command{update}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.plans(http.StatusUnprocessableEntity, text)
}

// planWarning says what a plan is without that the one before had.
func planWarning(p *state.Platform, to *string) string {
	if to == nil {
		return ""
	}
	without := func(name string) []string {
		for i := range p.Model.Plans {
			if p.Model.Plans[i].Name == name {
				return p.Model.Plans[i].Without
			}
		}
		return nil
	}
	var gone []string
	for _, gate := range without(*to) {
		if !slices.Contains(without(p.Plan), gate) {
			gone = append(gone, featureInWords(p.Model, gate))
		}
	}
	if len(gone) == 0 {
		return ""
	}
	return "The plan " + *to + " is without: " + strings.Join(gone, ", ") + "."
}

// settable finds the platform that a form changes. One that the caller may not change is not there for whoever cannot see it.
func (a *asking) settable(operation string) (*state.Platform, error) {
	p := a.now.Platform(a.r.PathValue("platform"))
	if p == nil || p.Slug == accessfile.Directory || !a.view.Sees(p.Slug) {
		return nil, fault.New(fault.NotFound, "there is no such platform").Rather("choose one that you see")
	}
	if why := a.lacks(p, operation); why != "" {
		return nil, fault.New(fault.Forbidden, "you may not change this").By("permission").Rather("%s", strings.TrimSuffix(strings.TrimPrefix(why, "You may look, and not change this: "), "."))
	}
	return p, nil
}

package answer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
)

// An object is one thing of a file and what the file says about it, a fact a line.
type object struct {
	kind, name string
	facts      []string
}

// Objects lists what one file has and another has not, or says otherwise; in the order of the file's sections.
func Objects(before, after *accessfile.File) []client.Object {
	answers := []client.Object{}
	old, now := objects(before), objects(after)
	known := map[[2]string]object{}
	for _, o := range old {
		known[[2]string{o.kind, o.name}] = o
	}
	present := map[[2]string]bool{}
	for _, o := range now {
		key := [2]string{o.kind, o.name}
		present[key] = true
		was, existed := known[key]
		if !existed {
			answers = append(answers, client.Object{Change: "added", Kind: o.kind, Name: o.name, Detail: strings.Join(o.facts, ", ")})
			continue
		}
		if detail := changed(was.facts, o.facts); detail != "" {
			answers = append(answers, client.Object{Change: "changed", Kind: o.kind, Name: o.name, Detail: detail})
		}
	}
	for _, o := range old {
		if !present[[2]string{o.kind, o.name}] {
			answers = append(answers, client.Object{Change: "removed", Kind: o.kind, Name: o.name})
		}
	}
	slices.SortStableFunc(answers, func(a, b client.Object) int { return rank(a.Kind) - rank(b.Kind) })
	return answers
}

func rank(kind string) int {
	return slices.Index([]string{"platform", "resource", "user", "service_user", "team", "role", "grant", "test"}, kind)
}

// changed says which facts came and went: "+active, -inactive".
func changed(was, is []string) string {
	var parts []string
	for _, fact := range is {
		if !slices.Contains(was, fact) {
			parts = append(parts, "+"+fact)
		}
	}
	for _, fact := range was {
		if !slices.Contains(is, fact) {
			parts = append(parts, "-"+fact)
		}
	}
	return strings.Join(parts, ", ")
}

func objects(f *accessfile.File) []object {
	var list []object
	add := func(kind, name string, facts ...string) { list = append(list, object{kind, name, facts}) }
	for _, platform := range f.Organization.Platforms {
		own := f.Platforms[platform.Slug]
		facts := append([]string{"model " + platform.Model.Edition}, pairs("", platform.Settings)...)
		if platform.Plan != "" {
			facts = append(facts, "plan "+platform.Plan)
		}
		if own.Seats > 0 {
			facts = append(facts, fmt.Sprintf("%d seats", own.Seats))
		}
		add("platform", platform.Slug, facts...)
		for _, res := range platform.Resources {
			facts := pairs("", res.Settings)
			if res.Category != "" {
				facts = append(facts, "category "+res.Category)
			}
			add("resource", res.Path, facts...)
		}
		for _, role := range platform.Roles {
			add("role", platform.Slug+"/"+role.Name, append(roleFacts(role), role.Permissions...)...)
		}
	}
	for _, user := range f.Organization.Users {
		add("user", user.ID, userFacts(f, user)...)
	}
	for _, name := range f.Organization.ServiceUsers {
		add("service_user", name)
	}
	for _, team := range f.Organization.Teams {
		add("team", team.Name, team.Members...)
	}
	for _, grant := range f.Organization.Grants {
		add("grant", grantName(grant))
	}
	for _, test := range f.Tests {
		add("test", Says(test))
	}
	return list
}

func roleFacts(role access.Role) []string {
	facts := []string{"at " + strings.Join(role.At, " or ")}
	if role.BasedOn != "" {
		facts = append(facts, "based on "+role.BasedOn)
	}
	return facts
}

func userFacts(f *accessfile.File, user access.UserFacts) []string {
	facts := pairs("license on ", user.Licenses)
	if user.Inactive {
		facts = append(facts, "inactive")
	}
	for _, slug := range user.On {
		facts = append(facts, "member of "+slug)
	}
	if name := f.Names[user.ID]; name != "" {
		facts = append(facts, fmt.Sprintf("name %q", name))
	}
	return facts
}

func pairs(prefix string, values map[string]string) []string {
	var facts []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		facts = append(facts, prefix+key+": "+values[key])
	}
	return facts
}

// grantName writes a grant with all that tells it from others.
func grantName(g access.Grant) string {
	text := fmt.Sprintf("%s to %s on %s", g.Role, g.To, g.On)
	if len(g.Environments) > 0 {
		text += " for " + strings.Join(slices.Sorted(slices.Values(g.Environments)), ", ")
	}
	if !g.From.IsZero() {
		text += " from " + g.From.Format(time.RFC3339)
	}
	if !g.Until.IsZero() {
		text += " until " + g.Until.Format(time.RFC3339)
	}
	return text
}

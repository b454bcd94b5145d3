package rolemodel

import (
	"fmt"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// A rule is one key of "rules:".
type rule struct {
	key  string
	read func(yamltext.Value)
}

// ruleKeys lists the rules in the order in which they are read, whatever their order in the text: conditional and
// switches name settings.
func (r *reader) ruleKeys() []rule {
	return []rule{
		{"ranked", func(v yamltext.Value) { r.model.Ranked = v.Bool(&r.Problems) }},
		{"user_ids", r.readUserIDs},
		{"settings", r.readSettings},
		{"minimum_role", r.readMinimumRole},
		{"member_role", func(v yamltext.Value) { r.model.MemberRole = r.roleAt(v, r.root()) }},
		{"one_role_per", func(v yamltext.Value) { r.model.OneRolePer = r.knownList(v, "kind", r.kinds) }},
		{"rises", r.readRises},
		{"reaches", r.readReaches},
		{"override", r.readOverride},
		{"conditional", r.readConditional},
		{"switches", r.readSwitches},
		{"licenses", r.readLicenses},
		{"custom_roles", r.readCustomRoles},
		{"never_in_custom_roles", r.readClosed},
		{"plans", r.readPlans},
	}
}

func (r *reader) readRules(v yamltext.Value) {
	if !v.Given() {
		return
	}
	given := map[string]yamltext.Value{}
	known := map[string]func(yamltext.Value){}
	for _, rule := range r.ruleKeys() {
		known[rule.key] = func(v yamltext.Value) { given[rule.key] = v }
	}
	r.fields(v, known)
	for _, rule := range r.ruleKeys() {
		if v, ok := given[rule.key]; ok {
			rule.read(v)
		}
	}
}

// readUserIDs reads whether the ids of users are e-mail addresses.
func (r *reader) readUserIDs(v yamltext.Value) {
	switch word := v.Text(&r.Problems); {
	case word == "any":
		r.model.AnyUserID = true
	case word != "email" && v.IsText():
		r.Add(v, fmt.Sprintf("user ids cannot be %q", word), "write email, or any where ids need no @")
	}
}

func (r *reader) readMinimumRole(v yamltext.Value) {
	r.model.MinimumRole = map[string]string{}
	for _, e := range v.Entries(&r.Problems) {
		if _, ok := r.kinds[e.Key]; !ok {
			r.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("unknown kind %q", e.Key), suggest.OneOf(e.Key, keys(r.kinds)))
			continue
		}
		r.model.MinimumRole[e.Key] = r.roleAt(e.Value, e.Key)
	}
}

// readRises reads which permissions hold at the root for grants made below it.
func (r *reader) readRises(v yamltext.Value) {
	for _, item := range v.List(&r.Problems) {
		var names, from []string
		given := 0
		r.fields(item, map[string]func(yamltext.Value){
			"permissions": func(v yamltext.Value) { names = r.rootPermissions(v); given++ },
			"every":       func(v yamltext.Value) { names = r.everyAtRoot(v); given++ },
			"from":        func(v yamltext.Value) { from = r.knownList(v, "kind", r.kinds) },
		}, "from")
		if given != 1 {
			r.Add(item, "the entry has not exactly one of \"permissions\" and \"every\"", "list the permissions, or write every: "+r.root())
		}
		if slices.Contains(from, r.root()) {
			r.Add(item, "a grant at the root gives it anyway", "leave "+r.root()+" out of \"from\"")
		}
		for _, name := range names {
			p := &r.model.Permissions[r.permissions[name]]
			if len(p.RisesFrom) > 0 {
				r.Add(item, fmt.Sprintf("an earlier entry lets %s rise", name), "keep one of them")
			}
			p.RisesFrom = slices.Clone(from)
		}
	}
}

// rootPermissions reads a list of permissions that are asked at the root.
func (r *reader) rootPermissions(v yamltext.Value) []string {
	names := r.knownList(v, "permission", r.permissions)
	for i, item := range v.List(&r.Problems) {
		if at, ok := r.permissions[names[i]]; ok && r.model.Permissions[at].At != r.root() {
			r.Add(item, fmt.Sprintf("%s is asked at %s", names[i], r.model.Permissions[at].At), "only permissions at "+r.root()+" can rise to it")
		}
	}
	if r.Any() {
		return nil
	}
	return names
}

// everyAtRoot reads the name of the root, for all permissions that are asked there.
func (r *reader) everyAtRoot(v yamltext.Value) []string {
	if kind := v.Text(&r.Problems); kind != r.root() {
		r.Add(v, fmt.Sprintf("permissions at %q cannot rise", kind), "write "+r.root()+", the root")
		return nil
	}
	var names []string
	for _, p := range r.model.Permissions {
		if p.At == r.root() {
			names = append(names, p.Name)
		}
	}
	return names
}

// readReaches reads which permissions hold at "*" scopes beneath the parent that they were granted at.
func (r *reader) readReaches(v yamltext.Value) {
	for _, item := range v.List(&r.Problems) {
		var names, scopes []string
		r.fields(item, map[string]func(yamltext.Value){
			"permissions": func(v yamltext.Value) { names = r.knownList(v, "permission", r.permissions) },
			"scopes":      func(v yamltext.Value) { scopes = r.stars(v) },
		}, "permissions", "scopes")
		for _, name := range names {
			if at, ok := r.permissions[name]; ok {
				r.model.Permissions[at].Reaches = slices.Clone(scopes)
			}
		}
	}
}

// stars reads a list of kinds of "*" scopes.
func (r *reader) stars(v yamltext.Value) []string {
	names := r.knownList(v, "kind", r.kinds)
	for i, item := range v.List(&r.Problems) {
		if at, ok := r.kinds[names[i]]; ok && r.model.Kinds[at].StarOf == "" {
			r.Add(item, fmt.Sprintf("%s is no \"*\" scope", names[i]), "name a kind that has star_of")
		}
	}
	return names
}

// readClosed reads which permissions no custom role may contain.
func (r *reader) readClosed(v yamltext.Value) {
	for _, name := range r.knownList(v, "permission", r.permissions) {
		if at, ok := r.permissions[name]; ok {
			r.model.Permissions[at].Closed = true
		}
	}
}

func (r *reader) readCustomRoles(v yamltext.Value) {
	for _, item := range v.List(&r.Problems) {
		var rule access.CustomRoleRule
		r.fields(item, map[string]func(yamltext.Value){
			"at":       func(v yamltext.Value) { rule.At = r.known(v, "kind", r.kinds) },
			"grant_at": func(v yamltext.Value) { rule.GrantAt = r.knownList(v, "kind", r.kinds) },
			"levels":   func(v yamltext.Value) { rule.Levels = r.knownList(v, "kind", r.kinds) },
			"holders":  func(v yamltext.Value) { rule.Holders = r.holders(v) },
		}, "at", "grant_at", "levels", "holders")
		if slices.ContainsFunc(r.model.CustomRoles, func(c access.CustomRoleRule) bool { return c.At == rule.At }) {
			r.Add(item, fmt.Sprintf("custom roles at %s stand twice", rule.At), "keep one of them")
		}
		if !r.Any() {
			r.checkCustomLevels(item, rule)
		}
		r.model.CustomRoles = append(r.model.CustomRoles, rule)
	}
}

// checkCustomLevels makes sure that what a custom role may contain can be reached from where it may be granted.
func (r *reader) checkCustomLevels(v yamltext.Value, rule access.CustomRoleRule) {
	for _, level := range rule.Levels {
		reachable := slices.ContainsFunc(rule.GrantAt, func(at string) bool { return r.asks(at, level) })
		if !reachable || r.kind(level).StarOf != "" {
			r.Add(v, fmt.Sprintf("a custom role at %s can never reach permissions of level %s", rule.At, level),
				"leave the level out, or let the role be granted above it")
		}
	}
}

package rolemodel

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// readGovernance reads who may change what. An edition can leave it out as a whole.
func (r *reader) readGovernance(v yamltext.Value) {
	if !v.Given() {
		return
	}
	g := &r.model.Governance
	given := map[string]yamltext.Value{}
	known := map[string]func(yamltext.Value){}
	rules := r.governanceKeys(g)
	for _, rule := range rules {
		known[rule.key] = func(v yamltext.Value) { given[rule.key] = v }
	}
	r.fields(v, known, "administrators", "operations", "may_give")
	for _, rule := range rules {
		if v, ok := given[rule.key]; ok {
			rule.read(v)
		}
		if rule.key == "operations" && r.Any() {
			return // what follows names operations and would repeat what is wrong with them
		}
	}
}

// governanceKeys lists the keys in the order in which they are read: what comes after the operations names some of them.
func (r *reader) governanceKeys(g *access.Governance) []rule {
	return []rule{
		{"administrators", func(v yamltext.Value) { g.Administrators = r.administrators(v) }},
		{"administrator_licenses", func(v yamltext.Value) { g.AdministratorLicenses = r.knownList(v, "license", r.licenses()) }},
		{"operations", r.readOperations},
		{"may_give", r.readMayGive},
		{"not_on_self", func(v yamltext.Value) {
			g.NotOnSelf = r.operationsOf(v, access.OpMemberUpdate, access.OpMemberRemove, access.OpLicenseSet, access.OpTeamEditMembers)
		}},
		{"not_while_provisioned", func(v yamltext.Value) {
			g.NotWhileProvisioned = r.operationsOf(v, access.OpMemberAdd, access.OpMemberUpdate, access.OpMemberRemove,
				access.OpLicenseSet, access.OpTeamCreate, access.OpTeamRename, access.OpTeamEditMembers, access.OpTeamDelete)
		}},
		{"default_role", r.readDefaultRole},
		{"first_logins", r.readFirstLogins},
		{"creators", r.readCreators},
		{"copy_grants", func(v yamltext.Value) { g.CopyGrants = r.governedKinds(v, access.OpResourceCreate) }},
		{"keep_last", func(v yamltext.Value) { g.KeepLast = r.governedKinds(v, access.OpResourceDelete) }},
		{"delete_empty", func(v yamltext.Value) { g.DeleteEmpty = r.governedKinds(v, access.OpResourceDelete) }},
	}
}

// administrators reads a list of roles at the root that people have: by a grant or as members of a team.
func (r *reader) administrators(v yamltext.Value) []string {
	names := r.roleListAt(v, r.root())
	for i, item := range v.List(&r.Problems) {
		at, ok := r.roles[names[i]]
		if holders := r.model.Roles[at].Holders; ok && !slices.Contains(holders, access.User) && !slices.Contains(holders, access.Team) {
			r.Add(item, fmt.Sprintf("no person can have role %q", names[i]), "name a role whose holders include user or team")
		}
	}
	return names
}

func (r *reader) licenses() map[string]int {
	known := map[string]int{}
	for i, l := range r.model.Licenses {
		known[l.Name] = i
	}
	return known
}

// operationsOf reads a list of operations out of some, each of which somebody may do.
func (r *reader) operationsOf(v yamltext.Value, some ...string) []string {
	can := map[string]int{}
	for i, name := range some {
		can[name] = i
	}
	names := r.knownList(v, "operation for this list", can)
	for i, item := range v.List(&r.Problems) {
		if _, ok := can[names[i]]; ok && !r.governs(names[i], "") {
			r.Add(item, fmt.Sprintf("nobody may do %s anyway", names[i]), "leave it out, or write its row in operations")
		}
	}
	return names
}

// governs reports whether there is a row for an operation.
func (r *reader) governs(name, kind string) bool {
	return slices.ContainsFunc(r.model.Governance.Operations, func(o access.Operation) bool { return o.Name == name && o.Kind == kind })
}

// governedKinds reads a list of kinds with whose resources an operation can be done.
func (r *reader) governedKinds(v yamltext.Value, operation string) []string {
	names := r.knownList(v, "kind", r.kinds)
	for i, item := range v.List(&r.Problems) {
		r.governedKind(names[i], operation, item.Place(), item.Path)
	}
	return names
}

func (r *reader) governedKind(kind, operation string, at yamltext.Place, path string) {
	if _, ok := r.kinds[kind]; ok && !r.governs(operation, kind) {
		r.AddAt(at, path, fmt.Sprintf("operations has no row %s for %s", operation, kind), "leave it out, or write the row")
	}
}

// readDefaultRole reads which setting names the role of new members.
func (r *reader) readDefaultRole(v yamltext.Value) {
	d := &access.DefaultRole{}
	var setting, none yamltext.Value
	r.fields(v, map[string]func(yamltext.Value){
		"setting": func(v yamltext.Value) { setting = v; d.Setting = v.Text(&r.Problems) },
		"none":    func(v yamltext.Value) { none = v; d.None = v.Text(&r.Problems) },
	}, "setting")
	r.model.Governance.DefaultRole = d
	if !setting.IsText() {
		return
	}
	s := r.setting(d.Setting)
	if s == nil {
		r.Add(setting, fmt.Sprintf("there is no setting %q", d.Setting), suggest.OneOf(d.Setting, r.settingNames()))
		return
	}
	if none.IsText() && !slices.Contains(s.Values, d.None) {
		r.Add(none, fmt.Sprintf("setting %s has no value %q", s.Name, d.None), suggest.OneOf(d.None, s.Values))
	}
	for _, value := range s.Values {
		i, ok := r.roles[value]
		if value != d.None && (!ok || !slices.Contains(r.model.Roles[i].At, s.At) || !slices.Contains(r.model.Roles[i].Holders, access.User)) {
			r.Add(setting, fmt.Sprintf("its value %s is no role of people at %s", value, s.At), "let the values be such roles; \"none\" names the one that stands for no role")
		}
	}
}

func (r *reader) setting(name string) *access.Setting {
	for i := range r.model.Settings {
		if r.model.Settings[i].Name == name {
			return &r.model.Settings[i]
		}
	}
	return nil
}

func (r *reader) settingNames() []string {
	var names []string
	for _, s := range r.model.Settings {
		names = append(names, s.Name)
	}
	return names
}

// readFirstLogins reads how many members become what by signing in first.
func (r *reader) readFirstLogins(v yamltext.Value) {
	f := &access.FirstLogins{}
	r.fields(v, map[string]func(yamltext.Value){
		"count": func(v yamltext.Value) { f.Count = v.Int(&r.Problems, 1) },
		"role":  func(v yamltext.Value) { f.Role = r.personalRoleAt(v, r.root()) },
	}, "count", "role")
	r.model.Governance.FirstLogins = f
}

// personalRoleAt reads the name of a role that people can be granted at a kind.
func (r *reader) personalRoleAt(v yamltext.Value, kind string) string {
	name := r.roleAt(v, kind)
	if i, ok := r.roles[name]; ok && !slices.Contains(r.model.Roles[i].Holders, access.User) {
		r.Add(v, fmt.Sprintf("role %q cannot be granted to people", name), "name a role whose holders include user")
	}
	return name
}

// readCreators reads what the creators of resources get on them.
func (r *reader) readCreators(v yamltext.Value) {
	for _, e := range v.Entries(&r.Problems) {
		if _, ok := r.kinds[e.Key]; !ok {
			r.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("unknown kind %q", e.Key), suggest.OneOf(e.Key, keys(r.kinds)))
			continue
		}
		r.governedKind(e.Key, access.OpResourceCreate, e.KeyAt, e.Value.Path)
		r.model.Governance.Creators = append(r.model.Governance.Creators, access.Creator{Kind: e.Key, Role: r.personalRoleAt(e.Value, e.Key)})
	}
}

// resourcesBelow lists the kinds of resources beneath the root.
func (r *reader) resourcesBelow() []string {
	var names []string
	for _, k := range r.model.Kinds[1:] {
		if k.StarOf == "" {
			names = append(names, k.Name)
		}
	}
	return names
}

// always reports whether every resource of a kind lies beneath one of another kind.
func (r *reader) always(name, above string) bool {
	under := r.kind(name).Under
	return len(under) > 0 && !slices.ContainsFunc(under, func(parent string) bool { return parent != above && !r.always(parent, above) })
}

// orList writes names for people: "a, b or c".
func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

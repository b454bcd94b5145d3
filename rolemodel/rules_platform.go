package rolemodel

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// readSettings reads the switches of a platform; the first value of each is the default.
func (r *reader) readSettings(v yamltext.Value) {
	for _, e := range v.Entries(&r.Problems) {
		s := access.Setting{Name: e.Key}
		r.word(e.Key, e.KeyAt, e.Value.Path)
		r.fields(e.Value, map[string]func(yamltext.Value){
			"at": func(v yamltext.Value) {
				s.At = r.known(v, "kind", r.kinds)
				if i, ok := r.kinds[s.At]; ok && r.model.Kinds[i].StarOf != "" {
					r.Add(v, "a \"*\" scope carries no settings", suggest.OneOf("", r.resourceKinds()))
				}
			},
			"values": func(v yamltext.Value) {
				for _, item := range v.List(&r.Problems) {
					value := item.Text(&r.Problems)
					if item.IsText() && r.word(value, item.Place(), item.Path) && slices.Contains(s.Values, value) {
						r.Add(item, fmt.Sprintf("value %q stands twice", value), "keep one of them")
					}
					s.Values = append(s.Values, value)
				}
				if v.IsList() && len(s.Values) < 2 {
					r.Add(v, "a setting has at least two values", "write the default first, then the others")
				}
			},
		}, "at", "values")
		r.model.Settings = append(r.model.Settings, s)
	}
}

// rootSetting reads the name of a setting of the root.
func (r *reader) rootSetting(v yamltext.Value) *access.Setting {
	name := v.Text(&r.Problems)
	var names []string
	for i := range r.model.Settings {
		s := &r.model.Settings[i]
		if s.At != r.root() {
			continue
		}
		if s.Name == name {
			return s
		}
		names = append(names, s.Name)
	}
	r.Add(v, fmt.Sprintf("there is no setting %q of the %s", name, r.root()), suggest.OneOf(name, names))
	return nil
}

// settingValue reads {setting, value} and checks that the one takes the other.
func (r *reader) settingValue(setting, value yamltext.Value) (name, word string) {
	s := r.rootSetting(setting)
	word = value.Text(&r.Problems)
	if s == nil {
		return "", word
	}
	if value.IsText() && !slices.Contains(s.Values, word) {
		r.Add(value, fmt.Sprintf("setting %s has no value %q", s.Name, word), suggest.OneOf(word, s.Values))
	}
	return s.Name, word
}

// readSwitches reads which roles contain more under a setting of the platform.
func (r *reader) readSwitches(v yamltext.Value) {
	for _, item := range v.List(&r.Problems) {
		var role, adds string
		var setting, value yamltext.Value
		r.fields(item, map[string]func(yamltext.Value){
			"role":                func(v yamltext.Value) { role = r.known(v, "role", r.roles) },
			"setting":             func(v yamltext.Value) { setting = v },
			"value":               func(v yamltext.Value) { value = v },
			"adds_permissions_of": func(v yamltext.Value) { adds = r.known(v, "role", r.roles) },
		}, "role", "setting", "value", "adds_permissions_of")
		if r.Any() {
			continue
		}
		when := &access.RoleSwitch{}
		when.Setting, when.Value = r.settingValue(setting, value)
		to := r.role(role)
		if to.When != nil {
			r.Add(item, fmt.Sprintf("role %s has a switch already", role), "a role has at most one")
		}
		for _, p := range r.role(adds).Permissions {
			if !slices.Contains(to.Permissions, p) {
				when.Adds = append(when.Adds, p)
			}
		}
		to.When = when
	}
}

// readLicenses reads the seat types. One with "replaces" stands in the place of the user's grants.
func (r *reader) readLicenses(v yamltext.Value) {
	for _, e := range v.Entries(&r.Problems) {
		l := access.License{Name: e.Key}
		r.word(e.Key, e.KeyAt, e.Value.Path)
		r.fields(e.Value, map[string]func(yamltext.Value){
			"title": func(v yamltext.Value) { l.Title = r.title(v) },
			"replaces": func(v yamltext.Value) {
				l.Replaces = true
				for _, item := range v.List(&r.Problems) {
					l.Profile = append(l.Profile, r.licensedRole(item))
				}
			},
		}, "title")
		r.model.Licenses = append(r.model.Licenses, l)
	}
}

// licensedRole reads a role that a license gives, on the whole platform.
func (r *reader) licensedRole(v yamltext.Value) access.LicensedRole {
	var given access.LicensedRole
	var role yamltext.Value
	r.fields(v, map[string]func(yamltext.Value){
		"role": func(v yamltext.Value) { role = v },
		"at": func(v yamltext.Value) {
			given.At = r.known(v, "kind", r.kinds)
			i, ok := r.kinds[given.At]
			if ok && i != 0 && (r.model.Kinds[i].StarOf == "" || !slices.Contains(r.model.Kinds[i].Under, r.root())) {
				r.Add(v, fmt.Sprintf("a license cannot give a role at %s", given.At), "it gives roles at "+r.root()+" or at a \"*\" scope under it")
			}
		},
	}, "role", "at")
	if role.Given() {
		given.Role = r.roleAt(role, given.At)
	}
	return given
}

// Plan gates that are no role and no scope.
var planWords = [...]string{"teams", "service_users", "custom_roles"}

// readPlans reads the price plans, from the smallest to the largest.
func (r *reader) readPlans(v yamltext.Value) {
	for _, e := range v.Entries(&r.Problems) {
		plan := access.Plan{Name: e.Key}
		r.word(e.Key, e.KeyAt, e.Value.Path)
		r.fields(e.Value, map[string]func(yamltext.Value){
			"without": func(v yamltext.Value) {
				for _, item := range v.List(&r.Problems) {
					plan.Without = append(plan.Without, r.gate(item))
				}
			},
		}, "without")
		r.model.Plans = append(r.model.Plans, plan)
	}
}

// gate reads one thing that a plan does not have.
func (r *reader) gate(v yamltext.Value) string {
	word := v.Text(&r.Problems)
	what, name, named := strings.Cut(word, ":")
	declared := map[string]map[string]int{"role": r.roles, "scope": r.kinds}[what]
	_, known := declared[name]
	switch {
	case !v.IsText() || slices.Contains(planWords[:], word) || known:
	case named && declared != nil:
		r.Add(v, fmt.Sprintf("a plan gates an unknown %s %q", what, name), suggest.OneOf(name, keys(declared)))
	default:
		r.Add(v, fmt.Sprintf("a plan cannot be without %q", word), "it can be without role:NAME, scope:KIND, "+strings.Join(planWords[:], ", "))
	}
	return word
}

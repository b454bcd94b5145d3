package rolemodel

import (
	"fmt"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// readOverride reads which grants hang on another one and may only be more permissive.
func (r *reader) readOverride(v yamltext.Value) {
	o := &access.Override{}
	var disabled, disabledRoot, only yamltext.Value
	keep := func(into *yamltext.Value) func(yamltext.Value) { return func(v yamltext.Value) { *into = v } }
	r.fields(v, map[string]func(yamltext.Value){
		"at":           func(v yamltext.Value) { o.Kind = r.known(v, "kind", r.kinds) },
		"base":         func(v yamltext.Value) { o.Base = r.known(v, "kind", r.kinds) },
		"disabled_for": keep(&disabled), "disabled_for_root": keep(&disabledRoot), "roles": keep(&only),
	}, "at", "base")
	if r.Any() {
		return
	}
	if !slices.Contains(r.kind(o.Kind).Under, o.Base) {
		r.Add(v, fmt.Sprintf("%s is not directly under %s", o.Kind, o.Base), "the base of an override is the parent of the resource")
	}
	if disabled.Given() {
		o.DisabledFor = r.roleListAt(disabled, o.Base)
	}
	if disabledRoot.Given() {
		o.DisabledForRoot = r.roleListAt(disabledRoot, r.root())
	}
	if only.Given() {
		o.Roles = r.roleListAt(only, o.Kind)
	}
	r.model.Override = o
}

// readConditional reads which "*" grants count only with access to the parent of what they stand for.
func (r *reader) readConditional(v yamltext.Value) {
	c := &access.Conditional{}
	r.fields(v, map[string]func(yamltext.Value){
		"kind":   func(v yamltext.Value) { c.Kind = r.known(v, "kind", r.kinds) },
		"parent": func(v yamltext.Value) { c.Parent = r.known(v, "kind", r.kinds) },
		"unless": func(v yamltext.Value) {
			var setting, value yamltext.Value
			r.fields(v, map[string]func(yamltext.Value){
				"setting": func(v yamltext.Value) { setting = v },
				"value":   func(v yamltext.Value) { value = v },
			}, "setting", "value")
			if setting.Given() && value.Given() {
				c.Setting, c.Off = r.settingValue(setting, value)
			}
		},
	}, "kind", "parent")
	if r.Any() {
		return
	}
	if !slices.Contains(r.kind(c.Kind).Under, c.Parent) {
		r.Add(v, fmt.Sprintf("%s is not directly under %s", c.Kind, c.Parent), "name the kind that it stands under")
	}
	if !slices.ContainsFunc(r.model.Kinds, func(k access.Kind) bool { return k.StarOf == c.Kind }) {
		r.Add(v, fmt.Sprintf("no \"*\" scope stands for %s", c.Kind), "the rule is about grants on \"*\" scopes; declare a kind with star_of: "+c.Kind)
	}
	r.model.Conditional = c
}

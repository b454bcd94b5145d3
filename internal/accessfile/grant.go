package accessfile

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// allCategories is the word for every environment category, now and later.
const allCategories = "all"

func (r *reader) grants(v yamltext.Value) {
	for _, item := range v.List(r.p) {
		grant, fields := r.grant(item)
		// A grant with problems stays in the list: indexes and places run parallel, and nothing is done with it.
		r.file.Organization.Grants = append(r.file.Organization.Grants, grant)
		r.file.Places.Grants = append(r.file.Places.Grants, item.Place())
		r.grantFields = append(r.grantFields, fields)
	}
}

// grant reads one grant; the places of its fields are for what the platform's rules say of them.
func (r *reader) grant(item yamltext.Value) (access.Grant, map[string]yamltext.Place) {
	var grant access.Grant
	var to, role, on, environments, until yamltext.Value
	item.Fields(r.p, map[string]func(yamltext.Value){
		"to":           func(v yamltext.Value) { to = v },
		"role":         func(v yamltext.Value) { role = v },
		"on":           func(v yamltext.Value) { on = v },
		"environments": func(v yamltext.Value) { environments = v },
		"from":         func(v yamltext.Value) { grant.From = v.Time(r.p) },
		"until":        func(v yamltext.Value) { until, grant.Until = v, v.Time(r.p) },
	})
	if !item.IsMapping() {
		if !item.Given() {
			r.p.Add(item, "the grant is empty", "write {to: …, role: …, on: …}")
		}
		return grant, nil
	}
	for _, must := range []struct {
		key   string
		value yamltext.Value
	}{{"to", to}, {"role", role}, {"on", on}} {
		if !must.value.Given() {
			r.p.Add(item, "the grant has no "+must.key+":", "write {to: HOLDER, role: ROLE, on: PATH}")
			return grant, nil
		}
	}
	grant.To = r.holder(to)
	platform, path := r.resource(on)
	grant.On = path
	if platform != nil {
		grant.Role = r.roleOf(platform, role)
		grant.Environments = r.environments(platform, environments)
	}
	return grant, map[string]yamltext.Place{"to": to.Place(), "role": role.Place(), "on": on.Place(),
		"environments": environments.Place(), "until": until.Place()}
}

// holder reads user:ana@acme.test, service_user:ci or team:data.
func (r *reader) holder(v yamltext.Value) access.Holder {
	text := v.Text(r.p)
	word, name, found := strings.Cut(text, ":")
	kind := access.ParseHolderKind(word)
	if !found || kind == access.NoHolder {
		r.p.Add(v, fmt.Sprintf("%q does not say who it is", text), r.holderSuggestion(text))
		return access.Holder{}
	}
	return r.known(v, kind, name)
}

// holderSuggestion says how the holder of that name is written.
func (r *reader) holderSuggestion(text string) string {
	_, name, found := strings.Cut(text, ":")
	if !found {
		name = text
	}
	if id, err := userID(name, r.anyUserID); err == nil {
		if _, exists := r.file.Places.Users[id]; exists {
			return fmt.Sprintf("write %q", "user:"+id)
		}
	}
	if _, exists := r.file.Places.ServiceUsers[name]; exists {
		return fmt.Sprintf("write %q", "service_user:"+name)
	}
	if _, exists := r.file.Places.Teams[name]; exists {
		return fmt.Sprintf("write %q", "team:"+name)
	}
	return "write user:NAME@EXAMPLE.ORG, service_user:NAME or team:NAME"
}

// known returns a holder that the file has, or reports that it has none of that name.
func (r *reader) known(v yamltext.Value, kind access.HolderKind, name string) access.Holder {
	switch kind {
	case access.User:
		id, _ := r.knownUser(v.Place(), v.Path, name)
		return access.Holder{Kind: kind, ID: id}
	case access.ServiceUser:
		r.exists(v, "service user", name, r.file.Places.ServiceUsers)
	case access.Team:
		r.exists(v, "team", name, r.file.Places.Teams)
	case access.Agent:
		r.p.Add(v, fmt.Sprintf("agents are not in the access file (%q)", "agent:"+name), "create the agent and its token with bailiwick token create")
	}
	return access.Holder{Kind: kind, ID: name}
}

func (r *reader) exists(v yamltext.Value, what, name string, places map[string]yamltext.Place) {
	if _, exists := places[name]; !exists {
		r.p.Add(v, fmt.Sprintf("there is no %s %q", what, name), r.oneOf(name, keys(places)))
	}
}

// resource reads the path of a resource or a "*" scope that exists; the platform is nil where it does not.
func (r *reader) resource(v yamltext.Value) (*access.Platform, string) {
	text := v.Text(r.p)
	segments, err := access.SplitPath(text)
	if err != nil {
		r.p.Add(v, "the path cannot be read: "+err.Error(), "write it as platform/name/name")
		return nil, ""
	}
	first := segments[0].String()
	platform := r.platformNamed(v.Place(), v.Path, first)
	if platform == nil {
		return nil, ""
	}
	path := access.JoinPath(segments)
	if _, exists := r.file.Places.Resources[path]; exists {
		return platform, path
	}
	last := len(segments) - 1
	if segments[last].Star {
		return r.star(v, platform, segments)
	}
	r.p.Add(v, fmt.Sprintf("there is no resource %q", path), r.oneOf(path, r.pathsOf(platform.Slug)))
	return nil, ""
}

// star reads a path whose last segment is "*": all resources of a kind beneath an existing parent.
func (r *reader) star(v yamltext.Value, platform *access.Platform, segments []access.Segment) (*access.Platform, string) {
	last := len(segments) - 1
	parent := access.JoinPath(segments[:last])
	if _, exists := r.file.Places.Resources[parent]; !exists {
		r.p.Add(v, fmt.Sprintf("there is no resource %q", parent), r.oneOf(parent, r.pathsOf(platform.Slug)))
		return nil, ""
	}
	if _, err := platform.Model.PathKind(segments[1:]); err != nil {
		r.p.Add(v, fmt.Sprintf("%s has no scope %q beneath %s", platform.Model.Product, segments[last].String(), parent),
			r.starSuggestion(platform.Model, parent, segments[1:last]))
		return nil, ""
	}
	return platform, access.JoinPath(segments)
}

// starSuggestion names the "*" scopes that the parent does have.
func (r *reader) starSuggestion(model *access.Model, parent string, below []access.Segment) string {
	kind, err := model.PathKind(below)
	if err != nil {
		return ""
	}
	var scopes []string
	for _, k := range model.Kinds {
		if k.StarOf != "" && has(k.Under, kind.Name) {
			scopes = append(scopes, parent+"/"+access.Segment{Prefix: k.Prefix, Star: true}.String())
		}
	}
	if len(scopes) == 0 {
		return fmt.Sprintf("grant on %q itself", parent)
	}
	return "it can be " + strings.Join(scopes, ", ")
}

func (r *reader) pathsOf(slug string) []string {
	paths := []string{slug}
	for _, res := range r.file.Platform(slug).Resources {
		paths = append(paths, res.Path)
	}
	return paths
}

func (r *reader) roleOf(platform *access.Platform, v yamltext.Value) string {
	name := v.Text(r.p)
	if names := roleNames(platform); !has(names, name) {
		r.p.Add(v, fmt.Sprintf("%s has no role %q", platform.Slug, name), r.oneOf(name, names))
	}
	return name
}

// environments reads the categories that lift a grant's permissions. Whether the role has such permissions is a rule.
func (r *reader) environments(platform *access.Platform, v yamltext.Value) []string {
	if !v.Given() {
		return nil
	}
	var possible []string
	for _, kind := range platform.Model.Kinds {
		possible = append(possible, kind.Categories...)
	}
	if len(possible) == 0 {
		r.p.Add(v, platform.Model.Product+" has no environment categories", "remove environments:")
		return nil
	}
	possible = append(possible, allCategories)
	var words []string
	for _, item := range v.List(r.p) {
		word := item.Text(r.p)
		switch {
		case !has(possible, word):
			r.p.Add(item, fmt.Sprintf("there is no environment category %q", word), r.oneOf(word, possible))
		case has(words, word):
			r.p.Add(item, fmt.Sprintf("%q stands twice", word), "keep one of them")
		default:
			words = append(words, word)
		}
	}
	return words
}

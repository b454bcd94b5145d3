package graphql

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// ssoDefaultRole is the one key of Dagster's settings that decides access: which role a new person gets on a deployment.
const ssoDefaultRole = "sso_default_role"

// objectOf is a settings document as an object; one that was left out is empty.
func objectOf(value any) (map[string]any, error) {
	switch value := value.(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return value, nil
	}
	return nil, fault.New(fault.Invalid, "settings are an object").In("settings").Rather("write {\"run_queue\": {…}}")
}

// takeRole takes the default role out of settings, wherever in them it stands, and leaves null in its place so that it is
// shown there again. The settings are changed. Two that differ are an error.
func takeRole(settings map[string]any) (role string, is bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		found, here := "", false
		switch value := settings[name].(type) {
		case map[string]any:
			found, here, err = takeRole(value)
		case string:
			if here = name == ssoDefaultRole; here {
				found, settings[name] = strings.ToLower(value), nil
			}
		default:
			if name == ssoDefaultRole && value != nil {
				err = fault.New(fault.Invalid, "a role is a text").In(ssoDefaultRole).Rather("one of VIEWER, LAUNCHER, EDITOR, ADMIN, NO_ACCESS")
			}
		}
		switch {
		case err != nil:
			return "", false, err
		case here && is && found != role:
			return "", false, fault.New(fault.Invalid, "there are two default roles in the settings").In(ssoDefaultRole).By("twice").Rather("write it once")
		case here:
			role, is = found, true
		}
	}
	return role, is, nil
}

// putRole is the inverse of takeRole: it tells whether there was a place.
func putRole(settings map[string]any, role string) bool {
	put := false
	for name, value := range settings {
		if inner, is := value.(map[string]any); is {
			put = putRole(inner, role) || put
		}
		if value != nil || name != ssoDefaultRole {
			continue
		}
		if put = true; role == "" {
			delete(settings, name)
		} else {
			settings[name] = role
		}
	}
	return put
}

// merged is settings with others laid over them: objects are merged, anything else replaced.
func merged(under, over map[string]any) map[string]any {
	all := maps.Clone(under)
	for name, value := range over {
		below, both := all[name].(map[string]any)
		if above, is := value.(map[string]any); is && both {
			value = merged(below, above)
		}
		all[name] = value
	}
	return all
}

// storedSettings are a document's settings, as they are stored.
func storedSettings(document string) map[string]any {
	found := map[string]any{}
	if document == "" || json.Unmarshal([]byte(document), &found) != nil || found == nil {
		return map[string]any{}
	}
	return found
}

// deploymentSettings are those of a deployment, the default role in its place.
func deploymentSettings(r *state.Resource) *model.DeploymentSettings {
	found, role := storedSettings(r.Documents[documentSettings]), strings.ToUpper(r.Settings[ssoDefaultRole])
	if !putRole(found, role) && role != "" {
		found[ssoDefaultRole] = role
	}
	return &model.DeploymentSettings{Settings: found}
}

// setDeploymentSettings replaces a deployment's settings, or lays others over them: the document and the default role in one
// change. A default role that a replacement does not name is the usual one again.
func (a *asking) setDeploymentSettings(ctx context.Context, number *int, value any, merge bool) (*model.DeploymentSettings, error) {
	d, err := a.numbered(number)
	if err != nil {
		return nil, err
	}
	given, err := objectOf(value)
	if err != nil {
		return nil, err
	}
	given = cloned(given) // the value of a variable can stand in two fields
	role, named, err := takeRole(given)
	if err != nil {
		return nil, err
	}
	if merge {
		given = merged(storedSettings(d.Documents[documentSettings]), given)
	}
	commands := []client.Command{documentSet(d.Path, documentSettings, given)}
	if (named || !merge) && role != d.Settings[ssoDefaultRole] {
		commands = append(commands, client.ResourceUpdate{Resource: d.Path, Settings: map[string]string{ssoDefaultRole: role}})
	}
	m, err := a.change(ctx, commands...)
	if err != nil {
		return nil, err
	}
	return deploymentSettings(m.Resource(d.Path)), nil
}

// organizationSettings are those of the whole platform.
func organizationSettings(p *state.Platform) *model.OrganizationSettings {
	return &model.OrganizationSettings{Settings: storedSettings(p.Documents[documentSettings])}
}

// defaultRoleOf is the default role that the organization's settings name for deployments that have none of their own.
func defaultRoleOf(p *state.Platform) (string, bool) {
	role, is, err := takeRole(storedSettings(p.Documents[documentSettings]))
	return role, is && err == nil
}

// setOrganizationSettings replaces the settings of the whole platform, or lays others over them. A default role in them is that
// of each full deployment which has none of its own: it is set there in the same change, and changed where it was set so.
func (a *asking) setOrganizationSettings(ctx context.Context, value any, merge bool) (*model.OrganizationSettings, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	given, err := objectOf(value)
	if err != nil {
		return nil, err
	}
	if merge {
		given = merged(storedSettings(p.Documents[documentSettings]), given)
	}
	commands := []client.Command{documentSet(p.Slug, documentSettings, given)}
	before, _ := defaultRoleOf(p)
	after, _, err := takeRole(cloned(given))
	if err != nil {
		return nil, err
	}
	if before != after {
		all, err := a.deployments()
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			if !d.branch && d.Settings[ssoDefaultRole] == before {
				commands = append(commands, client.ResourceUpdate{Resource: d.Path, Settings: map[string]string{ssoDefaultRole: after}})
			}
		}
	}
	m, err := a.change(ctx, commands...)
	if err != nil {
		return nil, err
	}
	return organizationSettings(m.Platform(p.Slug)), nil
}

// cloned copies settings to their last object.
func cloned(settings map[string]any) map[string]any {
	all := maps.Clone(settings)
	for name, value := range all {
		if inner, is := value.(map[string]any); is {
			all[name] = cloned(inner)
		}
	}
	return all
}

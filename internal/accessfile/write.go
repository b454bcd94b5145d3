package accessfile

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"bailiwick/access"

	"go.yaml.in/yaml/v3"
)

// Write writes a file in its one canonical form: sorted, short forms where they say everything, tests in their order.
// Reading the result gives the same organization, and writing that gives the same text.
func Write(file *File) ([]byte, error) {
	w := &writer{file: file}
	root := block()
	org := file.Organization
	put(root, "organization", text(org.Name))
	platforms, err := w.platforms()
	if err != nil {
		return nil, err
	}
	putFilled(root, "platforms", platforms)
	putFilled(root, "users", w.users())
	putFilled(root, "service_users", w.serviceUsers())
	putFilled(root, "teams", w.teams())
	roles, err := w.roles()
	if err != nil {
		return nil, err
	}
	putFilled(root, "roles", roles)
	putFilled(root, "grants", w.grants())
	putFilled(root, "tests", w.tests())
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write the access file of %q: %w", org.Name, err)
	}
	return out.Bytes(), nil
}

// A writer makes the nodes of one file.
type writer struct{ file *File }

func (w *writer) users() *yaml.Node {
	node := block()
	users := slices.Clone(w.file.Organization.Users)
	sort.Slice(users, func(i, j int) bool { return users[i].ID < users[j].ID })
	for _, user := range users {
		facts := flow()
		if name := w.file.Names[user.ID]; name != "" {
			put(facts, "name", text(name))
		}
		if user.Inactive {
			put(facts, "active", scalar("!!bool", "false"))
		}
		putFilled(facts, "licenses", textMap(user.Licenses))
		putFilled(facts, "on", textList(sorted(user.On)))
		put(node, user.ID, facts)
	}
	return node
}

func (w *writer) serviceUsers() *yaml.Node {
	node := block()
	for _, name := range sorted(w.file.Organization.ServiceUsers) {
		facts := flow()
		if description := w.file.Descriptions[name]; description != "" {
			put(facts, "description", text(description))
		}
		put(node, name, facts)
	}
	return node
}

func (w *writer) teams() *yaml.Node {
	node := block()
	teams := slices.Clone(w.file.Organization.Teams)
	sort.Slice(teams, func(i, j int) bool { return teams[i].Name < teams[j].Name })
	for _, team := range teams {
		facts := flow()
		putFilled(facts, "members", textList(sorted(team.Members)))
		put(node, team.Name, facts)
	}
	return node
}

func (w *writer) roles() (*yaml.Node, error) {
	node := block()
	for _, platform := range sortedPlatforms(w.file.Organization.Platforms) {
		roles := slices.Clone(platform.Roles)
		sort.Slice(roles, func(i, j int) bool { return roles[i].Name < roles[j].Name })
		list := block()
		for _, role := range roles {
			at := customKind(platform.Model, role)
			if at == "" {
				return nil, fmt.Errorf("write the role %q of %s: %s has no custom roles that can be granted at %s",
					role.Name, platform.Slug, platform.Model.Edition, orList(role.At))
			}
			facts := flow()
			put(facts, "at", text(at))
			if role.BasedOn != "" {
				put(facts, "based_on", text(role.BasedOn))
			}
			putFilled(facts, "permissions", textList(role.Permissions))
			if role.Description != "" {
				put(facts, "description", text(role.Description))
			}
			put(list, role.Name, facts)
		}
		putFilled(node, platform.Slug, list)
	}
	return node, nil
}

// customKind finds the kind whose rule made a custom role.
func customKind(model *access.Model, role access.Role) string {
	for _, rule := range model.CustomRoles {
		if !slices.Equal(rule.GrantAt, role.At) {
			continue
		}
		fits := true
		for _, name := range role.Permissions {
			permission := permissionOf(model, name)
			fits = fits && permission != nil && has(rule.Levels, permission.At)
		}
		if fits {
			return rule.At
		}
	}
	return ""
}

func (w *writer) grants() *yaml.Node {
	grants := slices.Clone(w.file.Organization.Grants)
	sort.SliceStable(grants, func(i, j int) bool { return grantKey(grants[i]) < grantKey(grants[j]) })
	node := list(0)
	for _, grant := range grants {
		facts := flow()
		put(facts, "to", text(grant.To.String()))
		put(facts, "role", text(grant.Role))
		put(facts, "on", text(grant.On))
		putFilled(facts, "environments", textList(sorted(grant.Environments)))
		putTime(facts, "from", grant.From)
		putTime(facts, "until", grant.Until)
		node.Content = append(node.Content, facts)
	}
	return node
}

func grantKey(g access.Grant) string {
	return strings.Join([]string{g.On, g.To.String(), g.Role, strings.Join(sorted(g.Environments), " "),
		g.From.UTC().Format(time.RFC3339Nano), g.Until.UTC().Format(time.RFC3339Nano)}, "\x00")
}

func (w *writer) tests() *yaml.Node {
	node := list(0)
	for _, test := range w.file.Tests {
		facts := flow()
		put(facts, "who", text(test.Who.String()))
		if test.Allowed {
			put(facts, "can", text(test.Permission))
		} else {
			put(facts, "cannot", text(test.Permission))
		}
		put(facts, "on", text(test.Resource))
		putTime(facts, "at", test.At)
		node.Content = append(node.Content, facts)
	}
	return node
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	sort.Strings(names)
	return names
}

func sortedPlatforms(platforms []access.Platform) []access.Platform {
	platforms = slices.Clone(platforms)
	sort.Slice(platforms, func(i, j int) bool { return platforms[i].Slug < platforms[j].Slug })
	return platforms
}

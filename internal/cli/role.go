package cli

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/suggest"
	"bailiwick/internal/terminal"
)

type roleCommand struct {
	List    roleListCommand    `cmd:"" help:"List the roles of a platform, built-in and custom."`
	Show    roleShowCommand    `cmd:"" help:"Show what a role contains, and who holds it."`
	Compare roleCompareCommand `cmd:"" help:"Say what one role has that another has not."`
	Create  roleCreateCommand  `cmd:"" help:"Create a custom role."`
	Edit    roleEditCommand    `cmd:"" help:"Change what a custom role contains."`
	Rename  roleRenameCommand  `cmd:"" help:"Give a custom role another name."`
	Delete  roleDeleteCommand  `cmd:"" help:"Delete a custom role that nobody holds."`
}

type roleListCommand struct {
	atTime
	Platform string `arg:"" help:"The platform: dagster. The directory's own roles are those of org."`
}

// Help is printed below the usage.
func (roleListCommand) Help() string {
	return "HELD is how many grants of it there are.\n\nExample:\n  bailiwick role list dagster"
}

// Run lists roles.
func (c roleListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	found, err := server.client.Roles(server.ctx, c.Platform, server.reading)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(found)
	}
	table := &terminal.Table{Header: []string{"ROLE", "GRANTED AT", "CONTAINS", "HELD", ""}}
	for _, r := range found.Roles {
		about := ""
		if r.Custom {
			about = strings.TrimSpace("custom" + based(r) + "  " + r.Description)
		}
		table.Add(r.Role, words(r.GrantAt), fmt.Sprint(r.Contains), fmt.Sprint(r.Held), about)
	}
	s.list(table, len(found.Roles), "", "role")
	return nil
}

func based(r client.Role) string {
	if r.BasedOn == "" {
		return ""
	}
	return ", based on " + r.BasedOn
}

// words writes names of the API for people: "code location, deployment".
func words(list []string) string { return strings.ReplaceAll(strings.Join(list, ", "), "_", " ") }

// roleArgs names a role.
type roleArgs struct {
	Platform string `arg:"" help:"The platform: dagster."`
	Role     string `arg:"" help:"A name, or the id of a custom role."`
}

type roleShowCommand struct {
	atTime
	pageFlags
	roleArgs
}

// Help is printed below the usage.
func (roleShowCommand) Help() string {
	return `Prints every permission of the platform with its mark: ● the role contains it, ○ the role that it is based on does, * only in
the environment categories of a grant, ~ only under a setting of the platform; and who holds the role.

Examples:
  bailiwick role show dagster editor
  bailiwick role show dbt git-admins -o json | jq -r '.permissions[] | select(.mark) | .permission'`
}

// shownRole is what role show prints.
type shownRole struct {
	client.RoleDetail
	Grants []client.Grant `json:"grants"`
	Next   string         `json:"next,omitempty"`
}

// Run shows one role.
func (c roleShowCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	role, err := server.client.Role(server.ctx, c.Platform, c.Role, server.reading)
	if err != nil {
		return err
	}
	shown, total := shownRole{RoleDetail: role, Grants: []client.Grant{}}, 0
	query := client.GrantQuery{Platform: c.Platform, Role: role.Role.Role, Reading: server.reading}
	shown.Next, err = c.pages(func(page client.Page) (int, string, error) {
		query.Page = page
		found, err := server.client.Grants(server.ctx, query)
		shown.Grants, total = append(shown.Grants, found.Grants...), found.Total
		return len(found.Grants), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(shown)
	}
	s.roleHead(role.Role)
	s.printf("%s\n", s.marks(role))
	table := &terminal.Table{Header: []string{"HELD BY", "ON"}}
	for _, g := range shown.Grants {
		table.Add(g.To, g.On+window(g))
	}
	s.list(table, total, shown.Next, "grant")
	return nil
}

func (s *session) roleHead(r client.Role) {
	kind := "a built-in role of " + r.Platform
	if r.Custom {
		kind = "a custom role of " + r.Platform + based(r)
	}
	s.printf("%s  %s\n", s.style.Strong(r.Role), s.style.Faint(strings.TrimSpace(kind+"  "+r.ID)))
	if r.Description != "" {
		s.printf("%s\n", r.Description)
	}
	s.printf("at %s, to %s\n\n", words(r.GrantAt), words(r.Holders))
}

// markSign is how a table writes the mark of a permission.
func markSign(mark string) string {
	return map[string]string{client.MarkContained: "●", client.MarkBase: "○", client.MarkLifted: "*", client.MarkSetting: "~"}[mark]
}

// marks tables the permissions of a role.
func (s *session) marks(role client.RoleDetail) string {
	table := terminal.Table{Header: []string{"", "PERMISSION", "LEVEL", "WHAT"}, Width: s.width()}
	for _, p := range role.Permissions {
		table.Add(markSign(p.Mark), p.Permission, words([]string{p.Level}), p.Title)
	}
	return table.Render(s.style)
}

type roleCompareCommand struct {
	atTime
	roleArgs
	With string `arg:"" help:"The other role of the platform."`
}

// Help is printed below the usage.
func (roleCompareCommand) Help() string {
	return "Exit code: 0 they contain the same, 3 they differ, 2 error.\n\nExample:\n  bailiwick role compare dagster viewer launcher"
}

// roleComparison is what role compare prints.
type roleComparison struct {
	Platform string               `json:"platform"`
	Role     string               `json:"role"`
	With     string               `json:"with"`
	Differs  bool                 `json:"differs"`
	Compared []comparedPermission `json:"compared"`
	client.Facts
}

// comparedPermission is a permission that two roles do not contain alike.
type comparedPermission struct {
	Permission string `json:"permission"`
	Title      string `json:"title"`
	RoleMark   string `json:"role_mark"` // as mark of role show; "": not in it
	WithMark   string `json:"with_mark"`
}

// Run compares two roles.
func (c roleCompareCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	one, err := server.client.Role(server.ctx, c.Platform, c.Role, server.reading)
	if err != nil {
		return err
	}
	other, err := server.client.Role(server.ctx, c.Platform, c.With, server.reading)
	if err != nil {
		return err
	}
	found := compareRoles(one, other)
	if found.Differs {
		s.code = exitChanges
	}
	if s.output != "table" {
		return s.object(found)
	}
	if !found.Differs {
		s.printf("%s and %s contain the same.\n", found.Role, found.With)
		return nil
	}
	table := &terminal.Table{Header: []string{strings.ToUpper(found.Role), strings.ToUpper(found.With), "PERMISSION", "WHAT"}}
	for _, p := range found.Compared {
		table.Add(markSign(p.RoleMark), markSign(p.WithMark), p.Permission, p.Title)
	}
	s.list(table, len(found.Compared), "", "difference")
	return nil
}

// compareRoles lists what two roles of a platform do not contain alike. That one has from its base what the other has
// itself is no difference.
func compareRoles(one, other client.RoleDetail) roleComparison {
	found := roleComparison{Platform: one.Platform, Role: one.Role.Role, With: other.Role.Role, Compared: []comparedPermission{}, Facts: other.Facts}
	plain := func(mark string) string {
		if mark == client.MarkBase {
			return client.MarkContained
		}
		return mark
	}
	marks := map[string]string{}
	for _, p := range other.Permissions {
		marks[p.Permission] = p.Mark
	}
	for _, p := range one.Permissions {
		if with := marks[p.Permission]; plain(with) != plain(p.Mark) {
			found.Compared = append(found.Compared, comparedPermission{Permission: p.Permission, Title: p.Title, RoleMark: p.Mark, WithMark: with})
		}
	}
	found.Differs = len(found.Compared) > 0
	return found
}

// ownPermissions are those that a role contains by itself.
func ownPermissions(role client.RoleDetail) []string {
	list := []string{}
	for _, p := range role.Permissions {
		if p.Mark == client.MarkContained {
			list = append(list, p.Permission)
		}
	}
	return list
}

// takeOut takes permissions out of a list, and says which one was not in it.
func takeOut(list, out []string, platform string) ([]string, error) {
	for _, p := range out {
		p = strings.TrimPrefix(p, platform+".")
		i := slices.Index(list, p)
		if i < 0 {
			return nil, wrong(fmt.Sprintf("the role does not contain %q by itself", p), suggest.OneOf(p, list))
		}
		list = slices.Delete(list, i, i+1)
	}
	return list, nil
}

package cli

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/terminal"
	"bailiwick/rolemodel"
)

type editionsCommand struct{}

// Help is printed below the usage.
func (editionsCommand) Help() string {
	return `An edition is one product's role model as its documents stated it at a time. An access file attaches it by
its name (model: dagster-plus); an edition of your own is attached by its file (model: ./record.yaml).

Example:
  bailiwick editions`
}

// Run lists the shipped editions.
func (editionsCommand) Run(s *session) error {
	answer := editionsAnswer{Editions: []editionAnswer{}}
	table := terminal.Table{Header: []string{"EDITION", "PRODUCT", "PERMISSIONS", "ROLES"}, Width: s.width()}
	for _, name := range rolemodel.Editions() {
		model, err := rolemodel.Edition(name)
		if err != nil {
			return err
		}
		line := editionAnswer{Edition: name, Product: model.Product, Permissions: len(model.Permissions), Roles: []string{}}
		for _, role := range model.Roles {
			line.Roles = append(line.Roles, role.Name)
		}
		answer.Editions = append(answer.Editions, line)
		table.Add(line.Edition, line.Product, fmt.Sprint(line.Permissions), strings.Join(line.Roles, ", "))
	}
	if s.output != "table" {
		return s.object(answer)
	}
	s.printf("%s", table.Render(s.style))
	return nil
}

type referenceCommand struct {
	Edition string `arg:"" help:"An edition, as bailiwick editions lists them."`
}

// Help is printed below the usage.
func (referenceCommand) Help() string {
	return `Prints every permission of an edition, the level at which it is asked, and the roles that contain it.

Examples:
  bailiwick reference dagster-plus
  bailiwick reference dbt-enterprise-2024 -o json`
}

// Run prints one edition.
func (c referenceCommand) Run(s *session) error {
	model, err := rolemodel.Edition(c.Edition)
	if err != nil {
		return wrong(fmt.Sprintf("there is no edition %q", c.Edition), suggest.OneOf(c.Edition, rolemodel.Editions()))
	}
	answer := referenceAnswer{Edition: model.Edition, Product: model.Product, Permissions: []heldAnswer{}}
	table := terminal.Table{Header: []string{"PERMISSION", "LEVEL", "ROLES"}, Width: s.width()}
	for _, permission := range model.Permissions {
		line := heldAnswer{Permission: permission.Name, Title: permission.Title, Level: permission.At, Roles: holders(model, permission.Name)}
		answer.Permissions = append(answer.Permissions, line)
		table.Add(line.Permission, strings.ReplaceAll(line.Level, "_", " "), strings.Join(line.Roles, ", "))
	}
	if s.output != "table" {
		return s.object(answer)
	}
	s.printf("%s, edition %s\n\n%s", s.style.Strong(model.Product), model.Edition, table.Render(s.style))
	return nil
}

// holders lists the roles that contain a permission; with a star where only the environments of a grant lift it.
func holders(model *access.Model, name string) []string {
	roles := []string{}
	for _, role := range model.Roles {
		switch {
		case contains(role.Permissions, name):
			roles = append(roles, role.Name)
		case contains(role.Lifted, name):
			roles = append(roles, role.Name+"*")
		}
	}
	return roles
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

// referenceAnswer is what reference prints.
type referenceAnswer struct {
	Edition     string       `json:"edition"`
	Product     string       `json:"product"`
	Permissions []heldAnswer `json:"permissions"`
}

type heldAnswer struct {
	Permission string   `json:"permission"`
	Title      string   `json:"title"`
	Level      string   `json:"level"`
	Roles      []string `json:"roles"` // "analyst*": only in the environment categories of the grant
}

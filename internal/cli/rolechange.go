package cli

import (
	"bailiwick/client"
)

type roleCreateCommand struct {
	changeFlags
	Platform    string   `arg:"" help:"The platform: dagster."`
	Role        string   `arg:"" help:"Its name."`
	For         string   `required:"" placeholder:"KIND" help:"Its type: deployment; platform show lists them."`
	BasedOn     string   `name:"based-on" placeholder:"ROLE" help:"The built-in role whose permissions it has as well."`
	Permissions []string `placeholder:"PERMISSION" help:"What it contains: runs.launch,runs.terminate."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	Icon        string   `placeholder:"NAME" help:"What the product shows it with."`
}

// Help is printed below the usage.
func (roleCreateCommand) Help() string {
	return `Examples:
  bailiwick role create dagster operator --for deployment --based-on viewer --permissions runs.launch,runs.terminate
  bailiwick role create dagster operator --for deployment --based-on viewer --permissions runs.launch --dry-run`
}

// Run creates a role. Where there is one of that name, nothing happens to it.
func (c roleCreateCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	have, err := server.client.Roles(server.ctx, c.Platform, server.reading)
	if err != nil {
		return err
	}
	for _, r := range have.Roles {
		if r.Role == c.Role {
			return wrong(c.Platform+" has a role "+c.Role+" already", "write bailiwick role edit, or another name")
		}
	}
	return c.changeAt(s, have.Revision, "The role "+c.Role+" is there.", client.RolePut{Platform: c.Platform, Role: c.Role, At: c.For, BasedOn: c.BasedOn,
		Permissions: append([]string{}, c.Permissions...), Description: c.Description, Icon: c.Icon})
}

type roleEditCommand struct {
	changeFlags
	roleArgs
	Add         []string `placeholder:"PERMISSION" help:"What it is to contain as well."`
	Remove      []string `placeholder:"PERMISSION" help:"What it is to contain no longer."`
	Permissions []string `placeholder:"PERMISSION" help:"All that it is to contain by itself."`
	BasedOn     *string  `name:"based-on" placeholder:"ROLE" help:"The built-in role whose permissions it has as well; \"\" for none."`
	Description *string  `placeholder:"TEXT" help:"What it is for."`
	Icon        *string  `placeholder:"NAME" help:"What the product shows it with."`
}

// Help is printed below the usage.
func (roleEditCommand) Help() string {
	return `Whoever holds the role gains and loses by it at once: --dry-run says who and what. Where somebody else changed the
organization in between, nothing is changed.

Examples:
  bailiwick role edit dagster operator --add backfills.launch --dry-run
  bailiwick role edit dagster operator --remove runs.terminate --description "starts runs"`
}

// Run changes a role.
func (c roleEditCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	role, err := server.client.Role(server.ctx, c.Platform, c.Role, server.reading)
	if err != nil {
		return err
	}
	if !role.Custom {
		return wrong(role.Role.Role+" is a built-in role, which is as the product has it", "create a custom role that is based on it")
	}
	put := client.RolePut{Platform: c.Platform, Role: role.Role.Role, At: role.At, BasedOn: role.BasedOn, Description: role.Description, Icon: role.Icon}
	if put.Permissions = ownPermissions(role); c.Permissions != nil {
		put.Permissions = c.Permissions
	}
	if put.Permissions, err = takeOut(put.Permissions, c.Remove, c.Platform); err != nil {
		return err
	}
	put.Permissions = append(put.Permissions, c.Add...)
	for _, field := range []struct {
		given *string
		of    *string
	}{{c.BasedOn, &put.BasedOn}, {c.Description, &put.Description}, {c.Icon, &put.Icon}} {
		if field.given != nil {
			*field.of = *field.given
		}
	}
	return c.changeAt(s, role.Revision, "The role "+put.Role+" is changed.", put)
}

type roleRenameCommand struct {
	changeFlags
	roleArgs
	To string `arg:"" help:"Its new name."`
}

// Help is printed below the usage.
func (roleRenameCommand) Help() string {
	return "Whoever holds it holds it still.\n\nExample:\n  bailiwick role rename dagster operator run-operator"
}

// Run renames a role.
func (c roleRenameCommand) Run(s *session) error {
	return c.change(s, "The role "+c.Role+" is "+c.To+".", client.RoleRename{Platform: c.Platform, Role: c.Role, To: c.To})
}

type roleDeleteCommand struct {
	changeFlags
	roleArgs
}

// Help is printed below the usage.
func (roleDeleteCommand) Help() string {
	return "A role that somebody holds is not deleted.\n\nExample:\n  bailiwick role delete dagster operator --dry-run"
}

// Run deletes a role.
func (c roleDeleteCommand) Run(s *session) error {
	return c.change(s, "The role "+c.Role+" is gone.", client.RoleDelete{Platform: c.Platform, Role: c.Role})
}

package cli

import (
	"bailiwick/client"
)

type setupCommand struct {
	Secret       string `required:"" placeholder:"SECRET" help:"The secret of the setup link; @FILE reads a file, @- the standard input."`
	Organization string `required:"" placeholder:"NAME" help:"The organization's short name, in lower case: acme."`
	Email        string `required:"" placeholder:"EMAIL" help:"Of the first owner."`
	Name         string `placeholder:"NAME" help:"Of the first owner."`
}

// Help is printed below the usage.
func (setupCommand) Help() string {
	return `Uses the setup link of a new server up: makes the organization and its first owner, and prints the owner's token, once.
The link is printed when a server without an organization starts; it works once, for 30 minutes.

Example:
  bailiwick setup --server http://127.0.0.1:8080 --secret @- --organization acme --email ana@acme.test`
}

// Run makes the first owner.
func (c setupCommand) Run(s *session) error {
	to, err := s.connection()
	if err != nil {
		return err
	}
	if to.Server == "" {
		return wrong("no server is named", "write --server URL")
	}
	secret, err := s.secret(c.Secret)
	if err != nil {
		return err
	}
	api, err := client.New(to.Server, client.Options{InsecureHTTP: s.flags.InsecureHTTP, Agent: "bailiwick/" + s.Version})
	if err != nil {
		return err
	}
	ctx, stop := s.context()
	defer stop()
	made, err := api.Setup(ctx, client.SetupRequest{Secret: secret, Organization: c.Organization, Name: c.Name, Email: c.Email})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(made)
	}
	s.printf("%s is the first owner of %s. The token is shown once and never again:\n\n  %s\n\nKeep it with:  bailiwick login --server %s --token @-\n",
		made.User.Email, made.Organization, made.Secret, to.Server)
	return nil
}

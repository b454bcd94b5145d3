package cli

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type providerCommand struct {
	List    providerListCommand    `cmd:"" help:"List identity providers."`
	Add     providerAddCommand     `cmd:"" help:"Add an identity provider. It lets nobody in until it is enabled."`
	Set     providerSetCommand     `cmd:"" help:"Change what is said of one. What is left out stays."`
	Enable  providerEnableCommand  `cmd:"" help:"Let people in by it."`
	Disable providerDisableCommand `cmd:"" help:"Let nobody in by it any more. Open sessions go on."`
	Remove  providerRemoveCommand  `cmd:"" help:"Remove one."`
	Preview providerPreviewCommand `cmd:"" help:"Say what a sign-in by it would come to for somebody in groups."`
}

type providerListCommand struct{}

// Help is printed below the usage.
func (providerListCommand) Help() string { return "Example:\n  bailiwick provider list" }

// Run lists providers.
func (providerListCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all, err := server.client.Providers(server.ctx)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"PROVIDER", "ID", "ISSUER", "STATE", "TESTED", "FIRST SIGN-IN", "GROUPS"}}
	for _, p := range all.Providers {
		state, first := s.style.Warn("disabled"), "only people who were added"
		if p.Enabled {
			state = s.style.Good("enabled")
		}
		if p.Create {
			first = "makes a user"
		}
		tested := s.style.Warn("not as it is now")
		if p.Tested != nil {
			tested = minute(*p.Tested)
		}
		table.Add(p.Name, p.ID, p.Issuer, state, tested, first, strings.Join(mappings(p.ProviderSettings), ", "))
	}
	s.list(table, len(all.Providers), "", "provider")
	s.printf("sign_on is %s, local_users are %s", all.SignOn, all.LocalUsers)
	if len(all.Providers) > 0 {
		s.printf("; providers send browsers back to %s", all.Providers[0].Callback)
	}
	s.printf("\n")
	return nil
}

// mappings writes what groups come to.
func mappings(p client.ProviderSettings) []string {
	var lines []string
	for _, m := range p.Teams {
		lines = append(lines, m.Group+" → team:"+m.Team)
	}
	for _, m := range p.Licenses {
		lines = append(lines, m.Group+" → "+m.Platform+" license "+m.License)
	}
	return lines
}

type providerAddCommand struct {
	changeFlags
	providerFlags
	Name     string `arg:"" help:"What stands on the button: Acme."`
	Issuer   string `required:"" placeholder:"URL" help:"Exactly as the provider's discovery document has it."`
	ClientID string `name:"client-id" required:"" placeholder:"ID" help:"What the provider calls this server."`
	Enable   bool   `help:"Let people in by it at once, untested."`
}

// Help is printed below the usage.
func (providerAddCommand) Help() string {
	return `The client secret is read from a file, or with - from the standard input: a command line can be read by others. It is sealed
where it is kept, and never shown again.

Examples:
  bailiwick provider add Acme --issuer https://id.acme.test --client-id bailiwick --client-secret-file secret.txt
  bailiwick provider add Acme --issuer https://id.acme.test --client-id bailiwick --client-secret-file - \
    --groups-claim groups --map-team engineers=data --map-license dbt=analysts=developer`
}

// Run adds a provider.
func (c providerAddCommand) Run(s *session) error {
	body := client.ProviderBody{ProviderSettings: client.ProviderSettings{Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, Enabled: c.Enable}}
	if err := c.fill(s, &body); err != nil {
		return err
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	change, err := server.client.AddProvider(server.ctx, body, how)
	return s.provided(change, unknown(err, how), c.Name+" is there.")
}

type providerSetCommand struct {
	changeFlags
	providerFlags
	Provider string  `arg:"" help:"Its name, or its id."`
	Name     *string `help:"Another name."`
	Issuer   *string `placeholder:"URL" help:"Another issuer."`
	ClientID *string `name:"client-id" placeholder:"ID" help:"Another client id."`
}

// Help is printed below the usage.
func (providerSetCommand) Help() string {
	return `A list that is given replaces the one before; an empty one, --map-team "", takes everything out. After any change
the provider has to be tested again before sign-on can be enforced.

Example:
  bailiwick provider set Acme --groups-claim groups --map-team engineers=data`
}

// Run changes a provider.
func (c providerSetCommand) Run(s *session) error {
	return s.alter(c.Provider, c.changeFlags, c.Provider+" is changed.", func(body *client.ProviderBody) error {
		for _, field := range []struct {
			given *string
			of    *string
		}{{c.Name, &body.Name}, {c.Issuer, &body.Issuer}, {c.ClientID, &body.ClientID}} {
			if field.given != nil {
				*field.of = *field.given
			}
		}
		return c.fill(s, body)
	})
}

// providerArgs is what the commands about one provider take.
type providerArgs struct {
	changeFlags
	Provider string `arg:"" help:"Its name, or its id."`
}

type providerEnableCommand struct{ providerArgs }

// Help is printed below the usage.
func (providerEnableCommand) Help() string { return "Example:\n  bailiwick provider enable Acme" }

// Run enables a provider.
func (c providerEnableCommand) Run(s *session) error {
	return s.alter(c.Provider, c.changeFlags, c.Provider+" lets people in.", func(b *client.ProviderBody) error { b.Enabled = true; return nil })
}

type providerDisableCommand struct{ providerArgs }

// Help is printed below the usage.
func (providerDisableCommand) Help() string {
	return "End the sessions with bailiwick session end-all, where they must not go on.\n\nExample:\n  bailiwick provider disable Acme"
}

// Run disables a provider.
func (c providerDisableCommand) Run(s *session) error {
	return s.alter(c.Provider, c.changeFlags, c.Provider+" lets nobody in.", func(b *client.ProviderBody) error { b.Enabled = false; return nil })
}

type providerRemoveCommand struct{ providerArgs }

// Help is printed below the usage.
func (providerRemoveCommand) Help() string {
	return "Example:\n  bailiwick provider remove Acme --dry-run"
}

// Run removes a provider.
func (c providerRemoveCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	p, _, err := server.provider(c.Provider)
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	change, err := server.client.RemoveProvider(server.ctx, p.ID, how)
	return s.provided(change, unknown(err, how), p.Name+" is removed.")
}

type providerPreviewCommand struct {
	Provider string   `arg:"" help:"Its name, or its id."`
	Groups   []string `arg:"" optional:"" help:"The groups that the provider says somebody is in."`
	User     string   `placeholder:"WHO" help:"Whom it is about. Somebody whom nobody knows yet, where left out."`
}

// Help is printed below the usage.
func (providerPreviewCommand) Help() string {
	return "Changes nothing.\n\nExample:\n  bailiwick provider preview Acme engineers --user bo@acme.test"
}

// Run previews mappings.
func (c providerPreviewCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	p, _, err := server.provider(c.Provider)
	if err != nil {
		return err
	}
	found, err := server.client.PreviewProvider(server.ctx, p.ID, client.PreviewRequest{Groups: append([]string{}, c.Groups...), User: c.User})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(found)
	}
	lines := []struct {
		word string
		what []string
	}{{"joins", found.Joined}, {"leaves", found.Left}, {"license on", licenses(found.Licenses)}, {"not done:", found.Skipped}, {"note:", found.Notes}}
	if found.Created {
		s.printf("a user is made\n")
	}
	for _, line := range lines {
		for _, what := range line.what {
			s.printf("%s %s\n", line.word, what)
		}
	}
	s.printf("%s", s.difference(found.Difference, false))
	return nil
}

// provider finds a provider by name or id, and the revision at which it was found.
func (r *remote) provider(text string) (client.Provider, int64, error) {
	all, err := r.client.Providers(r.ctx)
	if err != nil {
		return client.Provider{}, 0, err
	}
	i := slices.IndexFunc(all.Providers, func(p client.Provider) bool { return p.ID == text || p.Name == text })
	if i < 0 {
		return client.Provider{}, 0, wrong(fmt.Sprintf("there is no provider %q", text), "bailiwick provider list has them all")
	}
	return all.Providers[i], all.Revision, nil
}

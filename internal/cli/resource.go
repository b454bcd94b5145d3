package cli

import (
	"strconv"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type resourceCommand struct {
	List   resourceListCommand   `cmd:"" help:"List deployments, code locations, projects, environments, workspaces …"`
	Create resourceCreateCommand `cmd:"" help:"Create one."`
	Set    resourceSetCommand    `cmd:"" help:"Change one: category, settings."`
	Rename resourceRenameCommand `cmd:"" help:"Move one with all beneath it, and every grant there."`
	Delete resourceDeleteCommand `cmd:"" help:"Delete one with all beneath it, and every grant there."`
}

type resourceListCommand struct {
	atTime
	pageFlags
	Platform string `arg:"" help:"The platform: dagster."`
	Query    string `arg:"" optional:"" help:"Part of a path."`
	Kind     string `help:"Only those of this kind: code_location."`
	Under    string `placeholder:"RESOURCE" help:"Only those beneath this one."`
}

// Help is printed below the usage.
func (resourceListCommand) Help() string {
	return "Examples:\n  bailiwick platform resource list dagster\n  bailiwick platform resource list dagster --kind branch_deployment"
}

// Run lists resources.
func (c resourceListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	query := client.ResourceQuery{Query: c.Query, Kind: c.Kind, Under: c.Under, Reading: server.reading}
	all := client.Resources{Resources: []client.Resource{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		query.Page = page
		found, err := server.client.Resources(server.ctx, c.Platform, query)
		all.Resources, all.Total, all.Facts = append(all.Resources, found.Resources...), found.Total, found.Facts
		return len(found.Resources), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"RESOURCE", "KIND", "NUMBER", "CATEGORY", "SETTINGS"}}
	for _, r := range all.Resources {
		said := settings(r.Settings)
		if r.NotSeenSince != nil {
			said = strings.TrimSpace(said + " " + s.style.Warn("not seen since "+r.NotSeenSince.UTC().Format("2006-01-02 15:04")))
		}
		table.Add(r.Resource, words([]string{r.Kind}), strconv.Itoa(int(r.Number)), r.Category, said)
	}
	s.list(table, all.Total, all.Next, "resource")
	return nil
}

type resourceCreateCommand struct {
	changeFlags
	Resource string            `arg:"" help:"Its path: dagster/prod, dagster/prod/etl, dagster/prod/branch:fix-1, dbt/jaffle."`
	Category string            `help:"dbt: the category of an environment."`
	Set      map[string]string `placeholder:"SETTING=VALUE" help:"Settings."`
	Attach   map[string]string `placeholder:"KIND=RESOURCE" help:"What the product ties it to: the environment of a dbt job."`
	CopyFrom string            `name:"copy-from" placeholder:"RESOURCE" help:"The one whose permissions a new Dagster deployment begins with."`
}

// Help is printed below the usage.
func (resourceCreateCommand) Help() string {
	return `What lies above it has to be there.

Examples:
  bailiwick platform resource create dagster/staging --copy-from dagster/prod --dry-run
  bailiwick platform resource create dbt/jaffle/prod --category production`
}

// Run creates a resource.
func (c resourceCreateCommand) Run(s *session) error {
	return c.change(s, c.Resource+" is there.", client.ResourceCreate{Resource: c.Resource, Category: c.Category, Settings: c.Set, Attached: c.Attach, CopyFrom: c.CopyFrom})
}

type resourceSetCommand struct {
	changeFlags
	Resource string            `arg:"" help:"Its path: dagster/prod."`
	Category *string           `help:"dbt: the category of an environment."`
	Set      map[string]string `placeholder:"SETTING=VALUE" help:"Settings that change; an empty value unsets one."`
	Attach   map[string]string `placeholder:"KIND=RESOURCE" help:"What the product ties it to; an empty value unties."`
}

// Help is printed below the usage.
func (resourceSetCommand) Help() string {
	return "What is left out stays as it is.\n\nExample:\n  bailiwick platform resource set dbt/jaffle/prod --category staging --dry-run"
}

// Run changes a resource.
func (c resourceSetCommand) Run(s *session) error {
	return c.change(s, c.Resource+" is changed.", client.ResourceUpdate{Resource: c.Resource, Category: c.Category, Settings: c.Set, Attached: c.Attach})
}

type resourceRenameCommand struct {
	changeFlags
	Resource string `arg:"" help:"Its path: dagster/prod."`
	To       string `arg:"" help:"Its new path: dagster/production."`
}

// Help is printed below the usage.
func (resourceRenameCommand) Help() string {
	return "Example:\n  bailiwick platform resource rename dagster/prod dagster/production --dry-run"
}

// Run renames a resource.
func (c resourceRenameCommand) Run(s *session) error {
	return c.change(s, c.Resource+" is "+c.To+".", client.ResourceRename{Resource: c.Resource, To: c.To})
}

type resourceDeleteCommand struct {
	changeFlags
	Resource string `arg:"" help:"Its path: dagster/staging."`
}

// Help is printed below the usage.
func (resourceDeleteCommand) Help() string {
	return "Example:\n  bailiwick platform resource delete dagster/staging --dry-run"
}

// Run deletes a resource.
func (c resourceDeleteCommand) Run(s *session) error {
	return c.change(s, c.Resource+" is gone.", client.ResourceDelete{Resource: c.Resource})
}

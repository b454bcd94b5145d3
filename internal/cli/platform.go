package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type platformCommand struct {
	List     platformListCommand   `cmd:"" help:"List the attached products."`
	Show     platformShowCommand   `cmd:"" help:"Show a product: its kinds of resources, switches and plans."`
	Attach   platformAttachCommand `cmd:"" help:"Attach a product."`
	Update   platformUpdateCommand `cmd:"" help:"Change a product: edition, plan, seats, settings."`
	Detach   platformDetachCommand `cmd:"" help:"Remove a product with everything on it."`
	Resource resourceCommand       `cmd:"" help:"What is on a product: list, create, set, rename, delete."`
}

type platformListCommand struct{ atTime }

// Help is printed below the usage.
func (platformListCommand) Help() string { return "Example:\n  bailiwick platform list" }

// Run lists platforms.
func (c platformListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	found, err := server.client.Platforms(server.ctx, server.reading)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(found)
	}
	table := &terminal.Table{Header: []string{"PLATFORM", "PRODUCT", "EDITION", "PLAN", "RESOURCES", "ROLES"}}
	for _, p := range found.Platforms {
		roles := strconv.Itoa(p.Roles)
		if p.CustomRoles > 0 {
			roles += fmt.Sprintf(" and %d custom", p.CustomRoles)
		}
		table.Add(p.Platform, p.Product, p.Model, p.Plan, strconv.Itoa(p.Resources), roles)
	}
	s.list(table, len(found.Platforms), "", "platform")
	return nil
}

type platformShowCommand struct {
	atTime
	Platform string `arg:"" help:"The platform: dagster."`
}

// Help is printed below the usage.
func (platformShowCommand) Help() string { return "Example:\n  bailiwick platform show dagster" }

// Run shows one platform.
func (c platformShowCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	p, err := server.client.Platform(server.ctx, c.Platform, server.reading)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(p)
	}
	s.printf("%s  %s, edition %s\n", s.style.Strong(p.Platform.Platform), p.Product, p.Model)
	for _, line := range [][2]string{{"plan", p.Plan}, {"seats", seats(p.Seats)}, {"plans", strings.Join(p.Plans, ", ")},
		{"licenses", strings.Join(p.Licenses, ", ")}, {"custom roles for", words(customKinds(p))}} {
		if line[1] != "" {
			s.printf("%s: %s\n", line[0], line[1])
		}
	}
	s.printf("\n")
	kinds := &terminal.Table{Header: []string{"KIND", "WHAT", "BENEATH", ""}}
	for _, k := range p.Kinds {
		about := strings.Join(k.Categories, ", ")
		if k.StarOf != "" {
			about = "stands for every " + words([]string{k.StarOf})
		}
		kinds.Add(k.Kind, k.Title, words(k.Under), about)
	}
	s.list(kinds, len(p.Kinds), "", "kind")
	if len(p.Switches) > 0 {
		s.printf("\n")
		switches := &terminal.Table{Header: []string{"SETTING", "OF", "VALUES", "NOW"}}
		for _, w := range p.Switches {
			switches.Add(w.Name, words([]string{w.At}), strings.Join(w.Values, ", "), p.Settings[w.Name])
		}
		s.list(switches, len(p.Switches), "", "setting")
	}
	return nil
}

func seats(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func customKinds(p client.PlatformDetail) (list []string) {
	for _, c := range p.Custom {
		list = append(list, c.At)
	}
	return list
}

// editionOf says what --model means: the name of an edition, or the file of one of one's own, whose text is sent.
func (s *session) editionOf(model string) (name, text string, err error) {
	if !strings.HasSuffix(model, ".yaml") {
		return model, "", nil
	}
	content, err := s.ReadFile(model)
	if err != nil {
		return "", "", fmt.Errorf("read the edition: %w", err)
	}
	return model, string(content), nil
}

type platformAttachCommand struct {
	changeFlags
	Platform string            `arg:"" help:"What it is called in every path: dagster."`
	Model    string            `arg:"" help:"Its edition, as bailiwick editions lists them, or a file of your own: ./record.yaml."`
	Plan     string            `help:"The plan; everything, where left out."`
	Seats    int               `help:"How many people it has seats for; 0: no limit."`
	Authzen  bool              `help:"Answer programs that speak AuthZEN about it."`
	Set      map[string]string `placeholder:"SETTING=VALUE" help:"Settings."`
}

// Help is printed below the usage.
func (platformAttachCommand) Help() string {
	return "Example:\n  bailiwick platform attach dagster dagster-plus --plan pro --dry-run"
}

// Run attaches a platform.
func (c platformAttachCommand) Run(s *session) error {
	model, text, err := s.editionOf(c.Model)
	if err != nil {
		return err
	}
	return c.change(s, c.Platform+" is attached.", client.PlatformAttach{Platform: c.Platform, Model: model, Text: text, Plan: c.Plan, Seats: c.Seats,
		Authzen: c.Authzen, Settings: c.Set})
}

type platformUpdateCommand struct {
	changeFlags
	Platform string            `arg:"" help:"The platform: dagster."`
	Model    *string           `placeholder:"EDITION|FILE" help:"Another edition."`
	Plan     *string           `help:"Another plan."`
	Seats    *int              `help:"How many people it has seats for; 0: no limit."`
	Authzen  *bool             `help:"Answer programs that speak AuthZEN about it, or no longer (--authzen=false)."`
	Set      map[string]string `placeholder:"SETTING=VALUE" help:"Settings that change; an empty value unsets one."`
}

// Help is printed below the usage.
func (platformUpdateCommand) Help() string {
	return `What is left out stays as it is.

Examples:
  bailiwick platform update dagster --plan starter --dry-run
  bailiwick platform update dagster --model dagster-cloud-2023 --dry-run`
}

// Run changes a platform.
func (c platformUpdateCommand) Run(s *session) error {
	update := client.PlatformUpdate{Platform: c.Platform, Plan: c.Plan, Seats: c.Seats, Authzen: c.Authzen, Settings: c.Set}
	if c.Model != nil {
		model, text, err := s.editionOf(*c.Model)
		if err != nil {
			return err
		}
		if update.Model = &model; text != "" {
			update.Text = &text
		}
	}
	return c.change(s, c.Platform+" is changed.", update)
}

type platformDetachCommand struct {
	changeFlags
	Platform string `arg:"" help:"The platform: dagster."`
}

// Help is printed below the usage.
func (platformDetachCommand) Help() string {
	return "Its resources, custom roles, grants and licenses go with it.\n\nExample:\n  bailiwick platform detach astro --dry-run"
}

// Run detaches a platform.
func (c platformDetachCommand) Run(s *session) error {
	return c.change(s, c.Platform+" is detached.", client.PlatformDetach{Platform: c.Platform})
}

// settings writes what is set of a resource: "type=full, x=y".
func settings(set map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		list = append(list, name+"="+set[name])
	}
	return strings.Join(list, ", ")
}

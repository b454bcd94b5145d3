package cli

import (
	"strconv"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type agentCommand struct {
	List   agentListCommand   `cmd:"" help:"List agents."`
	Create agentCreateCommand `cmd:"" help:"Create an agent."`
	Token  agentTokenCommand  `cmd:"" help:"Make a token for an agent."`
	Delete agentDeleteCommand `cmd:"" help:"Delete one, with its grants and tokens."`
}

type agentListCommand struct {
	atTime
	pageFlags
	Query string `arg:"" optional:"" help:"Part of a description."`
}

// Help is printed below the usage.
func (agentListCommand) Help() string { return "Example:\n  bailiwick agent list" }

// Run lists agents.
func (c agentListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	all := client.Agents{Agents: []client.Agent{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		found, err := server.client.Agents(server.ctx, client.AgentQuery{Query: c.Query, Page: page, Reading: server.reading})
		all.Agents, all.Total, all.Facts = append(all.Agents, found.Agents...), found.Total, found.Facts
		return len(found.Agents), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"AGENT", "GRANTS", "TOKENS", "FOR"}}
	for _, a := range all.Agents {
		table.Add(a.ID, strconv.Itoa(a.Grants), s.tokenCount(a.Tokens), a.Description)
	}
	s.list(table, all.Total, all.Next, "agent")
	return nil
}

// tokenCount says how many tokens of a program work; nil where nobody said.
func (s *session) tokenCount(n *int) string {
	switch {
	case n == nil:
		return ""
	case *n == 0:
		return s.style.Warn("none: of no use")
	}
	return strconv.Itoa(*n)
}

type agentCreateCommand struct {
	changeFlags
	Description string `arg:"" help:"What it runs: \"prod, eu-west-1\"."`
}

// Help is printed below the usage.
func (agentCreateCommand) Help() string {
	return `An agent has no name of its own; its id is printed. It is of no use until it has a token, and grants where its product
asks for them.

Example:
  bailiwick agent create "prod, eu-west-1"`
}

// Run creates an agent.
func (c agentCreateCommand) Run(s *session) error {
	return c.change(s, "The agent is there; bailiwick agent list prints its id, and bailiwick agent token makes a token for it.", client.AgentCreate{Description: c.Description})
}

type agentTokenCommand struct {
	changeFlags
	Agent       string      `arg:"" help:"Its id: agt_…."`
	Description string      `placeholder:"TEXT" help:"What it is for."`
	Expires     client.When `placeholder:"TIME" help:"When it ends by itself."`
}

// Help is printed below the usage.
func (agentTokenCommand) Help() string {
	return `Prints the secret to the standard output, once, and everything else to the standard error.

Example:
  bailiwick agent token agt_abc > agent.token`
}

// Run makes a token.
func (c agentTokenCommand) Run(s *session) error {
	issue := tokenIssueCommand{changeFlags: c.changeFlags, Subject: "agent:" + agentID(c.Agent), Description: c.Description, Expires: c.Expires}
	return issue.Run(s)
}

type agentDeleteCommand struct {
	changeFlags
	Agent string `arg:"" help:"Its id: agt_…."`
}

// Help is printed below the usage.
func (agentDeleteCommand) Help() string {
	return "Its grants and tokens end with it.\n\nExample:\n  bailiwick agent delete agt_abc --dry-run"
}

// Run deletes an agent.
func (c agentDeleteCommand) Run(s *session) error {
	return c.change(s, "The agent is gone.", client.AgentDelete{Agent: agentID(c.Agent)})
}

func agentID(text string) string { return strings.TrimPrefix(text, "agent:") }

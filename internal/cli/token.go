package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type tokenCommand struct {
	List   tokenListCommand   `cmd:"" help:"List tokens, without their secrets."`
	Issue  tokenIssueCommand  `cmd:"" help:"Make a token. Its secret is printed once."`
	Rotate tokenRotateCommand `cmd:"" help:"Make a token that takes another one's place. Its secret is printed once."`
	Revoke tokenRevokeCommand `cmd:"" help:"End a token for good."`
}

type tokenListCommand struct {
	pageFlags
	Subject string `placeholder:"WHO" help:"Only those of this subject: ana@acme.test, service_user:ci."`
	Kind    string `help:"Only those of this kind: user, svc, agent, scim, gate."`
	Ended   bool   `help:"Those as well that were revoked."`
}

// Help is printed below the usage.
func (tokenListCommand) Help() string {
	return "Example:\n  bailiwick token list --subject service_user:ci"
}

// Run lists tokens.
func (c tokenListCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all := client.Tokens{Tokens: []client.Token{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		found, err := server.client.Tokens(server.ctx, client.TokenQuery{Subject: subjectOf(c.Subject), Kind: c.Kind, Ended: c.Ended, Page: page})
		all.Tokens, all.Total, all.Facts = append(all.Tokens, found.Tokens...), found.Total, found.Facts
		return len(found.Tokens), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"TOKEN", "SECRET", "OF", "STATE", "EXPIRES", "LAST USED", "MADE BY", "FOR"}}
	for _, t := range all.Tokens {
		table.Add(t.ID, t.Prefix+"…"+t.Last, t.Subject, s.tokenState(t), orNever(t.Expires), orNever(t.LastUsed), t.MadeBy, strings.TrimSpace(t.Description+" "+narrowed(t)))
	}
	s.list(table, all.Total, all.Next, "token")
	return nil
}

// tokenState says whether a token works, and what took its place.
func (s *session) tokenState(t client.Token) string {
	state := t.State
	if state != "active" {
		state = s.style.Warn(state)
	}
	if t.ReplacedBy != "" {
		state += ", replaced by " + t.ReplacedBy
	}
	return state
}

func orNever(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return day(*t)
}

// narrowed says what a token is narrowed to.
func narrowed(t client.Token) string {
	var parts []string
	if len(t.Permissions) > 0 {
		parts = append(parts, "only "+strings.Join(t.Permissions, ", "))
	}
	if len(t.Scopes) > 0 {
		parts = append(parts, "only on "+strings.Join(t.Scopes, ", "))
	}
	return strings.Join(parts, ", ")
}

type tokenIssueCommand struct {
	changeFlags
	Subject     string      `arg:"" optional:"" help:"Whose: ana@acme.test, service_user:ci, agent:ID. Your own, where left out."`
	Kind        string      `placeholder:"KIND" help:"user, svc, agent, scim or gate. What the subject is, where left out."`
	Description string      `placeholder:"TEXT" help:"What it is for."`
	Expires     client.When `placeholder:"TIME" help:"When it ends by itself."`
	Permissions []string    `placeholder:"PERMISSION" help:"Narrows it to these: dagster.runs.view."`
	Scopes      []string    `placeholder:"RESOURCE" help:"Narrows it to what is at or beneath these."`
}

// Help is printed below the usage.
func (tokenIssueCommand) Help() string {
	return `Prints the secret to the standard output, once, and everything else to the standard error.

Examples:
  bailiwick token issue service_user:ci --description "deploys from CI" --expires 2027-01-31 > ci.token
  bailiwick token issue --permissions dagster.runs.view --scopes dagster/prod`
}

// Run makes a token.
func (c tokenIssueCommand) Run(s *session) error {
	token, err := c.token()
	if err != nil {
		return err
	}
	if c.DryRun && s.output == "table" {
		return c.change(s, "", client.TokenIssue{NewToken: token})
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	issued, err := server.client.IssueToken(server.ctx, token, how)
	if err != nil {
		return unknown(err, how)
	}
	return s.issued(issued)
}

// issued prints a token's secret, alone on the standard output.
func (s *session) issued(issued client.IssuedToken) error {
	if s.output != "table" {
		return s.object(issued)
	}
	_, _ = fmt.Fprintf(s.Stderr, "Token %s of %s. This is its secret, which is shown once and kept nowhere:\n", issued.Token.ID, issued.Token.Subject)
	s.printf("%s\n", issued.Secret)
	return nil
}

func (c tokenIssueCommand) token() (client.NewToken, error) {
	token := client.NewToken{
		Kind: c.Kind, Subject: subjectOf(c.Subject), Description: c.Description, Permissions: c.Permissions, Scopes: c.Scopes,
	}
	if token.Kind == "" {
		token.Kind = kindOfToken(token.Subject)
	}
	switch {
	case c.Expires.Revision != 0:
		return token, wrong("--expires is a moment, not a revision", "write 2027-01-31 or 2027-01-31T12:00:00Z")
	case !c.Expires.IsZero():
		token.Expires = &c.Expires.Time
	}
	return token, nil
}

// kindOfToken is the kind that fits a subject.
func kindOfToken(subject string) string {
	kind, _, _ := strings.Cut(subject, ":")
	switch kind {
	case "service_user":
		return "svc"
	case "agent":
		return "agent"
	}
	return "user"
}

type tokenRotateCommand struct {
	changeFlags
	Token   string        `arg:"" help:"Id of the token whose place it takes: tok_…. Never its secret."`
	Overlap time.Duration `placeholder:"TIME" help:"How long the old one stays good: 24h, at most 168h. It ends at once, where left out."`
	Expires client.When   `placeholder:"TIME" help:"When the new one ends by itself. After as long as the old one was given, where left out."`
}

// Help is printed below the usage.
func (tokenRotateCommand) Help() string {
	return `The new token is of the same kind, for the same subject, and narrowed alike. With --overlap there is time to put it in the
old one's place. The secret goes to the standard output, once, and everything else to the standard error.

Example:
  bailiwick token rotate tok_abc --overlap 24h > ci.token`
}

// Run rotates a token.
func (c tokenRotateCommand) Run(s *session) error {
	if err := noSecret(c.Token); err != nil {
		return err
	}
	rotation := client.Rotation{Overlap: int(c.Overlap / time.Second)}
	switch {
	case c.Expires.Revision != 0:
		return wrong("--expires is a moment, not a revision", "write 2027-01-31 or 2027-01-31T12:00:00Z")
	case !c.Expires.IsZero():
		rotation.Expires = &c.Expires.Time
	}
	if c.DryRun && s.output == "table" {
		return c.change(s, "", client.TokenRotate{Token: c.Token, Overlap: rotation.Overlap, Expires: rotation.Expires})
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	issued, err := server.client.RotateToken(server.ctx, c.Token, rotation, how)
	if err != nil {
		return unknown(err, how)
	}
	return s.issued(issued)
}

// noSecret refuses a token's secret where its id belongs.
func noSecret(token string) error {
	if strings.HasPrefix(token, "bwk_") {
		return wrong("that is a token's secret, and it must not be in a command line", "name the token by its id, as bailiwick token list prints it; and revoke it, for others may have seen it")
	}
	return nil
}

type tokenRevokeCommand struct {
	changeFlags
	Token string `arg:"" help:"Its id: tok_…, as token list prints it. Never its secret."`
}

// Help is printed below the usage.
func (tokenRevokeCommand) Help() string { return "Example:\n  bailiwick token revoke tok_abc" }

// Run revokes a token.
func (c tokenRevokeCommand) Run(s *session) error {
	if err := noSecret(c.Token); err != nil {
		return err
	}
	return c.change(s, "Token "+c.Token+" is revoked.", client.TokenRevoke{Token: c.Token})
}

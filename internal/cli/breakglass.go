package cli

// BreakGlassOptions are the words of break-glass.
type BreakGlassOptions struct {
	Streams
	Organization string // "" where there is one only
	Email        string
	Reason       string
	End          bool // end it before its time
}

type breakGlassCommand struct {
	opened
	Email        string `arg:"" help:"The administrator as whom to sign in."`
	Reason       string `placeholder:"TEXT" help:"Why. It stands in the audit log and in the letters to the owners."`
	Organization string `placeholder:"NAME" help:"The organization, where the server has several."`
	End          bool   `help:"End the access that is open before its time."`
}

// Help is printed below the usage.
func (breakGlassCommand) Help() string {
	return `For when nobody can sign in: the identity provider is down, or the last password is lost. Prints a link that signs an
administrator in once, for ten minutes. It runs on the server's own machine, as the server's user, also while the server
runs. Every owner is told by mail, every page says so, and the audit log has it for good.

Example:
  bailiwick break-glass --data /var/lib/bailiwick ana@acme.test --reason "the identity provider is down, ticket 4711"`
}

// Run opens or ends a break-glass access.
func (c breakGlassCommand) Run(s *session) error {
	return report(s, "break-glass", s.Server.BreakGlass, BreakGlassOptions{
		Streams: s.streams(), Organization: c.Organization, Email: c.Email, Reason: c.Reason, End: c.End,
	})
}

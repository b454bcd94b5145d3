package cli

import (
	"context"

	"bailiwick/internal/terminal"

	"github.com/alecthomas/kong"
)

// absent is the error of a command that this build does not have.
func absent(command string) error {
	return wrong("this build has no server, and "+command+" needs one", "take the released program, or build ./cmd/bailiwick")
}

func (s *session) streams() Streams { return Streams{Out: s.Stdout, Err: s.Stderr, Version: s.Version} }

// opened is part of every command that opens the server's own data: the settings are its flags.
type opened struct{ kong.Plugins }

type serveCommand struct{ opened }

// Help is printed below the usage.
func (serveCommand) Help() string {
	return `Runs the server until it is asked to stop (Ctrl-C, SIGTERM). Flags go before the environment (BAILIWICK_…), and that
before the configuration file; bailiwick doctor prints what holds. The first start prints a setup link, which makes the
first owner and works once.

Examples:
  bailiwick serve --data /var/lib/bailiwick
  bailiwick serve --config /etc/bailiwick.yaml --url https://bailiwick.acme.test`
}

// Run serves.
func (c serveCommand) Run(s *session) error {
	if s.Server.Serve == nil {
		return absent("serve")
	}
	ctx, stop := s.context()
	defer stop()
	return s.Server.Serve(ctx, s.parsed, s.streams())
}

type backupCommand struct {
	opened
	File string `arg:"" type:"path" help:"The file to write. It must not exist."`
}

// Help is printed below the usage.
func (backupCommand) Help() string {
	return `Writes everything into one file, while the server may go on running. The file holds personal data, and no secret
that could be used.

Example:
  bailiwick backup --data /var/lib/bailiwick backup-2027-01-31.bwk`
}

// Run writes a backup.
func (c backupCommand) Run(s *session) error {
	return report(s, "backup", s.Server.Backup, BackupOptions{Streams: s.streams(), File: c.File})
}

type restoreCommand struct {
	opened
	File      string   `arg:"" type:"path" help:"The backup."`
	KeepToken []string `name:"keep-token" placeholder:"NAME" help:"A token that goes on working, by id or description. All others are suspended."`
	Owner     string   `placeholder:"EMAIL" help:"An owner who gets a new token, shown once: where no token is kept, nobody could sign in."`
}

// Help is printed below the usage.
func (restoreCommand) Help() string {
	return `Reads a backup into an empty place. A new epoch begins: every session ends, and every token is suspended but those
that --keep-token names.

Example:
  bailiwick restore --data /var/lib/bailiwick backup-2027-01-31.bwk --keep-token "deploys from CI"`
}

// Run restores a backup.
func (c restoreCommand) Run(s *session) error {
	return report(s, "restore", s.Server.Restore, RestoreOptions{
		Streams: s.streams(), File: c.File, KeepTokens: c.KeepToken, Owner: c.Owner,
	})
}

type verifyCommand struct {
	opened
	File string `type:"path" placeholder:"DB" help:"A database file or a backup by itself, without a server."`
	Head string `type:"path" placeholder:"FILE" help:"A head that was written elsewhere: shows a tail that was cut off."`
}

// Help is printed below the usage.
func (verifyCommand) Help() string {
	return `Computes the journal's chain again, row by row, and checks the signed checkpoints. Exit code: 0 whole, 1 broken,
2 error.

Examples:
  bailiwick verify --data /var/lib/bailiwick
  bailiwick verify --file backup-2027-01-31.bwk --head /mnt/elsewhere/head.json`
}

// Run verifies.
func (c verifyCommand) Run(s *session) error {
	return report(s, "verify", s.Server.Verify, VerifyOptions{
		Streams: s.streams(), File: c.File, Head: c.Head,
	})
}

type doctorCommand struct {
	opened
	Probe bool `help:"Only ask whether the running server is ready: exit code 0 or 1."`
}

// Help is printed below the usage.
func (doctorCommand) Help() string {
	return `Prints the configuration that holds and where each value comes from, without secrets, and looks for what is wrong:
the clock, the address, the database, the age of the last backup. Exit code: 0 nothing bad, 1 something is, 2 error.

Example:
  bailiwick doctor --config /etc/bailiwick.yaml`
}

// Run looks around.
func (c doctorCommand) Run(s *session) error {
	return report(s, "doctor", s.Server.Doctor, DoctorOptions{Streams: s.streams(), Probe: c.Probe})
}

// report runs a command of the program's and prints what it found; a bad finding is exit code 1.
func report[O any](s *session, command string, run func(context.Context, *kong.Context, O) (Report, error), options O) error {
	if run == nil {
		return absent(command)
	}
	ctx, stop := s.context()
	defer stop()
	found, err := run(ctx, s.parsed, options)
	if err != nil {
		return err
	}
	if !found.OK {
		s.code = exitNo
	}
	if s.output != "table" {
		return s.object(found)
	}
	table := terminal.Table{Width: s.width()}
	for _, line := range found.Lines {
		table.Add(s.state(line.State), line.What, line.Detail)
	}
	s.printf("%s", table.Render(s.style))
	return nil
}

func (s *session) state(word string) string {
	switch word {
	case "ok":
		return s.style.Good(word)
	case "bad":
		return s.style.Bad(word)
	}
	return s.style.Warn(word)
}

// give makes the server's settings the flags of the commands that open its data.
func (c *commands) give(settings any) {
	if settings == nil {
		return
	}
	for _, o := range []*opened{&c.Serve.opened, &c.Backup.opened, &c.Restore.opened, &c.Verify.opened, &c.Doctor.opened, &c.BreakGlass.opened} {
		o.Plugins = kong.Plugins{settings}
	}
}

func (w World) resolvers() []kong.Resolver {
	if w.Server.Resolver == nil {
		return nil
	}
	return []kong.Resolver{w.Server.Resolver}
}

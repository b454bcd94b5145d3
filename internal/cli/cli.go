package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bailiwick/internal/terminal"

	"github.com/alecthomas/kong"
)

// The exit codes, as the package's documentation tables them.
const (
	exitOK      = 0
	exitNo      = 1 // a deny, a failed test
	exitError   = 2
	exitChanges = 3
)

// Run runs one command and returns the exit code.
func Run(args []string, world World) (code int) {
	var c commands
	c.give(world.Server.Settings)
	s := &session{World: world}
	// Kong ends the program itself after help; this turns the end into a return.
	type ended int
	defer func() {
		if r := recover(); r != nil {
			e, is := r.(ended)
			if !is {
				panic(r)
			}
			code = int(e)
		}
	}()
	parser, err := kong.New(&c,
		kong.Resolvers(world.resolvers()...),
		kong.Name("bailiwick"),
		kong.Description(description),
		kong.Writers(world.Stdout, world.Stderr),
		kong.Exit(func(code int) { panic(ended(code)) }),
		kong.ShortUsageOnError(),
		kong.ExplicitGroups(groups()),
		kong.Help(help),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return s.fail(fmt.Errorf("set up the commands: %w", err))
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parser.Model.HelpFlag.Help = "Print this help."
	s.parser = parser
	parsed, err := parser.Parse(args)
	if err != nil {
		return s.misused(err)
	}
	s.parsed = parsed
	s.output, s.flags = c.Output, c.connectionFlags
	s.style = terminal.NewStyle(s.wantsColour(c.Color))
	if err := parsed.Run(s); err != nil {
		return s.fail(err)
	}
	return s.code
}

// A session is one run of one command.
type session struct {
	World
	parser *kong.Kong
	parsed *kong.Context
	output string // "table", "json", "yaml"
	flags  connectionFlags
	style  terminal.Style
	code   int
}

// wantsColour decides about colour: never with NO_COLOR (https://no-color.org), else as asked, else on a terminal.
func (s *session) wantsColour(asked string) bool {
	if s.Getenv("NO_COLOR") != "" || asked == "never" {
		return false
	}
	return asked == "always" || s.Terminal && s.Getenv("TERM") != "dumb"
}

// width is that of the page: the terminal's, or endless where the output goes elsewhere.
func (s *session) width() int {
	if n, err := strconv.Atoi(s.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return s.Columns
}

// printf writes to the standard output. An error of it cannot be told anywhere.
func (s *session) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s.Stdout, format, args...)
}

func (s *session) fail(err error) int {
	_, _ = fmt.Fprintln(s.Stderr, withoutSecrets(err.Error()))
	return exitError
}

// misused says what is wrong with the words that were typed, and where to read on.
func (s *session) misused(err error) int {
	path := "bailiwick"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Command() != "" {
		if node := parse.Context.Selected(); node != nil {
			path = node.FullPath()
		}
	}
	if strings.HasPrefix(err.Error(), "missing flags: --file") {
		err = errors.New("no access file is named; write -f FILE")
	}
	_, _ = fmt.Fprintf(s.Stderr, "%s\nRead on with: %s --help\n", withoutSecrets(err.Error()), path)
	return exitError
}

// withoutSecrets takes out what looks like a token, however it came into a text.
func withoutSecrets(text string) string {
	return regexp.MustCompile(`bwk_[^\s"']+`).ReplaceAllString(text, "bwk_…")
}

// Command bailiwick says who may do what on a company's data platforms.
package main

import (
	"os"
	"runtime/debug"
	"time"

	"bailiwick/internal/cli"
	"bailiwick/internal/server"

	"golang.org/x/term"
)

func main() {
	world := cli.World{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, ReadFile: os.ReadFile, Now: time.Now,
		Version:    version(),
		InTerminal: term.IsTerminal(int(os.Stdin.Fd())),
		Server:     server.Commands(os.Environ(), os.ReadFile),
	}
	world.Hostname, _ = os.Hostname() // without one, a login has no name of a machine
	if world.InTerminal {
		world.Browse = browse
	}
	if out := int(os.Stdout.Fd()); term.IsTerminal(out) {
		world.Terminal = true
		if columns, _, err := term.GetSize(out); err == nil {
			world.Columns = columns
		}
	}
	world.ErrTerminal = term.IsTerminal(int(os.Stderr.Fd()))
	os.Exit(cli.Run(os.Args[1:], world))
}

// version is what the build stamped into the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

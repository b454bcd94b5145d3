package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"bailiwick/internal/cli"
)

// questions are what the picture shows: a yes with its path, and a no with what would change it.
var questions = []string{
	"tom@acme.test schedules.toggle dagster/prod/ml",
	"nils@acme.test runs.launch dagster/staging/branch:pr-1201/etl",
}

// columns is the width of the terminal in the picture.
const columns = 112

func main() {
	if len(os.Args) != 2 {
		fail("usage: picture FILE.svg")
	}
	var screen strings.Builder
	for i, q := range questions {
		if i > 0 {
			screen.WriteString("\n\n")
		}
		fmt.Fprintf(&screen, "\x1b[2m$\x1b[0m bailiwick explain -f acme.yaml %s\n\n%s", q, explain(q))
	}
	if err := os.WriteFile(os.Args[1], draw(screen.String()), 0o644); err != nil {
		fail(err.Error())
	}
}

// explain runs the command as the program does, at a moment that does not change with the day.
func explain(question string) string {
	var out, complaints bytes.Buffer
	args := append([]string{"explain", "-f", "../../examples/acme.yaml", "--color", "always"}, strings.Fields(question)...)
	code := cli.Run(args, cli.World{
		Stdin: &bytes.Buffer{}, Stdout: &out, Stderr: &complaints,
		Getenv: func(string) string { return "" }, ReadFile: os.ReadFile,
		Now:      func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
		Terminal: true, Columns: columns,
	})
	if code > 1 {
		fail(complaints.String())
	}
	return strings.TrimRight(out.String(), "\n")
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"bailiwick/client"
)

type userEraseCommand struct {
	atTime
	User string `arg:"" help:"An e-mail or an id of the moment --at, when they were in the directory."`
	Yes  bool   `help:"Do not ask."`
}

// eraseMeans is what somebody reads who is about to erase somebody.
const eraseMeans = `What is lost, at every revision, and cannot be brought back:
  their name and their e-mail; lists, exports and explanations of the past show the opaque id instead
What stays:
  every decision, revision and count as it was, and the journal's chain, which verifies as before
  what you have elsewhere: exports, logs, and older backups. A backup keeps the data; restored with the same
  --head-file, which lists the erased ids, it is erased again
`

// Help is printed below the usage.
func (userEraseCommand) Help() string {
	return `Erases the name and the e-mail of somebody who was removed from the directory (bailiwick user remove).

` + eraseMeans + `
Without a terminal to ask on, --yes is needed.

Examples:
  bailiwick user remove bo@acme.test
  bailiwick user erase bo@acme.test --at 2026-11-17`
}

// Run erases.
func (c userEraseCommand) Run(s *session) error {
	if !c.Yes && (!s.InTerminal || s.output != "table") {
		return wrong("user erase asks before it erases, and there is no terminal to ask on", "read bailiwick user erase --help, then write --yes")
	}
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	if !c.Yes {
		s.printf("This erases %s on %s.\n\n%s\nType %s to erase: ", s.style.Strong(c.User), s.style.Strong(server.client.Server()), eraseMeans, c.User)
		line, _ := bufio.NewReader(s.Stdin).ReadString('\n')
		if strings.TrimSpace(line) != c.User {
			return wrong("nothing was erased", "")
		}
	}
	change, err := server.client.Erase(server.ctx, c.User, c.At)
	if err != nil {
		var answered *client.Error
		if errors.As(err, &answered) && answered.Kind != client.Unavailable && answered.Kind != client.Internal {
			return err
		}
		return fmt.Errorf("%w\nIt is not known whether the data was erased. Repeat the command: erasing again does no harm", err)
	}
	if s.output != "table" {
		return s.object(change)
	}
	s.printf("%s is erased.\n", c.User)
	s.outcome(change)
	return nil
}

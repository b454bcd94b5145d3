package cli

import (
	"strings"

	"github.com/alecthomas/kong"
)

// help prints what kong prints, with the examples last and as they were written: kong would reflow them.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	node := ctx.Selected()
	if node == nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	detail := node.Detail
	node.Detail = ""
	err := kong.DefaultHelpPrinter(options, ctx)
	node.Detail = detail
	if err != nil || detail == "" {
		return err
	}
	_, err = ctx.Stdout.Write([]byte("\n" + strings.TrimSpace(detail) + "\n"))
	return err
}

package server

import (
	"context"
	"fmt"
	"os/user"
	"strings"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/cli"
	"bailiwick/internal/fault"

	"github.com/alecthomas/kong"
)

// An emergency is what an operator asks for.
type emergency struct {
	Organization string `json:"organization,omitempty"`
	Email        string `json:"email"`
	Reason       string `json:"reason"`
	End          bool   `json:"end,omitempty"`
}

// A relief is the answer: a link, or nothing where an access was ended.
type relief struct {
	Link  string    `json:"link,omitempty"`
	Until time.Time `json:"until,omitzero"`
	Error string    `json:"error,omitempty"`
}

// breakGlass asks the server that runs on the data folder, by its socket; where none runs, it opens the folder itself.
func (c *program) breakGlass(ctx context.Context, kctx *kong.Context, o cli.BreakGlassOptions) (cli.Report, error) {
	config, err := c.config(kctx)
	if err != nil {
		return cli.Report{}, err
	}
	asked := emergency{Organization: o.Organization, Email: o.Email, Reason: strings.TrimSpace(o.Reason), End: o.End}
	if asked.Reason == "" && !asked.End {
		return cli.Report{}, fault.New(fault.Invalid, "no reason is given, and the audit log needs one").In("--reason").Rather(`--reason "the identity provider is down"`)
	}
	answer, running, err := askServer(ctx, config, asked)
	if err == nil && !running {
		answer, err = c.openAndRelieve(ctx, config, o, asked)
	}
	if err != nil {
		return cli.Report{}, err
	}
	if asked.End {
		return done("break-glass", "the access is over, and every session that it opened"), nil
	}
	report := done("link", answer.Link)
	report.Lines = append(report.Lines, cli.ReportLine{State: "warn", What: "until", Detail: fmt.Sprintf("%s; it works once. Every owner is told", answer.Until.UTC().Format("15:04 UTC"))})
	if !running {
		report.Lines = append(report.Lines, cli.ReportLine{State: "warn", What: "server", Detail: "none runs on this folder; start it to use the link"})
	}
	return report, nil
}

func (c *program) openAndRelieve(ctx context.Context, config *Config, o cli.BreakGlassOptions, asked emergency) (answer relief, err error) {
	p, err := openProduct(ctx, config, NewLogger(o.Err, config), time.Now, Production, Demo)
	if err != nil {
		return relief{}, err
	}
	name := "an operator"
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	answer, err = p.relieve(ctx, name, asked)
	if closed := p.close(); err == nil {
		err = closed
	}
	return answer, err
}

// relieve opens a break-glass access for an operator, whose name the operating system has vouched for.
func (p *product) relieve(ctx context.Context, operator string, asked emergency) (relief, error) {
	organization := asked.Organization
	if all := p.engine.Organizations(); organization == "" && len(all) == 1 {
		organization = all[0]
	} else if organization == "" {
		return relief{}, fault.New(fault.Invalid, "the server has %d organizations", len(all)).In("--organization").Rather("name one")
	}
	if asked.End {
		_, err := p.changes.EndBreakGlass(ctx, organization, change.Actor{Rule: change.RuleBreakGlass, Via: "host"}, asked.Email)
		return relief{}, err
	}
	result, err := p.changes.BreakGlass(ctx, organization, asked.Email, operator, asked.Reason)
	if err != nil {
		return relief{}, err
	}
	made := result.Results[0]
	link := result.After.Link(made.ID)
	p.log.WarnContext(ctx, "break-glass access was opened", "organization", organization, "operator", operator, "link", made.ID)
	return relief{Link: p.config.Link("/break-glass") + "#" + made.Secret, Until: time.UnixMicro(link.Until).UTC()}, nil
}

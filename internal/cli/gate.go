package cli

import (
	"context"

	"github.com/alecthomas/kong"
)

// GateOptions are the flags of gate.
type GateOptions struct {
	Streams
	Config string // file with the server, the token and the gates
	Check  bool   // say whether it would work, and stop
}

type gateCommand struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"The file that names the server, the token and the gates."`
	Check  bool   `help:"Say whether the server, the token and the upstreams are as they should be, and stop: exit code 0 or 1."`
}

// Help is printed below the usage.
func (gateCommand) Help() string {
	return `Runs gates on another host than the server, until it is asked to stop (Ctrl-C, SIGTERM). They decide by themselves on what
the server tells them of their platform, and let nothing through when that is older than the bound. A file:

  server: https://bailiwick.acme.test
  token_file: /etc/bailiwick/gate.token
  gates:
    - name: prod
      deployment: dagster/prod
      origin: https://dagster.acme.test
      listen: 0.0.0.0:443
      tls: {cert: /etc/bailiwick/gate.pem, key: /etc/bailiwick/gate.key}
      upstream: http://127.0.0.1:3000

The token is a gate's, narrowed to the deployment, of a service user with the role gate:

  bailiwick service-user add gate-prod
  bailiwick grant add service_user:gate-prod gate org
  bailiwick token issue service_user:gate-prod --kind gate --scopes dagster/prod > gate.token

The server's own configuration lists the gate too, with name, deployment and origin.

Examples:
  bailiwick gate --config /etc/bailiwick/gate.yaml --check
  bailiwick gate --config /etc/bailiwick/gate.yaml`
}

// Run runs the gates.
func (c gateCommand) Run(s *session) error {
	run := s.Server.Gate
	if run == nil {
		return absent("gate")
	}
	options := GateOptions{Streams: s.streams(), Config: c.Config, Check: c.Check}
	if c.Check {
		return report(s, "gate", func(ctx context.Context, _ *kong.Context, o GateOptions) (Report, error) { return run(ctx, o) }, options)
	}
	ctx, stop := s.context()
	defer stop()
	_, err := run(ctx, options)
	return err
}

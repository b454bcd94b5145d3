package server

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/change"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/state"
)

// gateChecks look at each gate of this server: whether its upstream answers, what it can be asked that no rule knows, where it and
// the tree differ, and whether there is a way around the gate.
func gateChecks(c *Config, f Facts) []Check {
	var all []Check
	for _, g := range c.Gates {
		if !g.Elsewhere() {
			all = append(all, Check{"gate " + g.Name, func(ctx context.Context) Result { return checkGate(ctx, c, g, f) }})
		}
	}
	return all
}

// unasked stands for an authority where none is asked: a report asks the upstream alone.
type unasked struct{ gate.Authority }

func checkGate(ctx context.Context, c *Config, g *Gate, f Facts) Result {
	o := g.Options()
	var err error
	if o.UpstreamTLS, err = g.upstreamConfig(); err != nil {
		return fail("correct upstream_tls", "%v", err)
	}
	o.Authority, o.Log, o.Now = unasked{}, slog.New(slog.DiscardHandler), f.Now
	if o.Trusted == nil {
		o.SignIn = c.External.JoinPath("/gate/signin")
	}
	opened, err := gate.New(o)
	if err != nil {
		return fail("correct the gate's entry in the configuration", "%v", err)
	}
	defer opened.Close()
	report := opened.Report(ctx)
	if report.Wrong != "" {
		return fail("see that the webserver runs, and that upstream names it", "%s: %s", g.Upstream.Redacted(), report.Wrong)
	}
	wrong := append(unknownFields(report.Drift, report.Unknown), g.around(ctx, &o)...)
	if f.Organizations != nil {
		names := make([]string, len(report.Locations))
		for i, l := range report.Locations {
			names[i] = l.Name
		}
		err := f.Organizations(ctx, func(st *state.State) {
			if g.Organization == "" || g.Organization == st.Organization {
				wrong = append(wrong, g.treeDiffers(st, names)...)
			}
		})
		if err != nil {
			wrong = append(wrong, "the tree is not known: "+err.Error())
		}
	}
	said := "Dagster " + report.Version + " answers at " + g.Upstream.Redacted()
	if len(wrong) > 0 {
		return warn("see docs/configuration.md, Gates", "%s; %s", said, strings.Join(wrong, "; "))
	}
	return fine("%s; everything that it can be asked is known", said)
}

// unknownFields names what no rule knows, and keys of permissions that nobody but administrators is shown as having.
func unknownFields(drift []dagster.Drift, keys []string) []string {
	var names []string
	for _, d := range drift {
		names = append(names, strings.TrimSpace(string(d.Kind)+" "+d.Field+" "+d.Path)+" "+d.Wrong)
	}
	var wrong []string
	if len(names) > 0 {
		wrong = append(wrong, "fields that differ from the rules: "+strings.Join(names, ", "))
	}
	if len(keys) > 0 {
		wrong = append(wrong, "permissions that are not known: "+strings.Join(keys, ", "))
	}
	return wrong
}

// around says by which way the upstream could be reached without the gate.
func (g *Gate) around(ctx context.Context, o *gate.Options) []string {
	var ways []string
	if !isPrivate(g.Upstream.Hostname()) {
		ways = append(ways, g.Upstream.Host+" looks as if others could reach it too: whoever does needs no role")
	}
	if g.UpstreamSecret == "" {
		return ways
	}
	transport := &http.Transport{TLSClientConfig: o.UpstreamTLS, TLSHandshakeTimeout: 5 * time.Second}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Upstream.JoinPath("server_info").String(), nil)
	if err != nil {
		return ways
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return ways // without the secret it does not even answer
	}
	_ = answer.Body.Close()
	if answer.StatusCode < 300 {
		ways = append(ways, "it answers without the secret of upstream_secret_file as well")
	}
	return ways
}

// treeDiffers says which code locations are in the tree or at the upstream alone.
func (g *Gate) treeDiffers(st *state.State, locations []string) []string {
	if st.Resource(g.Deployment) == nil {
		return []string{g.Deployment + " is not in the tree of " + st.Organization + ": nobody gets in"}
	}
	var news, gone []string
	for _, name := range locations {
		if st.Resource(g.Deployment+"/"+access.EncodeName(name)) == nil {
			news = append(news, name)
		}
	}
	for path, r := range st.Beneath(g.Deployment) {
		if since := change.NotSeenSince(r); !since.IsZero() && !slices.Contains(locations, path) {
			gone = append(gone, path+" since "+since.Format(time.RFC3339))
		}
	}
	var said []string
	if len(news) > 0 {
		said = append(said, "code locations that are not in the tree, and judged by the deployment's roles: "+strings.Join(news, ", "))
	}
	if len(gone) > 0 {
		said = append(said, "code locations that are not seen any more: "+strings.Join(gone, ", "))
	}
	return said
}

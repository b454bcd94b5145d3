package server

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/cli"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate/remote"
)

// checkWithin bounds each look that gate --check takes at something else.
const checkWithin = 10 * time.Second

// authority makes what decides for the gates.
func (c *GateConfig) authority(log *slog.Logger, version string) (*remote.Authority, error) {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, TLSHandshakeTimeout: 3 * time.Second,
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if c.CA != "" {
		pool, err := authorities(c.CA)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	asks, err := client.New(c.External.String(), client.Options{Token: c.Token, Transport: transport, Agent: "bailiwick-gate/" + version})
	if err != nil {
		return nil, err
	}
	return remote.New(remote.Options{Client: asks, Bound: c.Bound, Log: log, Now: time.Now})
}

// checkGates says whether the gates would work: whether the server tells them what they need, and whether their upstreams answer.
func checkGates(ctx context.Context, config *GateConfig, version string) (cli.Report, error) {
	authority, err := config.authority(slog.New(slog.DiscardHandler), version)
	if err != nil {
		return cli.Report{}, err
	}
	report := cli.Report{OK: true}
	say := func(bad bool, what, detail string) {
		line := cli.ReportLine{State: "ok", What: what, Detail: detail}
		if bad {
			line.State, report.OK = "bad", false
		}
		report.Lines = append(report.Lines, line)
	}
	for _, warning := range config.Warnings {
		report.Lines = append(report.Lines, cli.ReportLine{State: "warn", What: "configuration", Detail: warning})
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	go authority.Run(running)
	snapshot := awaitFacts(running, authority)
	if snapshot == nil {
		detail := "nothing was heard from it"
		if trouble := authority.Trouble(); trouble != nil {
			detail = trouble.Error()
		}
		say(true, "server", config.External.String()+": "+detail)
	} else {
		say(false, "server", config.External.String()+" tells of the platform "+authority.Platform())
	}
	for _, one := range config.Gates {
		if snapshot != nil {
			detail := one.Deployment + " is known to the server"
			_, known := snapshot.Resource(one.Deployment)
			if !known {
				detail = one.Deployment + " is not known to the server; create it, or correct deployment"
			}
			say(!known, one.Name, detail)
		}
		err := upstreamAnswers(ctx, one)
		if err != nil {
			say(true, one.Name, "the upstream "+one.Upstream.Redacted()+" does not answer: "+err.Error())
			continue
		}
		say(false, one.Name, "the upstream "+one.Upstream.Redacted()+" answers")
	}
	return report, nil
}

// awaitFacts waits until the server has told its facts; nil where it does not.
func awaitFacts(ctx context.Context, authority *remote.Authority) *access.Snapshot {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	if _, err := authority.Changed(ctx, -1); err != nil {
		return nil
	}
	facts, err := authority.Facts(ctx)
	if err != nil {
		return nil
	}
	return facts.Snapshot
}

// upstreamAnswers asks an upstream for what every webserver of Dagster's answers to everybody.
func upstreamAnswers(ctx context.Context, one *Gate) error {
	config, err := one.upstreamConfig()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, one.Upstream.JoinPath("/server_info").String(), nil)
	if err != nil {
		return err
	}
	if one.UpstreamSecret != "" {
		r.Header.Set("X-Bailiwick-Gate", one.UpstreamSecret)
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)); err != nil || answer.StatusCode < 300 {
		return err
	}
	return fault.New(fault.Unavailable, "it answers %s", answer.Status)
}

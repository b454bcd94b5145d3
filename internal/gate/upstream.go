package gate

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/gate/workspace"
)

// A Report says how an upstream is, for whoever runs it.
type Report struct {
	Gate       string
	Deployment string
	Wrong      string // why the upstream cannot be used now; "": it can
	Version    string // of Dagster: "1.13.28"
	Drift      []dagster.Drift
	Unknown    []string // keys of permissions that the gate does not know
	Locations  []workspace.Location
	Heard      time.Time // when the upstream last answered; zero: never
}

// reporting bounds how long a report waits for an upstream.
const reporting = 10 * time.Second

// Report asks the upstream how it is.
func (g *Gate) Report(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, reporting)
	defer cancel()
	r := Report{Gate: g.Name, Deployment: g.Deployment}
	var err error
	if r.Version, err = g.version(ctx); err == nil {
		var schema *dagster.Schema
		if schema, err = g.workspace.Schema(ctx); err == nil {
			r.Drift = g.table.Drift(schema)
			r.Locations, err = g.workspace.Locations(ctx)
		}
		if err == nil {
			var keys []string
			keys, err = g.workspace.PermissionKeys(ctx)
			r.Unknown = dagster.UnknownKeys(keys)
		}
	}
	if err != nil {
		r.Wrong = err.Error()
	}
	if at := g.heard.Load(); at > 0 {
		r.Heard = time.Unix(0, at).UTC()
	}
	return r
}

// version asks which Dagster the upstream is. Errors are Unavailable.
func (g *Gate) version(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.upstreamURL("/server_info", "").String(), nil)
	if err != nil {
		return "", fault.Wrap(fault.Internal, err, "the upstream's address cannot be used")
	}
	answer, err := g.transport.RoundTrip(request)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "Dagster cannot be reached")
	}
	defer func() { _ = answer.Body.Close() }()
	g.heard.Store(g.Now().UnixNano())
	var info struct {
		Version string `json:"dagster_version"`
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil || answer.StatusCode != http.StatusOK || json.Unmarshal(body, &info) != nil || info.Version == "" {
		return "", fault.New(fault.Unavailable, "what answers at the upstream's address is no Dagster")
	}
	return info.Version, nil
}

// discovered notes the upstream's code locations; only the latest ones are told.
func (g *Gate) discovered(locations []workspace.Location) {
	names := make([]string, len(locations))
	for i, l := range locations {
		names[i] = l.Name
	}
	select {
	case <-g.news:
	default:
	}
	g.news <- names
}

// tellLocations tells the authority of code locations, again where it could not be told.
func (g *Gate) tellLocations(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case names := <-g.news:
			for g.Authority.Discovered(ctx, g.Deployment, names) != nil {
				g.Log.LogAttrs(ctx, slog.LevelWarn, "code locations were not told", slog.String("gate", g.Name))
				select {
				case <-ctx.Done():
					return
				case names = <-g.news:
				case <-time.After(10 * time.Second):
				}
			}
		}
	}
}

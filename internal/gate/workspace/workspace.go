package workspace

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

// Options of a Workspace.
type Options struct {
	Upstream *url.URL          // the webserver's address, with its path prefix
	Client   http.RoundTripper // how the upstream is reached
	Log      *slog.Logger
	Now      func() time.Time
	Changed  func(locations []Location) // called when the code locations were read anew; nil: nobody asks
}

// A Location is a code location as the upstream has it.
type Location struct {
	Name   string // free text: "etl", "sales / emea"
	Loaded bool   // false: it is loading or failed to load
}

// A Workspace knows one upstream. It is safe for concurrent use.
type Workspace struct{ options Options }

// New makes a Workspace. Whoever makes it runs Run beside it.
func New(o Options) *Workspace { return &Workspace{o} }

// Run follows the upstream's changes until the context ends.
func (w *Workspace) Run(ctx context.Context) { <-ctx.Done() }

// Schema returns the upstream's schema. Errors are Unavailable.
func (w *Workspace) Schema(_ context.Context) (*dagster.Schema, error) {
	return nil, fault.New(fault.Unavailable, "the upstream's schema is not known")
}

// Locations returns the upstream's code locations, sorted by name. Errors are Unavailable.
func (w *Workspace) Locations(_ context.Context) ([]Location, error) {
	return nil, fault.New(fault.Unavailable, "the upstream's code locations are not known")
}

// A Place is what a target turned out to concern.
type Place struct {
	Target dagster.Target
	// Locations are the names of the code locations on which the target's permission must be held, each of them. None: on the
	// whole deployment.
	Locations []string
}

// Resolve finds out what targets concern, in their order. What cannot be found, is in no code location, or in one that the upstream
// has not loaded concerns the whole deployment. Errors are Unavailable.
func (w *Workspace) Resolve(_ context.Context, _ []dagster.Target) ([]Place, error) {
	return nil, fault.New(fault.Unavailable, "the upstream cannot be asked")
}

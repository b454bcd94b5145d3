package workspace

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"bailiwick/internal/gate/dagster"
)

// Options of a Workspace.
type Options struct {
	Upstream *url.URL          // the webserver's address, with its path prefix
	Client   http.RoundTripper // how the upstream is reached, over HTTP/1.1: its socket takes nothing newer
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
type Workspace struct {
	options  Options
	upstream upstream
	flights  singleflight.Group
	nudged   chan struct{} // has room for one: Run reads anew
	telling  sync.Mutex    // one call of Options.Changed at a time, in the order of what was read

	mu        sync.Mutex
	memory         // guarded by mu
	following bool // the socket tells of changes
	heard     time.Time
	trouble   error // why the last question had no answer
}

// New makes a Workspace. Whoever makes it runs Run beside it.
func New(o Options) *Workspace {
	return &Workspace{options: o, upstream: newUpstream(o.Upstream, o.Client), nudged: make(chan struct{}, 1), memory: memory{things: newThings()}}
}

// Schema returns the upstream's schema. Errors are Unavailable.
func (w *Workspace) Schema(ctx context.Context) (*dagster.Schema, error) {
	now, err := w.confirmed(ctx, w.trusted())
	if err != nil {
		return nil, err
	}
	return w.schemaFor(ctx, now.version)
}

// Locations returns the upstream's code locations, sorted by name. Errors are Unavailable.
func (w *Workspace) Locations(ctx context.Context) ([]Location, error) {
	view, err := w.view(ctx, w.trusted())
	if err != nil {
		return nil, err
	}
	return slices.Clone(view.locations), nil
}

// Forget drops what is known of code locations and has it read anew. It is for whoever forwarded something that may have
// changed them: reloadRepositoryLocation, reloadWorkspace, shutdownRepositoryLocation, refreshComponentState.
func (w *Workspace) Forget() {
	w.mu.Lock()
	w.drop()
	w.mu.Unlock()
	select {
	case w.nudged <- struct{}{}:
	default: // it will be read anew already
	}
}

// Status is what is known without asking.
type Status struct {
	Version   string     // of the upstream when it last answered; "" before its first answer
	Heard     time.Time  // when it last answered; zero: never
	Following bool       // its socket is connected
	Trouble   error      // why the last question had no answer; nil: it had one
	Locations []Location // as they were last read, sorted by name
}

// Status tells how the upstream was when it was last heard.
func (w *Workspace) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Status{Version: w.stamp.version, Heard: w.heard, Following: w.following, Trouble: w.trouble}
	if w.last != nil {
		s.Locations = slices.Clone(w.last.locations)
	}
	return s
}

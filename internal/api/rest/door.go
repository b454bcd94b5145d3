package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/discovery"
	"bailiwick/internal/fault"
	"bailiwick/internal/feed"
	"bailiwick/internal/history"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/signin"
	"bailiwick/internal/webhook"
)

// Options are what the door needs from the server. All fields are required but Vouched and Gates.
type Options struct {
	Engine  *decide.Engine
	Changes *change.Service
	Reader  *signin.Reader
	History *history.Recorder
	Desk    *signin.Desk
	// External is the server's own address: links are made from it, and never from what a request says.
	External *url.URL
	// TokensUsed returns when tokens of an organization were last used, by opaque id.
	TokensUsed func(ctx context.Context, organization string) (map[string]time.Time, error)
	// CursorKey is a secret of at least 32 bytes that all replicas share: places in lists are sealed with it.
	CursorKey []byte
	Webhooks  *webhook.Service
	Discovery *discovery.Service // takes what gates elsewhere see
	Version   string             // the server's
	Heavy     *inquiry.Heavy     // shared with the other doors; nil: its own
	// Vouched tells whether a gate of a deployment is configured whose callers a proxy vouches for; nil: there is none.
	Vouched func(organization, deployment string) bool
	// Gates returns the deployment of the gate that is configured at an origin and runs elsewhere; nil: there is none.
	Gates func(organization, origin string) (deployment string, known bool)
	Log   *slog.Logger
}

// A Route is one address that the door answers.
type Route struct {
	Pattern   string // method and path, as http.ServeMux has it
	Operation string // what somebody calls: "user.add", "search"
	Public    bool   // answered without a token
	Long      bool   // its answer may take longer than others
	MaxBody   int64  // in bytes; what the handler enforces, and what surrounds it must let through
	Handler   http.Handler
}

// Sizes of bodies. Documents are read from whoever may read everything only.
const (
	smallBody    = 64 << 10
	gateBody     = 2 << 20
	changesBody  = 8 << 20
	documentBody = 128 << 20
)

// waitAtLeast is how long a question waits for the revision that it asks for.
const waitAtLeast = 5 * time.Second

// A door answers.
type door struct {
	Options
	pages *paging.Cursors
	feeds *feed.Source
}

// New returns the door's routes. It fails where an option is missing.
func New(o Options) ([]Route, error) {
	if o.Engine == nil || o.Changes == nil || o.Reader == nil || o.History == nil || o.Webhooks == nil || o.TokensUsed == nil ||
		o.Desk == nil || o.Discovery == nil || o.External == nil || o.Log == nil {
		return nil, fault.New(fault.Internal, "the door of /api/v1 lacks an option")
	}
	pages, err := paging.New(o.CursorKey, "api")
	if err != nil {
		return nil, err
	}
	if o.Heavy == nil {
		o.Heavy = inquiry.NewHeavy()
	}
	d := &door{Options: o, pages: pages, feeds: feed.NewSource(o.Engine)}
	var routes []Route
	for _, e := range endpoints() {
		routes = append(routes, Route{Pattern: e.method + " " + prefix + e.path, Operation: e.operation, Public: e.public, Long: e.long, MaxBody: max(e.body, smallBody),
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, &e) })})
	}
	return append(routes, d.others()...), nil
}

package graphql

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"bailiwick/internal/api/graphql/generated"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/signin"
)

// Options are what the door needs from the server. All fields but Heavy are required.
type Options struct {
	Engine  *decide.Engine
	Changes *change.Service
	Reader  *signin.Reader
	History *history.Recorder
	// TokensUsed returns when tokens of an organization were last used, by opaque id.
	TokensUsed func(ctx context.Context, organization string) (map[string]time.Time, error)
	// CursorKey is a secret of at least 32 bytes that all replicas share: places in lists are sealed with it.
	CursorKey []byte
	Version   string         // the server's
	Heavy     *inquiry.Heavy // shared with the other doors; nil: its own
	Log       *slog.Logger
}

// A Route is one address that the door answers.
type Route struct {
	Pattern   string // method and path, as http.ServeMux has it
	Operation string // what somebody calls
	Public    bool   // answered without a caller
	MaxBody   int64  // in bytes; what the handler enforces, and what surrounds it must let through
	Handler   http.Handler
}

// A door answers.
type door struct {
	Options
	schema  gql.ExecutableSchema
	rules   *rules.Rules
	members []errorMember
	pages   *paging.Cursors
}

// New returns the door's routes. It fails where an option is missing, and where a field does not say what governs it.
func New(o Options) ([]Route, error) {
	if o.Engine == nil || o.Changes == nil || o.Reader == nil || o.History == nil || o.TokensUsed == nil || o.Log == nil {
		return nil, fault.New(fault.Internal, "the door of /graphql lacks an option")
	}
	pages, err := paging.New(o.CursorKey, "graphql")
	if err != nil {
		return nil, err
	}
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{}})
	if err := checkGoverned(schema.Schema()); err != nil {
		return nil, err
	}
	if o.Heavy == nil {
		o.Heavy = inquiry.NewHeavy()
	}
	d := &door{Options: o, schema: schema, rules: quietRules(), members: members(), pages: pages}
	return d.routes(), nil
}

// routes lists the addresses. What is asked at a deployment's is asked about that deployment. There is no explorer at the
// longest one: a sign-in page has that address.
func (d *door) routes() []Route {
	var routes []Route
	for _, path := range []string{"/graphql", "/{deployment}/graphql", "/o/{organization}/graphql", "/o/{organization}/{deployment}/graphql"} {
		routes = append(routes, Route{Pattern: "POST " + path, Operation: "graphql", MaxBody: maxBody + 1, Handler: d})
	}
	for _, path := range []string{"/graphql", "/{deployment}/graphql", "/o/{organization}/graphql"} {
		routes = append(routes, Route{Pattern: "GET " + path, Operation: "graphql.explore", Handler: http.HandlerFunc(d.explore)})
	}
	return append(routes, explorerFiles()...)
}

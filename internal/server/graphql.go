package server

import "bailiwick/internal/api/graphql"

// graphqlRoutes lists the addresses of the management API in Dagster+'s names.
func (p *product) graphqlRoutes(cursors []byte) ([]Route, error) {
	door, err := graphql.New(graphql.Options{Engine: p.engine, Changes: p.changes, Reader: p.reader, History: p.history, TokensUsed: p.journal.TokensUsed,
		Heavy: p.heavy, CursorKey: cursors, Version: p.version, Log: p.log})
	if err != nil {
		return nil, err
	}
	var routes []Route
	for _, r := range door {
		access := SignedIn
		if r.Public {
			access = Public
		}
		routes = append(routes, Route{Pattern: r.Pattern, Operation: r.Operation, Access: access, MaxBody: r.MaxBody, Handler: r.Handler})
	}
	return routes, nil
}

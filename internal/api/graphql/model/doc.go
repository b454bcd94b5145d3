// Package model has the Go types of the GraphQL schema.
//
// It owns those that are generated (models_gen.go) and those few that are written by hand, scalars above all. What the JSON API
// has as well are package client's types. It does not own what fills them (internal/api/graphql).
package model

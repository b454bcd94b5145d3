// Package graphql is the door of the management API in Dagster+'s own names, so that a client that was written for Dagster+
// works unchanged: /graphql and /{deployment}/graphql.
//
// It owns the schema (schema/), how an operation is read, bounded and answered, and how things are called in it. It translates
// and never decides: who may see what is package sight's, what may be changed is package change's, the caller is package
// signin's. It does not own what is generated from the schema (generated, model).
//
// # How a field is answered
//
// Each field that discloses or changes something names in the schema, by @governs, the operation that governs it; the server
// does not start where one does not. Resolvers stand in NAME.resolvers.go beside schema/NAME.graphqls. Each begins with
//
//	a := askingOf(ctx)
//
// which has the caller, the facts of now (a.now, by which the caller is judged), those of another moment (a.at), what the
// caller sees of them (a.sight), and the one way to change something (a.change), which knows whether this is a dry run.
// Resolvers return errors of package fault; what becomes of them, a member of the field's union or an error of the answer,
// is decided in one place.
package graphql

//go:generate go tool -modfile=../../../tools/go.mod gqlgen generate

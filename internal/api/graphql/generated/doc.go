// Package generated is what gqlgen makes of the GraphQL schema: how an operation is walked and its answer written.
//
// It owns nothing that people write: go generate ./internal/api/graphql makes all of it. It does not own what the fields answer
// (internal/api/graphql) nor their types (internal/api/graphql/model).
package generated

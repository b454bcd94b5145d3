package graphql

import "context"

// A Resolver answers the fields of the schema. It has nothing of its own: all that it needs is the asking's.
type Resolver struct{}

type askingKey struct{}

// askingOf returns the operation that a context belongs to.
func askingOf(ctx context.Context) *asking {
	a, _ := ctx.Value(askingKey{}).(*asking)
	return a
}

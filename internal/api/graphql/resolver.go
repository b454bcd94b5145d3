package graphql

import (
	"context"
	"errors"
)

// A Resolver answers the fields of the schema. It has nothing of its own: all that it needs is the asking's.
type Resolver struct{}

type askingKey struct{}

// askingOf returns the operation that a context belongs to.
func askingOf(ctx context.Context) *asking {
	a, _ := ctx.Value(askingKey{}).(*asking)
	return a
}

// errNotImplemented is the answer of fields that are not there yet.
var errNotImplemented = errors.New("not implemented")

func notImplemented(string) error { return errNotImplemented }

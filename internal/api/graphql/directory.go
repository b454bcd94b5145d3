package graphql

import (
	"context"
	"encoding/json"
	"maps"

	gql "github.com/99designs/gqlgen/graphql"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
)

// asker asks about the facts of a moment for the caller; nil is now.
func (a *asking) asker(ctx context.Context, when *client.When) (*inquiry.Asker, error) {
	s, at, err := a.at(ctx, when)
	if err != nil {
		return nil, err
	}
	return &inquiry.Asker{Caller: a.caller, View: a.view, Now: a.judged, State: s.State, At: at}, nil
}

// page reads which part of a list a field asks for. Its cursor is good for the same field with the same arguments, asked by the
// same subject; more are arguments that are not the field's own.
func (a *asking) page(ctx context.Context, first *int, after *string, more ...string) (paging.Page, error) {
	limit := 50
	if first != nil {
		limit = *first
	}
	if limit < 1 || limit > maxFirst {
		return paging.Page{}, fault.New(fault.Invalid, "a page has from 1 to %d things", maxFirst).In("first")
	}
	field := gql.GetFieldContext(ctx)
	arguments := maps.Clone(field.Args)
	delete(arguments, "first")
	delete(arguments, "after")
	asked, err := json.Marshal(arguments) // in the order of their names
	if err != nil {
		return paging.Page{}, err
	}
	question := append([]string{field.Object + "." + field.Field.Name, a.caller.Organization, a.caller.Subject.String(), string(asked)}, more...)
	return a.pages.Page("after", said(after), limit, question...)
}

// list is what a field of one page is answered from.
func (a *asking) list(ctx context.Context, first *int, after *string, when *client.When) (*inquiry.Asker, paging.Page, error) {
	p, err := a.page(ctx, first, after)
	if err != nil {
		return nil, p, err
	}
	asker, err := a.asker(ctx, when)
	return asker, p, err
}

// said is what an argument says; "" where it is left out.
func said(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// answered is an answer that package inquiry gave.
func answered[T any](found T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// heavily works on a question whose cost grows with the organization.
func heavily[T any](ctx context.Context, a *asking, work func() (T, error)) (*T, error) {
	done, err := a.Heavy.Take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return answered(work())
}

// tokens answers a page of tokens; that others' were read is kept.
func (a *asking) tokens(ctx context.Context, asker *inquiry.Asker, q client.TokenQuery, p paging.Page) (*client.Tokens, error) {
	used, err := a.TokensUsed(ctx, a.caller.Organization)
	if err != nil {
		return nil, err
	}
	found, others, err := asker.Tokens(q, p, used)
	if err == nil && others {
		a.note(access.OpTokenListAll, "tokens of others were read")
	}
	return answered(found, err)
}

package graphql

import (
	"context"
	"errors"
	"log/slog"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// A changeRefusal is an error of package change, which has told whoever keeps refusals.
type changeRefusal struct{ error }

// Unwrap returns the error.
func (r changeRefusal) Unwrap() error { return r.error }

// An errorMember makes the member of a union that says an error in Dagster+'s words.
type errorMember struct {
	name string // of the type
	is   func(e *fault.Error) bool
	say  func(message string) any
}

// members are Dagster+'s words for our errors. The first that fits the error and is in the union says it.
func members() []errorMember {
	rule := func(kind fault.Kind, names ...string) func(*fault.Error) bool {
		return func(e *fault.Error) bool {
			for _, name := range names {
				if e.Kind == kind && e.Rule == name {
					return true
				}
			}
			return e.Kind == kind && len(names) == 0
		}
	}
	missing := rule(fault.NotFound)
	anything := func(*fault.Error) bool { return true }
	return []errorMember{
		{"UnauthorizedError", rule(fault.Forbidden), func(m string) any { return &model.UnauthorizedError{Message: m} }},
		{"UnauthorizedError", rule(fault.Unauthenticated), func(m string) any { return &model.UnauthorizedError{Message: m} }},
		{"CantRemoveAllAdminsError", rule(fault.Conflict, "last_administrator"), func(m string) any { return &model.CantRemoveAllAdminsError{Message: m} }},
		{"UserLimitError", rule(fault.Conflict, "seats"), func(m string) any { return &model.UserLimitError{Message: m} }},
		{"DeploymentLimitError", rule(fault.Conflict, "plan"), func(m string) any { return &model.DeploymentLimitError{Message: m} }},
		{"DeleteFinalDeploymentError", rule(fault.Conflict, "last_deployment"), func(m string) any { return &model.DeleteFinalDeploymentError{Message: m} }},
		{"CustomRoleInUseError", rule(fault.Conflict, "role_in_use"), func(m string) any { return &model.CustomRoleInUseError{Message: m} }},
		{"DuplicateDeploymentError", rule(fault.Conflict, "exists"), func(m string) any { return &model.DuplicateDeploymentError{Message: m} }},
		{"UserNotFoundError", missing, func(m string) any { return &model.UserNotFoundError{Message: m} }},
		{"CustomRoleNotFoundError", missing, func(m string) any { return &model.CustomRoleNotFoundError{Message: m} }},
		{"DeploymentNotFoundError", missing, func(m string) any { return &model.DeploymentNotFoundError{Message: m} }},
		{"DagsterCloudTokenNotFoundError", missing, func(m string) any { return &model.DagsterCloudTokenNotFoundError{Message: m} }},
		{"InvalidLocationError", rule(fault.Invalid), func(m string) any {
			return &model.InvalidLocationError{Message: m, Errors: []*string{&m}}
		}},
		{"PythonError", anything, func(m string) any {
			return &model.PythonError{Message: m, Stack: []string{}, Causes: []*model.PythonError{}, ErrorChain: []*model.ErrorChainLink{}}
		}},
	}
}

// memberOf says an error as a member of the union that a field answers with; nil where it answers with something else.
func (d *door) memberOf(field *ast.FieldDefinition, e *fault.Error) any {
	union := d.schema.Schema().Types[field.Type.Name()]
	if union == nil || union.Kind != ast.Union || field.Type.Elem != nil {
		return nil
	}
	in := map[string]bool{}
	for _, name := range union.Types {
		in[name] = true
	}
	for _, m := range d.members {
		if in[m.name] && m.is(e) {
			return m.say(messageOf(e))
		}
	}
	return nil
}

// messageOf is what people read of an error: what is wrong, and what would be right.
func messageOf(e *fault.Error) string {
	if e.Right == "" {
		return signin.Redact(e.Wrong)
	}
	return signin.Redact(e.Wrong + "; " + e.Right)
}

// shown is an error as callers may see it, and whether it was ours alone. What went wrong inside is not in it.
func shown(err error) (e *fault.Error, internal bool) {
	if errors.As(err, &e) && e.Kind != fault.Internal {
		return e, false
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fault.New(fault.Unavailable, "the answer takes too long").By("time").Rather("ask for less, or try again"), false
	}
	return fault.New(fault.Internal, "something went wrong in the server").Rather("look for the request's id in the server's log"), true
}

// present makes an error of an answer of an error of ours. The parser's and the validation's pass as they are.
func (d *door) present(ctx context.Context, err error) *gqlerror.Error {
	var known *gqlerror.Error
	if errors.As(err, &known) && known.Err == nil {
		return known
	}
	path := gql.GetPath(ctx)
	e, internal := shown(err)
	if internal {
		id := ""
		if a := askingOf(ctx); a != nil {
			id = a.id
		}
		d.Log.LogAttrs(ctx, slog.LevelError, "a GraphQL field failed", slog.String("request_id", id), slog.String("path", path.String()), slog.String("error", signin.Redact(err.Error())))
	}
	return &gqlerror.Error{Message: messageOf(e), Path: path, Extensions: extensionsOf(e)}
}

func extensionsOf(e *fault.Error) map[string]any {
	found := map[string]any{"code": e.Kind.String()}
	for name, text := range map[string]string{"field": e.Field, "rule": e.Rule} {
		if text != "" {
			found[name] = signin.Redact(text)
		}
	}
	return found
}

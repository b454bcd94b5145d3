package graphql

import (
	"context"
	"reflect"
	"slices"
	"strings"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/api/graphql/generated"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// Operations of @governs that stand in no role model.
const (
	signedIn   = "signed_in"  // whoever is signed in
	everything = "everything" // audit.read at org
)

// A governance is what @governs says of a field.
type governance struct {
	operation, kind string
	permission      string // of Dagster's, where seeing something takes another one than changing it
	own             bool
}

// governanceOf reads a field's @governs; nil where it has none.
func governanceOf(field *ast.FieldDefinition) *governance {
	directive := field.Directives.ForName("governs")
	if directive == nil {
		return nil
	}
	said := directive.ArgumentMap(nil)
	g := &governance{}
	g.operation, _ = said["operation"].(string)
	g.kind, _ = said["kind"].(string)
	g.permission, _ = said["permission"].(string)
	g.own, _ = said["own"].(bool)
	return g
}

// checkGoverned refuses a schema in which a field that is worked out on its own does not say what governs it, or says
// something that does not exist.
func checkGoverned(schema *ast.Schema) error {
	for object, fields := range resolved() {
		definition := schema.Types[object]
		if definition == nil {
			return fault.New(fault.Internal, "the GraphQL schema has no type %s", object)
		}
		for _, field := range definition.Fields {
			g := governanceOf(field)
			switch {
			case strings.HasPrefix(field.Name, "__"):
			case g == nil && fields[strings.ToLower(field.Name)]:
				return fault.New(fault.Internal, "the GraphQL field %s.%s does not say what governs it", object, field.Name).Rather("@governs")
			case g != nil && !isOperation(g.operation):
				return fault.New(fault.Internal, "the GraphQL field %s.%s is governed by %q, which is no operation", object, field.Name, g.operation)
			}
		}
	}
	return nil
}

// resolved lists the fields that a resolver answers, in small letters, by type: what the generated code asks us for.
func resolved() map[string]map[string]bool {
	found := map[string]map[string]bool{}
	root := reflect.TypeFor[generated.ResolverRoot]()
	for i := range root.NumMethod() {
		object := root.Method(i)
		answers := object.Type.Out(0)
		found[object.Name] = map[string]bool{}
		for j := range answers.NumMethod() {
			found[object.Name][strings.ToLower(answers.Method(j).Name)] = true
		}
	}
	return found
}

func isOperation(name string) bool {
	return name == signedIn || name == everything || strings.HasPrefix(name, access.OpSetting) && name != access.OpSetting ||
		slices.Contains(access.Operations(), name) || slices.Contains(client.Names(), name)
}

// allowed refuses what is not the caller's to see. Mutations are judged by package change, and what may concern oneself by its
// resolver.
func (a *asking) allowed(ctx context.Context, g *governance) error {
	if g == nil || g.own || g.operation == signedIn || gql.GetOperationContext(ctx).Operation.Operation != ast.Query {
		return nil
	}
	switch {
	case g.operation == everything:
		return a.view.Everything()
	case g.operation == access.OpPeopleView:
		return a.view.Others()
	case a.view.All():
		return nil
	}
	held, needed := a.mayOperate(g.operation), "what an edition asks for "+g.operation
	if g.permission != "" {
		held, needed = a.mayOnDagster(g.permission), g.permission
	}
	if held {
		return nil
	}
	return sight.Forbidden("this is not yours to see", "it needs "+needed+", or audit.read at org")
}

// mayOperate tells whether the caller has what the directory asks for an operation, or the platform that Dagster's names are
// about.
func (a *asking) mayOperate(operation string) bool {
	if a.view.MayOperate(accessfile.Directory, operation) {
		return true
	}
	p := dagsterOf(a.judged)
	return p != nil && a.view.MayOperate(p.Slug, operation)
}

// mayOnDagster tells whether the caller has a permission on the platform that Dagster's names are about.
func (a *asking) mayOnDagster(permission string) bool {
	p := dagsterOf(a.judged)
	return p != nil && a.view.May(p.Slug, permission)
}

// dagsterOf is the platform that Dagster's names are about: the one named dagster, or the first with Dagster's kinds; nil
// where there is none.
func dagsterOf(st *state.State) *state.Platform {
	slugs := st.Slugs()
	if slices.Contains(slugs, "dagster") {
		slugs = append([]string{"dagster"}, slugs...)
	}
	for _, slug := range slugs {
		p := st.Platform(slug)
		if p != nil && slices.ContainsFunc(p.Model.Kinds, func(k access.Kind) bool { return k.Name == "branch_deployment" }) {
			return p
		}
	}
	return nil
}

package dagster

import (
	"slices"
	"strings"

	"bailiwick/internal/fault"
)

// A Rule says what one root field takes. Permissions are names of the edition dagster-plus; ids of resources are found by Sources.
type Rule struct {
	Kind       Kind
	Field      string
	Permission string
	Sources    []Source // none: the deployment
	Ignored    []string // paths of arguments, with all beneath them, that name nothing to be judged
	Since      string   // the first release known to have the field; empty: every supported one (1.12 and newer)
}

// A Source says which argument names something, and what. Every thing named by every source takes the permission: where upstream
// looks at one of two arguments, both are judged.
type Source struct {
	Path       string // "executionParamsList[].selector.repositoryLocationName": [] is each element of a list
	Kind       TargetKind
	Permission string // if it is another one than the rule's
	When       string // the path of a boolean argument that has to be true for this source to count
}

// A Table knows the root fields. It does not change.
type Table struct {
	rules map[Kind]map[string]Rule
}

// NewTable makes the table of the Dagster releases known to this program, with rules of an operator's for what they lack. A rule
// for a field that has one, or for a path that cannot be read, is Invalid.
func NewTable(more ...Rule) (*Table, error) {
	t := &Table{rules: map[Kind]map[string]Rule{Query: {}, Mutation: {}, Subscription: {}}}
	for _, r := range slices.Concat(mutationRules(), subscriptionRules(), queryRules(), more) {
		where := string(r.Kind) + " " + r.Field
		known, ok := t.rules[r.Kind]
		if !ok || !isName(r.Field) {
			return nil, fault.New(fault.Invalid, "%s is no root field", printable(where)).By("gate.rule")
		}
		if _, twice := known[r.Field]; twice {
			return nil, fault.New(fault.Invalid, "%s has a rule already", where).Rather("leave it out").By("gate.rule")
		}
		if r.Permission == "" {
			return nil, fault.New(fault.Invalid, "%s has no permission", where).By("gate.rule")
		}
		for _, s := range r.Sources {
			if !isPath(s.Path) || s.When != "" && !isPath(s.When) || s.Kind >= kinds {
				return nil, fault.New(fault.Invalid, "%s: %s is no path of an argument", where, printable(s.Path)).By("gate.rule")
			}
		}
		known[r.Field] = r
	}
	return t, nil
}

// isPath checks that a path is names between dots, each with [] behind it or not.
func isPath(path string) bool {
	for part := range strings.SplitSeq(path, ".") {
		if !isName(strings.TrimSuffix(part, "[]")) {
			return false
		}
	}
	return true
}

// isName tells what GraphQL calls a name.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// Rule returns what a root field takes; false if the table does not know the field.
func (t *Table) Rule(kind Kind, field string) (Rule, bool) {
	r, ok := t.rules[kind][field]
	return r, ok
}

// Unknown tells whether the table does not know what an operation does: a newer Dagster's field. Such mutations and subscriptions
// are refused; such queries take the administrator of the deployment.
func (t *Table) Unknown(o Operation) bool {
	_, ok := t.Rule(o.Kind, o.Field)
	return !ok && (o.Kind == Subscription || !isIntrospection(o.Field))
}

func isIntrospection(field string) bool {
	return field == "__typename" || field == "__schema" || field == "__type"
}

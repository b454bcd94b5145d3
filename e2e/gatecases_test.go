package e2e

import (
	"slices"
	"strings"
)

// A mutation is one way to ask for one of Dagster's mutations, with what it takes: written from the product's documents and from
// what dagster-graphql 1.13.27 checks itself (schema/roots/mutation.py and what it calls, read 2026-11), and not from the
// gate's table.
type mutation struct {
	name    string // the field's, with what is special about the case behind it
	takes   []take // all of them
	whole   bool   // it is of no code location, and asked once
	refusal string // as the union of the field has it: UnauthorizedError, PythonError, or "" where it has neither
	text    string // a document with the field under the key answer
	// about makes what is asked about, and the variables. Those that the document does not have are notes for sees.
	about func(g *ground, p place) vars
	said  string // the type of Dagster's answer to those who may, "true" of a boolean
	// sees reads what the mutation changes: from one text to another. Where it is nil nothing is changed: the answer of Dagster
	// itself says that it was asked.
	sees     func(g *ground, p place, v vars) string
	from, to string
	slow     bool // asked for once in earnest: it starts processes
}

// field is the name of the mutation.
func (m mutation) field() string {
	name, _, _ := strings.Cut(m.name, " ")
	return name
}

// sent are the variables that the document has.
func (m mutation) sent(v vars) vars {
	all := vars{}
	for name, value := range v {
		if strings.Contains(m.text, "$"+name+":") {
			all[name] = value
		}
	}
	return all
}

// A take is a permission that a mutation takes, and where.
type take struct {
	permission string
	at         reach
}

// A reach says which resources a permission has to be held on.
type reach string

const (
	here       reach = "the code location"
	both       reach = "every code location"
	deployment reach = "the deployment"
)

// on is a permission in one code location.
func on(permission string) []take { return []take{{permission, here}} }

// everywhere is a permission in both code locations, each of them.
func everywhere(permission string) []take { return []take{{permission, both}} }

// wide is a permission on the whole deployment.
func wide(permission string) []take { return []take{{permission, deployment}} }

// resources are the paths that a take is asked at, in a deployment.
func (t take) resources(in string, p place) []string {
	switch t.at {
	case here:
		return []string{in + "/" + p.name}
	case both:
		return []string{in + "/" + etl.name, in + "/" + reports.name}
	case deployment:
	}
	return []string{in}
}

const (
	unauthorized = "UnauthorizedError"
	python       = "PythonError"
)

// saying asks for the type of an answer, and for the messages of errors.
const saying = ` { __typename ... on PythonError { message } ... on UnauthorizedError { message } }`

// pythonic is saying for a union without UnauthorizedError.
const pythonic = ` { __typename ... on PythonError { message } }`

// document writes a mutation: its variables with their types, and the field with its arguments.
func document(variables, field, rest string) string {
	if variables != "" {
		variables = "(" + variables + ")"
	}
	return "mutation asked" + variables + " { answer: " + field + rest + " }"
}

// mutations are all cases: at least one for each field, and one for each way to name what it is about.
func mutations() []mutation {
	return slices.Concat(launches(), reexecutions(), runs(), backfills(), schedules(), sensors(), locations(), assets(), partitions(), instance())
}

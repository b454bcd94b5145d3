package graphql

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
	"bailiwick/internal/strictjson"
)

// A request is the body of a POST.
type request struct {
	Query         string         `json:"query"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
}

// readRequest reads the body. Whatever a browser's form could send, and whatever two readers could take for two different
// things, is an error (attack 103).
func readRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	text, err := strictjson.Read(w, r, maxBody)
	switch {
	case err != nil:
		return nil, err
	case bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("[")):
		return nil, fault.New(fault.Invalid, "the body is a list of operations").By("batch").Rather("send one operation a request")
	}
	if err := strictjson.OneObject(text, noCredential); err != nil {
		return nil, err
	}
	return decode(text)
}

func noCredential(text string) error {
	if !signin.HasCredential(text) {
		return nil
	}
	return fault.New(fault.Invalid, "a credential stands in the body, where none belongs").By("credential").
		Rather("leave it out, and revoke it: it may have been seen on the way")
}

// decode reads the object. Keys are compared exactly: encoding/json would take QUERY for query.
func decode(text []byte) (*request, error) {
	bad := func(format string, args ...any) error { return fault.New(fault.Invalid, format, args...).By("json") }
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, bad("the body is not a JSON object")
	}
	known := []string{"query", "operationName", "variables", "extensions"}
	for key := range keys {
		if !slices.Contains(known, key) {
			return nil, fault.New(fault.Invalid, "the body has an unknown key").In(key).By("json").Rather("one of %s", strings.Join(known, ", "))
		}
	}
	found := &request{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(found); err != nil {
		return nil, bad("the body has a key of another kind: query and operationName are texts, variables and extensions are objects")
	}
	switch {
	case found.Query == "":
		return nil, bad("the body has no query")
	case len(found.Extensions) > 0:
		return nil, fault.New(fault.Invalid, "there are no extensions").In("extensions").By("json").Rather("send the whole query")
	}
	return found, nil
}

// An operation is one that may be carried out: parsed, bounded, valid.
type operation struct {
	text      string
	document  *ast.QueryDocument
	chosen    *ast.OperationDefinition
	variables map[string]any
}

// read parses and validates a request. What is wrong with the text of a query is a gqlerror.List, else a fault.
func (d *door) read(r *request) (*operation, error) {
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: r.Query}, maxTokens)
	if err != nil {
		return nil, listOf(err)
	}
	if len(document.Operations) != 1 {
		return nil, fault.New(fault.Invalid, "the query has %d operations", len(document.Operations)).By("one_operation").Rather("send exactly one")
	}
	chosen := document.Operations[0]
	if r.OperationName != nil && *r.OperationName != "" && *r.OperationName != chosen.Name {
		return nil, fault.New(fault.Invalid, "the query has no operation of that name").In("operationName").By("one_operation")
	}
	if err := checkShape(document, chosen); err != nil {
		return nil, err
	}
	for _, fragment := range document.Fragments { // those that nothing uses are validated as well
		if err := (&measure{document: document, open: []string{fragment.Name}}).set(1, fragment.SelectionSet); err != nil {
			return nil, err
		}
	}
	if list := validator.ValidateWithRules(d.schema.Schema(), document, d.rules); len(list) > 0 {
		return nil, list
	}
	variables, err := validator.VariableValues(d.schema.Schema(), chosen, r.Variables)
	if err != nil {
		return nil, listOf(err)
	}
	if err := checkComplexity(chosen, variables); err != nil {
		return nil, err
	}
	return &operation{text: r.Query, document: document, chosen: chosen, variables: variables}, nil
}

// listOf is an error of the parser as a list.
func listOf(err error) gqlerror.List {
	var one *gqlerror.Error
	if errors.As(err, &one) {
		return gqlerror.List{one}
	}
	return gqlerror.List{{Message: "the query cannot be read"}}
}

// quietRules are the rules of GraphQL without suggestions of what else there is.
func quietRules() *rules.Rules {
	all := rules.NewDefaultRules()
	for loud, quiet := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		all.RemoveRule(loud)
		all.AddRule(quiet.Name, quiet.RuleFunc)
	}
	return all
}

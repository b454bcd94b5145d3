package rest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/strictjson"
)

func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In(field)
}

func missing(field, what, name string) error {
	return fault.New(fault.NotFound, "there is no %s %q", what, name).In(field)
}

// body reads the one JSON object of a request into a type of package client. Whatever it does not know is an error, so
// that nobody sets what is not theirs to set (attack 105).
func body[T any](a *asking) (into T, err error) {
	text, err := strictjson.Read(a.w, a.r, a.endpoint.body)
	if err != nil {
		return into, err
	}
	each := func(text string) error { return noCredential("in the body", text) }
	if a.endpoint.secrets {
		each = func(string) error { return nil }
	}
	if err := strictjson.OneObject(text, each); err != nil {
		return into, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&into); err != nil {
		return into, fault.Wrap(fault.Invalid, err, "the body cannot be read: %s", strings.TrimPrefix(err.Error(), "json: ")).By("json")
	}
	return into, nil
}

// checkAddress refuses credentials in the address, parameters that the route does not have, and those that are there twice.
func (a *asking) checkAddress() error {
	values, err := url.ParseQuery(a.r.URL.RawQuery)
	if err != nil {
		return fault.New(fault.Invalid, "the query cannot be read")
	}
	for _, name := range a.endpoint.names() {
		if err := noCredential("in the address", a.r.PathValue(name)); err != nil {
			return err
		}
	}
	for name, given := range values {
		if err := noCredential("in the query", name+given[0]); err != nil {
			return err
		}
		switch {
		case !slices.Contains(a.endpoint.query, name):
			return invalid(name, "there is no such parameter").Rather("%s", oneOf(a.endpoint.query))
		case len(given) > 1:
			return invalid(name, "the parameter is there %d times", len(given)).Rather("give it once")
		case !utf8.ValidString(given[0]) || strings.ContainsRune(given[0], 0):
			return invalid(name, "the parameter is not plain UTF-8")
		}
	}
	return nil
}

func oneOf(names []string) string {
	if len(names) == 0 {
		return "this address takes none"
	}
	return "one of " + strings.Join(names, ", ")
}

func (a *asking) param(name string) string { return a.r.URL.Query().Get(name) }

// number reads a parameter that is a number from 0.
func (a *asking) number(name string) (int64, error) {
	text := a.param(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, invalid(name, "it is not a number from 0 on")
	}
	return n, nil
}

// flag reads a parameter that is true or false; nil where it is not given.
func (a *asking) flag(name string) (*bool, error) {
	yes, no := true, false
	switch a.param(name) {
	case "":
		return nil, nil //nolint:nilnil // not given is no error
	case "true":
		return &yes, nil
	case "false":
		return &no, nil
	}
	return nil, invalid(name, "it is neither true nor false")
}

// reading reads which facts are asked for from the query.
func (a *asking) reading() (want client.Reading, err error) {
	if want.At, err = client.ParseWhen(a.param("at")); err != nil {
		return want, invalid("at", "%v", err)
	}
	if want.AtLeast, err = a.number("at_least"); err != nil {
		return want, err
	}
	want.Epoch, err = a.number("epoch")
	return want, err
}

// changing reads how a change is to be made from the query.
func (a *asking) changing() (how client.Changing, err error) {
	dry, err := a.flag("dry_run")
	if err != nil {
		return how, err
	}
	how.DryRun = dry != nil && *dry
	how.ChangeID = a.param("change_id")
	how.ExpectedRevision, err = a.number("expected_revision")
	return how, err
}

package model

import (
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"bailiwick/client"
)

// Bailiwick is the root of our own fields. Each of them is worked out when it is asked for.
type Bailiwick struct{}

// When is a moment or a revision.
type When = client.When

// MarshalWhen writes a When.
func MarshalWhen(w When) graphql.Marshaler { return graphql.MarshalString(w.String()) }

// UnmarshalWhen reads a When.
func UnmarshalWhen(v any) (When, error) {
	text, is := v.(string)
	if !is {
		return When{}, errors.New("a moment or a revision is a text")
	}
	return client.ParseWhen(text)
}

// MarshalTexts writes a map of texts as a JSON object.
func MarshalTexts(m map[string]string) graphql.Marshaler {
	values := make(map[string]any, len(m))
	for name, text := range m {
		values[name] = text
	}
	return graphql.MarshalMap(values)
}

// UnmarshalTexts reads a map of texts.
func UnmarshalTexts(v any) (map[string]string, error) {
	values, is := v.(map[string]any)
	if !is {
		return nil, errors.New("this is no object")
	}
	texts := make(map[string]string, len(values))
	for name, value := range values {
		text, is := value.(string)
		if !is {
			return nil, errors.New("the value of " + name + " is no text")
		}
		texts[name] = text
	}
	return texts, nil
}

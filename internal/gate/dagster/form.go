package dagster

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// parseForm reads a query string in the spelling that every reader takes for the same: pairs between &, no semicolons (Go drops
// such a pair, Starlette keeps it), whole percent escapes, UTF-8.
func parseForm(raw string) (map[string][]string, error) {
	pairs := map[string][]string{}
	if strings.ContainsAny(raw, ";#") {
		return nil, refused("query_string", "the query string has a ; or #", "write %3B or %23")
	}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err != nil || err2 != nil || !utf8.ValidString(key) || !utf8.ValidString(value) {
			return nil, refused("query_string", "the query string is not percent-encoded UTF-8", "encode it")
		}
		pairs[key] = append(pairs[key], value)
	}
	return pairs, nil
}

// readGet reads the three parameters, each at most once: of two the webserver takes the last, and others take the first.
func readGet(rawQuery string, body []byte) (Request, error) {
	r := Request{Door: Get, Variables: map[string]any{}}
	if len(body) > 0 {
		return r, refused("two_requests", "a GET has a body", "send POST, or no body")
	}
	pairs, err := parseForm(rawQuery)
	if err != nil {
		return r, err
	}
	for key, values := range pairs {
		switch {
		case len(values) > 1:
			return r, refused("query_string", "the query string has "+printable(key)+" twice", "send it once")
		case key == "query":
			r.Query = values[0]
		case key == "operationName":
			if values[0] == "" {
				return r, refused(key, "operationName is empty", "leave it out")
			}
			r.OperationName = values[0]
		case key == "variables":
			if r.Variables, err = decodeObject([]byte(values[0])); err != nil {
				return r, err
			}
		case key != "op":
			return r, refused("unknown_key", "the query string has "+printable(key), "send query, variables and operationName")
		}
	}
	return r, r.check()
}

package dagster

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds how deep values lie in each other. Run configurations go some ten deep.
const maxJSONDepth = 64

// ReadObject reads a stranger's JSON object as strictly as a request to /graphql. Errors are Invalid.
func ReadObject(text []byte) (map[string]any, error) { return decodeObject(text) }

// decodeObject reads one JSON object that Python and Go take for the same: UTF-8 without a byte order mark, no key twice, no key
// of the object itself in another case than a second one, no lone halves of surrogates, no number beyond a double's range, and
// nothing after it. (Python's json also reads UTF-16, NaN and Infinity; Go's puts U+FFFD for what it cannot read.)
func decodeObject(text []byte) (map[string]any, error) {
	switch {
	case !utf8.Valid(text):
		return nil, refused("json", "the text is not UTF-8", "encode it as UTF-8")
	case bytes.HasPrefix(text, []byte("\ufeff")):
		return nil, refused("json", "the text begins with a byte order mark", "leave it out")
	case !wholeEscapes(text):
		return nil, refused("json", "the text has half of a surrogate pair", "write the whole character")
	}
	d := &decoder{json.NewDecoder(bytes.NewReader(text))}
	d.UseNumber()
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, refused("json", "the text is not an object", "send one object; lists of requests are not read")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refused("json", "something follows the object", "send one object")
	}
	seen := map[string]bool{}
	for key := range object {
		folded := strings.ToLower(key)
		if seen[folded] {
			return nil, refused("json", "the object has the key "+printable(folded)+" in two spellings", "send it once")
		}
		seen[folded] = true
	}
	return object, nil
}

type decoder struct{ *json.Decoder }

func (d *decoder) value(depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, refused("json", "the text is not JSON", "")
	}
	if depth > maxJSONDepth {
		return nil, refused("depth", "the values lie too deep in each other", "")
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return d.object(depth)
		}
		return d.list(depth)
	case json.Number:
		if f, err := strconv.ParseFloat(t.String(), 64); err != nil || math.IsInf(f, 0) {
			return nil, refused("json", "a number is beyond what a double holds", "")
		}
	}
	return token, nil
}

func (d *decoder) object(depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, refused("json", "the text is not JSON", "")
		}
		if _, twice := object[key]; twice {
			return nil, refused("json", "an object has the key "+printable(key)+" twice", "send it once")
		}
		if object[key], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return object, d.closed()
}

func (d *decoder) list(depth int) (any, error) {
	list := []any{}
	for d.More() {
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, d.closed()
}

func (d *decoder) closed() error {
	if _, err := d.Token(); err != nil {
		return refused("json", "the text is not JSON", "")
	}
	return nil
}

// wholeEscapes reports whether every \uD800 to \uDFFF in a JSON text is a half of a pair: Python keeps a lone one, Go replaces it.
func wholeEscapes(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		switch half := surrogate(text[i:]); half {
		case low:
			return false
		case high:
			if surrogate(text[i+6:]) != low {
				return false
			}
			i += 11
		default:
			i++ // whatever is escaped, a backslash too
		}
	}
	return true
}

type half uint8

const (
	none half = iota
	high
	low
)

func surrogate(text []byte) half {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return none
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	switch {
	case err != nil || code < 0xd800 || code > 0xdfff:
		return none
	case code < 0xdc00:
		return high
	}
	return low
}

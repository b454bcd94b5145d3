package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"bailiwick/internal/fault"
)

// Read reads the body of a request that is declared as JSON in UTF-8 and not packed: at most limit bytes. Its errors are Invalid.
func Read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	media := ""
	if headers := r.Header.Values("Content-Type"); len(headers) == 1 {
		kind, params, err := mime.ParseMediaType(headers[0])
		if charset, given := params["charset"]; err == nil && (!given || strings.EqualFold(charset, "utf-8")) {
			media = kind
		}
	}
	if media != "application/json" || r.Header.Get("Content-Encoding") != "" {
		return nil, fault.New(fault.Invalid, "the body is not declared as JSON").By("content_type").Rather("send it with Content-Type: application/json")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fault.New(fault.Invalid, "the body has more than %d bytes", tooLarge.Limit).By("size")
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "the body could not be read to its end")
	case !utf8.Valid(text):
		return nil, fault.New(fault.Invalid, "the body is not UTF-8").By("json")
	}
	return text, nil
}

// maxDepth bounds how deep values lie in each other.
const maxDepth = 32

// OneObject checks what encoding/json lets pass: anything after the object, keys that are there twice (it also takes keys
// that differ in case for the same), and great depth. It shows every text to each, keys too, whose error ends the reading. Its
// own errors are Invalid. That the text is UTF-8, Read has seen to.
func OneObject(text []byte, each func(text string) error) error {
	bad := func(wrong string) error { return fault.New(fault.Invalid, "%s", wrong).By("json") }
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var open []map[string]bool // keys of the objects that are open; nil for a list
	key := false               // the next text is a key
	for started := false; ; started = true {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && started && len(open) == 0:
			return nil
		case err != nil:
			return bad("the body is not JSON")
		case started && len(open) == 0:
			return bad("the body has something after the object")
		case !started && token != json.Delim('{'):
			return bad("the body is not an object")
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			if len(open) > maxDepth {
				return bad("the body's values lie too deep in each other")
			}
		case string:
			if err := each(t); err != nil {
				return err
			}
			if key {
				folded := strings.ToLower(t)
				if open[len(open)-1][folded] {
					return bad("the body has a key twice: " + t)
				}
				open[len(open)-1][folded] = true
				key = false
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

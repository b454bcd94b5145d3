package dagster

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"bailiwick/internal/fault"
)

// MaxBody is how many bytes a request may have: a body, a query string, or a message of the socket.
const MaxBody = 1 << 20

// Door is how a request came. What it may carry depends on it.
type Door uint8

// The doors.
const (
	Post   Door = iota // queries and mutations
	Get                // queries only, although the webserver runs mutations by GET too
	Socket             // one subscription
)

// A Request is what was asked for, before it is understood.
type Request struct {
	Query         string
	Variables     map[string]any // nil, bool, string, json.Number, []any, map[string]any; never nil itself
	OperationName string         // empty: none given
	Door          Door
}

// Read reads a request to /graphql. Errors are Invalid, with the rule that was broken; nothing is guessed. The webserver reads
// more spellings than these (dagster_webserver/graphql.py 1.13.27: the query from the URL of a POST, raw bodies, any content
// type that contains application/json), and each is a way to be read as something else than was judged.
func Read(method string, header http.Header, rawQuery string, body []byte) (Request, error) {
	if len(body) > MaxBody || len(rawQuery) > MaxBody {
		return Request{}, refused("size", "the request is larger than 1 MiB", "ask for less at once")
	}
	if e := header.Values("Content-Encoding"); len(e) > 0 && (len(e) > 1 || e[0] != "identity") {
		return Request{}, refused("content_encoding", "the body is compressed", "send it as it is")
	}
	switch method {
	case http.MethodPost:
		return readPost(header, rawQuery, body)
	case http.MethodGet:
		return readGet(rawQuery, body)
	}
	return Request{}, refused("method", "the method is "+printable(method), "use POST, or GET for queries")
}

func readPost(header http.Header, rawQuery string, body []byte) (Request, error) {
	if err := contentType(header.Values("Content-Type")); err != nil {
		return Request{}, err
	}
	// Dagster's own pages name the operation there (?op=…) for logs. What else could be taken for the request is not ignored.
	if pairs, err := parseForm(rawQuery); err != nil {
		return Request{}, err
	} else if len(pairs["query"])+len(pairs["variables"])+len(pairs["operationName"]) > 0 {
		return Request{}, refused("two_requests", "a POST has its request in the URL", "send it in the body")
	}
	object, err := decodeObject(body)
	if err != nil {
		return Request{}, err
	}
	return fromObject(object, Post)
}

// contentType accepts one header: application/json, with charset=utf-8 or without.
func contentType(values []string) error {
	if len(values) == 1 {
		media, parameter, more := strings.Cut(values[0], ";")
		if media == "application/json" && (!more || strings.EqualFold(strings.Trim(parameter, " "), "charset=utf-8")) {
			return nil
		}
	}
	return refused("content_type", "the content type is not JSON", "send one header Content-Type: application/json")
}

// fromObject reads {query, variables, operationName}. Clients put extensions beside them, which the webserver does not read
// and nobody forwards.
func fromObject(object map[string]any, door Door) (Request, error) {
	r := Request{Door: door, Variables: map[string]any{}}
	for key, value := range object {
		switch v := value.(type) {
		case string:
			switch {
			case key == "query":
				r.Query = v
				continue
			case key == "operationName" && v != "":
				r.OperationName = v
				continue
			}
		case map[string]any:
			if key == "variables" {
				r.Variables = v
				continue
			}
			if key == "extensions" {
				continue
			}
		case nil:
			if key == "variables" || key == "operationName" || key == "extensions" {
				continue
			}
		}
		switch key {
		case "query", "operationName":
			return r, refused(key, key+" is not a text", "send a text that is not empty")
		case "variables", "extensions":
			return r, refused(key, key+" is not an object", "send an object, not its text")
		}
		return r, refused("unknown_key", "the request has a key "+printable(key), "send query, variables and operationName")
	}
	return r, r.check()
}

func (r Request) check() error {
	if r.Query == "" {
		return refused("query", "the request has no query", "send the document's text; hashes of documents are not known here")
	}
	return nil
}

// Body writes the request in the one form that Read reads back as the same: keys sorted, nothing escaped that need not be.
func (r Request) Body() []byte {
	object := map[string]any{"query": r.Query, "variables": r.Variables}
	if r.OperationName != "" {
		object["operationName"] = r.OperationName
	}
	return encode(object)
}

// encode writes JSON. The values are those of Request.Variables, all of which can be written.
func encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func refused(rule, wrong, right string) error {
	return fault.New(fault.Invalid, "%s", wrong).Rather("%s", right).By("gate." + rule)
}

// printable shortens what a stranger wrote, for a message.
func printable(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '·'
		}
		return r
	}, `"`+s+`"`)
}

package change

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// maxDocument bounds a document in bytes.
const maxDocument = 64 << 10

// documentsOf names what a product keeps at a kind of resource: what Dagster+'s management API stores there and Bailiwick only
// hands back. It stands here and not in the editions: platforms are pinned to those texts, and none of this decides.
func documentsOf(m *access.Model, kind string) []string {
	if m.Product != "Dagster+" && m.Product != "Dagster Cloud" {
		return nil
	}
	return map[string][]string{
		"organization":      {"settings"},
		"deployment":        {"settings", "agent"},
		"code_location":     {"location"},
		"branch_deployment": {"branch"},
	}[kind]
}

func (j *judge) setDocument(c client.DocumentSet) error {
	path, p, err := j.path("resource", c.Resource)
	if err != nil {
		return err
	}
	documents, kind, err := j.documentsAt(p, path)
	if err != nil {
		return err
	}
	if path == p.Slug {
		err = j.operation(p.Slug, access.OpPlatformUpdate, "", path)
	} else {
		err = j.operation(p.Slug, access.OpResourceUpdate, kind, path)
	}
	if err != nil {
		return err
	}
	names := documentsOf(p.Model, kind)
	switch {
	case len(names) == 0:
		return fault.New(fault.Invalid, "%s keeps no documents at a %s", p.Model.Product, kind).In("name").By("document")
	case !slices.Contains(names, c.Name):
		return fault.New(fault.Invalid, "%s keeps no document %q at a %s", p.Model.Product, c.Name, kind).In("name").By("document").
			Rather("it is one of %s", strings.Join(names, ", "))
	}
	text, err := compact(c.Document)
	if err != nil || text == documents[c.Name] {
		return err
	}
	return j.emit(&event.ResourceDocumentSet{Path: path, Name: c.Name, Document: text})
}

// documentsAt returns what is kept at a platform's root or at a resource, and what kind it is.
func (j *judge) documentsAt(p *state.Platform, path string) (map[string]string, string, error) {
	if path == p.Slug {
		return p.Documents, p.Model.Kinds[0].Name, nil
	}
	r := j.now().Resource(path)
	if r == nil {
		return nil, "", fault.New(fault.NotFound, "there is no resource %q", path).In("resource")
	}
	return r.Documents, p.Model.KindOf(path), nil
}

// compact writes a document as it is stored; "" is none.
func compact(document json.RawMessage) (string, error) {
	bad := func(wrong, right string) error {
		return fault.New(fault.Invalid, "%s", wrong).In("document").By("document").Rather("%s", right)
	}
	var out bytes.Buffer
	switch {
	case len(document) == 0:
		return "", nil
	case !utf8.Valid(document):
		return "", bad("the document is not UTF-8", "write it in UTF-8")
	case json.Compact(&out, document) != nil:
		return "", bad("the document is not JSON", "write it like {\"timezone\": \"UTC\"}")
	case out.Len() > maxDocument:
		return "", bad("the document is longer than 64 KiB", "keep only what is needed in it")
	case out.String() == "null":
		return "", nil
	}
	return out.String(), nil
}

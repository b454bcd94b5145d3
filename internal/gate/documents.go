package gate

import (
	"container/list"
	"context"
	"sync"

	"bailiwick/internal/gate/dagster"
)

// documentBytes bounds the memory of the documents that a gate remembers. A read document takes about documentBase bytes, and
// documentFactor for each byte of its text (TestDocumentsAreBounded measures it).
const (
	documentBytes  = 64 << 20
	documentBase   = 512
	documentFactor = 48
)

// documents are those that were read lately: Dagster's pages send the same few over and over, and reading one costs more than all
// the rest of a request. They hold for one schema.
type documents struct {
	limit int

	mu     sync.Mutex
	schema *dagster.Schema
	size   int
	known  map[documentKey]*list.Element
	order  *list.List // of *remembered, the latest used in front
}

type documentKey struct {
	query, operationName string
	door                 dagster.Door // what is good at one door is not at another
}

type remembered struct {
	key      documentKey
	document *dagster.Document
}

func (r *remembered) size() int {
	return documentBase + documentFactor*(len(r.key.query)+len(r.key.operationName))
}

func newDocuments(limit int) *documents {
	return &documents{limit: limit, known: map[documentKey]*list.Element{}, order: list.New()}
}

func (d *documents) get(s *dagster.Schema, key documentKey) *dagster.Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.schema != s {
		return nil
	}
	e := d.known[key]
	if e == nil {
		return nil
	}
	d.order.MoveToFront(e)
	return e.Value.(*remembered).document
}

func (d *documents) put(s *dagster.Schema, key documentKey, document *dagster.Document) {
	r := &remembered{key, document}
	if r.size() > d.limit/8 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.schema != s {
		d.schema, d.size = s, 0
		clear(d.known)
		d.order.Init()
	}
	if d.known[key] != nil {
		return
	}
	d.known[key] = d.order.PushFront(r)
	for d.size += r.size(); d.size > d.limit; {
		oldest := d.order.Remove(d.order.Back()).(*remembered)
		delete(d.known, oldest.key)
		d.size -= oldest.size()
	}
}

// parse reads a request's document, or remembers it. Errors are Invalid, and Unavailable where the upstream's schema is not known.
func (g *Gate) parse(ctx context.Context, r dagster.Request) (*dagster.Document, error) {
	schema, err := g.workspace.Schema(ctx)
	if err != nil {
		return nil, err
	}
	key := documentKey{r.Query, r.OperationName, r.Door}
	if known := g.documents.get(schema, key); known != nil {
		return known, nil
	}
	document, err := dagster.Parse(schema, r)
	if err != nil {
		return nil, err
	}
	g.documents.put(schema, key, document)
	return document, nil
}

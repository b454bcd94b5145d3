package authzen

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// How many results a page has where the request does not say, and at most.
const (
	usualLimit = 100
	maxLimit   = 1000
)

// A pager makes and checks page tokens. Its key is new at each start, so tokens end with the process.
type pager struct{ key [32]byte }

// A cursor is what a token carries.
type cursor struct {
	offset, limit   int64
	revision, epoch int64
}

const (
	cursorBytes = 4 * 8
	macBytes    = 16
)

// token writes a cursor and what it is good for: the same request by the same caller.
func (p *pager) token(c cursor, bound []byte) string {
	b := c.append(make([]byte, 0, cursorBytes+macBytes))
	return base64.RawURLEncoding.EncodeToString(append(b, p.mac(b, bound)...))
}

// read is the inverse of token; false for whatever this pager did not make for exactly that.
func (p *pager) read(token string, bound []byte) (cursor, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != cursorBytes+macBytes || subtle.ConstantTimeCompare(b[cursorBytes:], p.mac(b[:cursorBytes], bound)) != 1 {
		return cursor{}, false
	}
	n := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[8*i:])) }
	return cursor{offset: n(0), limit: n(1), revision: n(2), epoch: n(3)}, true
}

func (c cursor) append(b []byte) []byte {
	for _, n := range [...]int64{c.offset, c.limit, c.revision, c.epoch} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

func (p *pager) mac(cursor, bound []byte) []byte {
	h := hmac.New(sha256.New, p.key[:])
	h.Write(cursor)
	h.Write(bound)
	return h.Sum(nil)[:macBytes]
}

// bound is what a request's tokens are bound to: the caller, the endpoint, and everything in the body but the place in the
// list, in whatever order and spacing it was written.
func (a *asking) bound(path string) ([]byte, error) {
	var body map[string]any
	if err := json.Unmarshal([]byte(a.text), &body); err != nil {
		return nil, fmt.Errorf("a body that was read is read again: %w", err)
	}
	if p, ok := body["page"].(map[string]any); ok {
		delete(p, "token")
		delete(p, "limit")
		if len(p) == 0 {
			delete(body, "page")
		}
	}
	canonical, err := json.Marshal([]any{path, a.caller.Organization, a.caller.Subject, body})
	if err != nil {
		return nil, fmt.Errorf("writing a body that was read: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return sum[:], nil
}

// place finds which part of a list is asked for.
func (d *Door) place(a *asking, bound []byte) (cursor, error) {
	s := a.names.state
	c := cursor{limit: usualLimit, revision: s.Revision, epoch: s.Epoch}
	if a.page.hasLimit {
		c.limit = min(a.page.limit, maxLimit)
	}
	if a.page.token == "" {
		return c, nil
	}
	kept, ok := d.pages.read(a.page.token, bound)
	switch {
	case !ok:
		return cursor{}, invalid("page.token is not from an answer to this same request, or the server was started anew; ask again without it")
	case a.page.hasLimit && c.limit != kept.limit:
		return cursor{}, invalid("page.limit must stay as it was in the first request; ask again without the token")
	case kept.revision != c.revision || kept.epoch != c.epoch:
		return cursor{}, invalid("the organization has changed since page.token was given out; ask again without it")
	}
	return kept, nil
}

package rest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"bailiwick/internal/fault"
)

// How many things a page has where the request does not say, and at most.
const (
	usualLimit = 100
	maxLimit   = 1000
)

// newPages makes what seals places in lists.
func newPages(key []byte) (cipher.AEAD, error) {
	if len(key) < 32 {
		return nil, fault.New(fault.Internal, "the key of cursors has %d bytes, and needs 32", len(key))
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "bailiwick api cursors 1", 32)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "no key for cursors could be made")
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "no key for cursors could be made")
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// A page is the part of a list that is asked for.
type page struct {
	after string // sort key of the last thing of the page before
	limit int
}

// page reads which part of a list is asked for.
func (a *asking) page() (p page, err error) {
	limit, err := a.number("limit")
	switch {
	case err != nil:
		return p, err
	case limit > maxLimit:
		return p, invalid("limit", "a page has at most %d", maxLimit)
	case limit == 0:
		limit = usualLimit
	}
	p.limit = int(limit)
	cursor := a.param("after")
	if cursor == "" {
		return p, nil
	}
	bad := invalid("after", "it is not from an answer to this same question").By("cursor").Rather("pass on next as it came, with the same parameters; or begin without it")
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(sealed) < a.pages.Overhead() {
		return p, bad
	}
	plain, err := a.pages.Open(nil, nil, sealed, a.bound())
	if err != nil {
		return p, bad
	}
	p.after = string(plain)
	return p, nil
}

// next seals the place after a page. It holds names, and travels in addresses: it is not only signed but closed.
func (a *asking) next(key string) string {
	if key == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(a.pages.Seal(nil, nil, []byte(key), a.bound()))
}

// bound is what a cursor is good for: the same question by the same subject.
func (a *asking) bound() []byte {
	said := []string{a.endpoint.operation, a.caller.Organization, a.caller.Subject.String()}
	for _, name := range a.endpoint.query {
		if name != "after" && name != "limit" {
			said = append(said, name+"="+a.param(name))
		}
	}
	text, _ := json.Marshal(said) // texts can always be written
	return text
}

// An item is one thing of a list with the key that it is sorted by. Keys differ.
type item[T any] struct {
	key   string
	thing T
}

// cut returns the part of a sorted list that a page asks for, and the key to go on after; "" at the end.
func cut[T any](list []item[T], p page) (part []item[T], next string) {
	start := 0
	for start < len(list) && p.after != "" && strings.Compare(list[start].key, p.after) <= 0 {
		start++
	}
	list = list[start:]
	if len(list) <= p.limit {
		return list, ""
	}
	return list[:p.limit], list[p.limit-1].key
}

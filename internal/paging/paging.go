package paging

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"bailiwick/internal/fault"
)

// How many things a page has where the request does not say, and at most.
const (
	Usual = 100
	Most  = 1000
)

// Cursors seals places in lists. A place holds names, and travels in addresses: it is not only signed but closed.
type Cursors struct{ aead cipher.AEAD }

// New returns what seals places, for a door of a name, with a secret of at least 32 bytes that all replicas share. It fails,
// with an Internal error, where the secret is shorter.
func New(key []byte, door string) (*Cursors, error) {
	if len(key) < 32 {
		return nil, fault.New(fault.Internal, "the key of cursors has %d bytes, and needs 32", len(key))
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "bailiwick "+door+" cursors 1", 32)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "no key for cursors could be made")
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "no key for cursors could be made")
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "no key for cursors could be made")
	}
	return &Cursors{aead}, nil
}

// Seal closes the place after a page; "" stays "". It opens with the same question only: who asks, what, and every parameter
// but the place and the size of the page.
func (c *Cursors) Seal(place string, question ...string) string {
	if place == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(c.aead.Seal(nil, nil, []byte(place), bound(question)))
}

// Open is the inverse of Seal. Of whatever is not from an answer to the same question the error is Invalid, in a field.
func (c *Cursors) Open(field, cursor string, question ...string) (place string, err error) {
	if cursor == "" {
		return "", nil
	}
	bad := fault.New(fault.Invalid, "it is not from an answer to this same question").In(field).By("cursor").
		Rather("pass on next as it came, with the same parameters; or begin without it")
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(sealed) < c.aead.Overhead() {
		return "", bad
	}
	plain, err := c.aead.Open(nil, nil, sealed, bound(question))
	if err != nil {
		return "", bad
	}
	return string(plain), nil
}

// A Page is the part of a list that is asked for.
type Page struct {
	After string // key of the last thing of the page before; "" for the first page
	Limit int

	cursors  *Cursors
	question []string
}

// Page opens the cursor of a page of at most limit things, as Open does.
func (c *Cursors) Page(field, cursor string, limit int, question ...string) (Page, error) {
	after, err := c.Open(field, cursor, question...)
	return Page{After: after, Limit: limit, cursors: c, question: question}, err
}

// Next seals the key to go on after, as Seal does, for the same question. A page that was not made by Page is the only one of its list: "".
func (p Page) Next(key string) string {
	if p.cursors == nil {
		return ""
	}
	return p.cursors.Seal(key, p.question...)
}

// bound is what a cursor is good for.
func bound(question []string) []byte {
	text, _ := json.Marshal(question) // texts can always be written
	return text
}

// An Item is one thing of a list with the key that it is sorted by. Keys differ.
type Item[T any] struct {
	Key   string
	Thing T
}

// Cut returns the part of a sorted list that begins after a key, "" for its beginning, and has at most limit things; and the
// key to go on after, "" at the end.
func Cut[T any](list []Item[T], after string, limit int) (part []Item[T], next string) {
	start := 0
	for start < len(list) && after != "" && strings.Compare(list[start].Key, after) <= 0 {
		start++
	}
	list = list[start:]
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], list[limit-1].Key
}

// Select is Cut for things in any order, of which it sorts no more than about a page. Every key begins with what start returns
// for the thing, where that is given, and then has a 0 byte: it is for things whose keys take long to make.
func Select[T any](things iter.Seq[T], start, key func(T) string, after string, limit int) (part []Item[T], next string) {
	keep := limit + 1
	first, _, _ := strings.Cut(after, "\x00")
	last, bounded := Item[T]{}, false // what is beyond it is on a later page
	lastStart := ""
	for thing := range things {
		if start != nil {
			if begin := start(thing); begin < first || bounded && begin > lastStart {
				continue
			}
		}
		one := Item[T]{Key: key(thing), Thing: thing}
		if after != "" && one.Key <= after || bounded && one.Key >= last.Key {
			continue
		}
		if part = append(part, one); len(part) < 2*keep {
			continue
		}
		part = sorted(part)[:keep]
		last, bounded = part[limit], true
		if start != nil {
			lastStart = start(last.Thing)
		}
	}
	return Cut(sorted(part), "", limit)
}

func sorted[T any](list []Item[T]) []Item[T] {
	slices.SortFunc(list, func(a, b Item[T]) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// Inverted makes a key that sorts the other way round. Keys end with an id, so that none begins another.
func Inverted(key string) string {
	b := []byte(key)
	for i := range b {
		b[i] = ^b[i]
	}
	return string(b)
}

// Number writes a number as a key that sorts as the number does.
func Number(n int32) string { return fmt.Sprintf("%010d", n) }

package dagster

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"bailiwick/internal/fault"
)

// maxShown is how many targets one answer is judged by. What there is beyond is judged by the whole deployment.
const maxShown = 5000

// An Answer is an upstream's answer in which some places tell what the caller may do. Whoever has it judges Targets and writes it
// anew.
type Answer struct {
	text    []byte
	targets []Target
	known   map[string]int // where in targets, by what makes them one
	edits   []edit
}

// An edit is a part of the text that is replaced.
type edit struct {
	from, to int
	what     edition
	targets  []int // if one of them is refused: false, or the reason
}

type edition uint8

const (
	drop edition = iota
	yes          // a true that becomes false
	why          // a null that becomes the reason
)

// Answer reads an upstream's answer to what was asked: {"data": …}, of HTTP or of a message's payload. It finds what tells the
// caller's rights, and what was asked for besides. Text that is no such answer is Unavailable.
func (a *Asked) Answer(body []byte) (*Answer, error) {
	x := &Answer{text: body, known: map[string]int{}}
	if !a.Document.Rewrites() {
		return x, nil
	}
	if !json.Valid(body) || bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return nil, fault.New(fault.Unavailable, "Dagster's answer is not JSON").By("gate.answer")
	}
	w := &walk{cursor: cursor{text: body}, x: x, same: map[string][]int{}}
	w.next()
	w.members(func(key []byte, _ int) bool {
		switch string(key) {
		case "data":
			w.value(a.Document.shown, nil)
		case "errors":
			return w.errors()
		default:
			w.skip()
		}
		return false
	})
	slices.SortFunc(x.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	return x, nil
}

// Targets lists what must be judged to fill in what the answer tells, each once.
func (x *Answer) Targets() []Target { return x.targets }

// Write writes the answer for a caller. It is given, for each target, why it is refused; empty: it is allowed. What the upstream
// does not permit stays as it is. Everything else is as the upstream wrote it, byte for byte.
func (x *Answer) Write(reasons []string) []byte {
	out := make([]byte, 0, len(x.text)+64)
	at := 0
	for _, e := range x.edits {
		reason := x.reason(e.targets, reasons)
		if e.what != drop && reason == "" {
			continue
		}
		out = append(out, x.text[at:e.from]...)
		switch e.what {
		case yes:
			out = append(out, "false"...)
		case why:
			out = append(out, encode(reason)...)
		}
		at = e.to
	}
	return append(out, x.text[at:]...)
}

func (x *Answer) reason(targets []int, reasons []string) string {
	for _, i := range targets {
		if i >= len(reasons) { // somebody has judged something else
			return "This was not judged."
		}
		if reasons[i] != "" {
			return reasons[i]
		}
	}
	return ""
}

// add returns the places of targets in the list, where each is once.
func (x *Answer) add(targets []Target) []int {
	list := make([]int, 0, len(targets))
	for _, t := range targets {
		i, known := x.known[t.identity()]
		if !known && len(x.targets) >= maxShown {
			t = Target{Permission: t.Permission}
			i, known = x.known[t.identity()]
		}
		if !known {
			i = len(x.targets)
			x.targets = append(x.targets, t)
			x.known[t.identity()] = i
		}
		list = append(list, i)
	}
	return list
}

func (t Target) identity() string {
	return t.Permission + "\x00" + t.Kind.String() + "\x00" + t.Name + "\x00" + strings.Join(t.Key, "\x00")
}

// walk goes over an answer.
type walk struct {
	cursor
	x    *Answer
	same map[string][]int // what objects of which the same was said depend on
	key  []byte           // of that
}

// A frame is an object that the walk is in, with what was asked of it besides. That comes first: members are answered in the order
// in which they are asked for (GraphQL specification of 2021, 6.3.2).
type frame struct {
	root   bool
	asides []said
}

type said struct {
	key   string
	value json.RawMessage
}

func (f *frame) said(key string) (json.RawMessage, bool) {
	for _, a := range f.asides {
		if a.key == key {
			return a.value, true
		}
	}
	return nil, false
}

func (w *walk) value(s *spot, above *frame) {
	switch w.next() {
	case '[':
		w.list(func() { w.value(s, above) })
	case '{':
		w.object(s, above)
	default:
		w.skip()
	}
}

func (w *walk) object(s *spot, above *frame) {
	f := &frame{root: above == nil}
	w.members(func(key []byte, _ int) bool {
		if bytes.HasPrefix(key, []byte(reserved)) {
			from, to := w.skip()
			f.asides = append(f.asides, said{string(key), w.text[from:to]})
			return true
		}
		if p, ok := f.permit(s.permits[string(key)]); ok {
			w.permit(p, f, above)
		} else if inner := s.within[string(key)]; inner != nil {
			w.value(inner, f)
		} else {
			w.skip()
		}
		return false
	})
}

// permit picks, of what selections of several types ask for under one key, what is of this object's type.
func (f *frame) permit(list []permit) (permit, bool) {
	for _, p := range list {
		if _, marked := f.said(marker(p.of)); marked || f.root && p.of == "Query" {
			return p, true
		}
	}
	return permit{}, false
}

// members goes over an object; what the function says is not the client's is dropped.
func (w *walk) members(member func(key []byte, from int) (dropped bool)) {
	s := &sieve{w.x, -1, -1}
	w.cursor.object(func(key []byte, from int) {
		dropped := member(key, from)
		s.part(from, w.at, dropped)
	})
	s.end(w.at - 1)
}

// errors drops what went wrong only in what was asked for besides; true if nothing else did.
func (w *walk) errors() (dropped bool) {
	if w.next() != '[' {
		w.skip()
		return false
	}
	before := len(w.x.edits)
	s := &sieve{w.x, -1, -1}
	w.list(func() {
		from, to := w.skip()
		var e struct{ Path []any }
		err := json.Unmarshal(w.text[from:to], &e)
		s.part(from, to, err == nil && slices.ContainsFunc(e.Path, func(part any) bool {
			key, _ := part.(string)
			return strings.HasPrefix(key, reserved)
		}))
	})
	if s.kept < 0 && s.open >= 0 {
		w.x.edits = w.x.edits[:before]
		return true
	}
	s.end(w.at - 1)
	return false
}

// A sieve drops parts of a list, each with the comma that belongs to it.
type sieve struct {
	x    *Answer
	kept int // where the last part that is kept ends; -1: there is none
	open int // where the first of those dropped behind it begins; -1: there is none
}

func (s *sieve) part(from, to int, dropped bool) {
	switch {
	case dropped && s.open < 0:
		s.open = from
	case !dropped:
		if s.open >= 0 {
			s.x.edits = append(s.x.edits, edit{from: s.open, to: from})
		}
		s.kept, s.open = to, -1
	}
}

// end drops the last ones, up to the bracket at a place.
func (s *sieve) end(at int) {
	if s.open < 0 {
		return
	}
	if s.kept >= 0 {
		s.open = s.kept
	}
	s.x.edits = append(s.x.edits, edit{from: s.open, to: at})
}

package yamltext

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bailiwick/internal/suggest"

	"go.yaml.in/yaml/v3"
)

// A Value is one value of a text together with its place and its path.
type Value struct {
	Path string
	file string
	node *yaml.Node
}

// An Entry is one key of a mapping, in the order of the text.
type Entry struct {
	Key   string
	KeyAt Place
	Value Value
}

// Place returns where the value stands.
func (v Value) Place() Place {
	if v.node == nil {
		return Place{File: v.file}
	}
	return Place{File: v.file, Line: v.node.Line, Column: v.node.Column}
}

// Given is false for the zero Value and for an explicit null.
func (v Value) Given() bool {
	return v.node != nil && (v.node.Kind != yaml.ScalarNode || v.node.ShortTag() != "!!null")
}

// IsText reports whether the value is a single word or text (not a list or a mapping).
func (v Value) IsText() bool { return v.node != nil && v.node.Kind == yaml.ScalarNode && v.Given() }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.node != nil && v.node.Kind == yaml.SequenceNode }

// IsMapping reports whether the value is a mapping.
func (v Value) IsMapping() bool { return v.node != nil && v.node.Kind == yaml.MappingNode }

// Entries returns the keys of a mapping in the order of the text. Anything but a mapping, null or nothing is a
// problem, and so is a key that stands twice.
func (v Value) Entries(p *Problems) []Entry {
	if !v.Given() {
		return nil
	}
	if v.node.Kind != yaml.MappingNode {
		p.Add(v, "expected a mapping, found "+v.shape(), "write it as key: value")
		return nil
	}
	seen := make(map[string]int, len(v.node.Content)/2)
	entries := make([]Entry, 0, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k, val := v.node.Content[i], v.node.Content[i+1]
		at := Place{File: v.file, Line: k.Line, Column: k.Column}
		if k.Kind != yaml.ScalarNode {
			p.AddAt(at, v.Path, "a key must be a single word", "")
			continue
		}
		path := join(v.Path, k.Value)
		if line, twice := seen[k.Value]; twice {
			p.AddAt(at, path, fmt.Sprintf("the key stands twice (first on line %d)", line), "keep one of them")
			continue
		}
		seen[k.Value] = k.Line
		entries = append(entries, Entry{Key: k.Value, KeyAt: at, Value: Value{Path: path, file: v.file, node: val}})
	}
	return entries
}

// Fields reads a mapping whose keys are known, and calls each key's reader. A key that is not known is a problem.
func (v Value) Fields(p *Problems, fields map[string]func(Value)) {
	for _, e := range v.Entries(p) {
		read, known := fields[e.Key]
		if !known {
			names := make([]string, 0, len(fields))
			for name := range fields {
				names = append(names, name)
			}
			p.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("unknown key %q", e.Key), suggest.OneOf(e.Key, names))
			continue
		}
		read(e.Value)
	}
}

// List returns the items of a list. Anything but a list, null or nothing is a problem.
func (v Value) List(p *Problems) []Value {
	if !v.Given() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode {
		p.Add(v, "expected a list, found "+v.shape(), "write it as [a, b] or one \"- item\" a line")
		return nil
	}
	items := make([]Value, len(v.node.Content))
	for i, n := range v.node.Content {
		items[i] = Value{Path: v.Path + "[" + strconv.Itoa(i) + "]", file: v.file, node: n}
	}
	return items
}

// Texts returns a list of texts.
func (v Value) Texts(p *Problems) []string {
	items := v.List(p)
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, item.Text(p))
	}
	return texts
}

// Text returns a scalar as it is written (quotes removed). A list, a mapping or null is a problem.
func (v Value) Text(p *Problems) string {
	if !v.Given() || v.node.Kind != yaml.ScalarNode {
		p.Add(v, "expected a text, found "+v.shape(), "")
		return ""
	}
	return v.node.Value
}

// Bool returns true or false; anything else is a problem.
func (v Value) Bool(p *Problems) bool {
	if v.node != nil && v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!bool" {
		return strings.EqualFold(v.node.Value, "true")
	}
	p.Add(v, "expected true or false, found "+v.shape(), "")
	return false
}

// Int returns a whole number that is at least min; anything else is a problem.
func (v Value) Int(p *Problems, min int) int {
	if v.node != nil && v.node.Kind == yaml.ScalarNode {
		if n, err := strconv.Atoi(v.node.Value); err == nil && n >= min {
			return n
		}
	}
	p.Add(v, "expected a whole number, found "+v.shape(), fmt.Sprintf("write a whole number of at least %d", min))
	return min
}

// Time returns a moment written as RFC 3339 (2027-01-31T00:00:00Z), in UTC; anything else is a problem.
func (v Value) Time(p *Problems) time.Time {
	if v.node != nil && v.node.Kind == yaml.ScalarNode {
		if t, err := time.Parse(time.RFC3339, v.node.Value); err == nil {
			return t.UTC()
		}
	}
	p.Add(v, "expected a moment, found "+v.shape(), "write it as 2027-01-31T00:00:00Z")
	return time.Time{}
}

func (v Value) shape() string {
	switch {
	case v.node == nil:
		return "nothing"
	case !v.Given():
		return "nothing (null)"
	case v.node.Kind == yaml.MappingNode:
		return "a mapping"
	case v.node.Kind == yaml.SequenceNode:
		return "a list"
	}
	text := v.node.Value
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return strconv.Quote(text)
}

// maxKey is how much of a key a path shows.
const maxKey = 80

// join appends a key to a path, as a person (and a person's terminal) can read it.
func join(path, key string) string {
	if len(key) > maxKey {
		key = strings.ToValidUTF8(key[:maxKey], "") + "…"
	}
	if strings.IndexFunc(key, unicode.IsControl) >= 0 {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

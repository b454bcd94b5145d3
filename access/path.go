package access

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Segment is one step of a path: a name, perhaps with the prefix of its kind, or a "*" scope.
type Segment struct {
	Prefix string // "branch" in "branch:feature-1"
	Name   string // decoded; "" where Star
	Star   bool
}

// maxPath bounds a path in bytes; names of vendors' objects are far shorter.
const maxPath = 4096

// EncodeName makes a raw name a path segment: "/", "%", ":", "*" and control characters become %XX.
func EncodeName(name string) string {
	plain := true
	for i := 0; i < len(name); i++ {
		if reserved(name[i]) {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if reserved(c) {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func reserved(c byte) bool {
	return c == '/' || c == '%' || c == ':' || c == '*' || c < 0x20 || c == 0x7f
}

// SplitPath reads a path into its segments, the platform first. It refuses empty segments, bad encodings, unencoded
// reserved characters and text that is not UTF-8.
func SplitPath(path string) ([]Segment, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path has %d bytes; at most %d are read", len(path), maxPath)
	}
	if !utf8.ValidString(path) {
		return nil, errors.New("the path is not UTF-8")
	}
	parts := strings.Split(path, "/")
	segments := make([]Segment, 0, len(parts))
	for _, part := range parts {
		s, err := splitSegment(part)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		segments = append(segments, s)
	}
	return segments, nil
}

func splitSegment(part string) (Segment, error) {
	var s Segment
	if prefix, rest, found := strings.Cut(part, ":"); found {
		if prefix == "" {
			return s, fmt.Errorf("the segment %q begins with a colon", part)
		}
		s.Prefix, part = prefix, rest
	}
	if part == "*" {
		s.Star = true
		return s, nil
	}
	name, err := decodeName(part)
	if err != nil {
		return s, err
	}
	if name == "" {
		return s, errors.New("a segment is empty")
	}
	s.Name = name
	return s, nil
}

func decodeName(text string) (string, error) {
	if !strings.ContainsAny(text, "%:*") && !hasControl(text) {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '%':
			if i+2 >= len(text) || unhex(text[i+1]) < 0 || unhex(text[i+2]) < 0 {
				return "", fmt.Errorf("%q has a %% that is not followed by two hexadecimal digits", text)
			}
			b.WriteByte(byte(unhex(text[i+1])<<4 | unhex(text[i+2])))
			i += 2
		case reserved(c):
			return "", fmt.Errorf("%q has the reserved character %q; write it as %s", text, c, EncodeName(string(rune(c))))
		default:
			b.WriteByte(c)
		}
	}
	if !utf8.ValidString(b.String()) {
		return "", fmt.Errorf("%q does not decode to UTF-8", text)
	}
	return b.String(), nil
}

func hasControl(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] == 0x7f {
			return true
		}
	}
	return false
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// String writes the segment in its one canonical form.
func (s Segment) String() string {
	text := EncodeName(s.Name)
	if s.Star {
		text = "*"
	}
	if s.Prefix == "" {
		return text
	}
	return s.Prefix + ":" + text
}

// JoinPath writes segments as a path in its one canonical form.
func JoinPath(segments []Segment) string {
	parts := make([]string, len(segments))
	for i, s := range segments {
		parts[i] = s.String()
	}
	return strings.Join(parts, "/")
}

// CanonicalPath reads a path and writes it in its one form.
func CanonicalPath(path string) (string, error) {
	segments, err := SplitPath(path)
	if err != nil {
		return "", err
	}
	return JoinPath(segments), nil
}

// PathKind returns the kind of resource that the segments below the platform name, by the model's tree. It says
// nothing about whether such a resource exists.
func (m *Model) PathKind(below []Segment) (*Kind, error) {
	kind := &m.Kinds[0]
	for _, s := range below {
		next := m.child(kind.Name, s)
		if next == nil {
			return nil, fmt.Errorf("a %s of %s has nothing called %q beneath it", kind.Name, m.Edition, s.String())
		}
		kind = next
	}
	return kind, nil
}

// KindOf returns the name of the kind of resource that a path names, from the platform on; "" where the model has none such.
func (m *Model) KindOf(path string) string {
	segments, err := SplitPath(path)
	if err != nil || len(segments) == 0 {
		return ""
	}
	kind, err := m.PathKind(segments[1:])
	if err != nil {
		return ""
	}
	return kind.Name
}

// SlugOf returns the platform that a path begins with.
func SlugOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}

// child finds the kind that a segment beneath a resource of kind parent names.
func (m *Model) child(parent string, s Segment) *Kind {
	for i := range m.Kinds {
		k := &m.Kinds[i]
		if k.Prefix == s.Prefix && (k.StarOf != "") == s.Star && contains(k.Under, parent) {
			return k
		}
	}
	return nil
}

// Kind returns the kind of that name, or nil.
func (m *Model) Kind(name string) *Kind {
	for i := range m.Kinds {
		if m.Kinds[i].Name == name {
			return &m.Kinds[i]
		}
	}
	return nil
}

// Role returns the built-in role of that name, or nil.
func (m *Model) Role(name string) *Role {
	for i := range m.Roles {
		if m.Roles[i].Name == name {
			return &m.Roles[i]
		}
	}
	return nil
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

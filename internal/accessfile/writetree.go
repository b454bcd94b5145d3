package accessfile

import (
	"fmt"
	"sort"
	"strconv"

	"bailiwick/access"

	"go.yaml.in/yaml/v3"
)

func (w *writer) platforms() (*yaml.Node, error) {
	node := block()
	for _, platform := range sortedPlatforms(w.file.Organization.Platforms) {
		if platform.Slug == Directory {
			continue
		}
		written, err := w.platform(platform)
		if err != nil {
			return nil, fmt.Errorf("write the platform %q: %w", platform.Slug, err)
		}
		put(node, platform.Slug, written)
	}
	return node, nil
}

func (w *writer) platform(platform access.Platform) (*yaml.Node, error) {
	own := w.file.Platforms[platform.Slug]
	node := block()
	if own.Model == "" {
		own.Model = platform.Model.Edition
	}
	put(node, "model", text(own.Model))
	if platform.Plan != "" {
		put(node, "plan", text(platform.Plan))
	}
	if own.Seats > 0 {
		put(node, "seats", scalar("!!int", strconv.Itoa(own.Seats)))
	}
	if own.AuthZEN {
		put(node, "authzen", text("default"))
	}
	putFilled(node, "settings", textMap(platform.Settings))
	shrub, err := newShrub(platform, isModelFile(own.Model))
	if err != nil {
		return nil, err
	}
	shrub.fill(node, platform.Slug, &platform.Model.Kinds[0])
	return node, nil
}

// A shrub is one platform's resources, by their parents.
type shrub struct {
	model   *access.Model
	generic bool // write "resources:" by kind, as operators' own editions do
	below   map[string][]twig
	aside   map[string]bool // paths that are written beside their parent
}

type twig struct {
	access.Resource
	name string
	kind *access.Kind
}

func newShrub(platform access.Platform, generic bool) (*shrub, error) {
	s := &shrub{model: platform.Model, generic: generic, below: map[string][]twig{}, aside: map[string]bool{}}
	for _, res := range platform.Resources {
		segments, err := access.SplitPath(res.Path)
		if err != nil {
			return nil, err
		}
		kind, err := platform.Model.PathKind(segments[1:])
		if err != nil {
			return nil, err
		}
		last := len(segments) - 1
		parent := access.JoinPath(segments[:last])
		s.below[parent] = append(s.below[parent], twig{Resource: res, name: segments[last].Name, kind: kind})
	}
	for _, twigs := range s.below {
		sort.Slice(twigs, func(i, j int) bool { return twigs[i].name < twigs[j].name })
	}
	return s, nil
}

func (s *shrub) of(parent string, kind *access.Kind) []twig {
	var list []twig
	for _, t := range s.left(parent) {
		if t.kind == kind {
			list = append(list, t)
		}
	}
	return list
}

// fill writes what stands beneath a path into its mapping.
func (s *shrub) fill(node *yaml.Node, path string, kind *access.Kind) {
	generic, beside := block(), block()
	for _, child := range children(s.model, kind) {
		for _, grandchild := range children(s.model, child) {
			if len(child.Categories) > 0 && !s.generic {
				putFilled(beside, grandchild.Plural, s.beside(path, child, grandchild))
			}
		}
		twigs := s.of(path, child)
		if len(twigs) == 0 {
			continue
		}
		if s.generic || child.Plural == "" {
			put(generic, child.Name, s.listing(twigs))
			continue
		}
		put(node, child.Plural, s.listing(twigs))
	}
	node.Content = append(node.Content, beside.Content...)
	if len(generic.Content) > 0 {
		put(node, "resources", fold(generic))
	}
}

// beside writes {nightly: prod} for the grandchildren that a sibling's name is enough for, and marks them as written.
func (s *shrub) beside(path string, sibling, kind *access.Kind) *yaml.Node {
	times := map[string]int{}
	for _, parent := range s.of(path, sibling) {
		for _, t := range s.of(parent.Path, kind) {
			times[t.name]++
		}
	}
	parents := map[string]string{}
	for _, parent := range s.of(path, sibling) {
		for _, t := range s.of(parent.Path, kind) {
			if times[t.name] == 1 && s.bare(t) && t.Category == "" {
				parents[t.name] = parent.name
				s.aside[t.Path] = true
			}
		}
	}
	return fold(textMap(parents))
}

// bare reports whether a resource has nothing but its name and category.
func (s *shrub) bare(t twig) bool { return len(t.Settings) == 0 && len(s.left(t.Path)) == 0 }

// left returns what is beneath a path and not written beside it.
func (s *shrub) left(path string) []twig {
	var list []twig
	for _, t := range s.below[path] {
		if !s.aside[t.Path] {
			list = append(list, t)
		}
	}
	return list
}

// listing writes [a, b] where names say it all, and {a: …} elsewhere.
func (s *shrub) listing(twigs []twig) *yaml.Node {
	names := make([]string, len(twigs))
	plain := true
	for i, t := range twigs {
		names[i] = t.name
		plain = plain && s.bare(t) && t.Category == ""
	}
	if plain {
		return fold(textList(names))
	}
	node := block()
	for _, t := range twigs {
		put(node, t.name, s.value(t))
	}
	return fold(node)
}

// value writes one resource in the shortest form that says everything.
func (s *shrub) value(t twig) *yaml.Node {
	left := s.left(t.Path)
	if s.bare(t) && t.Category != "" {
		return text(t.Category)
	}
	node := block()
	if t.Category != "" {
		put(node, "category", text(t.Category))
	}
	putFilled(node, "settings", textMap(t.Settings))
	if len(node.Content) == 0 && s.listable(t.kind, left) {
		return s.listing(left)
	}
	s.fill(node, t.Path, t.kind)
	return fold(node)
}

// listable reports whether a resource's content can stand as a list in its place: bare, and of the default kind.
func (s *shrub) listable(kind *access.Kind, content []twig) bool {
	if len(content) == 0 || s.generic || len(kind.Categories) > 0 {
		return false
	}
	for _, child := range children(s.model, kind) {
		if child.Prefix != "" {
			continue
		}
		for _, t := range content {
			if t.kind != child || !s.bare(t) || t.Category != "" {
				return false
			}
		}
		return true
	}
	return false
}

package cli

import (
	"fmt"
	"strings"

	"bailiwick/access"
)

// compact writes permissions that are asked at one resource for the eye: "everything (18)" where they are all that its level
// has, "runs.*" where they are all of a thing.
func (f *source) compact(path string, names []string) string {
	level := f.levelOf(path)
	if len(level) > 1 && len(level) == len(names) {
		return fmt.Sprintf("everything (%d)", len(level))
	}
	total, held := map[string]int{}, map[string]int{}
	for _, name := range level {
		total[thing(name)]++
	}
	for _, name := range names {
		held[thing(name)]++
	}
	var words []string
	said := map[string]bool{}
	for _, name := range names {
		word := thing(name)
		switch {
		case held[word] < 2 || held[word] < total[word]:
			words = append(words, name)
		case !said[word]:
			said[word] = true
			words = append(words, word+".*")
		}
	}
	return strings.Join(words, ", ")
}

// levelOf lists the permissions that are asked at a resource's own level.
func (f *source) levelOf(path string) []string {
	segments, err := access.SplitPath(path)
	if err != nil {
		return nil
	}
	platform := f.Platform(segments[0].String())
	if platform == nil {
		return nil
	}
	kind, err := platform.Model.PathKind(segments[1:])
	if err != nil {
		return nil
	}
	var names []string
	for _, permission := range platform.Model.Permissions {
		if permission.At == kind.Name || permission.At == kind.Level {
			names = append(names, permission.Name)
		}
	}
	return names
}

func thing(permission string) string {
	word, _, _ := strings.Cut(permission, ".")
	return word
}

// parentOf is the path above a path; the root is its own.
func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return path
}

package answer

import (
	"fmt"
	"strings"

	"bailiwick/access"
)

// Compact writes permissions that are asked at one resource for the eye: "everything (18)" where they are all that its level
// has, "runs.*" where they are all of a thing.
func Compact(snapshot *access.Snapshot, path string, names []string) string {
	var all []string
	if level := levelOf(snapshot, path); level != nil {
		all = level.permissions()
	}
	if len(all) > 1 && len(all) == len(names) {
		return fmt.Sprintf("everything (%d)", len(all))
	}
	total, held := map[string]int{}, map[string]int{}
	for _, name := range all {
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

func thing(permission string) string {
	word, _, _ := strings.Cut(permission, ".")
	return word
}

// A level is where a resource stands among the kinds of its platform.
type level struct {
	model       *access.Model
	kind, stage string
}

// levelOf returns the level of a path, or nil where its platform has no such thing.
func levelOf(snapshot *access.Snapshot, path string) *level {
	segments, err := access.SplitPath(path)
	if err != nil {
		return nil
	}
	model := snapshot.Model(segments[0].String())
	if model == nil {
		return nil
	}
	kind, err := model.PathKind(segments[1:])
	if err != nil {
		return nil
	}
	return &level{model: model, kind: kind.Name, stage: kind.Level}
}

// has tells whether a permission is asked at the level.
func (l *level) has(p *access.Permission) bool { return p.At == l.kind || p.At == l.stage }

// permissions lists those that are asked at the level.
func (l *level) permissions() []string {
	var names []string
	for i := range l.model.Permissions {
		if l.has(&l.model.Permissions[i]) {
			names = append(names, l.model.Permissions[i].Name)
		}
	}
	return names
}

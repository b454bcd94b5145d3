package answer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
)

// Difference compares two sets of facts for a moment. Objects are what Objects found; show names subjects for people.
func Difference(before, after *access.Snapshot, objects []client.Object, at time.Time, show func(access.Subject) access.Subject) client.Difference {
	c := comparison{before: before, after: after, summaries: map[string]string{}}
	for _, alike := range access.CompareAlike(before, after, at) {
		c.collect(&alike, show)
	}
	answer := client.Difference{At: at, Objects: objects, Access: make([]client.Access, len(c.lines))}
	c.worstFirst()
	for i, l := range c.lines {
		answer.Access[i] = *l.access
		answer.Access[i].Subject = l.shown
		answer.Gained += len(l.access.Gained) * len(l.access.Resources)
		answer.Lost += len(l.access.Lost) * len(l.access.Resources)
	}
	answer.Changed = len(answer.Objects)+len(answer.Access) > 0
	return answer
}

// comparison collects lines.
type comparison struct {
	before, after *access.Snapshot
	summaries     map[string]string
	lines         []line
}

// A line is what one subject gains and loses alike at several resources.
type line struct {
	access  *client.Access // but for the subject: shared by all who gain and lose the same
	subject access.Subject
	shown   string
	total   *total
	part    int // place among the subject's own lines
}

// A total is what somebody gains and loses on all lines.
type total struct{ gained, lost int }

// collect makes lines of what some subjects gain and lose alike: for each of them one a part.
func (c *comparison) collect(alike *access.Alike, show func(access.Subject) access.Subject) {
	parts := make([]client.Access, len(alike.Parts))
	sum := total{}
	for i, p := range alike.Parts {
		parts[i] = client.Access{Under: commonParent(p.Resources), Resources: p.Resources, Gained: p.Gained, Lost: p.Lost,
			GainedSummary: c.summary(p.Resources[0], p.Gained), LostSummary: c.summary(p.Resources[0], p.Lost)}
		sum.gained += len(p.Gained) * len(p.Resources)
		sum.lost += len(p.Lost) * len(p.Resources)
	}
	for _, h := range alike.Subjects {
		own, shown := sum, show(h).String()
		for i := range parts {
			c.lines = append(c.lines, line{access: &parts[i], subject: h, shown: shown, total: &own, part: i})
		}
	}
}

// summary is Compact at a resource of either snapshot, made once for each kind of resource.
func (c *comparison) summary(path string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	snapshot := c.before
	if _, exists := c.after.Resource(path); exists {
		snapshot = c.after
	}
	level := levelOf(snapshot, path)
	key := strings.Join(names, " ")
	if level != nil {
		key = strings.Join([]string{platformOf(path), level.kind, key}, "\x00")
	}
	if snapshot == c.before {
		key = "\x00" + key
	}
	text, known := c.summaries[key]
	if !known {
		text = Compact(snapshot, path, names)
		c.summaries[key] = text
	}
	return text
}

// worstFirst orders lines by whoever gains most, then by whoever loses most, and somebody's own from the root down. Who is
// shown alike counts as one.
func (c *comparison) worstFirst() {
	totals := map[string]*total{}
	for i := range c.lines {
		l := &c.lines[i]
		switch known := totals[l.shown]; {
		case known == nil:
			totals[l.shown] = l.total
		case known != l.total && l.part == 0:
			known.gained, known.lost = known.gained+l.total.gained, known.lost+l.total.lost
		}
	}
	for i := range c.lines {
		c.lines[i].total = totals[c.lines[i].shown]
	}
	slices.SortFunc(c.lines, func(a, b line) int {
		if a.total != b.total {
			if order := cmp.Or(b.total.gained-a.total.gained, b.total.lost-a.total.lost, strings.Compare(a.shown, b.shown)); order != 0 {
				return order
			}
		}
		return cmp.Or(
			strings.Compare(platformOf(a.access.Under), platformOf(b.access.Under)),
			strings.Count(a.access.Resources[0], "/")-strings.Count(b.access.Resources[0], "/"),
			strings.Compare(a.subject.ID, b.subject.ID),
			a.part-b.part,
		)
	})
}

// platformOf keeps platforms apart: only what has a parent in common is joined.
func platformOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}

// commonParent returns the longest path that all lie at or beneath.
func commonParent(paths []string) string {
	common := paths[0]
	for _, path := range paths[1:] {
		for common != "" && !within(path, common) {
			common = common[:max(0, strings.LastIndexByte(common, '/'))]
		}
	}
	return common
}

// within tells whether a path is another one or beneath it.
func within(path, other string) bool {
	return strings.HasPrefix(path, other) && (len(path) == len(other) || path[len(other)] == '/')
}

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
	answer := client.Difference{At: at, Objects: objects, Access: collapse(access.Compare(before, after, at), show)}
	for i := range answer.Access {
		line := &answer.Access[i]
		answer.Gained += len(line.Gained) * len(line.Resources)
		answer.Lost += len(line.Lost) * len(line.Resources)
		snapshot := before
		if _, exists := after.Resource(line.Resources[0]); exists {
			snapshot = after
		}
		line.GainedSummary = Compact(snapshot, line.Resources[0], line.Gained)
		line.LostSummary = Compact(snapshot, line.Resources[0], line.Lost)
	}
	answer.Changed = len(answer.Objects)+len(answer.Access) > 0
	return answer
}

// collapse joins what changes alike for one subject into one line, the worst first.
func collapse(differences []access.Difference, show func(access.Subject) access.Subject) []client.Access {
	byKey := map[string]int{}
	lines := []client.Access{}
	for _, d := range differences {
		key := strings.Join([]string{d.Subject.String(), platformOf(d.Resource), strings.Join(d.Gained, " "), strings.Join(d.Lost, " ")}, "\x00")
		i, known := byKey[key]
		if !known {
			i = len(lines)
			byKey[key] = i
			lines = append(lines, client.Access{Subject: show(d.Subject).String(), Under: d.Resource, Gained: d.Gained, Lost: d.Lost})
		}
		lines[i].Resources = append(lines[i].Resources, d.Resource)
		lines[i].Under = commonParent(lines[i].Under, d.Resource)
	}
	worstFirst(lines)
	return lines
}

// worstFirst orders lines by whoever gains most, then by whoever loses most, and somebody's own from the root down.
func worstFirst(lines []client.Access) {
	gained, lost := map[string]int{}, map[string]int{}
	for _, line := range lines {
		gained[line.Subject] += len(line.Gained) * len(line.Resources)
		lost[line.Subject] += len(line.Lost) * len(line.Resources)
	}
	slices.SortStableFunc(lines, func(a, b client.Access) int {
		return cmp.Or(
			gained[b.Subject]-gained[a.Subject],
			lost[b.Subject]-lost[a.Subject],
			strings.Compare(a.Subject, b.Subject),
			strings.Compare(platformOf(a.Under), platformOf(b.Under)),
			strings.Count(a.Resources[0], "/")-strings.Count(b.Resources[0], "/"),
		)
	})
}

// platformOf keeps platforms apart: only what has a parent in common is joined.
func platformOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}

// commonParent returns the longest path that both lie at or beneath.
func commonParent(a, b string) string {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return strings.Join(as[:n], "/")
}

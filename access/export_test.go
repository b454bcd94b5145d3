package access

import "fmt"

// RowsOf says what every row has, in words that do not depend on how it came about.
func RowsOf(s *Snapshot) map[string]string {
	rows := map[string]string{}
	for i := range uint32(s.subjects.size) {
		r := s.subjects.row(i)
		if r.gone() {
			continue
		}
		entries := map[string]string{}
		s.eachOf(r, func(n, set uint32) {
			at := s.nodes.at(n)
			entries[fmt.Sprint(s.platforms[at.platform].slug, " ", *s.paths.at(n), " ", at.flags&nodeRisen)] = fmt.Sprintf("%x", s.sets.words(set))
		})
		var holds window
		if r.flags&rowTimed != 0 {
			holds = *s.subjects.at(i).holds
		}
		rows[s.who.at(i).String()] = fmt.Sprint(entries, holds, r.hangs, r.flags&(rowDeep|rowTop|rowBlank))
	}
	return rows
}

// WorkedIn tells whether a change came to a delta that was worked into a row, rather than to rows that were collected.
func WorkedIn(s *Snapshot, change Change) bool {
	e := s.edit()
	if change.apply(e) != nil || e.delta == nil {
		return false
	}
	d := e.delta
	e.finish()
	for i := range uint32(s.subjects.size) {
		if r := s.subjects.at(i); r.facts != nil && (i == d.holder || e.isMember(i, d.holder&^teamBit)) {
			if _, ok := d.work(i, s.subjects.row(i), r, e.union); ok {
				return true
			}
		}
	}
	return false
}

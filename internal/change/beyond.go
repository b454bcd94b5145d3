package change

import (
	"time"

	"bailiwick/access"
	"bailiwick/internal/state"
)

// Beyond is a grant of a service user's or an agent's that an actor may neither give nor take, by the facts of a state at a moment; nil where
// there is none. Whoever makes a token for such a program gives what it has, and whoever removes it takes that: a grant beyond them refuses both.
func Beyond(st *state.State, actor Actor, h access.Holder, at time.Time) *access.Grant {
	j := &judge{actor: &actor, base: st, at: at}
	lines := j.linesOf(h, "", true)
	for i := range lines {
		if j.mayGive(&lines[i]) != nil {
			return &lines[i].Grant
		}
	}
	return nil
}

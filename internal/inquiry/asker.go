package inquiry

import (
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// An Asker is a caller who asks about the facts of one moment. All fields are required. What the caller may not see is not in
// an answer; what they may not ask is a Forbidden error.
type Asker struct {
	Caller *signin.Caller
	View   *sight.View  // what the caller may see of others
	Now    *state.State // the present, by which the caller is judged
	State  *state.State // the facts that are asked about: of now, or of the past
	At     time.Time    // the moment that is asked about
}

// sight is what the caller sees of the facts.
func (a *Asker) sight() *sight.Sight { return a.View.Over(a.State) }

// mine is what the token lets through of what concerns its own subject.
func (a *Asker) mine() *sight.View { return a.View.Mine(a.Caller.Reaches) }

// facts says which facts an answer was read from.
func (a *Asker) facts() client.Facts {
	return client.Facts{Revision: a.State.Revision, Epoch: a.State.Epoch}
}

// Known is a moment that may not be known: nil where it is zero, else in UTC.
func Known(moment time.Time) *time.Time {
	if moment.IsZero() {
		return nil
	}
	moment = moment.UTC()
	return &moment
}

func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In(field)
}

func missing(field, what, name string) error {
	return fault.New(fault.NotFound, "there is no %s %q", what, name).In(field)
}

// missingHolder is the error of a holder that does not exist or may not be seen: "team:data".
func missingHolder(field, text string) error {
	word, name, _ := strings.Cut(text, ":")
	return missing(field, strings.ReplaceAll(word, "_", " "), name)
}

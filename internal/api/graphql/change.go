package graphql

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A made is what came of a change: the facts after it, and what each of its commands made or ended. In a dry run they are the
// facts as they would be, and the results have neither ids nor secrets that could be used.
type made struct {
	*state.State
	id      string // of the change
	results []client.Result
}

// change carries out commands as one change. In a dry run it judges them, together with those of the fields before, and
// changes nothing.
func (a *asking) change(ctx context.Context, commands ...client.Command) (*made, error) {
	return a.changeAs(ctx, change.How{}, commands...)
}

// changeAs is change with an id of the caller's choosing, or on a revision that they expect.
func (a *asking) changeAs(ctx context.Context, how change.How, commands ...client.Command) (*made, error) {
	a.mutation.Lock()
	defer a.mutation.Unlock()
	how.DryRun = a.dry
	all := commands
	if a.dry {
		all = slices.Concat(a.planned, commands)
	}
	result, err := a.Changes.Do(ctx, a.caller.Organization, a.actor(), how, all...)
	if err != nil {
		return nil, a.changeError(err, commands...)
	}
	if result.After == nil { // a change of this id is in the journal already
		return &made{State: a.now, id: result.ID}, nil
	}
	results := result.Results
	if a.dry {
		a.planned = all
		results = since(result.Results, len(all)-len(commands))
		for i := range results {
			results[i].Secret = "" // it would open nothing
		}
		if a.comparison, err = compared(&result); err != nil {
			return nil, err
		}
	}
	a.now = result.After
	return &made{State: result.After, id: result.ID, results: results}, nil
}

// since are the results of commands from one on, counted from it.
func since(results []client.Result, first int) []client.Result {
	var own []client.Result
	for _, r := range results {
		if r.Command >= first {
			r.Command -= first
			own = append(own, r)
		}
	}
	return own
}

// compared is what a dry run says of what would change.
func compared(result *change.Result) (*client.Change, error) {
	difference, err := result.Difference()
	if err != nil {
		return nil, err
	}
	shown := &client.Change{Difference: difference, DryRun: true, Facts: client.Facts{Revision: result.Before.Revision, Epoch: result.Before.Epoch}}
	for _, r := range result.Results { // no ids of what would be made: they would be others
		shown.Results = append(shown.Results, client.Result{Command: r.Command, Do: r.Do, Ended: r.Ended, Reminder: r.Reminder})
	}
	return shown, nil
}

// changeID is the form of an id that a caller chooses; the server's own have a _ as well.
var changeID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// carryOut reads commands of the JSON API and carries them out as one change.
func (a *asking) carryOut(ctx context.Context, texts []any, id *string, expected *int) (*client.Change, error) {
	how := change.How{}
	switch {
	case id != nil && !changeID.MatchString(*id):
		return nil, fault.New(fault.Invalid, "it cannot be the id of a change").In("changeId").Rather("letters, digits and -, at most 64")
	case expected != nil && *expected < 0:
		return nil, fault.New(fault.Invalid, "it is below 0").In("expectedRevision")
	case len(texts) == 0:
		return nil, fault.New(fault.Invalid, "there are none").In("commands")
	}
	if id != nil {
		how.ID = *id
	}
	if expected != nil {
		how.Expected = int64(*expected)
	}
	commands := make([]client.Command, len(texts))
	for i := range texts {
		text, err := json.Marshal(texts[i])
		if err == nil {
			commands[i], err = client.DecodeCommand(text)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s", err.Error()).In(fmt.Sprintf("commands[%d]", i)).By("json")
		}
	}
	before := a.present()
	done, err := a.changeAs(ctx, how, commands...)
	if err != nil {
		return nil, err
	}
	if a.dry {
		return a.comparison, nil
	}
	return &client.Change{Difference: client.Difference{Changed: done.Revision > before.Revision, At: a.moment, Objects: []client.Object{}, Access: []client.Access{}},
		ChangeID: done.id, Results: done.results, Facts: client.Facts{Revision: done.Revision, Epoch: done.Epoch}}, nil
}

package rest

import (
	"errors"
	"regexp"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/state"
)

// changeID is the form of an id that a caller chooses; the server's own have a _ as well.
var changeID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

func howOf(how client.Changing) (change.How, error) {
	switch {
	case how.ChangeID != "" && !changeID.MatchString(how.ChangeID):
		return change.How{}, invalid("change_id", "it cannot be the id of a change").Rather("letters, digits and -, at most 64")
	case how.ExpectedRevision < 0:
		return change.How{}, invalid("expected_revision", "it is below 0")
	}
	return change.How{ID: how.ChangeID, DryRun: how.DryRun, Expected: how.ExpectedRevision}, nil
}

// A changeRefusal is an error of package change, which has told whoever keeps refusals.
type changeRefusal struct{ error }

// Unwrap returns the error.
func (r changeRefusal) Unwrap() error { return r.error }

func isChange(err error) bool {
	var refusal changeRefusal
	return errors.As(err, &refusal)
}

// changeError is what a caller learns of a change that failed (attack 114).
func (a *asking) changeError(err error, commands ...client.Command) error {
	shown, veiled := a.view().OfChange(err, commands...)
	if veiled {
		a.record("refused", "what is not there, or cannot be done, was tried")
	}
	return changeRefusal{shown}
}

// do carries out one command of a route whose query says how.
func (a *asking) do(command client.Command) (any, error) {
	asked, err := a.changing()
	if err != nil {
		return nil, err
	}
	return a.carryOut(asked, command)
}

func (a *asking) carryOut(asked client.Changing, commands ...client.Command) (any, error) {
	result, err := a.result(asked, commands...)
	if err != nil {
		return nil, err
	}
	return a.changed(result, asked.DryRun)
}

func (a *asking) result(asked client.Changing, commands ...client.Command) (change.Result, error) {
	how, err := howOf(asked)
	if err != nil {
		return change.Result{}, err
	}
	result, err := a.Changes.Do(a.r.Context(), a.caller.Organization, a.actor(), how, commands...)
	if err != nil {
		return result, a.changeError(err, commands...)
	}
	return result, nil
}

// manyPairs is the number of people times resources from which on a change that was made is answered without the
// comparison, which looks at each of them. A dry run always has it, and so has an apply.
const manyPairs = 200_000

// changed answers a change.
func (a *asking) changed(result change.Result, dry bool) (any, error) {
	found := client.Change{DryRun: dry, Difference: client.Difference{At: a.moment, Objects: []client.Object{}, Access: []client.Access{}}}
	if !dry {
		found.ChangeID = result.ID
	}
	if result.After == nil { // it is in the journal already
		found.Facts = a.facts(&state.State{Revision: result.Revision, Epoch: a.now.Epoch})
		return found, nil
	}
	if size := result.After.Counts(); dry || a.endpoint.operation == "apply" || (size.Users+size.ServiceUsers)*(size.Resources+1) <= manyPairs {
		var err error
		if found.Difference, err = result.Difference(); err != nil {
			// What is done is done; that it cannot be compared is no reason to say it failed.
			if dry {
				return nil, err
			}
			found.Difference = client.Difference{At: a.moment, Objects: []client.Object{}, Access: []client.Access{}}
		}
	}
	found.Changed = found.Changed || result.After.Revision > result.Before.Revision
	found.Results = result.Results
	of := result.After
	if dry {
		of, found.Results = result.Before, made(result.Results)
	}
	found.Facts = a.facts(of)
	return found, nil
}

// made is what a dry run says of what would be made and ended: no ids of what would be made, which would be others.
func made(results []client.Result) []client.Result {
	var list []client.Result
	for _, r := range results {
		list = append(list, client.Result{Command: r.Command, Do: r.Do, Ended: r.Ended, Reminder: r.Reminder})
	}
	return list
}

func changes(a *asking) (any, error) {
	r, err := body[client.ChangesRequest](a)
	if err != nil {
		return nil, err
	}
	if len(r.Commands) == 0 {
		return nil, invalid("commands", "there are none")
	}
	return a.carryOut(r.Changing, r.Commands...)
}

func addUser(a *asking) (any, error) {
	r, err := body[client.NewUser](a)
	if err != nil {
		return nil, err
	}
	return a.do(client.UserAdd{NewUser: r})
}

func setProfile(a *asking) (any, error) {
	r, err := body[client.Profile](a)
	if err != nil {
		return nil, err
	}
	return a.do(client.UserProfile{User: a.r.PathValue("user"), Profile: r})
}

func removeUser(a *asking) (any, error) {
	return a.do(client.UserRemove{User: a.r.PathValue("user"), KeepTokens: a.kept()})
}

// kept reads the tokens that an off-boarding leaves.
func (a *asking) kept() []string {
	if text := a.param("keep_tokens"); text != "" {
		return strings.Split(text, ",")
	}
	return nil
}

func deactivate(a *asking) (any, error) {
	return a.do(client.UserDeactivate{User: a.r.PathValue("user"), KeepTokens: a.kept()})
}

func reactivate(a *asking) (any, error) {
	return a.do(client.UserReactivate{User: a.r.PathValue("user")})
}

func addMember(a *asking) (any, error) {
	return a.do(client.MemberAdd{User: a.r.PathValue("user"), Platform: a.r.PathValue("platform")})
}

func removeMember(a *asking) (any, error) {
	return a.do(client.MemberRemove{User: a.r.PathValue("user"), Platform: a.r.PathValue("platform")})
}

func setLicense(a *asking) (any, error) {
	r, err := body[client.License](a)
	if err != nil {
		return nil, err
	}
	return a.do(client.LicenseSet{User: a.r.PathValue("user"), Platform: a.r.PathValue("platform"), License: r.License})
}

func revokeToken(a *asking) (any, error) {
	return a.do(client.TokenRevoke{Token: a.r.PathValue("token")})
}

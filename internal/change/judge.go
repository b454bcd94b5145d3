package change

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// A judge judges one change on one state.
type judge struct {
	service *Service
	ctx     context.Context // of the request
	actor   *Actor
	how     *How
	base    *state.State // what the actor's rights are judged on
	edit    *state.Edit
	at      time.Time
	epoch   int64
	entries []journal.Entry
	results []client.Result
	command int
	doing   client.Command // the one at work
	of      int            // how many commands there are
	steps   []step         // where each command comes from, if that is a file
	asked   []step         // where each policy test comes from, likewise

	gained, lost []line
	attached     map[string]bool // platforms attached in this change
	judgedOf     map[access.Holder]int
	checkAll     map[string]bool // platforms whose every grant is to be checked anew
	people       bool            // seats or administrators may have changed
	rule         string          // the rule that acts at this point, "" for the actor
	exempt       map[string]bool // grants that plan gates do not concern
	newTests     bool
	after        aftermath
}

// judge judges a request on a state and returns the state after it.
func (s *Service) judge(base *state.State, r *request) (*state.State, error) {
	if r.how.Expected != 0 && r.how.Expected != base.Revision {
		return nil, fault.New(fault.Conflict, "the change was made for revision %d, and the newest is %d", r.how.Expected, base.Revision).
			By("revision").Rather("look at the newer facts and try again")
	}
	j := &judge{service: s, ctx: r.ctx, actor: &r.actor, how: &r.how, base: base, edit: base.Edit(), at: base.Moment(s.engine.Now()).UTC().Truncate(time.Microsecond),
		epoch: max(base.Epoch, 1), attached: map[string]bool{}, judgedOf: map[access.Holder]int{}, checkAll: map[string]bool{}, exempt: map[string]bool{}}
	r.result = Result{ID: r.how.ID, Before: base, At: j.at}
	err := r.do(j)
	if r.doing = nil; err != nil || j.of == 1 {
		r.doing = j.doing
	}
	if err != nil {
		return nil, err
	}
	next, err := j.edit.State()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the change cannot be compiled: %v", err)
	}
	r.result.After, r.result.Revision, r.result.Results = next, next.Revision, j.results
	if err := j.guard(next); err != nil {
		return nil, err
	}
	r.entries, r.at, r.after = j.entries, j.at, j.after
	return next, nil
}

// now is the directory as the change has made it so far; without a change it is the one that is judged on.
func (j *judge) now() *state.State {
	if j.edit == nil {
		return j.base
	}
	return j.edit.Directory()
}

// emit folds an event and keeps it for the journal.
func (j *judge) emit(e event.Event) error {
	if err := j.present(); err != nil {
		return err
	}
	encoded, err := event.Encode(e)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "%v", err)
	}
	row := state.Row{Revision: j.base.Revision + int64(len(j.entries)) + 1, Epoch: j.epoch, At: j.at, Event: e}
	if err := j.edit.Fold(row); err != nil {
		return fault.Wrap(fault.Internal, err, "the change contradicts the facts: %v", err)
	}
	j.entries = append(j.entries, journal.Entry(encoded))
	return nil
}

// number returns the next integer id.
func (j *judge) number() int32 { return j.now().LastNumber() + 1 }

func (j *judge) made(do, id string, number int32) {
	j.results = append(j.results, client.Result{Command: j.command, Do: do, ID: id, Number: number})
}

// newID makes an opaque id: a prefix and 128 random bits in lower case.
func newID(prefix string) string { return prefix + strings.ToLower(rand.Text()) }

// commands carries out commands in their order. An error names the command.
func (j *judge) commands(commands []client.Command) error {
	j.of = len(commands)
	for i, c := range commands {
		j.command = i
		if err := j.one(c); err != nil {
			return j.place(err, i)
		}
	}
	return nil
}

// place puts before the field of an error which command it is about, where there are several, or the place of a file that
// asks for it.
func (j *judge) place(err error, i int) error {
	var f *fault.Error
	switch {
	case !errors.As(err, &f):
		return err
	case i < len(j.steps):
		return j.steps[i].named(f)
	case j.of < 2:
		return err
	}
	next := *f
	next.Field = strings.TrimSuffix(fmt.Sprintf("commands[%d].%s", i, f.Field), ".")
	return &next
}

func (j *judge) one(c client.Command) error {
	j.doing = c
	switch c := c.(type) {
	case client.OrganizationSet:
		return j.setOrganization(c)
	case client.PlatformAttach:
		return j.attachPlatform(c)
	case client.PlatformUpdate:
		return j.updatePlatform(c)
	case client.PlatformDetach:
		return j.detachPlatform(c)
	case client.ResourceCreate:
		return j.createResource(c)
	case client.ResourceUpdate:
		return j.updateResource(c)
	case client.ResourceRename:
		return j.renameResource(c)
	case client.ResourceDelete:
		return j.deleteResource(c)
	case client.DocumentSet:
		return j.setDocument(c)
	case client.RolePut:
		return j.putRole(c)
	case client.RoleRename:
		return j.renameRole(c)
	case client.RoleDelete:
		return j.deleteRole(c)
	case client.TestsSet:
		return j.setTests(c)
	}
	return j.oneGrant(c)
}

func (j *judge) oneGrant(c client.Command) error {
	switch c := c.(type) {
	case client.GrantAdd:
		return j.addGrant(c)
	case client.GrantRemove:
		return j.removeGrant(c)
	case client.GrantsReplace:
		return j.replaceGrants(c)
	case obsoleteRemove:
		return j.removeObsolete(c)
	case client.TokenIssue:
		return j.issueToken(c)
	case client.TokenRevoke:
		return j.revokeToken(c)
	case client.TokenDescribe:
		return j.describe(c)
	}
	return j.onePerson(c)
}

func (j *judge) onePerson(c client.Command) error {
	switch c := c.(type) {
	case client.UserAdd:
		return j.addUser(c)
	case client.UserProfile:
		return j.setProfile(c)
	case client.UserDeactivate:
		return j.deactivate(c)
	case client.UserReactivate:
		return j.reactivate(c)
	case client.UserRemove:
		return j.removeUser(c)
	case client.MemberAdd:
		return j.addMember(c)
	case client.MemberRemove:
		return j.removeMember(c)
	case client.LicenseSet:
		return j.setLicense(c)
	case memberUnlist:
		return j.unlist(c)
	case client.ServiceUserCreate:
		return j.createServiceUser(c)
	case client.ServiceUserUpdate:
		return j.updateServiceUser(c)
	case client.ServiceUserDelete:
		return j.deleteServiceUser(c)
	case client.AgentCreate:
		return j.createAgent(c)
	case client.AgentDelete:
		return j.deleteAgent(c)
	case client.TeamCreate:
		return j.createTeam(c)
	case client.TeamRename:
		return j.renameTeam(c)
	case client.TeamDelete:
		return j.deleteTeam(c)
	case client.TeamJoin:
		return j.joinTeam(c)
	case client.TeamLeave:
		return j.leaveTeam(c)
	}
	return j.onWay(c)
}

package change

import (
	"maps"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// guard judges what a change comes to: the platforms' rules about grants, the lines gained and lost, seats, the last
// administrator and the stored policy tests.
func (j *judge) guard(next *state.State) error {
	if err := j.checkGrants(next); err != nil {
		return err
	}
	if j.actor.Rule == "" {
		if err := j.checkLines(); err != nil {
			return err
		}
	}
	if err := j.checkSeats(next); err != nil {
		return err
	}
	if err := j.checkAdministrators(next); err != nil {
		return err
	}
	return j.checkTests(next)
}

func (j *judge) checkLines() error {
	for _, list := range [][]line{j.gained, j.lost} {
		for i := range list {
			if err := j.mayGive(&list[i]); err != nil {
				return j.place(err, list[i].command)
			}
		}
	}
	return nil
}

// checkGrants refuses problems that the change makes. Those that were there before are not its business.
func (j *judge) checkGrants(next *state.State) error {
	if len(j.judgedOf) == 0 && len(j.checkAll) == 0 {
		return nil
	}
	before := map[string]bool{}
	for _, p := range problems(j.base, j.concerned(j.base)) {
		before[p.key] = true
	}
	for _, p := range problems(next, j.concerned(next)) {
		if before[p.key] || p.Rule == "plan" && j.exempt[state.GrantKey(p.grant)] {
			continue
		}
		kind := fault.Invalid
		if p.Rule == "plan" {
			kind = fault.Conflict
		}
		err := fault.New(kind, "%s", next.Readable(p.Wrong)).In(p.Field).By(p.Rule).Rather("%s", next.Readable(p.Right))
		if command, known := j.commandOf(p.grant); known {
			return j.place(err, command)
		}
		return err
	}
	return nil
}

// commandOf finds the command that a problem with a grant is about: the one that gives it, or the first that concerned its
// holder.
func (j *judge) commandOf(g access.Grant) (int, bool) {
	key := state.GrantKey(g)
	for i := range j.gained {
		if j.gained[i].To == g.To && state.GrantKey(j.gained[i].Grant) == key {
			return j.gained[i].command, true
		}
	}
	command, known := j.judgedOf[g.To]
	return command, known
}

// concerned lists the grants that a change can have made wrong, in one order before and after it.
func (j *judge) concerned(st *state.State) []access.Grant {
	var grants []access.Grant
	if len(j.checkAll) > 0 {
		for _, g := range st.Grants() {
			if j.checkAll[access.SlugOf(g.On)] || j.concerns(g.To) {
				grants = append(grants, g.Grant)
			}
		}
		return grants
	}
	for _, h := range slices.SortedFunc(maps.Keys(j.judgedOf), func(a, b access.Holder) int { return strings.Compare(a.String(), b.String()) }) {
		for _, g := range st.GrantsOf(h) {
			grants = append(grants, g.Grant)
		}
	}
	return grants
}

func (j *judge) concerns(h access.Holder) bool {
	_, yes := j.judgedOf[h]
	return yes
}

type problem struct {
	access.Problem
	grant access.Grant
	key   string
}

func problems(st *state.State, grants []access.Grant) []problem {
	var all []problem
	for _, p := range st.Access.CheckGrants(grants) {
		all = append(all, problem{Problem: p, grant: grants[p.Grant], key: p.Rule + "\x00" + state.GrantKey(grants[p.Grant])})
	}
	return all
}

// checkSeats counts the members of platforms with a limit. A change that makes nobody a member is never refused.
func (j *judge) checkSeats(next *state.State) error {
	for _, slug := range next.Slugs() {
		p := next.Platform(slug)
		if p.Seats == 0 || !j.people && !j.checkAll[slug] {
			continue
		}
		taken := j.members(next, slug)
		if taken <= p.Seats {
			continue
		}
		if old := j.base.Platform(slug); old != nil && old.Seats == p.Seats && j.members(j.base, slug) >= taken {
			continue
		}
		return fault.New(fault.Conflict, "%s has %d seats, and %d people would be its members", slug, p.Seats, taken).
			In("seats").By("seats").Rather("free a seat, or raise the platform's seats")
	}
	return nil
}

func (j *judge) members(st *state.State, slug string) int {
	n := 0
	for _, u := range st.Users() {
		if !u.Inactive && st.Concerns(u, slug, j.at) {
			n++
		}
	}
	return n
}

// checkAdministrators refuses a change that takes the last administrator from the organization or from a platform.
func (j *judge) checkAdministrators(next *state.State) error {
	if j.actor.Rule == RuleRestore {
		return nil // a restore suspends tokens whatever follows
	}
	for _, slug := range j.base.Slugs() {
		if next.Platform(slug) == nil || j.administered(next, slug) || !j.administered(j.base, slug) {
			continue
		}
		names := strings.Join(next.Platform(slug).Model.Governance.Administrators, " or ")
		return j.discreet(j.sees(slug), fault.New(fault.Conflict, "nobody who can sign in would hold %s on %s any more", names, slug).
			By("last_administrator").Rather("make somebody else %s first, without an end, who has a way to sign in", names),
			"a platform out of your sight would have no administrator who can sign in any more")
	}
	return nil
}

func (j *judge) administered(st *state.State, slug string) bool { return Administered(st, slug, j.at) }

// Administered tells whether an active person who can sign in at a moment administers a platform without an end. Where nobody
// does, administrators.seat at org is enough to give the platform its first administrator.
func Administered(st *state.State, slug string, at time.Time) bool {
	p := st.Platform(slug)
	if p == nil {
		return false
	}
	one := func(id string, byGrant bool) bool {
		u := st.User(id)
		return u != nil && counts(st, u, p, byGrant, at)
	}
	for _, g := range st.GrantsAt(slug) {
		switch {
		case !slices.Contains(p.Model.Governance.Administrators, g.Role) || !g.Until.IsZero() || g.From.After(at):
		case g.To.Kind == access.User && one(g.To.ID, true),
			g.To.Kind == access.Team && slices.ContainsFunc(st.Members(g.To.ID), func(id string) bool { return one(id, true) }):
			return true
		}
	}
	if len(p.Model.Governance.AdministratorLicenses) > 0 {
		for id, u := range st.Users() {
			if slices.Contains(p.Model.Governance.AdministratorLicenses, u.Licenses[slug]) && one(id, false) {
				return true
			}
		}
	}
	return false
}

// counts tells whether somebody counts as an administrator: active, able to sign in, and with a license under which grants
// decide where the platform has licenses.
func counts(st *state.State, u *state.User, p *state.Platform, byGrant bool, at time.Time) bool {
	if len(WaysIn(st, u, at)) == 0 {
		return false
	}
	if !byGrant || len(p.Model.Licenses) == 0 {
		return true
	}
	name := u.Licenses[p.Slug]
	return slices.ContainsFunc(p.Model.Licenses, func(l access.License) bool {
		return l.Name == name && (!l.Replaces || slices.Contains(p.Model.Governance.AdministratorLicenses, name))
	})
}

// checkTests refuses a change that breaks a stored policy test, or that stores one which does not hold.
func (j *judge) checkTests(next *state.State) error {
	for i, t := range next.Tests {
		if holds(next, j, i) || !j.newTests && i < len(j.base.Tests) && !holds(j.base, j, i) {
			continue
		}
		can := map[bool]string{true: "can", false: "cannot"}[t.Can]
		err := fault.New(fault.Conflict, "the policy test %q does not hold after the change", j.base.Readable(next.Readable(t.Who))+" "+can+" "+t.Permission+" on "+t.On).
			By("policy_test").Rather("change less, or have somebody with tests.edit at org change the test")
		if i < len(j.asked) {
			return j.asked[i].named(err)
		}
		return j.discreet(j.sees(t.On), err, "a policy test about a platform out of your sight does not hold after the change")
	}
	return nil
}

func holds(st *state.State, j *judge, i int) bool {
	t := st.Tests[i]
	at := j.at
	if t.At != 0 {
		at = event.Time(t.At)
	}
	who, err := event.ParseHolder(t.Who)
	return err == nil && st.Access.Decide(access.Question{Subject: who, Permission: t.Permission, Resource: t.On, At: at}).Allowed == t.Can
}

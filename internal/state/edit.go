package state

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/event"
)

// A Row is one event with what the journal says of it.
type Row struct {
	Revision int64
	Epoch    int64
	At       time.Time
	Event    event.Event
}

// An Edit makes one State from another. Its directory follows each Fold at once; State compiles what it decides. It is for
// one goroutine, and of no use after State.
type Edit struct {
	s       *State
	pending []access.Change
	anew    bool // everything is compiled anew, by need or because it is cheaper: pending is not kept
	// fresh has every user of an edit that began with none. No State shares them yet, so they may change in place; a start
	// folds half a million memberships, and finding and replacing a record in the tree for each was most of its time.
	fresh map[string]*User
	late  late
}

// manyChanges is how many small changes cost more than compiling an ordinary organization anew.
const manyChanges = 4096

// Edit begins a change. The receiver stays as it is.
func (s *State) Edit() *Edit {
	next := *s
	s.copying.Lock()
	next.directory = s.copy()
	s.copying.Unlock()
	next.copying, next.found = &sync.Mutex{}, nil // it changes yet
	next.platforms, next.Settings, next.editions = maps.Clone(s.platforms), maps.Clone(s.Settings), maps.Clone(s.editions)
	next.signIns = maps.Clone(s.signIns)
	e := &Edit{s: &next}
	if next.users.Len() == 0 {
		e.fresh = map[string]*User{}
	}
	return e
}

// Load begins a state from nothing, for many rows.
func Load(organization string) *Edit {
	e := Empty(organization).Edit()
	e.Anew()
	return e
}

// Directory is the state as far as it was folded. Its Access is the one from before the edit.
func (e *Edit) Directory() *State {
	e.complete()
	return e.s
}

// State compiles the access of what was folded and returns the new state.
func (e *Edit) State() (*State, error) {
	if wait := e.completeMost(); wait != nil {
		defer wait() // access is compiled meanwhile
	}
	e.fresh = nil
	var err error
	switch {
	case e.anew || len(e.pending) > manyChanges:
		e.s.Access, err = access.Build(e.s.Facts(), e.s.At)
	case len(e.pending) > 0:
		e.s.Access, err = e.s.Access.Apply(e.pending...)
	}
	if err != nil {
		return nil, fmt.Errorf("compiling revision %d of %s: %w", e.s.Revision, e.s.Organization, err)
	}
	e.pending, e.s.found = nil, &found{}
	return e.s, nil
}

func (e *Edit) change(c access.Change) {
	if !e.anew {
		e.pending = append(e.pending, c)
	}
}

// Fold takes one more row into account. An error means that the journal contradicts itself: the edit is then of no use.
func (e *Edit) Fold(r Row) error {
	if err := e.fold(r.Event, r.At); err != nil {
		return fmt.Errorf("revision %d, %s: %w", r.Revision, r.Event.Type(), err)
	}
	e.s.Revision, e.s.Epoch, e.s.At = r.Revision, r.Epoch, r.At
	return nil
}

func (e *Edit) fold(ev event.Event, at time.Time) error {
	switch ev := ev.(type) {
	case *event.OrganizationCreated, *event.PersonErased, *event.Exported:
		return nil
	case *event.NumbersTaken:
		e.s.taken(ev.Last)
		maps.Copy(e.s.signIns, ev.SignIns)
		return nil
	case *event.EpochStarted:
		e.s.Epoch = ev.Epoch
		return nil
	case *event.SettingChanged:
		e.s.Settings[ev.Name] = ev.Value
		return nil
	case *event.TestsSet:
		e.s.Tests = ev.Tests
		return nil
	case *event.SetupOpened:
		e.s.Setup, e.s.SetupUntil = ev.Hash, event.Time(ev.Until)
		return nil
	case *event.SetupUsed:
		e.s.Setup, e.s.SetupUntil, e.s.SetupDone = "", time.Time{}, true
		return nil
	case *event.GrantAdded:
		return e.addGrant(ev, at)
	case *event.GrantRemoved:
		return e.removeGrant(ev)
	case *event.TokenIssued:
		return e.issue(ev, at)
	case *event.TokenRevoked:
		return e.token(ev.Token, func(t *Token) { t.Ended, t.Suspended, t.EndedAt, t.EndedBy = true, false, at, ev.By })
	case *event.TokenSuspended:
		return e.token(ev.Token, func(t *Token) { t.Ended, t.Suspended, t.EndedAt, t.EndedBy = true, true, at, ev.By })
	case *event.TokenDescribed:
		return e.token(ev.Token, func(t *Token) { t.Description = ev.Description })
	}
	if done, err := e.foldPlatform(ev); done {
		return err
	}
	if done, err := e.foldSignIn(ev, at); done {
		return err
	}
	if done, err := e.foldPeople(ev, at); done {
		return err
	}
	if done, err := e.foldWebhook(ev, at); done {
		return err
	}
	return fmt.Errorf("the event is on the list, but nothing folds it")
}

// taken keeps the counter of integer ids ahead of those in use.
func (d *directory) taken(number int32) { d.numbers = max(d.numbers, number) }

// Anew makes State compile everything anew, which is cheaper after many rows.
func (e *Edit) Anew() {
	e.anew, e.pending = true, nil
	e.delay()
}

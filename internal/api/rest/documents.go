package rest

import (
	"fmt"
	"strconv"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/answer"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/state"
)

// document reads an access file that was sent. Role models come with it: nothing is read from the server's disk.
func document(d client.Document) (*accessfile.File, error) {
	name := d.FileName
	if name == "" {
		name = "access.yaml"
	}
	return accessfile.Read(redact(name), []byte(d.File), func(path string) ([]byte, error) {
		if text, sent := d.Models[path]; sent {
			return []byte(text), nil
		}
		return nil, fmt.Errorf("the role model %s was not sent with the file", path)
	})
}

func diff(a *asking) (any, error) {
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	r, err := body[client.DiffRequest](a)
	if err != nil {
		return nil, err
	}
	if r.File != "" && (!r.From.IsZero() || !r.To.IsZero()) {
		return nil, invalid("file", "two moments and a file are named").Rather("name two moments, or a file")
	}
	a.record("allowed", "states were compared")
	if r.File != "" {
		return a.diffFile(r)
	}
	if r.At.Revision != 0 {
		return nil, invalid("at", "access is compared for a time").Rather("name a time, or leave it out")
	}
	now := r.Reading
	now.At = client.When{}
	if _, err := a.read(now); err != nil {
		return nil, err
	}
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	before, err := a.when(r.From)
	if err != nil {
		return nil, err
	}
	after, err := a.when(r.To)
	if err != nil {
		return nil, err
	}
	result := change.Result{Before: before.State, After: after.State, At: after.at}
	if !r.At.IsZero() {
		result.At = r.At.Time
	}
	difference, err := result.Difference()
	if err != nil {
		return nil, err
	}
	return client.Diff{Difference: difference, From: &client.Facts{Revision: before.Revision, Epoch: before.Epoch}, Facts: a.facts(after.State)}, nil
}

// diffFile compares the server's facts with those of a file.
func (a *asking) diffFile(r client.DiffRequest) (any, error) {
	facts, err := a.read(r.Reading)
	if err != nil {
		return nil, err
	}
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	file, err := document(r.Document)
	if err != nil {
		return nil, err
	}
	after, err := file.Snapshot(facts.at)
	if err != nil {
		return nil, err
	}
	was, _, err := change.Export(facts.State)
	if err != nil {
		return nil, err
	}
	before, err := access.Build(was.Organization, facts.at) // in names, as the file has them
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the export cannot be compiled")
	}
	itself := func(sub access.Subject) access.Subject { return sub }
	of := a.facts(facts.State)
	return client.Diff{Difference: answer.Difference(before, after, answer.Objects(was, file), facts.at, itself), From: &of}, nil
}

func test(a *asking) (any, error) {
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	r, err := body[client.TestRequest](a)
	if err != nil {
		return nil, err
	}
	facts, err := a.read(r.Reading)
	if err != nil {
		return nil, err
	}
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	found := client.Tests{Tests: []client.TestLine{}}
	add := func(t accessfile.Test, place string, at time.Time) {
		line := answer.Test(a.asker(facts).Facts(), t, place, at)
		if line.Passed {
			found.Passed++
		} else {
			found.Failed++
		}
		found.Tests = append(found.Tests, line)
	}
	if r.File != "" {
		file, err := document(r.Document)
		if err != nil {
			return nil, err
		}
		for i, t := range file.Tests {
			t.Who, _ = inquiry.Named(facts.State, t.Who.Kind, t.Who.ID)
			add(t, file.Places.Tests[i].String(), facts.at)
		}
	} else {
		for i, t := range facts.Tests {
			stored, err := assertion(t)
			if err != nil {
				return nil, err
			}
			add(stored, "tests["+strconv.Itoa(i)+"]", facts.at)
		}
	}
	a.record("allowed", "policy tests were run")
	found.Facts = a.facts(facts.State)
	return found, nil
}

// assertion reads a stored policy test.
func assertion(t event.Test) (accessfile.Test, error) {
	who, err := event.ParseHolder(t.Who)
	if err != nil {
		return accessfile.Test{}, fault.Wrap(fault.Internal, err, "a stored policy test names nobody")
	}
	return accessfile.Test{Who: who, Permission: t.Permission, Resource: t.On, Allowed: t.Can, At: event.Time(t.At)}, nil
}

func plan(a *asking) (any, error) {
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	r, err := body[client.PlanRequest](a)
	if err != nil {
		return nil, err
	}
	file, err := document(r.Document)
	if err != nil {
		return a.unreadable(r, err)
	}
	found, err := a.Changes.Plan(a.r.Context(), a.caller.Organization, a.actor(), change.PlanRequest{File: file, Texts: r.Models, Prune: r.Prune})
	if err != nil {
		return nil, err
	}
	for i := range found.Problems {
		p := &found.Problems[i]
		p.Path, p.Wrong, p.Right = redact(p.Path), redact(p.Wrong), redact(p.Right)
	}
	a.record("allowed", "a plan was made")
	a.facts(&state.State{Revision: found.Revision, Epoch: found.Epoch})
	return found, nil
}

// unreadable is the plan of a file that cannot be read: problems and no difference.
func (a *asking) unreadable(r client.PlanRequest, err error) (any, error) {
	answered := errorOf(err)
	if len(answered.Problems) == 0 {
		return nil, err
	}
	return client.Plan{Difference: client.Difference{At: a.moment, Objects: []client.Object{}, Access: []client.Access{}},
		Problems: answered.Problems, Prune: r.Prune, Facts: a.facts(a.now)}, nil
}

func apply(a *asking) (any, error) {
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	r, err := body[client.ApplyRequest](a)
	if err != nil {
		return nil, err
	}
	how, err := howOf(r.Changing)
	if err != nil {
		return nil, err
	}
	file, err := document(r.Document)
	if err != nil {
		return nil, err
	}
	result, err := a.Changes.Apply(a.r.Context(), a.caller.Organization, a.actor(), how, change.PlanRequest{File: file, Texts: r.Models, Prune: r.Prune})
	if err != nil {
		return nil, a.changeError(err)
	}
	return a.changed(result, r.DryRun)
}

package change

import (
	"context"
	"errors"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	diff "bailiwick/internal/answer"
	"bailiwick/internal/fault"
	"bailiwick/internal/yamltext"
)

// A PlanRequest is an access file that an organization is to follow.
type PlanRequest struct {
	File *accessfile.File // as accessfile.Read returned it
	// Texts are those of editions of one's own, by the path under which the file names them: "./record.yaml".
	Texts map[string]string
	// Prune removes what the file does not say. Without it the file only adds and changes.
	Prune bool
}

// Apply makes an organization what a file says, as one change: all or nothing. What is to be done is found on the state that
// the change is judged on, so that two files applied at once come to what one after the other would. Where the
// organization is so already, nothing is written. An error that concerns something in the file begins its field with the
// place (see Placed).
func (s *Service) Apply(ctx context.Context, organization string, actor Actor, how How, what PlanRequest) (Result, error) {
	how.AsStated = true
	return s.do(ctx, organization, actor, how, "apply", func(j *judge) error { return j.apply(organization, &what) })
}

// Plan says what Apply would come to, and why it would be refused if it would. Where already one command is refused, it
// has no more to say than why.
func (s *Service) Plan(ctx context.Context, organization string, actor Actor, what PlanRequest) (client.Plan, error) {
	var found client.Plan
	r := &request{ctx: ctx, actor: actor, how: How{ID: newID("chg_"), DryRun: true, AsStated: true}}
	r.do = func(j *judge) error { return j.apply(organization, &what) }
	err := s.submit(organization, r)
	found.Prune, found.Problems = what.Prune, []client.Problem{}
	if err != nil {
		if kind := fault.Of(err); kind == fault.Internal || kind == fault.Unavailable || r.result.Before == nil {
			return client.Plan{}, err
		}
		found.Problems = append(found.Problems, ProblemOf(err))
	}
	found.Revision, found.Epoch = r.result.Before.Revision, r.result.Before.Epoch
	if r.result.After != nil {
		found.Difference, err = r.result.Difference()
		return found, err
	}
	found.At, found.Objects, found.Access = r.result.At, []client.Object{}, []client.Access{}
	return found, nil
}

// Difference says in names what a change changed: objects, and then who gains and loses which access, worst first. It is
// empty of a Result that was found in the journal.
func (r *Result) Difference() (client.Difference, error) {
	if r.Before == nil || r.After == nil {
		return client.Difference{At: r.At, Objects: []client.Object{}, Access: []client.Access{}}, nil
	}
	touched := r.Before.Touched(r.After)
	was, _, err := exportOf(r.Before, touched)
	if err != nil {
		return client.Difference{}, err
	}
	is, _, err := exportOf(r.After, touched)
	if err != nil {
		return client.Difference{}, err
	}
	show := func(h access.Subject) access.Subject {
		if named := r.After.ReadableHolder(h); named.ID != h.ID {
			return named
		}
		return r.Before.ReadableHolder(h)
	}
	found := diff.Difference(r.Before.Access, r.After.Access, diff.Objects(was, is), r.At, show)
	found.Changed = found.Changed || r.After.Revision > r.Before.Revision
	return found, nil
}

// apply finds the commands that make the organization what a file says, and carries them out.
func (j *judge) apply(organization string, what *PlanRequest) error {
	if what.File.Organization.Name != organization {
		return fault.New(fault.Invalid, "the file is about the organization %q, and this is %q", what.File.Organization.Name, organization).
			In("organization").Rather("write organization: %s, or apply the file where it belongs", organization)
	}
	was, _, err := Export(j.base)
	if err != nil {
		return err
	}
	d := &draft{base: j.base, was: was, PlanRequest: *what, actor: j.base.ReadableHolder(j.actor.Subject)}
	if err := d.find(); err != nil {
		return err
	}
	j.steps, j.asked = d.steps, d.asked
	commands := make([]client.Command, len(d.steps))
	for i := range d.steps {
		commands[i] = d.steps[i].command
	}
	return j.commands(commands)
}

// A step is one command with the place in the file that asks for it.
type step struct {
	command client.Command
	place   yamltext.Place // zero for what is done because the file does not say it
	path    string         // "grants[3]"
}

// Placed says where in an access file the reason of an error stands. errors.As finds it.
type Placed struct {
	Place yamltext.Place // zero where the reason is that the file leaves something out
	Path  string         // "grants[3].role"
	err   error
}

// Error returns the error's own text.
func (p *Placed) Error() string { return p.err.Error() }

// Unwrap returns what went wrong.
func (p *Placed) Unwrap() error { return p.err }

// named puts a step's place before the field of an error.
func (s *step) named(f *fault.Error) error {
	next := *f
	placed := &Placed{Place: s.place, Path: s.path, err: f}
	if f.Field != "" && s.place.Line > 0 {
		placed.Path += "." + f.Field
	}
	next.Field, next.Err = placed.Path, placed
	if s.place.Line > 0 {
		next.Field = s.place.String() + ": " + placed.Path
	}
	return &next
}

// ProblemOf writes an error of Apply as a problem of the file.
func ProblemOf(err error) client.Problem {
	problem := client.Problem{Kind: fault.Of(err).String(), Wrong: err.Error()}
	var f *fault.Error
	if errors.As(err, &f) {
		problem.Path, problem.Wrong, problem.Right, problem.Rule = f.Field, f.Wrong, f.Right, f.Rule
	}
	var p *Placed
	if errors.As(err, &p) {
		problem.Path = p.Path
		if p.Place.Line > 0 {
			problem.Place = p.Place.String()
		}
	}
	return problem
}

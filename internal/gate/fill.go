package gate

import (
	"context"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

// fill writes an answer of the upstream's for a caller: what it says of the gate's own rights is said of the caller's.
func (g *Gate) fill(ctx context.Context, caller *Caller, asked *dagster.Asked, body []byte) ([]byte, error) {
	answer, err := asked.Answer(body)
	if err != nil {
		return nil, err
	}
	reasons, err := g.reasons(ctx, caller, answer.Targets())
	if err != nil {
		return nil, err
	}
	return answer.Write(reasons), nil
}

// reasons says of each target why it is refused; "" is allowed. Most people hold a permission on the whole deployment, or nowhere:
// only for the others it matters where things are.
func (g *Gate) reasons(ctx context.Context, caller *Caller, targets []dagster.Target) ([]string, error) {
	facts, err := g.Authority.Facts(ctx)
	if err != nil {
		return nil, err
	}
	j := &judging{gate: g, facts: facts, caller: caller, known: map[[2]string]string{}}
	reasons := make([]string, len(targets))
	var open []int
	for i, t := range targets {
		reasons[i] = j.why(t.Permission, g.Deployment)
		if t.Kind != dagster.Deployment && (reasons[i] != "" || g.conditional()) {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return reasons, nil
	}
	asked := make([]dagster.Target, len(open))
	for i, at := range open {
		asked[i] = targets[at]
	}
	places, err := g.workspace.Resolve(ctx, asked)
	if fault.Is(err, fault.Invalid) {
		return reasons, nil // too much to be looked up: it is judged by the deployment
	}
	if err != nil {
		return nil, err
	}
	for i, at := range open {
		reasons[at] = j.anywhere(places[i].Target.Permission, g.paths(facts.Snapshot, places[i].Locations))
	}
	return reasons, nil
}

// conditional tells whether a role on the deployment may count in some of its code locations only: so it is in branch deployments,
// where it takes access to the parent's.
func (g *Gate) conditional() bool {
	segments, err := access.SplitPath(g.Deployment)
	return err != nil || segments[len(segments)-1].Prefix != ""
}

// judging remembers what was judged of a caller on the same facts.
type judging struct {
	gate   *Gate
	facts  Facts
	caller *Caller
	known  map[[2]string]string
}

func (j *judging) why(permission, path string) string {
	key := [2]string{permission, path}
	text, known := j.known[key]
	if !known {
		if reason := j.gate.refusal(j.facts, j.caller, permission, path); reason != (dagster.Reason{}) {
			text = reason.String()
		}
		j.known[key] = text
	}
	return text
}

// anywhere returns why the first of several places is refused.
func (j *judging) anywhere(permission string, paths []string) string {
	i := slices.IndexFunc(paths, func(path string) bool { return j.why(permission, path) != "" })
	if i < 0 {
		return ""
	}
	return j.why(permission, paths[i])
}

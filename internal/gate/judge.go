package gate

import (
	"context"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/gate/workspace"
)

// A verdict says whether everything that a request asks for may happen.
type verdict struct {
	allowed  bool
	reason   dagster.Reason // of the first refusal
	parts    []part         // one for each operation, in their order; up to the refused one
	revision int64          // of the facts that decided
}

// A part is one operation's share in a verdict.
type part struct {
	name       string // "launchRun", "report_asset_check"
	changes    bool   // it changes something
	permission string // the first that was asked for, or the one that is missing
	resource   string // where: "dagster/prod/etl"
	allowed    bool
}

// judge says whether a caller may do all operations. Errors are Unavailable, and nothing may happen then.
func (g *Gate) judge(ctx context.Context, caller *Caller, operations []dagster.Operation) (verdict, error) {
	facts, err := g.Authority.Facts(ctx)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{allowed: true, revision: facts.Revision}
	for _, o := range operations {
		p := part{name: o.Field, changes: o.Kind == dagster.Mutation}
		targets, err := g.table.Targets(o)
		if fault.Is(err, fault.Forbidden) {
			p.resource = g.Deployment
			v.add(p, dagster.Reason{Text: err.Error()})
			return v, nil
		}
		if err == nil {
			err = g.judgePart(ctx, facts, caller, &v, p, targets)
		}
		if err != nil || !v.allowed {
			return v, err
		}
	}
	return v, nil
}

// judgeTargets says whether a caller may do one thing that is no operation of GraphQL.
func (g *Gate) judgeTargets(ctx context.Context, caller *Caller, p part, targets ...dagster.Target) (verdict, error) {
	facts, err := g.Authority.Facts(ctx)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{allowed: true, revision: facts.Revision}
	return v, g.judgePart(ctx, facts, caller, &v, p, targets)
}

// add adds a part, refused if there is a reason.
func (v *verdict) add(p part, refused dagster.Reason) {
	p.allowed = refused == dagster.Reason{}
	v.parts = append(v.parts, p)
	if !p.allowed {
		v.allowed, v.reason = false, refused
	}
}

// judgePart adds one thing that a caller wants to a verdict. All its targets must be allowed, wherever they are.
func (g *Gate) judgePart(ctx context.Context, facts Facts, caller *Caller, v *verdict, p part, targets []dagster.Target) error {
	places, err := g.resolve(ctx, targets)
	if err != nil {
		v.allowed = false
		return err
	}
	for _, place := range places {
		for _, path := range g.paths(facts.Snapshot, place.Locations) {
			asked := p
			asked.permission, asked.resource = place.Target.Permission, path
			if reason := g.refusal(facts, caller, asked.permission, path); reason != (dagster.Reason{}) {
				v.add(asked, reason)
				return nil
			}
			if p.permission == "" {
				p = asked
			}
		}
	}
	v.add(p, dagster.Reason{})
	return nil
}

// resolve finds out what targets concern. What is about the deployment needs nobody to be asked.
func (g *Gate) resolve(ctx context.Context, targets []dagster.Target) ([]workspace.Place, error) {
	var places []workspace.Place
	var others []dagster.Target
	for _, t := range targets {
		if t.Kind == dagster.Deployment {
			places = append(places, workspace.Place{Target: t})
		} else {
			others = append(others, t)
		}
	}
	if len(others) == 0 {
		return places, nil
	}
	found, err := g.workspace.Resolve(ctx, others)
	return append(found, places...), err
}

// paths are the resources that locations are. One that nobody has heard of yet is judged by the role on the deployment, and so
// is what is in no location.
func (g *Gate) paths(snapshot *access.Snapshot, locations []string) []string {
	if len(locations) == 0 {
		return []string{g.Deployment}
	}
	paths := make([]string, len(locations))
	for i, name := range locations {
		paths[i] = g.Deployment + "/" + access.EncodeName(name)
		if _, known := snapshot.Resource(paths[i]); !known {
			paths[i] = g.Deployment
		}
	}
	return paths
}

// refusal says why a caller may not do something at a path; it is zero where he may.
func (g *Gate) refusal(facts Facts, caller *Caller, permission, path string) dagster.Reason {
	slug := access.SlugOf(g.Deployment)
	question := access.Question{Subject: caller.Subject, Permission: permission, Resource: path, At: facts.At}
	switch {
	case !facts.Snapshot.Decide(question).Allowed:
		return g.reason(facts.Snapshot, question)
	case !caller.Allows(slug+"."+permission, path):
		return dagster.Reason{Permission: permission, Text: "This token is not for " + permission + " in " + g.where(path) + ", although its owner has the permission there."}
	}
	return dagster.Reason{}
}

// reason explains a refusal by the role model.
func (g *Gate) reason(snapshot *access.Snapshot, question access.Question) dagster.Reason {
	reason := dagster.Reason{Permission: question.Permission, Where: g.where(question.Resource)}
	model := snapshot.Model(access.SlugOf(g.Deployment))
	if model == nil {
		return reason
	}
	for _, p := range model.Permissions {
		if p.Name == question.Permission {
			reason.Title = p.Title
		}
	}
	reason.Role = lowestRole(model, question.Permission)
	for _, r := range snapshot.Explain(question).Reasons {
		if r.Why == access.WhyNoParent {
			reason.Text = reason.String() + " The role on branch deployments counts where there is access to the parent deployment."
		}
	}
	return reason
}

// lowestRole is the title of the first role that people can hold and that has the permission.
func lowestRole(model *access.Model, permission string) string {
	for _, role := range model.Roles {
		for _, holder := range role.Holders {
			if holder != access.User {
				continue
			}
			for _, p := range role.Permissions {
				if p == permission {
					return role.Title
				}
			}
		}
	}
	return ""
}

// where names a path for a person: "code location sales", "deployment prod", "branch deployment feature-1".
func (g *Gate) where(path string) string {
	segments, err := access.SplitPath(path)
	if err != nil || len(segments) == 0 {
		return path
	}
	last := segments[len(segments)-1]
	switch {
	case path != g.Deployment && strings.HasPrefix(path, g.Deployment+"/"):
		return "code location " + last.Name
	case last.Prefix == "branch":
		return "branch deployment " + last.Name
	}
	return "deployment " + last.Name
}

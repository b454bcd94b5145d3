package change

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

const (
	// documentUpstream is kept at a code location by RuleDiscovery alone: nobody writes it by hand.
	documentUpstream = "upstream"
	// mostLocations bounds the code locations of one deployment that discovery adds to.
	mostLocations = 1000
)

// A Discovery is what a deployment's own server has, as the gate in front of it was told.
type Discovery struct {
	Deployment string   // path of a deployment or branch deployment
	Seen       []string // names of the code locations, as the server has them
	// Gone are the paths of code locations that it has no more, with the moment since when.
	Gone map[string]time.Time
}

// upstreamDocument is what documentUpstream holds.
type upstreamDocument struct {
	NotSeenSince time.Time `json:"not_seen_since"`
}

// NotSeenSince tells since when a code location is not at its deployment's own server any more; zero where nobody knows that.
func NotSeenSince(r *state.Resource) time.Time {
	var kept upstreamDocument
	if text := r.Documents[documentUpstream]; text != "" && json.Unmarshal([]byte(text), &kept) == nil {
		return kept.NotSeenSince
	}
	return time.Time{}
}

// Discovered adds the code locations that a deployment's own server has, and notes which it has no more. It gives nobody anything
// and deletes nothing. What it cannot add, because nobody could call a resource so or because there are too many, it names; the
// deployment's roles judge that. Where everything is known it changes nothing.
func (s *Service) Discovered(ctx context.Context, organization string, d Discovery) (left []string, err error) {
	st, err := s.engine.Current(organization)
	if err != nil {
		return nil, err
	}
	steps, left, err := discover(st, d)
	if err != nil || len(steps) == 0 {
		return left, err
	}
	_, err = s.do(ctx, organization, Actor{Rule: RuleDiscovery, Via: "gate"}, How{}, "discover", func(j *judge) error {
		var steps []event.Event
		var err error
		if steps, left, err = discover(j.base, d); err != nil { // the facts may have changed
			return err
		}
		for _, e := range steps {
			if made, is := e.(*event.ResourceCreated); is {
				made.Number = j.number()
			}
			if err := j.emit(e); err != nil {
				return err
			}
		}
		return nil
	})
	return left, err
}

// discover is what a discovery comes to: new code locations, and what is to be noted at those that are there.
func discover(st *state.State, d Discovery) (steps []event.Event, left []string, err error) {
	p := st.Platform(access.SlugOf(d.Deployment))
	if p == nil || st.Resource(d.Deployment) == nil || !slices.Contains([]string{"deployment", "branch_deployment"}, p.Model.KindOf(d.Deployment)) {
		return nil, nil, fault.New(fault.NotFound, "there is no deployment %q", d.Deployment).In("deployment").Rather("create it, or correct the gate's deployment")
	}
	there := locationsOf(st, p, d.Deployment)
	names := slices.Compact(slices.Sorted(slices.Values(d.Seen)))
	for _, raw := range names {
		path := d.Deployment + "/" + access.EncodeName(raw)
		r := there[path]
		switch {
		case r != nil && r.Documents[documentUpstream] != "":
			steps = append(steps, &event.ResourceDocumentSet{Path: path, Name: documentUpstream})
		case r != nil:
		case len(there) >= mostLocations || name("location", raw) != nil || p.Model.KindOf(path) != "code_location":
			left = append(left, raw)
		default:
			there[path] = &state.Resource{Path: path}
			steps = append(steps, &event.ResourceCreated{Path: path})
		}
	}
	marks, err := marks(there, d)
	return append(steps, marks...), left, err
}

// locationsOf are the code locations right beneath a deployment, by path.
func locationsOf(st *state.State, p *state.Platform, deployment string) map[string]*state.Resource {
	found := map[string]*state.Resource{}
	for path, r := range st.Beneath(deployment) {
		if !strings.Contains(path[len(deployment)+1:], "/") && p.Model.KindOf(path) == "code_location" {
			found[path] = r
		}
	}
	return found
}

// marks notes which code locations are gone, once each.
func marks(there map[string]*state.Resource, d Discovery) ([]event.Event, error) {
	var steps []event.Event
	for path, since := range d.Gone {
		r := there[path]
		if r == nil || r.Documents[documentUpstream] != "" || slices.ContainsFunc(d.Seen, func(raw string) bool { return path == d.Deployment+"/"+access.EncodeName(raw) }) {
			continue
		}
		text, err := json.Marshal(upstreamDocument{NotSeenSince: since.UTC().Truncate(time.Second)})
		if err != nil {
			return nil, err
		}
		steps = append(steps, &event.ResourceDocumentSet{Path: path, Name: documentUpstream, Document: string(text)})
	}
	slices.SortFunc(steps, func(a, b event.Event) int {
		return strings.Compare(a.(*event.ResourceDocumentSet).Path, b.(*event.ResourceDocumentSet).Path) //nolint:forcetypeassert // there are no others
	})
	return steps, nil
}

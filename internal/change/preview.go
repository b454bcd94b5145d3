package change

import (
	"context"
	"fmt"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A Preview says what mappings would do to one person. Its Access says what the person would gain and lose.
type Preview struct {
	Signed
	// Notes say what cannot be known yet.
	Notes []string
}

// PreviewMappings tells what a sign-in with a provider would come to for somebody in groups, if the provider were as the
// draft says. Without a user it is about a person whom nobody knows yet. It changes nothing. A draft that could not be saved
// is refused as the command would be.
func (s *Service) PreviewMappings(ctx context.Context, organization string, actor Actor, draft client.ProviderPut, groups []string, user string) (Preview, error) {
	var out Preview
	result, err := s.do(ctx, organization, actor, How{DryRun: true}, "provider.preview", func(j *judge) error {
		out = Preview{}
		next, err := j.putProvider(draft)
		if err != nil {
			return err
		}
		return j.preview(next, groups, user, &out)
	})
	if err != nil {
		return Preview{}, err
	}
	out.Result = result
	return out, nil
}

func (j *judge) preview(next *event.ProviderPut, groups []string, user string, out *Preview) error {
	if user != "" {
		u, err := j.user("user", user)
		if err != nil {
			return err
		}
		if u.Inactive {
			return fault.New(fault.Conflict, "%s is deactivated, and does not sign in", u.Email).In("user")
		}
		out.User = u.ID
	} else {
		out.User, out.Created = newID(state.UserPrefix), true
		if err := j.createWith(out.User, "somebody@example.invalid", j.welcoming(next)); err != nil {
			return err
		}
	}
	for _, id := range mappedTeams(next) {
		if t := j.now().Team(id); t != nil && t.Members > 0 {
			out.Notes = append(out.Notes, fmt.Sprintf("%d people are in %s: who of them stays is known only when each signs in, for then their groups are known", t.Members, t.Name))
		}
	}
	return j.follow(next, out.User, groups, &out.Signed)
}

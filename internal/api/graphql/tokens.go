package graphql

import (
	"context"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// provisioner is the service user whose the tokens of provisioning are: Dagster+ has its API tokens belong to nobody, and ours
// belong to somebody. It is made with the first of them and has no grants.
const provisioner = "provisioning"

// A shownToken is what all kinds of tokens show.
type shownToken struct {
	text        string // the secret where the token was just made, else a mask
	by          *model.DagsterCloudUser
	made        *float64
	revoked     bool
	revokedBy   *model.DagsterCloudUser
	revokedAt   *float64
	description *string
}

// shownToken shows a token; secret is "" but in the answer that made it.
func (a *asking) shownToken(s *sight.Sight, t *state.Token, secret string) shownToken {
	shown := shownToken{text: secret, by: a.author(s, t.By), made: seconds(t.Issued), revoked: t.Ended}
	if secret == "" {
		shown.text = "bwk_" + t.Kind + "_…" + t.Last
	}
	if t.Ended {
		shown.revokedBy, shown.revokedAt = a.author(s, t.EndedBy), seconds(t.EndedAt)
	}
	if t.Description != "" {
		shown.description = &t.Description
	}
	return shown
}

// author is the person whom the journal names as somebody who acted; nil for rules, programs, and whom the caller does not see.
func (a *asking) author(s *sight.Sight, actor string) *model.DagsterCloudUser {
	who, err := event.ParseHolder(actor)
	if err != nil || who.Kind != access.User || !s.Names(who) {
		return nil
	}
	return userOf(s.User(who.ID))
}

// seconds is a moment as Dagster+ writes it: seconds since 1970 UTC; nil where it is not known.
func seconds(moment time.Time) *float64 {
	if moment.IsZero() {
		return nil
	}
	return new(float64(moment.UnixMicro()) / 1e6)
}

// tokenNumbered finds a token of a kind by its number; nil where there is none.
func tokenNumbered(st *state.State, kind string, number int) *state.Token {
	for _, t := range st.Tokens() {
		if t.Kind == kind && int64(t.Number) == int64(number) {
			return t
		}
	}
	return nil
}

// tokensOfKind lists a kind's tokens, those that ended too, in the order in which they were made; all holders, or one.
func tokensOfKind(st *state.State, kind string, whose access.Subject) []*state.Token {
	var list []*state.Token
	for _, t := range st.Tokens() {
		if t.Kind == kind && (whose.Kind == access.NoHolder || t.Holder == whose) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *state.Token) int {
		if a.Number != b.Number {
			return int(a.Number - b.Number)
		}
		return strings.Compare(a.Token, b.Token)
	})
	return list
}

// noToken is the answer about a token that does not exist, and about one that the caller may not know of.
func (a *asking) noToken(operation string) error {
	if a.view.All() || a.mayOperate(operation) {
		return fault.New(fault.NotFound, "there is no such token").In("tokenId").By("token").Rather("one of those that the list of tokens has")
	}
	return sight.Forbidden("this token is not yours", "it needs what an edition asks for "+operation)
}

// issued carries out commands of which the last one makes a token, and returns the token with its secret: here and never again.
func (a *asking) issued(ctx context.Context, commands ...client.Command) (*made, *state.Token, string, error) {
	m, err := a.change(ctx, commands...)
	if err != nil {
		return nil, nil, "", err
	}
	i := slices.IndexFunc(m.results, func(r client.Result) bool { return r.Do == client.TokenIssue{}.Do() })
	if i < 0 {
		return nil, nil, "", fault.New(fault.Conflict, "this change was made already, and its secret was shown then").Rather("revoke the token and make another one")
	}
	t := m.Token(m.results[i].ID)
	if t == nil {
		return nil, nil, "", fault.New(fault.Internal, "the token that was made is not there")
	}
	if a.dry {
		return m, t, "", nil
	}
	return m, t, m.results[i].Secret, nil
}

// number is an id of Dagster+'s. What a dry run would make has none: it would be another one.
func (a *asking) number(n int32) int {
	if a.dry {
		return 0
	}
	return int(n)
}

package graphql

import (
	"context"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/state"
)

// agentRole is what an agent holds, wherever it may take work from.
const agentRole = "agent"

// agentToken shows an agent's token, with the agent's role as the token's permissions.
func (a *asking) agentToken(r *roster, t *state.Token, secret string) *model.DagsterCloudAgentToken {
	shown := a.shownToken(r.Sight, t, secret)
	found := &model.DagsterCloudAgentToken{ID: int(t.Number), Token: shown.text, CreatedBy: shown.by, CreateTimestamp: shown.made,
		Revoked: shown.revoked, RevokedBy: shown.revokedBy, RevokeTimestamp: shown.revokedAt, Description: shown.description}
	if r.Agent(t.Holder.ID) != nil {
		found.Permissions = r.held(t.Holder)
	}
	return found
}

// agentTokens lists the tokens of agents, those that were revoked too.
func (a *asking) agentTokens() (*model.DagsterCloudAgentTokens, error) {
	r, err := a.roster()
	if err != nil {
		return nil, err
	}
	found := &model.DagsterCloudAgentTokens{Tokens: []*model.DagsterCloudAgentToken{}}
	for _, t := range tokensOfKind(r.State, "agent", access.Subject{}) {
		found.Tokens = append(found.Tokens, a.agentToken(r, t, ""))
	}
	return found, nil
}

// createAgentToken makes an agent, its role at the organization and its token: what Dagster+ calls an agent token.
func (a *asking) createAgentToken(ctx context.Context, description string) (*model.DagsterCloudAgentToken, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	_, t, secret, err := a.issued(ctx, client.AgentCreate{Description: description},
		client.GrantAdd{Grant: client.Grant{To: client.NewAgent, Role: agentRole, On: p.Slug}},
		client.TokenIssue{NewToken: client.NewToken{Kind: "agent", Subject: client.NewAgent, Description: description}})
	if err != nil {
		return nil, err
	}
	r, err := a.roster()
	if err != nil {
		return nil, err
	}
	return a.agentToken(r, t, secret), nil
}

// changeAgentToken carries out one command on an agent's token, or on its agent, and shows the token after it.
func (a *asking) changeAgentToken(ctx context.Context, number int, operation string, command func(t *state.Token) client.Command) (*model.DagsterCloudAgentToken, error) {
	t := tokenNumbered(a.present(), "agent", number)
	if t == nil {
		return nil, a.noToken(operation)
	}
	if _, err := a.change(ctx, command(t)); err != nil {
		return nil, err
	}
	return a.shownAgentToken(t.Token)
}

// agentGrants makes what an agent's token may connect to at a scope what a mutation says; grant "" takes it away.
func (a *asking) agentGrants(ctx context.Context, number int, w wanted) (*model.DagsterCloudAgentToken, error) {
	t := tokenNumbered(a.present(), "agent", number)
	if t == nil {
		return nil, a.noToken(access.OpAgentManage)
	}
	var err error
	if w.grant == "" {
		err = a.endGrants(ctx, t.Holder, w.scope, w.deployment)
	} else {
		err = a.setGrants(ctx, t.Holder, w)
	}
	if err != nil {
		return nil, err
	}
	return a.shownAgentToken(t.Token)
}

// shownAgentToken shows a token as things are now.
func (a *asking) shownAgentToken(id string) (*model.DagsterCloudAgentToken, error) {
	r, err := a.roster()
	if err != nil {
		return nil, err
	}
	return a.agentToken(r, r.Token(id), ""), nil
}

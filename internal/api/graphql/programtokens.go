package graphql

import (
	"context"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

func (a *asking) apiToken(s *sight.Sight, t *state.Token, secret string) *model.DagsterCloudAPIToken {
	shown := a.shownToken(s, t, secret)
	return &model.DagsterCloudAPIToken{ID: t.Token, Token: shown.text, TokenType: model.DagsterCloudAPITokenTypeScim, CreatedBy: shown.by,
		CreateTimestamp: shown.made, Revoked: shown.revoked, RevokedBy: shown.revokedBy, RevokeTimestamp: shown.revokedAt, Description: shown.description}
}

// governsSCIM tells whether the caller may change how people are provisioned: who does sees all of its tokens.
func (a *asking) governsSCIM() bool {
	return a.view.All() || a.view.GovernsIdentities(access.OpSCIMManage)
}

// apiTokens lists the tokens of provisioning, those that were revoked too.
func (a *asking) apiTokens() (*model.DagsterCloudAPITokens, error) {
	if !a.governsSCIM() {
		return nil, sight.Forbidden("the tokens of provisioning are not yours to see", "it needs scim.manage at org, or the top role on every attached platform")
	}
	s := a.sight()
	found := &model.DagsterCloudAPITokens{Tokens: []*model.DagsterCloudAPIToken{}}
	for _, t := range tokensOfKind(s.State, "scim", access.Subject{}) {
		found.Tokens = append(found.Tokens, a.apiToken(s, t, ""))
	}
	return found, nil
}

// createAPIToken makes a token of provisioning, and with the first one the service user whose they are.
func (a *asking) createAPIToken(ctx context.Context, description string) (*model.DagsterCloudAPIToken, error) {
	var commands []client.Command
	if a.present().ServiceUserByName(provisioner) == nil {
		commands = append(commands, client.ServiceUserCreate{ServiceUser: provisioner, Description: "Whose the tokens of provisioning are"})
	}
	commands = append(commands, client.TokenIssue{NewToken: client.NewToken{Kind: "scim", Subject: "service_user:" + provisioner, Description: description}})
	m, t, secret, err := a.issued(ctx, commands...)
	if err != nil {
		return nil, err
	}
	found := a.apiToken(sight.Whole(m.State), t, secret)
	if a.dry {
		found.ID = ""
	}
	return found, nil
}

func (a *asking) changeAPIToken(ctx context.Context, id string, command func(t *state.Token) client.Command) (*model.DagsterCloudAPIToken, error) {
	if !a.governsSCIM() { // whoever does not see them does nothing with them either
		return nil, sight.Forbidden("this token is not yours", "it needs scim.manage at org, or the top role on every attached platform")
	}
	t := a.present().Token(id)
	if t == nil || t.Kind != "scim" {
		return nil, fault.New(fault.NotFound, "there is no such token").In("tokenId").By("token").Rather("one of those that apiTokensOrError lists")
	}
	m, err := a.change(ctx, command(t))
	if err != nil {
		return nil, err
	}
	return a.apiToken(a.view.Over(m.State), m.Token(id), ""), nil
}

func (a *asking) serviceToken(s *sight.Sight, t *state.Token, secret string) *model.ServiceToken {
	shown := a.shownToken(s, t, secret)
	found := &model.ServiceToken{ID: t.Token, Token: shown.text, OrganizationID: organizationNumber, CreatedBy: shown.by, CreateTimestamp: shown.made,
		Revoked: shown.revoked, RevokedBy: shown.revokedBy, RevokeTimestamp: shown.revokedAt, Description: shown.description}
	if u := s.ServiceUser(t.Holder.ID); u != nil {
		found.ServiceUser = &model.ServiceUser{ID: u.ID, Name: u.Name, OrganizationID: organizationNumber}
		if u.Description != "" {
			found.ServiceUser.Description = &u.Description
		}
	}
	return found
}

// serviceTokens lists the tokens of a service user, those that were revoked too: by the rule for tokens everywhere. A narrowed token sees
// itself of its subject's.
func (a *asking) serviceTokens(id string) (*model.ServiceTokens, error) {
	found := &model.ServiceTokens{Tokens: []*model.ServiceToken{}}
	s, h := a.view.OfTokens().Over(a.present()), holderOf(access.ServiceUser, id)
	if err := s.MayListTokens(h); err != nil {
		return nil, err
	}
	if !s.SeesSubject(h) {
		return nil, fault.New(fault.NotFound, "there is no such service user").In("serviceUserId").Rather("the id of one of serviceUsersOrError")
	}
	for _, t := range tokensOfKind(s.State, "svc", h) {
		if h == a.caller.Subject && a.caller.Narrowed() && s.None() && t.Token != a.caller.Token {
			continue
		}
		found.Tokens = append(found.Tokens, a.serviceToken(s, t, ""))
	}
	return found, nil
}

func (a *asking) createServiceToken(ctx context.Context, description, of string) (*model.ServiceToken, error) {
	if a.serviceUserByID(of) == nil {
		return nil, a.noToken(access.OpTokenIssueService)
	}
	to := a.called(holderOf(access.ServiceUser, of))
	m, t, secret, err := a.issued(ctx, client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: to, Description: description}})
	if err != nil {
		return nil, err
	}
	found := a.serviceToken(sight.Whole(m.State), t, secret)
	if a.dry {
		found.ID = ""
	}
	return found, nil
}

// changeServiceToken carries out a command on a service user's token; of is whose it is said to be, "" for anybody's.
func (a *asking) changeServiceToken(ctx context.Context, id, of string, command func(t *state.Token) client.Command) (*model.ServiceToken, error) {
	t := a.present().Token(id)
	if t == nil || t.Kind != "svc" || of != "" && t.Holder != holderOf(access.ServiceUser, of) {
		return nil, a.noToken(access.OpTokenIssueService)
	}
	m, err := a.change(ctx, command(t))
	if err != nil {
		return nil, err
	}
	return a.serviceToken(a.view.Over(m.State), m.Token(id), ""), nil
}

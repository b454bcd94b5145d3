package change

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// holderOfToken says whose the tokens of a kind are.
func holderOfToken(kind string) (access.HolderKind, bool) {
	switch kind {
	case "user":
		return access.User, true
	case "agent":
		return access.Agent, true
	case "svc", "scim", "gate":
		return access.ServiceUser, true
	}
	return access.NoHolder, false
}

func (j *judge) issueToken(c client.TokenIssue) error {
	kind, known := holderOfToken(c.Kind)
	if !known {
		return fault.New(fault.Invalid, "there are no %q tokens", c.Kind).In("kind").Rather("one of user, svc, agent, scim, gate")
	}
	h := j.actor.Subject
	if c.Subject != "" {
		var err error
		if h, err = j.holder("subject", c.Subject); err != nil {
			return err
		}
	}
	if h.Kind != kind {
		return fault.New(fault.Invalid, "a %s token is not for %s", c.Kind, j.now().Readable(h.String())).In("subject").By("token_kind").Rather("it is for a %s", kind)
	}
	if err := j.mayIssue(c.Kind, h); err != nil {
		return err
	}
	ev, err := j.tokenEvent(c, h)
	if err != nil {
		return err
	}
	return j.giveSecret(c.Do(), ev)
}

// mayIssue judges who may make a credential for whom. Making one is gaining everything that its subject has.
func (j *judge) mayIssue(kind string, h access.Subject) error {
	if j.actor.Within != nil {
		return fault.New(fault.Forbidden, "a token that is narrowed makes no tokens").By("narrowed").Rather("sign in with one that is not")
	}
	if j.actor.Emergency {
		return emergency("a token")
	}
	switch kind {
	case "user":
		if h != j.actor.Subject {
			return fault.New(fault.Forbidden, "nobody makes another person's token").By("own_token").Rather("have %s make it", j.now().Readable(h.ID))
		}
		return nil
	case "agent":
		if err := j.onEach(h, access.OpTokenIssueAgent, "users.manage"); err != nil {
			return err
		}
	case "svc":
		if err := j.onService(h, access.OpTokenIssueService); err != nil {
			return err
		}
	case "scim":
		if err := j.identity("scim.manage", "token.issue"); err != nil {
			return err
		}
	case "gate":
		if err := j.directory("platforms.attach", "token.issue"); err != nil {
			return err
		}
	}
	j.gainAll(h, "", true)
	return nil
}

func (j *judge) tokenEvent(c client.TokenIssue, h access.Subject) (*event.TokenIssued, error) {
	ev := &event.TokenIssued{Token: newID(state.TokenPrefix), Number: j.number(), Kind: c.Kind, Subject: h.String(), Description: c.Description,
		By: j.actor.String()}
	if c.Expires != nil {
		if !c.Expires.After(j.at) {
			return nil, fault.New(fault.Invalid, "the token would have expired already").In("expires")
		}
		ev.Expires = event.Micros(*c.Expires)
	}
	if c.Permissions != nil && len(c.Permissions) == 0 || c.Scopes != nil && len(c.Scopes) == 0 {
		return nil, fault.New(fault.Invalid, "an empty list would narrow the token to nothing").In("permissions").By("empty_list").
			Rather("leave the list out for a token that is not narrowed")
	}
	for _, text := range c.Permissions {
		slug, permission, _ := strings.Cut(text, ".")
		p, err := j.platform("permissions", slug)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(permissionNames(p.Model), permission) {
			return nil, fault.New(fault.Invalid, "%s has no permission %q", slug, permission).In("permissions")
		}
		ev.Permissions = append(ev.Permissions, text)
	}
	for _, text := range c.Scopes {
		path, p, err := j.path("scopes", text)
		if err != nil {
			return nil, err
		}
		if path != p.Slug && j.now().Resource(path) == nil && !strings.HasSuffix(path, "*") {
			return nil, fault.New(fault.NotFound, "there is no scope %q", path).In("scopes")
		}
		ev.Scopes = append(ev.Scopes, path)
	}
	return ev, nil
}

// describe changes what a token is called in lists: for whoever may revoke it, and for its maker.
func (j *judge) describe(c client.TokenDescribe) error {
	t, err := j.token(c.Token)
	if err != nil {
		return err
	}
	if j.actor.Within != nil || t.Holder != j.actor.Subject && t.By != j.actor.String() {
		if err := j.mayRevoke(t); err != nil {
			return err
		}
	}
	if t.Description == c.Description {
		return nil
	}
	return j.emit(&event.TokenDescribed{Token: t.Token, Description: c.Description})
}

// token finds a token by id, ended or not.
func (j *judge) token(id string) (*state.Token, error) {
	if t := j.now().Token(id); t != nil {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, "there is no token %q", id).In("token")
}

func (j *judge) revokeToken(c client.TokenRevoke) error {
	t, err := j.token(c.Token)
	if err != nil {
		return err
	}
	if t.Holder != j.actor.Subject || j.actor.Within != nil {
		if err := j.mayRevoke(t); err != nil {
			return err
		}
	}
	if t.Ended {
		return fault.New(fault.Conflict, "the token was ended already").In("token")
	}
	j.people = true
	if !lives(t, j.at) { // it has expired: then nothing hangs on it
		return j.emit(&event.TokenRevoked{Token: t.Token, By: j.actor.String()})
	}
	_, err = j.endToken(t, nil)
	return err
}

// endTokensOf revokes every token of a subject that goes: the journal says of each who ended it.
func (j *judge) endTokensOf(h access.Subject) error {
	var all []*state.Token
	for t := range j.now().TokensOf(h) {
		all = append(all, t)
	}
	for _, t := range all {
		if _, err := j.endToken(t, nil); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) mayRevoke(t *state.Token) error {
	operation := access.OpTokenRevokeAll
	switch t.Kind {
	case "agent":
		operation = access.OpTokenRevokeAgent
	case "scim": // what it does concerns everybody, so one platform's right is not enough
		if err := j.identity("scim.manage", "token.revoke"); err != nil {
			return err
		}
	case "gate":
		if err := j.directory("platforms.attach", "token.revoke"); err != nil {
			return err
		}
	}
	if err := j.anyPlatform(operation, "users.manage"); err != nil {
		return err
	}
	for _, l := range j.linesOf(t.Holder, "", true) {
		j.lose(l)
	}
	return nil
}

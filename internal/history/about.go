package history

import (
	"slices"
	"strings"

	"bailiwick/event"
	"bailiwick/internal/state"
)

// An about says whom and what an event is about, by opaque ids.
type about struct {
	targets []string // "user:usr_…", "token:tok_…", paths; what matters most first
	slugs   []string // platforms whose rows this is one of
	owner   string   // the holder whose platforms count where the event names none
	kind    string   // of a token
}

func (a *about) holder(kind, id string) *about {
	if id != "" {
		a.targets = append(a.targets, kind+":"+id)
	}
	return a
}

// at names a path, and with it a platform.
func (a *about) at(path string) *about {
	a.targets = append(a.targets, path)
	slug, _, _ := strings.Cut(path, "/")
	if slug != "" && !slices.Contains(a.slugs, slug) {
		a.slugs = append(a.slugs, slug)
	}
	return a
}

// person is about somebody whose record concerns the platforms that they have to do with.
func person(id string) *about { return owned("user", id) }

func owned(kind, id string) *about {
	a := (&about{}).holder(kind, id)
	a.owner = kind + ":" + id
	return a
}

func user(id string) *about { return (&about{}).holder("user", id) }

// aboutOf says what an event is about; what earlier events said of a token or a link is asked of the index.
func (x *index) aboutOf(e event.Event) *about {
	switch e := e.(type) {
	case *event.GrantAdded:
		return grantAbout(e.To, e.On)
	case *event.GrantRemoved:
		return grantAbout(e.To, e.On)
	case *event.TokenIssued:
		return x.token(e.Token)
	case *event.TokenRevoked:
		return x.token(e.Token)
	case *event.TokenSuspended:
		return x.token(e.Token)
	case *event.TokenShortened:
		return x.token(e.Token)
	case *event.TokenDescribed:
		return x.token(e.Token)
	case *event.LinkOpened:
		return user(e.User)
	case *event.LinkUsed:
		return user(x.links[e.Link])
	case *event.LinkEnded:
		return user(x.links[e.Link])
	case *event.BreakGlassEnded:
		return user(x.links[e.Link])
	}
	if a := aboutPeople(e); a != nil {
		return a
	}
	if a := aboutPlatform(e); a != nil {
		return a
	}
	return aboutSignIn(e)
}

func grantAbout(to, on string) *about {
	a := &about{targets: []string{to}}
	return a.at(on)
}

// token is about a credential and whose it is.
func (x *index) token(id string) *about {
	t := x.tokens[id]
	a := &about{kind: t.kind, owner: t.subject}
	if t.subject != "" {
		a.targets = append(a.targets, t.subject)
	}
	return a.holder("token", id)
}

func aboutPeople(e event.Event) *about {
	switch e := e.(type) {
	case *event.UserAdded:
		return person(e.User)
	case *event.UserChanged:
		return person(e.User)
	case *event.UserDeactivated:
		return person(e.User)
	case *event.UserReactivated:
		return person(e.User)
	case *event.UserRemoved:
		return person(e.User)
	case *event.PersonErased:
		return person(e.Person)
	case *event.MemberAdded:
		return user(e.User).at(e.Platform)
	case *event.MemberRemoved:
		return user(e.User).at(e.Platform)
	case *event.LicenseSet:
		return user(e.User).at(e.Platform)
	case *event.SignedIn:
		return user(e.User).at(e.Platform)
	}
	return aboutOthers(e)
}

// aboutOthers is about holders who are no people.
func aboutOthers(e event.Event) *about {
	switch e := e.(type) {
	case *event.ServiceUserCreated:
		return owned("service_user", e.ServiceUser)
	case *event.ServiceUserChanged:
		return owned("service_user", e.ServiceUser)
	case *event.ServiceUserDeleted:
		return owned("service_user", e.ServiceUser)
	case *event.AgentCreated:
		return owned("agent", e.Agent)
	case *event.AgentDeleted:
		return owned("agent", e.Agent)
	case *event.TeamCreated:
		return team(e.Team, e.Members)
	case *event.TeamRenamed:
		return team(e.Team, nil)
	case *event.TeamDeleted:
		return team(e.Team, nil)
	case *event.TeamJoined:
		return team(e.Team, e.Members)
	case *event.TeamLeft:
		return team(e.Team, e.Members)
	}
	return nil
}

func team(id string, members []string) *about {
	a := owned("team", id)
	for _, m := range members {
		a.holder("user", m)
	}
	return a
}

func aboutPlatform(e event.Event) *about {
	a := &about{}
	switch e := e.(type) {
	case *event.PlatformAttached:
		return a.at(e.Slug)
	case *event.PlatformChanged:
		return a.at(e.Slug)
	case *event.PlatformDetached:
		return a.at(e.Slug)
	case *event.ResourceCreated:
		return a.at(e.Path)
	case *event.ResourceChanged:
		return a.at(e.Path)
	case *event.ResourceRenamed:
		return a.at(e.Path).at(e.To)
	case *event.ResourceDeleted:
		return a.at(e.Path)
	case *event.RolePut:
		return roleAbout(e.Platform, e.Name)
	case *event.RoleDeleted:
		return roleAbout(e.Platform, e.Name)
	case *event.RoleRenamed:
		return roleAbout(e.Platform, e.To)
	case *event.ResourceDocumentSet:
		return a.at(e.Path)
	case *event.EditionStored:
		return a.holder("edition", e.Name)
	case *event.SettingChanged:
		return a.holder("setting", e.Name)
	}
	return nil
}

func roleAbout(slug, name string) *about {
	return (&about{targets: []string{"role:" + name}}).at(slug)
}

func aboutSignIn(e event.Event) *about {
	a := &about{}
	switch e := e.(type) {
	case *event.PasswordSet:
		return user(e.User)
	case *event.PasswordCleared:
		return user(e.User)
	case *event.IdentityLinked:
		return user(e.User)
	case *event.IdentityUnlinked:
		return user(e.User)
	case *event.SessionEnded:
		return user(e.User).holder("session", e.Session)
	case *event.SessionsEnded:
		return user(e.User)
	case *event.BreakGlassOpened:
		return user(e.User)
	case *event.ProviderPut:
		return a.holder("provider", e.Provider)
	case *event.ProviderRemoved:
		return a.holder("provider", e.Provider)
	case *event.ProviderTested:
		return a.holder("provider", e.Provider)
	case *event.WebhookPut:
		return a.holder("webhook", e.Webhook)
	case *event.WebhookRemoved:
		return a.holder("webhook", e.Webhook)
	case *event.WebhookDisabled:
		return a.holder("webhook", e.Webhook)
	}
	return a
}

// deployment is the first resource of a path beneath the platform's root; "" where it is the root itself.
func deployment(path string) string {
	parts := strings.SplitN(path, "/", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "/" + parts[1]
}

// isPath tells a path from a holder or another thing: those have a kind before a colon, in their first part.
func isPath(target string) bool {
	first, _, _ := strings.Cut(target, "/")
	return first != "" && !strings.Contains(first, ":") && (!strings.Contains(first, "_") || !state.LooksLikeID(first)) // few have a _: no pattern is asked
}

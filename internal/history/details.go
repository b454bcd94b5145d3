package history

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/event"
)

// sentence says what happened for people: "ana@acme.test gave team data the role editor on dagster/prod".
func (n *names) sentence(actor string, e event.Event, a *about) string {
	who := n.say(actor)
	if actor == "" {
		who = "the server"
	}
	for _, say := range []func(event.Event, *about) string{n.onAccess, n.onPeople, n.onPlatforms, n.onSignIn, n.onServer} {
		if text := say(e, a); text != "" {
			return who + " " + text
		}
	}
	return who + " did " + e.Type()
}

func (n *names) onAccess(e event.Event, a *about) string {
	switch e := e.(type) {
	case *event.GrantAdded:
		return fmt.Sprintf("gave %s the role %s on %s%s", n.say(e.To), e.Role, e.On, conditions(e.Grant))
	case *event.GrantRemoved:
		return fmt.Sprintf("took from %s the role %s on %s%s", n.say(e.To), e.Role, e.On, conditions(e.Grant))
	case *event.TokenIssued:
		return fmt.Sprintf("made a token of %s%s%s", n.say(e.Subject), quoted(e.Description), until(e.Expires))
	case *event.TokenRevoked:
		return "revoked a token of " + n.ownerOf(a)
	case *event.TokenSuspended:
		return "suspended a token of " + n.ownerOf(a)
	case *event.TokenShortened:
		return "shortened a token of " + n.ownerOf(a) + until(e.Expires)
	case *event.RolePut:
		return fmt.Sprintf("wrote the custom role %s of %s: %d permissions", e.Name, e.Platform, len(e.Permissions))
	case *event.TokenDescribed:
		return "described a token of " + n.ownerOf(a) + quoted(e.Description)
	case *event.RoleRenamed:
		return fmt.Sprintf("renamed the custom role %s of %s to %s", e.Name, e.Platform, e.To)
	case *event.RoleDeleted:
		return fmt.Sprintf("deleted the custom role %s of %s", e.Name, e.Platform)
	case *event.TestsSet:
		return fmt.Sprintf("stored %d policy tests", len(e.Tests))
	}
	return ""
}

func (n *names) ownerOf(a *about) string {
	if a.owner == "" {
		return "somebody"
	}
	return n.say(a.owner)
}

func conditions(g event.Grant) string {
	text := ""
	if len(g.Environments) > 0 {
		text += " in " + strings.Join(g.Environments, ", ")
	}
	if g.From != 0 {
		text += " from " + moment(g.From)
	}
	return text + until(g.Until)
}

func until(micros int64) string {
	if micros == 0 {
		return ""
	}
	return " until " + moment(micros)
}

func moment(micros int64) string { return event.Time(micros).Format(time.RFC3339) }

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", text)
}

func (n *names) onPeople(e event.Event, _ *about) string {
	switch e := e.(type) {
	case *event.UserAdded:
		return "added " + n.user(e.User)
	case *event.UserChanged:
		return "changed name or e-mail of " + n.user(e.User)
	case *event.UserDeactivated:
		return "deactivated " + n.user(e.User)
	case *event.UserReactivated:
		return "reactivated " + n.user(e.User)
	case *event.UserRemoved:
		return "removed " + n.user(e.User) + " from the directory"
	case *event.PersonErased:
		return "erased the personal data of " + e.Person
	case *event.MemberAdded:
		return "made " + n.user(e.User) + " a member of " + e.Platform
	case *event.MemberRemoved:
		return "ended the membership of " + n.user(e.User) + " of " + e.Platform
	case *event.LicenseSet:
		if e.License == "" {
			return "took the license on " + e.Platform + " from " + n.user(e.User)
		}
		return "gave " + n.user(e.User) + " the license " + e.License + " on " + e.Platform
	case *event.SignedIn:
		return "noted the first sign-in of " + n.user(e.User) + " to " + e.Platform
	case *event.ServiceUserCreated:
		return "created service user " + e.Name
	case *event.ServiceUserChanged:
		return "changed service user " + e.Name
	case *event.ServiceUserDeleted:
		return "deleted " + n.say("service_user:"+e.ServiceUser)
	case *event.AgentCreated:
		return "created agent " + e.Agent + quoted(e.Description)
	case *event.AgentDeleted:
		return "deleted agent " + e.Agent
	}
	return n.onTeams(e)
}

func (n *names) onTeams(e event.Event) string {
	switch e := e.(type) {
	case *event.TeamCreated:
		return fmt.Sprintf("created team %s with %s", e.Name, n.all(e.Members))
	case *event.TeamRenamed:
		return "renamed a team to " + e.Name
	case *event.TeamDeleted:
		return "deleted " + n.say("team:"+e.Team)
	case *event.TeamJoined:
		return fmt.Sprintf("put %s into %s", n.all(e.Members), n.say("team:"+e.Team))
	case *event.TeamLeft:
		return fmt.Sprintf("took %s out of %s", n.all(e.Members), n.say("team:"+e.Team))
	}
	return ""
}

func (n *names) onPlatforms(e event.Event, _ *about) string {
	switch e := e.(type) {
	case *event.PlatformAttached:
		return fmt.Sprintf("attached the platform %s, edition %s", e.Slug, e.Edition)
	case *event.PlatformChanged:
		return "changed the platform " + e.Slug
	case *event.PlatformDetached:
		return "detached the platform " + e.Slug
	case *event.ResourceCreated:
		return "created " + e.Path
	case *event.ResourceChanged:
		return "changed " + e.Path
	case *event.ResourceRenamed:
		return "renamed " + e.Path + " to " + e.To
	case *event.ResourceDeleted:
		return "deleted " + e.Path + " with all beneath"
	case *event.ResourceDocumentSet:
		if e.Name == "upstream" { // of change.RuleDiscovery
			if e.Document == "" {
				return "found " + e.Path + " at its own server again"
			}
			return "did not find " + e.Path + " at its own server any more"
		}
		return fmt.Sprintf("wrote the document %s of %s", e.Name, e.Path)
	case *event.EditionStored:
		return "stored the edition " + e.Name
	}
	return ""
}

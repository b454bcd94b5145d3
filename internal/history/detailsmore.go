package history

import (
	"fmt"
	"strings"

	"bailiwick/event"
)

func (n *names) onSignIn(e event.Event, a *about) string {
	switch e := e.(type) {
	case *event.PasswordSet:
		return "set the password of " + n.user(e.User)
	case *event.PasswordCleared:
		return "took the password of " + n.user(e.User) + " away"
	case *event.LinkOpened:
		return fmt.Sprintf("opened a one-time link (%s) for %s%s", e.Purpose, n.user(e.User), until(e.Until))
	case *event.LinkUsed:
		return "used a one-time link of " + n.first(a)
	case *event.LinkEnded:
		return "withdrew a one-time link of " + n.first(a)
	case *event.IdentityLinked:
		return fmt.Sprintf("bound %s to an account at %s", n.user(e.User), n.say("provider:"+e.Provider))
	case *event.IdentityUnlinked:
		return "ended a binding of " + n.user(e.User) + " to an identity provider"
	case *event.ProviderPut:
		return fmt.Sprintf("wrote the identity provider %s (%s)", e.Name, e.Issuer)
	case *event.ProviderRemoved:
		return "removed " + n.say("provider:"+e.Provider)
	case *event.ProviderTested:
		return "tested " + n.say("provider:"+e.Provider)
	case *event.SessionEnded:
		return "ended a session of " + n.user(e.User)
	case *event.SessionsEnded:
		return "ended every session of " + n.user(e.User)
	case *event.BreakGlassOpened:
		return fmt.Sprintf("opened break-glass access for %s%s%s", n.user(e.User), until(e.Until), quoted(e.Emergency.Reason))
	case *event.BreakGlassEnded:
		return "ended break-glass access of " + n.first(a)
	}
	return ""
}

func (n *names) first(a *about) string {
	if len(a.targets) == 0 {
		return "somebody"
	}
	return n.say(a.targets[0])
}

func (n *names) onServer(e event.Event, _ *about) string {
	switch e := e.(type) {
	case *event.OrganizationCreated:
		return "created the organization " + e.Name
	case *event.SettingChanged:
		return fmt.Sprintf("set %s to %q", e.Name, e.Value)
	case *event.SetupOpened:
		return "opened setup" + until(e.Until)
	case *event.SetupUsed:
		return "closed setup"
	case *event.EpochStarted:
		return fmt.Sprintf("began epoch %d (%s)", e.Epoch, e.Reason)
	case *event.NumbersTaken:
		return fmt.Sprintf("took over the counter at %d", e.Last)
	case *event.Exported:
		return exported(e)
	case *event.WebhookPut:
		state := "off"
		if e.Enabled {
			state = "on"
		}
		return fmt.Sprintf("wrote the webhook %s to %s, which is %s", e.Webhook, e.URL, state)
	case *event.WebhookRemoved:
		return "removed the webhook " + e.Webhook + n.to(e.Webhook)
	case *event.WebhookDisabled:
		return fmt.Sprintf("disabled the webhook %s%s: it failed %d times since %s", e.Webhook, n.to(e.Webhook), e.Tries, moment(e.Since))
	}
	return ""
}

func (n *names) to(webhook string) string {
	if to := n.last("webhook:"+webhook, ""); to != "" {
		return " to " + to
	}
	return ""
}

// exported says what left, and how much of it.
func exported(e *event.Exported) string {
	what, rows := "the "+strings.ReplaceAll(e.What, "_", " "), "rows"
	if e.What == "audit" {
		what = "the audit log"
	}
	if e.Rows == 1 {
		rows = "row"
	}
	return fmt.Sprintf("exported %s: %d %s", what, e.Rows, rows)
}

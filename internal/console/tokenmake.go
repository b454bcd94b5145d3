package console

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
)

// createToken makes a token, and shows its secret once.
func (a *asking) createToken() error {
	commands, err := a.tokenCommands()
	if err == nil {
		issue := commands[len(commands)-1].(client.TokenIssue)
		who, reason := issue.Subject, ""
		if h, fresh, _ := a.tokenFor(issue.Subject); !fresh {
			who, _ = a.whoHolds(h)
			reason = a.issueReason(issue.Kind, h)
		}
		warning := "Whoever has it can do, until it ends or is revoked, all that " + who + " can do."
		if issue.Permissions != nil || issue.Scopes != nil {
			warning = "Whoever has it can do, until it ends or is revoked, what " + who + " can do within what you chose."
		}
		if issue.Subject == client.NewAgent {
			warning = "The agent is new with its token. Whoever has the token can connect as this agent."
		}
		err = plainly(a.propose(proposal{Title: "Create the token?", Save: "Create token", Part: "/tokens", Back: with("/tokens/new", "for", issue.Subject), ID: a.onceOf(),
			Warning: warning, Commands: commands, Made: a.secretOf("Your new token")}), reason)
	}
	if mendable(err) {
		return a.newTokenForm(http.StatusUnprocessableEntity, err)
	}
	return err
}

// tokenCommands are the commands of the form; the token's is the last.
func (a *asking) tokenCommands() ([]client.Command, error) {
	form := a.r.PostForm
	h, fresh, err := a.tokenFor(form.Get("for"))
	if err != nil {
		return nil, err
	}
	t := client.NewToken{Kind: form.Get("kind"), Subject: h.String(), Description: strings.TrimSpace(form.Get("description"))}
	if t.Description == "" {
		return nil, fault.New(fault.Invalid, "nobody would know what the token is for").Rather("say it in a few words")
	}
	if t.Expires, err = a.ends(t.Kind, form.Get("expires")); err != nil {
		return nil, err
	}
	if fresh {
		t.Kind, t.Subject = "agent", client.NewAgent
		on := form["on"]
		if len(on) == 0 {
			return nil, fault.New(fault.Invalid, "the agent would serve nothing").Rather("choose at least one deployment")
		}
		commands := []client.Command{client.AgentCreate{Description: t.Description}}
		for _, path := range on {
			role := a.agentRole(a.now.Platform(access.SlugOf(path)))
			commands = append(commands, client.GrantAdd{Grant: client.Grant{To: client.NewAgent, Role: role, On: path}})
		}
		return append(commands, client.TokenIssue{NewToken: t}), nil
	}
	if on := form.Get("on"); on != "" && on != everything {
		t.Scopes = []string{on}
	}
	if as := form.Get("as"); as != "" && as != everything {
		if t.Permissions, err = a.narrowedTo(as); err != nil {
			return nil, err
		}
		if slug, _, _ := strings.Cut(as, ":"); t.Scopes != nil && access.SlugOf(t.Scopes[0]) != slug {
			return nil, fault.New(fault.Invalid, "a role of %s says nothing about %s", slug, t.Scopes[0]).Rather("choose a place and a role of the same platform")
		}
	}
	return []client.Command{client.TokenIssue{NewToken: t}}, nil
}

// ends is when a token expires: at the end of a day, so that a review and what is saved after it are of the same token.
func (a *asking) ends(kind, days string) (*time.Time, error) {
	if !slices.ContainsFunc(lives(kind), func(f fact) bool { return f.Name == days }) {
		return nil, fault.New(fault.Invalid, "a token does not last so long").Rather("choose one of the list; a person's token always ends")
	}
	if days == "never" {
		return nil, nil
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is no number of days", days)
	}
	end := a.at.UTC().Truncate(24*time.Hour).AddDate(0, 0, n+1).Add(-time.Second)
	return &end, nil
}

// narrowedTo are those of a role, "dagster:viewer", as tokens are narrowed to them.
func (a *asking) narrowedTo(as string) (list []string, err error) {
	slug, name, _ := strings.Cut(as, ":")
	p := a.now.Platform(slug)
	if p == nil || p.Model.Role(name) == nil {
		return nil, fault.New(fault.NotFound, "there is no such role").Rather("choose one of the list")
	}
	for _, permission := range p.Model.Role(name).Permissions {
		list = append(list, slug+"."+permission)
	}
	return list, nil
}

// once is an id for the change that a form makes.
func once() string { return "chg_" + rand.Text() }

// onceOf is the id that the form has; "" where it has none.
func (a *asking) onceOf() string {
	id := a.r.PostForm.Get("once")
	if strings.HasPrefix(id, "chg_") && len(id) <= 64 {
		return id
	}
	return ""
}

package console

import (
	"net/http"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
)

// suggestions are names for the fields of the explorer.
type suggestions struct{ Who, Can, On []fact }

// mostSuggested bounds how many names a field suggests at once. Others are suggested as they are typed.
const mostSuggested = 20

// suggest answers what somebody types into a field of the explorer with names that have it in them.
func (a *asking) suggest() error {
	var s suggestions
	switch q := a.r.URL.Query(); {
	case q.Has("who"):
		s.Who = a.suggestWho(a.query("who"))
	case q.Has("can"):
		s.Can = a.suggestCan(a.query("can"))
	default:
		s.On = a.suggestOn(a.query("on"))
	}
	a.show(a.w, a.r, http.StatusOK, "suggestions", page{Content: s})
	return nil
}

// suggestions are what the fields suggest before anything is typed: a few of each.
func (a *asking) suggestions() suggestions {
	return suggestions{Who: a.suggestWho(""), Can: a.suggestCan(""), On: a.suggestOn("")}
}

// suggestWho are people and service users whom the caller may see; themselves in any case.
func (a *asking) suggestWho(text string) (list []fact) {
	if p, err := a.cursors.Page("", "", mostSuggested, "suggestions"); err == nil && !a.view.None() {
		active := true
		q := client.UserQuery{Query: text, Active: &active}
		if seen := a.view.Platforms(); !a.view.All() && len(seen) > 0 {
			q.Platform = seen[0]
		}
		people, _ := a.asker().Users(q, p) // who may not see anybody is suggested nobody
		for _, u := range people.Users {
			list = append(list, fact{u.Name, u.Email})
		}
		programs, _ := a.asker().ServiceUsers(client.ServiceUserQuery{Query: text}, p)
		for _, u := range programs.ServiceUsers {
			list = append(list, fact{"Service user", "service_user:" + u.Name})
		}
	}
	if me := a.now.User(a.caller.Subject.ID); len(list) == 0 && me != nil {
		list = append(list, fact{"You", me.Email})
	}
	return list
}

// suggestCan are permissions of platforms that the caller sees.
func (a *asking) suggestCan(text string) (list []fact) {
	facts := a.asker().Facts()
	for _, slug := range facts.Slugs() {
		m := facts.Snapshot().Model(slug)
		for i := range m.Permissions {
			if name, title := slug+"."+m.Permissions[i].Name, permissionInWords(&m.Permissions[i]); len(list) < mostSuggested && (alike(name, text) || alike(title, text)) {
				list = append(list, fact{title, name})
			}
		}
	}
	return list
}

// suggestOn are places that the caller sees.
func (a *asking) suggestOn(text string) (list []fact) {
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		if p == nil || !a.view.Sees(slug) {
			continue
		}
		add := func(path string) bool {
			if alike(path, text) {
				list = append(list, fact{p.Model.Product, path})
			}
			return len(list) < mostSuggested
		}
		if !add(slug) {
			return list
		}
		for path := range a.now.Resources(slug) {
			if !add(path) {
				return list
			}
		}
	}
	return list
}

func alike(name, text string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(text))
}

// fixInWords says a way to a yes with the names that people know.
func (a *asking) fixInWords(who string, f client.Fix) string {
	parts := make([]string, len(f.Steps))
	for i := range f.Steps {
		parts[i] = a.stepInWords(who, &f.Steps[i])
	}
	if len(parts) == 0 {
		return capital(f.Text)
	}
	return capital(strings.Join(parts, ", and "))
}

func (a *asking) stepInWords(who string, s *client.Step) string {
	product := s.Platform
	if p := a.now.Platform(s.Platform); p != nil {
		product = p.Model.Product
	}
	switch {
	case s.Kind == "reactivate":
		return "reactivate " + who
	case s.Kind == "license":
		return "give " + who + " the license " + licenseTitle(a.now.Platform(s.Platform), s.License) + " on " + product
	case s.Kind == "member":
		return "make " + who + " a member of " + product
	case s.Kind == "join":
		return "add " + who + " to the team " + s.Team
	case s.Grant == nil:
		return s.Text
	}
	title := func(role string) string {
		return a.titleOfRole(access.SlugOf(s.Grant.On), role)
	}
	to := who
	if team, is := strings.CutPrefix(s.Grant.To, "team:"); is {
		to = "the team " + team
	}
	text := "give " + to + " the role " + title(s.Grant.Role) + " on " + s.Grant.On
	if len(s.Grant.Environments) > 0 {
		text += " for environments " + strings.Join(s.Grant.Environments, ", ")
	}
	if _, replaced, is := strings.Cut(s.Text, ", in place of "); is {
		text += ", in place of " + title(replaced)
	}
	return text
}

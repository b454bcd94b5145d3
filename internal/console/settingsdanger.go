package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/signin"
)

// dangerContent is what cannot be undone, as far as the caller may do it.
type dangerContent struct {
	Organization               string
	Export, People, Attach     bool
	Sessions, SignedIn         int // that are open, of how many people; without the caller's own here
	Platforms                  []detachLine
	Demo                       bool
	Whose, When                string // as they were sent
	Erasing, Ending, Detaching string // what went wrong there
}

// A detachLine is a platform that can be detached, and what is lost by it.
type detachLine struct{ Slug, Product, Lost string }

// showDanger shows what cannot be undone.
func (a *asking) showDanger() error { return a.danger(http.StatusOK, "") }

func (a *asking) danger(status int, problem string) error {
	if err := a.showsSettings("/settings/danger"); err != nil {
		return err
	}
	c := dangerContent{Organization: a.caller.Organization, Export: a.view.All(), People: a.view.GovernsIdentities("users.manage"),
		Attach: a.view.May(accessfile.Directory, "platforms.attach"), Demo: a.Demo != nil, Whose: a.r.PostForm.Get("person"), When: a.r.PostForm.Get("at")}
	if c.People {
		open, people, err := a.openSessions()
		if err != nil {
			return err
		}
		c.Sessions, c.SignedIn = len(open), len(people)
	}
	if c.Attach {
		for _, slug := range a.now.Slugs() {
			if slug != accessfile.Directory {
				c.Platforms = append(c.Platforms, a.detachLine(slug))
			}
		}
	}
	a.settingsPage(status, "/settings/danger", "settingsdanger", page{Title: "Danger zone", Problem: problem, Content: c})
	return nil
}

func (a *asking) detachLine(slug string) detachLine {
	members, resources, grants := 0, 0, 0
	for _, u := range a.now.Users() {
		if !u.Inactive && a.now.Concerns(u, slug, a.at) {
			members++
		}
	}
	for range a.now.Resources(slug) {
		resources++
	}
	for range a.now.GrantsBeneath(slug) {
		grants++
	}
	lost := []string{counted(grants, "role that is given", "roles that are given"), counted(resources, "resource", "resources")}
	if n := len(a.now.Roles(slug)); n > 0 {
		lost = append(lost, counted(n, "custom role", "custom roles"))
	}
	return detachLine{Slug: slug, Product: a.now.Platform(slug).Model.Product,
		Lost: counted(members, "person loses", "people lose") + " what they have there. Gone for good: " + strings.Join(lost, ", ") + "."}
}

// openSessions are the sessions that are open but the caller's own here, and whose they are.
func (a *asking) openSessions() (open []signin.Listed, people map[string]bool, err error) {
	all, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, "")
	people = map[string]bool{}
	for _, s := range all {
		if s.ID != a.caller.Session {
			open, people[s.User] = append(open, s), true
		}
	}
	return open, people, err
}

// typed tells whether a form brings the words that confirm it.
func (a *asking) typed(word string) bool {
	return word != "" && strings.TrimSpace(a.r.PostForm.Get("confirm")) == word
}

// exportFile sends the whole organization as an access file.
func (a *asking) exportFile() error {
	if err := a.view.Everything(); err != nil {
		return err
	}
	file, _, err := change.Export(a.now)
	if err != nil {
		return err
	}
	text, err := accessfile.Write(file)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the export cannot be written")
	}
	org := &file.Organization
	// First the row, then the answer: no data leaves without one.
	if err := a.Changes.Note(a.r.Context(), a.caller.Organization, a.actor(), &event.Exported{What: "access_file", Rows: len(org.Users) + len(org.ServiceUsers) + len(org.Teams) + len(org.Grants)}); err != nil {
		return err
	}
	h := a.w.Header()
	h.Set("Content-Type", "application/yaml; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="access.yaml"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = a.w.Write(text) // an error means that the browser has gone
	return nil
}

// endEverything ends every session but the caller's own here. It changes nobody's access.
func (a *asking) endEverything() error {
	if why := a.needs("users.manage"); why != "" {
		return fault.New(fault.Forbidden, "you may not end the sessions of others").By("permission").Rather("it needs users.manage at org, or the top role on every attached platform")
	}
	if !a.typed(a.caller.Organization) {
		return a.danger(http.StatusUnprocessableEntity, "Nothing was done. Type "+a.caller.Organization+" to confirm that every session is to end.")
	}
	open, people, err := a.openSessions()
	if err != nil {
		return err
	}
	var commands []client.Command
	for id := range people {
		if id != a.caller.Subject.ID {
			commands = append(commands, client.SessionsEnd{User: id})
		}
	}
	slices.SortFunc(commands, func(x, y client.Command) int {
		return cmp.Compare(x.(client.SessionsEnd).User, y.(client.SessionsEnd).User)
	})
	for i := range open {
		if open[i].User == a.caller.Subject.ID {
			commands = append(commands, client.SessionEnd{Session: open[i].ID})
		}
	}
	if len(commands) > 0 {
		if _, err := a.do(change.How{}, commands...); err != nil {
			return err
		}
	}
	http.Redirect(a.w, a.r, "/settings/danger?done=sessions", http.StatusSeeOther)
	return nil
}

// detachPlatform detaches a platform, after its name was typed and the review.
func (a *asking) detachPlatform() error {
	if !a.view.May(accessfile.Directory, "platforms.attach") {
		return fault.New(fault.Forbidden, "you may not detach a platform").By("permission").Rather("it needs platforms.attach at org")
	}
	slug := a.r.PathValue("platform")
	p := a.now.Platform(slug)
	if p == nil || slug == accessfile.Directory {
		return fault.New(fault.NotFound, "there is no such platform").Rather("choose one of the list")
	}
	if !a.typed(slug) {
		return a.danger(http.StatusUnprocessableEntity, "Nothing was done. Type "+slug+" to confirm that it is to be detached.")
	}
	err := a.propose(proposal{Title: "Detach " + p.Model.Product + "?", Warning: a.detachLine(slug).Lost + " It comes back from an access file or a backup only.", Save: "Detach platform",
		Danger: true, Part: "/settings", Back: "/settings/danger", Then: "/settings/danger?done=saved", Commands: []client.Command{client.PlatformDetach{Platform: slug}}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.danger(http.StatusUnprocessableEntity, text)
}

// erasePerson removes the personal data of somebody who was removed from the directory.
func (a *asking) erasePerson() error {
	if why := a.needs("users.manage"); why != "" {
		return fault.New(fault.Forbidden, "you may not erase anybody").By("permission").Rather("it needs users.manage at org, or the top role on every attached platform")
	}
	err := a.erase(strings.TrimSpace(a.r.PostForm.Get("person")), a.r.PostForm.Get("at"))
	if err == nil {
		http.Redirect(a.w, a.r, "/settings/danger?done=erased", http.StatusSeeOther)
		return nil
	}
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.danger(http.StatusUnprocessableEntity, text)
}

// erase finds somebody in the directory of a moment: the present one does not know them, and by now the address may be somebody
// else's.
func (a *asking) erase(person, at string) error {
	switch {
	case person == "" || at == "":
		return fault.New(fault.Invalid, "say who, and a moment when they were in the directory")
	case !a.typed(person):
		return fault.New(fault.Invalid, "nothing was done").Rather("type %s once more to confirm", person)
	}
	asker, err := a.askerAt(at)
	if err != nil {
		return err
	}
	sub, exists := inquiry.Named(asker.State, access.User, person)
	if !exists || !a.view.Over(asker.State).SeesSubject(sub) {
		return fault.New(fault.NotFound, "%s was not in the directory at that moment", person).Rather("choose a moment when they were")
	}
	_, err = a.Changes.Erase(a.r.Context(), a.caller.Organization, a.actor(), sub.ID)
	return err
}

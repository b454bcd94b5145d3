package console

import (
	"net/http"
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/sight"
)

// A settingsTab is one page of the organization's settings.
type settingsTab struct {
	Address, Name string
	Here          bool
}

// settingsFrame is what every page of the settings shows: the list of all that the caller may see, and its own.
type settingsFrame struct {
	Tabs []settingsTab
	Pane any
}

// settingsTabs are the pages of the settings that the caller may see: none for most people.
func (a *asking) settingsTabs(here string) (tabs []settingsTab) {
	add := func(address, name string, sees bool) {
		if sees {
			tabs = append(tabs, settingsTab{Address: address, Name: name, Here: address == here})
		}
	}
	signIn := a.view.All() || a.view.GovernsIdentities("signin.manage")
	people := a.view.GovernsIdentities("users.manage")
	attach := a.view.May(accessfile.Directory, "platforms.attach")
	add("/settings/signin", "Sign-in", signIn)
	add("/settings/providers", "Providers", signIn)
	add("/settings/provisioning", "Provisioning", a.view.All() || a.view.GovernsIdentities("scim.manage"))
	add("/settings/plan", "Plans and seats", len(a.planned()) > 0)
	add("/settings/switches", "Switches", len(a.switched()) > 0)
	add("/settings/danger", "Danger zone", a.view.All() || people || attach)
	if len(tabs) > 0 || people {
		tabs = append([]settingsTab{{Address: "/settings/general", Name: "General", Here: here == "/settings/general"}}, tabs...)
	}
	return tabs
}

// showsSettings refuses whoever may not see a page of the settings.
func (a *asking) showsSettings(address string) error {
	if slices.ContainsFunc(a.settingsTabs(""), func(t settingsTab) bool { return t.Address == address }) {
		return nil
	}
	return sight.Forbidden("these settings are not yours to see", "it needs audit.read, signin.manage or platforms.attach at org, or what a platform asks for its own settings")
}

// settingsPage shows a page of the settings. What was done just now is in the address as a word of doneWords.
func (a *asking) settingsPage(status int, address, name string, c page) {
	c.Content = settingsFrame{Tabs: a.settingsTabs(address), Pane: c.Content}
	if c.Problem == "" && c.Notice == "" && a.r.Method == http.MethodGet {
		c.Notice = doneWords(a.query("done"))
	}
	a.render(status, "/settings", name, c)
}

// doneWords says what was done. Only what is listed is said: anybody can write an address.
func doneWords(what string) string {
	switch what {
	case "saved":
		return "Saved."
	case "secret":
		return "The client secret is kept, sealed. It is not shown again. Test the sign-in with it."
	case "nosecret":
		return "The client secret is gone: the provider is asked without one."
	case "sessions":
		return "Every session but yours here has ended."
	case "erased":
		return "The personal data is gone for good, and the audit log says by whom."
	case "glass":
		return "The break-glass access has ended."
	}
	return ""
}

// firstSettings is the page of the settings that people come to first: how people sign in, where that is theirs to see.
func (a *asking) firstSettings() error {
	if a.showsSettings("/settings/signin") == nil {
		return a.showSignInSettings()
	}
	return a.general()
}

// needs says what somebody lacks who may see how people get in and not change it; "" where nothing is lacking.
func (a *asking) needs(permission string) string {
	if a.view.GovernsIdentities(permission) {
		return ""
	}
	return "You may look, and not change this: it takes " + permission + " at org, or the top role on every platform."
}

// mayOn tells whether the caller may do something to a platform as a whole: by its edition, or, where that does not say who
// may, as who attaches platforms.
func (a *asking) mayOn(slug, operation string) bool {
	p := a.now.Platform(slug)
	if p == nil {
		return false
	}
	if !slices.ContainsFunc(p.Model.Governance.Operations, func(o access.Operation) bool { return o.Name == operation && o.Kind == "" }) {
		return a.view.May(accessfile.Directory, "platforms.attach")
	}
	return a.view.MayOperate(slug, operation)
}

// generalContent is about the organization as a whole.
type generalContent struct {
	Name, SignIn   string
	Administrators []administration
	Glass          []glassLine
	MayEnd         bool
	Demo           bool
}

// An administration is who administers the organization, or one platform.
type administration struct {
	Where string
	Seats []seatLine
}

// A seatLine is somebody who has a role of an administrator.
type seatLine struct {
	Who, Role, Kind, Address, When string
}

type glassLine struct {
	Link, User, Operator, Reason string
	Until                        time.Time
}

// general shows the organization, who administers what, and whether an operator let somebody in.
func (a *asking) general() error {
	if err := a.showsSettings("/settings/general"); err != nil {
		return err
	}
	c := generalContent{Name: a.caller.Organization, SignIn: a.External.JoinPath("/o/" + a.caller.Organization + "/signin").String(),
		MayEnd: a.view.GovernsIdentities("users.manage"), Demo: a.Demo != nil}
	for _, slug := range append([]string{accessfile.Directory}, slices.DeleteFunc(a.now.Slugs(), func(s string) bool { return s == accessfile.Directory })...) {
		if slug == accessfile.Directory && a.view.All() || slug != accessfile.Directory && a.view.Sees(slug) {
			c.Administrators = append(c.Administrators, a.administration(slug))
		}
	}
	if a.view.All() || c.MayEnd {
		for _, g := range a.now.BreakGlass(a.at) {
			line := glassLine{Link: g.Link, User: a.now.DisplayName(access.Holder{Kind: access.User, ID: g.User}), Operator: g.Emergency.Operator,
				Reason: g.Emergency.Reason, Until: time.UnixMicro(g.Until).UTC()}
			c.Glass = append(c.Glass, line)
		}
	}
	a.settingsPage(http.StatusOK, "/settings/general", "settingsgeneral", page{Title: "General", Content: c})
	return nil
}

// administration lists who administers something, as far as the caller sees them.
func (a *asking) administration(slug string) administration {
	p := a.now.Platform(slug)
	on := administration{Where: p.Model.Product}
	if slug == accessfile.Directory {
		on.Where = "The organization"
	}
	s := a.view.Over(a.now)
	for g := range s.SomeGrants(access.Holder{}, slug, "") {
		if !slices.Contains(p.Model.Governance.Administrators, g.Role) {
			continue
		}
		line := seatLine{Who: a.now.DisplayName(g.To), Role: g.Role}
		if r := p.Model.Role(g.Role); r != nil && r.Title != "" {
			line.Role = r.Title
		}
		switch g.To.Kind {
		case access.User:
			line.Address = "/users/" + g.To.ID + "/roles"
			if u := a.now.User(g.To.ID); called(u) != line.Who {
				line.Who, line.Kind = called(u), u.Email
			}
		case access.Team:
			line.Address, line.Kind = "/teams/"+g.To.ID+"/members", counted(len(a.now.Members(g.To.ID)), "person", "people")
		default:
			line.Kind = "service user"
		}
		if !g.Until.IsZero() {
			line.When = "until " + g.Until.UTC().Format("2 Jan 2006")
		}
		on.Seats = append(on.Seats, line)
	}
	return on
}

// endGlass ends an access that an operator opened, before its time.
func (a *asking) endGlass() error {
	if _, err := a.Changes.EndBreakGlass(a.r.Context(), a.caller.Organization, a.actor(), a.r.PostForm.Get("link")); err != nil {
		return err
	}
	http.Redirect(a.w, a.r, "/settings/general?done=glass", http.StatusSeeOther)
	return nil
}

package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// licensesContent is the page of a platform's licenses.
type licensesContent struct {
	Slug, Product string
	Tabs          []place
	Types         []licenseType
	Used, Bought  int // seats; 0 bought: no limit
	Lines         []licensee
	Total         int
	Query, Next   string
	License       string // the filter: a license's name, or "none"
	Mappings      []licenseMapping
	SeesMappings  bool
	AssignReason  string
}

// A licenseType is a license, what it does to a person's rights, and how many people have it.
type licenseType struct {
	Name, Title, Does string
	People            int
	Address           string // of the list of them
	Chosen            bool
}

// A licensee is a person with their license.
type licensee struct {
	userLine
	License, Edit, Why string
	Overrides          bool // the license stands in the place of what groups give
}

// A licenseMapping gives people of an identity provider's group a license.
type licenseMapping struct{ Provider, Address, Group, License string }

// noLicense stands for people without a license, in filters.
const noLicense = "none"

// licensed is the platform of a page's address, where it has licenses.
func (a *asking) licensed() (*state.Platform, error) {
	p, err := a.onPlatform()
	if err == nil && len(p.Model.Licenses) == 0 {
		return nil, fault.New(fault.NotFound, "%s has no licenses", p.Model.Product).Rather("look at its people")
	}
	return p, err
}

// licenses shows the licenses of a platform and who has which.
func (a *asking) licenses() error {
	p, err := a.licensed()
	if err != nil {
		return err
	}
	c := licensesContent{Slug: p.Slug, Product: p.Model.Product, Tabs: platformTabs(p, "licenses"), Query: a.query("query"), License: a.query("license"), Bought: p.Seats,
		AssignReason: a.licenseReason(p, "")}
	cut, err := a.page("licenses", p.Slug, c.Query, c.License)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	var list []paging.Item[*state.User]
	text := strings.ToLower(c.Query)
	for _, u := range a.now.ListUsers(state.UserQuery{Platform: p.Slug, Status: "active", Limit: a.now.Counts().Users + 1}).Users {
		name := u.Licenses[p.Slug]
		if name == "" {
			name = noLicense
		}
		counts[name]++
		c.Used++
		key := strings.ToLower(called(u)) + "\x00" + u.Email
		if (c.License == "" || c.License == name) && strings.Contains(key, text) {
			list = append(list, paging.Item[*state.User]{Key: key + "\x00" + u.ID, Thing: u})
		}
	}
	slices.SortFunc(list, func(x, y paging.Item[*state.User]) int { return strings.Compare(x.Key, y.Key) })
	for _, t := range licenseTypes(p) {
		t.People, t.Chosen = counts[t.Name], t.Name == c.License
		t.Address = with("/platforms/"+p.Slug+"/licenses", "license", t.Name)
		c.Types = append(c.Types, t)
	}
	part, next := paging.Cut(list, cut.After, cut.Limit)
	for _, one := range part {
		c.Lines = append(c.Lines, a.licensee(p, one.Thing))
	}
	if c.Total = len(list); next != "" {
		c.Next = with("/platforms/"+p.Slug+"/licenses", "license", c.License, "query", c.Query, "after", cut.Next(next))
	}
	c.Mappings, c.SeesMappings = a.licenseMappings(p)
	a.render(http.StatusOK, "/platforms", "licenses", page{Title: "Licenses", Content: c})
	return nil
}

// licenseTypes are a platform's licenses, and having none.
func licenseTypes(p *state.Platform) (list []licenseType) {
	for i := range p.Model.Licenses {
		l := &p.Model.Licenses[i]
		list = append(list, licenseType{Name: l.Name, Title: l.Title, Does: licenseDoes(p, l)})
	}
	return append(list, licenseType{Name: noLicense, Title: "No license", Does: "Nothing on " + p.Model.Product + ", whatever the person's groups have."})
}

// licenseDoes says what a license does to a person's rights.
func licenseDoes(p *state.Platform, l *access.License) string {
	if !l.Replaces {
		return "The person has what their groups give."
	}
	parts := make([]string, len(l.Profile))
	for i, given := range l.Profile {
		title := given.Role
		if r := p.Model.Role(given.Role); r != nil && r.Title != "" {
			title = r.Title
		}
		parts[i] = title + " on " + strings.ToLower(p.Model.Kind(given.At).Title)
		if given.At == p.Model.Kinds[0].Name {
			parts[i] = title + " on the " + strings.ToLower(p.Model.Kind(given.At).Title)
		}
	}
	return l.Title + " license: replaces what the person's groups give with " + strings.Join(parts, " and ") + "."
}

// licensee is a person with their license.
func (a *asking) licensee(p *state.Platform, u *state.User) licensee {
	l := licensee{userLine: userLine{User: client.User{ID: u.ID, Name: u.Name, Email: u.Email}, Initials: initials(called(u))}, Why: a.licenseReason(p, u.ID)}
	for i := range p.Model.Licenses {
		if x := &p.Model.Licenses[i]; x.Name == u.Licenses[p.Slug] {
			l.License, l.Overrides = x.Title, x.Replaces
		}
	}
	for _, id := range u.Teams {
		if t := a.now.Team(id); t != nil && a.view.Over(a.now).SeesSubject(access.Holder{Kind: access.Team, ID: id}) {
			l.Teams = append(l.Teams, t.Name)
		}
	}
	if l.Why == "" {
		l.Edit = with("/platforms/"+p.Slug+"/license", "user", u.ID)
	}
	return l
}

// licenseReason says why the caller cannot assign licenses, or not to one person; "" where nothing speaks against it.
func (a *asking) licenseReason(p *state.Platform, user string) string {
	switch {
	case !a.allowedAt(p, access.OpLicenseSet, "", p.Slug):
		return "You may not assign licenses. " + a.neededAt(p, access.OpLicenseSet, "")
	case user == a.caller.Subject.ID && slices.Contains(p.Model.Governance.NotOnSelf, access.OpLicenseSet):
		return "Nobody changes their own license."
	}
	return ""
}

// licenseMappings are the groups of identity providers whose people get a license, for whoever may see how people sign in.
func (a *asking) licenseMappings(p *state.Platform) (list []licenseMapping, seen bool) {
	if !a.view.All() && !a.view.GovernsIdentities("signin.manage") {
		return nil, false
	}
	for _, provider := range a.now.Providers() {
		for _, m := range provider.Licenses {
			if m.Platform == p.Slug {
				list = append(list, licenseMapping{Provider: provider.Name, Address: providerAddress(provider.Provider), Group: m.Group, License: licenseTitle(p, m.License)})
			}
		}
	}
	return list, true
}

// licenseTitle is what a platform, nil where it is no more, calls a license; "" is none.
func licenseTitle(p *state.Platform, name string) string {
	if name == "" {
		return "No license"
	}
	if p == nil {
		return name
	}
	for _, l := range p.Model.Licenses {
		if l.Name == name {
			return cmp.Or(l.Title, name)
		}
	}
	return name
}

// licenseContent is the form that assigns a license.
type licenseContent struct {
	Slug, User, Who, Email, Now, Back string
	Types                             []licenseType
}

// showLicense asks which license somebody is to have.
func (a *asking) showLicense() error {
	p, err := a.licensed()
	if err != nil {
		return err
	}
	return a.licenseForm(p, a.query("user"), http.StatusOK, "")
}

func (a *asking) licenseForm(p *state.Platform, user string, status int, problem string) error {
	if why := a.licenseReason(p, user); why != "" {
		return fault.New(fault.Forbidden, "%s", strings.TrimSuffix(why, "."))
	}
	c := licenseContent{Slug: p.Slug, Email: a.r.PostForm.Get("email"), Back: "/platforms/" + p.Slug + "/licenses"}
	chosen := a.r.PostForm.Get("license")
	if user != "" {
		u := a.now.User(user)
		if u == nil || !a.view.Over(a.now).SeesSubject(access.Subject{Kind: access.User, ID: user}) {
			return fault.New(fault.NotFound, "there is nobody of that name whom you may see").Rather("choose somebody of the list of licenses")
		}
		c.User, c.Who, c.Now = u.ID, called(u), u.Licenses[p.Slug]
		if c.Now == "" {
			c.Now = noLicense
		}
	}
	for _, t := range licenseTypes(p) {
		t.Chosen = t.Name == chosen || chosen == "" && t.Name == c.Now
		if c.User != "" || t.Name != noLicense {
			c.Types = append(c.Types, t)
		}
	}
	title := "Assign a license"
	if c.Who != "" {
		title = "License of " + c.Who
	}
	a.render(status, "/platforms", "license", page{Title: title, Problem: problem, Content: c})
	return nil
}

// assignLicense gives somebody a license, after the review.
func (a *asking) assignLicense() error {
	p, err := a.licensed()
	if err != nil {
		return err
	}
	form, user := a.r.PostForm, a.r.PostForm.Get("user")
	if why := a.licenseReason(p, user); why != "" {
		return fault.New(fault.Forbidden, "%s", strings.TrimSuffix(why, "."))
	}
	name := form.Get("license")
	types := licenseTypes(p)
	i := slices.IndexFunc(types, func(t licenseType) bool { return t.Name == name })
	who := form.Get("email")
	if user != "" {
		who = user
	}
	switch {
	case i < 0:
		return a.licenseForm(p, user, http.StatusUnprocessableEntity, "Choose a license.")
	case who == "":
		return a.licenseForm(p, user, http.StatusUnprocessableEntity, "Say who is to have it.")
	}
	if name == noLicense {
		name = ""
	}
	shown := who
	if u := a.now.User(user); u != nil && a.view.Over(a.now).SeesSubject(access.Subject{Kind: access.User, ID: user}) {
		if shown = called(u); u.Licenses[p.Slug] == name {
			return a.licenseForm(p, user, http.StatusUnprocessableEntity, "That is the license that they have already.")
		}
	}
	back := "/platforms/" + p.Slug + "/licenses"
	x := proposal{Title: "Give " + shown + " the license " + types[i].Title + "?", Save: "Assign license", Part: "/platforms", Back: back, Then: back, Warning: types[i].Does,
		Commands: []client.Command{client.LicenseSet{User: who, Platform: p.Slug, License: name}}}
	if name == "" {
		x.Title, x.Save, x.Danger = "Take the license of "+shown+" away?", "Remove license", true
	}
	err = a.propose(x)
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.licenseForm(p, user, http.StatusUnprocessableEntity, text)
}

package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// providerContent is one provider.
type providerContent struct {
	ID, Name                         string
	Why                              string // why nothing can be changed; ""
	Form                             providerForm
	Enabled, HasSecret               bool
	Tested                           time.Time
	Test                             string // address where a test begins
	Callback, SignedOut, BackChannel string
	Steps                            []providerStep
	Mapped                           []mappingLine
	Teams                            []string
	Licenses                         []choice
	Bound                            int
	Groups, User                     string
	Preview                          *previewContent
}

// previewContent is what a sign-in would come to.
type previewContent struct {
	change.Preview
	Problem string
	Given   []fact // licenses
}

// provider finds the provider that a page is about.
func (a *asking) provider() (*state.Provider, error) {
	if err := a.showsSettings("/settings/providers"); err != nil {
		return nil, err
	}
	p := a.now.Provider(a.r.PathValue("provider"))
	if p == nil {
		return nil, fault.New(fault.NotFound, "there is no such identity provider").Rather("choose one in the list of providers")
	}
	return p, nil
}

// showProvider shows one provider.
func (a *asking) showProvider() error {
	p, err := a.provider()
	if err != nil {
		return err
	}
	put := a.commandOf(p)
	return a.oneProvider(p, &put, http.StatusOK, "")
}

// oneProvider shows a provider with its form as it was sent.
func (a *asking) oneProvider(p *state.Provider, sent *client.ProviderPut, status int, problem string) error {
	c := providerContent{ID: p.Provider, Name: p.Name, Why: a.needs("signin.manage"), Form: a.providerForm(sent), Enabled: p.Enabled, HasSecret: p.Secret != "", Tested: p.Tested.UTC(),
		Test: testAddress + p.Provider, Callback: a.External.JoinPath("/signin/callback").String(), SignedOut: a.External.JoinPath("/signed-out").String(),
		BackChannel: a.External.JoinPath("/o/" + a.caller.Organization + "/signin/" + p.Provider + "/signout").String(),
		Steps:       a.stepsOf(p), Mapped: a.mapped(p), Bound: a.boundAt(p.Provider), Groups: a.query("groups"), User: a.query("user")}
	for _, t := range a.now.TeamsByName() {
		if c.Teams = append(c.Teams, t.Name); len(c.Teams) == 200 {
			break // a suggestion; the name can be typed
		}
	}
	for _, slug := range a.now.Slugs() {
		for _, l := range a.now.Platform(slug).Model.Licenses {
			c.Licenses = append(c.Licenses, choice{Value: slug + " " + l.Name, Text: a.now.Platform(slug).Model.Product + ": " + l.Title})
		}
	}
	if c.Groups+c.User != "" && c.Why == "" {
		c.Preview = a.preview(p, c.Groups, c.User)
	}
	a.settingsPage(status, "/settings/providers", "settingsprovider", page{Title: p.Name, Problem: problem, Content: c})
	return nil
}

// preview finds what a sign-in of somebody in groups would come to. It changes nothing.
func (a *asking) preview(p *state.Provider, groups, user string) *previewContent {
	found, err := a.Changes.PreviewMappings(a.r.Context(), a.caller.Organization, a.actor(), a.commandOf(p), commas(groups), user)
	c := &previewContent{Preview: found}
	if err != nil {
		c.Problem, _ = a.problem(a.r, err)
		return c
	}
	for _, slug := range a.now.Slugs() {
		if l := found.Licenses[slug]; l != "" {
			c.Given = append(c.Given, fact{Name: slug, Value: licenseTitle(a.now.Platform(slug), l)})
		}
	}
	return c
}

// commas reads a list with commas between.
func commas(text string) (list []string) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// proposeProvider shows what a change of a provider would do, and makes it when that was reviewed.
func (a *asking) proposeProvider(p *state.Provider, put *client.ProviderPut, what proposal) error {
	if err := a.manages(); err != nil {
		return err
	}
	what.Part, what.Back, what.Then = "/settings", providerAddress(p.Provider), providerAddress(p.Provider)+"?done=saved"
	what.Commands = []client.Command{*put}
	err := a.propose(what)
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.oneProvider(p, put, http.StatusUnprocessableEntity, text)
}

// saveProvider changes how a provider is reached and whom it lets in.
func (a *asking) saveProvider() error {
	p, err := a.provider()
	if err != nil {
		return err
	}
	put := a.commandOf(p)
	a.sentProvider(&put)
	var warnings []string
	if put.Issuer != p.Issuer && p.Secret != "" {
		put.Secret = new(string) // the old one is not for the other issuer to see
		warnings = append(warnings, "The client secret is forgotten, because another issuer must not be sent it: give the new one afterwards.")
	}
	if put.Issuer != p.Issuer || put.ClientID != p.ClientID || !slices.Equal(put.Scopes, p.Scopes) || put.GroupsClaim != p.GroupsClaim {
		warnings = append(warnings, "The sign-in has to be tested again before nothing else can be allowed.")
	}
	return a.proposeProvider(p, &put, proposal{Title: "Change the provider " + p.Name + "?", Warning: strings.Join(warnings, " "), Save: "Save"})
}

// switchProvider lets people in by a provider, or not any more.
func (a *asking) switchProvider() error {
	p, err := a.provider()
	if err != nil {
		return err
	}
	put := a.commandOf(p)
	if put.Enabled = a.r.PostForm.Get("enabled") == "on"; put.Enabled {
		what := proposal{Title: "Enable " + p.Name + "?", Warning: "Its button appears on the sign-in page. People whom it knows by a verified address that you have added get in.", Save: "Enable"}
		if p.Create {
			what.Warning += " Whoever has an account there and was not added becomes a user."
		}
		return a.proposeProvider(p, &put, what)
	}
	return a.proposeProvider(p, &put, proposal{Title: "Disable " + p.Name + "?", Save: "Disable", Danger: true,
		Warning: "Whoever came in by it is signed out at once. " + counted(a.boundAt(p.Provider), "person is", "people are") + " bound to an account there."})
}

// mapGroup gives the people of a group a team or a license when they sign in, or no longer.
func (a *asking) mapGroup() error {
	p, err := a.provider()
	if err != nil {
		return err
	}
	put, sent := a.commandOf(p), a.r.PostForm
	line := mappingLine{Group: sent.Get("group"), Team: sent.Get("team")}
	line.Platform, line.License, _ = strings.Cut(sent.Get("license"), " ")
	license := client.GroupLicense{Platform: line.Platform, Group: line.Group, License: line.License}
	what := proposal{Title: "Map the group " + line.Group + "?", Save: "Map group",
		Warning: "It is followed when people sign in: they get into the team, or out of it where they have left the group. Nobody changes now."}
	switch {
	case sent.Get("remove") != "":
		put.Teams = slices.DeleteFunc(put.Teams, line.is)
		put.Licenses = slices.DeleteFunc(put.Licenses, func(l client.GroupLicense) bool { return l == license })
		what.Title, what.Save = "Stop mapping the group "+line.Group+"?", "Remove mapping"
		what.Warning = "Whoever is in the team now, or has the license, keeps it. It is not followed at sign-ins any more."
	case (line.Team == "") == (line.License == ""):
		return a.oneProvider(p, &put, http.StatusUnprocessableEntity, "Choose either a team or a license for the group.")
	case line.Team != "":
		put.Teams = append(put.Teams, client.GroupTeam{Group: line.Group, Team: line.Team})
	default:
		put.Licenses = append(put.Licenses, license)
	}
	return a.proposeProvider(p, &put, what)
}

// removeProvider removes a provider, after the review.
func (a *asking) removeProvider() error {
	p, err := a.provider()
	if err != nil {
		return err
	}
	if err := a.manages(); err != nil {
		return err
	}
	lost := []string{counted(a.boundAt(p.Provider), "person is", "people are") + " bound to an account there and cannot sign in with it any more.",
		"Sessions that began there end at once."}
	if n := len(p.Teams) + len(p.Licenses); n > 0 {
		lost = append(lost, counted(n, "mapped group is", "mapped groups are")+" forgotten; what people got by them stays.")
	}
	err = a.propose(proposal{Title: "Remove the provider " + p.Name + "?", Warning: strings.Join(lost, " "), Save: "Remove provider", Danger: true, Part: "/settings",
		Back: providerAddress(p.Provider), Then: "/settings/providers?done=saved", Commands: []client.Command{client.ProviderRemove{Provider: p.Provider}}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	put := a.commandOf(p)
	return a.oneProvider(p, &put, http.StatusUnprocessableEntity, text)
}

// maxClientSecret bounds what is sealed, in bytes.
const maxClientSecret = 4096

// keepSecret gives a provider another client secret, or none. It has no review: that would carry the secret through a page.
func (a *asking) keepSecret() error {
	p, err := a.provider()
	if err != nil {
		return err
	}
	if err := a.manages(); err != nil {
		return err
	}
	put, text, done := a.commandOf(p), a.r.PostForm.Get("client_secret"), "secret"
	switch {
	case a.r.PostForm.Get("none") != "":
		put.Secret, done = new(string), "nosecret"
		_, err = a.do(change.How{Expected: a.now.Revision}, put)
	case text == "" || len(text) > maxClientSecret || strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' }):
		err = fault.New(fault.Invalid, "that cannot be a client secret").Rather("copy one line of at most %d bytes, without spaces around it", maxClientSecret)
	default:
		err = a.seal(&put, text)
	}
	if err == nil {
		http.Redirect(a.w, a.r, providerAddress(p.Provider)+"?done="+done, http.StatusSeeOther)
		return nil
	}
	if !mendable(err) {
		return err
	}
	problem, _ := a.problem(a.r, err)
	was := a.commandOf(p)
	return a.oneProvider(p, &was, http.StatusUnprocessableEntity, problem)
}

// seal keeps a secret before the change that names it, and drops it where the change was refused. Where it is not known what
// became of the change, it stays: what nobody names is swept up later.
func (a *asking) seal(put *client.ProviderPut, text string) error {
	id, err := a.Desk.KeepClientSecret(a.r.Context(), a.caller.Organization, text)
	if err != nil {
		return err
	}
	put.Secret = &id
	_, err = a.do(change.How{Expected: a.now.Revision}, *put)
	if err != nil && (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal)) {
		return err
	}
	if dropped := a.Desk.DropClientSecret(context.WithoutCancel(a.r.Context()), a.caller.Organization, id); dropped != nil {
		a.Log.WarnContext(a.r.Context(), "a client secret that nobody names could not be dropped", "error", dropped)
	}
	return err
}

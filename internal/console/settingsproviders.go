package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// providersContent lists the identity providers.
type providersContent struct {
	Why   string // why none can be added; ""
	Lines []providerLine
}

// A providerLine is one provider of the list.
type providerLine struct {
	ID, Name, Issuer string
	Enabled          bool
	Tested           time.Time
	Groups           int // that are mapped
}

func (a *asking) providerLine(p *state.Provider) providerLine {
	return providerLine{ID: p.Provider, Name: p.Name, Issuer: p.Issuer, Enabled: p.Enabled, Tested: p.Tested.UTC(), Groups: len(p.Teams) + len(p.Licenses)}
}

// providers lists them. A name in the address leads to that provider: who has just made one does not know its id.
func (a *asking) providers() error {
	if err := a.showsSettings("/settings/providers"); err != nil {
		return err
	}
	c := providersContent{Why: a.needs("signin.manage")}
	for _, p := range a.now.Providers() {
		if p.Name == a.query("open") {
			http.Redirect(a.w, a.r, providerAddress(p.Provider)+"?done=saved", http.StatusSeeOther)
			return nil
		}
		c.Lines = append(c.Lines, a.providerLine(p))
	}
	a.settingsPage(http.StatusOK, "/settings/providers", "settingsproviders", page{Title: "Providers", Content: c})
	return nil
}

const providersAddress = "/settings/providers/"

func providerAddress(id string) string { return providersAddress + id }

// A providerForm is what is asked about how a provider is reached and whom it lets in.
type providerForm struct {
	Name, Issuer, ClientID, Scopes, GroupsClaim string
	TrustEmail, Create                          bool
	Join                                        []choice
}

// providerForm shows a provider, or what was sent of one.
func (a *asking) providerForm(c *client.ProviderPut) providerForm {
	f := providerForm{Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, Scopes: strings.Join(c.Scopes, " "), GroupsClaim: c.GroupsClaim, TrustEmail: c.TrustEmail, Create: c.Create}
	for _, slug := range a.now.Slugs() {
		if slug != accessfile.Directory {
			f.Join = append(f.Join, choice{Value: slug, Text: a.now.Platform(slug).Model.Product, Chosen: slices.Contains(c.Join, slug)})
		}
	}
	return f
}

// sentProvider reads the form on top of what a provider is already.
func (a *asking) sentProvider(c *client.ProviderPut) {
	sent := a.r.PostForm
	c.Name, c.Issuer, c.ClientID = strings.TrimSpace(sent.Get("name")), strings.TrimSpace(sent.Get("issuer")), strings.TrimSpace(sent.Get("client_id"))
	c.Scopes = strings.FieldsFunc(sent.Get("scopes"), func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\r' })
	c.GroupsClaim, c.TrustEmail, c.Create, c.Join = strings.TrimSpace(sent.Get("groups_claim")), sent.Get("trust_email") != "", sent.Get("create") != "", sent["join"]
}

// commandOf is the command that leaves a provider as it is, its secret too.
func (a *asking) commandOf(p *state.Provider) client.ProviderPut {
	c := client.ProviderPut{Provider: p.Provider, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, Scopes: p.Scopes, GroupsClaim: p.GroupsClaim,
		TrustEmail: p.TrustEmail, Create: p.Create, Join: p.Join, Enabled: p.Enabled}
	for _, m := range p.Teams {
		c.Teams = append(c.Teams, client.GroupTeam(m))
	}
	for _, m := range p.Licenses {
		c.Licenses = append(c.Licenses, client.GroupLicense(m))
	}
	return c
}

// newProviderContent is the form for another provider.
type newProviderContent struct {
	Form     providerForm
	Callback string
}

// showNewProvider asks about another provider.
func (a *asking) showNewProvider() error {
	return a.newProvider(http.StatusOK, "", &client.ProviderPut{Scopes: []string{"email", "profile"}})
}

func (a *asking) newProvider(status int, problem string, c *client.ProviderPut) error {
	if err := a.manages(); err != nil {
		return err
	}
	a.settingsPage(status, "/settings/providers", "settingsnewprovider", page{Title: "Add a provider", Problem: problem,
		Content: newProviderContent{Form: a.providerForm(c), Callback: a.External.JoinPath("/signin/callback").String()}})
	return nil
}

// manages refuses whoever may not change how people sign in.
func (a *asking) manages() error {
	if err := a.showsSettings("/settings/providers"); err != nil {
		return err
	}
	if why := a.needs("signin.manage"); why != "" {
		return fault.New(fault.Forbidden, "you may not change how people sign in").By("permission").Rather("it needs signin.manage at org, or the top role on every attached platform")
	}
	return nil
}

// addProvider adds a provider that lets nobody in yet, after the review.
func (a *asking) addProvider() error {
	if err := a.manages(); err != nil {
		return err
	}
	var c client.ProviderPut
	a.sentProvider(&c)
	err := a.propose(proposal{Title: "Add the provider " + c.Name + "?", Warning: "It lets nobody in until it has its secret, a test sign-in has succeeded, and you enable it.", Save: "Add provider",
		Part: "/settings", Back: "/settings/providers", Then: with("/settings/providers", "open", c.Name), Commands: []client.Command{c}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.newProvider(http.StatusUnprocessableEntity, text, &c)
}

// A providerStep is one of the steps from a new provider to nothing but it.
type providerStep struct {
	Number     int
	Name, Text string
	Done, Next bool
	Why        string // why it cannot be done yet; ""
}

// stepsOf are the steps, and how far a provider has come.
func (a *asking) stepsOf(p *state.Provider) []providerStep {
	enforced := a.setting(change.SettingSignOn, "optional") == "enforced"
	steps := []providerStep{
		{Name: "Connect", Text: "The provider's address and what it calls this server.", Done: true},
		{Name: "Client secret", Text: "Kept sealed, and never shown again. A public client has none.", Done: p.Secret != "" || !p.Tested.IsZero()},
		{Name: "Test sign-in", Text: "Sign in there yourself, in another window. Nothing changes by it.", Done: !p.Tested.IsZero()},
		{Name: "Enable", Text: "Its button appears on the sign-in page.", Done: p.Enabled},
		{Name: "Enforce", Text: "Passwords let nobody in any more.", Done: enforced && p.Enabled},
	}
	if p.Tested.IsZero() {
		steps[4].Why = "Locked until a test sign-in succeeds with the provider as it is now."
	} else if !p.Enabled {
		steps[4].Why = "Locked until the provider is enabled."
	}
	for i := range steps {
		steps[i].Number = i + 1
	}
	if i := slices.IndexFunc(steps, func(s providerStep) bool { return !s.Done }); i >= 0 {
		steps[i].Next = true
	}
	return steps
}

// mapped tells what groups of a provider come to.
func (a *asking) mapped(p *state.Provider) (lines []mappingLine) {
	for _, m := range p.Teams {
		line := mappingLine{Group: m.Group, Team: m.Team, What: a.now.DisplayName(access.Holder{Kind: access.Team, ID: m.Team})}
		if t := a.now.Team(m.Team); t != nil {
			line.More, line.Address = counted(t.Members, "person now", "people now"), "/teams/"+t.ID+"/members"
		} else {
			line.More = "is no longer there"
		}
		lines = append(lines, line)
	}
	for _, m := range p.Licenses {
		lines = append(lines, mappingLine{Group: m.Group, Platform: m.Platform, License: m.License, What: licenseTitle(a.now.Platform(m.Platform), m.License), More: "license on " + m.Platform})
	}
	return lines
}

// A mappingLine is what people of one group get when they sign in.
type mappingLine struct {
	Group, Team, Platform, License string
	What, More, Address            string
}

func (m *mappingLine) is(t client.GroupTeam) bool {
	return m.License == "" && t.Group == m.Group && t.Team == m.Team
}

// boundAt counts the people who are bound to an account at a provider.
func (a *asking) boundAt(provider string) (n int) {
	for id := range a.now.Users() {
		if slices.ContainsFunc(a.now.IdentitiesOf(id), func(i *state.Identity) bool { return i.Provider == provider }) {
			n++
		}
	}
	return n
}

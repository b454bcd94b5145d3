package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/state"
)

// switchesContent are the switches of the organization and of platforms.
type switchesContent struct {
	Organization []fact // nil where they are not the caller's to see
	Platforms    []switchesLine
}

// switchesLine are the switches of one platform.
type switchesLine struct {
	Slug, Product, AuthzenWhy string
	Authzen                   bool
	Switches                  []platformSwitch
	Elsewhere                 []fact // switches that each resource has of its own, and of which kind
}

// A platformSwitch is one switch of a platform.
type platformSwitch struct {
	Name, Title, About, Why string
	Values                  []choice
}

// switched are the platforms whose switches the caller may see: those of which they may change one, and all to whoever sees
// everything.
func (a *asking) switched() []string {
	return slices.DeleteFunc(a.now.Slugs(), func(slug string) bool {
		return slug == accessfile.Directory || !a.view.All() && !a.mayOn(slug, access.OpPlatformUpdate) && !a.maySwitch(a.now.Platform(slug))
	})
}

// maySwitch tells whether the caller may change a switch of a platform.
func (a *asking) maySwitch(p *state.Platform) bool {
	return slices.ContainsFunc(p.Model.Settings, func(s access.Setting) bool {
		return s.At == p.Model.Kinds[0].Name && a.mayOn(p.Slug, access.OpSetting+s.Name)
	})
}

// showSwitches shows what can be switched.
func (a *asking) showSwitches() error { return a.switches(http.StatusOK, "") }

func (a *asking) switches(status int, problem string) error {
	if err := a.showsSettings("/settings/switches"); err != nil {
		return err
	}
	var c switchesContent
	if a.view.All() || a.view.GovernsIdentities("signin.manage") {
		idle, absolute := change.SessionTimes(a.now)
		c.Organization = []fact{{"Passwords", a.setting(change.SettingLocalUsers, "on")}, {"Sign-on with a provider", a.setting(change.SettingSignOn, "optional")},
			{"Sessions end unused after", lengthInWords(idle)}, {"Sessions end after", lengthInWords(absolute)}, {"Provisioning", a.setting(change.SettingProvisioning, "off")}}
	}
	for _, slug := range a.switched() {
		c.Platforms = append(c.Platforms, a.switchesLine(a.now.Platform(slug)))
	}
	a.settingsPage(status, "/settings/switches", "settingsswitches", page{Title: "Switches", Problem: problem, Content: c})
	return nil
}

func (a *asking) switchesLine(p *state.Platform) switchesLine {
	c := switchesLine{Slug: p.Slug, Product: p.Model.Product, Authzen: p.Authzen, AuthzenWhy: a.lacks(p, access.OpPlatformUpdate)}
	for _, s := range p.Model.Settings {
		title := capital(strings.ReplaceAll(strings.Replace(s.Name, "sso_", "SSO_", 1), "_", " "))
		if s.At != p.Model.Kinds[0].Name {
			c.Elsewhere = append(c.Elsewhere, fact{Name: title, Value: strings.ToLower(p.Model.Kind(s.At).Title)})
			continue
		}
		one := platformSwitch{Name: s.Name, Title: title, About: switchInWords(s.Name), Why: a.lacks(p, access.OpSetting+s.Name)}
		now := p.Settings[s.Name]
		if now == "" {
			now = s.Values[0]
		}
		for _, v := range s.Values {
			one.Values = append(one.Values, choice{Value: v, Text: strings.ReplaceAll(v, "_", " "), Chosen: v == now})
		}
		c.Switches = append(c.Switches, one)
	}
	return c
}

// switchInWords says what a switch of the shipped editions decides; an operator's own speak for themselves.
func switchInWords(name string) string {
	switch name {
	case "branch_scope":
		return "Where a role on all branch deployments counts: in those of deployments that the person has access to, or everywhere."
	case "owners_reach_workspaces":
		return "Whether owners of the organization have in every workspace what its own administrators have."
	}
	return ""
}

// saveSwitch changes a switch of a platform, after the review.
func (a *asking) saveSwitch() error {
	name := a.r.PostForm.Get("name")
	operation := access.OpSetting + name
	if name == "authzen" {
		operation = access.OpPlatformUpdate
	}
	p, err := a.settable(operation)
	if err != nil {
		return err
	}
	update, value := client.PlatformUpdate{Platform: p.Slug}, a.r.PostForm.Get("value")
	if name == "authzen" {
		on := value == "on"
		update.Authzen = &on
	} else {
		update.Settings = map[string]string{name: value}
	}
	err = a.propose(proposal{Title: "Set " + strings.ReplaceAll(name, "_", " ") + " of " + p.Model.Product + " to " + strings.ReplaceAll(value, "_", " ") + "?", Save: "Save",
		Warning: switchInWords(name), Part: "/settings", Back: "/settings/switches", Then: "/settings/switches?done=saved", Commands: []client.Command{update}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.switches(http.StatusUnprocessableEntity, text)
}

// provisioningContent says whether an identity provider writes people and teams.
type provisioningContent struct {
	Why       string // why it cannot be switched; ""
	On        bool
	Platforms []fact // what nobody does there by hand while it is on
	Log       bool   // the caller may read the audit log
	Providers bool   // somebody can be added by a first sign-in
}

// showProvisioning shows whether people are provisioned.
func (a *asking) showProvisioning() error { return a.provisioning(http.StatusOK, "") }

func (a *asking) provisioning(status int, problem string) error {
	if err := a.showsSettings("/settings/provisioning"); err != nil {
		return err
	}
	_, log := a.asker().AuditWithin()
	c := provisioningContent{Why: a.needs("scim.manage"), On: a.setting(change.SettingProvisioning, "off") == "on", Log: log == nil, Providers: a.creates()}
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		if slug == accessfile.Directory || len(p.Model.Governance.NotWhileProvisioned) == 0 {
			continue
		}
		var what []string
		for _, o := range p.Model.Governance.NotWhileProvisioned {
			what = append(what, handInWords(o))
		}
		c.Platforms = append(c.Platforms, fact{Name: p.Model.Product, Value: strings.Join(what, ", ")})
	}
	a.settingsPage(status, "/settings/provisioning", "settingsprovisioning", page{Title: "Provisioning", Problem: problem, Content: c})
	return nil
}

// creates tells whether an enabled provider makes users at their first sign-in.
func (a *asking) creates() bool {
	return slices.ContainsFunc(a.now.Providers(), func(p *state.Provider) bool { return p.Enabled && p.Create })
}

// handInWords names an operation that nobody performs by hand.
func handInWords(operation string) string {
	switch operation {
	case access.OpMemberAdd:
		return "adding people"
	case access.OpTeamCreate:
		return "creating teams"
	case access.OpTeamEditMembers:
		return "adding people to teams"
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(operation)
}

// saveProvisioning switches provisioning, after the review.
func (a *asking) saveProvisioning() error {
	if err := a.showsSettings("/settings/provisioning"); err != nil {
		return err
	}
	on := a.r.PostForm.Get("provisioning") == "on"
	what := proposal{Title: "Turn provisioning off?", Save: "Turn off", Warning: "People and teams are kept by hand again, and groups at sign-in are followed.", Part: "/settings",
		Back: "/settings/provisioning", Then: "/settings/provisioning?done=saved", Commands: []client.Command{client.OrganizationSet{Name: change.SettingProvisioning, Value: "off"}}}
	if on {
		what.Title, what.Save, what.Danger = "Turn provisioning on?", "Turn on", true
		what.Warning = "Nobody adds people by hand from then on, and groups at sign-in change nothing. Nobody who is here loses anything by it, and the last administrator of each platform stays whatever comes."
		if !a.creates() {
			what.Warning += " No provider makes users at their first sign-in, so nobody new can come at all until you turn it off."
		}
		what.Commands = []client.Command{client.OrganizationSet{Name: change.SettingProvisioning, Value: "on"}}
	}
	err := a.propose(what)
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.provisioning(http.StatusUnprocessableEntity, text)
}

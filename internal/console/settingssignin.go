package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/state"
)

// signInSettingsContent is how people sign in.
type signInSettingsContent struct {
	Why            string // why nothing can be changed; ""
	Locked         string // why people cannot be left nothing but a provider; ""
	Local, SignOn  string
	Idle, Absolute []choice
	Providers      []providerLine
	Recover        bool // a forgotten password is mailed a link
	Alone          int  // active people who have no account at a provider yet
	Links          []fact
}

// A choice is a value that can be chosen.
type choice struct {
	Value, Text string
	Chosen      bool
}

// showSignInSettings shows how people sign in.
func (a *asking) showSignInSettings() error { return a.signInSettings(http.StatusOK, "") }

func (a *asking) signInSettings(status int, problem string) error {
	if err := a.showsSettings("/settings/signin"); err != nil {
		return err
	}
	idle, absolute := change.SessionTimes(a.now)
	c := signInSettingsContent{Why: a.needs("signin.manage"), Locked: a.untested(), Local: a.setting(change.SettingLocalUsers, "on"), SignOn: a.setting(change.SettingSignOn, "optional"),
		Idle:     times(idle, 15*time.Minute, 30*time.Minute, time.Hour, 4*time.Hour, 8*time.Hour, 24*time.Hour),
		Absolute: times(absolute, 8*time.Hour, 12*time.Hour, 24*time.Hour, 7*24*time.Hour, 30*24*time.Hour),
		Recover:  a.Desk.Mail && change.PasswordsAllowed(a.now), Alone: a.alone(),
		Links: []fact{{"First password", lengthInWords(change.ActivationLife)}, {"Forgotten password", lengthInWords(change.ResetLife)}, {"Break-glass", lengthInWords(change.BreakGlassLife)}}}
	for _, p := range a.now.Providers() {
		c.Providers = append(c.Providers, a.providerLine(p))
	}
	a.settingsPage(status, "/settings/signin", "settingssignin", page{Title: "Sign-in", Problem: problem, Content: c})
	return nil
}

// setting is a switch of the organization, or what it is where nobody has set it.
func (a *asking) setting(name, otherwise string) string {
	if text := a.now.Settings[name]; text != "" {
		return text
	}
	return otherwise
}

// untested says why people cannot be left nothing but a provider; "" where one is enabled, and has let somebody in as it is.
func (a *asking) untested() string {
	all := a.now.Providers()
	switch {
	case slices.ContainsFunc(all, func(p *state.Provider) bool { return p.Enabled && !p.Tested.IsZero() }):
		return ""
	case len(all) == 0:
		return "There is no identity provider yet, so nobody could sign in any more."
	case slices.ContainsFunc(all, func(p *state.Provider) bool { return p.Enabled }):
		return "No test sign-in has succeeded with an enabled provider as it is now."
	}
	return "No identity provider is enabled, so nobody could sign in any more."
}

// alone counts the active people who are bound to no account at an enabled provider.
func (a *asking) alone() (n int) {
	for _, u := range a.now.Users() {
		if !u.Inactive && !slices.Contains(change.WaysIn(a.now, u, a.at), "provider") {
			n++
		}
	}
	return n
}

// lengthInWords writes how long something is good.
func lengthInWords(d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= time.Hour && d%time.Hour == 0:
		return counted(int(d/time.Hour), "hour", "hours")
	case d%time.Minute == 0:
		return counted(int(d/time.Minute), "minute", "minutes")
	}
	return d.String()
}

// times are usual lengths, and the present one among them.
func times(now time.Duration, usual ...time.Duration) (list []choice) {
	if !slices.Contains(usual, now) {
		usual = append(usual, now)
		slices.Sort(usual)
	}
	for _, d := range usual {
		list = append(list, choice{Value: d.String(), Text: lengthInWords(d), Chosen: d == now})
	}
	return list
}

// saveSignInSettings changes how people sign in, after the review.
func (a *asking) saveSignInSettings() error {
	if err := a.showsSettings("/settings/signin"); err != nil {
		return err
	}
	commands, warnings := a.signInChanges()
	if len(commands) == 0 {
		return a.signInSettings(http.StatusUnprocessableEntity, "That is how it is already.")
	}
	err := a.propose(proposal{Title: "Change how people sign in?", Warning: strings.Join(warnings, " "), Save: "Save", Part: "/settings", Back: "/settings/signin",
		Then: "/settings/signin?done=saved", Danger: slices.ContainsFunc(commands, leavesNoPassword), Commands: commands})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.signInSettings(http.StatusUnprocessableEntity, text)
}

func leavesNoPassword(c client.Command) bool {
	set, is := c.(client.OrganizationSet)
	return is && (set.Value == "enforced" || set.Name == change.SettingLocalUsers && set.Value == "off")
}

// signInChanges are the commands that make the switches what was sent, in an order in which none contradicts the others, and
// what should be known before.
func (a *asking) signInChanges() (commands []client.Command, warnings []string) {
	idle, absolute := change.SessionTimes(a.now)
	now := map[string]string{change.SettingSessionIdle: idle.String(), change.SettingSessionAbsolute: absolute.String(),
		change.SettingLocalUsers: a.setting(change.SettingLocalUsers, "on"), change.SettingSignOn: a.setting(change.SettingSignOn, "optional")}
	order := []string{change.SettingSessionIdle, change.SettingSessionAbsolute, change.SettingLocalUsers, change.SettingSignOn}
	if longest, err := time.ParseDuration(a.r.PostForm.Get(change.SettingSessionAbsolute)); err == nil && longest >= idle {
		order[0], order[1] = order[1], order[0] // at no moment may a session end unused after it ends anyway
	}
	shorter, passwords := false, true
	for _, name := range order {
		value := a.r.PostForm.Get(name)
		if value == "" || value == now[name] {
			continue
		}
		set := client.OrganizationSet{Name: name, Value: value}
		commands, passwords = append(commands, set), passwords && !leavesNoPassword(set)
		length, err := time.ParseDuration(value)
		shorter = shorter || err == nil && (name == change.SettingSessionIdle && length < idle || name == change.SettingSessionAbsolute && length < absolute)
	}
	if !passwords {
		warnings = append(warnings, "Passwords and links let nobody in from then on. Tokens go on working, and whoever is signed in stays so until the session ends.")
		if n := a.alone(); n > 0 {
			warnings = append(warnings, counted(n, "active person has", "active people have")+" no account at a provider yet: whoever has a password links one under Your account first, or cannot get in.")
		}
	}
	if shorter {
		warnings = append(warnings, "Sessions that are past the new length end at once, yours too.")
	}
	return commands, warnings
}

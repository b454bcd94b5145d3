package change

import (
	"maps"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
)

// Settings of an organization about sessions: how long one lasts unused, and at most.
const (
	SettingSessionIdle     = "session_idle"
	SettingSessionAbsolute = "session_absolute"
)

// How long sessions last where an organization says nothing.
const (
	UsualSessionIdle     = 8 * time.Hour
	UsualSessionAbsolute = 24 * time.Hour
)

// SessionTimes returns how long an organization's sessions last unused, and at most.
func SessionTimes(st *state.State) (idle, absolute time.Duration) {
	return sessionTime(st.Settings[SettingSessionIdle], UsualSessionIdle), sessionTime(st.Settings[SettingSessionAbsolute], UsualSessionAbsolute)
}

func sessionTime(text string, otherwise time.Duration) time.Duration {
	if text == "" {
		return otherwise
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return otherwise
}

// The bounds of both: shorter would sign people out while they read, and longer is not a session.
const (
	shortSession = 5 * time.Minute
	longSession  = 30 * 24 * time.Hour
)

// organizationSettings are the switches of an organization, with the values they take.
func organizationSettings() map[string][]string {
	return map[string][]string{SettingProvisioning: {"off", "on"}, SettingLocalUsers: {"on", "off"}, SettingSignOn: {"optional", "enforced"},
		SettingSessionIdle: nil, SettingSessionAbsolute: nil}
}

// checkSetting judges a value of an organization's setting.
func (j *judge) checkSetting(name, value string) error {
	values, known := organizationSettings()[name]
	switch {
	case !known:
		return fault.New(fault.Invalid, "an organization has no setting %q", name).In("name").
			Rather("%s", suggest.OneOf(name, slices.Sorted(maps.Keys(organizationSettings()))))
	case values == nil:
		return j.checkSessionTime(name, value)
	case !slices.Contains(values, value):
		return fault.New(fault.Invalid, "the setting %s cannot be %q", name, value).In("value").Rather("it is one of %s", strings.Join(values, ", "))
	case value == "enforced", name == SettingLocalUsers && value == "off":
		return j.tested(name + "=" + value)
	}
	return nil
}

func (j *judge) checkSessionTime(name, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < shortSession || d > longSession {
		return fault.New(fault.Invalid, "%s cannot be %q", name, value).In("value").Rather("write a time like 8h, from %v to %v", shortSession, longSession)
	}
	idle, absolute := SessionTimes(j.now())
	if name == SettingSessionIdle && d > absolute || name == SettingSessionAbsolute && d < idle {
		return fault.New(fault.Invalid, "a session would end unused after it ends anyway").In("value").By("session").
			Rather("keep session_idle (%v) within session_absolute (%v)", idle, absolute)
	}
	return nil
}

// settingPermission is what a setting of the organization asks for at the directory.
func settingPermission(name string) string {
	if name == SettingProvisioning {
		return "scim.manage"
	}
	return "signin.manage"
}

// tested refuses to leave people nothing but sign-on before it has worked. That an administrator of each platform still gets
// in is the guard's.
func (j *judge) tested(what string) error {
	if slices.ContainsFunc(j.now().Providers(), func(p *state.Provider) bool { return p.Enabled && !p.Tested.IsZero() }) {
		return nil
	}
	return fault.New(fault.Conflict, "no enabled provider has let anybody in since it was last changed, and %s leaves no other way", what).
		In("value").By("tested").Rather("enable a provider, and sign in with it once as a test")
}

// enforcedStays refuses to take away, or to change the connection of, the only provider where sign-on is enforced.
func (j *judge) enforcedStays(provider string) error {
	if j.now().Settings[SettingSignOn] != "enforced" && j.now().Settings[SettingLocalUsers] != "off" {
		return nil
	}
	was := j.base.Provider(provider)
	if was == nil || !was.Enabled || slices.ContainsFunc(j.now().Providers(), func(p *state.Provider) bool { return p.Enabled && p.Provider != provider }) {
		return nil
	}
	return fault.New(fault.Conflict, "the only way in for people would be gone, or untried").In("provider").By("sign_on").
		Rather("set sign_on to optional and local_users to on first; enforce again after a test")
}

// seats tells whether an event would make somebody an administrator of anything who is none.
func (j *judge) seats(e event.Event, user string) bool {
	next := j.trial(e)
	if next == nil {
		return true
	}
	for _, slug := range next.Slugs() {
		if isAdministrator(next, user, slug) && !isAdministrator(j.now(), user, slug) {
			return true
		}
	}
	return false
}

// takesLast tells whether an event would take the last administrator from anything.
func (j *judge) takesLast(e event.Event) bool {
	next := j.trial(e)
	return next == nil || slices.ContainsFunc(j.base.Slugs(), func(slug string) bool {
		return next.Platform(slug) != nil && j.administered(j.base, slug) && !j.administered(next, slug)
	})
}

// trial returns the directory as an event would make it; nil where the facts contradict it.
func (j *judge) trial(e event.Event) *state.State {
	edit := j.now().Edit()
	if edit.Fold(state.Row{Revision: j.base.Revision, Epoch: j.epoch, At: j.at, Event: e}) != nil {
		return nil
	}
	return edit.Directory()
}

// isAdministrator tells whether somebody administers a platform, now or by a grant of another time, and whether or not they
// can sign in.
func isAdministrator(st *state.State, user, slug string) bool {
	p, u := st.Platform(slug), st.User(user)
	license := u.Licenses[slug]
	if slices.Contains(p.Model.Governance.AdministratorLicenses, license) {
		return true
	}
	if len(p.Model.Licenses) > 0 && !slices.ContainsFunc(p.Model.Licenses, func(l access.License) bool { return l.Name == license && !l.Replaces }) {
		return false
	}
	for _, g := range st.GrantsAt(slug) {
		if slices.Contains(p.Model.Governance.Administrators, g.Role) && (g.To == access.Holder{Kind: access.User, ID: user} || g.To.Kind == access.Team && st.IsMember(g.To.ID, user)) {
			return true
		}
	}
	return false
}

package rest

import (
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

func providers(a *asking) (any, error) {
	if !a.view().All() && !a.view().GovernsIdentities("signin.manage") {
		return nil, sight.Forbidden("how people sign in is not yours to see", "it needs signin.manage or audit.read at org, or the top role on every attached platform")
	}
	found := client.Providers{Providers: []client.Provider{}, SignOn: "optional", LocalUsers: "on", Facts: a.facts(a.now)}
	if text := a.now.Settings[change.SettingSignOn]; text != "" {
		found.SignOn = text
	}
	if text := a.now.Settings[change.SettingLocalUsers]; text != "" {
		found.LocalUsers = text
	}
	for _, p := range a.now.Providers() {
		found.Providers = append(found.Providers, client.Provider{ID: p.Provider, ProviderSettings: a.settingsOf(p), HasSecret: p.Secret != "",
			Tested: inquiry.Known(p.Tested), Callback: a.External.JoinPath("/signin/callback").String()})
	}
	return found, nil
}

// settingsOf shows what a provider is, teams by name.
func (a *asking) settingsOf(p *state.Provider) client.ProviderSettings {
	s := client.ProviderSettings{Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, Scopes: p.Scopes, GroupsClaim: p.GroupsClaim,
		TrustEmail: p.TrustEmail, Create: p.Create, Join: p.Join, Enabled: p.Enabled}
	for _, m := range p.Teams {
		s.Teams = append(s.Teams, client.GroupTeam{Group: m.Group, Team: a.now.DisplayName(access.Holder{Kind: access.Team, ID: m.Team})})
	}
	for _, m := range p.Licenses {
		s.Licenses = append(s.Licenses, client.GroupLicense(m))
	}
	return s
}

// commandOf is what a body says of a provider, the client secret apart.
func commandOf(id string, s client.ProviderSettings) client.ProviderPut {
	return client.ProviderPut{Provider: id, Name: s.Name, Issuer: s.Issuer, ClientID: s.ClientID, Scopes: s.Scopes, GroupsClaim: s.GroupsClaim,
		TrustEmail: s.TrustEmail, Create: s.Create, Join: s.Join, Enabled: s.Enabled, Teams: s.Teams, Licenses: s.Licenses}
}

// maxClientSecret bounds what is sealed, in bytes.
const maxClientSecret = 4096

// putProvider makes a provider, or replaces what was said of one. The client secret is sealed before the change that names
// it, and dropped where the change is refused.
func putProvider(a *asking) (any, error) {
	r, err := body[client.ProviderBody](a)
	if err != nil {
		return nil, err
	}
	asked, err := a.changing()
	if err != nil {
		return nil, err
	}
	command := commandOf(a.r.PathValue("provider"), r.ProviderSettings)
	if r.ClientSecret == nil || *r.ClientSecret == "" {
		command.Secret = r.ClientSecret
		return a.carryOut(asked, command)
	}
	if text := *r.ClientSecret; len(text) > maxClientSecret || strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' }) {
		return nil, invalid("client_secret", "it cannot be a client secret").Rather("one line of at most %d bytes, without spaces around it", maxClientSecret)
	}
	// First judged without it: nobody who may not change providers has anything kept here.
	none := "sec_none_yet"
	command.Secret = &none
	judged, err := a.result(client.Changing{DryRun: true}, command)
	switch {
	case asked.DryRun && err != nil, fault.Is(err, fault.Forbidden):
		return nil, err
	case asked.DryRun:
		return a.changed(judged, true)
	}
	return a.putSecret(asked, command, *r.ClientSecret)
}

func (a *asking) putSecret(asked client.Changing, command client.ProviderPut, text string) (any, error) {
	id, err := a.Desk.KeepClientSecret(a.r.Context(), a.caller.Organization, text)
	if err != nil {
		return nil, err
	}
	command.Secret = &id
	result, err := a.result(asked, command)
	if !outcomeUnknown(err) { // a change whose outcome is not known may have been made: what nobody names is swept up later
		if dropped := a.Desk.DropClientSecret(a.lasting(), a.caller.Organization, id); dropped != nil {
			a.Log.WarnContext(a.r.Context(), "a client secret that nobody names could not be dropped", "error", dropped)
		}
	}
	if err != nil {
		return nil, err
	}
	return a.changed(result, false)
}

// outcomeUnknown tells whether a change may have been made although it was answered with an error.
func outcomeUnknown(err error) bool {
	return err != nil && (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal))
}

func removeProvider(a *asking) (any, error) {
	return a.do(client.ProviderRemove{Provider: a.r.PathValue("provider")})
}

func previewProvider(a *asking) (any, error) {
	r, err := body[client.PreviewRequest](a)
	if err != nil {
		return nil, err
	}
	id := a.r.PathValue("provider")
	command := client.ProviderPut{Provider: id}
	p := a.now.Provider(id)
	switch {
	case p == nil: // whoever may not know is refused first
	case r.Draft == nil:
		command = commandOf(id, a.settingsOf(p))
	default:
		if command = commandOf(id, *r.Draft); command.Issuer != p.Issuer {
			command.Secret = new(string) // the old one is not the other issuer's, and a preview needs none
		}
	}
	if p == nil && (a.view().All() || a.view().GovernsIdentities("signin.manage")) {
		return nil, missing("provider", "provider", id)
	}
	made, err := a.Changes.PreviewMappings(a.r.Context(), a.caller.Organization, a.actor(), command, r.Groups, r.User)
	if err != nil {
		return nil, a.changeError(err, command)
	}
	found := client.Preview{Created: made.Created, Joined: orEmpty(made.Joined), Left: orEmpty(made.Left), Licenses: made.Licenses,
		Skipped: orEmpty(made.Skipped), Notes: orEmpty(made.Notes), Facts: a.facts(a.now)}
	if found.Licenses == nil {
		found.Licenses = map[string]string{}
	}
	found.Difference, err = made.Difference()
	return found, err
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

package change

import (
	"net/url"
	"reflect"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
	"bailiwick/internal/state"
)

const (
	providerPrefix = "idp_"
	secretPrefix   = "sec_"
	// google lets everybody with any account in, so that whoever may sign in with it has to be added first.
	google = "https://accounts.google.com"
	// manyMappings bounds what one provider maps.
	manyMappings = 1000
)

// onProvider carries out commands about identity providers and the accounts there.
func (j *judge) onProvider(c client.Command) error {
	switch c := c.(type) {
	case client.ProviderPut:
		_, err := j.putProvider(c)
		return err
	case client.ProviderRemove:
		return j.removeProvider(c)
	case client.IdentityLink:
		return j.linkIdentity(c)
	case client.IdentityUnlink:
		return j.unlinkIdentity(c)
	}
	return fault.New(fault.Invalid, "there is no command %T", c).In("do")
}

func (j *judge) putProvider(c client.ProviderPut) (*event.ProviderPut, error) {
	if err := j.identity("signin.manage", c.Do()); err != nil {
		return nil, err
	}
	next, err := j.provider(c)
	if err != nil {
		return nil, err
	}
	old := j.now().Provider(next.Provider)
	if old != nil && reflect.DeepEqual(old.ProviderPut, *next) {
		return next, nil // or a test that succeeded would have to be repeated
	}
	j.gainMappings(next)
	j.people = true
	j.made(c.Do(), next.Provider, 0)
	if err := j.emit(next); err != nil {
		return nil, err
	}
	if old == nil || next.Enabled && state.SameConnection(&old.ProviderPut, next) {
		return next, nil
	}
	return next, j.enforcedStays(next.Provider)
}

// provider reads what a command says of a provider and judges it, the mappings' lines apart.
func (j *judge) provider(c client.ProviderPut) (*event.ProviderPut, error) {
	next := &event.ProviderPut{Provider: c.Provider, Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, GroupsClaim: c.GroupsClaim,
		TrustEmail: c.TrustEmail, Create: c.Create, Enabled: c.Enabled}
	if err := name("name", c.Name); err != nil {
		return nil, err
	}
	if err := j.issuer(c.Issuer); err != nil {
		return nil, err
	}
	if c.ClientID == "" || len(c.ClientID) > maxName || strings.IndexFunc(c.ClientID, invisible) >= 0 {
		return nil, fault.New(fault.Invalid, "%q cannot be a client id", c.ClientID).In("client_id").Rather("write the one that the provider shows for this application")
	}
	if c.Create && c.Issuer == google {
		return nil, fault.New(fault.Invalid, "nobody is created at a first sign-in with Google: everybody has an account there").
			In("create").By("google").Rather("leave create off, and add users first")
	}
	if c.TrustEmail && c.Issuer == google {
		return nil, fault.New(fault.Invalid, "Google says itself which addresses it has verified").In("trust_email").By("google").Rather("leave it off")
	}
	for _, read := range []func(client.ProviderPut, *event.ProviderPut) error{j.besideOthers, j.secretOf, scopesOf, j.joinOf, j.teamsOf, j.licensesOf} {
		if err := read(c, next); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// issuer judges an issuer. One without TLS could be anybody.
func (j *judge) issuer(text string) error {
	u, err := url.Parse(text)
	bad := err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") || strings.IndexFunc(text, invisible) >= 0
	if !bad && (u.Scheme == "https" || u.Scheme == "http" && j.service.options.LoopbackIssuers && loopback.Is(u.Hostname())) {
		return nil
	}
	return fault.New(fault.Invalid, "%q cannot be an issuer", text).In("issuer").By("issuer").
		Rather("write the https address exactly as the provider's discovery document has it, without ? and #")
}

// besideOthers judges a provider beside the others and beside what it was before.
func (j *judge) besideOthers(c client.ProviderPut, next *event.ProviderPut) error {
	for _, other := range j.now().Providers() {
		switch {
		case other.Provider == c.Provider:
		case other.Name == c.Name:
			return fault.New(fault.Conflict, "there is a provider %q already", c.Name).In("name")
		case other.Issuer == c.Issuer && other.ClientID == c.ClientID:
			return fault.New(fault.Conflict, "the provider %q has this issuer and client id already", other.Name).In("client_id").Rather("change that one")
		}
	}
	if c.Provider == "" {
		next.Provider = newID(providerPrefix)
		return nil
	}
	old := j.now().Provider(c.Provider)
	if old == nil {
		return fault.New(fault.NotFound, "there is no provider %q", c.Provider).In("provider")
	}
	if old.Issuer != c.Issuer && j.someoneAt(c.Provider) {
		return fault.New(fault.Conflict, "people are bound to their accounts at %s", old.Issuer).In("issuer").By("issuer").
			Rather("add the other issuer as a provider of its own")
	}
	return nil
}

func (j *judge) someoneAt(provider string) bool {
	for id := range j.now().Users() {
		if slices.ContainsFunc(j.now().IdentitiesOf(id), func(i *state.Identity) bool { return i.Provider == provider }) {
			return true
		}
	}
	return false
}

// secretOf reads the id of the client secret. It names a secret that nobody else uses: what it names is sent to the issuer.
func (j *judge) secretOf(c client.ProviderPut, next *event.ProviderPut) error {
	old := j.now().Provider(c.Provider)
	if c.Secret == nil {
		if old == nil {
			return nil
		}
		if old.Secret != "" && old.Issuer != c.Issuer {
			return fault.New(fault.Invalid, "the client secret would be sent to another issuer").In("secret").By("issuer").Rather("give the secret that the new issuer knows")
		}
		next.Secret = old.Secret
		return nil
	}
	next.Secret = *c.Secret
	if next.Secret == "" || old != nil && old.Secret == next.Secret && old.Issuer == c.Issuer {
		return nil
	}
	taken := !strings.HasPrefix(next.Secret, secretPrefix)
	for _, other := range j.now().Providers() {
		taken = taken || other.Secret == next.Secret
	}
	for _, u := range j.now().Users() {
		taken = taken || u.Password == next.Secret
	}
	if taken {
		return fault.New(fault.Invalid, "%q is not the id of a secret that was kept for this", next.Secret).In("secret").By("secret").
			Rather("leave it out where the secret stays as it is")
	}
	return nil
}

func scopesOf(c client.ProviderPut, next *event.ProviderPut) error {
	for _, s := range c.Scopes {
		if s == "" || len(s) > maxName || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return fault.New(fault.Invalid, "%q is no scope", s).In("scopes").Rather("write words like email, profile, groups")
		}
		if s != "openid" && !slices.Contains(next.Scopes, s) {
			next.Scopes = append(next.Scopes, s)
		}
	}
	if len(next.Scopes) > manyMappings || len(c.GroupsClaim) > maxName || strings.IndexFunc(c.GroupsClaim, invisible) >= 0 {
		return fault.New(fault.Invalid, "the name of the claim, or the list of scopes, is too long").In("groups_claim")
	}
	return nil
}

func (j *judge) removeProvider(c client.ProviderRemove) error {
	if err := j.identity("signin.manage", c.Do()); err != nil {
		return err
	}
	if j.now().Provider(c.Provider) == nil {
		return fault.New(fault.NotFound, "there is no provider %q", c.Provider).In("provider")
	}
	j.people = true
	if err := j.emit(&event.ProviderRemoved{Provider: c.Provider}); err != nil {
		return err
	}
	return j.enforcedStays(c.Provider)
}

package change_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// A post is the mail of a world: what was given to it.
type post struct {
	mu      sync.Mutex
	letters []change.Letter
}

// take hands over what came since the last time.
func (p *post) take() []change.Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.letters
	p.letters = nil
	return all
}

// withWays gives a world links, and mail and streams where there are any.
func (w *world) withWays(mail bool, streams ...client.Ended) *post {
	w.t.Helper()
	p := &post{}
	mint := func(string) (string, string, string, error) {
		secret := rand.Text()
		return secret, "hash-of-" + secret, secret[22:], nil
	}
	o := change.Options{Mint: mint, MintLink: func() (string, string, error) {
		secret, hash, _, err := mint("link")
		return secret, hash, err
	}, Streams: func(string, string) []client.Ended { return streams }}
	if mail {
		o.Letters = func(organization string, letters []change.Letter) {
			if organization != acme {
				w.t.Errorf("letters of %q", organization)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.letters = append(p.letters, letters...)
		}
	}
	w.Close()
	w.Service = change.New(w.journal, w.engine, o)
	return p
}

// link opens a link and returns its hash.
func (w *world) link(actor change.Actor, email, purpose string) string {
	w.t.Helper()
	made := w.must(actor, client.LinkOpen{User: email, Purpose: purpose}).Results[0]
	if made.Secret == "" {
		w.t.Fatal("the link is not shown")
	}
	return "hash-of-" + made.Secret
}

// setPassword has somebody set a password with a link.
func (w *world) setPassword(email, hash string) error {
	id := "sec_" + strings.ToLower(rand.Text())
	if err := w.journal.PutSecret(context.Background(), acme, id, []byte("argon2id")); err != nil {
		w.t.Fatal(err)
	}
	_, err := w.SetPassword(context.Background(), acme, change.SetPassword{User: w.as(email).Subject.ID, Secret: id, LinkHash: hash})
	return err
}

// withPassword gives somebody a password.
func (w *world) withPassword(email string) {
	w.t.Helper()
	if err := w.setPassword(email, w.link(w.owner, email, change.LinkActivation)); err != nil {
		w.t.Fatal(err)
	}
}

// session opens a session as a door would, and returns its id.
func (w *world) session(email, method string) string {
	w.t.Helper()
	s := journal.Session{ID: "ses_" + strings.ToLower(rand.Text()), User: w.as(email).Subject.ID, Hash: rand.Text(), Method: method, Address: "192.0.2.7", Agent: "Firefox"}
	s.Given = w.now().Moment(w.engine.Now()).Add(time.Microsecond)
	s.Started, s.Seen, s.Until = s.Given, s.Given, s.Given.Add(24*time.Hour)
	if err := w.journal.PutSession(context.Background(), acme, s); err != nil {
		w.t.Fatal(err)
	}
	return s.ID
}

// signedIn tells whether the facts and the row let a session in, as a door judges it. Without the row it is asked whether the
// facts alone would have done.
func (w *world) signedIn(s journal.Session) bool {
	w.t.Helper()
	u := w.now().User(s.User)
	return u != nil && !u.Inactive && s.Started.After(u.EndedBefore) && !w.now().SessionEnded(s.ID) && w.engine.Now().Before(s.Until)
}

func (w *world) row(id string) (journal.Session, bool) {
	w.t.Helper()
	s, found, err := w.journal.SessionByID(context.Background(), acme, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s, found
}

// withProvider lets somebody sign in with an identity provider that was tried, and returns the provider's command.
func (w *world) withProvider(email string) client.ProviderPut {
	w.t.Helper()
	put := client.ProviderPut{Name: "Acme ID", Issuer: "https://id.acme.test", ClientID: "bailiwick", Enabled: true}
	put.Provider = w.must(w.owner, put).Results[0].ID
	if _, err := w.ProviderTested(context.Background(), acme, w.owner, put.Provider, ""); err != nil {
		w.t.Fatal(err)
	}
	w.must(w.owner, client.IdentityLink{User: email, Provider: put.Provider, Subject: "sub-" + email})
	return put
}

// noTokens revokes somebody's tokens.
func (w *world) noTokens(actor change.Actor, email string) {
	w.t.Helper()
	for t := range w.now().TokensOf(w.as(email).Subject) {
		if !t.Ended {
			w.must(actor, client.TokenRevoke{Token: t.Token})
		}
	}
}

// Closed by the guard: whatever takes the last administrator's last way in is refused, and each way counts while it is one.
func TestAttack016TheLastWayIn(t *testing.T) {
	set := func(name, value string) client.Command { return client.OrganizationSet{Name: name, Value: value} }
	ada := "ada@acme.test"
	identity := func(w *world) string { return w.now().IdentitiesOf(w.as(ada).Subject.ID)[0].Identity }
	tests := map[string]struct {
		prepare func(w *world)
		take    func(w *world) client.Command
	}{
		"token revoked":        {nil, func(w *world) client.Command { return client.TokenRevoke{Token: w.tokenOf(ada)} }},
		"person removed":       {nil, func(*world) client.Command { return client.UserRemove{User: ada} }},
		"person deactivated":   {nil, func(*world) client.Command { return client.UserDeactivate{User: ada} }},
		"password cleared":     {(*world).onlyPassword, func(*world) client.Command { return client.PasswordClear{User: ada} }},
		"local users off":      {(*world).passwordBesideProvider, func(*world) client.Command { return set(change.SettingLocalUsers, "off") }},
		"sign-on enforced":     {(*world).passwordBesideProvider, func(*world) client.Command { return set(change.SettingSignOn, "enforced") }},
		"activation withdrawn": {(*world).onlyLink, func(w *world) client.Command { return client.LinkEnd{Link: w.linkOf(ada)} }},
		"provider disabled": {(*world).onlyProvider, func(w *world) client.Command {
			p := *w.now().Providers()[0]
			return client.ProviderPut{Provider: p.Provider, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID}
		}},
		"provider removed":  {(*world).onlyProvider, func(w *world) client.Command { return client.ProviderRemove{Provider: w.now().Providers()[0].Provider} }},
		"identity unlinked": {(*world).onlyProvider, func(w *world) client.Command { return client.IdentityUnlink{Identity: identity(w)} }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(_ *testing.T, w *world) {
				w.withWays(false)
				w.company()
				if test.prepare != nil {
					test.prepare(w)
				}
				command := test.take(w)
				w.refused(w.owner, fault.Conflict, "last_administrator", command)
				// Another administrator who can sign in makes each of them an ordinary change.
				w.must(w.as(ada), grant("user:vi@acme.test", "organization_admin", "dagster"))
				w.canSignIn("vi@acme.test", "olga@acme.test")
				w.must(w.owner, command)
			})
		})
	}
}

func (w *world) tokenOf(email string) string {
	for t := range w.now().TokensOf(w.as(email).Subject) {
		if !t.Ended {
			return t.Token
		}
	}
	w.t.Fatalf("%s has no token", email)
	return ""
}

func (w *world) linkOf(email string) string {
	return w.now().LinksOf(w.as(email).Subject.ID)[0].Link
}

// onlyPassword leaves ada a password; the others leave her what they say.
func (w *world) onlyPassword() {
	w.withPassword("ada@acme.test")
	w.noTokens(w.owner, "ada@acme.test")
}

func (w *world) passwordBesideProvider() {
	w.withProvider("olga@acme.test")
	w.onlyPassword()
}

func (w *world) onlyLink() {
	w.link(w.owner, "ada@acme.test", change.LinkActivation)
	w.noTokens(w.owner, "ada@acme.test")
}

func (w *world) onlyProvider() {
	w.withProvider("ada@acme.test")
	w.noTokens(w.owner, "ada@acme.test")
}

// A way in that time ends is one until then; and what an operator opens for ten minutes is none.
func TestAWayInEndsWithItsTime(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		w.onlyLink()
		if _, err := w.BreakGlass(t.Context(), acme, "ada@acme.test", "root", "lost"); err != nil {
			t.Fatal(err)
		}
		w.must(w.owner, client.UserAdd{NewUser: client.NewUser{Email: "x@acme.test"}}) // ada counts by her link
		w.refused(w.owner, fault.Conflict, "last_administrator", client.LinkEnd{Link: linkFor(w, "ada@acme.test", change.LinkActivation)})
		// When the link's time is over, nobody administers the platform: that is no change's fault, and none is refused for it.
		w.ahead.Add(int64(change.ActivationLife))
		w.must(w.owner, client.LinkEnd{Link: linkFor(w, "ada@acme.test", change.LinkActivation)})
		if w.may("ada@acme.test", "users.view", "dagster") != true {
			t.Error("she is administrator all the same")
		}
	})
}

func linkFor(w *world, email, purpose string) string {
	for _, l := range w.now().LinksOf(w.as(email).Subject.ID) {
		if l.Purpose == purpose {
			return l.Link
		}
	}
	w.t.Fatalf("%s has no link for %s", email, purpose)
	return ""
}

package change_test

import (
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

func TestWhatAProviderMayBe(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		id := w.provider("kc", nil)
		good := client.ProviderPut{Name: "other", Issuer: "https://other.test", ClientID: "c"}
		for name, c := range map[string]struct {
			kind fault.Kind
			rule string
			with func(*client.ProviderPut)
		}{
			"no TLS":                  {fault.Invalid, "issuer", func(p *client.ProviderPut) { p.Issuer = "http://other.test" }},
			"no TLS on this machine":  {fault.Invalid, "issuer", func(p *client.ProviderPut) { p.Issuer = "http://127.0.0.1:9" }},
			"no host":                 {fault.Invalid, "issuer", func(p *client.ProviderPut) { p.Issuer = "https:other.test" }},
			"a query":                 {fault.Invalid, "issuer", func(p *client.ProviderPut) { p.Issuer += "?x=1" }},
			"a user":                  {fault.Invalid, "issuer", func(p *client.ProviderPut) { p.Issuer = "https://a@other.test" }},
			"a new line":              {fault.Invalid, "issuer", func(p *client.ProviderPut) { p.Issuer += "/\n" }},
			"no client":               {fault.Invalid, "", func(p *client.ProviderPut) { p.ClientID = "" }},
			"no name":                 {fault.Invalid, "name", func(p *client.ProviderPut) { p.Name = "" }},
			"a name that is taken":    {fault.Conflict, "", func(p *client.ProviderPut) { p.Name = "kc" }},
			"the same twice":          {fault.Conflict, "", func(p *client.ProviderPut) { p.Issuer, p.ClientID = keycloak, "kc" }},
			"two scopes in one":       {fault.Invalid, "", func(p *client.ProviderPut) { p.Scopes = []string{"email profile"} }},
			"a platform that is none": {fault.NotFound, "", func(p *client.ProviderPut) { p.Join = []string{"snowflake"} }},
			"the directory":           {fault.Invalid, "", func(p *client.ProviderPut) { p.Join = []string{"org"} }},
			"groups without a claim":  {fault.Invalid, "", func(p *client.ProviderPut) { p.Teams = []client.GroupTeam{{Group: "g", Team: "data"}} }},
			"one that is not there":   {fault.NotFound, "", func(p *client.ProviderPut) { p.Provider = "idp_x" }},
			"a secret in clear":       {fault.Invalid, "secret", func(p *client.ProviderPut) { p.Secret = ptr("hunter2") }},
		} {
			t.Run(name, func(t *testing.T) {
				put := good
				c.with(&put)
				inner := &world{t: t, engine: w.engine, Service: w.Service}
				inner.refused(w.owner, c.kind, c.rule, put)
			})
		}
		w.must(w.owner, good)
		if err := w.try(w.owner, client.ProviderRemove{Provider: "idp_x"}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		w.must(w.owner, client.ProviderRemove{Provider: id})
		w.sound()
		w.reopen()
		w.sound()
	})
}

// What a provider's secret names is sent to the provider: nobody has another secret sent, nor this one elsewhere.
func TestTheClientSecretGoesWhereItBelongs(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		put := client.ProviderPut{Name: "kc", Issuer: keycloak, ClientID: "kc", Secret: ptr("sec_one")}
		put.Provider = w.must(w.owner, put).Results[0].ID
		w.refused(w.owner, fault.Invalid, "secret", client.ProviderPut{Name: "evil", Issuer: "https://evil.test", ClientID: "c", Secret: ptr("sec_one")})
		put.Secret = nil
		put.Issuer = "https://evil.test"
		w.refused(w.owner, fault.Invalid, "issuer", put)
		put.Issuer, put.Scopes = keycloak, []string{"openid", "email"}
		w.must(w.owner, put)
		p := w.now().Provider(put.Provider)
		if p.Secret != "sec_one" || len(p.Scopes) != 1 {
			t.Errorf("%+v", p)
		}
		put.Secret = ptr("")
		w.must(w.owner, put)
		if w.now().Provider(put.Provider).Secret != "" {
			t.Error("a public client keeps a secret")
		}
		w.must(w.owner, client.IdentityLink{User: "ada@acme.test", Provider: put.Provider, Subject: "7"})
		put.Issuer = "https://other.test"
		w.refused(w.owner, fault.Conflict, "issuer", put)
	})
}

func TestSignOnIsEnforcedOnlyOnceItWorked(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		enforce, off := client.OrganizationSet{Name: "sign_on", Value: "enforced"}, client.OrganizationSet{Name: "local_users", Value: "off"}
		put := client.ProviderPut{Name: "kc", Issuer: keycloak, ClientID: "kc"}
		put.Provider = w.must(w.owner, put).Results[0].ID
		tested := func() {
			t.Helper()
			if _, err := w.ProviderTested(t.Context(), acme, w.owner, put.Provider, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.refused(w.as("vi@acme.test"), fault.Forbidden, "permission", enforce)
		tested()
		w.refused(w.owner, fault.Conflict, "tested", enforce) // it is not enabled
		put.Enabled, put.ClientID = true, "other"
		w.must(w.owner, put)
		w.refused(w.owner, fault.Conflict, "tested", enforce) // it was changed since
		w.refused(w.owner, fault.Conflict, "tested", off)
		tested()
		put.Name = "Keycloak"
		w.must(w.owner, put) // changes nothing about the connection
		w.must(w.owner, put) // says what is so already, and forgets no test
		w.must(w.owner, enforce, off)
		away := put
		away.Enabled = false
		w.refused(w.owner, fault.Conflict, "sign_on", away)
		w.refused(w.owner, fault.Conflict, "sign_on", client.ProviderRemove{Provider: put.Provider})
		away = put
		away.ClientID = "untried"
		w.refused(w.owner, fault.Conflict, "sign_on", away)
		w.must(w.owner, client.OrganizationSet{Name: "sign_on", Value: "optional"}, client.OrganizationSet{Name: "local_users", Value: "on"}, away)
		w.refused(w.owner, fault.Invalid, "", client.OrganizationSet{Name: "sign_on", Value: "perhaps"})
	})
}

// Closed by the guard: what takes the last way in from the last administrator is refused.
func TestAttack016TheLastAdministratorAndSignOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.dagster()
		ada := w.as("ada@acme.test")
		put := client.ProviderPut{Name: "kc", Issuer: keycloak, ClientID: "kc", Enabled: true}
		put.Provider = w.must(w.owner, put).Results[0].ID
		w.must(w.owner, client.IdentityLink{User: "ada@acme.test", Provider: put.Provider, Subject: "7"})
		off := put
		off.Enabled = false
		for _, c := range []client.Command{off, client.ProviderRemove{Provider: put.Provider}, client.IdentityUnlink{Identity: w.now().IdentitiesOf(ada.Subject.ID)[0].Identity}} {
			w.refused(w.owner, fault.Conflict, "last_administrator", c)
			if c.Do() == "identity.unlink" {
				w.refused(ada, fault.Conflict, "last_administrator", c)
			}
		}
		if _, err := w.ProviderTested(t.Context(), acme, w.owner, put.Provider, ada.Subject.ID); err != nil {
			t.Fatal(err)
		}
		w.must(w.owner, client.OrganizationSet{Name: "sign_on", Value: "enforced"})
		w.must(w.owner, client.OrganizationSet{Name: "sign_on", Value: "optional"})
		w.canSignIn("ada@acme.test")
		w.must(w.owner, client.ProviderRemove{Provider: put.Provider})
	})
}

func TestHowLongSessionsLast(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		set := func(name, value string) client.OrganizationSet {
			return client.OrganizationSet{Name: name, Value: value}
		}
		want := func(idle, absolute time.Duration) {
			t.Helper()
			if i, a := change.SessionTimes(w.now()); i != idle || a != absolute {
				t.Errorf("%v and %v, want %v and %v", i, a, idle, absolute)
			}
		}
		want(8*time.Hour, 24*time.Hour)
		for _, bad := range []string{"", "1s", "forever", "-8h", "10000h", "25h"} {
			w.refused(w.owner, fault.Invalid, map[bool]string{true: "session"}[bad == "25h"], set("session_idle", bad))
		}
		w.refused(w.owner, fault.Invalid, "session", set("session_absolute", "1h"))
		w.must(w.owner, set("session_idle", "15m"), set("session_absolute", "1h"))
		want(15*time.Minute, time.Hour)
		w.refused(w.owner, fault.Invalid, "", set("session_colour", "blue"))
	})
}

package feed_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

var start = time.Date(2027, time.January, 1, 12, 0, 0, 0, time.UTC)

var editions = map[string]string{"dagster": "dagster-plus", "dbt": "dbt-enterprise-2024", "airflow": "astro-2024"}

// A world is an organization to which random things happen.
type world struct {
	t      *testing.T
	random *rand.Rand
	st     *state.State
	made   int
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 1)), st: state.Empty("acme")} //nolint:gosec // a test that can be repeated
	events := []event.Event{&event.OrganizationCreated{Name: "acme"}}
	for slug, edition := range editions {
		hash, err := rolemodel.EditionHash(edition)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, &event.PlatformAttached{Slug: slug, Edition: edition, Hash: hash})
	}
	if !w.happen(events...) {
		t.Fatal("the world cannot begin")
	}
	for range 60 {
		w.step()
	}
	return w
}

// happen folds events, and answers false where they are not possible.
func (w *world) happen(events ...event.Event) bool {
	e := w.st.Edit()
	for _, ev := range events {
		if err := e.Fold(state.Row{Revision: w.st.Revision + 1, Epoch: 1, At: start.Add(time.Duration(w.st.Revision) * time.Second), Event: ev}); err != nil {
			return false
		}
	}
	next, err := e.State()
	if err != nil {
		return false
	}
	w.st = next
	return true
}

func (w *world) id(prefix string) string {
	w.made++
	return fmt.Sprintf("%s%026d", prefix, w.made)
}

// one picks one of a map's keys as a list has them; "" where there is none.
func (w *world) one(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return keys[w.random.IntN(len(keys))]
}

func keys[V any](all func(yield func(string, V) bool)) []string {
	var list []string
	for key := range all {
		list = append(list, key)
	}
	return list
}

func (w *world) users() []string    { return keys(w.st.Users()) }
func (w *world) services() []string { return keys(w.st.ServiceUsers()) }
func (w *world) teams() []string    { return keys(w.st.Teams()) }
func (w *world) slug() string       { return w.one([]string{"dagster", "dagster", "dbt", "airflow"}) }

// path is a resource of any platform, or a root.
func (w *world) path() string {
	slug := w.slug()
	return w.one(append(keys(w.st.Resources(slug)), slug))
}

func (w *world) holder() string {
	switch w.random.IntN(3) {
	case 0:
		return "user:" + w.one(w.users())
	case 1:
		return "service_user:" + w.one(w.services())
	}
	return "team:" + w.one(w.teams())
}

// grant is a grant that may be possible, at a scope that exists or a "*" scope.
func (w *world) grant() event.Grant {
	slug := w.slug()
	g := event.Grant{To: w.holder(), On: w.one(append(keys(w.st.Resources(slug)), slug))}
	m := w.st.Platform(slug).Model
	kind := m.KindOf(g.On)
	for _, k := range m.Kinds { // sometimes everything of a kind beneath
		if k.StarOf != "" && slices.Contains(k.Under, kind) && w.random.IntN(3) == 0 {
			prefix := ""
			if of := m.Kind(k.StarOf); of.Prefix != "" {
				prefix = of.Prefix + ":"
			}
			g.On, kind = g.On+"/"+prefix+"*", k.Name
		}
	}
	var roles []string
	for _, r := range m.Roles {
		if slices.Contains(r.At, kind) {
			roles = append(roles, r.Name)
		}
	}
	for _, r := range w.st.Roles(slug) {
		if slices.Contains(r.At, kind) {
			roles = append(roles, r.Name)
		}
	}
	g.Role = w.one(roles)
	if w.random.IntN(4) == 0 {
		g.From = event.Micros(start.Add(time.Duration(w.random.IntN(100)) * time.Hour))
	}
	if w.random.IntN(4) == 0 {
		g.Until = event.Micros(start.Add(time.Duration(100+w.random.IntN(100)) * time.Hour))
	}
	if slug == "dbt" && w.random.IntN(2) == 0 {
		g.Environments = []string{"all"}
	}
	return g
}

// held is a grant that somebody has.
func (w *world) held() event.Grant {
	var all []*state.Grant
	for _, g := range w.st.Grants() {
		all = append(all, g)
	}
	if len(all) == 0 {
		return event.Grant{}
	}
	g := all[w.random.IntN(len(all))]
	to := event.Grant{To: g.To.String(), Role: g.Role, On: g.On, Environments: g.Environments}
	if !g.From.IsZero() {
		to.From = event.Micros(g.From)
	}
	if !g.Until.IsZero() {
		to.Until = event.Micros(g.Until)
	}
	return to
}

// resource is a new resource's path beneath one that exists.
func (w *world) resource() string {
	above := w.path()
	m := w.st.Platform(access.SlugOf(above)).Model
	var prefixes []string
	for _, k := range m.Kinds {
		if k.StarOf == "" && slices.Contains(k.Under, m.KindOf(above)) {
			prefixes = append(prefixes, k.Prefix+strings.Repeat(":", min(1, len(k.Prefix))))
		}
	}
	if len(prefixes) == 0 {
		return ""
	}
	w.made++
	return fmt.Sprintf("%s/%sr%d", above, w.one(prefixes), w.made)
}

func (w *world) category(path string) string {
	p := w.st.Platform(access.SlugOf(path))
	if p == nil {
		return ""
	}
	if k := p.Model.Kind(p.Model.KindOf(path)); k != nil {
		return w.one(k.Categories)
	}
	return ""
}

// step has something happen, perhaps several things at once, as a change has several events.
func (w *world) step() {
	var events []event.Event
	for range 1 + w.random.IntN(3) {
		events = append(events, w.event())
	}
	if !w.happen(events...) {
		w.happen(events[0])
	}
}

func (w *world) event() event.Event {
	user, team, service, slug := w.one(w.users()), w.one(w.teams()), w.one(w.services()), w.slug()
	number := int32(w.made + 1) //nolint:gosec // small
	possible := []func() event.Event{
		func() event.Event {
			id := w.id(state.UserPrefix)
			return &event.UserAdded{User: id, Number: number, Profile: event.Profile{Email: "person" + id[len(id)-4:] + "@acme.test", Name: "Person Secretname"}}
		},
		func() event.Event {
			id := w.id(state.ServiceUserPrefix)
			return &event.ServiceUserCreated{ServiceUser: id, Number: number, Name: "robot" + id[len(id)-4:], Description: "told to nobody"}
		},
		func() event.Event {
			id := w.id(state.TeamPrefix)
			return &event.TeamCreated{Team: id, Number: number, Name: "crew" + id[len(id)-4:], Members: some(user)}
		},
		func() event.Event { return &event.MemberAdded{User: user, Platform: slug} },
		func() event.Event { return &event.MemberRemoved{User: user, Platform: slug} },
		func() event.Event { return &event.UserDeactivated{User: user} },
		func() event.Event { return &event.UserReactivated{User: user} },
		func() event.Event {
			return &event.LicenseSet{User: user, Platform: "dbt", License: w.one([]string{"developer", "it", "read_only", ""})}
		},
		func() event.Event { return &event.TeamJoined{Team: team, Members: some(user)} },
		func() event.Event { return &event.TeamLeft{Team: team, Members: some(user)} },
		func() event.Event { return &event.TeamRenamed{Team: team, Name: "crew" + w.id("")} },
		func() event.Event { return &event.ResourceChanged{Path: w.path(), Category: w.category(w.path())} },
		func() event.Event {
			path := w.path()
			return &event.ResourceRenamed{Path: path, To: w.resource()}
		},
		func() event.Event {
			return &event.RolePut{Platform: "dagster", ID: w.id(state.RolePrefix), Name: w.one([]string{"deployer", "watcher"}), At: "deployment", BasedOn: "viewer",
				Permissions: []string{w.one([]string{"code_locations.reload", "runs.launch"})}, Description: "of the house"}
		},
		func() event.Event { return &event.RoleRenamed{Platform: "dagster", Name: "deployer", To: "releaser"} },
		func() event.Event {
			p := event.PlatformChanged(w.st.Platform("dagster").PlatformAttached)
			p.Settings = map[string]string{"branch_scope": w.one([]string{"everywhere", "parent_access"})}
			return &p
		},
		func() event.Event { return &event.SessionEnded{Session: w.id("ses_"), User: user, Until: 9e15} },
		func() event.Event { return &event.SessionsEnded{User: user} },
		func() event.Event {
			id := w.id(state.TokenPrefix)
			if w.random.IntN(2) == 0 {
				return &event.TokenIssued{Token: id, Number: number, Kind: "svc", Subject: "service_user:" + service, Hash: "hash-" + id, Scopes: w.narrow()}
			}
			return &event.TokenIssued{Token: id, Number: number, Kind: "user", Subject: "user:" + user, Hash: "hash-" + id, Description: "my laptop"}
		},
		func() event.Event { return &event.TokenRevoked{Token: w.one(keys(w.st.Tokens()))} },
		func() event.Event { return &event.UserRemoved{User: user} },
		func() event.Event { return &event.ServiceUserDeleted{ServiceUser: service} },
		func() event.Event { return &event.TeamDeleted{Team: team} },
		func() event.Event { return &event.ResourceDeleted{Path: w.path()} },
	}
	switch w.random.IntN(5) {
	case 0:
		path := w.resource()
		return &event.ResourceCreated{Path: path, Number: number, Category: w.category(path)}
	case 1:
		return &event.GrantAdded{Grant: w.grant(), Number: number}
	case 2:
		if w.random.IntN(2) == 0 {
			return &event.GrantRemoved{Grant: w.held()}
		}
		return &event.GrantAdded{Grant: w.grant(), Number: number}
	}
	return possible[w.random.IntN(len(possible))]()
}

func (w *world) narrow() []string {
	if w.random.IntN(2) == 0 {
		return nil
	}
	return some(w.path())
}

func some(text string) []string { return []string{text} }

// sent is a line as it comes out at the other end.
func sent(t *testing.T, line *client.GateFeed) (*client.GateFeed, string) {
	t.Helper()
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	var read client.GateFeed
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return &read, string(text)
}

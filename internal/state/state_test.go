package state

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/rolemodel"
)

func id(prefix string, n int) string { return prefix + letters(n) }

// letters writes a number as the 26 letters of an id.
func letters(n int) string {
	b := []byte(strings.Repeat("a", 26))
	for i := 25; n > 0; i, n = i-1, n/26 {
		b[i] = byte('a' + n%26)
	}
	return string(b)
}

// folded folds events into a state, one row each.
func folded(t *testing.T, events ...event.Event) *State {
	t.Helper()
	e := Load("acme")
	for i, ev := range events {
		if err := e.Fold(Row{Revision: int64(i + 1), Epoch: 1, At: time.UnixMicro(int64(1_000_000 * (i + 1))).UTC(), Event: ev}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := e.State()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func everything(t *testing.T) []event.Event {
	t.Helper()
	hash, err := rolemodel.EditionHash("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	ana, bo, ci, team, agent := id(UserPrefix, 1), id(UserPrefix, 2), id(ServiceUserPrefix, 1), id(TeamPrefix, 1), id(AgentPrefix, 1)
	return []event.Event{
		&event.OrganizationCreated{Name: "acme"},
		&event.PlatformAttached{Slug: "dagster", Edition: "dagster-plus", Hash: hash, Seats: 9},
		&event.ResourceCreated{Path: "dagster/prod", Number: 1},
		&event.ResourceCreated{Path: "dagster/prod/etl", Number: 2},
		&event.RolePut{Platform: "dagster", ID: "rol_1", Icon: "rocket", Name: "deployer", At: "deployment", BasedOn: "viewer", Permissions: []string{"code_locations.reload"}},
		&event.UserAdded{User: ana, Number: 3, Profile: event.Profile{Email: "ana@acme.test", Name: "Ana Ames"}},
		&event.UserAdded{User: bo, Number: 4, Profile: event.Profile{Email: "bo@acme.test", Name: "bo"}},
		&event.MemberAdded{User: bo, Platform: "dagster"},
		&event.SignedIn{User: bo, Platform: "dagster"},
		&event.UserDeactivated{User: bo},
		&event.ServiceUserCreated{ServiceUser: ci, Number: 5, Name: "ci", Description: "deploys"},
		&event.AgentCreated{Agent: agent, Description: "in the cluster"},
		&event.TeamCreated{Team: team, Number: 6, Name: "engineers", Members: []string{ana}},
		&event.GrantAdded{Grant: event.Grant{To: "team:" + team, Role: "editor", On: "dagster/prod"}, Number: 7},
		&event.GrantAdded{Grant: event.Grant{To: "service_user:" + ci, Role: "deployer", On: "dagster/prod", Until: 9e15}, Number: 8},
		&event.TokenIssued{Token: id(TokenPrefix, 1), Number: 9, Kind: "user", Subject: "user:" + ana, Hash: "h1", Last: "abcd"},
		&event.TokenIssued{Token: id(TokenPrefix, 2), Number: 10, Kind: "svc", Subject: "service_user:" + ci, Hash: "h2", Last: "efgh"},
		&event.TokenRevoked{Token: id(TokenPrefix, 2), By: "user:" + ana},
		&event.TokenDescribed{Token: id(TokenPrefix, 2), Description: "deploys at night"},
		&event.RoleRenamed{Platform: "dagster", Name: "deployer", To: "releaser"},
		&event.ResourceDocumentSet{Path: "dagster", Name: "settings", Document: "{}"},
		&event.ResourceDocumentSet{Path: "dagster/prod", Name: "settings", Document: `{"a":1}`},
		&event.ResourceDocumentSet{Path: "dagster/prod", Name: "agent", Document: "1"},
		&event.ResourceDocumentSet{Path: "dagster/prod", Name: "agent"},
		&event.ResourceChanged{Path: "dagster/prod", Settings: map[string]string{"sso_default_role": "viewer"}},
		&event.SettingChanged{Name: "provisioning", Value: "on"},
		&event.TestsSet{Tests: []event.Test{{Who: "user:" + ana, Permission: "runs.launch", On: "dagster/prod", Can: true}}},
		&event.SetupUsed{},
		&event.TeamRenamed{Team: team, Name: "data"},
		&event.TeamJoined{Team: team, Members: []string{bo}},
		&event.TeamLeft{Team: team, Members: []string{bo}},
		&event.UserAdded{User: id(UserPrefix, 3), Number: 11, Profile: event.Profile{Email: "gone@acme.test"}},
		&event.PasswordSet{User: ana, Secret: "sec_1"},
		&event.PasswordSet{User: id(UserPrefix, 3), Secret: "sec_2"},
		&event.LinkOpened{Link: "lnk_1", User: ana, Purpose: "reset", Hash: "l1", Until: 9e15},
		&event.LinkOpened{Link: "lnk_2", User: ana, Purpose: "reset", Hash: "l2", Until: 9e15},
		&event.LinkUsed{Link: "lnk_2"},
		&event.LinkOpened{Link: "lnk_3", User: id(UserPrefix, 3), Purpose: "activation", Hash: "l3", Until: 9e15},
		&event.ProviderPut{Provider: "idp_1", Name: "Company", Issuer: "https://id.acme.test", ClientID: "bailiwick", Secret: "sec_3", Enabled: true,
			Create: true, Join: []string{"dagster"}, Teams: []event.GroupTeam{{Group: "eng", Team: team}}},
		&event.ProviderTested{Provider: "idp_1", User: ana},
		&event.IdentityLinked{Identity: "idn_1", User: ana, Provider: "idp_1", Account: event.Account{Issuer: "https://id.acme.test", Subject: "1", Email: "ana@acme.test"}},
		&event.IdentityLinked{Identity: "idn_2", User: id(UserPrefix, 3), Provider: "idp_1", Account: event.Account{Issuer: "https://id.acme.test", Subject: "3"}},
		&event.SessionsEnded{User: ana},
		&event.SessionEnded{Session: "ses_1", User: ana, Until: 9e15},
		&event.BreakGlassOpened{Link: "lnk_4", User: ana, Until: 9e15, Emergency: event.Emergency{Operator: "root", Reason: "the provider is down"}},
		&event.TokenIssued{Token: id(TokenPrefix, 3), Number: 12, Kind: "user", Subject: "user:" + ana, Hash: "h3", Last: "ijkl", By: "user:" + ana, Replaces: id(TokenPrefix, 1)},
		&event.TokenShortened{Token: id(TokenPrefix, 1), Expires: 8e15},
		&event.TokenSuspended{Token: id(TokenPrefix, 3)},
		&event.UserRemoved{User: id(UserPrefix, 3)},
	}
}

// rows lists what a state would be made of.
func rows(t *testing.T, s *State) []Row {
	t.Helper()
	var all []Row
	if err := s.Dump(func(r Row) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestASnapshotIsTheStateAgain(t *testing.T) {
	s := folded(t, everything(t)...)
	body, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Unmarshal("acme", s.Revision, s.Epoch, body)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(rows(t, s), rows(t, again)) {
		t.Error("the snapshot's state is made of other events")
	}
	for _, n := range []int{1, 2, 3} {
		if was, is := s.Token(id(TokenPrefix, n)), again.Token(id(TokenPrefix, n)); !reflect.DeepEqual(was, is) {
			t.Errorf("the token was %+v and is %+v", was, is)
		}
	}
	if ended := again.Token(id(TokenPrefix, 2)); ended.EndedAt.IsZero() || ended.EndedAt.Equal(s.At) || ended.EndedBy != "user:"+id(UserPrefix, 1) || ended.Description != "deploys at night" {
		t.Errorf("the revoked token is %+v", ended)
	}
	if p, r := again.Platform("dagster"), again.Resource("dagster/prod"); len(p.Documents) != 1 || p.Documents["settings"] != "{}" || len(r.Documents) != 1 || r.Documents["settings"] != `{"a":1}` {
		t.Errorf("the documents are %v and %v", p.Documents, r.Documents)
	}
	if r := again.Role("dagster", "rol_1"); r == nil || r.Icon != "rocket" || r.Name != "releaser" || !reflect.DeepEqual(again.Roles("dagster"), s.Roles("dagster")) {
		t.Errorf("the custom role is %+v", r)
	}
	if diff := access.Compare(s.Access, again.Access, s.At); len(diff) > 0 {
		t.Errorf("the snapshot decides otherwise: %v", diff)
	}
	if again.LastNumber() != 12 || again.SignIns("dagster") != 1 || again.Revision != s.Revision {
		t.Errorf("counters: last number %d, sign-ins %d, revision %d", again.LastNumber(), again.SignIns("dagster"), again.Revision)
	}
	for n := range body {
		if _, err := Unmarshal("acme", s.Revision, s.Epoch, body[:n]); err == nil && n > 0 && !wholeRows(body, n) {
			t.Fatalf("a snapshot that was cut off at byte %d was read", n)
		}
	}
}

// wholeRows tells whether a body that is cut there ends between two rows.
func wholeRows(body []byte, n int) bool {
	r := snapshotReader{rest: body}
	for len(r.rest) > len(body)-n {
		r.field()
		r.number()
		r.number()
		r.field()
		r.field()
	}
	return len(r.rest) == len(body)-n
}

func TestOneByOneAndAtOnceAreTheSame(t *testing.T) {
	events := everything(t)
	whole, single := folded(t, events...), Empty("acme")
	for i, ev := range events {
		before := rows(t, single)
		e := single.Edit()
		if err := e.Fold(Row{Revision: int64(i + 1), Epoch: 1, At: time.UnixMicro(int64(1_000_000 * (i + 1))).UTC(), Event: ev}); err != nil {
			t.Fatal(err)
		}
		next, err := e.State()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before, rows(t, single)) {
			t.Fatalf("%s changed the state before it", ev.Type())
		}
		single = next
	}
	if !reflect.DeepEqual(rows(t, whole), rows(t, single)) || len(access.Compare(whole.Access, single.Access, whole.At)) > 0 {
		t.Error("folding one by one leads elsewhere")
	}
}

func TestIdsBecomeNames(t *testing.T) {
	s := folded(t, everything(t)...)
	text := "user:" + id(UserPrefix, 1) + " through team:" + id(TeamPrefix, 1) + ", not " + id(UserPrefix, 9)
	if got, want := s.Readable(text), "user:ana@acme.test through team:data, not "+id(UserPrefix, 9); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	x := s.Explain(access.Question{Subject: access.Subject{Kind: access.User, ID: id(UserPrefix, 1)}, Permission: "runs.launch", Resource: "dagster/prod/etl", At: s.At})
	if !x.Decision.Allowed || x.Reasons[0].Via != "team:data" {
		t.Errorf("the explanation is %+v", x)
	}
}

func TestAHundredThousandUsersAreSearchedAndPaged(t *testing.T) {
	e := Load("acme")
	const n = 100_000
	for i := range n {
		ev := &event.UserAdded{User: id(UserPrefix, i), Number: int32(i + 1), Profile: event.Profile{Email: fmt.Sprintf("u%06d@acme.test", i), Name: fmt.Sprintf("Größe %d", n-i)}}
		if err := e.Fold(Row{Revision: int64(i + 1), Event: ev}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := e.State()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	page := s.ListUsers(UserQuery{Text: "GRÖSSE 777", Limit: 10})
	took := time.Since(began)
	if page.Total != 111 || len(page.Users) != 10 {
		t.Fatalf("found %d, %d on the page", page.Total, len(page.Users))
	}
	if took > 500*time.Millisecond {
		t.Errorf("a search took %s", took)
	}
	seen, shown := map[string]bool{}, 0
	for after := ""; ; {
		p := s.ListUsers(UserQuery{Text: "größe 777", Limit: 10, After: after})
		shown += len(p.Users)
		for _, u := range p.Users {
			seen[u.ID] = true
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if len(seen) != 111 || shown != 111 {
		t.Errorf("the pages show %d, and hold %d of 111", shown, len(seen))
	}
	by := s.ListUsers(UserQuery{Sort: "email", Limit: 3})
	if !slices.IsSortedFunc(by.Users, func(a, b *User) int { return strings.Compare(a.Email, b.Email) }) || by.Users[0].Email != "u000000@acme.test" {
		t.Errorf("by e-mail: %v", by.Users)
	}
}

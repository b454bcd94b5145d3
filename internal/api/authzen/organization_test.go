package authzen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
	"bailiwick/internal/signin"
	"bailiwick/rolemodel"
)

// A house is a door in front of a real journal with organizations from access files.
type house struct {
	t       testing.TB
	journal *journal.Journal
	engine  *decide.Engine
	door    *Door
	mux     *http.ServeMux
	tokens  map[string]string // "acme/harness" → token
	ids     map[string]string // "user:ana@acme.test" → opaque id
	changes int
}

const external = "https://pdp.example.test"

func newHouse(t testing.TB, files ...string) *house {
	t.Helper()
	j, err := journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, journal: j, mux: http.NewServeMux(), tokens: map[string]string{}, ids: map[string]string{}}
	t.Cleanup(func() { _ = j.Close() })
	for _, name := range files {
		h.found(name)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if h.engine, err = decide.Open(t.Context(), j, decide.Options{Staleness: -1, Logger: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.engine.Close)
	h.door, err = New(Config{External: external, Engine: h.engine, Reader: signin.NewReader(h.engine, j, log), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	for path, handler := range h.door.Handlers() {
		h.mux.Handle(path, handler)
	}
	return h
}

// append writes events and makes the engine know them.
func (h *house) append(organization string, events ...event.Event) {
	h.t.Helper()
	head, err := h.journal.Head(h.t.Context(), organization)
	if err != nil {
		h.t.Fatal(err)
	}
	h.changes++
	c := journal.Change{Organization: organization, ID: fmt.Sprint("change-", h.changes), Actor: "rule:test", At: time.Now(), Epoch: head.Epoch}
	for _, e := range events {
		x, err := event.Encode(e)
		if err != nil {
			h.t.Fatal(err)
		}
		c.Entries = append(c.Entries, journal.Entry(x))
	}
	if _, err := h.journal.Append(h.t.Context(), organization, head.Revision, c); err != nil {
		h.t.Fatal(err)
	}
	if h.engine != nil {
		if err := h.engine.CatchUp(h.t.Context(), organization); err != nil {
			h.t.Fatal(err)
		}
	}
}

// found writes an access file as an organization's first events, with a token for each service user.
func (h *house) found(file string) {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		h.t.Fatal(err)
	}
	open := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join("testdata", name)) }
	f, err := accessfile.Read(file, text, open)
	if err != nil {
		h.t.Fatal(err)
	}
	org := f.Organization
	events := []event.Event{&event.OrganizationCreated{Name: org.Name}}
	for i := range org.Platforms {
		events = append(events, h.attach(&org.Platforms[i], f.Platforms[org.Platforms[i].Slug])...)
	}
	for _, u := range org.Users {
		id := h.id(access.Holder{Kind: access.User, ID: u.ID})
		events = append(events, &event.UserAdded{User: id, Number: int32(len(h.ids)), Profile: event.Profile{Email: u.ID}})
		if u.Inactive {
			events = append(events, &event.UserDeactivated{User: id})
		}
	}
	for _, name := range org.ServiceUsers {
		who := access.Holder{Kind: access.ServiceUser, ID: name}
		events = append(events, &event.ServiceUserCreated{ServiceUser: h.id(who), Number: int32(len(h.ids)), Name: name})
		issued, text := h.token(signin.ServiceUserToken, access.Holder{Kind: who.Kind, ID: h.id(who)})
		h.tokens[org.Name+"/"+name] = text
		events = append(events, issued)
	}
	for _, team := range org.Teams {
		members := make([]string, len(team.Members))
		for i, m := range team.Members {
			members[i] = h.id(access.Holder{Kind: access.User, ID: m})
		}
		events = append(events, &event.TeamCreated{Team: h.id(access.Holder{Kind: access.Team, ID: team.Name}), Number: int32(len(h.ids)), Name: team.Name, Members: members})
	}
	for i, g := range org.Grants {
		g.To.ID = h.id(g.To)
		events = append(events, &event.GrantAdded{Grant: event.GrantOf(g), Number: int32(1000 + i)})
	}
	h.append(org.Name, events...)
}

func (h *house) attach(p *access.Platform, said accessfile.Attachment) []event.Event {
	attached := &event.PlatformAttached{Slug: p.Slug, Edition: p.Model.Edition, Authzen: said.AuthZEN, Settings: p.Settings}
	var events []event.Event
	if strings.HasSuffix(said.Model, ".yaml") {
		text, err := os.ReadFile(filepath.Join("testdata", said.Model))
		if err != nil {
			h.t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		attached.Hash = hex.EncodeToString(sum[:])
		events = append(events, &event.EditionStored{Name: p.Model.Edition, Hash: attached.Hash, Text: string(text)})
	} else {
		var err error
		if attached.Hash, err = rolemodel.EditionHash(p.Model.Edition); err != nil {
			h.t.Fatal(err)
		}
	}
	events = append(events, attached)
	for i, r := range p.Resources {
		events = append(events, &event.ResourceCreated{Path: r.Path, Number: int32(100 + i), Category: r.Category, Settings: r.Settings})
	}
	return events
}

// token makes a credential that no other test has.
func (h *house) token(kind signin.Kind, whose access.Subject) (*event.TokenIssued, string) {
	secret, hash, last, err := signin.Mint(kind)
	if err != nil {
		h.t.Fatal(err)
	}
	return &event.TokenIssued{Token: "tok_" + strings.ToLower(hash[:8]), Kind: string(kind), Subject: whose.String(), Hash: hash, Last: last}, secret.Reveal()
}

// id makes up an opaque id for a name, always the same.
func (h *house) id(who access.Holder) string {
	prefix := map[access.HolderKind]string{access.User: "usr_", access.ServiceUser: "svc_", access.Team: "team_", access.Agent: "agt_"}[who.Kind]
	if h.ids[who.String()] == "" {
		n := len(h.ids)
		h.ids[who.String()] = prefix + strings.Repeat("a", 23) + string([]byte{'a' + byte(n/400), 'a' + byte(n/20%20), 'a' + byte(n%20)})
	}
	return h.ids[who.String()]
}

// A call is one request; the zero values are those of a good one.
type call struct {
	path, body string
	token      string
	method     string
	header     http.Header
}

// do sends a request through the real handler.
func (h *house) do(c call) *httptest.ResponseRecorder {
	h.t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(h.t.Context(), c.method, "http://attacker.test"+c.path, strings.NewReader(c.body))
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	return w
}

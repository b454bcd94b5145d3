package scenario_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
	"bailiwick/internal/scenario"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// A house is the corpus on a real journal: one organization for each access file, made by the change service as a server
// would make it.
type house struct {
	t       *testing.T
	address string
	clock   atomic.Pointer[time.Time] // of the engine: the moment that is asked about
	journal *journal.Journal
	engine  *decide.Engine
	of      map[*accessfile.File]*organization
}

// An organization is what a file became.
type organization struct {
	name   string
	agents map[string]string // word of the corpus → opaque id
	token  string            // of a service user that may ask for decisions
}

// began is when the facts were written: before every moment that the corpus asks about.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newHouse writes every organization of the corpus into a database.
func newHouse(t *testing.T, address string, all []scenario.Scenario) *house {
	t.Helper()
	h := &house{t: t, address: address, of: map[*accessfile.File]*organization{}}
	h.at(began)
	h.open()
	t.Cleanup(h.close)
	changes := change.New(h.journal, h.engine, change.Options{Mint: func(kind string) (string, string, string, error) {
		secret, hash, last, err := signin.Mint(signin.Kind(kind))
		return secret.Reveal(), hash, last, err
	}})
	for _, s := range all {
		if h.of[s.File] != nil {
			continue
		}
		made, err := h.settle(changes, fmt.Sprintf("%s-%d", s.Topic, len(h.of)), s.File)
		if err != nil {
			t.Fatalf("%s: the organization cannot be made: %v", s.Place, err)
		}
		h.of[s.File] = made
	}
	changes.Close()
	return h
}

func (h *house) at(moment time.Time) { h.clock.Store(&moment) }

func (h *house) open() {
	h.t.Helper()
	now := func() time.Time { return *h.clock.Load() }
	var err error
	if h.journal, err = journal.Open(h.t.Context(), h.address, journal.Options{Now: now}); err != nil {
		h.t.Fatal(err)
	}
	// The clock jumps between the corpus's moments, and nobody else writes: age means nothing here.
	if h.engine, err = decide.Open(h.t.Context(), h.journal, decide.Options{Clock: now, Staleness: -1}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) close() {
	h.engine.Close()
	if err := h.journal.Close(); err != nil {
		h.t.Error(err)
	}
}

// replayed starts again from the rows alone.
func (h *house) replayed() {
	h.t.Helper()
	for _, o := range h.of {
		if err := h.journal.DeleteSnapshots(h.t.Context(), o.name, 0); err != nil {
			h.t.Fatal(err)
		}
	}
	h.close()
	h.open()
}

// fromSnapshots starts again from a snapshot of each organization.
func (h *house) fromSnapshots() {
	h.t.Helper()
	for _, o := range h.of {
		h.save(h.state(o))
	}
	h.close()
	h.open()
}

// save writes a snapshot, also of a state so small that the engine would not.
func (h *house) save(st *state.State) {
	h.t.Helper()
	body, err := st.Marshal()
	if err != nil {
		h.t.Fatal(err)
	}
	s := journal.Snapshot{Revision: st.Revision, Format: state.SnapshotFormat, Body: body}
	if err := h.journal.Read(h.t.Context(), st.Organization, st.Revision-1, st.Revision, func(r *journal.Record) error {
		s.Hash = r.Hash
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	if err := h.journal.SaveSnapshot(h.t.Context(), st.Organization, s); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) state(o *organization) *state.State {
	h.t.Helper()
	st, err := h.engine.Current(o.name)
	if err != nil {
		h.t.Fatal(err)
	}
	return st
}

// settle makes an organization of a file: its first owner applies it, and a service user that asks for decisions is added.
func (h *house) settle(changes *change.Service, name string, file *accessfile.File) (*organization, error) {
	ctx := h.t.Context()
	made, err := changes.Create(ctx, change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: name, Name: "First Owner", Email: "first@owner.test"})
	if err != nil {
		return nil, err
	}
	owner := change.Actor{Subject: access.Subject{Kind: access.User, ID: made.Results[0].ID}, Via: "test"}
	plain, agents := withoutAgents(file, name)
	if _, err := changes.Apply(ctx, name, owner, change.How{}, change.PlanRequest{File: plain, Texts: texts(h.t, file)}); err != nil {
		return nil, err
	}
	harness, err := changes.Do(ctx, name, owner, change.How{}, client.ServiceUserCreate{ServiceUser: "corpus harness"},
		client.GrantAdd{Grant: client.Grant{To: "service_user:corpus harness", Role: "decision_client", On: "org"}},
		client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:corpus harness"}})
	if err != nil {
		return nil, fmt.Errorf("the harness: %w", err)
	}
	o := &organization{name: name, agents: map[string]string{}, token: harness.Results[2].Secret}
	return o, h.agents(ctx, changes, o, file, agents)
}

// withoutAgents is a file as it can be written, under another organization's name; the corpus gives it agents besides.
func withoutAgents(file *accessfile.File, name string) (*accessfile.File, []access.Grant) {
	plain := *file
	plain.Organization.Name = name
	plain.Organization.Agents, plain.Organization.Grants, plain.Places.Grants = nil, nil, nil
	var agents []access.Grant
	for i, g := range file.Organization.Grants {
		if g.To.Kind == access.Agent {
			agents = append(agents, g)
			continue
		}
		plain.Organization.Grants = append(plain.Organization.Grants, g)
		plain.Places.Grants = append(plain.Places.Grants, file.Places.Grants[i])
	}
	return &plain, agents
}

// agents makes the agents, whose ids are the server's to choose. The file's own administrator of the platform does it.
func (h *house) agents(ctx context.Context, changes *change.Service, o *organization, file *accessfile.File, grants []access.Grant) error {
	if len(file.Organization.Agents) == 0 {
		return nil
	}
	actor, err := h.administrator(o, file)
	if err != nil {
		return err
	}
	for _, agent := range file.Organization.Agents {
		made, err := changes.Do(ctx, o.name, actor, change.How{}, client.AgentCreate{Description: agent})
		if err != nil {
			return fmt.Errorf("agent %s: %w", agent, err)
		}
		o.agents[agent] = made.Results[0].ID
	}
	for _, g := range grants {
		command := client.GrantAdd{Grant: client.Grant{To: "agent:" + o.agents[g.To.ID], Role: g.Role, On: g.On}}
		if _, err := changes.Do(ctx, o.name, actor, change.How{}, command); err != nil {
			return fmt.Errorf("grant to agent %s: %w", g.To.ID, err)
		}
	}
	return nil
}

// administrator is a person of the file who administers the only platform that has agents.
func (h *house) administrator(o *organization, file *accessfile.File) (change.Actor, error) {
	for _, g := range file.Organization.Grants {
		if g.On != "dagster" || g.To.Kind != access.User || g.Role != "organization_admin" {
			continue
		}
		if subject, found := h.state(o).SubjectByName(access.User, g.To.ID); found {
			return change.Actor{Subject: subject, Via: "test"}, nil
		}
	}
	return change.Actor{}, errors.New("the file has agents and nobody who may make them: give a user organization_admin on dagster")
}

// texts reads the operators' own editions that a file names.
func texts(t *testing.T, file *accessfile.File) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, p := range file.Platforms {
		if strings.HasSuffix(p.Model, ".yaml") {
			text, err := os.ReadFile(filepath.Join("../../scenarios", p.Model))
			if err != nil {
				t.Fatal(err)
			}
			found[p.Model] = string(text)
		}
	}
	return found
}

// stored is a question about opaque ids. Whom the organization does not know is asked about as the corpus writes it.
func (o *organization) stored(st *state.State, q access.Question) access.Question {
	if id, agent := o.agents[q.Subject.ID]; agent && q.Subject.Kind == access.Agent {
		q.Subject.ID = id
	} else if known, found := st.SubjectByName(q.Subject.Kind, q.Subject.ID); found {
		q.Subject = known
	}
	return q
}

// ask answers by Decide and by Explain, which must agree.
func (h *house) ask(file *accessfile.File) (scenario.Ask, error) {
	o := h.of[file]
	st := h.state(o)
	return func(q access.Question) (bool, error) {
		q = o.stored(st, q)
		decision := st.Decide(q)
		if e := st.Explain(q).Decision; e != decision {
			return false, errors.New("Explain says " + e.Code.String() + ", Decide " + decision.Code.String())
		}
		return decision.Allowed, nil
	}, nil
}

// saysWhy holds the explanations against the words of the corpus.
func (h *house) saysWhy(all []scenario.Scenario) {
	h.t.Helper()
	asked := 0
	for _, s := range all {
		if s.Why == "" {
			continue
		}
		asked++
		o := h.of[s.File]
		st := h.state(o)
		if e := st.Explain(o.stored(st, s.Lines[0].Question)); !says(e, s.Why) {
			h.t.Errorf("%s: %s: the explanation does not say %q: %v %+v", s.Lines[0].Place, s.Lines[0].Text, s.Why, e.Decision, e.Reasons)
		}
	}
	if wants := len(slices.DeleteFunc(slices.Clone(all), func(s scenario.Scenario) bool { return s.Why == "" })); asked != wants || asked < 50 {
		h.t.Errorf("%d scenarios were asked why, of %d", asked, wants)
	}
}

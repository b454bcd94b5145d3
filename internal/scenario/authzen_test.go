package scenario_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/api/authzen"
	"bailiwick/internal/scenario"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// Why a line is put to AuthZEN otherwise than as it stands. Such a line is asked all the same, as near as the protocol comes;
// each of them is a "cannot", and must be refused.
const (
	// An AuthZEN resource has a type, and this path is that of no kind of resource of an attached platform. It is asked with the
	// platform's root type.
	untyped = "the path names no kind of resource"
	// An AuthZEN subject is somebody who signs in. It is asked with the type "team".
	teamAsks = "teams do not ask"
)

// How many lines of the corpus each rule is about. The moment of a line is no reason: the server's clock is set to it.
var otherwise = map[string]int{untyped: 9, teamAsks: 3}

// A wire is the AuthZEN door of a server, reached by HTTP.
type wire struct {
	*house
	url   string
	asked int
}

func newWire(t *testing.T, h *house) *wire {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	door, err := authzen.New(authzen.Config{External: "http://" + server.Listener.Addr().String(), Engine: h.engine,
		Reader: signin.NewReader(h.engine, h.journal, slog.Default()), Log: slog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, handler := range door.Handlers() {
		mux.Handle(path, handler)
	}
	server.Config.Handler = mux
	server.Start()
	return &wire{house: h, url: server.URL}
}

// An entity is a subject, an action or a resource on the wire.
type entity struct {
	Type string `json:"type,omitempty"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type evaluation struct {
	Subject  entity `json:"subject"`
	Action   entity `json:"action"`
	Resource entity `json:"resource"`
}

// kindOf is the type of a path, and the rule by which it has none.
func kindOf(st *state.State, path string) (kind, rule string) {
	slug, _, _ := strings.Cut(path, "/")
	p := st.Platform(slug)
	if p == nil {
		return "organization", untyped
	}
	if segments, err := access.SplitPath(path); err == nil {
		if named, err := p.Model.PathKind(segments[1:]); err == nil {
			return named.Name, ""
		}
	}
	return p.Model.Kinds[0].Name, untyped
}

// rule says why a question is put otherwise than it stands; "" where it is not.
func rule(st *state.State, q access.Question) string {
	if q.Subject.Kind == access.Team {
		return teamAsks
	}
	_, rule := kindOf(st, q.Resource)
	return rule
}

// evaluations puts a question into the protocol's words, the second time in the bare ones where the platform has them.
func (w *wire) evaluations(o *organization, st *state.State, q access.Question) []evaluation {
	e := evaluation{Subject: entity{Type: q.Subject.Kind.String(), ID: q.Subject.ID}}
	if id, agent := o.agents[q.Subject.ID]; agent && q.Subject.Kind == access.Agent {
		e.Subject.ID = id
	}
	slug, below, beneath := strings.Cut(q.Resource, "/")
	if !beneath {
		below = "."
	}
	kind, _ := kindOf(st, q.Resource)
	e.Action.Name, e.Resource = slug+"."+q.Permission, entity{Type: slug + "." + kind, ID: below}
	all := []evaluation{e}
	if p := st.Platform(slug); p != nil && p.Authzen {
		e.Action.Name, e.Resource.Type = q.Permission, kind
		all = append(all, e)
	}
	return all
}

// post sends a request and reads the answer.
func (w *wire) post(path, token string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(got.Body)
	_ = got.Body.Close()
	if err != nil || got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %s %w", path, text, got.Status, said, err)
	}
	return json.Unmarshal(said, answer)
}

// ask puts a question alone, and in a batch.
func (w *wire) ask(file *accessfile.File) (scenario.Ask, error) {
	o := w.of[file]
	st := w.state(o)
	type decision struct{ Decision *bool }
	return func(q access.Question) (bool, error) {
		w.at(q.At)
		w.asked++
		items := w.evaluations(o, st, q)
		var alone decision
		if err := w.post("/access/v1/evaluation", o.token, items[0], &alone); err != nil {
			return false, err
		}
		var many struct{ Evaluations []decision }
		if err := w.post("/access/v1/evaluations", o.token, map[string]any{"evaluations": items}, &many); err != nil {
			return false, err
		}
		if alone.Decision == nil || len(many.Evaluations) != len(items) {
			return false, fmt.Errorf("the answer has no decision, or not %d", len(items))
		}
		for _, d := range many.Evaluations {
			if d.Decision == nil || *d.Decision != *alone.Decision {
				return false, fmt.Errorf("the batch does not answer %v throughout", *alone.Decision)
			}
		}
		return *alone.Decision, nil
	}, nil
}

// The door that programs use answers as the core does. It is asked every line, at the line's own moment.
func TestAuthZEN(t *testing.T) {
	all := corpus(t)
	engines(t, func(t *testing.T, address string) {
		h := newHouse(t, address, all)
		h.replayed()
		w := newWire(t, h)
		scenario.Run(t, all, w.ask)
		lines, found := 0, map[string]int{}
		for _, s := range all {
			for _, line := range s.Lines {
				lines++
				rule := rule(h.state(h.of[s.File]), line.Question)
				if rule == "" {
					continue
				}
				found[rule]++
				t.Logf("asked otherwise, for %s: %s", rule, line.Text)
				if line.Can {
					t.Errorf("%s: %s: %s, so it cannot be asked for a yes", line.Place, line.Text, rule)
				}
			}
		}
		if w.asked != lines {
			t.Errorf("%d lines were asked, of %d", w.asked, lines)
		}
		if !maps.Equal(found, otherwise) {
			t.Errorf("asked otherwise than they stand: %v, want %v", found, otherwise)
		}
	})
}

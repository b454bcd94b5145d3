package orgtest

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/discovery"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/seal"
	"bailiwick/internal/signin"
)

// Options say how a world differs from the usual one.
type Options struct {
	Log *slog.Logger // nil: nothing is logged
	// Stands is where the clock stands still; zero: it runs with the real time.
	Stands time.Time
	// Staleness is the engine's (decide.Options); 0: no bound, as for a journal that nobody else writes.
	Staleness time.Duration
	// Secure sessions have cookies for https.
	Secure bool
}

// A World is a server without doors, and without organizations until one is created. The journal has the real time;
// everything else goes by the clock.
type World struct {
	Log       *slog.Logger
	Clock     *Clock
	Key       []byte // random, 32 bytes
	Ring      *seal.Ring
	Journal   *journal.Journal
	Engine    *decide.Engine
	History   *history.Recorder
	Changes   *change.Service
	Sessions  *signin.Sessions
	Reader    *signin.Reader
	Desk      *signin.Desk
	Discovery *discovery.Service
	t         testing.TB
}

// New opens a world that ends with the test. What a test puts in front of it, and ends by t.Cleanup, ends first.
func New(t testing.TB, o Options) *World {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Staleness == 0 {
		o.Staleness = -1
	}
	w := &World{t: t, Log: o.Log, Clock: &Clock{stands: o.Stands}, Key: make([]byte, 32)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.Journal, err = journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now, Logger: o.Log})
	must(err)
	t.Cleanup(func() { _ = w.Journal.Close() })
	w.Engine, err = decide.Open(t.Context(), w.Journal, decide.Options{Clock: w.Clock.Now, Staleness: o.Staleness, Logger: o.Log})
	must(err)
	t.Cleanup(w.Engine.Close)
	w.History = history.New(w.Journal, w.Clock.Now, o.Log)
	t.Cleanup(func() {
		if err := w.History.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Changes = change.New(w.Journal, w.Engine, change.Options{Mint: mint, MintLink: mintLink, Logger: o.Log, Refused: w.refused})
	t.Cleanup(w.Changes.Close)
	_, _ = rand.Read(w.Key)
	w.Ring, err = seal.New(w.Key)
	must(err)
	w.Sessions = signin.NewSessions(w.Engine, w.Journal, signin.SessionOptions{Secure: o.Secure, Logger: o.Log})
	w.Reader = signin.NewReader(w.Engine, w.Journal, o.Log).WithSessions(w.Sessions)
	w.Desk = signin.NewDesk(signin.DeskOptions{Engine: w.Engine, Journal: w.Journal, Changes: w.Changes, Sessions: w.Sessions, Seal: w.Ring, History: w.History, Log: o.Log})
	w.Discovery = discovery.New(discovery.Options{Engine: w.Engine, Changes: w.Changes, Log: o.Log})
	return w
}

func mint(kind string) (secret, hash, last string, err error) {
	made, hash, last, err := signin.Mint(signin.Kind(kind))
	return made.Reveal(), hash, last, err
}

func mintLink() (secret, hash string, err error) {
	made, hash := signin.NewLink()
	return made.Reveal(), hash, nil
}

// refused writes down a change that was refused, as the server does.
func (w *World) refused(organization string, a *change.Actor, operation, about string, err error) {
	w.History.Record(organization, history.Activity{Subject: a.String(), Operation: operation, Resource: about, Result: "refused", Reason: err.Error(), Via: a.Via, Request: a.Request})
}

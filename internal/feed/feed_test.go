package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/feed"
	"bailiwick/internal/state"
)

// follower is a platform's mirror, and the state that it was told of last.
type follower struct {
	slug  string
	known *state.State
	feed.Mirror
}

func (f *follower) follow(t *testing.T, st *state.State) (line *client.GateFeed, text string) {
	t.Helper()
	var err error
	if f.known == nil {
		line, err = feed.Full(st, f.slug)
	} else {
		line, err = feed.Between(f.known, st, f.slug)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.known = st
	line, text = sent(t, line)
	if err := f.Take(line); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return line, text
}

// differs finds a question that a mirror answers otherwise than the state does; "" where there is none.
func (f *follower) differs(st *state.State, at time.Time) string {
	subjects := []access.Subject{{Kind: access.User, ID: "usr_nobody"}}
	for id := range st.Users() {
		subjects = append(subjects, access.Subject{Kind: access.User, ID: id})
	}
	for id := range st.ServiceUsers() {
		subjects = append(subjects, access.Subject{Kind: access.ServiceUser, ID: id})
	}
	resources := append(keys(st.Resources(f.slug)), f.slug, f.slug+"/none")
	for _, sub := range subjects {
		for _, path := range resources {
			for _, p := range st.Platform(f.slug).Model.Permissions {
				q := access.Question{Subject: sub, Permission: p.Name, Resource: path, At: at}
				if want, got := st.Decide(q), f.Snapshot.Decide(q); want.Allowed != got.Allowed {
					return fmt.Sprintf("%s %s %s at %s: the server says %v (%s), the mirror %v (%s)", sub, p.Name, path, at, want.Allowed, want.Code, got.Allowed, got.Code)
				}
			}
		}
	}
	return ""
}

// TestAMirrorDecidesAsTheServer lets random things happen and compares every answer about a platform, for whoever is in the
// directory, wherever, at moments before, in and after windows; also where several changes were told as one.
func TestAMirrorDecidesAsTheServer(t *testing.T) {
	worlds, steps := 12, 40
	if testing.Short() {
		worlds, steps = 4, 20
	}
	var changes, allowed int
	for seed := range worlds {
		w := newWorld(t, uint64(seed)) //nolint:gosec // small
		followers := []*follower{{slug: "dagster"}, {slug: "dbt"}, {slug: "airflow"}}
		for step := range steps {
			for _, f := range followers {
				if step > 0 && w.random.IntN(3) == 0 {
					continue // the next time it hears of both
				}
				line, text := f.follow(t, w.st)
				if line.Kind == client.FeedChange {
					changes++
				}
				at := start.Add(time.Duration(w.random.IntN(250)) * time.Hour)
				if found := f.differs(w.st, at); found != "" {
					t.Fatalf("seed %d, step %d: %s\nafter %s", seed, step, found, text)
				}
				for id := range w.st.Users() {
					if effective, _ := f.Snapshot.Effective(access.Subject{Kind: access.User, ID: id}, f.slug, at); len(effective.Permissions) > 0 {
						allowed++
					}
				}
				f.tokens(t, w.st)
			}
			w.step()
		}
	}
	if changes < worlds*steps/5 || allowed < worlds*steps/4 {
		t.Errorf("%d changes, %d who may do something: the test lost its point", changes, allowed)
	}
}

// tokens compares which tokens are known: exactly those that work and may be used on the platform by somebody whom it concerns.
func (f *follower) tokens(t *testing.T, st *state.State) {
	t.Helper()
	for id, token := range st.Tokens() {
		found, known := f.Token(token.Hash)
		_, concerned := f.Snapshot.Effective(token.Holder, f.slug, st.At)
		want := !token.Ended && concerned != access.UnknownSubject && (len(token.Scopes) == 0 || access.SlugOf(token.Scopes[0]) == f.slug)
		if (known != nil) != want || want && (found != id || known.Subject != token.Holder.String() || len(known.Scopes) != len(token.Scopes)) {
			t.Fatalf("%s: token %+v is known as %+v", f.slug, token, known)
		}
	}
}

// TestAFeedNamesNobody looks for every name, address and description there is, and for every other platform, in all that is told.
func TestAFeedNamesNobody(t *testing.T) {
	w := newWorld(t, 99)
	f := &follower{slug: "dagster"}
	_, all := f.follow(t, w.st)
	for range 60 {
		w.step()
		_, text := f.follow(t, w.st)
		all += text
		if line, err := feed.Full(w.st, "dagster"); err != nil {
			t.Fatal(err)
		} else {
			_, text = sent(t, line)
			all += text
		}
	}
	for _, secret := range []string{"@", "acme", "person", "Person", "Secretname", "robot", "crew", "told to nobody", "of the house", "my laptop", "dbt", "airflow", "ses_", "agt_"} {
		if i := strings.Index(all, secret); i >= 0 {
			t.Errorf("the feed has %q: …%s…", secret, all[max(0, i-80):min(len(all), i+80)])
		}
	}
	for _, there := range []string{"usr_", "svc_", "team_", "tok_", "hash-tok_", "dagster-plus"} {
		if !strings.Contains(all, there) {
			t.Errorf("the feed has no %q: the test lost its point", there)
		}
	}
}

// TestOnlyWhoConcernsThePlatformIsTold has people, teams and tokens elsewhere: not even their ids are told.
func TestOnlyWhoConcernsThePlatformIsTold(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorld(t, 200+seed)
		for range 20 {
			line, err := feed.Full(w.st, "dagster")
			if err != nil {
				t.Fatal(err)
			}
			_, text := sent(t, line)
			for id, u := range w.st.Users() {
				concerned := w.st.Concerns(u, "dagster", start.Add(-time.Hour)) // grants that are over count here as well
				if strings.Contains(text, id) != concerned {
					t.Errorf("user %s: told is %v, %+v", id, !concerned, u)
				}
			}
			for id := range w.st.Agents() {
				if strings.Contains(text, id) {
					t.Errorf("agent %s is told", id)
				}
			}
			w.step()
		}
	}
}

// TestAFeedKeepsToItsOrder refuses lines that come in an order in which nothing could be relied on.
func TestAFeedKeepsToItsOrder(t *testing.T) {
	w := newWorld(t, 7)
	full, err := feed.Full(w.st, "dagster")
	if err != nil {
		t.Fatal(err)
	}
	var m feed.Mirror
	if m.Take(&client.GateFeed{Kind: client.FeedBeat}) == nil || m.Take(&client.GateFeed{Kind: client.FeedChange}) == nil {
		t.Error("a feed may begin with a line that is not full")
	}
	if err := m.Take(full); err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]client.GateFeed{
		"an older revision":        {Kind: client.FeedBeat, Revision: full.Revision - 1, Epoch: full.Epoch},
		"another epoch":            {Kind: client.FeedBeat, Revision: full.Revision, Epoch: full.Epoch + 1},
		"an unknown kind":          {Kind: "more", Revision: full.Revision, Epoch: full.Epoch},
		"a full one that is older": {Kind: client.FeedFull, Revision: full.Revision - 1, Epoch: full.Epoch, Platform: full.Platform},
		"a full one of before":     {Kind: client.FeedFull, Revision: full.Revision + 9, Epoch: full.Epoch - 1, Platform: full.Platform},
	} {
		if m.Take(&line) == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if m.Revision != full.Revision || m.Snapshot == nil {
		t.Errorf("the mirror is at revision %d", m.Revision)
	}
}

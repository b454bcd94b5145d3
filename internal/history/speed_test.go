package history_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bailiwick/event"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// manyRows is how many rows the benchmark's journal has.
const manyRows = 1_000_000

// BenchmarkAudit asks an audit log of many rows what auditors ask.
func BenchmarkAudit(b *testing.B) {
	j, err := journal.Open(b.Context(), "sqlite:"+b.TempDir()+"/journal.db", journal.Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	const each = 1000
	users := make([]string, 10_000)
	for i := range users {
		users[i] = fmt.Sprintf("usr_%026d", i)
	}
	for from := 0; from < manyRows; from += each {
		c := journal.Change{Organization: "acme", ID: fmt.Sprint("chg", from), Actor: "user:" + users[from/each%len(users)], Via: "api", At: noon.Add(time.Duration(from) * time.Second), Epoch: 1}
		for i := range each {
			g := event.Grant{To: "user:" + users[(from+i*7)%len(users)], Role: "viewer", On: fmt.Sprintf("dagster/d%d/l%d", i%50, i%500)}
			e, err := event.Encode(&event.GrantAdded{Grant: g, Number: int32(from + i)})
			if err != nil {
				b.Fatal(err)
			}
			c.Entries = append(c.Entries, journal.Entry(e))
		}
		if _, err := j.Append(b.Context(), "acme", int64(from), c); err != nil {
			b.Fatal(err)
		}
	}
	w := newBare(b, j)
	began := time.Now()
	if err := w.trail.Warm(b.Context(), w.state); err != nil {
		b.Fatal(err)
	}
	b.Logf("the index took %s", time.Since(began))
	for name, q := range map[string]history.Query{
		"newest": {}, "one actor": {Actors: []string{users[17]}}, "one target": {Targets: []string{users[4711]}}, "a path": {Targets: []string{"dagster/d7/l7"}},
		"a deployment and a type": {Deployment: "d7", Actions: []string{"grant.added"}}, "a time": {From: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)},
		"one platform's reader": {Within: []string{"dagster"}}, "Dagster's name": {EventTypes: []string{"CHANGE_USER_PERMISSIONS"}, Limit: 1000},
	} {
		b.Run(name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				began := time.Now()
				page, err := w.trail.List(b.Context(), w.state, q)
				if err != nil || len(page.Rows) == 0 {
					b.Fatal(len(page.Rows), err)
				}
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

type bare struct {
	trail *history.Trail
	state *state.State
}

func newBare(b *testing.B, j *journal.Journal) bare {
	b.Helper()
	st := state.Empty("acme")
	st.Epoch = 1
	return bare{history.NewTrail(j), st}
}

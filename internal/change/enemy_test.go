package change_test

import (
	"fmt"
	"sync"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
)

// What was taken is gone for whoever asks after the call has returned, also while many others ask and change: a "new enemy"
// would be somebody who still gets in by facts of before.
func TestNothingIsAllowedAfterItsRevocationReturned(t *testing.T) {
	const rounds = 500 // on each engine
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		q := access.Question{Subject: w.as("vi@acme.test").Subject, Permission: "runs.launch", Resource: "dagster/prod/etl"}
		allowed := func() bool {
			st, err := w.engine.Current(acme)
			if err != nil {
				t.Error(err)
				return false
			}
			at := q
			at.At = st.Moment(w.engine.Now())
			return st.Decide(at).Allowed
		}
		stop := make(chan struct{})
		var others sync.WaitGroup
		for i := range 2 {
			others.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
						_ = allowed()
						if n%50 == 0 {
							_ = w.try(ada, client.TeamCreate{Team: fmt.Sprintf("t%d-%d", i, n)})
						}
					}
				}
			})
		}
		w.must(ada, take("user:vi@acme.test", "viewer", "dagster/prod"), client.TeamCreate{Team: "launchers"}, grant("team:launchers", "launcher", "dagster/prod"))
		ways := [][2]client.Command{
			{grant("user:vi@acme.test", "launcher", "dagster/prod"), take("user:vi@acme.test", "launcher", "dagster/prod")},
			{client.TeamJoin{Team: "launchers", Members: []string{"vi@acme.test"}}, client.TeamLeave{Team: "launchers", Members: []string{"vi@acme.test"}}},
		}
		for round := range rounds {
			way := ways[round%len(ways)]
			w.hurry(ada, way[0])
			if !allowed() {
				t.Fatalf("round %d: what was given does not count when the call returned", round)
			}
			w.hurry(ada, way[1])
			if allowed() {
				t.Fatalf("round %d: what was taken counts after the call returned", round)
			}
		}
		close(stop)
		others.Wait()
	})
}

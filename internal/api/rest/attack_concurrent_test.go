package rest_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// TestAttack038QuestionsAtTheSameTime hands one right round three people, each time in one change, by grants and by a team,
// while many ask in every way. In each revision exactly one has it: an answer by which two have it, nobody, or another one
// than at its revision, is one that no revision gives.
func TestAttack038QuestionsAtTheSameTime(t *testing.T) {
	const rounds, askers = 150, 3
	d := newDoors(t)
	people := []string{"p0@acme.test", "p1@acme.test", "p2@acme.test"}
	var subjects []access.Subject
	for _, email := range people {
		d.Of("acme").As("ada", client.UserAdd{NewUser: client.NewUser{Email: email, On: []string{"dagster"}}},
			client.GrantRemove{Grant: client.Grant{To: "user:" + email, Role: "viewer", On: "dagster/prod"}})
		subjects = append(subjects, d.Of("acme").Subject(email[:2]))
	}
	d.Of("acme").As("ada", client.TeamCreate{Team: "holders"}, orgtest.Grant("team:holders", "launcher", "dagster/prod"), client.TeamJoin{Team: "holders", Members: people[:1]})
	give, take := func(way, who int) client.Command {
		if way == 0 {
			return client.TeamJoin{Team: "holders", Members: []string{people[who]}}
		}
		return orgtest.Grant("user:"+people[who], "launcher", "dagster/prod")
	}, func(way, who int) client.Command {
		if way == 0 {
			return client.TeamLeave{Team: "holders", Members: []string{people[who]}}
		}
		return client.GrantRemove{Grant: client.Grant{To: "user:" + people[who], Role: "launcher", On: "dagster/prod"}}
	}
	var (
		holders sync.Map // revision → who
		seen    sync.Map // revision → who, as somebody was answered
		asked   atomic.Int64
		stop    = make(chan struct{})
		all     sync.WaitGroup
	)
	holders.Store(d.Of("acme").Now().Revision, 0)
	// one judges the answers about the three: one yes, and always the same at a revision.
	one := func(way string, revision int64, yes [3]bool) {
		asked.Add(1)
		who, n := 0, 0
		for i, has := range yes {
			if has {
				who, n = i, n+1
			}
		}
		if n != 1 {
			t.Errorf("%s, revision %d: %v", way, revision, yes)
			return
		}
		if before, known := seen.LoadOrStore(revision, who); known && before != who {
			t.Errorf("%s, revision %d: %d has it, and %d was said to", way, revision, who, before)
		}
	}
	batch := `{"evaluations":[`
	for i, email := range people {
		batch += strings.Repeat(",", min(i, 1)) + query{"acme", "user:" + email, "runs.launch", "prod/etl"}.wireText()
	}
	batch += `]}`
	for range askers {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				st, err := d.Engine.Current("acme")
				if err != nil {
					t.Error(err)
					return
				}
				at := st.Moment(d.Engine.Now())
				var questions []access.Question
				var singly, why, many, listed [3]bool
				for i, who := range subjects {
					q := access.Question{Subject: who, Permission: "runs.launch", Resource: "dagster/prod/etl", At: at}
					questions = append(questions, q)
					singly[i], why[i] = st.Decide(q).Allowed, st.Explain(q).Decision.Allowed
				}
				for i, answer := range st.Access.DecideMany(questions) {
					many[i] = answer.Allowed
				}
				found, _ := st.Access.SearchSubjects("runs.launch", "dagster/prod/etl", at)
				for i, who := range subjects {
					for _, f := range found {
						listed[i] = listed[i] || f == who
					}
				}
				one("Decide", st.Revision, singly)
				one("Explain", st.Revision, why)
				one("DecideMany", st.Revision, many)
				one("SearchSubjects", st.Revision, listed)
				if n%4 == 0 {
					answer := d.authzen(d.tokens["acme"], "evaluations", batch).body
					var yes [3]bool
					var revision int64
					for i, item := range strings.SplitN(answer, `{"decision":`, 4)[1:] {
						yes[i] = strings.HasPrefix(item, "true")
						_, _ = fmt.Sscanf(item[strings.Index(item, `"revision":`):], `"revision":%d`, &revision)
					}
					one("AuthZEN", revision, yes)
				}
			}
		})
	}
	who, way := 0, 0
	for round := range rounds {
		next, how := (who+1+round%2)%3, (round/5)%2
		result := d.Of("acme").As("ada", take(way, who), give(how, next))
		who, way = next, how
		holders.Store(result.Revision, who)
	}
	close(stop)
	all.Wait()
	revisions := 0
	seen.Range(func(revision, was any) bool {
		revisions++
		if want, known := holders.Load(revision); !known || want != was {
			t.Errorf("revision %d: %v was said to have it, and %v had it (%v)", revision, was, want, known)
		}
		return true
	})
	if revisions < rounds/3 || asked.Load() < rounds {
		t.Errorf("%d revisions were asked about in %d answers: too few", revisions, asked.Load())
	}
}

package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"bailiwick/access"
)

func measureBuild(b *bench) error {
	var builds series
	for range max(5, b.rounds/2) {
		runtime.GC()
		start := time.Now()
		snapshot, err := access.Build(b.w.org, asked)
		if err != nil {
			return err
		}
		builds = append(builds, float64(time.Since(start)))
		runtime.KeepAlive(snapshot)
	}
	f := b.value("Build", builds.median(), "ms")
	if b.users <= 10_000 {
		f.atMost(50)
	}
	return nil
}

// measureChange takes random grants away and gives them back, each change a snapshot of its own. A change is what
// the next question needs to see it.
func measureChange(b *bench) error {
	random := rand.New(rand.NewPCG(13, 0))
	own, team := someGrants(random, b.w.ownGrants, 500), someGrants(random, b.w.teamGrants, 50)
	if err := b.checkChanges(own[:2], team[:2]); err != nil {
		return err
	}
	var failed error
	changed := b.snapshot // the other groups measure the snapshot as it was built
	t := measure(b.rounds, changing(&changed, own, &failed), changing(&changed, team, &failed))
	if failed != nil {
		return failed
	}
	b.value("a changed user grant", t[0].median(), "µs").atMost(5)
	b.add(figure{Name: "it allocates", Value: allocated(changing(&changed, own, &failed)), Unit: "KiB"})
	b.value("a changed team grant", t[1].median(), "µs")
	b.value(fmt.Sprintf("a changed team grant, each of %d members", b.w.members), t[1].median()/float64(b.w.members), "µs").atMost(1)
	after := measure(b.rounds, deciding(b.snapshot, b.stream), deciding(changed, b.stream))
	b.value("Decide by names, after all these changes", after[1].median(), "ns").note(after[1].over(after[0]), "Decide")
	return nil
}

func someGrants(random *rand.Rand, from []access.Grant, n int) []access.Grant {
	grants := make([]access.Grant, n)
	for i, g := range random.Perm(len(from))[:min(n, len(from))] {
		grants[i] = from[g]
	}
	return grants[:min(n, len(from))]
}

// changing removes and adds each of the grants, and leaves a snapshot that answers as the one it began with.
func changing(from **access.Snapshot, grants []access.Grant, failed *error) run {
	return run{n: 2 * len(grants), pass: func() int {
		snapshot := *from
		for _, g := range grants {
			for _, change := range []access.Change{access.RemoveGrant{Grant: g}, access.AddGrant{Grant: g}} {
				next, err := snapshot.Apply(change)
				if err != nil {
					*failed = err
					return 0
				}
				snapshot = next
			}
		}
		*from = snapshot
		return 1
	}}
}

// checkChanges compares a snapshot that lost some grants with the reference without them, and the same snapshot
// with the grants back with the stream's answers.
func (b *bench) checkChanges(lost ...[]access.Grant) error {
	snapshot, gone := b.snapshot, map[string]bool{}
	var back []access.Change
	for _, grants := range lost {
		for _, g := range grants {
			next, err := snapshot.Apply(access.RemoveGrant{Grant: g})
			if err != nil {
				return err
			}
			snapshot, gone[grantKey(g)] = next, true
			back = append(back, access.AddGrant{Grant: g})
		}
	}
	org := access.Organization{Teams: b.w.org.Teams}
	for _, g := range b.w.org.Grants {
		if !gone[grantKey(g)] {
			org.Grants = append(org.Grants, g)
		}
	}
	reference := newReference(b.w.model, &org)
	for _, q := range b.touched(lost) {
		if snapshot.Decide(q).Allowed != reference.decide(q) {
			return fmt.Errorf("mismatch after a removed grant: %s %s %s", q.Subject.ID, q.Permission, q.Resource)
		}
	}
	restored, err := snapshot.Apply(back...)
	if err != nil {
		return err
	}
	for i, q := range b.stream.names {
		if restored.Decide(q).Allowed != b.stream.answers[i] {
			return fmt.Errorf("mismatch after the grants were given back: %s %s %s", q.Subject.ID, q.Permission, q.Resource)
		}
	}
	return nil
}

func grantKey(g access.Grant) string { return g.To.String() + " " + g.Role + " " + g.On }

// touched asks everything about the changed grants: each holder or member, each permission, where the grant was.
func (b *bench) touched(changed [][]access.Grant) []access.Question {
	members := map[string][]string{}
	for _, t := range b.w.org.Teams {
		members[t.Name] = t.Members
	}
	var questions []access.Question
	for _, grants := range changed {
		for _, g := range grants {
			who := members[g.To.ID]
			if g.To.Kind == access.User {
				who = []string{g.To.ID}
			}
			for _, user := range who {
				for _, p := range b.w.model.Permissions {
					where := map[string]string{"deployment": g.On, "code_location": g.On + "/location-07", "organization": platform}[p.At]
					questions = append(questions, access.Question{
						Subject:    access.Subject{Kind: access.User, ID: user},
						Permission: p.Name, Resource: where, At: asked,
					})
				}
			}
		}
	}
	return questions
}

package access_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// explained compares one explanation with the oracle: the decision, that the listed grants are the ones that decide, and
// that each offered fix is one.
func explained(w world, q access.Question) string {
	e := w.snap.Explain(q)
	allowed := w.oracle.Allowed(q)
	if e.Decision.Allowed != allowed {
		return fmt.Sprintf("%s\nExplain says %v, the oracle %v", oracle.DescribeQuestion(q), e.Decision.Allowed, allowed)
	}
	if d := w.snap.Decide(q); d != e.Decision {
		return fmt.Sprintf("%s\nExplain says %v, Decide %v", oracle.DescribeQuestion(q), e.Decision, d)
	}
	for _, look := range []func(world, access.Question, access.Explanation) string{
		oneWins, everyGrantIsListed, withoutTheDecidingGrants, fixesWork,
	} {
		if difference := look(w, q, e); difference != "" {
			return oracle.DescribeQuestion(q) + "\n" + difference + "\n" + describeExplanation(e)
		}
	}
	return ""
}

// oneWins: an allowed answer has one winner and a denied one has nothing that allows; the list is in the fixed order.
func oneWins(_ world, _ access.Question, e access.Explanation) string {
	wins, allows := 0, 0
	for i, r := range e.Reasons {
		switch r.Outcome {
		case access.Wins:
			wins++
			allows++
		case access.Contributes:
			allows++
		}
		if i > 0 && e.Reasons[i-1].Outcome > r.Outcome {
			return "reasons are not ordered by outcome"
		}
	}
	if e.Decision.Allowed && wins != 1 || !e.Decision.Allowed && allows != 0 {
		return fmt.Sprintf("%v with %d winners and %d that allow", e.Decision, wins, allows)
	}
	if e.Decision.Allowed && len(e.Fixes) > 0 || len(e.Fixes) > 3 {
		return fmt.Sprintf("%v with %d fixes", e.Decision, len(e.Fixes))
	}
	return ""
}

// everyGrantIsListed: each grant of the subject and of its teams on the platform is a reason once.
func everyGrantIsListed(w world, q access.Question, e access.Explanation) string {
	platform, _, _ := cutPlatform(q.Resource)
	if e.Decision.Code != access.Granted && e.Decision.Code != access.NotGranted {
		return ""
	}
	var want, got []string
	for _, g := range w.org.Grants {
		on, _, _ := cutPlatform(g.On)
		if on == platform && (g.To == q.Subject || isInTeam(w.org, q.Subject, g.To)) {
			want = append(want, describeSorted(g))
		}
	}
	for _, r := range e.Reasons {
		if r.Via == "" || strings.HasPrefix(r.Via, "team:") {
			got = append(got, describeSorted(r.Grant))
		}
	}
	if !sameSet(got, want) {
		return fmt.Sprintf("listed %q, held %q", got, want)
	}
	return ""
}

// withoutTheDecidingGrants: when all that allow are taken away, the answer is no.
func withoutTheDecidingGrants(w world, q access.Question, e access.Explanation) string {
	if !e.Decision.Allowed {
		return ""
	}
	var deciding []string
	for _, r := range e.Reasons {
		if r.Outcome == access.Lost {
			continue
		}
		if r.Via != "" && !strings.HasPrefix(r.Via, "team:") {
			return "" // a license's profile or membership gives it, which no grant's removal takes away
		}
		deciding = append(deciding, describeSorted(r.Grant))
	}
	rest := oracle.Clone(w.org)
	rest.Grants = slices.DeleteFunc(rest.Grants, func(g access.Grant) bool { return slices.Contains(deciding, describeSorted(g)) })
	// What is taken away may have stood in the place of a member's default.
	if oracle.New(rest).Allowed(q) && !isMemberDefault(q) {
		return "still allowed without the grants that are said to allow it"
	}
	return ""
}

func isMemberDefault(q access.Question) bool {
	return slices.Contains([]string{"organization.view", "workspaces.create", "lineage.view", "clusters.view"}, q.Permission)
}

// fixesWork: each fix, done, makes the oracle allow; none of its steps can be left out; and no grant of it is one that
// the platform's rules refuse.
func fixesWork(w world, q access.Question, e access.Explanation) string {
	for _, f := range e.Fixes {
		if !oracle.New(fixed(w.org, q, f.Steps)).Allowed(q) {
			return "denied after the fix: " + f.String()
		}
		for i := range f.Steps {
			if fewer := slices.Delete(slices.Clone(f.Steps), i, i+1); oracle.New(fixed(w.org, q, fewer)).Allowed(q) {
				return "step " + f.Steps[i].String() + " is not needed in the fix: " + f.String()
			}
		}
		if refused := refusedByRules(w, q, f); refused != "" {
			return refused + " in the fix: " + f.String()
		}
	}
	return ""
}

// fixed does the steps of a fix.
func fixed(org access.Organization, q access.Question, steps []access.Step) access.Organization {
	org = oracle.Clone(org)
	for _, s := range steps {
		switch s.Kind {
		case "grant":
			if s.Replaces != "" {
				org.Grants = slices.DeleteFunc(org.Grants, func(g access.Grant) bool {
					return g.To == s.Grant.To && g.On == s.Grant.On && g.Role == s.Replaces
				})
			}
			org.Grants = append(org.Grants, s.Grant)
			continue
		case "join":
			for i := range org.Teams {
				if org.Teams[i].Name == s.Team {
					org.Teams[i].Members = append(org.Teams[i].Members, q.Subject.ID)
				}
			}
			continue
		}
		for i := range org.Users {
			if org.Users[i].ID != q.Subject.ID {
				continue
			}
			switch s.Kind {
			case "reactivate":
				org.Users[i].Inactive = false
			case "license":
				org.Users[i].Licenses = map[string]string{s.Platform: s.License}
			case "member":
				org.Users[i].On = append(org.Users[i].On, s.Platform)
			}
		}
	}
	return org
}

// refusedByRules asks the check of what may be granted about the grants of a fix.
func refusedByRules(w world, q access.Question, f access.Fix) string {
	org := fixed(w.org, q, f.Steps)
	snap, err := access.Build(org, w.builtAt)
	if err != nil {
		return "does not build: " + err.Error()
	}
	for _, p := range snap.CheckGrants(org.Grants) {
		for _, s := range f.Steps {
			// What was wrong before, and is in the way of any grant there, is not the fix's fault.
			if s.Kind == "grant" && reflect.DeepEqual(org.Grants[p.Grant], s.Grant) && !slices.Contains([]string{"one_role", "twice"}, p.Rule) {
				return fmt.Sprintf("%s is refused (%s: %s)", oracle.DescribeGrant(s.Grant), p.Rule, p.Wrong)
			}
		}
	}
	return ""
}

// fixable looks for a single grant that would turn a denial: where there is one, a fix must be offered.
func fixable(w world, q access.Question) string {
	e := w.snap.Explain(q)
	if e.Decision.Allowed || len(e.Fixes) > 0 || !w.oracle.Askable(q.Permission, q.Resource) {
		return ""
	}
	platform, _, _ := cutPlatform(q.Resource)
	for _, g := range w.oracle.PossibleGrants(q.Subject, platform) {
		more := w.org
		more.Grants = append(slices.Clone(w.org.Grants), g)
		if oracle.New(more).Allowed(q) {
			return fmt.Sprintf("%s\nno fix is offered, but %s would do\n%s", oracle.DescribeQuestion(q), oracle.DescribeGrant(g), describeExplanation(e))
		}
	}
	return ""
}

// sameExplanation: the same facts in another order give the same explanation.
func sameExplanation(w world, q access.Question, seed uint64) string {
	other := oracle.Clone(w.org)
	oracle.Shuffle(rand.New(rand.NewPCG(seed, 5)), &other)
	again, err := access.Build(other, w.builtAt)
	if err != nil {
		return err.Error()
	}
	a, b := describeExplanation(w.snap.Explain(q)), describeExplanation(again.Explain(q))
	if a != b {
		return fmt.Sprintf("%s\nexplained as\n%s\nand, with the facts in another order, as\n%s", oracle.DescribeQuestion(q), a, b)
	}
	return ""
}

func isInTeam(org access.Organization, s access.Subject, holder access.Holder) bool {
	return s.Kind == access.User && holder.Kind == access.Team && slices.ContainsFunc(org.Teams, func(t access.TeamFacts) bool {
		return t.Name == holder.ID && slices.Contains(t.Members, s.ID)
	})
}

// describeSorted describes a grant without regard to the order of its categories or the zone of its times.
func describeSorted(g access.Grant) string {
	g.Environments = slices.Sorted(slices.Values(g.Environments))
	g.From, g.Until = g.From.UTC(), g.Until.UTC()
	return oracle.DescribeGrant(g)
}

func describeExplanation(e access.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s\n", e.Decision.Allowed, e.Decision.Code)
	for _, r := range e.Reasons {
		fmt.Fprintf(&b, "  %s %s via %q: %s: %s\n", r.Outcome, r.Why, r.Via, describeSorted(r.Grant), r.Detail)
	}
	for _, f := range e.Fixes {
		fmt.Fprintf(&b, "  fix: %s\n", f)
	}
	return b.String()
}

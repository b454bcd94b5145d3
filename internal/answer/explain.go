package answer

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
)

// Check answers a question in one line.
func Check(f Facts, q Query) client.Check { return check(f, q, f.Explain(q.Question)) }

// Explain answers a question with every reason.
func Explain(f Facts, q Query) client.Explanation {
	e := f.Explain(q.Question)
	answer := client.Explanation{
		Check: check(f, q, e), Name: f.Name(q.Subject), Level: e.Level, Kind: e.Kind, License: e.License, Inactive: e.Inactive,
		Reasons: []client.Reason{}, Fixes: []client.Fix{},
	}
	if q.Permission != nil {
		answer.Title = q.Permission.Title
	}
	for _, r := range e.Reasons {
		answer.Reasons = append(answer.Reasons, client.Reason{
			Outcome: r.Outcome.String(), Why: r.Why.String(), Detail: r.Detail, Via: r.Via, Grant: Grant(r.Grant),
		})
	}
	for _, fix := range e.Fixes {
		answer.Fixes = append(answer.Fixes, client.Fix{Text: fix.String(), Steps: steps(fix)})
	}
	return answer
}

func steps(fix access.Fix) []client.Step {
	lines := []client.Step{}
	for _, step := range fix.Steps {
		line := client.Step{Kind: step.Kind, Text: step.String(), Platform: step.Platform, License: step.License, Team: step.Team}
		if step.Kind == "grant" {
			grant := Grant(step.Grant)
			line.Grant = &grant
		}
		lines = append(lines, line)
	}
	return lines
}

// Grant writes a grant, whose holder is named for people.
func Grant(g access.Grant) client.Grant {
	answer := client.Grant{To: g.To.String(), Role: g.Role, On: g.On, Environments: g.Environments}
	if !g.From.IsZero() {
		answer.From = &g.From
	}
	if !g.Until.IsZero() {
		answer.Until = &g.Until
	}
	return answer
}

func check(f Facts, q Query, e access.Explanation) client.Check {
	shown := f.Show(q.Subject)
	answer := client.Check{
		Decision: "deny", Allowed: e.Decision.Allowed, Code: e.Decision.Code.String(),
		Subject: shown.String(), Permission: q.Full(), Resource: q.Resource, At: q.At, Why: why(f, q, e),
	}
	if e.Decision.Allowed {
		answer.Decision = "allow"
	}
	return answer
}

// why says the answer's reason in one line.
func why(f Facts, q Query, e access.Explanation) string {
	if q.Model == nil {
		return noResource(f, q.Resource)
	}
	subject := f.Show(q.Subject).String()
	switch e.Decision.Code {
	case access.UnknownSubject:
		return join("there is no "+subject, f.Near(q.Subject))
	case access.UnknownResource:
		return noResource(f, q.Resource)
	case access.Granted:
		return fmt.Sprintf("%s has %s", subject, origin(e.Reasons[0]))
	}
	switch {
	case e.Inactive:
		return subject + " is deactivated"
	case len(e.Reasons) == 0:
		return join(subject+" has no grant that could give "+q.Full()+" on "+q.Resource, noLicense(q, e))
	}
	nearest := e.Reasons[0]
	return fmt.Sprintf("%s has only %s: %s", subject, origin(nearest), nearest.Detail)
}

// noLicense adds that somebody without a license has nothing.
func noLicense(q Query, e access.Explanation) string {
	if e.License != "none" {
		return ""
	}
	return "without a license on " + q.Slug + " nobody has anything there"
}

// origin says a grant and how it comes to the subject: "editor on dagster/prod through team:data".
func origin(r access.Reason) string {
	return fmt.Sprintf("%s on %s%s", r.Grant.Role, r.Grant.On, Via(r.Via))
}

// Via writes how a grant comes to somebody, after the grant: " through team:data"; "" for an own one.
func Via(word string) string {
	license, byLicense := strings.CutPrefix(word, "license:")
	switch {
	case word == "":
		return ""
	case word == "membership":
		return " as a member"
	case byLicense:
		return " by the license " + license
	}
	return " through " + word
}

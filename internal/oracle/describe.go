package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
)

// Describe writes an organization as facts that a person can read and type in again.
func Describe(org access.Organization) string {
	var b strings.Builder
	for _, p := range org.Platforms {
		fmt.Fprintf(&b, "platform %s: %s%s\n", p.Slug, p.Model.Edition, describeMap(p.Settings))
		for _, r := range p.Roles {
			fmt.Fprintf(&b, "  role %q at %s based on %q: %s\n", r.Name, r.At[0], r.BasedOn, strings.Join(r.Permissions, " "))
		}
		for _, r := range p.Resources {
			fmt.Fprintf(&b, "  resource %q %s\n", r.Path, r.Category)
		}
	}
	for _, u := range org.Users {
		fmt.Fprintf(&b, "user %q%s", u.ID, describeMap(u.Licenses))
		if u.Inactive {
			b.WriteString(" inactive")
		}
		if len(u.On) > 0 {
			fmt.Fprintf(&b, " on %s", strings.Join(u.On, " "))
		}
		b.WriteString("\n")
	}
	for _, name := range org.ServiceUsers {
		fmt.Fprintf(&b, "service user %q\n", name)
	}
	for _, id := range org.Agents {
		fmt.Fprintf(&b, "agent %q\n", id)
	}
	for _, t := range org.Teams {
		fmt.Fprintf(&b, "team %q: %q\n", t.Name, t.Members)
	}
	for _, g := range org.Grants {
		fmt.Fprintf(&b, "grant %s\n", DescribeGrant(g))
	}
	return b.String()
}

// DescribeGrant writes one grant.
func DescribeGrant(g access.Grant) string {
	text := fmt.Sprintf("%q to %q on %q", g.Role, g.To.String(), g.On)
	if len(g.Environments) > 0 {
		text += " environments " + strings.Join(g.Environments, " ")
	}
	if !g.From.IsZero() {
		text += " from " + g.From.Format(time.RFC3339Nano)
	}
	if !g.Until.IsZero() {
		text += " until " + g.Until.Format(time.RFC3339Nano)
	}
	return text
}

// DescribeQuestion writes one question.
func DescribeQuestion(q access.Question) string {
	return fmt.Sprintf("may %q %q on %q at %s?", q.Subject.String(), q.Permission, q.Resource, q.At.Format(time.RFC3339Nano))
}

func describeMap(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, " %s=%s", k, m[k])
	}
	return b.String()
}

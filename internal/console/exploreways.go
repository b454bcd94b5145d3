package console

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
)

// A way is how access comes to somebody, or why it does not: a sentence, and a small picture of the same.
type way struct {
	Gives    bool
	Outcome  string
	Sentence string // as it is exported
	Shown    string // as pages have it, with titles of roles throughout
	Rest     string // of Shown, after the name
	Steps    []wayStep
}

// A wayStep is a stop of the picture.
type wayStep struct{ Icon, What, Text string }

// wayOf tells a reason.
func (a *asking) wayOf(e *client.Explanation, r client.Reason) way {
	w := a.told(nameOf(e.Name, e.Subject), e.Permission, r.Via, r.Grant)
	switch r.Outcome {
	case "wins":
		w.Gives, w.Outcome = true, "Gives it"
	case "contributes":
		w.Gives, w.Outcome = true, "Gives it too"
	default:
		w.Outcome = "Does not give it"
		w.Steps[len(w.Steps)-1].Icon = "circle-x"
	}
	begun, detail := strings.TrimSuffix(w.Sentence, ".")+": ", r.Detail
	w.Sentence = begun + detail + "."
	if rest, is := strings.CutPrefix(detail, r.Grant.Role+" "); is {
		detail = a.roleTitle(client.HeldGrant{Grant: r.Grant}) + " " + rest
	}
	w.Shown = begun + detail + "."
	return w
}

// wayOfHolder tells the nearest grant by which somebody may.
func (a *asking) wayOfHolder(q *client.WhoCan, h client.Holder) way {
	w := a.told(nameOf(h.Name, h.Subject), q.Permission, h.Via, client.Grant{Role: h.Role, On: h.On})
	w.Gives, w.Outcome = true, "Gives it"
	return w
}

// told says how a grant comes to somebody.
func (a *asking) told(name, permission, via string, g client.Grant) way {
	role := a.titleOfRole(g.On, g.Role)
	has := " has " + role + " on " + g.On
	person, gives, where := wayStep{"user", "Who", name}, wayStep{"shield", "Role", role}, wayStep{"layers", "On", g.On}
	w := way{Steps: []wayStep{person}}
	kind, what, _ := strings.Cut(via, ":")
	switch kind {
	case "":
		w.Sentence = name + has
	case "team":
		w.Sentence = name + " is a member of the team " + what + ", which" + has
		w.Steps = append(w.Steps, wayStep{"users", "Team", what})
	case "membership":
		w.Sentence = name + " is a member of the platform, and so" + has
		w.Steps = append(w.Steps, wayStep{"building-2", "Member", "of the platform"})
	default:
		w.Sentence = name + has + " by the " + kind + " " + what
		w.Steps = append(w.Steps, wayStep{"scroll-text", "License", what})
	}
	if len(g.Environments) > 0 {
		w.Sentence += " for the environments " + strings.Join(g.Environments, ", ")
	}
	if g.From != nil {
		w.Sentence += " from " + g.From.UTC().Format(time.RFC3339)
	}
	if g.Until != nil {
		w.Sentence += " until " + g.Until.UTC().Format(time.RFC3339)
	}
	w.Sentence += "."
	w.Shown, w.Rest = w.Sentence, strings.TrimPrefix(w.Sentence, name+" ")
	w.Steps = append(w.Steps, gives, where, wayStep{"circle-check", "Can do", permission})
	return w
}

func nameOf(name, subject string) string {
	if name != "" {
		return name
	}
	_, text, _ := strings.Cut(subject, ":")
	return text
}

// manySuggestions bounds how many places are offered to choose from.
const manySuggestions = 300

// chooseCan offers what can be asked about a resource.
func (a *asking) chooseCan(c *exploreContent, asker *inquiry.Asker) error {
	if err := a.view.On(c.On); err != nil {
		return err
	}
	facts, slug := asker.Facts(), access.SlugOf(c.On)
	if !slices.Contains(facts.Paths(slug), c.On) {
		return fault.New(fault.NotFound, "there was no resource %q", c.On).Rather("choose one of those that the field suggests")
	}
	m := facts.Snapshot().Model(slug)
	kind := m.KindOf(c.On)
	c.Choose = "Who may do what with " + c.On + "? Choose what."
	for i := range m.Permissions {
		if p := &m.Permissions[i]; within(m, kind, p.At) {
			c.Choices = append(c.Choices, link{Address: question{Can: slug + "." + p.Name, On: c.On, At: c.At}.address(), Text: p.Title})
		}
	}
	return nil
}

// within tells whether permissions that are asked at one kind can be asked at another: at the same, or one above it.
func within(m *access.Model, kind, at string) bool {
	k, level := m.Kind(kind), m.Kind(at)
	if k == nil || level == nil {
		return false
	}
	return kind == at || k.Level == at || slices.ContainsFunc(level.Under, func(above string) bool { return above != at && within(m, kind, above) })
}

// chooseOn offers where something can be asked.
func (a *asking) chooseOn(c *exploreContent, asker *inquiry.Asker) error {
	if err := a.view.Others(); err != nil {
		return err
	}
	facts, known := asker.Facts(), false
	c.Choose = "Who may do " + a.permissionTitle(c.Can) + " on what? Choose where."
	for _, slug := range facts.Slugs() {
		m := facts.Snapshot().Model(slug)
		name := strings.TrimPrefix(c.Can, slug+".")
		i := slices.IndexFunc(m.Permissions, func(p access.Permission) bool { return p.Name == name })
		if i < 0 {
			continue
		}
		known = true
		for _, path := range facts.Paths(slug) {
			k := m.Kind(m.KindOf(path))
			if k != nil && (k.Name == m.Permissions[i].At || k.Level == m.Permissions[i].At) && len(c.Choices) < manySuggestions {
				c.Choices = append(c.Choices, link{Address: question{Can: slug + "." + name, On: path, At: c.At}.address(), Text: path})
			}
		}
	}
	if !known {
		return fault.New(fault.NotFound, "there is no permission %q", c.Can).Rather("choose one of those that the field suggests")
	}
	return nil
}

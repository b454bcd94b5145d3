package history

import (
	"context"
	"regexp"
	"strings"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// names puts what people say in place of opaque ids. Somebody who was removed keeps their last name, until they are erased:
// then only the id is left.
type names struct {
	ctx     context.Context
	journal *journal.Journal
	state   *state.State
	index   *index
	gone    map[string]string // users who are not in the directory
	failed  error
}

func (t *Trail) names(ctx context.Context, st *state.State, x *index) *names {
	return &names{ctx: ctx, journal: t.journal, state: st, index: x, gone: map[string]string{}}
}

// ids finds opaque ids of those who have names.
var ids = regexp.MustCompile(`\b(usr|svc|team)_[a-z2-7]{26}\b`)

// addresses finds what could be somebody's e-mail address.
var addresses = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+\.[^\s"'<>(),;:.]+`)

// holder names a target: "user:usr_…" becomes "user:ana@acme.test".
func (n *names) holder(text string) string {
	kind, id, found := strings.Cut(text, ":")
	if !found || isPath(text) {
		return text
	}
	return kind + ":" + n.of(kind, id)
}

func (n *names) of(kind, id string) string {
	switch kind {
	case "user":
		return n.user(id)
	case "service_user", "team":
		if name := n.state.DisplayName(access.Holder{Kind: access.ParseHolderKind(kind), ID: id}); name != id {
			return name
		}
		return n.last(kind+":"+id, id)
	case "provider":
		return n.last(kind+":"+id, id)
	}
	return id
}

// last is the last name of something that is gone.
func (n *names) last(target, id string) string {
	n.index.mu.RLock()
	defer n.index.mu.RUnlock()
	if name := n.index.names[target]; name != "" {
		return name
	}
	return id
}

func (n *names) user(id string) string {
	if name := n.state.DisplayName(access.Holder{Kind: access.User, ID: id}); name != id || n.state.User(id) != nil {
		return name
	}
	if name, known := n.gone[id]; known {
		return name
	}
	n.gone[id] = id
	entry, found, err := n.journal.LastPersonal(n.ctx, n.state.Organization, id, "user.added", "user.changed")
	if err != nil {
		n.failed = err
	}
	if !found {
		return id
	}
	e, err := event.Decode(event.Encoded(entry))
	if err != nil {
		n.failed = err
	}
	address := ""
	switch e := e.(type) {
	case *event.UserAdded:
		address = e.Profile.Email
	case *event.UserChanged:
		address = e.Profile.Email
	}
	if address != "" {
		n.gone[id] = address
	}
	return n.gone[id]
}

// text puts names into a text that has ids.
func (n *names) text(text string) string {
	return ids.ReplaceAllStringFunc(text, func(id string) string {
		prefix, _, _ := strings.Cut(id, "_")
		return n.of(map[string]string{"usr": "user", "svc": "service_user", "team": "team"}[prefix], id)
	})
}

// spoken is a text that was written at its time with the names of then: an address that is nobody's now may be that of somebody
// who was erased, and stays out.
func (n *names) spoken(text string) string {
	return addresses.ReplaceAllStringFunc(n.text(text), func(address string) string {
		if n.state.UserByEmail(strings.ToLower(address)) != nil {
			return address
		}
		return "[somebody who is gone]"
	})
}

// say names a holder as a sentence does: "ana@acme.test", "team data".
func (n *names) say(holder string) string {
	kind, id, found := strings.Cut(holder, ":")
	if !found {
		return holder
	}
	switch kind {
	case "user":
		return n.user(id)
	case "rule":
		return "the rule " + id
	}
	return strings.ReplaceAll(kind, "_", " ") + " " + n.of(kind, id)
}

// called is a row's sentence with the names of people in place of their addresses, as pages have it.
func (n *names) called(row *Row) string {
	text := row.Details
	for _, id := range append([]string{row.ActorID}, row.TargetIDs...) {
		if id, is := strings.CutPrefix(id, "user:"); is {
			if u := n.state.User(id); u != nil && u.Name != "" && u.Email != "" {
				text = strings.ReplaceAll(text, u.Email, u.Name)
			}
		}
	}
	return text
}

// all names several people: "a, b and 7 more".
func (n *names) all(users []string) string {
	const most = 5
	var list []string
	for i, id := range users {
		if i == most && len(users) > most+1 {
			return strings.Join(list, ", ") + " and " + number(len(users)-most) + " more"
		}
		list = append(list, n.user(id))
	}
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(list, ", ")
}

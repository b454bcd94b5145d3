package history

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/email"
	"bailiwick/internal/state"
)

// kinds are those of holders, with the beginnings of their ids.
func kinds() map[access.HolderKind]string {
	return map[access.HolderKind]string{access.User: state.UserPrefix, access.ServiceUser: state.ServiceUserPrefix,
		access.Team: state.TeamPrefix, access.Agent: state.AgentPrefix}
}

// whom reads what somebody wrote for an actor or a target, and returns everything that it can mean, by opaque ids.
func (x *index) whom(st *state.State, text string) []string {
	found := []string{text}
	if id, is := strings.CutPrefix(text, state.TokenPrefix); is {
		found = append(found, "token:"+state.TokenPrefix+id)
	}
	for _, other := range []string{"rule:", "webhook:", "provider:", "session:", "setting:", "role:"} {
		if !strings.Contains(text, ":") {
			found = append(found, other+text)
		}
	}
	word, name, kinded := strings.Cut(text, ":")
	for kind, prefix := range kinds() {
		switch {
		case kinded && access.ParseHolderKind(word) != kind:
			continue
		case !kinded:
			name = text
		}
		if address, err := email.Normalize(name); kind == access.User && err == nil {
			name = address
		}
		if sub, exists := st.SubjectByName(kind, name); exists || strings.HasPrefix(name, prefix) {
			found = append(found, sub.String())
		}
		found = append(found, x.named(kind.String()+":", name)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// named finds teams and service users by a name that they had last.
func (x *index) named(prefix, name string) []string {
	if prefix != "team:" && prefix != "service_user:" {
		return nil
	}
	var found []string
	for target, had := range x.names {
		if had == name && strings.HasPrefix(target, prefix) {
			found = append(found, target)
		}
	}
	return found
}

// spellings are what an activity can have written for one of several things: its door took what the caller wrote.
func spellings(st *state.State, targets []string) []string {
	var all []string
	for _, target := range targets {
		all = append(all, target)
		kind, id, found := strings.Cut(target, ":")
		if !found {
			continue
		}
		all = append(all, id)
		if name := st.DisplayName(access.Holder{Kind: access.ParseHolderKind(kind), ID: id}); name != id {
			all = append(all, name, kind+":"+name)
		}
	}
	return all
}

package feed

import (
	"maps"
	"reflect"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
)

// A difference turns a line into small changes of a snapshot, in an order in which each is possible: first what goes, from what
// hangs on others to what others hang on; then what comes, the other way round.
type difference struct {
	m       *Mirror
	line    *client.GateFeed
	changes []access.Change
	coming  []access.Change // memberships and grants, which need both ends
}

func (d *difference) add(c access.Change) { d.changes = append(d.changes, c) }

func (d *difference) find() {
	var gone []access.Change
	for id, now := range d.line.Users {
		was, h := d.m.users[id], access.Holder{Kind: access.User, ID: id}
		if now == nil {
			if was != nil {
				gone = append(gone, access.RemoveSubject{Subject: h})
			}
			continue
		}
		if was == nil {
			was = &client.FeedUser{}
		}
		d.memberships(id, was.Teams, now.Teams)
		d.grants(h, was.Grants, now.Grants)
	}
	for id, now := range d.line.ServiceUsers {
		d.holder(access.Holder{Kind: access.ServiceUser, ID: id}, d.m.services[id], now, &gone)
	}
	for id, now := range d.line.Teams {
		d.holder(access.Holder{Kind: access.Team, ID: id}, d.m.teams[id], now, &gone)
	}
	d.changes = append(d.changes, gone...)
	paths := slices.Sorted(maps.Keys(d.line.Resources))
	for _, path := range slices.Backward(paths) { // what lies beneath first
		if d.line.Resources[path] == nil && d.m.resources[path] != nil {
			d.add(access.RemoveResource{Path: path})
		}
	}
	for _, path := range paths { // parents first
		if now := d.line.Resources[path]; now != nil {
			d.add(access.PutResource{Platform: d.m.platform.Slug, Resource: resourceOf(path, now)})
		}
	}
	d.appear()
	d.changes = append(d.changes, d.coming...)
}

// appear adds who is new, and what is said of users.
func (d *difference) appear() {
	for id, now := range d.line.Users {
		if was := d.m.users[id]; now != nil && (was == nil || !reflect.DeepEqual(d.m.userOf(id, was), d.m.userOf(id, now))) {
			d.add(access.PutUser{UserFacts: d.m.userOf(id, now)})
		}
	}
	for id, now := range d.line.ServiceUsers {
		if now != nil && d.m.services[id] == nil {
			d.add(access.PutSubject{Subject: access.Subject{Kind: access.ServiceUser, ID: id}})
		}
	}
	for id, now := range d.line.Teams {
		if now != nil && d.m.teams[id] == nil {
			d.add(access.PutTeam{Name: id})
		}
	}
}

// holder compares the grants of a service user or a team.
func (d *difference) holder(h access.Holder, was, now *client.FeedHolder, gone *[]access.Change) {
	switch {
	case now == nil && was == nil:
	case now == nil && h.Kind == access.Team:
		*gone = append(*gone, access.RemoveTeam{Name: h.ID})
	case now == nil:
		*gone = append(*gone, access.RemoveSubject{Subject: h})
	case was == nil:
		d.grants(h, nil, now.Grants)
	default:
		d.grants(h, was.Grants, now.Grants)
	}
}

func (d *difference) memberships(user string, was, now []string) {
	for _, team := range was {
		if told, is := d.line.Teams[team]; !slices.Contains(now, team) && (!is || told != nil) { // a team that goes takes them along
			d.add(access.Leave{Team: team, User: user})
		}
	}
	for _, team := range now {
		if !slices.Contains(was, team) {
			d.coming = append(d.coming, access.Join{Team: team, User: user})
		}
	}
}

func (d *difference) grants(h access.Holder, was, now []client.FeedGrant) {
	for _, g := range grantsOf(h, without(was, now)) {
		d.add(access.RemoveGrant{Grant: g})
	}
	for _, g := range grantsOf(h, without(now, was)) {
		d.coming = append(d.coming, access.AddGrant{Grant: g})
	}
}

// without returns the grants of one list that are not in another.
func without(list, other []client.FeedGrant) []client.FeedGrant {
	return slices.DeleteFunc(slices.Clone(list), func(g client.FeedGrant) bool {
		return slices.ContainsFunc(other, func(o client.FeedGrant) bool { return same(&g, &o) })
	})
}

func same(a, b *client.FeedGrant) bool {
	return a.Role == b.Role && a.On == b.On && slices.Equal(a.Environments, b.Environments) &&
		moment(a.From).Equal(moment(b.From)) && moment(a.Until).Equal(moment(b.Until))
}

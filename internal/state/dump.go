package state

import (
	"fmt"
	"maps"
	"slices"

	"bailiwick/event"
)

// Dump returns events that lead from nothing to this state: a snapshot is a short history. Times of creation are part of
// it: each event comes with the moment at which its thing was made.
func (s *State) Dump(visit func(Row) error) error {
	d := dump{s: s, visit: visit}
	d.row(Row{At: s.At, Event: &event.OrganizationCreated{Name: s.Organization}})
	d.platforms()
	d.people()
	d.access()
	d.waysIn()
	d.webhooks()
	d.rest()
	return d.err
}

type dump struct {
	s     *State
	visit func(Row) error
	err   error
}

// row hands on a row under the state's own revision: where it stood before is of no use any more.
func (d *dump) row(r Row) {
	if d.err == nil {
		r.Revision, r.Epoch = d.s.Revision, d.s.Epoch
		d.err = d.visit(r)
	}
}

func (d *dump) add(e event.Event) { d.row(Row{At: d.s.At, Event: e}) }

func (d *dump) platforms() {
	s := d.s
	for _, name := range slices.Sorted(maps.Keys(s.editions)) {
		d.add(s.editions[name])
	}
	for _, slug := range s.Slugs() {
		p := s.platforms[slug]
		d.add(&p.PlatformAttached)
		d.documents(slug, p.Documents)
		for _, r := range p.Roles {
			d.add(&event.RolePut{Platform: slug, ID: r.ID, Name: r.Name, At: RoleKind(p.Model, &r.Role), BasedOn: r.BasedOn, Permissions: r.Permissions,
				Description: r.Description, Icon: r.Icon})
		}
		for _, r := range s.Resources(slug) {
			d.add(&event.ResourceCreated{Path: r.Path, Number: r.Number, Category: r.Category, Settings: r.Settings})
			d.documents(r.Path, r.Documents)
		}
	}
}

func (d *dump) documents(path string, documents map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		d.add(&event.ResourceDocumentSet{Path: path, Name: name, Document: documents[name]})
	}
}

func (d *dump) people() {
	for _, u := range d.s.Users() {
		d.row(Row{At: u.Added, Event: &event.UserAdded{User: u.ID, Number: u.Number, Profile: event.Profile{Email: u.Email, Name: u.Name}}})
		if u.Inactive {
			d.row(Row{At: u.EndedBefore, Event: &event.UserDeactivated{User: u.ID}})
		} else if !u.EndedBefore.IsZero() {
			d.row(Row{At: u.EndedBefore, Event: &event.SessionsEnded{User: u.ID}})
		}
		if u.Password != "" {
			d.add(&event.PasswordSet{User: u.ID, Secret: u.Password})
		}
		for _, slug := range u.On {
			d.add(&event.MemberAdded{User: u.ID, Platform: slug})
		}
		for _, slug := range u.SignedIn {
			d.add(&event.SignedIn{User: u.ID, Platform: slug})
		}
		for _, slug := range slices.Sorted(maps.Keys(u.Licenses)) {
			d.add(&event.LicenseSet{User: u.ID, Platform: slug, License: u.Licenses[slug]})
		}
	}
	for _, u := range d.s.ServiceUsers() {
		d.row(Row{At: u.Added, Event: &event.ServiceUserCreated{ServiceUser: u.ID, Number: u.Number, Name: u.Name, Description: u.Description}})
	}
	for _, a := range d.s.Agents() {
		d.row(Row{At: a.Added, Event: &event.AgentCreated{Agent: a.ID, Description: a.Description}})
	}
	for id, t := range d.s.Teams() {
		d.row(Row{At: t.Added, Event: &event.TeamCreated{Team: id, Number: t.Number, Name: t.Name, Members: d.s.Members(id)}})
	}
}

func (d *dump) access() {
	for _, g := range d.s.Grants() {
		d.row(Row{At: g.Added, Event: &event.GrantAdded{Grant: event.GrantOf(g.Grant), Number: g.Number}})
	}
	for _, t := range d.s.Tokens() {
		d.row(Row{At: t.Issued, Event: &t.TokenIssued})
		switch {
		case t.Suspended:
			d.row(Row{At: t.EndedAt, Event: &event.TokenSuspended{Token: t.Token, By: t.EndedBy}})
		case t.Ended:
			d.row(Row{At: t.EndedAt, Event: &event.TokenRevoked{Token: t.Token, By: t.EndedBy}})
		}
	}
}

// waysIn leaves out what is over: nobody will ask for it.
func (d *dump) waysIn() {
	s := d.s
	for _, p := range s.Providers() {
		d.add(&p.ProviderPut)
		if !p.Tested.IsZero() {
			d.row(Row{At: p.Tested, Event: &event.ProviderTested{Provider: p.Provider}})
		}
	}
	for _, i := range all(s.identities) {
		d.row(Row{At: i.Linked, Event: &i.IdentityLinked})
	}
	for _, l := range all(s.links) {
		if l.Open(s.At) {
			d.row(Row{At: l.Opened, Event: &l.LinkOpened})
		}
	}
	for _, ev := range all(s.ended) {
		if s.At.Before(event.Time(ev.Until)) {
			d.add(ev)
		}
	}
	for _, g := range s.BreakGlass(s.At) {
		d.row(Row{At: g.Opened, Event: &g.BreakGlassOpened})
	}
}

func (d *dump) rest() {
	s := d.s
	for _, name := range slices.Sorted(maps.Keys(s.Settings)) {
		d.add(&event.SettingChanged{Name: name, Value: s.Settings[name]})
	}
	if len(s.Tests) > 0 {
		d.add(&event.TestsSet{Tests: s.Tests})
	}
	if s.SetupDone {
		d.add(&event.SetupUsed{})
	} else if s.Setup != "" {
		d.add(&event.SetupOpened{Hash: s.Setup, Until: event.Micros(s.SetupUntil)})
	}
	d.add(&event.EpochStarted{Epoch: s.Epoch, Reason: "snapshot"})
	d.add(&event.NumbersTaken{Last: s.numbers, SignIns: s.signIns})
	if d.err != nil {
		d.err = fmt.Errorf("dumping revision %d of %s: %w", s.Revision, s.Organization, d.err)
	}
}

package console

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
)

// A question is what the access explorer is asked, as its form and its address have it. Any field may be blank.
type question struct{ Who, Can, On, At string }

// address is the permalink of the question.
func (q question) address(more ...string) string {
	return with("/access", append([]string{"who", q.Who, "can", q.Can, "on", q.On, "at", q.At}, more...)...)
}

// Today is the address of the same question about now.
func (q question) Today() string {
	q.At = ""
	return q.address()
}

// exploreContent is the access explorer: the question, and the one answer that its filled fields ask for.
type exploreContent struct {
	question
	Moment      time.Time           // UTC
	Past        bool                // the moment is not now
	Answer      *client.Explanation // who, can and on
	Ways        []way               // its reasons
	Fixes       []fixLine           // the nearest ways to a yes
	WhoCan      *client.WhoCan      // can and on
	People      []holderLine
	WhatCan     *client.WhatCan // who, or who and on
	Permissions []permissionLine
	Places      []placeLine
	Total       int
	Whose       whom     // whom WhatCan is about
	Asked       string   // what is asked, by its title
	RoleTitles  []string // of WhatCan.Roles
	Choices     []link   // what can be asked next, where too little was said
	Choose      string
	Next        string
	Names       suggestions
	whole       bool // not a page of it
}

type permissionLine struct {
	client.Permission
	Why string // address
}

type placeLine struct {
	client.Holding
	Titles []string // of the roles
	There  string   // address
}

type holderLine struct {
	client.Holder
	way
	Whose whom
	Why   string // address
}

// explore answers who may do what, and where it comes from. About themselves everybody may ask.
func (a *asking) explore() error {
	c := exploreContent{question: question{Who: a.query("who"), Can: a.query("can"), On: a.query("on"), At: a.query("at")}, Names: a.suggestions()}
	status, problem := http.StatusOK, ""
	if err := a.answer(&c); err != nil {
		if fault.Is(err, fault.Forbidden) {
			a.note("access.explain", "refused", err.Error())
		}
		problem, status = a.problem(a.r, err)
	}
	a.render(status, "/access", "access", page{Title: "Access", Problem: problem, Content: &c})
	return nil
}

// note keeps a line about something that was read, or that was not the caller's to read.
func (a *asking) note(operation, result, reason string) {
	id, _ := a.About(a.r.Context())
	a.History.Record(a.caller.Organization, history.Activity{Subject: a.caller.Subject.String(), Operation: operation, Result: result, Reason: reason, Via: "console", Request: id})
}

// heavy tells whether a question's cost grows with the organization: everybody, everywhere, or the past.
func (q question) heavy() bool {
	return q.At != "" || q.Who == "" && q.Can != "" && q.On != "" || q.Who != "" && q.On == ""
}

// answer asks what the filled fields say.
func (a *asking) answer(c *exploreContent) error {
	if c.heavy() {
		done, err := a.Heavy.Take(a.r.Context())
		if err != nil {
			return err
		}
		defer done()
	}
	asker, err := a.askerAt(c.At)
	if err != nil {
		return err
	}
	c.Moment, c.Past = asker.At.UTC(), c.At != ""
	switch q := c.question; {
	case q.Who != "" && q.Can != "" && q.On != "":
		found, err := asker.Explain(client.QuestionRequest{Who: q.Who, Permission: q.Can, Resource: q.On})
		if err != nil {
			return err
		}
		c.Answer = &found
		c.Fixes = a.fixesOf(&found, c.Past)
		for _, r := range found.Reasons {
			c.Ways = append(c.Ways, a.wayOf(&found, r))
		}
		return nil
	case q.Who != "":
		return a.whatCan(c, asker)
	case q.Can != "" && q.On != "":
		return a.whoCan(c, asker)
	case q.On != "":
		return a.chooseCan(c, asker)
	case q.Can != "":
		return a.chooseOn(c, asker)
	}
	c.Choices = a.examples()
	return nil
}

// askerAt asks about the facts of a moment; "" is now, and a moment to come is judged by the facts of now.
func (a *asking) askerAt(text string) (*inquiry.Asker, error) {
	asker := a.asker()
	if text == "" {
		return asker, nil
	}
	when, err := moment(text)
	switch {
	case err != nil:
		return nil, err
	case when.Revision == 0 && !when.Time.Before(a.at):
		asker.At = when.Time
		return asker, nil
	}
	if asker.State, err = a.Engine.Past(a.r.Context(), a.caller.Organization, decide.When{Revision: when.Revision, Time: when.Time}); err != nil {
		return nil, err
	}
	if asker.At = when.Time; when.Revision != 0 {
		asker.At = asker.State.At
	}
	return asker, nil
}

// moment reads what a field for date and time holds, or what the APIs take. It is in UTC.
func moment(text string) (client.When, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
			return client.When{Time: t}, nil
		}
	}
	when, err := client.ParseWhen(text)
	if err != nil {
		return when, fault.New(fault.Invalid, "%v", err).In("at")
	}
	return when, nil
}

// whatCan answers what somebody may do: everywhere, there, or where they may do that one thing.
func (a *asking) whatCan(c *exploreContent, asker *inquiry.Asker) error {
	if c.On == "" {
		return a.whereCan(c, asker)
	}
	found, err := asker.WhatCan(c.Who, c.On)
	if err != nil {
		return err
	}
	c.WhatCan, c.Total, c.Whose, c.RoleTitles = &found, len(found.Permissions), a.whom(found.Subject), a.roleTitles(c.On, found.Roles)
	slug := access.SlugOf(c.On)
	m := asker.Facts().Snapshot().Model(slug) // of that time: the platform may be gone
	for _, p := range found.Permissions {
		q := c.question
		q.Can, p.Title = p.Permission, permissionOf(m, strings.TrimPrefix(p.Permission, slug+"."))
		c.Permissions = append(c.Permissions, permissionLine{p, q.address()})
	}
	return nil
}

// whereCan answers where somebody may do something, or one thing.
func (a *asking) whereCan(c *exploreContent, asker *inquiry.Asker) error {
	found, count, err := asker.WhatCanIn(c.Who, c.Can, func(paths []string) ([]string, error) { return cut(a, c, paths) })
	if err != nil {
		return err
	}
	c.WhatCan, c.Total, c.Whose, c.Asked = &found, count, a.whom(found.Subject), a.permissionTitle(c.Can)
	for _, h := range found.Resources {
		q := c.question
		q.On = h.Resource
		c.Places = append(c.Places, placeLine{h, a.roleTitles(h.Resource, h.Roles), q.address()})
	}
	return nil
}

// whoCan answers who may do something there.
func (a *asking) whoCan(c *exploreContent, asker *inquiry.Asker) error {
	found, err := asker.WhoCanIn(c.Can, c.On, func(all []access.Subject) ([]access.Subject, error) { return cut(a, c, all) })
	if err != nil {
		return err
	}
	c.WhoCan, c.Total, c.Asked = &found, found.Count, a.permissionTitle(found.Permission)
	for _, h := range found.Subjects {
		q := c.question
		q.Who = h.Subject
		c.People = append(c.People, holderLine{h, a.wayOfHolder(&found, h), a.whom(h.Subject), q.address()})
	}
	return nil
}

// titleOfRole is the title of a role at a place.
func (a *asking) titleOfRole(on, name string) string {
	return a.roleTitle(client.HeldGrant{Grant: client.Grant{Role: name, On: on}})
}

// roleTitles are the titles of roles at a place.
func (a *asking) roleTitles(on string, names []string) []string {
	titles := make([]string, len(names))
	for i, name := range names {
		titles[i] = a.titleOfRole(on, name)
	}
	return titles
}

// permissionTitle is the title of a permission as it is asked for, with its platform or without; where several platforms have it, or
// none, it is what was asked.
func (a *asking) permissionTitle(name string) string {
	title := ""
	for _, slug := range a.now.Slugs() {
		if !a.view.Sees(slug) {
			continue
		}
		permissions := a.now.Platform(slug).Model.Permissions
		for i := range permissions {
			switch p := &permissions[i]; {
			case slug+"."+p.Name == name:
				return permissionInWords(p)
			case p.Name == name && title != "":
				return name
			case p.Name == name:
				title = permissionInWords(p)
			}
		}
	}
	return cmp.Or(title, name)
}

// cut is the page of a list that is asked for.
func cut[T any](a *asking, c *exploreContent, things []T) ([]T, error) {
	if c.whole {
		return things, nil
	}
	p, err := a.page("access", c.Who, c.Can, c.On, c.At)
	if err != nil {
		return nil, err
	}
	items := make([]paging.Item[T], len(things))
	for i := range things {
		items[i] = paging.Item[T]{Key: paging.Number(int32(i)), Thing: things[i]} //nolint:gosec // not that many
	}
	part, next := paging.Cut(items, p.After, p.Limit)
	if next != "" {
		c.Next = c.address("after", p.Next(next))
	}
	shown := make([]T, len(part))
	for i := range part {
		shown[i] = part[i].Thing
	}
	return shown, nil
}

// capital begins a sentence.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/state"
)

// userHead is what every tab of a person's page begins with.
type userHead struct {
	client.User
	Tab        string // "roles", "signin" or "history"
	Source     string
	Licensed   []fact // product and license
	InTeams    []link
	Flags      []string
	Ways, Log  bool      // the caller may see how the person gets in; what happened to them
	Seen       time.Time // zero: never
	Tokens     int
	TokensLink string // "" where their tokens are not the caller's to see
}

// userContent is what is shown of one person's roles.
type userContent struct {
	userHead
	Platforms []platformRoles
	Find      string
	Finds     bool // there is something to find
	MayRemove bool
}

// person finds whom a page is about. Somebody of whom nothing may be seen is not there.
func (a *asking) person() (*state.User, error) {
	u := a.now.User(a.r.PathValue("user"))
	if u == nil || !a.view.Over(a.now).SeesSubject(access.Subject{Kind: access.User, ID: u.ID}) {
		return nil, fault.New(fault.NotFound, "there is nobody of that name whom you may see").Rather("look for them in the list of users")
	}
	return u, nil
}

// isSelf tells whether a user is the caller.
func (a *asking) isSelf(u *state.User) bool {
	return a.caller.Subject == access.Subject{Kind: access.User, ID: u.ID}
}

func (a *asking) headOfUser(u *state.User, tab string) (userHead, error) {
	sight := a.view.Over(a.now)
	subject := access.Subject{Kind: access.User, ID: u.ID}
	h := userHead{User: inquiry.ShowUser(sight, u), Tab: tab, Source: a.source(u), Ways: a.seesWays() || a.isSelf(u)}
	for _, slug := range a.now.Slugs() {
		if license := h.Licenses[slug]; license != "" {
			h.Licensed = append(h.Licensed, fact{a.now.Platform(slug).Model.Product, licenseTitle(a.now.Platform(slug), license)})
		}
	}
	for _, id := range u.Teams {
		if t := a.now.Team(id); t != nil && sight.SeesSubject(access.Holder{Kind: access.Team, ID: id}) {
			h.InTeams = append(h.InTeams, link{Address: "/teams/" + id + "/members", Text: t.Name})
		}
	}
	slices.SortFunc(h.InTeams, func(x, y link) int { return strings.Compare(x.Text, y.Text) })
	_, err := a.asker().AuditWithin()
	h.Log = err == nil
	if a.view.OfTokens().Over(a.now).SeesSubject(subject) {
		h.Tokens, h.TokensLink = a.countTokens(subject), with("/tokens", "holder", cmp.Or(u.Email, subject.String()))
	}
	marks, err := a.marksOf(subject.String())
	if err != nil {
		return h, err
	}
	if h.Flags = marks.flags(u); h.Ways {
		h.Seen = marks.lastSeen(u)
	}
	return h, nil
}

// user shows one person's roles.
func (a *asking) user() error {
	u, err := a.person()
	if err != nil {
		return err
	}
	head, err := a.headOfUser(u, "roles")
	if err != nil {
		return err
	}
	h := a.holdingsOf(u)
	c := userContent{userHead: head, Platforms: h.platforms(), Find: a.query("find")}
	for _, p := range c.Platforms {
		c.Finds = c.Finds || slices.ContainsFunc(p.Rows, func(r placeRow) bool { return r.Rest > 0 || r.Toggle != "" })
	}
	c.Finds = c.Finds || c.Find != ""
	removing, _ := a.removing(u)
	c.MayRemove = len(removing) > 0
	a.render(http.StatusOK, "/users", "user", page{Title: called(u), Content: c})
	return nil
}

// removing are the commands by which the caller removes somebody: from the organization, or else from each platform whose people
// they administer. From says from what, in words.
func (a *asking) removing(u *state.User) (commands []client.Command, from string) {
	if a.view.GovernsIdentities("users.manage") {
		return []client.Command{client.UserRemove{User: u.ID}}, ""
	}
	var products []string
	for _, slug := range a.now.Slugs() {
		if !organizationsOwn(slug) && a.view.MayOperate(slug, access.OpMemberRemove) && a.now.Concerns(u, slug, a.at) {
			commands = append(commands, client.MemberRemove{User: u.ID, Platform: slug})
			products = append(products, a.now.Platform(slug).Model.Product)
		}
	}
	return commands, strings.Join(products, " and ")
}

// removeUser removes somebody, after its prompt.
func (a *asking) removeUser() error {
	u, err := a.person()
	if err != nil {
		return err
	}
	p := proposal{Title: "Remove " + called(u) + "?", Save: "Remove user", Danger: true, Part: "/users", Back: "/users/" + u.ID + "/roles", Then: "/users"}
	commands, from := a.removing(u)
	if p.Commands = commands; len(commands) == 0 {
		return fault.New(fault.Forbidden, "you may not remove people").Rather("ask an administrator of the organization, or of a platform that they are on")
	}
	if from != "" {
		p.Title = "Remove " + called(u) + " from " + from + "?"
		p.Warning = "They stay in the organization, with what they have elsewhere."
	}
	name := a.vouchedBy(u)
	if name == "" && a.now.Settings[change.SettingProvisioning] == "on" {
		name = "the identity provider"
	}
	if name != "" {
		p.Warning = strings.TrimSpace(p.Warning + " Remember that " + name + " still has this person. Remove them there too, or they can come back by signing in.")
	}
	return a.propose(p)
}

// vouchedBy is the identity provider that has somebody; "" where none does.
func (a *asking) vouchedBy(u *state.User) string {
	for _, i := range a.now.IdentitiesOf(u.ID) {
		if pr := a.now.Provider(i.Provider); pr != nil {
			return cmp.Or(pr.Name, "the identity provider")
		}
	}
	return ""
}

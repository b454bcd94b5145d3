package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// teamsContent is the list of teams.
type teamsContent struct {
	Lines        []teamLine
	Total        int
	Query        string
	Next         string // address of the next page
	CreateReason string // why the caller cannot create one; "" where they can
}

// A teamLine is a team in the list.
type teamLine struct {
	client.Team
	Roles []chip
}

// teams lists teams.
func (a *asking) teams() error {
	c := teamsContent{Query: a.query("query"), CreateReason: a.createReason()}
	p, err := a.page("teams", c.Query)
	if err != nil {
		return err
	}
	found, err := a.asker().Teams(client.TeamQuery{Query: c.Query}, p)
	if err != nil {
		return err
	}
	sight := a.view.Over(a.now)
	for _, t := range found.Teams {
		held := sight.Held(access.Holder{Kind: access.Team, ID: t.ID}, nil)
		c.Lines = append(c.Lines, teamLine{Team: t, Roles: a.chipsOf(held)})
	}
	c.Total = found.Total
	if found.Next != "" {
		c.Next = with("/teams", "query", c.Query, "after", found.Next)
	}
	a.render(http.StatusOK, "/teams", "teams", page{Title: "Teams", Content: c})
	return nil
}

// newTeamContent is the form for a team, or for a group where that is the product's word.
type newTeamContent struct{ Name, Members, Reason, Word, Holds, Platform, Back string }

// newTeamForm is the form in the words of the product from whose pages it was opened: one whose people have roles as members of
// groups only calls them so.
func (a *asking) newTeamForm(slug string) newTeamContent {
	p := a.now.Platform(slug)
	if p == nil || !a.view.Sees(slug) || !hasGroups(p) {
		return newTeamContent{Word: "team", Holds: "roles", Back: "/teams"}
	}
	return newTeamContent{Word: "group", Holds: "permission sets", Platform: slug, Back: "/platforms/" + slug + "/groups"}
}

// ofGroups is a sentence of ours about teams, where those are called groups.
func ofGroups(text string) string { return strings.ReplaceAll(text, "teams", "groups") }

// newTeam asks for a team's name and members.
func (a *asking) newTeam() error {
	if err := a.view.Others(); err != nil {
		return err
	}
	c := a.newTeamForm(a.query("platform"))
	if c.Reason = a.createReason(); c.Platform != "" {
		c.Reason = ofGroups(c.Reason)
	}
	a.showNewTeam(http.StatusOK, c, "")
	return nil
}

func (a *asking) showNewTeam(status int, c newTeamContent, problem string) {
	part := "/teams"
	if c.Platform != "" {
		part = "/platforms"
	}
	a.render(status, part, "newteam", page{Title: "Create a " + c.Word, Problem: problem, Content: c})
}

// createTeam makes a team.
func (a *asking) createTeam() error {
	if err := a.view.Others(); err != nil {
		return err
	}
	c := a.newTeamForm(a.r.PostForm.Get("platform"))
	c.Name, c.Members = strings.TrimSpace(a.r.PostForm.Get("team")), a.r.PostForm.Get("members")
	x := proposal{Title: "Create the " + c.Word + " " + c.Name + "?", Save: "Create " + c.Word, Part: "/teams", Back: with("/teams/new", "platform", c.Platform),
		Then: with(c.Back, "query", c.Name), Teams: c.Word, Commands: []client.Command{client.TeamCreate{Team: c.Name, Members: people(c.Members)}}}
	if c.Platform != "" {
		x.Part = "/platforms"
	}
	err := a.propose(x)
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	if c.Platform != "" && a.now.TeamByName(c.Name) != nil {
		text = "There is a group " + strconv.Quote(c.Name) + " already."
	}
	a.showNewTeam(http.StatusUnprocessableEntity, c, text)
	return nil
}

// people are the e-mail addresses in a text, with anything between that is not in one.
func people(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) })
}

// mendable tells whether somebody who filled in a form can do better.
func mendable(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound)
}

// createReason says why the caller cannot create a team; "" where nothing speaks against it.
func (a *asking) createReason() string {
	var governing []string
	for _, slug := range a.now.Slugs() {
		if slug != accessfile.Directory && asked(a.now.Platform(slug), access.OpTeamCreate) != "" {
			governing = append(governing, slug)
		}
	}
	byHand := slices.DeleteFunc(slices.Clone(governing), func(slug string) bool { return a.provisioned(slug, access.OpTeamCreate) })
	switch {
	case len(governing) > 0 && len(byHand) == 0:
		return provisionedReason
	case a.view.GovernsIdentities("teams.manage"):
		return ""
	case slices.ContainsFunc(byHand, func(slug string) bool { return a.view.MayOperate(slug, access.OpTeamCreate) }):
		return ""
	}
	return "You may not create teams: on a platform that takes what its edition asks for, usually an administrator's role there."
}

// teamReason says why the caller cannot do something with a team; "" where nothing speaks against it.
func (a *asking) teamReason(t *state.Team, operation string) string {
	return a.holderReason(access.Holder{Kind: access.Team, ID: t.ID}, "teams.manage", operation, "change this team")
}

// asked is the permission that a platform's edition asks for an operation that concerns the platform.
func asked(p *state.Platform, operation string) string {
	for i := range p.Model.Governance.Operations {
		if o := &p.Model.Governance.Operations[i]; o.Name == operation && o.Kind == "" {
			return o.Permission
		}
	}
	return ""
}

// provisionedReason is why something is not done by hand.
const provisionedReason = "Provisioning is on: the identity provider does this. Do it there, or turn provisioning off."

// provisioned tells whether provisioning does on a platform what would otherwise be done by hand.
func (a *asking) provisioned(slug, operation string) bool {
	return a.now.Settings[change.SettingProvisioning] == "on" && slices.Contains(a.now.Platform(slug).Model.Governance.NotWhileProvisioned, operation)
}

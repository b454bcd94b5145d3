package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/state"
)

// teamHead is what both tabs of a team's page begin with.
type teamHead struct {
	ID, Name      string
	Tab           string // "members" or "roles"
	Members, Held int
	DeleteReason  string
	RenameReason  string
	Renaming      string // the name that was typed
}

// membersContent is the tab of members.
type membersContent struct {
	teamHead
	Lines                   []userLine
	Total                   int
	Query, Next             string
	AddReason, RemoveReason string
	Adding                  string // what was to be added
}

// team finds the team that a page is about. One of which nothing may be seen is not there.
func (a *asking) team() (*state.Team, error) {
	if err := a.view.Others(); err != nil {
		return nil, err
	}
	return inquiry.Team(a.view.Over(a.now), "team", a.r.PathValue("team"))
}

func (a *asking) headOf(t *state.Team, tab string) teamHead {
	return teamHead{ID: t.ID, Name: t.Name, Tab: tab, Members: t.Members, Renaming: cmp.Or(a.r.PostForm.Get("name"), t.Name),
		DeleteReason: a.teamReason(t, access.OpTeamDelete), RenameReason: a.teamReason(t, access.OpTeamRename),
		Held: len(a.view.Over(a.now).SeenGrants(access.Holder{Kind: access.Team, ID: t.ID}))}
}

// members shows who is in a team.
func (a *asking) members() error {
	t, err := a.team()
	if err != nil {
		return err
	}
	return a.showMembers(t, http.StatusOK, "")
}

func (a *asking) showMembers(t *state.Team, status int, problem string) error {
	c := membersContent{teamHead: a.headOf(t, "members"), Query: a.query("query"), RemoveReason: a.teamReason(t, access.OpTeamEditMembers), AddReason: a.addReason(t)}
	c.Adding = a.r.PostForm.Get("members")
	p, err := a.page("members", t.ID, c.Query)
	if err != nil {
		return err
	}
	found, err := a.asker().Users(client.UserQuery{Team: t.ID, Query: c.Query, Platform: a.through(t)}, p)
	if err != nil {
		return err
	}
	for _, u := range found.Users {
		c.Lines = append(c.Lines, userLine{User: u, Initials: initials(cmp.Or(u.Name, u.Email))})
	}
	c.Total = found.Total
	if found.Next != "" {
		c.Next = with("/teams/"+t.ID+"/members", "query", c.Query, "after", found.Next)
	}
	a.render(status, "/teams", "team", page{Title: t.Name, Problem: problem, Content: c})
	return nil
}

// through is the platform by which the caller sees people of a team; "" for whoever sees everybody.
func (a *asking) through(t *state.Team) string {
	seen := a.view.Platforms()
	if a.view.All() || len(seen) == 0 {
		return ""
	}
	for _, slug := range a.grantedOn(access.Holder{Kind: access.Team, ID: t.ID}) {
		if slices.Contains(seen, slug) {
			return slug
		}
	}
	return seen[0]
}

// addReason says why the caller cannot add somebody to a team; "" where nothing speaks against it.
func (a *asking) addReason(t *state.Team) string {
	slugs := a.grantedOn(access.Holder{Kind: access.Team, ID: t.ID})
	if slices.ContainsFunc(slugs, func(slug string) bool { return a.provisioned(slug, access.OpTeamEditMembers) }) {
		return provisionedReason
	}
	return a.teamReason(t, access.OpTeamEditMembers)
}

// addMembers puts people into a team.
func (a *asking) addMembers() error {
	t, err := a.team()
	if err != nil {
		return err
	}
	back, who := "/teams/"+t.ID+"/members", people(a.r.PostForm.Get("members"))
	if len(who) == 0 {
		return a.showMembers(t, http.StatusUnprocessableEntity, "Say who it is: write the e-mail address of somebody in the organization.")
	}
	err = a.propose(proposal{Title: "Add " + strings.Join(who, ", ") + " to " + t.Name + "?", Save: "Add members", Part: "/teams", Back: back, Then: back,
		Commands: []client.Command{client.TeamJoin{Team: t.ID, Members: who}}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.showMembers(t, http.StatusUnprocessableEntity, text)
}

// removeMember takes somebody out of a team.
func (a *asking) removeMember() error {
	t, err := a.team()
	if err != nil {
		return err
	}
	back, id := "/teams/"+t.ID+"/members", a.r.PostForm.Get("member")
	name := "this person"
	if u := a.now.User(id); u != nil && a.view.Over(a.now).SeesSubject(access.Subject{Kind: access.User, ID: id}) {
		name = called(u)
	}
	return a.propose(proposal{Title: "Remove " + name + " from " + t.Name + "?", Save: "Remove member", Danger: true, Part: "/teams", Back: back, Then: back,
		Commands: []client.Command{client.TeamLeave{Team: t.ID, Members: []string{id}}}})
}

// deleteTeam removes a team with its roles, after its prompt.
func (a *asking) deleteTeam() error {
	t, err := a.team()
	if err != nil {
		return err
	}
	return a.propose(proposal{Title: "Delete " + t.Name + "?", Save: "Delete team", Danger: true, Part: "/teams", Back: "/teams/" + t.ID + "/members", Then: "/teams",
		Warning: "The team, its roles and its memberships go. The people stay, with what they have otherwise.", Commands: []client.Command{client.TeamDelete{Team: t.ID}}})
}

// renameTeam gives a team another name.
func (a *asking) renameTeam() error {
	t, err := a.team()
	if err != nil {
		return err
	}
	back, name := "/teams/"+t.ID+"/members", strings.TrimSpace(a.r.PostForm.Get("name"))
	if name == t.Name {
		return a.showMembers(t, http.StatusUnprocessableEntity, "That is its name already.")
	}
	err = a.propose(proposal{Title: "Rename " + t.Name + " to " + name + "?", Save: "Rename team", Part: "/teams", Back: back, Then: back,
		Commands: []client.Command{client.TeamRename{Team: t.ID, To: name}}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.showMembers(t, http.StatusUnprocessableEntity, text)
}

package console

import (
	"net/http"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// addContent is the form that adds somebody.
type addContent struct {
	Email, Name string
	Platforms   []platformChoice
}

// A platformChoice is a platform that somebody can become a member of.
type platformChoice struct {
	Slug, Product string
	Chosen        bool
}

// adding lists the platforms to which the caller may add people; where there is none, why says so. The server refuses the same.
func (a *asking) adding() (list []platformChoice, why string) {
	why = "You may not add people to any platform."
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		switch {
		case slug == accessfile.Directory || p == nil || !a.view.MayOperate(slug, access.OpMemberAdd):
		case a.now.Settings[change.SettingProvisioning] == "on" && slices.Contains(p.Model.Governance.NotWhileProvisioned, access.OpMemberAdd):
			why = "People are added by the identity provider while provisioning is on. Add them there."
		default:
			list = append(list, platformChoice{Slug: slug, Product: p.Model.Product})
		}
	}
	if len(list) > 0 {
		why = ""
	}
	return list, why
}

// showAdd asks whom to add.
func (a *asking) showAdd() error { return a.addForm(http.StatusOK, nil) }

// addForm shows the form as it was filled in, and what was wrong with that.
func (a *asking) addForm(status int, problem error) error {
	list, why := a.adding()
	if why != "" {
		return refusal(why)
	}
	c := addContent{Email: a.r.PostForm.Get("email"), Name: a.r.PostForm.Get("name"), Platforms: list}
	for i := range list {
		list[i].Chosen = len(list) == 1 || slices.Contains(a.r.PostForm["on"], list[i].Slug)
	}
	return a.filled(status, "/users", "useradd", "Add new user", c, problem)
}

// addUser adds somebody to the platforms that were chosen.
func (a *asking) addUser() error {
	email := a.r.PostForm.Get("email")
	err := a.propose(proposal{Title: "Add " + email + "?", Save: "Add user", Part: "/users", Back: "/users/add", Made: func(done change.Result) error {
		then := with("/users", "query", email)
		if len(done.Results) > 0 && done.Results[0].ID != "" {
			then = "/users/" + done.Results[0].ID + "/roles" // where roles are assigned
		}
		http.Redirect(a.w, a.r, then, http.StatusSeeOther)
		return nil
	},
		Commands: []client.Command{client.UserAdd{NewUser: client.NewUser{Email: email, Name: a.r.PostForm.Get("name"), On: a.r.PostForm["on"]}}}})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return a.addForm(http.StatusUnprocessableEntity, err)
	}
	return err
}

package console

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/change"
)

// manyPeople is how many may gain or lose something before saving takes a typed confirmation.
const manyPeople = 20

// A proposal is a change that somebody is about to make: what the review says of it.
type proposal struct {
	Title   string // "Remove Ana Ortiz?"
	Warning string // what else should be known before: "The identity provider still has this person."
	Save    string // the button: "Save", "Remove user"
	Danger  bool
	Back    string // where nothing was done
	Then    string // where one goes when it is saved
	// ThenOf says it, where that takes what came of the change; nil: Then does.
	ThenOf   func(change.Result) string
	Part     string
	Teams    string // what a team is called there; "" where that is its name
	Commands []client.Command
	ID       string                    // of the change, so that a form that is sent twice makes one; "" where that does no harm
	Made     func(change.Result) error // shows what was made, in place of going to Then: a secret is shown at once or never
}

// reviewContent is what the review shows.
type reviewContent struct {
	proposal
	Gained, Lost         []reviewPerson
	GainedWho, LostWho   string // how many: "2 people, 1 agent"
	GainedMore, LostMore int    // of those, not shown
	Size                 int
	Objects              []client.Object
	Word                 string // to be typed; "" where a button is enough
	Hidden               []fact // what the form that led here sent
	Seal                 string
	Address              string
}

// A reviewPerson is somebody with all that they gain, or lose.
type reviewPerson struct {
	whom
	subject string // as programs write it
	Lines   []reviewLine
	Count   int  // permissions at places
	Worst   bool // among them is one with which they decide about the rights of others
}

// mostReviewed is how many people a review shows one by one on each side. Its counts are of everybody.
const mostReviewed = 100

// propose shows what a change would do, and makes it when that very thing was reviewed. Nothing is saved without it.
func (a *asking) propose(p proposal) error {
	a.began = p.Back
	result, err := a.do(change.How{DryRun: true}, p.Commands...)
	if err != nil {
		return err
	}
	difference, err := result.Difference()
	if err != nil {
		return err
	}
	a.nameNew(&difference)
	c := a.review(p, &difference)
	if a.r.PostForm.Get("reviewed") != c.Seal || c.Word != "" && a.r.PostForm.Get("word") != c.Word {
		problem := ""
		if given := a.r.PostForm.Get("reviewed"); given != "" {
			problem = "What the change would do is not what you saw any more. Look at it again."
			if given == c.Seal {
				problem = "Type " + c.Word + " to confirm."
			}
		}
		a.render(http.StatusOK, p.Part, "review", page{Title: p.Title, Problem: problem, Content: c})
		return nil
	}
	if result, err = a.do(change.How{ID: p.ID, Expected: result.Before.Revision}, p.Commands...); err != nil {
		return err
	}
	if p.Made != nil {
		return p.Made(result)
	}
	http.Redirect(a.w, a.r, p.Then, http.StatusSeeOther)
	return nil
}

// review prepares what is shown, the worst first.
func (a *asking) review(p proposal, d *client.Difference) reviewContent {
	c := reviewContent{proposal: p, Size: d.Gained + d.Lost, Objects: d.Objects, Address: a.r.URL.RequestURI(), Seal: sealOf(p.Commands, d)}
	for i := range d.Access {
		x := &d.Access[i]
		c.Gained = collected(c.Gained, x, x.GainedSummary, x.Gained)
		c.Lost = collected(c.Lost, x, x.LostSummary, x.Lost)
	}
	worstFirst(c.Gained)
	worstFirst(c.Lost)
	c.GainedWho, c.LostWho = countedKinds(c.Gained), countedKinds(c.Lost)
	administrators := len(c.Gained) > 0 && c.Gained[0].Worst || len(c.Lost) > 0 && c.Lost[0].Worst
	if administrators || max(len(c.Gained), len(c.Lost)) > manyPeople {
		c.Word = a.caller.Organization
	}
	c.GainedMore, c.LostMore = max(0, len(c.Gained)-mostReviewed), max(0, len(c.Lost)-mostReviewed)
	c.Gained, c.Lost = c.Gained[:len(c.Gained)-c.GainedMore], c.Lost[:len(c.Lost)-c.LostMore]
	for _, list := range [][]reviewPerson{c.Gained, c.Lost} {
		for i := range list {
			list[i].whom = a.whom(list[i].subject)
			for k := range list[i].Lines {
				line := &list[i].Lines[k]
				line.Each = a.permissionsInWords(line.Where, line.names)
			}
		}
	}
	a.inWords(c.Objects, p.Teams)
	for name, values := range a.r.PostForm {
		if name == "reviewed" || name == "word" {
			continue
		}
		for _, value := range values {
			c.Hidden = append(c.Hidden, fact{name, value})
		}
	}
	slices.SortStableFunc(c.Hidden, func(x, y fact) int { return strings.Compare(x.Name, y.Name) })
	return c
}

// administrating are permissions with which somebody decides about the rights of others.
func administrating(permission string) bool {
	return slices.Contains([]string{"users.edit_roles", "users.remove", "team_permissions.edit", "custom_roles.edit", "sso.administer", "platforms.attach",
		"signin.manage", "users.manage", "members.update", "users.update", "permissions.write", "groups.write"}, permission)
}

// worstFirst puts administrators first, and then whoever gains or loses most.
func worstFirst(list []reviewPerson) {
	slices.SortStableFunc(list, func(x, y reviewPerson) int {
		switch {
		case x.Worst == y.Worst:
			return y.Count - x.Count
		case x.Worst:
			return -1
		}
		return 1
	})
}

// sealOf stands for a change and what it would do, as it was shown.
func sealOf(commands []client.Command, d *client.Difference) string {
	text, err := json.Marshal(struct {
		Commands client.Commands
		Access   []client.Access
	}{commands, d.Access})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// counted says how many of something there are: "1 person", "3 people".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

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
	Title    string // "Remove Ana Ortiz?"
	Warning  string // what else should be known before: "The identity provider still has this person."
	Save     string // the button: "Save", "Remove user"
	Danger   bool
	Back     string // where nothing was done
	Then     string // where one goes when it is saved
	Part     string
	Commands []client.Command
}

// reviewContent is what the review shows.
type reviewContent struct {
	proposal
	Gained, Lost                   []reviewLine
	GainedPeople, LostPeople, Size int
	Objects                        []client.Object
	Word                           string // to be typed; "" where a button is enough
	Hidden                         []fact // what the form that led here sent
	Seal                           string
	Address                        string
}

type reviewLine struct {
	Who, Where, What string
	More             []string // each permission
	Worst            bool
}

// propose shows what a change would do, and makes it when that very thing was reviewed. Nothing is saved without it.
func (a *asking) propose(p proposal) error {
	result, err := a.do(change.How{DryRun: true}, p.Commands...)
	if err != nil {
		return err
	}
	difference, err := result.Difference()
	if err != nil {
		return err
	}
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
	if _, err := a.do(change.How{Expected: result.Before.Revision}, p.Commands...); err != nil {
		return err
	}
	http.Redirect(a.w, a.r, p.Then, http.StatusSeeOther)
	return nil
}

// review prepares what is shown, the worst first.
func (a *asking) review(p proposal, d *client.Difference) reviewContent {
	c := reviewContent{proposal: p, Size: d.Gained + d.Lost, Objects: d.Objects, Address: a.r.URL.RequestURI(), Seal: sealOf(p.Commands, d)}
	gained, lost, administrators := map[string]bool{}, map[string]bool{}, false
	for _, x := range d.Access {
		if len(x.Gained) > 0 {
			gained[x.Subject] = true
			c.Gained = append(c.Gained, lineOf(x.Subject, x.Under, x.GainedSummary, x.Gained))
		}
		if len(x.Lost) > 0 {
			lost[x.Subject] = true
			c.Lost = append(c.Lost, lineOf(x.Subject, x.Under, x.LostSummary, x.Lost))
		}
	}
	for _, lines := range [][]reviewLine{c.Gained, c.Lost} {
		slices.SortStableFunc(lines, func(x, y reviewLine) int {
			switch {
			case x.Worst == y.Worst:
				return len(y.More) - len(x.More)
			case x.Worst:
				return -1
			}
			return 1
		})
		administrators = administrators || len(lines) > 0 && lines[0].Worst
	}
	c.GainedPeople, c.LostPeople = len(gained), len(lost)
	if administrators || max(c.GainedPeople, c.LostPeople) > manyPeople {
		c.Word = a.caller.Organization
	}
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

func lineOf(who, where, what string, all []string) reviewLine {
	return reviewLine{Who: who, Where: where, What: what, More: all, Worst: slices.ContainsFunc(all, administrating)}
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

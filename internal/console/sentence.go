package console

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

// A piece is a part of a sentence: text, or a moment.
type piece struct {
	Text string
	When time.Time // zero: it is text
}

// moments finds moments as programs write them.
var moments = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`)

// addresses finds what can be somebody's e-mail address.
var addresses = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+\.[^\s"'<>(),;:.]+`)

// pieces cuts a sentence at its moments, so that a page can show each as people read it.
func pieces(text string) (list []piece) {
	from := 0
	for _, found := range moments.FindAllStringIndex(text, -1) {
		when, err := time.Parse(time.RFC3339, text[found[0]:found[1]])
		if err != nil {
			continue
		}
		list = append(list, piece{Text: text[from:found[0]]}, piece{When: when})
		from = found[1]
	}
	return append(list, piece{Text: text[from:]})
}

// said is the sentence of a row as pages have it: with people's names and roles' titles. What programs read has e-mail addresses and
// ids. Somebody whose name others have too keeps the address, and so does whoever is not the caller's to see.
func (a *asking) said(row *history.Row) string {
	text := row.Details
	var written struct{ Role, On, License, Platform string }
	_ = json.Unmarshal(row.Facts, &written) // where a fact of that name is something else, nothing is replaced
	p := a.now.Platform(written.Platform)
	switch {
	case row.Action == "grant.added", row.Action == "grant.removed":
		title := a.titleOfRole(written.On, written.Role)
		text = strings.Replace(text, " the role "+written.Role+" on ", " the role "+title+" on ", 1)
	case row.Action == "license.set" && p != nil:
		text = strings.Replace(text, " the license "+written.License+" on ", " the license "+licenseTitle(p, written.License)+" on ", 1)
	}
	names := map[string]string{}
	for _, written := range append([]string{row.Actor}, row.Targets...) {
		address, person := strings.CutPrefix(written, access.User.String()+":")
		if u := a.now.UserByEmail(address); person && u != nil && a.nameIsOnly(u) && a.view.Over(a.now).SeesUser(u) {
			names[address] = u.Name
		}
	}
	return addresses.ReplaceAllStringFunc(text, func(address string) string { return cmp.Or(names[address], address) })
}

// nameIsOnly tells whether nobody else has a person's name.
func (a *asking) nameIsOnly(u *state.User) bool {
	if u.Name == "" {
		return false
	}
	same := a.now.ListUsers(state.UserQuery{After: strings.ToLower(u.Name) + "\x00", Limit: 2}).Users // sorted by name
	return len(same) < 2 || !strings.EqualFold(same[1].Name, u.Name)
}

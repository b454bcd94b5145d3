package client

import (
	"net/url"
	"strconv"
)

// A UserQuery is the query of GET /api/v1/users.
type UserQuery struct {
	Query    string // in name or e-mail, without regard to case
	Team     string // only members of this team: name or id
	Platform string // only members of this platform, explicit or implied
	Active   *bool  // only active ones, or only deactivated ones
	Sort     string // "name" or "email"; "" is "name"
	Page
	Reading
}

func (u UserQuery) values() url.Values {
	q := url.Values{}
	set(q, "query", u.Query)
	set(q, "team", u.Team)
	set(q, "platform", u.Platform)
	set(q, "sort", u.Sort)
	if u.Active != nil {
		q.Set("active", strconv.FormatBool(*u.Active))
	}
	u.Page.query(q)
	u.Reading.query(q)
	return q
}

func set(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

// Users is one page of users: the answer of GET /api/v1/users.
type Users struct {
	Users []User `json:"users"`
	Total int    `json:"total"`          // that match, on all pages
	Next  string `json:"next,omitempty"` // after of the next page; none on the last
	Facts
}

// A User is a person of the directory.
type User struct {
	ID       string            `json:"id"`     // "usr_…"
	Number   int32             `json:"number"` // integer id
	Email    string            `json:"email"`  // or the id that an edition of one's own allows
	Name     string            `json:"name"`
	Active   bool              `json:"active"`
	On       []string          `json:"on"`       // platforms of which the user is an explicit member
	Implied  []string          `json:"implied"`  // platforms of which a grant or a license makes the user a member
	Licenses map[string]string `json:"licenses"` // by platform
	Teams    []string          `json:"teams"`    // names
}

// A UserDetail is one user with what they hold: the answer of GET /api/v1/users/{user}. {user} is an id or an e-mail.
type UserDetail struct {
	User
	Grants []HeldGrant `json:"grants"`            // own ones and those of the user's teams
	SignIn *SignIn     `json:"sign_in,omitempty"` // how they get in: for themselves, and for administrators of people
	Facts
}

// A HeldGrant is a grant and how it comes to somebody.
type HeldGrant struct {
	Grant
	Via string `json:"via"` // "" for an own grant, "team:data"
}

// A NewUser is the body of POST /api/v1/users.
type NewUser struct {
	Email    string   `json:"email"`
	Name     string   `json:"name,omitempty"`
	On       []string `json:"on,omitempty"`       // becomes an explicit member of these platforms
	Teams    []string `json:"teams,omitempty"`    // joins these teams
	Licenses Licenses `json:"licenses,omitempty"` // gets these licenses
}

// Licenses is a license a platform.
type Licenses map[string]string

// A Profile is the body of PATCH /api/v1/users/{user}. What is nil stays.
type Profile struct {
	Email *string `json:"email,omitempty"`
	Name  *string `json:"name,omitempty"`
}

// A License is the body of PUT /api/v1/users/{user}/licenses/{platform}. "" takes it away.
type License struct {
	License string `json:"license"`
}

// A TeamQuery is the query of GET /api/v1/teams.
type TeamQuery struct {
	Query string // in the name, without regard to case
	Page
	Reading
}

func (t TeamQuery) values() url.Values {
	q := url.Values{}
	set(q, "query", t.Query)
	t.Page.query(q)
	t.Reading.query(q)
	return q
}

// Teams is one page of teams by name: the answer of GET /api/v1/teams.
type Teams struct {
	Teams []Team `json:"teams"`
	Total int    `json:"total"`
	Next  string `json:"next,omitempty"`
	Facts
}

// A Team holds grants for its members.
type Team struct {
	ID      string `json:"id"` // "team_…"
	Number  int32  `json:"number"`
	Name    string `json:"name"`
	Members int    `json:"members"` // how many
	Grants  int    `json:"grants"`  // how many
}

// A TeamDetail is one team: the answer of GET /api/v1/teams/{team}. {team} is an id or a name.
type TeamDetail struct {
	ID      string   `json:"id"`
	Number  int32    `json:"number"`
	Name    string   `json:"name"`
	Members []Member `json:"members"`
	Grants  []Grant  `json:"grants"`
	Facts
}

// A Member is a user in a team.
type Member struct {
	ID     string `json:"id"`
	Email  string `json:"email"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

// A GrantQuery is the query of GET /api/v1/grants.
type GrantQuery struct {
	To       string // only those of this holder: "team:data"
	On       string // only those at this scope
	Under    string // only those at this scope or beneath
	Role     string
	Platform string
	Page
	Reading
}

func (g GrantQuery) values() url.Values {
	q := url.Values{}
	set(q, "to", g.To)
	set(q, "on", g.On)
	set(q, "under", g.Under)
	set(q, "role", g.Role)
	set(q, "platform", g.Platform)
	g.Page.query(q)
	g.Reading.query(q)
	return q
}

// Grants is one page of grants, in the access file's order: the answer of GET /api/v1/grants.
type Grants struct {
	Grants []Grant `json:"grants"`
	Total  int     `json:"total"`
	Next   string  `json:"next,omitempty"`
	Facts
}

// A SetupRequest is the body of POST /api/v1/setup: it uses the one-time setup secret up. No token is needed.
type SetupRequest struct {
	Secret       string `json:"secret"`
	Organization string `json:"organization"` // short name, part of addresses: "acme"
	Name         string `json:"name"`         // of the first owner
	Email        string `json:"email"`
}

// A Setup is the answer of POST /api/v1/setup.
type Setup struct {
	Organization string `json:"organization"`
	User         User   `json:"user"`   // now owner
	Token        Token  `json:"token"`  // of that user
	Secret       string `json:"secret"` // the token's, shown here once and never again
	Facts
}

// A Whoami says who asks: the answer of GET /api/v1/whoami.
type Whoami struct {
	Organization string      `json:"organization"`
	Subject      string      `json:"subject"` // "user:ana@acme.test"
	ID           string      `json:"id"`      // "usr_…"
	Name         string      `json:"name,omitempty"`
	Token        Token       `json:"token,omitzero"`    // by which it is asked
	Session      *Session    `json:"session,omitempty"` // or this
	Grants       []HeldGrant `json:"grants"`            // in force now
	Server       string      `json:"server"`            // the server's version
	// BreakGlass are the accesses that an operator opened and that are not over: everybody is told of them.
	BreakGlass []BreakGlass `json:"break_glass,omitempty"`
	Facts
}

package accessfile

import (
	"fmt"
	"time"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// Read reads an access file. The file's name is for messages; open reads a role model that the file names, by its
// path relative to the file, and may be nil where there are none. The error is a *yamltext.Error with every problem.
func Read(file string, text []byte, open func(name string) ([]byte, error)) (*File, error) {
	p := &yamltext.Problems{}
	root := yamltext.Parse(file, text, p)
	if p.Any() {
		return nil, p.Err()
	}
	r := &reader{p: p, name: file, open: open, file: newFile()}
	r.sections(root)
	if p.Any() {
		return nil, p.Err()
	}
	r.rules()
	if p.Any() {
		return nil, p.Err()
	}
	return r.file, nil
}

// A reader holds one file while it is read.
type reader struct {
	grantFields []map[string]yamltext.Place // by grant: where its fields stand
	p           *yamltext.Problems
	name        string
	open        func(name string) ([]byte, error)
	file        *File
	// seats are the places of the platforms' limits.
	seats map[string]yamltext.Value
	// anyUserID says that a platform allows user ids which are no e-mail.
	anyUserID bool
	// broken platforms could not be read; what names them is not reported again.
	broken map[string]bool
	// suggestions counts those made.
	suggestions int
}

// sections reads the file's keys in the order in which they lean on each other, whatever their order in the text.
func (r *reader) sections(root yamltext.Value) {
	at := map[string]yamltext.Value{}
	known := []string{"organization", "platforms", "users", "service_users", "teams", "roles", "grants", "tests"}
	for _, e := range root.Entries(r.p) {
		switch {
		case has(known, e.Key):
			at[e.Key] = e.Value
		case e.Key == "agents" || e.Key == "tokens":
			r.p.AddAt(e.KeyAt, e.Key, "agents and tokens are not in the access file",
				"remove the key; create them with bailiwick token create")
		default:
			r.p.AddAt(e.KeyAt, e.Key, fmt.Sprintf("unknown key %q", e.Key), r.oneOf(e.Key, known))
		}
	}
	if !root.IsMapping() {
		if !root.Given() {
			r.p.Add(root, "the text says nothing", "begin the file with organization: NAME")
		}
		return
	}
	r.organization(root, at["organization"])
	r.platforms(at["platforms"])
	r.roles(at["roles"])
	r.users(at["users"])
	r.serviceUsers(at["service_users"])
	r.teams(at["teams"])
	r.grants(at["grants"])
	r.tests(at["tests"])
	r.checkSeats()
}

func (r *reader) organization(root, v yamltext.Value) {
	if !v.Given() {
		r.p.Add(root, "the organization has no name", "begin the file with organization: NAME")
		return
	}
	name := v.Text(r.p)
	r.plainName(v.Place(), v.Path, "organization", name)
	r.file.Organization.Name = name
}

// rules judges a file whose structure is right by the platforms' rules.
func (r *reader) rules() {
	// The moment does not matter: neither the structure nor CheckGrants nor a question's level depends on it.
	snapshot, err := access.Build(r.file.Organization, time.Time{})
	if err != nil {
		r.p.AddAt(yamltext.Place{File: r.name, Line: 1, Column: 1}, "", err.Error(), "")
		return
	}
	r.file.snapshot = snapshot
	for _, problem := range snapshot.CheckGrants(r.file.Organization.Grants) {
		place, path := r.file.Places.Grants[problem.Grant], fmt.Sprintf("grants[%d]", problem.Grant)
		if problem.Field != "" {
			place, path = r.grantFields[problem.Grant][problem.Field], path+"."+problem.Field
		}
		r.p.AddAt(place, path, problem.Wrong, problem.Right)
	}
	for i, test := range r.file.Tests {
		r.checkLevel(snapshot, i, test)
	}
}

func has(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

package accessfile

import (
	"time"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// Directory is the slug of the platform that is always attached and never written down: the directory itself.
const Directory = "org"

// directoryEdition is the directory's role model.
const directoryEdition = "bailiwick"

// A File is all that an access file says.
type File struct {
	// Organization holds the facts that decide, the directory's platform first.
	Organization access.Organization
	// Platforms holds what the file says about a platform besides the facts, by slug; without the directory.
	Platforms map[string]Attachment
	// Names are the users' names for people, by user id.
	Names map[string]string
	// Descriptions are those of service users, by name.
	Descriptions map[string]string
	// Tests are the assertions, in the order of the file.
	Tests []Test
	// Places says where each thing stands. Write ignores it.
	Places Places

	snapshot *access.Snapshot // of Organization, as Read checked it
}

// Snapshot returns the organization that Read has read, compiled for a moment. It is for a File as Read returned it.
func (f *File) Snapshot(at time.Time) (*access.Snapshot, error) {
	return f.snapshot.Apply(access.At{Time: at})
}

// An Attachment is what the file says about a platform besides the facts that decide.
type Attachment struct {
	Model   string // as written: an edition's name or the path of a file
	Seats   int    // 0 where the file sets no limit
	AuthZEN bool   // reachable by bare kinds and permissions as well
}

// A Test asserts one answer.
type Test struct {
	Who        access.Subject
	Permission string // without the platform: "runs.launch"
	Resource   string
	Allowed    bool
	At         time.Time // zero: whenever the test is run
}

// Places says where things stand in the text. Keys are as in the File; lists run parallel to it.
type Places struct {
	Platforms    map[string]yamltext.Place
	Resources    map[string]yamltext.Place // by path, roots included
	Roles        map[string]yamltext.Place // custom roles, by platform and role: "dagster/release-manager"
	Users        map[string]yamltext.Place
	ServiceUsers map[string]yamltext.Place
	Teams        map[string]yamltext.Place
	Grants       []yamltext.Place
	Tests        []yamltext.Place
}

func newFile() *File {
	return &File{
		Platforms:    map[string]Attachment{},
		Names:        map[string]string{},
		Descriptions: map[string]string{},
		Places: Places{
			Platforms:    map[string]yamltext.Place{},
			Resources:    map[string]yamltext.Place{},
			Roles:        map[string]yamltext.Place{},
			Users:        map[string]yamltext.Place{},
			ServiceUsers: map[string]yamltext.Place{},
			Teams:        map[string]yamltext.Place{},
		},
	}
}

// Platform returns the attached platform of that slug, or nil.
func (f *File) Platform(slug string) *access.Platform {
	for i := range f.Organization.Platforms {
		if f.Organization.Platforms[i].Slug == slug {
			return &f.Organization.Platforms[i]
		}
	}
	return nil
}

// Slugs returns the slugs of the attached platforms in the order of the file.
func (f *File) Slugs() []string {
	slugs := make([]string, len(f.Organization.Platforms))
	for i, p := range f.Organization.Platforms {
		slugs[i] = p.Slug
	}
	return slugs
}

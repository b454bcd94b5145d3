package change

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
)

// maxName bounds a name in bytes.
const maxName = 255

// name judges what somebody wants to call a thing.
func name(field, text string) error {
	bad := func(wrong, right string) error {
		return fault.New(fault.Invalid, "%s", wrong).In(field).By("name").Rather("%s", right)
	}
	switch {
	case text == "":
		return bad("the name is empty", "give it one")
	case len(text) > maxName:
		return bad("the name is longer than 255 bytes", "give it a shorter one")
	case strings.TrimSpace(text) != text:
		return bad("the name begins or ends with a space", "leave the space out")
	case !utf8.ValidString(text), strings.IndexFunc(text, invisible) >= 0, !norm.NFC.IsNormalString(text):
		return bad("the name has control or invisible characters, or is not in Unicode's form NFC", "write it with ordinary letters")
	case strings.HasPrefix(text, state.UserPrefix), strings.HasPrefix(text, state.ServiceUserPrefix), state.LooksLikeID(text):
		return bad("the name looks like one of Bailiwick's own ids", "begin it differently")
	}
	return nil
}

// invisible tells whether a rune shows nothing, so that two names with and without it look alike.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// address returns the stored form of a user's e-mail, or of an id where an attached edition allows any.
func (j *judge) address(field, text string) (string, error) {
	if !strings.Contains(text, "@") && j.anyUserID() {
		return text, name(field, text)
	}
	address, err := email.Normalize(text)
	if err != nil {
		return "", fault.New(fault.Invalid, "%v", err).In(field).By("email").Rather("write it like ana@acme.test")
	}
	return address, nil
}

func (j *judge) anyUserID() bool {
	return slices.ContainsFunc(j.now().Slugs(), func(s string) bool { return j.now().Platform(s).Model.AnyUserID })
}

// user finds a user by id or e-mail.
func (j *judge) user(field, text string) (*state.User, error) {
	if u := j.now().User(text); u != nil {
		return u, nil
	}
	if address, err := email.Normalize(text); err == nil {
		text = address
	}
	if u := j.now().UserByEmail(text); u != nil {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, "there is no user %q", text).In(field).Rather("name one by e-mail or id")
}

// team finds a team by id or name.
func (j *judge) team(field, text string) (*state.Team, error) {
	if t := j.now().Team(text); t != nil {
		return t, nil
	}
	if t := j.now().TeamByName(text); t != nil {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, "there is no team %q", text).In(field)
}

func (j *judge) serviceUser(field, text string) (*state.ServiceUser, error) {
	if u := j.now().ServiceUser(text); u != nil {
		return u, nil
	}
	if u := j.now().ServiceUserByName(text); u != nil {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, "there is no service user %q", text).In(field)
}

// platform finds an attached platform.
func (j *judge) platform(field, slug string) (*state.Platform, error) {
	if p := j.now().Platform(slug); p != nil {
		return p, nil
	}
	return nil, fault.New(fault.NotFound, "there is no platform %q", slug).In(field).Rather("%s", suggest.OneOf(slug, j.slugs()))
}

// Holder finds whom a text means: "user:ana@acme.test", "team:data", with names or ids.
func Holder(st *state.State, field, text string) (access.Holder, error) {
	word, id, _ := strings.Cut(text, ":")
	kind := access.ParseHolderKind(word)
	if kind == access.NoHolder || id == "" {
		return access.Holder{}, fault.New(fault.Invalid, "%q names nobody", text).In(field).Rather("write user:EMAIL, team:NAME, service_user:NAME or agent:ID")
	}
	if kind == access.User {
		if address, err := email.Normalize(id); err == nil {
			id = address
		}
	}
	h, found := st.SubjectByName(kind, id)
	if !found {
		return access.Holder{}, fault.New(fault.NotFound, "there is no %s %q", strings.ReplaceAll(word, "_", " "), id).In(field)
	}
	return h, nil
}

// holder is Holder in the midst of a change: NewAgent is the agent that it made last.
func (j *judge) holder(field, text string) (access.Holder, error) {
	if text == client.NewAgent {
		for _, r := range slices.Backward(j.results) {
			if r.Do == (client.AgentCreate{}).Do() {
				return access.Holder{Kind: access.Agent, ID: r.ID}, nil
			}
		}
		return access.Holder{}, fault.New(fault.NotFound, "no command before this one makes an agent").In(field).Rather("put agent.create before it")
	}
	return Holder(j.now(), field, text)
}

// path reads a path and returns its canonical form with the platform.
func (j *judge) path(field, text string) (string, *state.Platform, error) {
	canonical, err := access.CanonicalPath(text)
	if err != nil {
		return "", nil, fault.New(fault.Invalid, "%v", err).In(field).By("path")
	}
	p, err := j.platform(field, access.SlugOf(canonical))
	return canonical, p, err
}

// existing is path for a resource that is there.
func (j *judge) existing(field, text string) (*state.Resource, *state.Platform, error) {
	path, p, err := j.path(field, text)
	if err != nil {
		return nil, nil, err
	}
	if r := j.now().Resource(path); r != nil {
		return r, p, nil
	}
	return nil, nil, fault.New(fault.NotFound, "there is no resource %q", path).In(field)
}

// settings judges values of the settings that a kind carries, and returns them merged over the old ones.
func settings(m *access.Model, kind string, old, changed map[string]string) (map[string]string, error) {
	merged := map[string]string{}
	for name, value := range old {
		merged[name] = value
	}
	for name, value := range changed {
		i := slices.IndexFunc(m.Settings, func(s access.Setting) bool { return s.Name == name && s.At == kind })
		switch {
		case i < 0:
			return nil, fault.New(fault.Invalid, "a %s of %s has no setting %q", kind, m.Product, name).In("settings").By("setting")
		case value == "":
			delete(merged, name)
			continue
		case !slices.Contains(m.Settings[i].Values, value):
			return nil, fault.New(fault.Invalid, "the setting %s cannot be %q", name, value).In("settings."+name).By("setting").
				Rather("it is one of %s", strings.Join(m.Settings[i].Values, ", "))
		}
		merged[name] = value
	}
	if len(merged) == 0 {
		return nil, nil
	}
	return merged, nil
}

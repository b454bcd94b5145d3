package console

import (
	"strings"

	"bailiwick/access"
)

// A whom is somebody as the lists call them: by name, which leads to their page, and by e-mail beside it.
type whom struct{ Name, Email, Address string }

// whom is what pages call a subject that is written as programs write it: "user:bo@acme.test". Whoever is not the caller's to see,
// or is no more, keeps what is written.
func (a *asking) whom(subject string) whom {
	written := whom{Name: subjectInWords(subject)}
	word, name, _ := strings.Cut(subject, ":")
	sub, exists := a.now.SubjectByName(access.ParseHolderKind(word), name)
	if !exists || !a.view.Over(a.now).SeesSubject(sub) {
		return written
	}
	switch sub.Kind {
	case access.User:
		u := a.now.User(sub.ID)
		n := whom{Name: called(u), Address: "/users/" + sub.ID + "/roles"}
		if n.Email = u.Email; n.Name == u.Email {
			n.Email = ""
		}
		return n
	case access.Team:
		written.Address = "/teams/" + sub.ID + "/members"
	case access.ServiceUser:
		written.Address = "/service-users/" + sub.ID + "/roles"
	case access.Agent:
		if called := a.now.Agent(sub.ID).Description; called != "" {
			written.Name = "agent " + called
		}
	}
	return written
}

// subjectInWords names a subject as people do: without its kind where it is a person.
func subjectInWords(subject string) string {
	kind, name, kinded := strings.Cut(subject, ":")
	switch {
	case !kinded:
		return subject
	case kind == "user":
		return name
	}
	return strings.ReplaceAll(kind, "_", " ") + " " + name
}

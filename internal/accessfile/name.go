package accessfile

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"bailiwick/internal/email"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// maxName bounds a name in bytes; names of vendors' objects are shorter.
const maxName = 255

// idPrefixes begin the ids that Bailiwick itself gives; a name like that could be taken for somebody else's id.
func idPrefixes() [2]string { return [2]string{"usr_", "svc_"} }

// plainName reports a name that cannot be one: empty, endless, with edges or letters that nobody sees.
func (r *reader) plainName(at yamltext.Place, path, what, name string) bool {
	var wrong, right string
	switch {
	case name == "":
		wrong, right = "the name is empty", "give the "+what+" a name"
	case len(name) > maxName:
		wrong, right = fmt.Sprintf("the name has %d bytes", len(name)), fmt.Sprintf("at most %d are possible", maxName)
	case strings.TrimSpace(name) != name:
		wrong, right = fmt.Sprintf("the name %q begins or ends with a space", name), fmt.Sprintf("write %q", strings.TrimSpace(name))
	case strings.IndexFunc(name, unicode.IsControl) >= 0:
		wrong, right = fmt.Sprintf("the name %q contains a control character", name), "remove it"
	default:
		return true
	}
	r.p.AddAt(at, path, wrong, right)
	return false
}

// holderName is plainName for somebody who can hold grants.
func (r *reader) holderName(at yamltext.Place, path, what, name string) bool {
	for _, prefix := range idPrefixes() {
		if strings.HasPrefix(name, prefix) {
			r.p.AddAt(at, path, fmt.Sprintf("the name %q looks like one of Bailiwick's own ids", name),
				fmt.Sprintf("a name may not begin with %q", prefix))
			return false
		}
	}
	return r.plainName(at, path, what, name)
}

// userID returns the stored form of a user's id.
func userID(text string, anyUserID bool) (string, error) {
	if anyUserID && !strings.Contains(text, "@") {
		if text == "" {
			return "", errors.New("the user id is empty")
		}
		return text, nil
	}
	return email.Normalize(text)
}

// maxSuggestions bounds the work that a text full of errors can make: about as many are reported at all.
const maxSuggestions = 200

// oneOf says what would be right in place of a name that is none of names.
func (r *reader) oneOf(name string, names []string) string {
	if r.suggestions++; r.suggestions > maxSuggestions {
		return ""
	}
	return suggest.OneOf(name, names)
}

// a writes a kind with its article: "an environment".
func a(kind string) string {
	if strings.ContainsRune("aeiou", rune(kind[0])) {
		return "an " + words(kind)
	}
	return "a " + words(kind)
}

// quoteAll writes names for a message, in the order given.
func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}

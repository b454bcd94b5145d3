package password

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"bailiwick/internal/fault"
)

const (
	// MinCharacters is the fewest characters that a password has.
	MinCharacters = 12
	// MaxCharacters is the most.
	MaxCharacters = 256

	// maxBytes is the longest text that is looked at; 256 characters have at most 1024 bytes, before normalization more.
	maxBytes = 4096
	// ownCharacters is how many characters a password must have that are not a common word and not about its owner.
	ownCharacters = 8
	// minWord is the shortest word that is looked for.
	minWord = 3
)

//go:embed common.txt
var commonText string

// common returns the common passwords and, of them, the words that longer ones are made of. It reads the list once.
//
//nolint:gochecknoglobals // nothing changes what it returns
var common = sync.OnceValues(func() (map[string]bool, []string) {
	passwords := map[string]bool{}
	var words []string
	for line := range strings.Lines(commonText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		passwords[line] = true
		if len(line) < MinCharacters {
			words = append(words, line)
		}
	}
	return passwords, longestFirst(words)
})

// normalize brings a password into the one form that is hashed: the profile OpaqueString of RFC 8265, so that a password
// typed on another keyboard is the same one. It changes no case and cuts nothing off.
func normalize(password string) (string, error) {
	if len(password) > maxBytes {
		return "", refused("is longer than %d characters", MaxCharacters)
	}
	form, err := precis.OpaqueString.String(password)
	if err != nil || !utf8.ValidString(password) {
		return "", refused("is empty or has a character that cannot be relied on: a control character, or one that Unicode does not define")
	}
	return form, nil
}

// Check says whether a password may be set. About are texts about its owner: e-mail, name, organization. The error says
// what would be right and quotes nothing of the password.
func Check(password string, about ...string) error {
	form, err := normalize(password)
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(form); n < MinCharacters || n > MaxCharacters {
		return refused("has %d characters", n)
	}
	if regular([]rune(form)) {
		return refused("repeats a few characters, or runs through them in order")
	}
	passwords, words := common()
	folded := fold(form)
	for _, reading := range []string{folded, plainLetters(folded)} {
		if passwords[reading] {
			return refused("is one of those that are tried first")
		}
		if own(reading, words) < ownCharacters {
			return refused("is little more than a word that is tried first")
		}
		if own(reading, wordsOf(about)) < ownCharacters {
			return refused("is little more than your e-mail, your name or your organization")
		}
	}
	return nil
}

func refused(wrong string, args ...any) error {
	return fault.New(fault.Invalid, "the password "+wrong, args...).In("password").By("password").
		Rather("%d to %d characters that others do not guess, such as four or five words that do not belong together", MinCharacters, MaxCharacters)
}

// regular tells whether a text is a short piece repeated, or a run such as 12345… or zyxwv….
func regular(text []rune) bool {
	for piece := 1; piece <= 4; piece++ {
		if slices.Equal(text[piece:], text[:len(text)-piece]) {
			return true
		}
	}
	step := text[1] - text[0]
	for i := 1; i < len(text); i++ {
		next := text[i] - text[i-1]
		if next != step && (text[i-1] != '9' || text[i] != '0') && (text[i-1] != '0' || text[i] != '1') {
			return false
		}
	}
	return step >= -1 && step <= 1
}

// fold brings a text into the form in which words are looked for: neither case nor the look of a character counts.
func fold(text string) string {
	return cases.Fold().String(norm.NFKC.String(text))
}

// plainLetters reads the signs that stand for letters: p@ssw0rd.
func plainLetters(text string) string {
	return strings.NewReplacer("@", "a", "4", "a", "8", "b", "3", "e", "6", "g", "1", "i", "!", "i", "|", "i", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t", "2", "z").Replace(text)
}

// own counts the characters that are left of a text without the words; what separates words does not count.
func own(text string, words []string) int {
	for _, word := range words {
		text = strings.ReplaceAll(text, word, "\x00") // not joined: what is left must not make a new word
	}
	n := 0
	for _, r := range text {
		if r != 0 && !unicode.IsSpace(r) && !strings.ContainsRune("-_.@", r) {
			n++
		}
	}
	return n
}

// wordsOf cuts texts about a person into the words to look for, and reads them as plainLetters does as well.
func wordsOf(about []string) []string {
	var words []string
	for _, text := range about {
		for _, word := range strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(word) >= minWord {
				words = append(words, word, plainLetters(word))
			}
		}
	}
	return longestFirst(words)
}

// longestFirst sorts words so that a word does not hide a longer one.
func longestFirst(words []string) []string {
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(words)
}

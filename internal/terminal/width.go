package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width is the number of columns that a text takes: letters of East Asian scripts take two, combining marks none, and
// neither do the colours of this package.
func Width(text string) int {
	columns := 0
	for i := 0; i < len(text); {
		if n := escape(text[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		columns += runeWidth(r)
		i += size
	}
	return columns
}

// escape returns the length of a colour sequence at the beginning of a text, or 0.
func escape(text string) int {
	if !strings.HasPrefix(text, "\x1b[") {
		return 0
	}
	end := strings.IndexByte(text, 'm')
	return end + 1
}

func runeWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Pad fills a text with spaces to a width.
func Pad(text string, columns int) string {
	if missing := columns - Width(text); missing > 0 {
		return text + strings.Repeat(" ", missing)
	}
	return text
}

// Wrap breaks a text at spaces into lines of at most a width; a longer word stays whole. A width of 0 or less does not
// break at all.
func Wrap(text string, columns int) []string {
	if columns <= 0 || Width(text) <= columns {
		return []string{text}
	}
	var lines []string
	line, taken := "", 0
	for _, word := range strings.Fields(text) {
		w := Width(word)
		if taken > 0 && taken+1+w > columns {
			lines = append(lines, line)
			line, taken = "", 0
		}
		if taken > 0 {
			line, taken = line+" ", taken+1
		}
		line, taken = line+word, taken+w
	}
	return append(lines, line)
}

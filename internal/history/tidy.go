package history

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds each text of an activity, in bytes: what somebody asked for can be as long as they like.
const maxText = 256

// tidy makes a text that can be kept and shown: valid, without control characters, not too long.
func tidy(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if len(text) > 0 && text[len(text)-1] >= utf8.RuneSelf {
			text = text[:len(text)-1]
		}
	}
	return strings.Map(printable, strings.ToValidUTF8(text, "\uFFFD"))
}

// printable drops what moves a terminal's cursor, begins a line, or turns the direction of what follows.
func printable(r rune) rune {
	if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
		return -1
	}
	return r
}

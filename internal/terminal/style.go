package terminal

// A Style colours text, or leaves it alone. The zero value leaves it alone.
type Style struct{ color bool }

// NewStyle returns a style that colours if told to.
func NewStyle(color bool) Style { return Style{color: color} }

func (s Style) paint(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Good is for what is allowed or right.
func (s Style) Good(text string) string { return s.paint("1;32", text) }

// Bad is for what is denied or wrong.
func (s Style) Bad(text string) string { return s.paint("1;31", text) }

// Warn is for what deserves a look.
func (s Style) Warn(text string) string { return s.paint("33", text) }

// Strong is for headings and the word that matters.
func (s Style) Strong(text string) string { return s.paint("1", text) }

// Faint is for what may be skipped.
func (s Style) Faint(text string) string { return s.paint("2", text) }

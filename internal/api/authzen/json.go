package authzen

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may stand in each other.
const maxDepth = 64

// fewKeys is up to how many keys of one object are compared one by one; above, a set is kept, or a long object of a
// hostile caller would cost the square of its length.
const fewKeys = 16

// A reader reads one JSON text in a single pass, strictly as I-JSON (RFC 7493): UTF-8 without surrogates, no key twice in
// an object, nothing behind the end. Strings without escapes are parts of the text, not copies. The first thing that is
// wrong with the text as JSON ends the reading; wrong types are for the caller to find.
type reader struct {
	text  string
	at    int
	depth int
	keys  []string // of the objects being read, innermost last
	wrong string   // what is wrong with the text; "" so far nothing
}

// fail notes what is wrong and where, the first time.
func (r *reader) fail(wrong string) {
	if r.wrong == "" {
		r.wrong = "the body is not strict JSON (RFC 7493): " + wrong + " at byte " + strconv.Itoa(r.at)
	}
}

// space goes to the next byte that is no white space and returns it; 0 at the end, which no JSON text contains elsewhere
// outside of strings.
func (r *reader) space() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// end insists that the text is over.
func (r *reader) end() {
	if r.wrong == "" && (r.space() != 0 || r.at < len(r.text)) {
		r.fail("something stands behind the end")
	}
}

// An object is a place in an object's members:
//
//	for o := r.object(); o.next(); {
//		switch o.key { … each case reads or skips the value }
//	}
type object struct {
	r    *reader
	key  string
	from int                 // where this object's keys begin
	seen map[string]struct{} // instead of comparing one by one; nil for few keys
}

// object begins an object; the next byte must be "{".
func (r *reader) object() object {
	r.enter('{')
	return object{r: r, from: len(r.keys)}
}

// next goes to the next member; false at the object's end or where the text is wrong.
func (o *object) next() bool {
	r := o.r
	if r.wrong != "" {
		return false
	}
	c := r.space()
	first := len(r.keys) == o.from
	switch {
	case c == '}':
		r.at, r.depth, r.keys = r.at+1, r.depth-1, r.keys[:o.from]
		return false
	case first:
	case c == ',':
		r.at++
		c = r.space()
	default:
		r.fail(`"," or "}" is missing`)
		return false
	}
	if c != '"' {
		r.fail("a key in quotes is missing")
		return false
	}
	o.key = r.str()
	if r.wrong == "" && r.space() != ':' {
		r.fail(`":" is missing`)
	}
	if r.wrong != "" || !o.unique() {
		return false
	}
	r.at++
	return true
}

// unique tells whether the key is the object's first of that name, and remembers it.
func (o *object) unique() bool {
	r := o.r
	twice := false
	own := r.keys[o.from:]
	switch {
	case o.seen != nil:
		_, twice = o.seen[o.key]
	case len(own) < fewKeys:
		for _, k := range own {
			twice = twice || k == o.key
		}
	default:
		o.seen = make(map[string]struct{}, 4*fewKeys)
		for _, k := range own {
			o.seen[k] = struct{}{}
		}
		_, twice = o.seen[o.key]
	}
	if twice {
		r.fail("the same key stands twice in one object")
		return false
	}
	if o.seen != nil {
		o.seen[o.key] = struct{}{}
	} else {
		r.keys = append(r.keys, o.key)
	}
	return true
}

// element goes to an array's next element; false at its end or where the text is wrong. Enter the array before.
func (r *reader) element(first bool) bool {
	if r.wrong != "" {
		return false
	}
	switch c := r.space(); {
	case c == ']':
		r.at, r.depth = r.at+1, r.depth-1
		return false
	case first:
	case c == ',':
		r.at++
		if r.space() == ']' {
			r.fail("a value is missing")
		}
	default:
		r.fail(`"," or "]" is missing`)
	}
	return r.wrong == ""
}

// enter begins an object or an array.
func (r *reader) enter(open byte) {
	switch r.depth++; {
	case r.space() != open:
		r.fail("\"" + string(rune(open)) + "\" is missing")
	case r.depth > maxDepth:
		r.fail("objects and arrays stand more than " + strconv.Itoa(maxDepth) + " deep in each other")
	default:
		r.at++
	}
}

// skip reads over any value, as strictly as if it mattered.
func (r *reader) skip() {
	switch r.space() {
	case '"':
		r.str()
	case '{':
		for o := r.object(); o.next(); {
			r.skip()
		}
	case '[':
		r.enter('[')
		for first := true; r.element(first); first = false {
			r.skip()
		}
	case 't':
		r.word("true")
	case 'f':
		r.word("false")
	case 'n':
		r.word("null")
	default:
		r.number()
	}
}

func (r *reader) word(word string) {
	if len(r.text)-r.at < len(word) || r.text[r.at:r.at+len(word)] != word {
		r.fail("a value is missing")
		return
	}
	r.at += len(word)
}

// number reads over a number and returns it as written.
func (r *reader) number() string {
	from := r.at
	r.sign("-")
	if r.at < len(r.text) && r.text[r.at] == '0' {
		r.at++
	} else {
		r.digits()
	}
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		r.digits()
	}
	if r.at < len(r.text) && r.text[r.at]|0x20 == 'e' {
		r.at++
		r.sign("+-")
		r.digits()
	}
	return r.text[from:r.at]
}

func (r *reader) sign(signs string) {
	for i := range len(signs) {
		if r.at < len(r.text) && r.text[r.at] == signs[i] {
			r.at++
			return
		}
	}
}

func (r *reader) digits() {
	from := r.at
	for r.at < len(r.text) && r.text[r.at]-'0' <= 9 {
		r.at++
	}
	if r.at == from {
		r.fail("a value is missing")
	}
}

// str reads a string; the next byte is its first quote.
func (r *reader) str() string {
	r.at++
	from := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.text[from : r.at-1]
		case c == '\\':
			return r.escaped(from)
		case c < ' ':
			r.fail("a control character stands in a string")
			return ""
		case c < utf8.RuneSelf:
			r.at++
		default:
			r.wide()
		}
		if r.wrong != "" {
			return ""
		}
	}
	r.fail("a string has no end")
	return ""
}

// wide goes over one character beyond ASCII. It returns the character.
func (r *reader) wide() rune {
	c, size := utf8.DecodeRuneInString(r.text[r.at:])
	switch {
	case c == utf8.RuneError && size == 1:
		r.fail("bytes that are not UTF-8 stand in a string")
	case noncharacter(c):
		r.fail("a noncharacter stands in a string")
	}
	r.at += size
	return c
}

// escaped reads the rest of a string that has an escape; what stands from from on was read.
func (r *reader) escaped(from int) string {
	b := append(make([]byte, 0, 64), r.text[from:r.at]...)
	for r.at < len(r.text) && r.wrong == "" {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return string(b)
		case c == '\\':
			b = utf8.AppendRune(b, r.escape())
		case c < ' ':
			r.fail("a control character stands in a string")
		case c < utf8.RuneSelf:
			b = append(b, c)
			r.at++
		default:
			b = utf8.AppendRune(b, r.wide())
		}
	}
	r.fail("a string has no end")
	return ""
}

// escape reads one escape, or a pair of them that means one character.
func (r *reader) escape() rune {
	if r.at+1 >= len(r.text) {
		r.fail("a string has no end")
		return 0
	}
	c := r.text[r.at+1]
	if c == 'u' {
		return r.unicode()
	}
	for i := range len(short) {
		if short[i] == c {
			r.at += 2
			return rune(long[i])
		}
	}
	r.fail("an unknown escape stands in a string")
	return 0
}

// The short escapes and what each stands for.
const (
	short = `"\/bfnrt`
	long  = "\"\\/\b\f\n\r\t"
)

func (r *reader) unicode() rune {
	c := r.hex()
	if utf16.IsSurrogate(c) {
		if r.at < len(r.text) && r.text[r.at] == '\\' {
			c = utf16.DecodeRune(c, r.hex())
		}
		if c == utf8.RuneError || utf16.IsSurrogate(c) { // no pair of surrogates means U+FFFD
			r.fail("half a surrogate pair stands in a string")
		}
	}
	if noncharacter(c) {
		r.fail("a noncharacter stands in a string")
	}
	return c
}

// hex reads an escape of four hexadecimal digits; -1 where there is none.
func (r *reader) hex() rune {
	if len(r.text)-r.at < 6 || r.text[r.at] != '\\' || r.text[r.at+1] != 'u' {
		r.fail("an escape of four digits is missing")
		return -1
	}
	n := rune(0)
	for i := r.at + 2; i < r.at+6; i++ {
		c := r.text[i]
		switch {
		case c-'0' <= 9:
			n = n<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			r.fail("an escape has a digit that is none")
			return -1
		}
	}
	r.at += 6
	return n
}

// noncharacter tells the code points that I-JSON excludes besides surrogates.
func noncharacter(c rune) bool {
	return c >= 0xfdd0 && (c <= 0xfdef || c&0xfffe == 0xfffe)
}

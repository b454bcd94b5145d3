package dagster

import (
	"bytes"
)

// A cursor walks over JSON that is known to be valid, without reading more of it than it is asked to: answers have megabytes, of
// which some bytes are rewritten and the rest stays as it is.
type cursor struct {
	text []byte
	at   int
}

// next goes to the next byte that is not white space and returns it.
func (c *cursor) next() byte {
	for c.text[c.at] <= ' ' {
		c.at++
	}
	return c.text[c.at]
}

// skip goes over one value and returns where it lies.
func (c *cursor) skip() (from, to int) {
	first := c.next()
	from = c.at
	switch first {
	case '"':
		c.skipText()
	case '{', '[':
		c.skipNested()
	default:
		for c.at < len(c.text) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(c.text[c.at])) {
			c.at++
		}
	}
	return from, c.at
}

func (c *cursor) skipText() {
	for c.at++; ; c.at++ {
		c.at += bytes.IndexByte(c.text[c.at:], '"')
		escapes := 0
		for c.text[c.at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			c.at++
			return
		}
	}
}

func (c *cursor) skipNested() {
	for depth := 0; ; {
		switch c.text[c.at] {
		case '"':
			c.skipText()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.at++
		if depth == 0 {
			return
		}
	}
}

// list goes over a list and has each element read by a function, which goes over it.
func (c *cursor) list(element func()) {
	c.at++
	for c.next() != ']' {
		if c.text[c.at] == ',' {
			c.at++
			continue
		}
		element()
	}
	c.at++
}

// object goes over an object and has each member's value read by a function, which goes over it. It is given the key and where the
// member begins. Keys are names of GraphQL, which nobody escapes.
func (c *cursor) object(member func(key []byte, from int)) {
	c.at++
	for c.next() != '}' {
		if c.text[c.at] == ',' {
			c.at++
			continue
		}
		from, to := c.skip()
		c.next() // the colon
		c.at++
		member(c.text[from+1:to-1], from)
	}
	c.at++
}

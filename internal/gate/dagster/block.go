package dagster

import (
	"strings"
)

// plainBlocks refuses texts between three quotes that are read in two ways. The parser here counts the first line's indentation,
// which graphql-core 3.2 does not (specification of 2021, 2.9.4), and takes the last three of more quotes for the end.
func plainBlocks(query string) error {
	for i := 0; i < len(query); {
		switch rest := query[i:]; {
		case rest[0] == '#':
			i += until(rest, "\r\n")
		case strings.HasPrefix(rest, `"""`):
			end, err := block(rest)
			if err != nil {
				return err
			}
			i += end
		case rest[0] == '"':
			i += text(rest)
		default:
			i++
		}
	}
	return nil
}

// until returns where one of some characters is, or the end.
func until(s, any string) int {
	if i := strings.IndexAny(s, any); i >= 0 {
		return i
	}
	return len(s)
}

// text returns where a text in quotes ends. One that goes over a line is left to the parser.
func text(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"', '\n', '\r':
			return i + 1
		}
	}
	return len(s)
}

func block(s string) (end int, err error) {
	for end = 3; ; end++ {
		switch rest := s[min(end, len(s)):]; {
		case rest == "":
			return len(s), nil // without an end; the parser says so
		case strings.HasPrefix(rest, `\"""`):
			end += 3
		case strings.HasPrefix(rest, `""""`):
			return 0, refused("document", "four quotes follow each other in the document", `write \""" for three of them, or a text in single quotes`)
		case strings.HasPrefix(rest, `"""`):
			first := s[3 : 3+until(s[3:end], "\r\n")]
			if len(first) < end-3 && strings.Trim(first, " \t") != "" {
				return 0, refused("document", "a text of several lines begins behind its quotes", "begin it on a line of its own")
			}
			return end + 3, nil
		}
	}
}

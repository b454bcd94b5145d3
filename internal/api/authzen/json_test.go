package authzen

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// strict is what the reader must agree with, made from encoding/json: valid JSON, valid UTF-8, no surrogate halves, no
// noncharacters, unique keys, not too deep.
func strict(text string) bool {
	if !json.Valid([]byte(text)) || !utf8.ValidString(text) {
		return false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := walk(d, 0); err != nil {
		return false
	}
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

var errStrict = errors.New("not strict")

func walk(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case string:
		return character(token)
	case json.Delim:
		if depth == maxDepth {
			return errStrict
		}
		seen := map[string]bool{}
		for d.More() {
			if token == '{' {
				key, err := d.Token()
				if err != nil {
					return err
				}
				if seen[key.(string)] || character(key.(string)) != nil {
					return errStrict
				}
				seen[key.(string)] = true
			}
			if err := walk(d, depth+1); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}
	return nil
}

func character(text string) error {
	for _, c := range text {
		if noncharacter(c) {
			return errStrict
		}
	}
	return nil
}

// halves tells whether a text writes U+FFFD or a surrogate as an escape: encoding/json makes U+FFFD of both.
func halves(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, `\ud`) || strings.Contains(lower, `\ufffd`)
}

func readAll(text string) bool {
	r := reader{text: text}
	r.skip()
	r.end()
	return r.wrong == ""
}

var texts = []string{
	`{}`, `[]`, `""`, `0`, `-0`, `-`, `01`, `1.`, `.5`, `1.5e+3`, `1e`, `1E-0`, `true`, `tru`, `nul`, `null`, `falsey`, ``, ` `, "\x00", "{}\x00",
	`{"a":1}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `[1,]`, `[,1]`, `[1 2]`, `[[[]]]`, `{"a":[{"b":{}}]}`,
	`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":{"b":1,"b":1}}`, `{"a":{"b":1},"c":{"b":1}}`, `{"":1,"":2}`, `{"a":1,"A":2}`, "{\"é\":1,\"e\u0301\":2}", `{"é":1,"\u00e9":2}`,
	`"\n\t\"\\\/\b\f\r"`, `"\x"`, `"\u12"`, `"\u00zz"`, `"\ud83d\ude00"`, "\"\t\"", "\"\xff\"", "\"\xed\xa0\x80\"", `"` + "\ufffe" + `"`, `"\uffff"`, `"\ufdd0"`, `"abc`, `"abc\`,
	"\ufeff{}", `{} {}`, `{}x`, `{"a":1}}`, `]`, "[\u00a01]", "{\"a\":1\f}",
	strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	strings.Repeat(`{"a":`, maxDepth) + `1` + strings.Repeat("}", maxDepth), strings.Repeat("[", 100000),
}

func TestReaderAgreesWithTheStandardLibrary(t *testing.T) {
	for _, text := range texts {
		if got, want := readAll(text), strict(text); got != want {
			t.Errorf("%.80q: read %v, want %v", text, got, want)
		}
	}
}

func TestReaderRefusesHalfSurrogates(t *testing.T) {
	for text, want := range map[string]bool{
		`"\ud800"`: false, `"\udc00"`: false, `"\ud800\ud800"`: false, `"\ud800x"`: false, `"\udc00\ud800"`: false, `"\ud800\n"`: false,
		`"\ud83f\udfff"`: false, `"\ud800\udc00"`: true, `"\ufffd"`: true, `"\ud7ff\ue000"`: true,
	} {
		if got := readAll(text); got != want {
			t.Errorf("%s: read %v, want %v", text, got, want)
		}
	}
}

func TestReaderFindsRepeatedKeysInLongObjects(t *testing.T) {
	for _, n := range []int{1, fewKeys - 1, fewKeys, fewKeys + 1, 5 * fewKeys} {
		var b strings.Builder
		b.WriteString(`{"inner":{`)
		for i := range n {
			b.WriteString(`"k` + strings.Repeat("x", i) + `":{"k":[{"k":1}]},`)
		}
		for last, want := range map[string]bool{`"new":0}}`: true, `"k":0}}`: false, `"k` + strings.Repeat("x", n-1) + `":0}}`: false} {
			if got := readAll(b.String() + last); got != want {
				t.Errorf("%d keys, then %s: read %v, want %v", n, last, got, want)
			}
		}
	}
}

// FuzzJSON compares with encoding/json: the same texts are valid, and strings mean the same.
func FuzzJSON(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if halves(text) {
			return
		}
		if got, want := readAll(text), strict(text); got != want {
			t.Fatalf("%q: read %v, want %v", text, got, want)
		}
		quoted, err := json.Marshal(text)
		if err != nil || !utf8.ValidString(text) || character(text) != nil {
			return
		}
		r := reader{text: string(quoted)}
		if got := r.str(); got != text {
			t.Fatalf("%s: read %q, want %q", quoted, got, text)
		}
		var back string
		if err := json.Unmarshal(appendString(nil, text), &back); err != nil || back != text {
			t.Fatalf("%q: written as %s, read back as %q: %v", text, appendString(nil, text), back, err)
		}
	})
}

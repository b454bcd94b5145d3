package seal_test

import (
	"bytes"
	"strings"
	"testing"

	"bailiwick/internal/fault"
	"bailiwick/internal/seal"
)

func ring(t *testing.T, fill byte) *seal.Ring {
	t.Helper()
	r, err := seal.New(bytes.Repeat([]byte{fill}, seal.MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sealed(t *testing.T, r *seal.Ring, text string) []byte {
	t.Helper()
	s, err := r.Seal("letter", "acme", "ltr_1", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASealedTextOpensForItsOwnPlaceOnly(t *testing.T) {
	r := ring(t, 1)
	text := sealed(t, r, "the secret")
	if plain, err := r.Open("letter", "acme", "ltr_1", text); err != nil || string(plain) != "the secret" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	for _, c := range []struct{ purpose, organization, id string }{
		{"provider", "acme", "ltr_1"}, {"letter", "other", "ltr_1"}, {"letter", "acme", "ltr_2"},
		{"lette", "racme", "ltr_1"}, {"letter", "acmel", "tr_1"}, {"letteracme", "", "ltr_1"},
	} {
		if plain, err := r.Open(c.purpose, c.organization, c.id, text); err == nil {
			t.Errorf("opened for %v: %q", c, plain)
		}
	}
}

func TestThePlaceOfATextCannotBeReadTwoWays(t *testing.T) {
	r := ring(t, 1)
	text, err := r.Seal("letter\x00acme", "b", "c", []byte("the secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open("letter", "acme\x00b", "c", text); err == nil {
		t.Error("opened where the parts of its place were cut elsewhere")
	}
}

func TestNothingOfASealedTextCanBeChanged(t *testing.T) {
	r := ring(t, 1)
	text := sealed(t, r, "the secret")
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1
		if _, err := r.Open("letter", "acme", "ltr_1", changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
	}
	for n := range text {
		if _, err := r.Open("letter", "acme", "ltr_1", text[:n]); err == nil {
			t.Errorf("opened with the first %d bytes only", n)
		}
	}
}

func TestASealedTextShowsNothing(t *testing.T) {
	r := ring(t, 1)
	one, two := sealed(t, r, "the secret"), sealed(t, r, "the secret")
	if bytes.Equal(one, two) || bytes.Equal(one[5:29], two[5:29]) {
		t.Error("the same text was sealed twice with one nonce")
	}
	if bytes.Contains(one, []byte("secret")) {
		t.Error("the sealed text contains the text")
	}
}

func TestErrorsSayWhichKeyIsMissing(t *testing.T) {
	text := sealed(t, ring(t, 1), "the secret")
	if _, err := ring(t, 2).Open("letter", "acme", "ltr_1", text); err == nil || !strings.Contains(err.Error(), "another master key") {
		t.Errorf("another key: %v", err)
	}
	text[0] = 9
	if _, err := ring(t, 1).Open("letter", "acme", "ltr_1", text); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("another version: %v", err)
	}
	if _, err := seal.New([]byte("short")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short master key: %v", err)
	}
	if _, err := ring(t, 1).Seal("letter", "acme", "ltr_1", make([]byte, seal.MaxBytes+1)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a long text: %v", err)
	}
}

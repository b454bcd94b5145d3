package signin

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
)

// TestAttack041ATokensHash : a token is found by the hash of all of it and by nothing else, what is nearly right is answered
// as what is wholly wrong, and there is too much of it to guess.
func TestAttack041ATokensHash(t *testing.T) {
	h := newHouse(t)
	text, id := h.issue("acme", ServiceUserToken, "service_user:"+bot, nil)
	expired, _ := h.issue("acme", ServiceUserToken, "service_user:"+bot, func(e *event.TokenIssued) { e.Expires = event.Micros(h.now().Add(time.Second)) })
	ended, endedID := h.issue("acme", ServiceUserToken, "service_user:"+bot, nil)
	h.append("acme", &event.TokenRevoked{Token: endedID})
	h.pass(time.Minute)
	st, err := h.engine.Current("acme")
	if err != nil {
		t.Fatal(err)
	}
	kept := st.Token(id)
	if kept == nil || kept.Hash != HashOf(text) || strings.Contains(fmt.Sprintf("%+v", *kept), text[len("bwk_svc_"):len("bwk_svc_")+8]) {
		t.Fatalf("the record %+v is not by the hash alone", kept)
	}

	// whole gives a changed text the checksum that it would have, so that it is looked up.
	whole := func(body string) string { return body + checksum(body) }
	body := text[:len(text)-checkChars]
	guesses := map[string]string{
		"its hash": kept.Hash, "its id": id, "its last characters": kept.Last, "nothing": "", "its prefix": prefix + "svc_", "the hash as a token": whole(prefix + "svc_" + kept.Hash),
		"a star": whole(body[:len(body)-1] + "*"), "a percent sign": whole(body[:20] + "%"), "spaces": text + " \t", "a new line": text + "\n", "another case": strings.ToUpper(text),
		"expired": expired, "ended": ended, "its checksum's case": body + strings.ToLower(text[len(body):]) + "x", "twice": text + text,
	}
	for i := 1; i < len(text); i++ {
		guesses[fmt.Sprint("the first ", i)] = text[:i]
		guesses[fmt.Sprint("all but the first ", i)] = text[i:]
	}
	for i := len(prefix + "svc_"); i < len(body); i++ { // all but one character are right
		other := byte('a')
		if body[i] == other {
			other = 'b'
		}
		guesses[fmt.Sprint("all but character ", i)] = whole(body[:i] + string(other) + body[i+1:])
		guesses[fmt.Sprint("the right beginning of ", i)] = whole(body[:i] + strings.Repeat("0", len(body)-i))
	}
	answer := func(err error) string { return fmt.Sprint(fault.Of(err), err, Challenge(err)) }
	want := answer(refused())
	for what, guess := range guesses {
		r := withToken(text)
		r.Header["Authorization"] = []string{"Bearer " + guess}
		if _, err := h.reader.Caller(r); err == nil || answer(err) != want {
			t.Errorf("%s: %v", what, err)
		}
		if guess != text && st.TokenByHash(guess) != nil && guess != kept.Hash {
			t.Errorf("%s finds a record", what)
		}
	}
	if _, err := h.reader.Caller(withToken(text)); err != nil {
		t.Errorf("the token itself: %v", err)
	}
	remembered := 0
	h.reader.tokens.Range(func(_, _ any) bool { remembered++; return true })
	if remembered > 3 {
		t.Errorf("%d tokens are remembered: guesses fill the memory", remembered)
	}
	if strings.Contains(h.log.String(), body[10:]) {
		t.Error("a guess is in the log")
	}
	r := withToken(text)
	r.Method, r.URL.Path = http.MethodGet, "/"
	r.Header["Authorization"] = []string{"Bearer " + strings.Repeat(text, 1<<14)} // not even hashed
	if n := testing.AllocsPerRun(5, func() { _, _ = h.reader.Caller(r) }); n > 100 {
		t.Errorf("a very long one costs %v allocations", n)
	}
}

// TestAttack041ATokenIsGuessed : each character of the random part is drawn from all 62, and no token is made twice.
func TestAttack041ATokenIsGuessed(t *testing.T) {
	const many = 4000
	seen := map[string]bool{}
	counts := make([]map[byte]int, randomChars)
	for i := range counts {
		counts[i] = map[byte]int{}
	}
	for range many {
		secret, hash, _, err := Mint(ServiceUserToken)
		if err != nil || seen[hash] {
			t.Fatalf("made twice, or not: %v", err)
		}
		seen[hash] = true
		random := secret.Reveal()[len("bwk_svc_"):]
		for i := range counts {
			counts[i][random[i]]++
		}
	}
	bits := 0.0
	for i, c := range counts {
		for _, n := range c {
			bits -= float64(n) / many * math.Log2(float64(n)/many)
		}
		if i > 0 && len(c) != len(base62) {
			t.Errorf("character %d is one of %d", i, len(c))
		}
	}
	if bits < 250 { // the sample makes it look a little less than 256
		t.Errorf("%.1f bits are random", bits)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{{"", "", false}, {"x", "", false}, {"", "x", false}, {"abc", "abc", true}, {"abc", "abd", false}, {"abc", "ab", false}, {"abc", "ABC", false}} {
		if SameHash(c.a, c.b) != c.same {
			t.Errorf("SameHash(%q, %q) is %v", c.a, c.b, !c.same)
		}
	}
	if hashes := slices.Collect(func(yield func(string) bool) {
		for _, text := range []string{"a", "b", "", "ab"} {
			if !yield(HashOf(text)) {
				return
			}
		}
	}); len(slices.Compact(slices.Sorted(slices.Values(hashes)))) != len(hashes) || len(hashes[0]) != 43 {
		t.Errorf("hashes %q", hashes)
	}
}

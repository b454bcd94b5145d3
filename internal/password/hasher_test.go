package password

import (
	"context"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"bailiwick/internal/fault"
)

const good = "orbit lantern quilt mossy"

func TestVerifyKnowsThePassword(t *testing.T) {
	h := New(Options{})
	phc, err := h.Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(phc) {
		t.Errorf("the PHC text is %q", phc)
	}
	if again, _ := h.Hash(t.Context(), good); again == phc {
		t.Error("two hashes of one password are equal: the salt is not random")
	}
	for _, c := range []struct {
		password string
		want     bool
	}{
		{good, true}, {"orbit\u3000lantern quilt mossy", true}, {strings.ToUpper(good), false}, {good + " ", false}, {"", false}, {"\xff", false}, {strings.Repeat("x", 5000), false},
	} {
		if ok, rehash, err := h.Verify(t.Context(), phc, c.password); ok != c.want || rehash || err != nil {
			t.Errorf("Verify(%.40q) = %v, %v, %v", c.password, ok, rehash, err)
		}
	}
}

// TestVerifyReadsWhatOthersWrote: the text is one of the reference implementation's own tests.
func TestVerifyReadsWhatOthersWrote(t *testing.T) {
	h := New(Options{})
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, rehash, err := h.Verify(t.Context(), phc, "password"); !ok || !rehash || err != nil {
		t.Errorf("other parameters: %v, %v, %v; want it to match and to be replaced", ok, rehash, err)
	}
	weak := stored{params: params{memory: 64, times: 1, lanes: 1}, salt: make([]byte, saltBytes)}
	weak.key = weak.hash(good, weak.salt, keyBytes)
	if ok, rehash, err := h.Verify(t.Context(), weak.String(), good); !ok || !rehash || err != nil {
		t.Errorf("less work: %v, %v, %v; want it to match and to be replaced", ok, rehash, err)
	}
	weak.key = weak.hash("", weak.salt, keyBytes)
	if ok, _, err := h.Verify(t.Context(), weak.String(), "\xff"); ok || err != nil {
		t.Errorf("a text that is no password matches the hash of nothing: %v, %v", ok, err)
	}
	if ok, rehash, err := h.Verify(t.Context(), phc, "passwort"); ok || rehash || err != nil {
		t.Errorf("another password: %v, %v, %v", ok, rehash, err)
	}
}

func TestAStoredTextCannotAskForEverything(t *testing.T) {
	h := New(Options{})
	h.working = func() { t.Error("it was hashed") }
	salt, key := base64.RawStdEncoding.EncodeToString(make([]byte, 16)), base64.RawStdEncoding.EncodeToString(make([]byte, 32))
	for _, text := range []string{
		"", good, "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key, "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=4000000,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=200$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key,
		"$argon2id$v=19$m=0,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=99999999999999999999,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=2,p=1,x=1$" + salt + "$" + key,
		"$argon2id$v=19$m=-1,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=2,p=1$$" + key, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + strings.Repeat("A", 1000), "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$!" + key[1:],
	} {
		ok, _, err := h.Verify(t.Context(), text, good)
		if ok || err == nil {
			t.Errorf("Verify(%q) = %v, %v", text, ok, err)
		} else if strings.Contains(err.Error(), key) || strings.Contains(err.Error(), salt) {
			t.Errorf("the error quotes the hash: %v", err)
		}
	}
}

// TestTheLineIsBounded: with one turn and a line of two, the fourth is sent away at once, and who stops waiting leaves the line.
func TestTheLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Parallel: 1, Waiting: 2})
		most, now, hold := 0, 0, make(chan struct{})
		h.working = func() { now++; most = max(most, now); <-hold; now-- }
		results := make(chan error, 3)
		ask := func(ctx context.Context) { results <- h.VerifyNobody(ctx, good) }
		impatient, cancel := context.WithCancel(t.Context())
		go ask(t.Context())
		synctest.Wait()
		go ask(t.Context())
		go ask(impatient)
		synctest.Wait()
		err := h.VerifyNobody(t.Context(), good)
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "try again") {
			t.Errorf("the fourth: %v", err)
		}
		if _, err := h.Hash(t.Context(), good); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Hash when the line is full: %v", err)
		}
		cancel()
		synctest.Wait()
		if err := <-results; !errors.Is(err, context.Canceled) || !fault.Is(err, fault.Unavailable) {
			t.Errorf("who stopped waiting: %v", err)
		}
		go ask(t.Context()) // there is room again
		synctest.Wait()
		close(hold)
		for range 3 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if most != 1 {
			t.Errorf("%d were hashed at once", most)
		}
	})
}

// TestNobodyCostsWhatSomebodyCosts: the same work, counted rather than timed.
func TestNobodyCostsWhatSomebodyCosts(t *testing.T) {
	h := New(Options{})
	hashed := 0
	h.working = func() { hashed++ }
	if err := h.VerifyNobody(t.Context(), good); err != nil || hashed != 1 {
		t.Errorf("VerifyNobody: %v, hashed %d times", err, hashed)
	}
	if err := h.VerifyNobody(t.Context(), ""); err != nil || hashed != 2 {
		t.Errorf("VerifyNobody without a password: %v, hashed %d times", err, hashed)
	}
	if h.nobody.params != current() || len(h.nobody.key) != keyBytes || len(h.nobody.salt) != saltBytes {
		t.Error("nobody's hash is not like a fresh one")
	}
	if o := New(Options{}); cap(o.turns) < 1 || cap(o.turns) > maxParallel {
		t.Errorf("%d at once", cap(o.turns))
	}
}

func BenchmarkVerify(b *testing.B) {
	h := New(Options{})
	for b.Loop() {
		if err := h.VerifyNobody(b.Context(), good); err != nil {
			b.Fatal(err)
		}
	}
}

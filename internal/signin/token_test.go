package signin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/fault"
)

// shape is what secret scanners look for; SECURITY.md states it.
var shape = regexp.MustCompile(`^bwk_(user|svc|agent|scim|gate)_[0-9A-Za-z]{49}$`)

func TestMintedTokensParse(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range []Kind{UserToken, ServiceUserToken, AgentToken, ScimToken, GateToken} {
		for range 50 {
			secret, hash, last, err := Mint(kind)
			if err != nil {
				t.Fatal(err)
			}
			text := secret.Reveal()
			if !shape.MatchString(text) || !strings.HasSuffix(text, last) || len(last) != 4 {
				t.Fatalf("token %q, last %q: not the documented shape", text, last)
			}
			gotKind, gotHash, err := Parse(text)
			if err != nil || gotKind != kind || gotHash != hash {
				t.Fatalf("Parse = %q %q %v; minted %q %q", gotKind, gotHash, err, kind, hash)
			}
			if seen[text] || strings.Contains(hash, "=") || len(hash) != 43 {
				t.Fatalf("token seen twice, or hash %q not 43 characters without padding", hash)
			}
			seen[text] = true
		}
	}
	if _, _, _, err := Mint("root"); !fault.Is(err, fault.Invalid) {
		t.Errorf("Mint(root) = %v, want Invalid", err)
	}
}

func TestParseRefusesEverySingleMistake(t *testing.T) {
	secret, _, _, err := Mint(ServiceUserToken)
	if err != nil {
		t.Fatal(err)
	}
	good := secret.Reveal()
	for i := range len(good) {
		for _, c := range []byte{'0', 'z', '_', ' ', 0, 0xff} {
			if good[i] == c {
				continue
			}
			bad := good[:i] + string([]byte{c}) + good[i+1:]
			if _, _, err := Parse(bad); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("Parse took %q, which differs from a token at %d", bad, i)
			}
		}
	}
	for _, bad := range []string{"", "bwk_", "bwk_svc_", good[:len(good)-1], good + "0", " " + good, good + "\n",
		strings.Replace(good, "svc", "user", 1), strings.Replace(good, "svc", "setup", 1), strings.ToUpper(good)} {
		if _, _, err := Parse(bad); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("Parse(%q) = %v, want Unauthenticated", bad, err)
		}
	}
}

func TestSecretsShowNothing(t *testing.T) {
	secret, _, _, err := Mint(UserToken)
	if err != nil {
		t.Fatal(err)
	}
	part := secret.Reveal()[10:20]
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, secret, &secret, struct{ hidden Secret }{secret})
	}
	for _, v := range []any{secret, &secret, map[Secret]Secret{secret: secret}, Setup{Secret: secret}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("token", "secret", secret, "setup", Setup{Secret: secret})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("token", "secret", secret, "setup", Setup{Secret: secret})
	if strings.Contains(out.String(), part) || strings.Contains(out.String(), fmt.Sprintf("%x", part)) {
		t.Errorf("a secret was printed:\n%s", out.String())
	}
}

func TestSetupLinksEnd(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	link, other := NewSetup(now), NewSetup(now)
	text := link.Secret.Reveal()
	for _, c := range []struct {
		why       string
		presented string
		hash      string
		done      bool
		at        time.Time
		ok        bool
	}{
		{"the link itself", text, link.Hash, false, now, true},
		{"in its last moment", text, link.Hash, false, now.Add(30*time.Minute - 1), true},
		{"over", text, link.Hash, false, now.Add(30 * time.Minute), false},
		{"used", text, link.Hash, true, now, false},
		{"another", other.Secret.Reveal(), link.Hash, false, now, false},
		{"none open", text, "", false, now, false},
		{"nothing presented", "", "", false, now, false},
		{"nothing presented to an open one", "", link.Hash, false, now, false},
	} {
		if err := CheckSetup(c.presented, c.hash, link.Until, c.done, c.at); (err == nil) != c.ok {
			t.Errorf("%s: %v, want ok %v", c.why, err, c.ok)
		}
	}
}

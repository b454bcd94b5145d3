package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bailiwick/client"
)

func TestAttack124ARestoreRevivesNothing(t *testing.T) {
	data := folder(t)
	s := serve(t, data, "--checkpoint-interval", "1s", "--head-file", data+".head")
	owner, portal := s.settle()
	eventually(t, "checkpoint", func() bool { return publishedAt(data+".head") > 0 })
	o := s.as(owner)
	kept, err := o.IssueToken(t.Context(), client.NewToken{Kind: "svc", Subject: "service_user:portal", Description: "kept"}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	ended, err := o.IssueToken(t.Context(), client.NewToken{Kind: "svc", Subject: "service_user:portal", Description: "ended"}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.RevokeToken(t.Context(), ended.Token.ID, client.Changing{}); err != nil {
		t.Fatal(err)
	}

	// The backup is taken while four write.
	l := newLedger()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, name := range []string{"w0-0", "w1-0", "w2-0", "w3-0"} {
		all.Go(func() { l.writer(ctx, s.as(owner), name) })
	}
	file := filepath.Join(t.TempDir(), "backup")
	eventually(t, "writing", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return len(l.acked) > 20 })
	must(t, "backup", "--data", data, file)
	cancel()
	all.Wait()
	must(t, "verify", "--data", data, "--file", file)

	// What happens after the backup is unknown to it.
	if _, err := o.RevokeToken(t.Context(), tokenOf(t, o, "portal"), client.Changing{}); err != nil {
		t.Fatal(err)
	}
	s.stop()
	for _, place := range []struct {
		name string
		args []string
	}{
		{"a new folder", nil},
		{"PostgreSQL", []string{"--database", postgres.Database(t)}},
	} {
		t.Run(place.name, func(t *testing.T) {
			fresh := folder(t)
			args := append([]string{"--data", fresh}, place.args...)
			said := must(t, append(append([]string{"restore"}, args...), "--keep-token", "kept", "--owner", "olga@acme.test", file)...)
			renewed := ""
			for word := range strings.FieldsSeq(said) {
				if strings.HasPrefix(word, "bwk_user_") {
					renewed = word
				}
			}
			s := serve(t, fresh, place.args...)
			who, err := s.as(renewed).Whoami(t.Context())
			if err != nil {
				t.Fatalf("the owner's new token: %v\n%s", err, said)
			}
			if who.Epoch != 2 {
				t.Errorf("the epoch is %d, want 2", who.Epoch)
			}
			for name, token := range map[string]string{"owner": owner, "portal": portal, "ended": ended.Secret} {
				if status, text := s.evaluate(token, "ana@acme.test", "runs.launch", "prod/etl"); status != 401 {
					t.Errorf("the token %s of before the restore: %d %s", name, status, text)
				}
			}
			if !s.allowed(kept.Secret, "ana@acme.test", "runs.launch") {
				t.Error("the kept token's answer is wrong")
			}
			if status, _ := s.get("setup"); status != 404 {
				t.Errorf("/setup answered %d", status)
			}
			s.stop()
			must(t, append([]string{"verify"}, args...)...)
			if code, _, errs := bailiwick(t, append(append([]string{"restore"}, args...), file)...); code == 0 {
				t.Errorf("a second restore into the same place was not refused: %s", errs)
			}
		})
	}
}

// tokenOf finds a token by its description.
func tokenOf(t *testing.T, c *client.Client, description string) string {
	t.Helper()
	all, err := c.Tokens(t.Context(), client.TokenQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range all.Tokens {
		if token.Description == description {
			return token.ID
		}
	}
	t.Fatalf("there is no token %q", description)
	return ""
}

func TestAttack124AHalfRestoreIsNotServed(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	s.settle()
	s.stop()
	file := filepath.Join(t.TempDir(), "backup")
	must(t, "backup", "--data", data, file)
	fresh := folder(t)
	// The restore fails after the rows were read back: nobody of that name is an owner.
	if code, _, errs := bailiwick(t, "restore", "--data", fresh, "--owner", "nobody@acme.test", file); code == 0 {
		t.Fatalf("restore went through: %s", errs)
	}
	refused(t, fresh, "a restore", "was cut off")
}

func TestAttack119ACutTailIsNoticedByThePublishedHead(t *testing.T) {
	data, head := folder(t), filepath.Join(t.TempDir(), "head.json")
	s := serve(t, data, "--head-file", head, "--checkpoint-interval", "1s")
	owner, _ := s.settle()
	revision := s.add(owner, "cut-off")
	eventually(t, "published head", func() bool { return publishedAt(head) >= revision })
	s.stop()
	must(t, "verify", "--data", data, "--head", head)

	// Whoever owns the database cuts the last change off, with every trace of it in there.
	tamper(t, data, `DELETE FROM journal WHERE organization = 'acme' AND revision > 10;
		UPDATE head SET revision = 10, hash = (SELECT hash FROM journal WHERE organization = 'acme' AND revision = 10), at = (SELECT at FROM journal WHERE organization = 'acme' AND revision = 10) WHERE organization = 'acme';
		DELETE FROM checkpoint; DELETE FROM snapshot`)
	must(t, "verify", "--data", data) // by itself it is whole
	cut := func(when string) {
		t.Helper()
		if code, out, errs := bailiwick(t, "verify", "--data", data, "--head", head); code != 1 || !strings.Contains(out, "tail_cut") {
			t.Errorf("%s: verify: %d %s%s", when, code, out, errs)
		}
	}
	cut("stopped")
	// A server that runs on does not publish the shorter journal over the proof.
	s = serve(t, data, "--head-file", head, "--checkpoint-interval", "1s")
	eventually(t, "complaint", func() bool { return strings.Contains(s.log.String(), "it was cut, or is another one") })
	s.stop()
	cut("after a start")
	// Nor does it help to remove the organization altogether.
	tamper(t, data, `DELETE FROM journal; DELETE FROM head; DELETE FROM checkpoint; DELETE FROM snapshot`)
	cut("emptied")
}

package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bailiwick/client"
)

// keep keeps a key as the door does.
func (w *world) keep() string {
	w.t.Helper()
	_, id, err := w.webhooks.Keep(w.t.Context(), "acme")
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestAWebhookFromItsMakingToItsEnd(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner := w.user("olga")
	settings := client.WebhookSettings{URL: "https://hooks.acme.test/bailiwick", Types: []string{"grant.*"}, Enabled: true}
	dry, err := owner.AddWebhook(ctx, settings, client.Changing{DryRun: true})
	if err != nil || dry.Secret != "" || dry.ID != "" || w.secretsKept() != 0 {
		t.Errorf("a dry run: %+v %v", dry, err)
	}
	made, err := owner.AddWebhook(ctx, settings, client.Changing{})
	if err != nil || !strings.HasPrefix(made.Secret, "whsec_") || !strings.HasPrefix(made.ID, "whk_") {
		t.Fatalf("%+v %v", made, err)
	}
	rotated, err := owner.RotateWebhook(ctx, made.ID, client.WebhookRotation{Overlap: 3600}, client.Changing{})
	if err != nil || rotated.Secret == made.Secret || rotated.Secret == "" {
		t.Fatalf("%+v %v", rotated, err)
	}
	settings.Enabled = false
	if _, err := owner.SetWebhook(ctx, made.ID, settings, client.Changing{}); err != nil {
		t.Fatal(err)
	}
	list, err := w.user("aud").Webhooks(ctx)
	if err != nil || len(list.Webhooks) != 1 || list.Webhooks[0].Keys != 2 || list.Webhooks[0].Enabled || list.Webhooks[0].URL != settings.URL {
		t.Fatalf("%+v %v", list, err)
	}
	seen, err := owner.Audit(ctx, client.AuditQuery{Actions: []string{"webhook.*"}})
	if err != nil || len(seen.Rows) != 3 {
		t.Errorf("%d rows, %v", len(seen.Rows), err)
	}
	for _, text := range []string{said(seen.Rows), w.log.String()} {
		if strings.Contains(text, "whsec_") || strings.Contains(text, strings.TrimPrefix(made.Secret, "whsec_")) {
			t.Errorf("the secret is in %s", text)
		}
	}
	if _, err := owner.RemoveWebhook(ctx, made.ID, client.Changing{}); err != nil {
		t.Fatal(err)
	}
	if list, err := owner.Webhooks(ctx); err != nil || len(list.Webhooks) != 0 || w.secretsKept() != 0 {
		t.Errorf("%+v %v, %d secrets are kept", list, err, w.secretsKept())
	}
}

// TestAttack108AddressesThatAWebhookMayNotHave: what would never be connected to is refused when it is named, and a
// credential in an address has no place in the history.
func TestAttack108AddressesThatAWebhookMayNotHave(t *testing.T) {
	w := newWorld(t)
	owner := w.secret("olga")
	before := w.Of("acme").Now().Revision
	for _, url := range []string{"http://hooks.acme.test", "https://127.0.0.1/x", "http://127.0.0.1/x", "https://169.254.169.254/latest", "https://[::1]/", "https://10.0.0.1/",
		"https://[::ffff:10.0.0.1]/", "file:///etc/passwd", "https://", "https://user:pass@hooks.acme.test/", "https://hooks.acme.test/?token=x", "https://hooks.acme.test/#x",
		"javascript:alert(1)", "https://hooks.acme.test/" + strings.Repeat("x", 3000)} {
		answer := w.send(call{method: "POST", path: "/webhooks", body: `{"enabled":true,"url":"` + url + `"}`, token: owner})
		if answer.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", url, answer.status, answer.body)
		}
	}
	if w.Of("acme").Now().Revision != before || w.secretsKept() != 0 {
		t.Errorf("something was written; %d secrets are kept", w.secretsKept())
	}
}

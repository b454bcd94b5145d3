package change_test

import (
	"testing"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// TestAttack127ABreakGlassSessionStays : closed by the change: it makes nothing that would outlive it.
func TestAttack127ABreakGlassSessionStays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		token := w.must(w.owner, client.ServiceUserCreate{ServiceUser: "ci"}, client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}).Results[1].ID
		emergency := w.owner
		emergency.Emergency = true
		for _, c := range []client.Command{
			client.TokenIssue{NewToken: client.NewToken{Kind: "user"}},
			client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}},
			client.TokenRotate{Token: token},
		} {
			w.refused(emergency, fault.Forbidden, "break_glass", c)
		}
		if _, err := w.LinkIdentity(t.Context(), acme, emergency, change.SignOn{Provider: "idp_x", Subject: "7"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an account was linked: %v", err)
		}
		// What it is for: to mend how people sign in.
		w.must(emergency, client.LinkOpen{User: "ed@acme.test", Purpose: change.LinkActivation}, client.OrganizationSet{Name: "session_idle", Value: "1h"})
	})
}

package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
)

// TestTheChainIsVerifiedByHand : by whoever reads everything, with the command's own code, and the page says up to where.
func TestTheChainIsVerifiedByHand(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("aud", "/audit"), "has not been verified since the server was started", `action="/audit/verify"`)
	hasNot(t, d.see("ada", "/audit"), "Integrity", "/audit/verify")
	for _, who := range []string{"ada", "bo", "zoe"} {
		d.refused(who, "/audit/verify", url.Values{}, http.StatusForbidden)
	}
	hasNot(t, d.see("aud", "/audit"), "are as they were written")
	verify := func() {
		t.Helper()
		if status, text, location := d.ask("aud", "/audit/verify", url.Values{}); status != http.StatusSeeOther || location != "/audit#chain" {
			t.Fatalf("status %d, to %s\n%s", status, location, text)
		}
	}
	upto := d.Now().Revision
	verify()
	has(t, d.see("aud", "/audit"), "Lines 1 to "+strconv.FormatInt(upto, 10)+" are as they were written: verified <time")
}

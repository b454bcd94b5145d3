package signin

import (
	"testing"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
)

// TestThoseWhoAreVouchedForAreActive : nobody is created, and what ends people ends this too, open streams among it.
func TestThoseWhoAreVouchedForAreActive(t *testing.T) {
	for what, end := range map[string]event.Event{
		"deactivated": &event.UserDeactivated{User: ana}, "removed": &event.UserRemoved{User: ana}, "sessions ended": &event.SessionsEnded{User: ana},
	} {
		h := newHall(t, SessionOptions{Secure: true})
		h.pass(1)
		got, err := h.reader.Vouched("acme", "Ana@ACME.test")
		if err != nil || got.Subject != (access.Subject{Kind: access.User, ID: ana}) || got.Kind != VouchedKind || got.Organization != "acme" || got.Narrowed() {
			t.Fatalf("%+v, %v", got, err)
		}
		ctx, release := h.reader.Hold(t.Context(), got)
		if ctx.Err() != nil || h.reader.Still(t.Context(), got) != nil {
			t.Fatalf("%s: ended too early", what)
		}
		h.append("acme", end)
		if err := h.reader.Still(t.Context(), got); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", what, err)
		}
		h.over(what, ctx)
		release()
		h.pass(1000)
		if _, err := h.reader.Vouched("acme", "ana@acme.test"); (err == nil) != (what == "sessions ended") {
			t.Errorf("%s: vouched for again: %v", what, err)
		}
	}
	h := newHall(t, SessionOptions{})
	for _, address := range []string{"bob@acme.test", "", "ana", ana, "ana@acme.test,bob@acme.test", "*"} {
		if got, err := h.reader.Vouched("acme", address); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%q is %+v, %v", address, got, err)
		}
	}
	if _, err := h.reader.Vouched("none", "ana@acme.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another organization: %v", err)
	}
	if _, _, _, err := Mint(VouchedKind); err == nil {
		t.Error("a token of that kind was made")
	}
}

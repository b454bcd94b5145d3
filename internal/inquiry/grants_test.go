package inquiry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

func id(prefix string, n int) string {
	return prefix + strings.Repeat("a", 24) + string(rune('a'+n/26)) + string(rune('a'+n%26))
}

// facts has an owner, who sees everything, and grants at three scopes; those of one scope come in no order of names.
func facts(t *testing.T) *state.State {
	t.Helper()
	e := state.Load("acme")
	revision := int64(0)
	fold := func(ev event.Event) {
		t.Helper()
		revision++
		if err := e.Fold(state.Row{Revision: revision, Epoch: 1, At: time.UnixMicro(revision).UTC(), Event: ev}); err != nil {
			t.Fatal(err)
		}
	}
	for slug, edition := range map[string]string{accessfile.Directory: "bailiwick", "dagster": "dagster-plus"} {
		hash, err := rolemodel.EditionHash(edition)
		if err != nil {
			t.Fatal(err)
		}
		fold(&event.PlatformAttached{Slug: slug, Edition: edition, Hash: hash})
	}
	fold(&event.ResourceCreated{Path: "dagster/prod", Number: 1})
	fold(&event.ResourceCreated{Path: "dagster/prod-eu", Number: 2})
	for i := range 30 {
		fold(&event.UserAdded{User: id(state.UserPrefix, i), Number: int32(i + 3), Profile: event.Profile{Email: fmt.Sprintf("u%02d@acme.test", i*7%30)}})
		on := []string{"dagster", "dagster/prod", "dagster/prod", "dagster/prod-eu"}[i%4]
		role := map[bool]string{true: "organization_admin", false: "viewer"}[on == "dagster"]
		fold(&event.GrantAdded{Grant: event.Grant{To: "user:" + id(state.UserPrefix, i), Role: role, On: on, Until: int64(i%3) * 1e15}, Number: int32(i + 40)})
	}
	fold(&event.GrantAdded{Grant: event.Grant{To: "user:" + id(state.UserPrefix, 0), Role: "owner", On: accessfile.Directory}})
	st, err := e.State()
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// TestPagesOfGrantsAreInTheOrderOfAFile reads all grants, and those at or beneath a scope, in pages of every size.
func TestPagesOfGrantsAreInTheOrderOfAFile(t *testing.T) {
	st := facts(t)
	owner := access.Subject{Kind: access.User, ID: id(state.UserPrefix, 0)}
	a := &inquiry.Asker{Caller: &signin.Caller{Subject: owner}, View: sight.Of(st, change.Actor{Subject: owner}, st.At), Now: st, State: st, At: st.At}
	cursors, err := paging.New(make([]byte, 32), "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, under := range []string{"", "dagster/prod"} {
		var want []string
		for _, g := range st.Grants() {
			if under == "" || g.On == under {
				want = append(want, g.On+"\x00"+st.ReadableHolder(g.To).String())
			}
		}
		slices.Sort(want)
		for limit := 1; limit <= len(want)+1; limit++ {
			var got []string
			for after := ""; ; {
				page, err := cursors.Page("after", after, limit)
				if err != nil {
					t.Fatal(err)
				}
				found, err := a.Grants(client.GrantQuery{Under: under}, page)
				if err != nil {
					t.Fatal(err)
				}
				if found.Total != len(want) || len(found.Grants) > limit || len(found.Grants) == 0 {
					t.Fatalf("%d grants on a page of %d, of %d; want %d", len(found.Grants), limit, found.Total, len(want))
				}
				for _, g := range found.Grants {
					got = append(got, g.On+"\x00"+g.To)
				}
				if after = found.Next; after == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("under %q in pages of %d:\n%q, want\n%q", under, limit, got, want)
			}
		}
	}
}

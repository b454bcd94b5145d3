package paging_test

import (
	"slices"
	"testing"

	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
)

func TestACursorIsGoodForItsQuestionOnly(t *testing.T) {
	key := make([]byte, 32)
	api, err := paging.New(key, "api")
	if err != nil {
		t.Fatal(err)
	}
	replica, _ := paging.New(key, "api")
	graph, _ := paging.New(key, "graphql")
	sealed := api.Seal("ana@acme.test", "users.list", "acme")
	if place, err := replica.Open("after", sealed, "users.list", "acme"); err != nil || place != "ana@acme.test" {
		t.Errorf("%q %v", place, err)
	}
	if api.Seal("") != "" {
		t.Error("the end of a list has a cursor")
	}
	for name, open := range map[string]func() (string, error){
		"another question": func() (string, error) { return api.Open("after", sealed, "users.list", "other") },
		"another cut":      func() (string, error) { return api.Open("after", sealed, "users.listacme") },
		"another door":     func() (string, error) { return graph.Open("after", sealed, "users.list", "acme") },
		"half a cursor":    func() (string, error) { return api.Open("after", sealed[:20], "users.list", "acme") },
		"no cursor":        func() (string, error) { return api.Open("after", "ana@acme.test", "users.list", "acme") },
	} {
		if place, err := open(); !fault.Is(err, fault.Invalid) || place != "" {
			t.Errorf("%s: %q %v", name, place, err)
		}
	}
	if _, err := paging.New(key[:31], "api"); !fault.Is(err, fault.Internal) {
		t.Errorf("a short key: %v", err)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	var list []paging.Item[int32]
	for n := range int32(25) {
		list = append(list, paging.Item[int32]{Key: paging.Number(n), Thing: n})
	}
	var seen []int32
	for after, pages := "", 0; pages == 0 || after != ""; pages++ {
		var part []paging.Item[int32]
		part, after = paging.Cut(list, after, 10)
		for _, one := range part {
			seen = append(seen, one.Thing)
		}
		if pages > 2 {
			t.Fatal("the pages have no end")
		}
	}
	if len(seen) != 25 || !slices.IsSorted(seen) {
		t.Errorf("%v", seen)
	}
	if one, other := paging.Inverted(paging.Number(1)), paging.Inverted(paging.Number(20)); one <= other {
		t.Errorf("%q does not sort after %q", one, other)
	}
}

// TestASelectionIsACutOfTheSorted compares pages of things in no order with those of the sorted list.
func TestASelectionIsACutOfTheSorted(t *testing.T) {
	var sorted []paging.Item[int32]
	for n := range int32(1000) {
		sorted = append(sorted, paging.Item[int32]{Key: paging.Number(n/90) + "\x00" + paging.Number(n), Thing: n})
	}
	mixed := func(yield func(int32) bool) {
		for i := range int32(1000) {
			if !yield(i * 617 % 1000) {
				return
			}
		}
	}
	made := 0
	key := func(n int32) string { made++; return sorted[n].Key }
	for name, start := range map[string]func(int32) string{"with a start": func(n int32) string { return paging.Number(n / 90) }, "without": nil} {
		for _, limit := range []int{1, 7, 999, 1000} {
			for after, pages := "", 0; pages == 0 || after != ""; pages++ {
				want, wantNext := paging.Cut(sorted, after, limit)
				got, next := paging.Select(mixed, start, key, after, limit)
				if !slices.Equal(got, want) || next != wantNext {
					t.Fatalf("%s, %d after %q: %v, %q; want %v, %q", name, limit, after, got, next, want, wantNext)
				}
				after = next
			}
		}
	}
	made = 0
	paging.Select(mixed, func(n int32) string { return paging.Number(n / 90) }, key, sorted[500].Key, 10)
	if made > 300 {
		t.Errorf("%d keys were made for a page of 10", made)
	}
}

func TestAPageWithoutCursorsIsTheOnlyOne(t *testing.T) {
	if next := (paging.Page{Limit: 50}).Next("more"); next != "" {
		t.Errorf("a page of a list that is shown in part leads on to %q", next)
	}
}

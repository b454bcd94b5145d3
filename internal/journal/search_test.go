package journal_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/journal"
)

func TestSingleRows(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(9)
		all := read(t, s.Journal, "acme")
		var picked []int64
		err := s.Pick(t.Context(), "acme", []int64{7, 2, 99, 4}, func(r *journal.Record) error {
			picked = append(picked, r.Revision)
			if diff := cmp.Diff(all[r.Revision-1], *r, cmp.AllowUnexported(journal.Record{})); diff != "" {
				t.Error(diff)
			}
			return nil
		})
		if err != nil || !slices.Equal(picked, []int64{2, 4, 7}) {
			t.Errorf("%v %v", picked, err)
		}
		if err := s.Pick(t.Context(), "other", []int64{1}, func(*journal.Record) error { t.Error("a row of another organization"); return nil }); err != nil {
			t.Error(err)
		}
		next := int64(3)
		err = s.Skim(t.Context(), "acme", 2, 6, func(r *journal.Record) error {
			whole := all[next-1]
			want := journal.Record{Organization: "acme", Revision: next, Epoch: whole.Epoch, At: whole.At, Actor: whole.Actor, Via: whole.Via,
				Entry: journal.Entry{Type: whole.Type, Version: whole.Version, Facts: whole.Facts}}
			if diff := cmp.Diff(want, *r, cmp.AllowUnexported(journal.Record{})); diff != "" {
				t.Error(diff)
			}
			next++
			return nil
		})
		if err != nil || next != 7 {
			t.Errorf("%d %v", next, err)
		}
	})
}

func TestTheLastPersonalData(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		first := change("zoe", "user.created", "user.changed", "other")
		for i := range first.Entries {
			first.Entries[i].Personal = fmt.Appendf(nil, "Zoe %d", i)
		}
		if _, err := s.Append(t.Context(), "acme", 0, first, change("max", "user.changed")); err != nil {
			t.Fatal(err)
		}
		e, found, err := s.LastPersonal(t.Context(), "acme", "person-zoe", "user.created", "user.changed")
		if err != nil || !found || string(e.Personal) != "Zoe 1" || e.Type != "user.changed" || e.Version != 1 || e.Person != "person-zoe" {
			t.Errorf("%+v %v %v", e, found, err)
		}
		for _, none := range []struct{ organization, person, kind string }{{"acme", "person-zoe", "gone"}, {"acme", "person-eve", "user.changed"}, {"other", "person-zoe", "user.changed"}, {"acme", "", "user.changed"}} {
			if e, found, err := s.LastPersonal(t.Context(), none.organization, none.person, none.kind); err != nil || found {
				t.Errorf("%v: %+v %v", none, e, err)
			}
		}
		if _, err := s.Erase(t.Context(), "acme", "person-zoe"); err != nil {
			t.Fatal(err)
		}
		if e, found, err := s.LastPersonal(t.Context(), "acme", "person-zoe", "user.created", "user.changed"); err != nil || found {
			t.Errorf("after an erasure: %+v %v", e, err)
		}
	})
}

func TestSearchOfTheActivity(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		var batch []journal.Activity
		for i, line := range [][4]string{
			{"user:ann", "users.list", "dagster/prod", "refused"}, {"user:ann", "users.get", "dagster/production", "allowed"}, {"user:bo", "grants.list", "dagster/prod/etl", "refused"},
			{"user:bo", "users.list", "dbt/%_ö", "refused"}, {"user:eve", "sign_in", "", "allowed"},
		} {
			batch = append(batch, journal.Activity{At: start.Add(time.Duration(i/2) * time.Minute), Subject: line[0], Operation: line[1], Resource: line[2], Result: line[3], Via: []string{"api", "cli"}[i%2], Count: 1})
		}
		if _, err := s.LogActivity(t.Context(), "acme", batch); err != nil {
			t.Fatal(err)
		}
		if _, err := s.LogActivity(t.Context(), "other", batch[:1]); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			filter journal.ActivityFilter
			want   []int // places in the batch, newest first
		}{
			"all":                 {journal.ActivityFilter{}, []int{4, 3, 2, 1, 0}},
			"subjects":            {journal.ActivityFilter{Subjects: []string{"user:ann", "user:eve"}}, []int{4, 1, 0}},
			"an operation":        {journal.ActivityFilter{Operations: []string{"users.list"}}, []int{3, 0}},
			"a kind of operation": {journal.ActivityFilter{Operations: []string{"users.*", "sign_*"}}, []int{4, 3, 1, 0}},
			"no pattern":          {journal.ActivityFilter{Operations: []string{"users%"}}, nil},
			"a path":              {journal.ActivityFilter{Resources: []string{"dagster/prod"}}, []int{2, 0}},
			"no wildcards":        {journal.ActivityFilter{Resources: []string{"dbt/%"}}, nil},
			"their letters":       {journal.ActivityFilter{Resources: []string{"dbt/%_ö"}}, []int{3}},
			"both lists":          {journal.ActivityFilter{Resources: []string{"dagster/prod", "dbt"}, Within: []string{"dbt"}}, []int{3}},
			"results and vias":    {journal.ActivityFilter{Results: []string{"refused"}, Vias: []string{"api"}}, []int{2, 0}},
			"times":               {journal.ActivityFilter{ActivityQuery: journal.ActivityQuery{From: start.Add(time.Minute), Until: start.Add(2 * time.Minute)}}, []int{3, 2}},
			"a quote":             {journal.ActivityFilter{Subjects: []string{"' OR '1'='1"}}, nil},
		} {
			for _, limit := range []int{0, 1, 2} {
				f := c.filter
				f.Limit = limit
				var got []journal.ActivityRow
				for {
					page, err := s.SearchActivity(t.Context(), "acme", f)
					if err != nil {
						t.Fatal(name, err)
					}
					if limit > 0 && len(page) > limit {
						t.Errorf("%s: %d on a page of %d", name, len(page), limit)
					}
					if got = append(got, page...); len(page) == 0 || limit == 0 {
						break
					}
					f.After = &page[len(page)-1].Key
				}
				var found []journal.Activity
				for _, row := range got {
					found = append(found, row.Activity)
				}
				var want []journal.Activity
				for _, i := range c.want {
					want = append(want, batch[i])
				}
				if diff := cmp.Diff(want, found); diff != "" {
					t.Errorf("%s, %d a page: %s", name, limit, diff)
				}
			}
		}
	})
}

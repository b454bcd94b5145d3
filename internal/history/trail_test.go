package history_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/orgtest"
)

// A world is an organization with some history.
type world struct {
	*orgtest.Organization
	t     *testing.T
	trail *history.Trail
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, Organization: orgtest.New(t, orgtest.Options{}).Create("acme")}
	w.trail = w.History.Trail()
	w.Furnish()
	return w
}

func (w *world) refuse(who, operation, resource string) {
	w.History.Record("acme", history.Activity{Subject: w.Subject(who).String(), Operation: operation, Resource: resource, Result: "refused", Reason: "no", Via: "api"})
	if err := w.History.Flush(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// list reads every page.
func (w *world) list(q history.Query) []history.Row {
	w.t.Helper()
	var all []history.Row
	for {
		page, err := w.trail.List(w.t.Context(), w.Now(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, page.Rows...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all
		}
	}
}

func details(rows []history.Row) string {
	var lines []string
	for _, r := range rows {
		lines = append(lines, r.Details)
	}
	return strings.Join(lines, "\n")
}

func TestARowSaysInOneSentenceWhatHappened(t *testing.T) {
	w := newWorld(t)
	rows := w.list(history.Query{Limit: 1})
	got := rows[0]
	want := "ada@acme.test gave team data the role editor on dagster/prod"
	if got.Details != want || got.Action != "grant.added" || got.Actor != "user:ada@acme.test" || got.ActorID != w.Subject("ada").String() ||
		!slices.Equal(got.Targets, []string{"team:data", "dagster/prod"}) || got.Platform != "dagster" || got.Deployment != "dagster/prod" ||
		got.Result != "done" || got.Via != "test" || got.Request != "req-test" || got.Revision == 0 || !strings.Contains(string(got.Facts), `"to":"team:data"`) {
		t.Errorf("%+v, facts %s", got, got.Facts)
	}
	for _, r := range rows {
		if strings.Contains(r.Details, " did ") || strings.Contains(r.Details, "usr_") || strings.Contains(string(r.Facts), "usr_") {
			t.Errorf("%s: %s %s", r.Action, r.Details, r.Facts)
		}
	}
}

func TestFiltersAreWhatTheySay(t *testing.T) {
	w := newWorld(t)
	w.refuse("bo", "users.list", "dagster/prod")
	everything := w.list(history.Query{})
	for name, c := range map[string]struct {
		query history.Query
		keep  func(r *history.Row) bool
	}{
		"actor by address":   {history.Query{Actors: []string{"Ada@acme.test"}}, func(r *history.Row) bool { return r.Actor == "user:ada@acme.test" }},
		"actor by id":        {history.Query{Actors: []string{w.Subject("bo").String()}}, func(r *history.Row) bool { return r.Actor == "user:bo@acme.test" }},
		"a rule":             {history.Query{Actors: []string{"setup_link"}}, func(r *history.Row) bool { return r.Actor == "rule:setup_link" }},
		"two actors":         {history.Query{Actors: []string{"ada@acme.test", "bo@acme.test"}}, func(r *history.Row) bool { return r.Actor == "user:ada@acme.test" || r.Actor == "user:bo@acme.test" }},
		"nobody":             {history.Query{Actors: []string{"nobody@acme.test"}}, func(*history.Row) bool { return false }},
		"type":               {history.Query{Actions: []string{"grant.added"}}, func(r *history.Row) bool { return r.Action == "grant.added" }},
		"types":              {history.Query{Actions: []string{"user*"}}, func(r *history.Row) bool { return strings.HasPrefix(r.Action, "user") }},
		"a person":           {history.Query{Targets: []string{"ada@acme.test"}}, func(r *history.Row) bool { return slices.Contains(r.Targets, "user:ada@acme.test") }},
		"a team":             {history.Query{Targets: []string{"team:data"}}, func(r *history.Row) bool { return slices.Contains(r.Targets, "team:data") }},
		"a path and beneath": {history.Query{Targets: []string{"dagster/prod"}}, func(r *history.Row) bool { return r.Deployment == "dagster/prod" }},
		"a deployment":       {history.Query{Deployment: "prod"}, func(r *history.Row) bool { return r.Deployment == "dagster/prod" }},
		"both":               {history.Query{Deployment: "prod", Actions: []string{"grant.added"}}, func(r *history.Row) bool { return r.Deployment == "dagster/prod" && r.Action == "grant.added" }},
		"refused":            {history.Query{Results: []string{"refused"}}, func(r *history.Row) bool { return r.Result == "refused" }},
		"done":               {history.Query{Results: []string{"done"}}, func(r *history.Row) bool { return r.Result == "done" }},
		"activity":           {history.Query{Activity: true}, func(r *history.Row) bool { return r.Revision == 0 }},
		"journal":            {history.Query{Journal: true}, func(r *history.Row) bool { return r.Revision != 0 }},
		"via":                {history.Query{Via: []string{"api"}}, func(r *history.Row) bool { return r.Via == "api" }},
		"Dagster's name":     {history.Query{EventTypes: []string{"CREATE_DEPLOYMENT"}}, func(r *history.Row) bool { return r.Action == "resource.created" && r.Targets[0] == "dagster/prod" }},
		"text":               {history.Query{Text: "THE ROLE editor"}, func(r *history.Row) bool { return strings.Contains(r.Details, "the role editor") }},
		"until":              {history.Query{Until: everything[2].Time}, func(r *history.Row) bool { return r.Time.Before(everything[2].Time) }},
		"from":               {history.Query{From: everything[2].Time}, func(r *history.Row) bool { return !r.Time.Before(everything[2].Time) }},
	} {
		var want []string
		for i := range everything {
			if c.keep(&everything[i]) {
				want = append(want, everything[i].ID)
			}
		}
		if n, err := w.trail.Count(t.Context(), w.Now(), c.query); n != int64(len(want)) || err != nil {
			t.Errorf("%s: %d are counted, want %d (%v)", name, n, len(want), err)
		}
		for _, limit := range []int{0, 1, 3} {
			c.query.Limit = limit
			var got []string
			for _, r := range w.list(c.query) {
				got = append(got, r.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %d a page: %v, want %v", name, limit, got, want)
			}
		}
	}
}

func TestPagesStayAsTheyWereWhileMoreIsWritten(t *testing.T) {
	w := newWorld(t)
	w.refuse("bo", "users.list", "dagster")
	w.As("ada", client.TeamCreate{Team: "newest"}) // a change comes first: the activity's place has to be found from its time
	before := w.list(history.Query{})
	q := history.Query{Limit: 1}
	var got []history.Row
	for i := 0; ; i++ {
		page, err := w.trail.List(t.Context(), w.Now(), q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Rows...)
		w.As("ada", client.TeamCreate{Team: fmt.Sprint("later-", i)})
		w.refuse("bo", fmt.Sprint("later.", i), "")
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if details(got) != details(before) {
		t.Errorf("got\n%s\nwant\n%s", details(got), details(before))
	}
}

// TestAttack109AForgedCursorOfTheAudit: what is no cursor is refused, and one of another history too.
func TestAttack109AForgedCursorOfTheAudit(t *testing.T) {
	w := newWorld(t)
	for _, cursor := range []string{"x", "e30x", "W10", `eyJyIjotMX0`, "eyJlIjo5LCJyIjoxfQ"} {
		_, err := w.trail.List(t.Context(), w.Now(), history.Query{Cursor: cursor})
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

// TestAttack121RowsOfOnePlatform: whoever sees one platform sees its rows, and those about people who have to do with it.
func TestAttack121RowsOfOnePlatform(t *testing.T) {
	w := newWorld(t)
	w.refuse("bo", "users.list", "dagster/prod")
	w.refuse("dan", "jobs.list", "dbt/core")
	rows := w.list(history.Query{Within: []string{"dbt"}})
	said := details(rows)
	for _, want := range []string{"gave dan@acme.test the license developer on dbt", "added dan@acme.test", "created dbt/core", "list jobs on dbt/core", "attached the platform dbt"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	for _, other := range []string{"dagster", "ada@acme.test", "bo@acme.test", "zoe", "team data", "owner"} {
		if strings.Contains(strings.ToLower(said), other) {
			t.Errorf("%q in\n%s", other, said)
		}
	}
	if rows := w.list(history.Query{Within: []string{}}); len(rows) != 0 {
		t.Errorf("who sees no platform sees %d rows", len(rows))
	}
	if rows := w.list(history.Query{Within: []string{"dbt"}, Platform: "dagster"}); len(rows) != 0 {
		t.Errorf("asking for another platform shows\n%s", details(rows))
	}
	if rows := w.list(history.Query{Within: []string{"dbt"}, Deployment: "dagster/prod"}); len(rows) != 0 {
		t.Errorf("asking for another platform's deployment shows\n%s", details(rows))
	}
}

// TestAttack122NoSecretInRows: neither a credential nor its hash is in any row.
func TestAttack122NoSecretInRows(t *testing.T) {
	w := newWorld(t)
	made := w.As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
	hash := w.Now().Token(made.Results[0].ID).Hash
	for _, r := range w.list(history.Query{}) {
		text := fmt.Sprint(r) + string(r.Facts)
		if strings.Contains(text, hash) || strings.Contains(text, "bwk_user_") || strings.Contains(string(r.Facts), `"hash":"`+hash) {
			t.Errorf("%s %s", r.Action, r.Facts)
		}
	}
}

func TestErasedPeopleAreNotNamed(t *testing.T) {
	w := newWorld(t)
	zoe := w.Subject("zoe")
	w.History.Record("acme", history.Activity{Subject: zoe.String(), Operation: "users.get", Resource: "zoe@acme.test", Result: "refused", Reason: "zoe@acme.test is not allowed", Via: "api"})
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.As("olga", client.UserRemove{User: zoe.ID})
	if said := details(w.list(history.Query{})); !strings.Contains(said, "olga@acme.test removed zoe@acme.test from the directory") {
		t.Errorf("who was removed is not named:\n%s", said)
	}
	if _, err := w.Changes.Erase(t.Context(), "acme", change.Actor{Subject: w.Subject("olga"), Via: "test"}, zoe.ID); err != nil {
		t.Fatal(err)
	}
	rows := w.list(history.Query{})
	for _, r := range rows {
		if text := fmt.Sprintf("%+v %s", r, r.Facts); strings.Contains(strings.ToLower(text), "zoe") {
			t.Errorf("%s", text)
		}
	}
	if len(w.list(history.Query{Targets: []string{zoe.ID}})) < 3 {
		t.Error("the rows are not found by the opaque id")
	}
}

func TestDagstersNames(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}}, client.ResourceDelete{Resource: "dagster/prod/etl"})
	got := map[string]string{}
	for _, r := range w.list(history.Query{}) {
		if r.Event != "" && !slices.Contains(history.DagsterEventTypes(), r.Event) {
			t.Errorf("%s is no name of Dagster's", r.Event)
		}
		got[r.Action+" "+strings.Join(r.Targets, " ")] = r.Event
	}
	for row, want := range map[string]string{
		"grant.added user:ada@acme.test dagster":   "CHANGE_USER_PERMISSIONS",
		"grant.added service_user:ci dagster/prod": "CHANGE_SERVICE_USER_PERMISSIONS",
		"grant.added team:data dagster/prod":       "",
		"team.created team:data user:bo@acme.test": "",
		"resource.created dagster/prod":            "CREATE_DEPLOYMENT",
		"resource.created dagster/prod/etl":        "CREATE_CODE_LOCATION",
		"resource.deleted dagster/prod/etl":        "DELETE_CODE_LOCATION",
		"resource.created dbt/core":                "",
		"service_user.created service_user:ci":     "CREATE_SERVICE_USER",
	} {
		if event, there := got[row]; !there || event != want {
			t.Errorf("%s: %q (%v), want %q", row, event, there, want)
		}
	}
	if len(history.DagsterEventTypes()) != 41 {
		t.Errorf("there are %d names", len(history.DagsterEventTypes()))
	}
}

// TestAttack107AnExportIsHarmless: no formula in a cell, no second line from a name, nothing that moves a cursor.
func TestAttack107AnExportIsHarmless(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.TeamCreate{Team: `=HYPERLINK("http://evil","x")`}, client.TeamCreate{Team: "@SUM(1)"}, client.TeamCreate{Team: "-2+3"})
	w.History.Record("acme", history.Activity{Subject: "user:\x1b[31mx", Operation: "+cmd|' /C calc'!A0", Resource: "dagster\r\n2027 fake line", Result: "refused", Reason: "\u202eevil", Via: "api"})
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{history.CSV, history.NDJSON} {
		var out strings.Builder
		writer, err := history.NewWriter(&out, format)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(w.trail.Each(t.Context(), w.Now(), history.Query{}, writer.Write), writer.Flush())
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		want := len(w.list(history.Query{}))
		if format == history.CSV {
			want++ // the heading
		}
		if len(lines) != want || int64(len(w.list(history.Query{}))) != writer.Rows {
			t.Errorf("%s: %d lines, want %d", format, len(lines), want)
		}
		if strings.ContainsAny(out.String(), "\r\x1b\x00") || strings.Contains(out.String(), "\u202e") {
			t.Errorf("%s: a control character is in it", format)
		}
		for _, line := range lines {
			for _, start := range []string{",=", ",+", ",@", ",-", `,"=`, `,"+`, `,"@`, `,"-`} {
				if format == history.CSV && strings.Contains(line, start) {
					t.Errorf("a cell begins like a formula: %s", line)
				}
			}
		}
	}
}

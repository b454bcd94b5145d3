package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"bailiwick/client"
)

// said is the sentences of an answer's rows.
func said(rows []client.AuditRow) string {
	var lines []string
	for _, r := range rows {
		lines = append(lines, r.Details)
	}
	return strings.Join(lines, "\n")
}

// TestAttack121TheAuditIsForAuditors: who may read everything reads every row; who may see one platform's audit log, its rows;
// the others nothing, and nobody another organization's.
func TestAttack121TheAuditIsForAuditors(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for _, name := range []string{"zoe", "bo"} {
		_, err := w.user(name).Audit(ctx, client.AuditQuery{})
		fails(t, name, err, client.Forbidden)
		_, err = w.user(name).ExportAudit(ctx, client.AuditQuery{}, "csv", &strings.Builder{})
		fails(t, name+" exports", err, client.Forbidden)
	}
	all, err := w.user("aud").Audit(ctx, client.AuditQuery{Page: client.Page{Limit: 1000}})
	if err != nil || !strings.Contains(said(all.Rows), "gave user") && !strings.Contains(said(all.Rows), "the role auditor on org") {
		t.Errorf("%v\n%s", err, said(all.Rows))
	}
	if strings.Contains(said(all.Rows), "other.test") {
		t.Error("rows of another organization")
	}
	ada := w.user("ada")
	mine, err := ada.Audit(ctx, client.AuditQuery{Page: client.Page{Limit: 1000}})
	if err != nil || !strings.Contains(said(mine.Rows), "gave team data the role editor on dagster/prod") {
		t.Errorf("%v\n%s", err, said(mine.Rows))
	}
	for _, r := range mine.Rows {
		if strings.Contains(r.Details, "dbt") || strings.Contains(r.Details, "zoe") || strings.Contains(r.Details, "auditor") {
			t.Errorf("%s", r.Details)
		}
	}
	for _, q := range []client.AuditQuery{{Platform: "dbt"}, {Targets: []string{"dbt/core"}}, {Actors: []string{"dan@acme.test"}}, {Text: "account_admin"}, {Actions: []string{"license.set"}}} {
		if found, err := ada.Audit(ctx, q); err != nil || len(found.Rows) != 0 {
			t.Errorf("%+v shows\n%s (%v)", q, said(found.Rows), err)
		}
	}
	narrow := w.narrowed(t, "aud", "dagster.runs.view")
	_, err = w.as(narrow).Audit(ctx, client.AuditQuery{})
	fails(t, "a narrowed token", err, client.Forbidden)
}

func (w *world) narrowed(t *testing.T, name, permission string) string {
	t.Helper()
	secret, _ := w.Of("acme").Token(name, client.NewToken{Permissions: []string{permission}})
	return secret
}

// TestAttack118ReadingTheAuditLeavesALine: whoever reads it is in it, and an export is a row of the journal before it begins.
func TestAttack118ReadingTheAuditLeavesALine(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	aud := w.user("aud")
	before, err := aud.Audit(ctx, client.AuditQuery{Page: client.Page{Limit: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := aud.Audit(ctx, client.AuditQuery{}); err != nil {
		t.Fatal(err)
	}
	if n := count(w.activity("acme"), "user:aud@acme.test audit.read allowed api"); n != 1 {
		t.Errorf("%d lines of two readings in a minute: %q", n, w.activity("acme"))
	}
	var out strings.Builder
	q := client.AuditQuery{Source: "journal"}
	rows, err := aud.ExportAudit(ctx, q, "ndjson", &out)
	if err != nil || rows != int64(len(before.Rows)) {
		t.Errorf("%d rows, want %d (%v)", rows, len(before.Rows), err)
	}
	var lines []client.AuditRow
	for line := range strings.Lines(out.String()) {
		var r client.AuditRow
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, r)
	}
	if said(lines) != said(before.Rows) {
		t.Errorf("the export is not what was listed:\n%s\n\n%s", said(lines), said(before.Rows))
	}
	after, err := aud.Audit(ctx, client.AuditQuery{Source: "journal", Page: client.Page{Limit: 1}})
	if err != nil || after.Rows[0].Action != "exported" || after.Rows[0].Actor != "user:aud@acme.test" || !strings.Contains(string(after.Rows[0].Facts), `"what":"audit"`) {
		t.Errorf("%+v %v", after.Rows, err)
	}
}

// TestAttack109ForgedCursorsOfTheAudit: a cursor is good for its own question and its own reader.
func TestAttack109ForgedCursorsOfTheAudit(t *testing.T) {
	w := newWorld(t)
	owner, aud := w.secret("olga"), w.secret("aud")
	first := w.send(call{method: "GET", path: "/audit?limit=2", token: owner})
	var page client.Audit
	if err := json.Unmarshal([]byte(first.body), &page); err != nil || page.Next == "" {
		t.Fatalf("%v %s", err, first.body)
	}
	for name, c := range map[string]call{
		"the same":         {path: "/audit?limit=5&after=" + page.Next, token: owner},
		"somebody else":    {path: "/audit?limit=2&after=" + page.Next, token: aud},
		"another question": {path: "/audit?limit=2&actor=bo@acme.test&after=" + page.Next, token: owner},
		"bent":             {path: "/audit?limit=2&after=A" + page.Next[1:], token: owner},
		"our own inside":   {path: "/audit?after=eyJlIjoxLCJyIjoxfQ", token: owner},
	} {
		c.method = "GET"
		want := http.StatusBadRequest
		if name == "the same" {
			want = http.StatusOK
		}
		if got := w.send(c); got.status != want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for _, path := range []string{"/audit?since=x", "/audit?since=5", "/audit?source=x", "/audit?event=NOTHING", "/audit?limit=1001", "/audit/export", "/audit/export?format=xml",
		"/audit?actor=" + strings.Repeat("a,", 200)} {
		if got := w.send(call{method: "GET", path: path, token: owner}); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

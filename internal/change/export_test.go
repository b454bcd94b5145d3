package change_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
)

// read reads an access file that has no editions of its own.
func read(t *testing.T, text string) *accessfile.File {
	t.Helper()
	f, err := accessfile.Read("acme.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func written(t *testing.T, f *accessfile.File) string {
	t.Helper()
	text, err := accessfile.Write(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exported writes the world's organization as a file.
func (w *world) exported() *accessfile.File {
	w.t.Helper()
	f, _, err := change.Export(w.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// apply applies a file that is to be applied.
func (w *world) apply(actor change.Actor, f *accessfile.File, prune bool) change.Result {
	w.t.Helper()
	r, err := w.Apply(context.Background(), acme, actor, change.How{}, change.PlanRequest{File: f, Prune: prune})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// withOlga adds the first owner to a file, as she was set up.
func withOlga(f *accessfile.File) *accessfile.File {
	const olga = "olga@acme.test"
	f.Organization.Users = append(f.Organization.Users, access.UserFacts{ID: olga})
	f.Names[olga] = "Olga Owner"
	f.Organization.Grants = append(f.Organization.Grants, access.Grant{To: access.Holder{Kind: access.User, ID: olga}, Role: "owner", On: accessfile.Directory})
	return f
}

func TestEveryExampleComesBackAsItWasApplied(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("there are %d examples: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f := read(t, string(text))
			f.Organization.Name = acme
			w := newWorld(t)
			w.apply(w.owner, f, false)
			got := w.exported()
			want := written(t, withOlga(f))
			if written(t, got) != want {
				t.Fatalf("the export is\n%s\nwant\n%s", written(t, got), want)
			}
			back := read(t, written(t, got))
			if again := written(t, back); again != want {
				t.Fatalf("read back it is\n%s", again)
			}
			revision := w.now().Revision
			for _, prune := range []bool{false, true} {
				if r := w.apply(w.owner, back, prune); r.Revision != revision || w.now().Revision != revision {
					t.Errorf("prune %v: applying the export made %d rows", prune, w.now().Revision-revision)
				}
			}
		})
	}
}

const ownEdition = `edition: own-record
product: Record store
kinds:
  store:  {title: Store}
  record: {title: Record, plural: records, under: [store]}
roles:
  - at: [store, record]
    holders: [user, service_user, team]
    roles: {reader: Reader, writer: Writer}
matrix:
  - heading: Records
    table: |
      | permission | at     | reader | writer | title           |
      | read       | record | y      | y      | Read a record   |
      | write      | record | -      | y      | Change a record |
rules:
  ranked: true
  user_ids: any
`

func TestAnOwnEditionIsExportedWithItsText(t *testing.T) {
	model := []byte(ownEdition)
	open := func(string) ([]byte, error) { return model, nil }
	f, err := accessfile.Read("acme.yaml", []byte(`organization: acme
platforms: {records: {model: ./mine.yaml, authzen: default, resources: {record: [one]}}}
users: {ann: {}}
grants: [{to: "user:ann", role: reader, on: records/one}]
`), open)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	what := change.PlanRequest{File: f, Texts: map[string]string{"./mine.yaml": string(model)}}
	if _, err := w.Apply(context.Background(), acme, w.owner, change.How{}, what); err != nil {
		t.Fatal(err)
	}
	got, texts, err := change.Export(w.now())
	if err != nil {
		t.Fatal(err)
	}
	if texts["./own-record.yaml"] != string(model) || len(texts) != 1 {
		t.Errorf("the texts are %v", texts)
	}
	back, err := accessfile.Read("acme.yaml", []byte(written(t, got)), func(name string) ([]byte, error) { return []byte(texts[name]), nil })
	if err != nil {
		t.Fatal(err)
	}
	revision := w.now().Revision
	if _, err := w.Apply(context.Background(), acme, w.owner, change.How{}, change.PlanRequest{File: back, Texts: texts, Prune: true}); err != nil {
		t.Fatal(err)
	}
	if w.now().Revision != revision {
		t.Error("applying the export changed something")
	}
	what.Texts = nil
	_, err = w.Apply(context.Background(), acme, w.owner, change.How{}, what)
	if err == nil || err.Error() != `acme.yaml:2:13: platforms.records.model: the text of the role model "./mine.yaml" is missing; send it with the file` {
		t.Errorf("without the text: %v", err)
	}
}

func TestAgentsAndTokensAreNotExported(t *testing.T) {
	w := newWorld(t)
	w.dagster()
	w.agent()
	f := w.exported()
	if slices.ContainsFunc(f.Organization.Grants, func(g access.Grant) bool { return g.To.Kind == access.Agent }) || len(f.Organization.Agents) > 0 {
		t.Error("an agent is in the file")
	}
	if bytes.Contains([]byte(written(t, f)), []byte("agt_")) {
		t.Error("an agent's id is in the file")
	}
	read(t, written(t, f))
}

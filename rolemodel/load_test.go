package rolemodel

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// place is how every problem begins.
var place = regexp.MustCompile(`^bad\.yaml:[1-9]\d*:[1-9]\d*: \S`)

// TestWrongModels holds the texts of errors: for each file in testdata/bad, its .golden.
func TestWrongModels(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Load("bad.yaml", text)
			if err == nil {
				t.Fatal("it loads")
			}
			if m != nil {
				t.Error("there is a model beside the error")
			}
			for line := range strings.Lines(err.Error()) {
				if !place.MatchString(line) {
					t.Errorf("no place: %s", line)
				}
			}
			checkGolden(t, strings.TrimSuffix(file, ".yaml")+".golden", []byte(err.Error()+"\n"))
		})
	}
}

func checkGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test ./rolemodel -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestTooManyPermissions is no golden file: it would be long.
func TestTooManyPermissions(t *testing.T) {
	model := func(n int) []byte {
		var b strings.Builder
		b.WriteString("edition: x\nproduct: X\nkinds: {a: {title: A}}\nroles: [{at: [a], holders: [user], roles: {r: R}}]\n" +
			"matrix:\n  - heading: H\n    table: |\n      | permission | at | r | title |\n")
		for i := range n {
			fmt.Fprintf(&b, "      | p.n%d | a | y | P |\n", i)
		}
		return []byte(b.String())
	}
	if _, err := Load("x.yaml", model(512)); err != nil {
		t.Errorf("512 permissions: %v", err)
	}
	_, err := Load("x.yaml", model(513))
	if want := "x.yaml:521:9: matrix[0].table.p.n512: the model has more than 512 permissions"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("513 permissions: got %v, want %s", err, want)
	}
}

// TestTooManyKinds holds the limits that compiled models count on.
func TestTooManyKinds(t *testing.T) {
	for _, c := range []struct {
		what, entry, want string
		most              int
	}{
		{"kinds", "  k%d: {title: K, plural: k%[1]ds, prefix: p%[1]d, under: [a]}\n", "the model has more than 64 kinds", 63},
		{"roles", "  - {at: [a], holders: [user], roles: {r%d: R}}\n", "the model has more than 256 roles", 256},
		{"categories", "c%d, ", "there are more than 12 categories", 12},
	} {
		list := func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, c.entry, i)
			}
			return b.String()
		}
		load := func(n int) string {
			parts := map[string]string{c.what: list(n)}
			text := "edition: x\nproduct: X\nkinds:\n  a: {title: A}\n" + parts["kinds"] +
				"  last: {title: L, plural: ls, prefix: last, under: [a], categories: [" + parts["categories"] + "]}\n" +
				"roles:\n" + parts["roles"] + "  - {at: [nowhere]}\nmatrix: []\n"
			_, err := Load("x.yaml", []byte(text))
			return fmt.Sprint(err)
		}
		if c.what == "kinds" {
			c.most-- // "last" is one of them
		}
		if got := load(c.most); strings.Contains(got, c.want) {
			t.Errorf("%d %s: %s", c.most, c.what, got)
		}
		if got := load(c.most + 1); !strings.Contains(got, c.want) {
			t.Errorf("%d %s: got %s, want %s", c.most+1, c.what, got, c.want)
		}
	}
}

// TestOwnEdition reads an operator's own edition: single-word permissions, user ids that are no e-mails.
func TestOwnEdition(t *testing.T) {
	text, err := os.ReadFile("testdata/record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines > 50 {
		t.Errorf("an edition of one's own takes %d lines", lines)
	}
	m, err := Load("record.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	user, service, team := access.User, access.ServiceUser, access.Team
	want := &access.Model{
		Edition: "records", Product: "Record store",
		Kinds: []access.Kind{
			{Name: "store", Title: "Store"},
			{Name: "record", Title: "Record", Plural: "records", Under: []string{"store"}},
		},
		Permissions: []access.Permission{
			{Name: "read", Title: "Read a record", Section: "Records", At: "record"},
			{Name: "write", Title: "Change a record", Section: "Records", At: "record"},
			{Name: "delete", Title: "Delete a record", Section: "Records", At: "record"},
			{Name: "count", Title: "See how many there are", Section: "Records", At: "store", RisesFrom: []string{"record"}},
		},
		Roles: []access.Role{
			{Name: "reader", Title: "Reader", At: []string{"store", "record"}, Holders: []access.HolderKind{user, service, team}, Permissions: []string{"read", "count"}},
			{Name: "writer", Title: "Writer", At: []string{"store", "record"}, Holders: []access.HolderKind{user, service, team}, Permissions: []string{"read", "write", "count"}},
			{Name: "keeper", Title: "Keeper", At: []string{"store"}, Holders: []access.HolderKind{user}, Permissions: []string{"read", "write", "delete", "count"}},
		},
		Ranked: true, AnyUserID: true,
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got\n%+v\nwant\n%+v", m, want)
	}
}

// tableSpaces is what aligns the columns of a table.
var tableSpaces = regexp.MustCompile(`(\S) +\|`)

// TestLayoutDoesNotMatter reads the same model from texts that look different.
func TestLayoutDoesNotMatter(t *testing.T) {
	for _, name := range Editions() {
		text, err := EditionText(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Edition(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, other := range map[string][]byte{
			"line ends of Windows": bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
			"columns not aligned":  tableSpaces.ReplaceAll(text, []byte("$1 |")),
			"rules before kinds":   rulesFirst(text),
		} {
			got, err := Load(name+".yaml", other)
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
			} else if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: the model is another", name, what)
			}
		}
	}
}

func rulesFirst(text []byte) []byte {
	before, rules, found := bytes.Cut(text, []byte("\nrules:\n"))
	if !found {
		return text
	}
	return bytes.Join([][]byte{[]byte("rules:\n"), rules, before, []byte("\n")}, nil)
}

// FuzzLoad holds that no text makes the reader panic and that every problem has a place in it.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/record.yaml", "editions/dagster-plus.yaml", "editions/dbt-enterprise-2024.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Load("bad.yaml", text)
		if (m == nil) == (err == nil) {
			t.Fatalf("model %v, error %v", m, err)
		}
		if err == nil {
			return
		}
		var wrong *yamltext.Error
		if !errors.As(err, &wrong) {
			t.Fatalf("the error is a %T", err)
		}
		lines := 2
		for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} { // YAML knows them all
			lines += bytes.Count(text, []byte(end))
		}
		for _, p := range wrong.Problems {
			if p.File != "bad.yaml" || p.Line < 1 || p.Column < 0 || p.Line > lines {
				t.Errorf("no place in the text: %s", p.Error())
			}
		}
	})
}

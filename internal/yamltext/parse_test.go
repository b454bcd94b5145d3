package yamltext

import (
	"regexp"
	"strings"
	"testing"
)

func TestWhatIsRefusedAndWhere(t *testing.T) {
	deep := strings.Repeat("[", 80) + strings.Repeat("]", 80)
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "f.yaml:1:1: the text is empty"},
		{"not YAML", "a: b: c", "f.yaml:1:1: not YAML: mapping values are not allowed in this context"},
		{"a tab", "a:\n\tb: c", "f.yaml:2:1: not YAML: found character that cannot start any token"},
		{"a second document", "a: 1\n---\nb: 2", "f.yaml:2:1: a second YAML document begins here; keep one document in a file"},
		{"an anchor", "a: &x 1", "f.yaml:1:4: anchors (&x) are not read; write the value out"},
		{"an alias", "a: &x 1\nb: *x", "f.yaml:2:4: aliases (*x) are not read; write the value out"},
		{"a merge key", "<<: {a: 1}", "f.yaml:1:1: merge keys (<<) are not read; write the keys out"},
		{"a tag", "a: !!binary aGk=", "f.yaml:1:4: tags (!!binary) are not read; write the value without one"},
		{"too deep", "a: " + deep, "nested deeper than 64 levels"},
	} {
		var p Problems
		Parse("f.yaml", []byte(c.text), &p)
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestReadersSayWhatTheyExpected(t *testing.T) {
	var p Problems
	v := Parse("f.yaml", []byte("list: {a: 1}\nmap: [1]\ntext: [1]\nbool: maybe\nnumber: -3\ntime: tomorrow\ntwice: 1\ntwice: 2\nlits: 1\n"), &p)
	v.Fields(&p, map[string]func(Value){
		"list": func(v Value) { v.List(&p) }, "map": func(v Value) { v.Entries(&p) }, "text": func(v Value) { v.Text(&p) },
		"bool": func(v Value) { v.Bool(&p) }, "number": func(v Value) { v.Int(&p, 0) }, "time": func(v Value) { v.Time(&p) },
		"twice": func(v Value) { v.Int(&p, 0) },
	})
	want := []string{
		`f.yaml:1:7: list: expected a list, found a mapping; write it as [a, b] or one "- item" a line`,
		`f.yaml:2:6: map: expected a mapping, found a list; write it as key: value`,
		`f.yaml:3:7: text: expected a text, found a list`,
		`f.yaml:4:7: bool: expected true or false, found "maybe"`,
		`f.yaml:5:9: number: expected a whole number, found "-3"; write a whole number of at least 0`,
		`f.yaml:6:7: time: expected a moment, found "tomorrow"; write it as 2027-01-31T00:00:00Z`,
		`f.yaml:8:1: twice: the key stands twice (first on line 7); keep one of them`,
		`f.yaml:9:1: lits: unknown key "lits"; did you mean "list"?`,
	}
	if got := p.Err().Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestProblemsAreBounded(t *testing.T) {
	var p Problems
	v := Parse("f.yaml", []byte(strings.Repeat("- 1\n", 1000)), &p)
	for _, item := range v.List(&p) {
		item.Bool(&p)
	}
	if lines := strings.Count(p.Err().Error(), "\n") + 1; lines != maxProblems+1 {
		t.Errorf("%d lines, want %d and one that says how many more there are", lines, maxProblems)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a: 1", "- [x, {y: z}]", "a: &x 1\nb: *x", "\x00", "? {a: b}\n: c", "a: |\n  b\n"} {
		f.Add(text)
	}
	place := regexp.MustCompile(`^f\.yaml:\d+:\d+: `)
	f.Fuzz(func(t *testing.T, text string) {
		var p Problems
		v := Parse("f.yaml", []byte(text), &p)
		v.Entries(&p)
		v.List(&p)
		for _, problem := range p.List() {
			if !place.MatchString(problem.Error()) {
				t.Errorf("without a place: %q", problem.Error())
			}
		}
	})
}

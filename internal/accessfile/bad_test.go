package accessfile_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bailiwick/internal/accessfile"
	"bailiwick/internal/yamltext"
)

var update = flag.Bool("update", false, "write the golden files anew")

// placed is how every complaint begins.
var placed = regexp.MustCompile(`^[a-z0-9/-]+\.yaml:[1-9]\d*:[1-9]\d*: .`)

// TestReadSaysWhatIsWrong holds the text of every error: where, what is wrong, what would be right.
func TestReadSaysWhatIsWrong(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d bad files, %v", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := accessfile.Read(name, text, beside(path))
			if err == nil {
				t.Fatalf("this file is read without an error: %+v", file.Organization)
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !placed.MatchString(line) {
					t.Errorf("no place: %s", line)
				}
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestReadReportsAtMostSoMuch(t *testing.T) {
	text := "organization: acme\ngrants:\n" + strings.Repeat("  - {to: x, role: y, on: z}\n", 10_000)
	_, err := accessfile.Read("a.yaml", []byte(text), nil)
	var list *yamltext.Error
	if !errors.As(err, &list) || len(list.Problems) > 200 || list.Dropped < 9_000 {
		t.Errorf("%d bytes of errors", len(err.Error()))
	}
}

// FuzzRead: no panic, no endless answer, and every complaint has its place.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := accessfile.Read("fuzz.yaml", text, beside("testdata/good/x"))
		if err == nil {
			writeAndReadAgain(t, file)
			return
		}
		var list *yamltext.Error
		if !errors.As(err, &list) || len(list.Problems) == 0 || len(list.Problems) > 200 {
			t.Fatalf("not a list of problems: %v", err)
		}
		for _, problem := range list.Problems {
			if problem.File == "" || problem.Line < 1 || problem.Column < 1 || problem.Wrong == "" {
				t.Fatalf("no place or no complaint: %+v", problem)
			}
		}
	})
}

// writeAndReadAgain holds that whatever can be read can be written, and says the same then.
func writeAndReadAgain(t *testing.T, file *accessfile.File) {
	t.Helper()
	written, err := accessfile.Write(file)
	if err != nil {
		t.Fatalf("a file that can be read cannot be written: %v", err)
	}
	again, err := accessfile.Read("written.yaml", written, beside("testdata/good/x"))
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, written)
	}
	twice, err := accessfile.Write(again)
	if err != nil || string(twice) != string(written) {
		t.Fatalf("written once:\n%s\nand again (%v):\n%s", written, err, twice)
	}
}

package bailiwick_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// floors says which packages a package may import: those of lower floors. ARCHITECTURE.md tells why each is where it is.
// A package that is not listed fails the test: put it on a floor.
var floors = map[string]int{
	"bailiwick/internal/suggest": -1,

	"bailiwick/access":                0,
	"bailiwick/examples":              0,
	"bailiwick/internal/dagstertest":  0,
	"bailiwick/internal/email":        0,
	"bailiwick/internal/fault":        0,
	"bailiwick/internal/loopback":     0,
	"bailiwick/internal/postgrestest": 0,
	"bailiwick/internal/terminal":     0,
	"bailiwick/internal/yamltext":     0,

	"bailiwick/client":                1,
	"bailiwick/rolemodel":             1,
	"bailiwick/event":                 1,
	"bailiwick/internal/dagsterdemo":  1,
	"bailiwick/internal/gate/dagster": 1,
	"bailiwick/internal/lockout":      1,
	"bailiwick/internal/oracle":       1,
	"bailiwick/internal/paging":       1,
	"bailiwick/internal/password":     1,
	"bailiwick/internal/reach":        1,
	"bailiwick/internal/seal":         1,
	"bailiwick/internal/strictjson":   1,

	"bailiwick/internal/accessfile": 2,
	"bailiwick/internal/journal":    2,
	"bailiwick/internal/oidc":       2,
	"bailiwick/internal/state":      2,
	"bailiwick/internal/reference":  2,

	"bailiwick/internal/gate/workspace": 2,

	"bailiwick/internal/answer":   3,
	"bailiwick/internal/decide":   3,
	"bailiwick/internal/history":  3,
	"bailiwick/internal/mail":     3,
	"bailiwick/internal/scenario": 3,

	"bailiwick/internal/discovery": 5,
	"bailiwick/internal/sight":     5,
	"bailiwick/internal/signin":    5,
	"bailiwick/internal/webhook":   5,

	"bailiwick/internal/api/graphql/model":     2,
	"bailiwick/internal/api/graphql/generated": 3,

	"bailiwick/internal/gate":        6,
	"bailiwick/internal/gate/home":   7,
	"bailiwick/internal/gate/remote": 7,

	"bailiwick/internal/api/authzen": 6,
	"bailiwick/internal/api/graphql": 7,
	"bailiwick/internal/api/rest":    7,
	"bailiwick/internal/console":     7,

	"bailiwick/internal/change": 4,

	"bailiwick/internal/feed":    6,
	"bailiwick/internal/inquiry": 6,
	"bailiwick/internal/orgtest": 6,

	"bailiwick/conformance":  6,
	"bailiwick/internal/cli": 6,

	"bailiwick/internal/server": 8,

	"bailiwick/cmd/bailiwick":                       9,
	"bailiwick/e2e":                                 10,
	"bailiwick/docs/picture":                        8,
	"bailiwick/docs/picture/console":                8,
	"bailiwick/docs/picture/dagster":                8,
	"bailiwick/docs/picture/stage":                  0,
	"bailiwick/docs/security":                       8,
	"bailiwick/internal/reference/cmd/genreference": 8,
}

// pure lists packages that import nothing but the standard library.
var pure = []string{"bailiwick/access", "bailiwick/client", "bailiwick/internal/suggest"}

type listed struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
	TestGoFiles     []string
	XTestGoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.ImportPath != "bailiwick" {
			all = append(all, p)
		}
	}
	return all
}

func TestPackagesImportLowerFloorsOnly(t *testing.T) {
	for _, p := range packages(t) {
		floor, known := floors[p.ImportPath]
		if !known {
			t.Errorf("%s is on no floor: add it to the table above and to ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, "bailiwick/") {
				continue
			}
			if below, known := floors[imported]; known && below >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d); a package imports lower floors only", p.ImportPath, floor, imported, below)
			}
		}
	}
}

func TestPurePackagesImportTheStandardLibraryOnly(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range pure {
			if p.ImportPath != name {
				continue
			}
			for _, imported := range p.Imports {
				if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") || first == "bailiwick" {
					t.Errorf("%s imports %s; it has no dependencies", name, imported)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for _, p := range packages(t) {
		said := false
		for _, file := range append(append(p.GoFiles, p.TestGoFiles...), p.XTestGoFiles...) {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			said = said || regexp.MustCompile(`(?m)^(// Package |// Command |/\*\nPackage )`).Match(text)
		}
		if !said {
			t.Errorf("%s has no package comment: add a doc.go that says what it owns and what it does not", p.ImportPath)
		}
	}
}

// maxLines is the length of a file that a reader can still hold in mind. What is generated nobody reads.
const maxLines = 500

func TestFilesStayShort(t *testing.T) {
	eachFile(t, func(path string, text []byte) {
		if lines := bytes.Count(text, []byte("\n")); filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_gen.go") && lines > maxLines {
			t.Errorf("%s has %d lines; at most %d: cut it along what its parts do", path, lines, maxLines)
		}
	})
}

// TestDocumentsNameWhatExists looks up every path that the documents write in backquotes.
func TestDocumentsNameWhatExists(t *testing.T) {
	quoted := regexp.MustCompile("`((?:[a-z0-9_.-]+/)+[A-Za-z0-9_.-]*)`")
	for _, doc := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			if strings.HasPrefix(m[1], "dagster/") || strings.HasPrefix(m[1], "dbt/") || strings.HasPrefix(m[1], "airflow/") {
				continue // a resource, not a file
			}
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names `%s`, which does not exist", doc, m[1])
			}
		}
	}
}

func eachFile(t *testing.T, visit func(path string, text []byte)) {
	t.Helper()
	out, err := exec.Command("git", "ls-files").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue // removed, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		visit(path, text)
	}
}

// TestMakeFuzzNamesEveryTarget: a fuzz target that nobody runs finds nothing, and one that does not exist passes.
func TestMakeFuzzNamesEveryTarget(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`-fuzz '\^(\w+)\$\$' -fuzztime \$\(FUZZTIME\) \./(\S+)`).FindAllStringSubmatch(string(makefile), -1) {
		named[m[2]+" "+m[1]] = true
	}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	eachFile(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, m := range target.FindAllSubmatch(text, -1) {
			name := filepath.ToSlash(filepath.Dir(path)) + " " + string(m[1])
			if !named[name] {
				t.Errorf("make fuzz does not run %s", name)
			}
			delete(named, name)
		}
	})
	for name := range named {
		t.Errorf("make fuzz names %s, which does not exist", name)
	}
}

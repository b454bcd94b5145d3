package dagstertest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	inSource = regexp.MustCompile("(?s)\\b(?:const|let) (\\w+)(?:\\s*:[^=]+)?\\s*=\\s*gql`(.*?)`")
	included = regexp.MustCompile(`\$\{(\w+)\}`)
	begins   = regexp.MustCompile(`(?m)^\s*(query|mutation|subscription)\s+(\w+)`)
)

// An Operation is something that Dagster's own pages ask their server.
type Operation struct {
	Name, Kind string // "RunsRootQuery", "query"
	Text       string // with the fragments that it includes
}

// Operations are all that the pages of the installed Dagster ask, by their names: read from the sources in the source maps of its
// scripts, so that a new release brings its own.
func Operations() (map[string]Operation, error) {
	here, err := find(newest())
	if err != nil {
		return nil, err
	}
	folder, err := here.pages()
	if err != nil {
		return nil, err
	}
	texts, err := documents(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]Operation{}
	for name, text := range texts {
		m := begins.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		w := whole{texts: texts, seen: map[string]bool{}}
		all[m[2]] = Operation{Name: m[2], Kind: m[1], Text: w.text(name)}
		if w.missing != "" {
			return nil, fmt.Errorf("the pages include %s, which is not found", w.missing)
		}
	}
	return all, nil
}

// pages is the folder of what dagster-webserver serves to browsers, with the source maps of its scripts.
func (p place) pages() (string, error) {
	found, err := filepath.Glob(filepath.Join(p.venv, "lib", "python3*", "site-packages", "dagster_webserver", "webapp", "build"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("the pages of dagster-webserver are in %q", found)
	}
	return strings.Join(found, " "), err
}

// documents are the texts of GraphQL in the sources of the pages, by the names that the sources give them.
func documents(folder string) (map[string]string, error) {
	texts := map[string]string{}
	return texts, filepath.WalkDir(filepath.Join(folder, "_next"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".js.map") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var sources struct{ Sources, SourcesContent []string }
		if err := json.Unmarshal(text, &sources); err != nil {
			return err
		}
		for i, source := range sources.SourcesContent {
			if strings.Contains(sources.Sources[i], "node_modules") {
				continue // examples in the comments of libraries
			}
			for _, m := range inSource.FindAllStringSubmatch(source, -1) {
				texts[m[1]] = m[2]
			}
		}
		return nil
	})
}

// whole puts the fragments behind a document, each once.
type whole struct {
	texts   map[string]string
	seen    map[string]bool
	missing string
}

func (w *whole) text(name string) string {
	w.seen[name] = true
	if w.texts[name] == "" {
		w.missing = name
	}
	text := included.ReplaceAllString(w.texts[name], "")
	for _, m := range included.FindAllStringSubmatch(w.texts[name], -1) {
		if !w.seen[m[1]] {
			text += w.text(m[1])
		}
	}
	return text
}

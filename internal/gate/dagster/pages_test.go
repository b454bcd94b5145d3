package dagster

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bailiwick/internal/dagstertest"
)

var (
	inSource = regexp.MustCompile("(?s)\\b(?:const|let) (\\w+)(?:\\s*:[^=]+)?\\s*=\\s*gql`(.*?)`")
	included = regexp.MustCompile(`\$\{(\w+)\}`)
	begins   = regexp.MustCompile(`(?m)^\s*(query|mutation|subscription)\s+(\w+)`)
)

// operations are all that the pages of the installed Dagster ask their server, by their names: read from the sources in the source
// maps of its scripts, with the fragments that they include.
func operations(t *testing.T) map[string]Request {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(filepath.Join(dagstertest.Pages(t), "_next"), func(path string, _ fs.DirEntry, err error) error {
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
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Request{}
	for name, text := range texts {
		m := begins.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		r := Request{Query: whole(t, texts, name, map[string]bool{}), OperationName: m[2]}
		if m[1] == "subscription" {
			r.Door = Socket
		}
		all[m[2]] = r
	}
	return all
}

// whole puts the fragments behind a document, each once.
func whole(t *testing.T, texts map[string]string, name string, seen map[string]bool) string {
	seen[name] = true
	if texts[name] == "" {
		t.Errorf("the pages include %s, which is not found", name)
	}
	text := included.ReplaceAllString(texts[name], "")
	for _, m := range included.FindAllStringSubmatch(texts[name], -1) {
		if !seen[m[1]] {
			text += whole(t, texts, m[1], seen)
		}
	}
	return text
}

// TestEverythingThatDagstersPagesAskIsUnderstood: none of it meets a limit, and all of it has a rule.
func TestEverythingThatDagstersPagesAskIsUnderstood(t *testing.T) {
	all := operations(t)
	if len(all) < 190 {
		t.Fatalf("found %d operations", len(all))
	}
	var rewritten []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d, err := Parse(schema(t), all[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Rewrites() {
			rewritten = append(rewritten, name)
		}
		for _, r := range d.roots {
			if table(t).Unknown(Operation{Kind: d.Kind, Field: r.field().Name}) {
				t.Errorf("%s asks for %s, which has no rule", name, r.field().Name)
			}
		}
	}
	// What greys out buttons in 1.13.27.
	want := []string{"AssetAutomationQuery", "AssetCatalogGroupTableQuery", "AssetCatalogTableQuery", "AssetChecksQuery", "AssetViewDefinitionQuery", "AssetsPermissionsQuery",
		"BackfillDetailsQuery", "JobBackfillsQuery", "JobMetadataQuery", "JobPermissionsQuery", "LaunchAssetLoaderJobQuery", "LaunchAssetLoaderQuery", "LocationWorkspaceAssetsManifestQuery",
		"LocationWorkspaceAssetsQuery", "LocationWorkspaceQuery", "PartitionsStatusQuery", "PermissionsQuery", "RunRootQuery", "RunsFeedQuery", "RunsFeedRootQuery", "ScheduleRootQuery",
		"SensorRootQuery", "SingleJobQuery", "SingleScheduleQuery", "SingleSensorQuery"}
	if !slices.Equal(rewritten, want) {
		t.Errorf("rewritten are %q", rewritten)
	}
}

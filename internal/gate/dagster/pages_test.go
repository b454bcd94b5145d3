package dagster

import (
	"maps"
	"slices"
	"testing"

	"bailiwick/internal/dagstertest"
)

// operations are all that the pages of the installed Dagster ask their server, by their names.
func operations(t *testing.T) map[string]Request {
	t.Helper()
	found, err := dagstertest.Operations()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Request{}
	for name, o := range found {
		r := Request{Query: o.Text, OperationName: name}
		if o.Kind == "subscription" {
			r.Door = Socket
		}
		all[name] = r
	}
	return all
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

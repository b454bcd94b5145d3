package examples_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/examples"
	"bailiwick/internal/accessfile"
)

// TestExamplesAreRightAndTheirTestsHold at a moment within the windows that their comments speak of.
func TestExamplesAreRightAndTheirTestsHold(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := accessfile.Read(path, text, os.ReadFile)
			if err != nil {
				t.Fatal(err)
			}
			snapshot, err := access.Build(file.Organization, now)
			if err != nil {
				t.Fatal(err)
			}
			if len(file.Tests) < 4 {
				t.Errorf("only %d tests", len(file.Tests))
			}
			for i, test := range file.Tests {
				at := test.At
				if at.IsZero() {
					at = now
				}
				q := access.Question{Subject: test.Who, Permission: test.Permission, Resource: test.Resource, At: at}
				if got := snapshot.Decide(q); got.Allowed != test.Allowed {
					t.Errorf("%s: %+v is %+v", file.Places.Tests[i], test, got)
				}
			}
		})
	}
}

// TestAcmeIsAsLargeAsItSays holds what its comments and the demo promise.
func TestAcmeIsAsLargeAsItSays(t *testing.T) {
	onDisk, err := os.ReadFile("acme.yaml")
	if err != nil || !bytes.Equal(onDisk, examples.Acme()) {
		t.Fatalf("the embedded example differs from the file (%v)", err)
	}
	file, err := accessfile.Read("acme.yaml", examples.Acme(), nil)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, platform := range file.Organization.Platforms {
		for _, res := range platform.Resources {
			segments, err := access.SplitPath(res.Path)
			if err != nil {
				t.Fatal(err)
			}
			kind, err := platform.Model.PathKind(segments[1:])
			if err != nil {
				t.Fatal(err)
			}
			kinds[platform.Slug+" "+kind.Name]++
		}
	}
	org := file.Organization
	for what, want := range map[string][2]int{
		"users":               {len(org.Users), 40},
		"teams":               {len(org.Teams), 8},
		"deployments":         {kinds["dagster deployment"], 3},
		"branch deployments":  {kinds["dagster branch_deployment"], 3},
		"code locations":      {kinds["dagster code_location"], 3*6 + 4}, // four in branch deployments
		"dbt projects":        {kinds["dbt project"], 4},
		"workspaces":          {kinds["airflow workspace"], 3},
		"custom roles":        {len(file.Platform("dagster").Roles), 2},
		"grants":              {len(org.Grants), 60},
		"attached by default": {len(org.Platforms), 4},
	} {
		if want[0] != want[1] {
			t.Errorf("%d %s, want %d", want[0], what, want[1])
		}
	}
}

package accessfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/accessfile"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func read(t *testing.T, path string) *accessfile.File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := accessfile.Read(filepath.Base(path), text, beside(path))
	if err != nil {
		t.Fatalf("Read(%s):\n%v", path, err)
	}
	return file
}

// beside opens files in the folder of an access file.
func beside(path string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(filepath.Dir(path), name)) }
}

func TestReadTakesTheContractsExample(t *testing.T) {
	file := read(t, "testdata/good/contract.yaml")
	if got := strings.Join(file.Slugs(), " "); got != "org dagster dbt airflow" {
		t.Errorf("platforms are %q", got)
	}
	var paths []string
	for _, platform := range file.Organization.Platforms {
		for _, res := range platform.Resources {
			paths = append(paths, strings.TrimSpace(res.Path+" "+res.Category))
		}
	}
	want := []string{
		"dagster/prod", "dagster/prod/etl", "dagster/prod/reports", "dagster/prod/branch:feature-1", "dagster/prod/branch:feature-1/etl",
		"dagster/dev", "dagster/dev/etl",
		"dbt/jaffle", "dbt/jaffle/prod production", "dbt/jaffle/ci staging", "dbt/jaffle/dev development", "dbt/jaffle/adhoc other",
		"dbt/jaffle/prod/job:nightly",
		"airflow/ml", "airflow/ml/training",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	bo := file.Organization.Users[1]
	if !bo.Inactive || bo.On[0] != "airflow" || file.Names[bo.ID] != "Bo" {
		t.Errorf("bo is %+v", bo)
	}
	role := file.Platform("dagster").Roles[0]
	if !role.Custom || role.BasedOn != "launcher" || role.Permissions[0] != "code_locations.reload" || len(role.At) == 0 {
		t.Errorf("the custom role is %+v", role)
	}
	if got := file.Organization.Grants[6]; got.To.String() != "service_user:ci" || got.Until.Year() != 2027 || !got.From.IsZero() {
		t.Errorf("ci's grant is %+v", got)
	}
	if got := file.Tests[2]; !got.Allowed || got.Permission != "jobs.write" || got.At.Month() != 12 {
		t.Errorf("the third test is %+v", got)
	}
	if got := file.Places.Grants[2]; got.Line != 35 || got.Column != 5 {
		t.Errorf("the third grant stands at %s", got)
	}
}

func TestReadUnderstandsEveryFormOfResources(t *testing.T) {
	file := read(t, "testdata/good/forms.yaml")
	for _, path := range []string{
		"one/bare", "one/empty", "one/short/reports", "one/long/etl", "one/long/branch:a/etl", "one/long/branch:b",
		"two/jobs-first/ci/job:yes", "two/same-name/prod/job:nightly", "two/same-name/ci/job:nightly",
		"two/both/prod/job:hourly", "two/both/prod/job:nightly", "three/ml/training", "three/bi/reports",
	} {
		if _, exists := file.Places.Resources[path]; !exists {
			t.Errorf("%s is missing", path)
		}
	}
	if got := file.Platform("one").Settings["branch_scope"]; got != "everywhere" {
		t.Errorf("the root's setting is %q", got)
	}
}

func TestReadComparesEmailsInOneForm(t *testing.T) {
	text := "organization: a\nusers: {RENE\u0301@Acme.test: {}}\nteams: {t: {members: [ren\u00e9@acme.test]}}\n" +
		"grants: [{to: 'user:Ren\u00c9@acme.test', role: owner, on: org}]\n"
	file, err := accessfile.Read("a.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{file.Organization.Users[0].ID, file.Organization.Teams[0].Members[0], file.Organization.Grants[0].To.ID} {
		if id != "ren\u00e9@acme.test" {
			t.Errorf("the id is %q", id)
		}
	}
}

// sameFacts ignores order, which an organization has none of.
var sameFacts = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreUnexported(accessfile.File{}),
	cmp.Comparer(func(a, b *access.Model) bool { return a.Edition == b.Edition }),
	cmpopts.SortSlices(func(a, b access.Platform) bool { return a.Slug < b.Slug }),
	cmpopts.SortSlices(func(a, b access.Resource) bool { return a.Path < b.Path }),
	cmpopts.SortSlices(func(a, b access.UserFacts) bool { return a.ID < b.ID }),
	cmpopts.SortSlices(func(a, b access.TeamFacts) bool { return a.Name < b.Name }),
	cmpopts.SortSlices(func(a, b access.Grant) bool { return a.On+a.To.String()+a.Role < b.On+b.To.String()+b.Role }),
	cmpopts.SortSlices(func(a, b string) bool { return a < b }),
}

func TestWriteThenReadGivesTheSameOrganization(t *testing.T) {
	for _, name := range []string{"contract.yaml", "records.yaml", "forms.yaml"} {
		t.Run(name, func(t *testing.T) {
			path := "testdata/good/" + name
			file := read(t, path)
			written, err := accessfile.Write(file)
			if err != nil {
				t.Fatal(err)
			}
			again, err := accessfile.Read(name, written, beside(path))
			if err != nil {
				t.Fatalf("what was written cannot be read: %v\n%s", err, written)
			}
			file.Places, again.Places = accessfile.Places{}, accessfile.Places{}
			if diff := cmp.Diff(file, again, sameFacts); diff != "" {
				t.Errorf("(-read +written and read again):\n%s\n%s", diff, written)
			}
			twice, err := accessfile.Write(again)
			if err != nil || string(twice) != string(written) {
				t.Errorf("writing twice gives two texts (%v):\n%s\n%s", err, written, twice)
			}
		})
	}
}

package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
)

// The command line of Dagster+ itself, unchanged, against the program: what it prints, what it then finds in its place, and
// what a viewer is told. Which requests that are is in internal/api/graphql/testdata.

func TestDagsterCloudSettingsOfADeployment(t *testing.T) {
	d := newDagsterCloud(t)
	settings := d.write("settings.yaml", "run_queue:\n  max_concurrent_runs: 7\nsso_default_role: EDITOR\n")
	before := d.must(d.owner, "prod", "deployment", "settings", "get")
	if strings.Contains(before, "max_concurrent_runs: 7") {
		t.Errorf("settings before they are set:\n%s", before)
	}

	d.must(d.owner, "prod", "deployment", "settings", "set-from-file", settings)
	for _, got := range []string{
		d.must(d.owner, "prod", "deployment", "settings", "get"),
		// The deployment is named by the header only.
		d.must(d.owner, "", "deployment", "settings", "get", "--deployment", "prod"),
	} {
		if !strings.Contains(got, "max_concurrent_runs: 7") || !strings.Contains(got, "sso_default_role: EDITOR") {
			t.Errorf("the settings come back as:\n%s", got)
		}
	}
	// What in them decides access does so: whoever is added now is an editor of prod.
	d.change(d.owner, client.UserAdd{NewUser: client.NewUser{Email: "uma@acme.test", On: []string{"dagster"}}})
	d.holds(d.owner, "uma@acme.test", "editor on dagster/prod")

	d.refused("prod", "deployment", "settings", "set-from-file", d.write("other.yaml", "run_queue:\n  max_concurrent_runs: 8\n"))
	if got := d.must(d.viewer, "prod", "deployment", "settings", "get"); !strings.Contains(got, "max_concurrent_runs: 7") {
		t.Errorf("a viewer reads:\n%s", got)
	}
}

func TestDagsterCloudSettingsOfTheOrganization(t *testing.T) {
	d := newDagsterCloud(t)
	settings := d.write("organization.yaml", "sso_default_role: LAUNCHER\n")
	d.must(d.owner, "", "organization", "settings", "get")
	d.must(d.owner, "", "organization", "settings", "set-from-file", settings)
	if got := d.must(d.owner, "", "organization", "settings", "get"); !strings.Contains(got, "sso_default_role: LAUNCHER") {
		t.Errorf("the settings come back as:\n%s", got)
	}
	d.refused("", "organization", "settings", "set-from-file", d.write("other.yaml", "sso_default_role: ADMIN\n"))
}

func TestDagsterCloudBranchDeployments(t *testing.T) {
	d := newDagsterCloud(t)
	create := []string{"branch-deployment", "create-or-update", "--git-repo-name", "etl", "--branch-name", "feature-1", "--commit-hash", "0a1b2c3d",
		"--timestamp", "1700000000", "--pull-request-status", "OPEN", "--pull-request-id", "7", "--base-deployment-name", "prod"}
	d.refused("", create...)
	name := lastLine(d.must(d.owner, "", create...))
	if !slices.Contains(d.resources(), "dagster/prod/branch:"+name) {
		t.Fatalf("%q was made: %q", name, d.resources())
	}
	made := d.resources()
	if again := lastLine(d.must(d.owner, "", create...)); again != name || !slices.Equal(d.resources(), made) {
		t.Errorf("the same branch again: %q, %q", again, d.resources())
	}
	// It is a deployment like any other.
	d.must(d.owner, name, "workspace", "add-location", "etl", "--image", "registry.example/etl:1", "--python-file", "etl.py", noWait, never)
	if want := "dagster/prod/branch:" + name + "/etl"; !slices.Contains(d.resources(), want) {
		t.Errorf("no %s: %q", want, d.resources())
	}

	d.refused("", "branch-deployment", "delete", "--deployment", name)
	if said := d.fails(d.owner, "", "branch-deployment", "delete", "--deployment", "prod"); !strings.Contains(said, "not a branch deployment") {
		t.Errorf("prod is deleted as a branch deployment: %s", said)
	}
	d.must(d.owner, "", "branch-deployment", "delete", "--deployment", name)
	if slices.ContainsFunc(d.resources(), func(r string) bool { return strings.Contains(r, name) }) {
		t.Errorf("deleted, and still there: %q", d.resources())
	}
	d.fails(d.owner, "", "branch-deployment", "delete", "--deployment", name)
}

func TestDagsterCloudCodeLocations(t *testing.T) {
	d := newDagsterCloud(t)
	add := []string{"workspace", "add-location", "reports", "--image", "registry.example/reports:1", "--python-file", "reports.py",
		"--commit-hash", "0a1b2c3d", "--git-url", "https://github.example/acme/reports", noWait, never}
	d.refused("prod", add...)
	d.must(d.owner, "prod", add...)
	if !slices.Contains(d.resources(), "dagster/prod/reports") {
		t.Errorf("added, and not there: %q", d.resources())
	}
	listed := d.must(d.viewer, "prod", "workspace", "list")
	if !regexp.MustCompile(`reports\s+File: reports.py\s+Image: registry.example/reports:1`).MatchString(listed) {
		t.Errorf("the list:\n%s", listed)
	}
	// As people call it, it waits until the location is loaded; what is recorded here counts as that.
	d.must(d.owner, "prod", "workspace", "update-location", "reports", "--image", "registry.example/reports:2", "--package-name", "reports")
	if listed = d.must(d.owner, "prod", "workspace", "list"); !regexp.MustCompile(`reports\s+Package: reports\s+Image: registry.example/reports:2`).MatchString(listed) {
		t.Errorf("the list after an update:\n%s", listed)
	}

	// What is pulled can be put back as it is, and changes nothing.
	pulled := d.must(d.owner, "prod", "workspace", "pull")
	if !strings.Contains(pulled, "location_name: reports") || !strings.Contains(pulled, "registry.example/reports:2") {
		t.Errorf("pulled:\n%s", pulled)
	}
	there := d.resources()
	d.must(d.owner, "prod", "workspace", "sync", "--workspace", d.write("pulled.yaml", pulled), noWait, never)
	if !slices.Equal(d.resources(), there) {
		t.Errorf("what was pulled changes something: %q, was %q", d.resources(), there)
	}
	// What the file does not name goes.
	workspace := d.write("workspace.yaml", "locations:\n- location_name: etl\n  image: registry.example/etl:3\n  code_source: {module_name: etl}\n"+
		"- location_name: models\n  image: registry.example/models:1\n  code_source: {python_file: models.py}\n")
	d.refused("prod", "workspace", "sync", "--workspace", workspace, noWait, never)
	d.must(d.owner, "prod", "workspace", "sync", "--workspace", workspace, noWait, never)
	if r := d.resources(); slices.Contains(r, "dagster/prod/reports") || !slices.Contains(r, "dagster/prod/models") || !slices.Contains(r, "dagster/prod/etl") {
		t.Errorf("put back: %q", r)
	}

	d.refused("prod", "workspace", "delete-location", "models")
	d.must(d.owner, "prod", "workspace", "delete-location", "models")
	if slices.Contains(d.resources(), "dagster/prod/models") {
		t.Errorf("deleted, and still there: %q", d.resources())
	}
}

func TestDagsterCloudDeploysFromCI(t *testing.T) {
	d := newDagsterCloud(t)
	d.write("dagster_cloud.yaml", "locations:\n- location_name: models\n  code_source: {package_name: models}\n  build: {directory: ., registry: registry.example/models}\n")
	d.must(d.owner, "", "ci", "init", "--organization", "acme", "--deployment", "prod", "--no-require-branch-deployment", "--statedir", "state")
	d.must(d.owner, "", "ci", "set-build-output", "--image-tag", "4", "--statedir", "state")
	d.refused("", "ci", "deploy", "--statedir", "state")
	d.must(d.owner, "", "ci", "deploy", "--statedir", "state")
	if r := d.resources(); !slices.Contains(r, "dagster/prod/models") || !slices.Contains(r, "dagster/prod/etl") {
		t.Errorf("deployed beside what there was: %q", r)
	}
	if listed := d.must(d.owner, "prod", "workspace", "list"); !regexp.MustCompile(`models\s+Package: models\s+Image: registry.example/models:4`).MatchString(listed) {
		t.Errorf("the list:\n%s", listed)
	}
}

// No waiting for an agent, which there is none of here.
const noWait, never = "--location-load-timeout=0", "--agent-heartbeat-timeout=0"

// A dagsterCloud is a server, a folder in which the command line runs, and the tokens of an administrator and of a viewer.
type dagsterCloud struct {
	*server
	program, home, owner, viewer string
}

func newDagsterCloud(t *testing.T) *dagsterCloud {
	t.Helper()
	pins, err := os.ReadFile("vendor/dagster-cloud.txt")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^dagster-cloud-cli==(\S+)$`).FindSubmatch(pins)
	program, err := filepath.Abs("../.cache/venv-dagster-cloud-" + string(version[1]) + "/bin/dagster-cloud")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: run make dagster-cloud", err)
	}
	s := serve(t, folder(t))
	owner, _ := s.settle()
	s.change(owner, client.ServiceUserCreate{ServiceUser: "looker"}, client.GrantAdd{Grant: client.Grant{To: "service_user:looker", Role: "viewer", On: "dagster/prod"}})
	made, err := s.as(owner).IssueToken(t.Context(), client.NewToken{Kind: "svc", Subject: "service_user:looker", Description: "looks"}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	return &dagsterCloud{server: s, program: program, home: t.TempDir(), owner: owner, viewer: made.Secret}
}

// run runs a command of dagster-cloud, of a deployment or with "" of the organization, and returns all that it said.
func (d *dagsterCloud) run(token, deployment string, args ...string) (code int, said string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 90*time.Second)
	defer cancel()
	url := strings.TrimSuffix(d.url+deployment, "/")
	if args[0] != "ci" { // whose commands go by the environment alone
		args = append(slices.Clone(args), "--url", url, "--api-token", token)
	}
	cmd := exec.CommandContext(ctx, d.program, args...)
	cmd.Dir = d.home
	cmd.Env = []string{"HOME=" + d.home, "PATH=" + os.Getenv("PATH"), "NO_COLOR=1", "TERM=dumb", "COLUMNS=1000", "LC_ALL=C.UTF-8",
		"DAGSTER_CLOUD_URL=" + url, "DAGSTER_CLOUD_API_TOKEN=" + token}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// must is run where only success will do.
func (d *dagsterCloud) must(token, deployment string, args ...string) string {
	d.t.Helper()
	code, said := d.run(token, deployment, args...)
	if code != 0 {
		d.t.Fatalf("dagster-cloud %s: exit code %d\n%s", strings.Join(args, " "), code, said)
	}
	return said
}

// fails is run where it must not succeed.
func (d *dagsterCloud) fails(token, deployment string, args ...string) string {
	d.t.Helper()
	code, said := d.run(token, deployment, args...)
	if code == 0 {
		d.t.Errorf("dagster-cloud %s: no error\n%s", strings.Join(args, " "), said)
	}
	return said
}

// refused sees that a viewer may not, is told so in words, and that nothing is changed by it.
func (d *dagsterCloud) refused(deployment string, args ...string) {
	d.t.Helper()
	before := d.revision()
	// Where the client does not ask for the message, the type's name is what it shows. What one may not see is not found.
	if said := d.fails(d.viewer, deployment, args...); !regexp.MustCompile(`UnauthorizedError|is not allowed to|Unable to find deployment`).MatchString(said) {
		d.t.Errorf("dagster-cloud %s, as a viewer, is told:\n%s", strings.Join(args, " "), said)
	}
	if after := d.revision(); after != before {
		d.t.Errorf("dagster-cloud %s, as a viewer, made revision %d of %d", strings.Join(args, " "), after, before)
	}
}

// resources are the paths of everything at Dagster.
func (d *dagsterCloud) resources() []string {
	d.t.Helper()
	page, err := d.as(d.owner).Resources(d.t.Context(), "dagster", client.ResourceQuery{Page: client.Page{Limit: 100}})
	if err != nil {
		d.t.Fatal(err)
	}
	paths := make([]string, len(page.Resources))
	for i, r := range page.Resources {
		paths[i] = r.Resource
	}
	slices.Sort(paths)
	return paths
}

// revision is the number of the last change.
func (d *dagsterCloud) revision() int64 {
	d.t.Helper()
	who, err := d.as(d.owner).Users(d.t.Context(), client.UserQuery{})
	if err != nil {
		d.t.Fatal(err)
	}
	return who.Revision
}

// write makes a file for the command line to read and returns its name.
func (d *dagsterCloud) write(name, text string) string {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.home, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return name
}

// lastLine is the last line of what was said.
func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1]
}

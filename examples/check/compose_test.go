package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bailiwick/internal/dagsterdemo"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads a Compose file as docker compose does: against the schema of the Compose Specification, with merges and defaults.
func load(t *testing.T, path string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{path}, cli.WithInterpolation(true), cli.WithWorkingDirectory(filepath.Dir(path)))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func TestCompose(t *testing.T) {
	paths, err := filepath.Glob("../compose/*/compose.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no Compose files: %v", err)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			project, err := load(t, path)
			if err != nil {
				t.Fatal(err)
			}
			for name, service := range project.Services {
				if service.Build == nil {
					continue
				}
				file := filepath.Join(service.Build.Context, service.Build.Dockerfile)
				if _, err := os.Stat(file); err != nil {
					t.Errorf("service %s is built from %s: %v", name, file, err)
				}
			}
		})
	}
}

func TestComposeConfigurationIsRead(t *testing.T) {
	project, err := load(t, "../compose/dagster/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	service := project.Services["bailiwick"]
	path := *service.Environment["BAILIWICK_CONFIG"]
	if len(service.Configs) != 1 || service.Configs[0].Target != path {
		t.Fatalf("BAILIWICK_CONFIG is %s, and mounted is %+v", path, service.Configs)
	}
	readsConfiguration(t, project.Configs[service.Configs[0].Source].Content)
}

// TestComposeOnlyTheGateReachesDagster holds what the example is for.
func TestComposeOnlyTheGateReachesDagster(t *testing.T) {
	project, err := load(t, "../compose/dagster/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !project.Networks["dagster"].Internal {
		t.Error("Dagster's network leads elsewhere")
	}
	for name, service := range project.Services {
		networks := service.NetworksByPriority()
		if name == "bailiwick" {
			for _, port := range service.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("port %s is for others than this machine", port.Published)
				}
			}
			continue
		}
		if !slices.Equal(networks, []string{"dagster"}) || len(service.Ports) > 0 {
			t.Errorf("service %s is on %s and publishes %v", name, strings.Join(networks, ", "), service.Ports)
		}
	}
}

func TestComposeSchemaRefuses(t *testing.T) {
	text, err := os.ReadFile("../compose/dagster/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "compose.yaml")
	wrong := strings.Replace(string(text), "    restart: unless-stopped\n", "    restarts: unless-stopped\n", 1)
	if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, path); err == nil || !strings.Contains(err.Error(), "restarts") {
		t.Errorf("a key that does not exist: %v", err)
	}
}

func TestComposeDagsterIsTheTestedOne(t *testing.T) {
	text, err := os.ReadFile("../compose/dagster/dagster/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{"dagster==" + dagsterdemo.Version(), "dagster-webserver==" + dagsterdemo.Version()} {
		if !strings.Contains(string(text), pin+" ") {
			t.Errorf("the image does not have %s, which the tests run against", pin)
		}
	}
}

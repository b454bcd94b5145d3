package check

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"bailiwick/internal/accessfile"
	"bailiwick/internal/server"
	"bailiwick/internal/signin"
)

// readsConfiguration holds a configuration to the server's own reader, with its rules of security.
func readsConfiguration(t *testing.T, text string) {
	t.Helper()
	files := func(path string) ([]byte, error) {
		if path == "/etc/bailiwick/bailiwick.yaml" {
			return []byte(text), nil
		}
		return []byte(strings.Repeat("0f", 32)), nil // a secret of the right form
	}
	config, err := server.Load([]string{"--config", "/etc/bailiwick/bailiwick.yaml", "--data", "/data"}, nil, files)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(config.Warnings) > 0 {
		t.Errorf("warnings: %q", config.Warnings)
	}
	if len(config.Gates) != 1 || config.Gates[0].Deployment != "dagster/prod" {
		t.Errorf("the gates are %+v", config.Gates)
	}
}

// TestTheGuidesConfigurationsAreRead reads each configuration in the guide as the program would.
func TestTheGuidesConfigurationsAreRead(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/dagster.md")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		text := block[1]
		if !strings.Contains(text, "gates:") {
			continue
		}
		read++
		files := func(path string) ([]byte, error) {
			switch {
			case path == "gate.yaml":
				return []byte(text), nil
			case strings.HasSuffix(path, ".token"):
				secret, _, _, err := signin.Mint(signin.GateToken)
				return []byte(secret.Reveal()), err
			}
			return []byte(strings.Repeat("0f", 32)), nil
		}
		if strings.Contains(text, "token_file:") {
			_, err = server.LoadGate("gate.yaml", files)
		} else {
			_, err = server.Load([]string{"--config", "gate.yaml", "--data", "/data"}, nil, files)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	if read < 6 {
		t.Errorf("%d configurations are in the guide", read)
	}
}

func TestTheGuidesAccessFileIsRead(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/dagster.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(organization:.*?)```").FindSubmatch(guide)
	if block == nil {
		t.Fatal("the guide has no access file")
	}
	if _, err := accessfile.Read("acme.yaml", block[1], os.ReadFile); err != nil {
		t.Error(err)
	}
}

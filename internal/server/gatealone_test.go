package server

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/signin"
)

const aloneGate = "gates:\n  - {name: prod, deployment: dagster/prod, origin: 'https://dagster.acme.test', listen: '127.0.0.1:8444', upstream: 'http://127.0.0.1:3000'}\n"

// filesOf are files that a configuration names, with a gate's token and a person's.
func filesOf(t *testing.T, config string) func(string) ([]byte, error) {
	t.Helper()
	secret, _, _, err := signin.Mint(signin.GateToken)
	if err != nil {
		t.Fatal(err)
	}
	person, _, _, err := signin.Mint(signin.UserToken)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"gate.yaml": config, "gate.token": secret.Reveal() + "\n", "person.token": person.Reveal(), "empty.token": ""}
	return func(path string) ([]byte, error) {
		text, is := files[path]
		if !is {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
}

func TestTheConfigurationOfAGateAlone(t *testing.T) {
	c, err := LoadGate("gate.yaml", filesOf(t, "server: https://bailiwick.acme.test\ntoken_file: gate.token\nbound: 5s\nlog_level: warn\n"+aloneGate))
	if err != nil {
		t.Fatal(err)
	}
	if c.External.String() != "https://bailiwick.acme.test" || c.Bound != 5*time.Second || c.LogLevel != "warn" || len(c.Gates) != 1 || !strings.HasPrefix(c.Token, "bwk_gate_") {
		t.Errorf("%+v", c)
	}
}

// TestWhatIsWrongWithAGateAlone names each mistake with what would be right, and repeats no secret.
func TestWhatIsWrongWithAGateAlone(t *testing.T) {
	good := "server: https://bailiwick.acme.test\ntoken_file: gate.token\n"
	for text, want := range map[string]string{
		good:                                   "there is no gates",
		"token_file: gate.token\n" + aloneGate: "there is no server",
		"server: https://bailiwick.acme.test\n" + aloneGate:                                                       "there is no token_file",
		"server: http://bailiwick.acme.test\ntoken_file: gate.token\n" + aloneGate:                                "everybody on the way could read the gate's token",
		"server: bailiwick.acme.test\ntoken_file: gate.token\n" + aloneGate:                                       "not the address of a server",
		"server: https://bailiwick.acme.test\ntoken_file: person.token\n" + aloneGate:                             "holds no gate's token",
		"server: https://bailiwick.acme.test\ntoken_file: empty.token\n" + aloneGate:                              "holds no gate's token",
		"server: https://bailiwick.acme.test\ntoken_file: no.token\n" + aloneGate:                                 "no.token cannot be read",
		good + "bound: 5m\n" + aloneGate:                                                                          "so old",
		good + "bound: soon\n" + aloneGate:                                                                        "so old",
		good + "log_level: loud\n" + aloneGate:                                                                    "no such value",
		good + "colour: red\n" + aloneGate:                                                                        "colour",
		"server: https://dagster.acme.test\ntoken_file: gate.token\n" + aloneGate:                                 "origin is the server's",
		good + strings.Replace(aloneGate, "127.0.0.1:8444", "0.0.0.0:8444", 1):                                    "no_clear_text",
		good + strings.Replace(aloneGate, ", listen: '127.0.0.1:8444', upstream: 'http://127.0.0.1:3000'", "", 1): "has no upstream",
		good + strings.Replace(aloneGate, "name: prod", "name: prod, organization: acme", 1):                      "leave organization out",
		good + aloneGate + "  - {name: b, deployment: airflow/x, origin: 'https://b.acme.test', listen: '127.0.0.1:8445', upstream: 'http://127.0.0.1:3001'}\n": "two platforms",
	} {
		c, err := LoadGate("gate.yaml", filesOf(t, text))
		switch {
		case err == nil:
			t.Errorf("%s\nis taken: %+v", text, c)
		case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "bwk_user_"):
			t.Errorf("%s\n%v; it should say %q", text, err, want)
		}
	}
	if _, err := LoadGate("none.yaml", filesOf(t, "")); err == nil || !strings.Contains(err.Error(), "none.yaml cannot be read") {
		t.Errorf("%v", err)
	}
}

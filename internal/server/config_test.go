package server

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what is generated")

// files answers readFile from a map.
func files(texts map[string]string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		text, is := texts[path]
		if !is {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
}

func words(text string) []string { return strings.Fields(text) }

func load(t *testing.T, args, environ []string, texts map[string]string) *Config {
	t.Helper()
	c, err := Load(args, environ, files(texts))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPrecedenceIsFlagEnvironmentFileDefault(t *testing.T) {
	texts := map[string]string{"b.yaml": "data: from-file\nlog:\n  level: warn\n  format: json\nlimits: {body: 2MiB}\ntrusted_proxies: [10.0.0.1/32, 10.0.0.2/32]\n"}
	c := load(t, words("--config b.yaml --data from-flag"), words("BAILIWICK_DATA=from-env BAILIWICK_LOG_LEVEL=debug BAILIWICK_URL="), texts)
	got := map[string]string{}
	for _, v := range c.Values() {
		got[v.Name] = v.Value + " | " + v.From
	}
	for name, want := range map[string]string{
		"data":            "from-flag | flag --data",
		"log.level":       "debug | environment BAILIWICK_LOG_LEVEL",
		"log.format":      "json | b.yaml:4:11",
		"limits.body":     "2MiB | b.yaml:5:16",
		"limits.headers":  "32KiB | default",
		"trusted_proxies": "10.0.0.1/32, 10.0.0.2/32 | b.yaml:6:18",
		"url":             "http://127.0.0.1:8080 | follows from listen",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if c.LimitsBody != 2<<20 || len(c.TrustedProxies) != 2 {
		t.Errorf("the settings themselves differ: %v %v", c.LimitsBody, c.TrustedProxies)
	}
}

func TestTheFileIsAlsoNamedByTheEnvironment(t *testing.T) {
	texts := map[string]string{"a.yaml": "data: a", "b.yaml": "data: b"}
	if c := load(t, nil, words("BAILIWICK_CONFIG=a.yaml"), texts); c.Data != "a" {
		t.Errorf("data is %q", c.Data)
	}
	if c := load(t, words("--config=b.yaml"), words("BAILIWICK_CONFIG=a.yaml"), texts); c.Data != "b" {
		t.Errorf("data is %q: the flag names another file", c.Data)
	}
}

func TestWhatIsWrongInTheConfigurationIsSaidAtOnceWithItsPlace(t *testing.T) {
	text := "dta: x\nlog:\n  levl: info\n  format: xml\nlimits:\n  body: huge\nstale_reads: soon\nlisten: [a]\ntls: yes\ntrusted_proxies: [10.0.0.1]\nlisen: x\n"
	_, err := Load(words("--config b.yaml"), words("BAILIWICK_CHECKPOINT_INTERVAL=often"), files(map[string]string{"b.yaml": text}))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`b.yaml:1:1: dta: unknown setting "dta"; did you mean "data"?`,
		`b.yaml:3:3: log.levl: unknown setting "log.levl"; did you mean "level"?`,
		`b.yaml:4:11: log.format: "xml" is not one of the words allowed here`,
		`b.yaml:6:9: limits.body: "huge" is not a size; write it as 512, 32KiB or 1MiB`,
		`b.yaml:7:14: stale_reads: expected duration`,
		`b.yaml:8:9: listen: expected a text, found a list`,
		`b.yaml:9:6: tls: expected a mapping`,
		`b.yaml:10:18: trusted_proxies: netip.ParsePrefix("10.0.0.1")`,
		`b.yaml:11:1: lisen: unknown setting "lisen"; did you mean "listen"?`,
		`BAILIWICK_CHECKPOINT_INTERVAL: expected duration`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s\nin:\n%v", want, err)
		}
	}
	if _, err := Load(words("--config none.yaml"), nil, files(nil)); err == nil || !strings.Contains(err.Error(), "none.yaml cannot be read (file does not exist)") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Attack 130: a setting of security that is missing stops the start.
func TestAttack130AMissingSecuritySettingStopsTheStart(t *testing.T) {
	texts := map[string]string{"short": "abc", "token": "0123456789abcdef", "db": "postgres://u:p@h/d", "empty": "\n"}
	proxy := "--listen 0.0.0.0:80 --url https://b.example --trusted-proxies 10.0.0.1/32 "
	for args, want := range map[string]string{
		"--listen 0.0.0.0:80":                                                     "nothing encrypts what they send",
		"--listen [::]:80 --url https://b.example":                                "trusted_proxies",
		"--listen :80 --trusted-proxies 10.0.0.0/8":                               "no_clear_text",
		"--listen host.example:80":                                                "no_clear_text",
		"--listen 0.0.0.0:80 --url http://b.example --trusted-proxies 10.0.0.0/8": "no_clear_text",
		"--listen 0.0.0.0:443 --tls-cert c --tls-key k":                           "url: it is not set",
		"--listen 0.0.0.0:443 --tls-cert c":                                       "only one of tls.cert and tls.key",
		"--tls-cert c --tls-key k --url http://127.0.0.1":                         "it says http, and tls.cert is set",
		"--url http://b.example":                                                  "is not encrypted",
		"--url https://b.example/path":                                            "scheme, host and port only",
		"--url https://user:hunter2@b.example":                                    "scheme, host and port only",
		"--listen 8080":                                                           "is not an address",
		"--listen 127.0.0.1:99999":                                                "is not an address",
		"--trusted-proxies 0.0.0.0/0":                                             "is everybody",
		"--database mysql://u:hunter2@h/d":                                        "cannot be used",
		"--database postgres://h/d --database-file db":                            "keep one of the two",
		"--database-file empty":                                                   "empty is empty",
		"--metrics-listen 0.0.0.0:9090":                                           "no_open_metrics",
		"--metrics-listen 127.0.0.1:8080":                                         "it is the main address",
		"--metrics-token-file short":                                              "shorter than 16",
		"--metrics-token-file none":                                               "cannot be read",
		"--checkpoint-interval 0s":                                                "too short",
		"--stale-reads=-1s":                                                       "too short",
	} {
		_, err := Load(words(args), nil, files(texts))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n  got  %v\n  want %s", args, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error repeats a password: %v", args, err)
		}
	}
	for _, args := range []string{
		"", "--listen [::1]:1", "--listen localhost:8080", proxy, proxy + "--metrics-listen 127.0.0.1:9090", "--metrics-token-file token",
		proxy + "--metrics-listen 0.0.0.0:9090 --metrics-token-file token",
		"--listen 0.0.0.0:443 --tls-cert c --tls-key k --url https://b.example", "--database-file db",
	} {
		if _, err := Load(words(args), nil, files(texts)); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c := load(t, words("--database-file db --metrics-token-file token"), nil, map[string]string{"db": "postgres://u:hunter2@h/d\n", "token": "hunter2hunter2hunter2"})
	if c.Database != "postgres://u:hunter2@h/d" || c.Token != "hunter2hunter2hunter2" {
		t.Fatalf("the secrets were not read: %q %q", c.Database, c.Token)
	}
	for _, v := range c.Values() {
		if strings.Contains(v.Value+v.From, "hunter2") {
			t.Errorf("%s shows the secret", v.Name)
		}
		if v.Name == "database" && (v.Value != "(secret)" || v.From != "file db") {
			t.Errorf("database is printed as %q from %q", v.Value, v.From)
		}
	}
}

func TestWhatIsProbablyNotMeantIsWarnedOf(t *testing.T) {
	c := load(t, words("--database postgres://u:p@h/d --data d --head-file d/head"), words("BAILIWICK_LISTN=x BAILIWICK_SERVICE_HOST=10.0.0.9"), nil)
	if got := strings.Join(c.Warnings, "\n"); len(c.Warnings) != 4 || !strings.Contains(got, "did you mean BAILIWICK_LISTEN?") ||
		!strings.Contains(got, "secrets.key_file is not set") ||
		!strings.Contains(got, "command line") || !strings.Contains(got, "it proves nothing") {
		t.Errorf("warnings:\n%s", got)
	}
}

// TestTableMatchesKong holds the names of the table against those that kong makes of the fields.
func TestTableMatchesKong(t *testing.T) {
	fields := reflect.TypeFor[Settings]().NumField()
	if got := len(Table()); got != fields-1 {
		t.Errorf("%d settings of %d fields: only File has none", got, fields)
	}
	for _, s := range Table() {
		value := map[string]string{"time.Duration": "5s", "server.Size": "1KiB", "[]netip.Prefix": "10.0.0.0/8"}[reflect.TypeFor[Settings]().Field(s.field).Type.String()]
		if s.Name == "log.level" {
			value = "warn"
		}
		if s.Name == "log.format" {
			value = "json"
		}
		// Some values are refused afterwards; here only the flag's name matters.
		if _, err := Load([]string{s.Flag + "=" + value}, nil, files(nil)); err != nil && strings.Contains(err.Error(), "unknown flag") {
			t.Errorf("%s: %v", s.Name, err)
		}
		if s.Help == "" || !strings.HasSuffix(s.Help, ".") {
			t.Errorf("%s has no help that is a sentence", s.Name)
		}
	}
}

// TestTheDocumentListsEverySetting keeps the table of docs/configuration.md; go test -update rewrites it.
func TestTheDocumentListsEverySetting(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "configuration.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- settings -->\n", "<!-- end of settings -->"
	before, rest, ok1 := strings.Cut(string(text), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table: %q … %q", path, begin, end)
	}
	var want strings.Builder
	want.WriteString("| in the file | flag | environment | default | |\n|---|---|---|---|---|\n")
	for _, s := range Table() {
		def := ""
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		want.WriteString("| `" + s.Name + "` | `" + s.Flag + "` | `" + s.Env + "` | " + def + " | " + s.Help + " |\n")
	}
	if table == want.String() {
		return
	}
	if !*update {
		t.Fatalf("%s is not current; run go test ./internal/server -update", path)
	}
	if err := os.WriteFile(path, []byte(before+begin+want.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]string{"1024": "1KiB", "1536": "1536", "2 MiB": "", "3GiB": "3GiB", "-1": "", "0": "", "99999999999GiB": "", "1KB": ""} {
		var s Size
		err := s.UnmarshalText([]byte(text))
		if (err != nil) != (want == "") || (err == nil && s.String() != want) {
			t.Errorf("%q: %v %v, want %q", text, s, err, want)
		}
	}
}

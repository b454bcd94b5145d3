package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodSecret = "0123456789abcdef0123456789abcdef"

// gatesIn loads a configuration with a section of gates.
func gatesIn(section string, args ...string) (*Config, error) {
	texts := map[string]string{"b.yaml": section, "secret": goodSecret + "\n", "short": "abc"}
	return Load(append(words("--config b.yaml --listen 127.0.0.1:8080"), args...), nil, files(texts))
}

const oneGate = `gates:
  - name: prod
    deployment: dagster/prod
    origin: https://dagster.example.com
    listen: 127.0.0.1:8081
    upstream: http://127.0.0.1:3000
`

func TestGatesAreReadFromTheFile(t *testing.T) {
	c, err := gatesIn(oneGate + `    organization: acme
    tls: {cert: c.pem, key: k.pem}
    upstream_secret_file: secret
    identity: trusted_header
    trusted_header: {header: X-Forwarded-Email, from: [10.0.0.5/32, "fd00::/64"], secret_file: secret}
    fields:
      - {kind: mutation, field: newThing, permission: runs.launch, sources: [{path: "ids[]", kind: run, permission: runs.delete, when: really}], ignored: [note]}
      - {kind: query, field: newQuery, permission: deployments.view}
  - {name: staging, deployment: "dagster/prod/branch:feature-1", origin: "https://branch.example.com", identity: trusted_header}
`)
	if err != nil {
		t.Fatal(err)
	}
	g := c.Gates[0]
	if len(c.Gates) != 2 || g.Name != "prod" || g.Organization != "acme" || g.Elsewhere() || g.Listen != "127.0.0.1:8081" || g.UpstreamSecret != goodSecret ||
		g.Trusted.Secret != goodSecret || len(g.Trusted.From) != 2 || g.Trusted.Header != "X-Forwarded-Email" || g.TLS != (KeyPair{"c.pem", "k.pem"}) {
		t.Errorf("%+v", g)
	}
	rule := g.Rules[0]
	if len(g.Rules) != 2 || rule.Field != "newThing" || rule.Permission != "runs.launch" || rule.Sources[0].Kind.String() != "run" || rule.Sources[0].Permission != "runs.delete" ||
		rule.Sources[0].When != "really" || rule.Sources[0].Path != "ids[]" || rule.Ignored[0] != "note" {
		t.Errorf("%+v", g.Rules)
	}
	if far := c.Gates[1]; !far.Elsewhere() || !far.TrustedHeader || far.Deployment != "dagster/prod/branch:feature-1" {
		t.Errorf("%+v", far)
	}
	shown := ""
	for _, v := range c.Values() {
		if strings.HasPrefix(v.Name, "gates.") {
			shown += v.Name + " | " + v.Value + " | " + v.From + "\n"
		}
	}
	want := "gates.prod | https://dagster.example.com, dagster/prod in front of http://127.0.0.1:3000 | b.yaml:2:5\n" +
		"gates.staging | https://branch.example.com, dagster/prod/branch:feature-1 elsewhere | b.yaml:15:5\n"
	if shown != want {
		t.Errorf("shown as\n%s\nwant\n%s", shown, want)
	}
}

// TestWhatIsWrongWithGatesIsSaidWithItsPlace holds every message to testdata/gates.txt; go test -update rewrites it.
func TestWhatIsWrongWithGatesIsSaidWithItsPlace(t *testing.T) {
	gate := func(more ...string) string { return oneGate + strings.Join(more, "") }
	replaced := func(old, by string) string { return strings.Replace(oneGate, old, by, 1) }
	trusted := func(text string) string {
		return gate("    identity: trusted_header\n    trusted_header: " + text + "\n")
	}
	second := func(text string) string { return gate("  - " + text + "\n") }
	field := func(text string) string { return gate("    fields: [" + text + "]\n") }
	cases := []struct{ what, section, args string }{
		{"a misspelt key", gate("    upstraem: x\n"), ""},
		{"no list", "gates: {name: prod}\n", ""},
		{"a misspelt section", "gate: []\n", ""},
		{"no name, deployment or origin", "gates:\n  - {listen: \"127.0.0.1:1\"}\n", ""},
		{"a name with spaces", replaced("name: prod", "name: My gate"), ""},
		{"a platform for a deployment", replaced("dagster/prod", "dagster"), ""},
		{"a code location for a deployment", replaced("dagster/prod", "dagster/prod/etl"), ""},
		{"all branches for a deployment", replaced("dagster/prod", "dagster/prod/branch:*"), ""},
		{"an origin with a path", replaced("dagster.example.com", "dagster.example.com/x"), ""},
		{"an origin in capitals", replaced("dagster.example.com", "Dagster.example.com"), ""},
		{"an origin with its usual port", replaced("dagster.example.com", "dagster.example.com:443"), ""},
		{"an origin with a user", replaced("dagster.example.com", "me@dagster.example.com"), ""},
		{"an origin in clear", replaced("https://dagster", "http://dagster"), ""},
		{"an address that is none", replaced("127.0.0.1:8081", "8081"), ""},
		{"an upstream and no address", replaced("    listen: 127.0.0.1:8081\n", ""), ""},
		{"an upstream that is itself", replaced("127.0.0.1:3000", "127.0.0.1:8081"), ""},
		{"an upstream with a password", replaced("http://127.0.0.1:3000", "http://u:hunter2@127.0.0.1:3000"), ""},
		{"an upstream that is none", replaced("http://127.0.0.1:3000", "127.0.0.1:3000"), ""},
		{"elsewhere, with what belongs there", "gates:\n  - {name: p, deployment: dagster/prod, origin: \"https://d.example\", listen: \"127.0.0.1:1\", trusted_header: {header: X-E, from: [10.0.0.1/32], secret_file: secret}}\n", ""},
		{"half a certificate", gate("    tls: {cert: c}\n"), ""},
		{"a secret that is not there", gate("    upstream_secret_file: none\n"), ""},
		{"a secret that is short", gate("    upstream_secret_file: short\n"), ""},
		{"certificates for http", gate("    upstream_tls: {ca: ca.pem}\n"), ""},
		{"an identity that there is not", gate("    identity: anybody\n"), ""},
		{"a trusted header without more", gate("    identity: trusted_header\n"), ""},
		{"a trusted header that does not count", gate("    trusted_header: {header: X-E, from: [10.0.0.5/32], secret_file: secret}\n"), ""},
		{"a trusted header without a header", trusted("{from: [10.0.0.5/32], secret_file: secret}"), ""},
		{"a trusted header without from", trusted("{header: X-E, secret_file: secret}"), ""},
		{"a trusted header from everybody", trusted("{header: X-E, from: [0.0.0.0/0], secret_file: secret}"), ""},
		{"a trusted header from half of everybody", trusted("{header: X-E, from: [\"::/1\", 128.0.0.0/1], secret_file: secret}"), ""},
		{"a trusted header from no network", trusted("{header: X-E, from: [10.0.0.5], secret_file: secret}"), ""},
		{"a trusted header without proof", trusted("{header: X-E, from: [10.0.0.5/32]}"), ""},
		{"a trusted header with two proofs", trusted("{header: X-E, from: [10.0.0.5/32], secret_file: secret, client_ca: ca}"), ""},
		{"a proxy's certificate at a gate without one", trusted("{header: X-E, from: [10.0.0.5/32], client_ca: ca}"), ""},
		{"a field that is known", field("{kind: mutation, field: launchRun, permission: runs.launch}"), ""},
		{"a field twice", field("{kind: query, field: x, permission: runs.view}, {kind: query, field: x, permission: runs.view}"), ""},
		{"a field of no kind", field("{kind: mutate, field: x, permission: runs.view}"), ""},
		{"a field without a permission", field("{kind: query, field: x}"), ""},
		{"a field with a permission that there is not", field("{kind: query, field: x, permission: runs.lunch}"), ""},
		{"a field with a permission of the organization's", field("{kind: query, field: x, permission: users.add}"), ""},
		{"a source that names nothing", field("{kind: mutation, field: x, permission: runs.view, sources: [{path: runId}]}"), ""},
		{"a source of no kind", field("{kind: mutation, field: x, permission: runs.view, sources: [{path: runId, kind: rnu}]}"), ""},
		{"a source with no path", field("{kind: mutation, field: x, permission: runs.view, sources: [{path: \"a..b\", kind: run}]}"), ""},
		{"two gates of one name", second("{name: prod, deployment: dagster/dev, origin: \"https://dev.example.com\"}"), ""},
		{"two gates of one origin", second("{name: dev, deployment: dagster/dev, origin: \"https://dagster.example.com\"}"), ""},
		{"two upstreams of one deployment", second("{name: dev, deployment: dagster/prod, origin: \"https://dev.example.com\", listen: \"127.0.0.1:8082\", upstream: \"http://127.0.0.1:3001\"}"), ""},
		{"one address with two certificates", second("{name: dev, deployment: dagster/dev, origin: \"https://dev.example.com\", listen: \"127.0.0.1:8081\", upstream: \"http://127.0.0.1:3001\", tls: {cert: c, key: k}}"), ""},
		{"the server's own origin", oneGate, "--url https://dagster.example.com --listen 127.0.0.1:9000"},
		{"the server's own host", oneGate, "--url https://dagster.example.com:8443 --listen 127.0.0.1:9000"},
		{"the server's own address", replaced("127.0.0.1:8081", "127.0.0.1:8080"), ""},
		{"the server's own origin on loopback", replaced("https://dagster.example.com", "http://127.0.0.1:8080"), ""},
		{"open to others in clear", replaced("127.0.0.1:8081", "0.0.0.0:8081"), ""},
		{"http with a certificate", replaced("https://dagster.example.com", "http://127.0.0.1:8081") + "    tls: {cert: c, key: k}\n", ""},
	}
	var out strings.Builder
	for _, c := range cases {
		out.WriteString(c.what + "\n")
		_, err := gatesIn(c.section, words(c.args)...)
		if err == nil {
			t.Errorf("%s: no error", c.what)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: a password is repeated", c.what)
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			out.WriteString("\t" + line + "\n")
		}
	}
	golden(t, filepath.Join("testdata", "gates.txt"), out.String())
}

// golden compares a text with a file; go test -update rewrites it.
func golden(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != text {
		t.Errorf("%s differs (%v); look at what go test ./internal/server -update would make of it:\n%s", path, err, text)
	}
}

func TestGatesTakeWhatIsRight(t *testing.T) {
	for what, c := range map[string]struct{ section, args string }{
		"behind a proxy":            {strings.Replace(oneGate, "127.0.0.1:8081", "0.0.0.0:8081", 1), "--trusted-proxies 10.0.0.1/32"},
		"with the server's own TLS": {strings.Replace(oneGate, "127.0.0.1:8081", "0.0.0.0:8081", 1), "--tls-cert c --tls-key k --url https://b.example"},
		"on loopback":               {strings.Replace(oneGate, "https://dagster.example.com", "http://127.0.0.1:8081", 1), ""},
		"two names on one address":  {oneGate + "  - {name: dev, deployment: dagster/dev, origin: \"https://dev.example.com\", listen: \"127.0.0.1:8081\", upstream: \"http://127.0.0.1:3001\"}\n", ""},
		"two origins of one server": {oneGate + "  - {name: again, deployment: dagster/prod, origin: \"https://dev.example.com\", listen: \"127.0.0.1:8081\", upstream: \"http://127.0.0.1:3000\"}\n", ""},
		"of two organizations":      {oneGate + "  - {name: again, organization: other, deployment: dagster/prod, origin: \"https://dev.example.com\", listen: \"127.0.0.1:8082\", upstream: \"http://127.0.0.1:3001\"}\n", ""},
		"a prefix":                  {strings.Replace(oneGate, "127.0.0.1:3000", "127.0.0.1:3000/dagster", 1), ""},
		"nothing":                   {"gates: []\n", ""},
	} {
		c, err := gatesIn(c.section, words(c.args)...)
		if err != nil || len(c.Warnings) > 0 {
			t.Errorf("%s: %v, %v", what, err, c)
		}
	}
	c, err := gatesIn(strings.Replace(oneGate, "127.0.0.1:8081", "0.0.0.0:8081", 1), words("--tls-cert c --tls-key k --url https://b.example")...)
	if err != nil || c.Gates[0].TLS != (KeyPair{"c", "k"}) {
		t.Errorf("the server's certificate: %v", err)
	}
}

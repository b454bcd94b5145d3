package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/terminal"
)

// examined runs the checks and returns "level says → do" by name.
func examined(t *testing.T, c *Config, f Facts) map[string]string {
	t.Helper()
	f.Now = clock
	got := map[string]string{}
	for _, r := range Examine(t.Context(), c, Checks(c, f)).Checks {
		if r.Says == "" || (r.Level != OK) != (r.Do != "") {
			t.Errorf("%s: a result is a sentence, and what to do unless it is ok: %+v", r.Check, r)
		}
		got[r.Check] = string(r.Level) + " " + r.Says + " → " + r.Do
	}
	return got
}

func TestDoctorSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	at := func(ago time.Duration, err error) func(context.Context) (time.Time, error) {
		return func(context.Context) (time.Time, error) { return clock().Add(-ago), err }
	}
	broken := errors.New("broken")
	failing := func(context.Context) error { return broken }
	working := func(context.Context) error { return nil }
	never := func(context.Context) (time.Time, error) { return time.Time{}, nil }
	dir := t.TempDir()
	demo, good, foreign, keyless, open := filepath.Join(dir, "demo"), filepath.Join(dir, "good"), filepath.Join(dir, "foreign"), filepath.Join(dir, "keyless"), filepath.Join(dir, "open")
	_ = opened(t, demo, Demo).Close()
	_ = opened(t, good, Production).Close()
	_ = opened(t, keyless, Production).Close()
	_ = os.Remove(filepath.Join(keyless, keyName))
	_ = os.Mkdir(foreign, 0o700)
	write(t, filepath.Join(foreign, "x"), "")
	_ = opened(t, open, Production).Close()
	_ = os.Chmod(open, 0o750)
	head := filepath.Join(dir, "head")
	write(t, head, "head")
	for _, c := range []struct {
		args, check, want string
		facts             Facts
	}{
		{"--data " + good, "configuration", "ok no file; 1 settings", Facts{}},
		{"--data " + good, "data folder", "ok", Facts{}},
		{"--data " + dir + "/none", "data folder", "ok", Facts{}},
		{"--data " + demo, "data folder", "warn", Facts{}},
		{"--data " + foreign, "data folder", "fail", Facts{}},
		{"--data " + keyless, "data folder", "fail", Facts{}},
		{"--data " + open, "data folder", "warn others than the server's user can enter", Facts{}},
		{"", "encryption", "warn http://127.0.0.1:8080 is http: cookies are not bound to https, and AuthZEN cannot be certified", Facts{}},
		{"--url https://b.example --trusted-proxies 10.0.0.1/32", "encryption", "ok https://b.example; a proxy", Facts{}},
		{"--tls-cert c --tls-key k", "encryption", "ok https://127.0.0.1:8080; TLS ends here", Facts{}},
		{"", "database", "fail it cannot be used (broken)", Facts{Database: failing}},
		{"", "database", "ok", Facts{Database: working}},
		{"", "clock", "ok", Facts{LastRow: at(time.Second, nil)}},
		{"", "clock", "ok", Facts{LastRow: never}},
		{"", "clock", "fail this machine's clock is 1m0s behind", Facts{LastRow: at(-time.Minute, nil)}},
		{"", "clock", "fail the journal's last row cannot be read", Facts{LastRow: at(0, broken)}},
		{"", "backup", "ok", Facts{LastBackup: at(47*time.Hour, nil)}},
		{"", "backup", "warn the last one is 49 hours old", Facts{LastBackup: at(49*time.Hour, nil)}},
		{"", "backup", "warn there has been none", Facts{LastBackup: never}},
		{"", "published head", "warn it is not published", Facts{}},
		{"--head-file " + dir + "/none", "published head", "warn", Facts{}},
		{"--head-file " + head, "published head", "ok", Facts{Head: func(context.Context, []byte) error { return nil }}},
		{"--head-file " + head, "published head", "fail the journal does not agree", Facts{Head: func(context.Context, []byte) error { return broken }}},
		{"--data d --head-file d/head", "configuration", "warn", Facts{}},
	} {
		if got := examined(t, load(t, words(c.args), nil, nil), c.facts)[c.check]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s with %q:\n  got  %s\n  want %s", c.check, c.args, got, c.want)
		}
	}
}

func TestDoctorMeasuresTheDiskOfTheNearestFolder(t *testing.T) {
	dir := t.TempDir()
	c := load(t, words("--data "+dir+"/a/b"), nil, nil)
	for free, want := range map[uint64]Level{64 << 20: Fail, 512 << 20: Warn, 5 << 30: OK} {
		asked := ""
		got := checkSpace(c, func(path string) (uint64, error) { asked = path; return free, nil })
		if got.Level != want || asked != dir {
			t.Errorf("%d bytes free at %s: %+v", free, asked, got)
		}
	}
	if got := checkSpace(c, freeBytes); strings.Contains(got.Says, "not known") {
		t.Errorf("on this machine: %+v", got)
	}
}

func TestDoctorPrintsATableAndJSON(t *testing.T) {
	c := load(t, words("--database postgres://u:hunter2@h/d"), nil, nil)
	report := Examine(t.Context(), c, []Check{
		{"good", func(context.Context) Result { return fine("all is well") }},
		{"bad", func(context.Context) Result { return fail("mend it", "it is broken") }},
	})
	if report.Healthy() {
		t.Error("a failure is healthy")
	}
	var table, text bytes.Buffer
	if err := errors.Join(report.Table(&table, terminal.NewStyle(false), 100), report.JSON(&text)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"bad    fail    it is broken", "→ mend it", "listen", "127.0.0.1:8080", "(secret)"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("missing %q in\n%s", want, &table)
		}
	}
	var back Report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || back.Checks[1].Do != "mend it" || len(back.Settings) != len(Table()) {
		t.Errorf("%v\n%s", err, &text)
	}
	if strings.Contains(table.String()+text.String(), "hunter2") {
		t.Error("a password is printed")
	}
}

func TestTheProbeFindsTheServerOfItsConfiguration(t *testing.T) {
	cert, key, _ := issue(t, t.TempDir(), 1)
	for _, args := range []string{"", "--tls-cert " + cert + " --tls-key " + key} {
		s := &Server{}
		_, stop := running(t, s, args)
		c := *s.Config
		c.Listen = s.Addresses()[0].String()
		if err := Probe(t.Context(), &c); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if err := Probe(t.Context(), &c); err == nil || !strings.Contains(err.Error(), "nothing answers on") {
			t.Errorf("%q: after the stop: %v", args, err)
		}
	}
	for listen, want := range map[string]string{"0.0.0.0:80": "localhost:80", "[::]:80": "localhost:80", ":80": "localhost:80", "10.0.0.1:80": "10.0.0.1:80"} {
		if got := local(listen); got != want {
			t.Errorf("%s is reached at %s, want %s", listen, got, want)
		}
	}
}

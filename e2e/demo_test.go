package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestDemoAnswersBeforeItSpeaksAndItsTokensWork(t *testing.T) {
	data := folder(t)
	began := time.Now()
	// No terminal: the standard input is closed, the output a pipe.
	s := launch(t, "demo", data, "--listen", "127.0.0.1:0")
	if took := time.Since(began); took > 5*time.Second && !raced {
		t.Errorf("the demo took %s to start", took)
	}
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/$`).MatchString(s.url) {
		t.Errorf("the first line is %q", s.url)
	}
	if status, text := s.get("readyz"); status != http.StatusOK {
		t.Errorf("the printed address is not ready: %d %s", status, text)
	}
	eventually(t, "end of the greeting", func() bool { return strings.Contains(s.out.String(), "Ctrl-C stops") })
	tokens := regexp.MustCompile(`(?m)^  (\S+) +(bwk_\S+)$`).FindAllStringSubmatch(s.out.String(), -1)
	if len(tokens) < 4 {
		t.Fatalf("%d tokens are printed:\n%s", len(tokens), s.out)
	}
	for _, token := range tokens {
		if who, err := s.as(token[2]).Whoami(t.Context()); err != nil || !strings.HasSuffix(who.Subject, ":"+token[1]) {
			t.Errorf("the token of %s: %v %v", token[1], who.Subject, err)
		}
	}
	// What is printed to be tried can be tried as it stands.
	tries := 0
	for _, command := range regexp.MustCompile(`(?m)^  curl (?:.*\\\n)?.*$`).FindAllString(s.out.String(), -1) {
		tries++
		if said, err := exec.Command("/bin/sh", "-c", strings.Replace(command, "curl -s", "curl -sf", 1)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", command, err, said)
		}
	}
	if tries < 2 {
		t.Errorf("%d requests to try:\n%s", tries, s.out)
	}
	// A second one meanwhile says that the folder is in use.
	if code, out, errs := bailiwick(t, "demo", "--data", data, "--listen", "127.0.0.1:0"); code == 0 || strings.Contains(out, "http") {
		t.Errorf("two demos in one folder: %d %s%s", code, out, errs)
	}
	began = time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	<-s.ended
	if code := s.cmd.ProcessState.ExitCode(); code != 0 || time.Since(began) > 5*time.Second {
		t.Errorf("SIGINT ended it with %d after %s:\n%s", code, time.Since(began), s.log)
	}

	s = launch(t, "demo", data, "--listen", "127.0.0.1:0")
	eventually(t, "end of the greeting", func() bool { return strings.Contains(s.out.String(), "Ctrl-C stops") })
	if said := s.out.String(); strings.Contains(said, "bwk_") || !strings.Contains(said, "--reset") {
		t.Errorf("the second start says:\n%s", said)
	}
	if _, err := s.as(tokens[0][2]).Whoami(t.Context()); err != nil {
		t.Errorf("the first start's token: %v", err)
	}
	s.stop()
	s = launch(t, "demo", data, "--listen", "127.0.0.1:0", "--reset")
	if status, _ := s.evaluate(tokens[0][2], "x", "runs.launch", "prod/etl"); status != http.StatusUnauthorized {
		t.Errorf("after --reset the old token is answered %d", status)
	}
	must(t, "verify", "--data", data)
}

func TestDemoBeginsAgainWhereItWasInterrupted(t *testing.T) {
	data := folder(t)
	launch(t, "demo", data, "--listen", "127.0.0.1:0").kill()
	// The mark is written last: without it, as much of the history is there as the kill let through.
	if err := os.Remove(filepath.Join(data, "demo-told")); err != nil {
		t.Fatal(err)
	}
	s := launch(t, "demo", data, "--listen", "127.0.0.1:0")
	eventually(t, "tokens", func() bool { return strings.Contains(s.out.String(), "Tokens, shown once") })
}

func TestAttack123TheDemoTouchesNoForeignFolder(t *testing.T) {
	data := t.TempDir()
	mine := filepath.Join(data, "thesis.txt")
	if err := os.WriteFile(mine, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{nil, {"--reset"}} {
		if code, out, errs := bailiwick(t, append([]string{"demo", "--data", data, "--listen", "127.0.0.1:0"}, more...)...); code == 0 || !strings.Contains(errs, "holds other things") {
			t.Errorf("demo %v in a foreign folder: %d %s%s", more, code, out, errs)
		}
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "years of work" {
		t.Errorf("the file in it: %q %v", text, err)
	}
	if code, _, errs := bailiwick(t, "demo", "--data", folder(t), "--listen", "0.0.0.0:0"); code == 0 || !strings.Contains(errs, "loopback") {
		t.Errorf("the demo for everybody: %d %s", code, errs)
	}
}

package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestACommandLineIsLetInByTheBrowserOfItsMachine walks the whole way: the command, the page with its policy, the way back to the
// command, and the next command, which needs nothing any more.
func TestACommandLineIsLetInByTheBrowserOfItsMachine(t *testing.T) {
	s := launch(t, "demo", folder(t), "--listen", "127.0.0.1:0")
	b := newBrowser(t)
	if status := b.open(s.url); status != 200 {
		t.Fatalf("the sign-in page: %d", status)
	}
	b.press("Ada")
	for _, answer := range []struct {
		press, said string
		code        int
	}{{"No", "refused", 2}, {"Let it act as me", "ada@acme.test", 0}} {
		home := t.TempDir()
		run := func(out *said, args ...string) *exec.Cmd {
			cmd := exec.Command(program, args...)
			cmd.Env = []string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "PATH="} // no browser on this path: the address is printed
			cmd.Stdout, cmd.Stderr = out, out
			return cmd
		}
		out := &said{}
		login := run(out, "login", s.url)
		if err := login.Start(); err != nil {
			t.Fatal(err)
		}
		address := regexp.MustCompile(`http://\S+/cli/signin\?\S+`)
		eventually(t, "an address to open", func() bool { return address.MatchString(out.String()) })
		if status := b.open(address.FindString(out.String())); status != 200 {
			t.Fatalf("the page: %d %s", status, b.text())
		}
		b.press(answer.press)
		_ = login.Wait()
		if code := login.ProcessState.ExitCode(); code != answer.code || !strings.Contains(out.String(), answer.said) {
			t.Errorf("%s: exit code %d\n%s", answer.press, code, out)
		}
		who := &said{}
		next := run(who, "whoami")
		if err := next.Run(); (err == nil) != (answer.code == 0) || err == nil && !strings.Contains(who.String(), "ada@acme.test") {
			t.Errorf("after %s: %v\n%s", answer.press, err, who)
		}
	}
}

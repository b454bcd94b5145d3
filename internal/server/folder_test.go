package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bailiwick/internal/fault"
)

func opened(t *testing.T, path string, kinds ...FolderKind) *Folder {
	t.Helper()
	f, err := OpenFolder(path, kinds...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func refused(t *testing.T, path string, kind fault.Kind, want string, kinds ...FolderKind) {
	t.Helper()
	f, err := OpenFolder(path, kinds...)
	if err == nil {
		_ = f.Close()
	}
	if !fault.Is(err, kind) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAFolderIsForItsOwnerAndKeepsItsKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "data")
	f := opened(t, path, Production)
	if !f.Fresh || f.Kind != Production || len(f.Key) == 0 {
		t.Errorf("a new folder: %+v", f)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, markerName: 0o600, keyName: 0o600, lockName: 0o600} {
		info, err := os.Stat(filepath.Join(path, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", name, info.Mode(), err, want)
		}
	}
	_ = f.Close()
	if again := opened(t, path, Production); again.Fresh || !again.Key.Equal(f.Key) {
		t.Error("the second start made another key")
	}
}

// Attack 123: a demo is no production, and production no demo.
func TestAttack123DemoModeInProduction(t *testing.T) {
	demo, production := t.TempDir(), t.TempDir()
	_ = opened(t, demo, Demo).Close()
	_ = opened(t, production, Production).Close()
	refused(t, demo, fault.Conflict, "is a demo folder", Production)
	refused(t, production, fault.Conflict, "is a production folder", Demo)
	if f := opened(t, demo, Production, Demo); f.Kind != Demo {
		t.Errorf("told to, serve opened it as %s", f.Kind)
	}
}

func TestTwoServersDoNotShareAFolder(t *testing.T) {
	path := t.TempDir()
	first := opened(t, path, Production)
	refused(t, path, fault.Conflict, "another server uses this data folder", Production)
	_ = first.Close()
	_ = opened(t, path, Production)
}

func TestSomebodyElsesFolderIsLeftAlone(t *testing.T) {
	path := t.TempDir()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(path, "thesis.tex"), "x")
	refused(t, path, fault.Conflict, "thesis.tex", Production)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o755 {
		t.Error("its permissions were changed")
	}
	mounted := t.TempDir()
	if err := os.Mkdir(filepath.Join(mounted, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	_ = opened(t, mounted, Production)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFirstStartThatWasCutOffIsBegunAgain(t *testing.T) {
	path := t.TempDir()
	f := opened(t, path, Production)
	_ = f.Close()
	if err := os.Rename(filepath.Join(path, markerName), filepath.Join(path, markerName+newSuffix)); err != nil {
		t.Fatal(err)
	}
	if again := opened(t, path, Production); !again.Fresh || !again.Key.Equal(f.Key) {
		t.Errorf("begun again: fresh %v", again.Fresh)
	}
}

func TestAFolderThatIsNotAsItWasStopsTheStart(t *testing.T) {
	for want, spoil := range map[string]func(path string){
		"written by a newer version: format 2": func(p string) { write(t, filepath.Join(p, markerName), "kind: production\nformat: 2\n") },
		"does not say what":                    func(p string) { write(t, filepath.Join(p, markerName), "kind: staging\nformat: 1\n") },
		"unknown key":                          func(p string) { write(t, filepath.Join(p, markerName), "kind: demo\nformat: 1\nfurther: x\n") },
		"is gone":                              func(p string) { _ = os.Remove(filepath.Join(p, keyName)) },
		"other users can read the signing key": func(p string) { _ = os.Chmod(filepath.Join(p, keyName), 0o640) },
		"is not an Ed25519 key":                func(p string) { write(t, filepath.Join(p, keyName), "hello") },
	} {
		path := t.TempDir()
		_ = opened(t, path, Production).Close()
		spoil(path)
		f, err := OpenFolder(path, Production)
		if err == nil {
			_ = f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bailiwick/client"
)

// A faulty is an ext4 file system in a file, which the kernel can be made to treat as broken: it turns read-only beneath
// whoever has files open on it. (A healthy one refuses that.)
type faulty struct {
	t             *testing.T
	image, folder string
}

// newFaulty returns nil where the tests may not mount one.
func newFaulty(t *testing.T) *faulty {
	t.Helper()
	f := &faulty{t: t, image: filepath.Join(t.TempDir(), "image"), folder: t.TempDir()}
	err := os.WriteFile(f.image, nil, 0o600)
	if err == nil {
		err = os.Truncate(f.image, 32<<20)
	}
	if err == nil {
		err = done("mkfs.ext4", "-q", "-F", f.image)
	}
	if err == nil {
		err = f.mount()
	}
	if err != nil {
		t.Logf("no file system that can break: %v", err)
		return nil
	}
	t.Cleanup(func() { _ = syscall.Unmount(f.folder, syscall.MNT_DETACH) })
	return f
}

func done(name string, args ...string) error {
	if said, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, said)
	}
	return nil
}

func (f *faulty) mount() error { return done("mount", "-o", "loop", f.image, f.folder) }

// fail is what the kernel does after an error of the disk.
func (f *faulty) fail() {
	f.t.Helper()
	if err := done("mount", "-o", "remount,abort", f.folder); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.folder, "probe"), nil, 0o600); !errors.Is(err, syscall.EROFS) {
		f.t.Fatalf("the disk is not read-only: %v", err)
	}
}

// mend mounts it again; its own journal makes it whole. Nobody may have files open on it.
func (f *faulty) mend() {
	f.t.Helper()
	if err := errors.Join(done("umount", f.folder), f.mount()); err != nil {
		f.t.Fatal(err)
	}
}

// acknowledged lists what was acknowledged until now.
func (l *ledger) acknowledged() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acked)
}

// doubt leaves open whether what was acknowledged since then is there.
func (l *ledger) doubt(before map[string]int64) {
	maps.DeleteFunc(l.acked, func(id string, _ int64) bool { _, sure := before[id]; return !sure })
}

func TestADiskThatTurnsReadOnlyBeneathTheServerLosesNothing(t *testing.T) {
	broken := newFaulty(t)
	stand := &disk{t: t} // where nothing can be mounted: no file may grow
	data := folder(t)
	if broken != nil {
		data = filepath.Join(broken.folder, "data")
	}
	s := serve(t, data)
	owner, portal := s.settle()
	l := newLedger()
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() { l.writer(context.WithoutCancel(t.Context()), s.as(owner), fmt.Sprintf("w%d-0", w)) })
	}
	eventually(t, "writing", func() bool { return l.count() > 40 })
	before := l.acknowledged()
	if broken != nil {
		broken.fail()
	} else {
		stand.limit(s, "1024")
	}
	all.Wait() // each was told
	if broken != nil {
		// From the abort of the file system's own journal until it is read-only, some milliseconds, fsync answers success for
		// what a mount anew does not have, and no program can tell. What was acknowledged before must be there; what was
		// in that moment must be whole or not there.
		l.doubt(before)
	}
	for id, err := range l.refused {
		t.Errorf("%s was refused for another reason: %v", id, err)
	}
	_, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "lost"})
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable || !strings.Contains(refusal.Message, "bailiwick.db") {
		t.Errorf("a change on a disk that cannot be written: %#v", err)
	}
	reads(t, s, owner, portal)
	if broken == nil {
		stand.limit(s, "unlimited")
	} else { // such a disk has to be mounted anew, which takes a restart
		s.kill()
		broken.mend()
		must(t, "verify", "--data", data)
		s = serve(t, data)
	}
	eventually(t, "change after the disk can be written again", func() bool {
		_, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "after"})
		return err == nil
	})
	reads(t, s, owner, portal)
	t.Logf("%d acknowledged, %d sent", len(l.acked), len(l.sent))
	s.stop()
	l.settle(t, "sqlite:"+data+"/bailiwick.db")
	must(t, "verify", "--data", data)
}

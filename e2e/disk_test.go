//go:build linux

package e2e

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bailiwick/client"
)

// A disk is a small file system of its own where the tests may mount one; elsewhere a limit on the size of files, set and
// lifted in the running server, stands for it.
type disk struct {
	t      *testing.T
	folder string
	mount  bool
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{t: t, folder: t.TempDir()}
	err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, "size=6m,mode=0700")
	if d.mount = err == nil; d.mount {
		t.Cleanup(func() { _ = syscall.Unmount(d.folder, syscall.MNT_DETACH) })
	} else {
		t.Logf("no mount (%v): a limit on the size of files stands for the disk", err)
	}
	return d
}

func (d *disk) fill(s *server) {
	d.t.Helper()
	if !d.mount {
		d.limit(s, "1024")
		return
	}
	file, err := os.Create(filepath.Join(d.folder, "filler"))
	if err != nil {
		d.t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
	_ = file.Close()
}

func (d *disk) free(s *server) {
	d.t.Helper()
	if !d.mount {
		d.limit(s, "unlimited")
	} else if err := os.Remove(filepath.Join(d.folder, "filler")); err != nil {
		d.t.Fatal(err)
	}
}

// remount makes the disk read-only, or writable again.
func (d *disk) remount(flags uintptr) error {
	return syscall.Mount("tmpfs", d.folder, "tmpfs", syscall.MS_REMOUNT|flags, "size=6m")
}

func (d *disk) limit(s *server, size string) {
	d.t.Helper()
	if said, err := exec.Command("prlimit", "--pid", pid(s), "--fsize="+size+":unlimited").CombinedOutput(); err != nil {
		d.t.Fatalf("%v: %s", err, said)
	}
}

func TestAttack120AFullDiskStopsChangesAndNothingElse(t *testing.T) {
	d := newDisk(t)
	data := filepath.Join(d.folder, "data")
	s := serve(t, data)
	owner, portal := s.settle()
	l := newLedger()
	l.acked["begun"] = s.add(owner, "begun")
	delete(l.acked, "begun")
	d.fill(s)
	var refusal *client.Error
	// What is left in the write-ahead log's own space may still take some.
	for i := range 2000 {
		if _, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "t" + strings.Repeat("x", 40) + itoa(i)}); err != nil {
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			break
		}
	}
	if refusal == nil {
		t.Fatal("the disk did not fill up")
	}
	if refusal.Status != http.StatusServiceUnavailable || refusal.Message == "" {
		t.Errorf("a change on a full disk: %d %v", refusal.Status, refusal)
	}
	t.Log(refusal)
	reads(t, s, owner, portal)
	count := teams(t, s, owner)
	d.free(s)
	eventually(t, "change after the disk has space again", func() bool {
		_, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "after"})
		return err == nil
	})
	if n := teams(t, s, owner); n != count+1 {
		t.Errorf("%d teams, want %d", n, count+1)
	}
	s.kill()
	must(t, "verify", "--data", data)
	s = serve(t, data)
	if n := teams(t, s, owner); n != count+1 {
		t.Errorf("%d teams after a restart, want %d", n, count+1)
	}
}

// reads asks what must go on whatever the disk does.
func reads(t *testing.T, s *server, owner, portal string) {
	t.Helper()
	for range 20 {
		if !s.allowed(portal, "ana@acme.test", "runs.launch") || s.allowed(portal, "bo@acme.test", "runs.launch") {
			t.Fatal("a decision is wrong")
		}
	}
	teams(t, s, owner)
	if status, text := s.get("readyz"); status != http.StatusOK {
		t.Errorf("readiness: %d %s", status, text)
	}
}

func teams(t *testing.T, s *server, owner string) int {
	t.Helper()
	all, err := s.as(owner).Teams(t.Context(), client.TeamQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return all.Total
}

func TestAttack120AReadOnlyDiskStopsChangesAndNothingElse(t *testing.T) {
	d := newDisk(t)
	data := filepath.Join(d.folder, "data")
	s := serve(t, data)
	owner, portal := s.settle()
	writable := func() {
		if !d.mount {
			d.free(s)
		} else if err := d.remount(0); err != nil {
			t.Fatal(err)
		}
	}
	if !d.mount {
		d.fill(s)
	} else if err := d.remount(syscall.MS_RDONLY); err != nil {
		// Files that are open for writing keep a disk from being made read-only, as they should: then the database turns so.
		t.Logf("not while it runs: %v", err)
		s.kill()
		if err := d.remount(syscall.MS_RDONLY); err != nil {
			t.Fatal(err)
		}
		code, out, errs := bailiwick(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
		if code == 0 || !strings.Contains(errs, "read-only") {
			t.Errorf("a start on a read-only disk: %d %s%s", code, out, errs)
		}
		must(t, "verify", "--data", data)
		writable()
		s = serve(t, data)
		s.add(owner, "after")
		return
	}
	_, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "lost"})
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable {
		t.Errorf("a change on a read-only disk: %v", err)
	}
	reads(t, s, owner, portal)
	writable()
	eventually(t, "change after the disk can be written again", func() bool {
		_, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "after"})
		return err == nil
	})
}

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package journal

import (
	"errors"
	"os"
	"syscall"

	"bailiwick/internal/fault"
)

// fileLock is an advisory lock on a file beside the data file. It goes with the process, however that ends.
type fileLock struct{ file *os.File }

// acquire locks path + ".lock". The lock is on a file of its own: opening and closing the data file itself would drop the
// locks that SQLite holds on it.
func acquire(path string) (*fileLock, error) {
	file, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the lock file beside %s cannot be opened: %v", path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fault.Wrap(fault.Conflict, err, "another process writes %s", path).
				By("one_writer").Rather("stop it first, use PostgreSQL for several servers, or open it read-only")
		}
		return nil, fault.Wrap(fault.Unavailable, err, "%s.lock cannot be locked: %v", path, err)
	}
	return &fileLock{file: file}, nil
}

func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

//go:build linux || darwin

package server

import (
	"errors"
	"os"
	"syscall"

	"bailiwick/internal/fault"
)

// lockFile holds a file for this process. The system lets go of it when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be opened (%v)", path, cause(err))
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	wrong := fault.Wrap(fault.Unavailable, err, "%s cannot be locked (%v)", path, err).Rather("keep the data folder on a disk of this machine")
	if errors.Is(err, syscall.EWOULDBLOCK) {
		wrong = fault.Wrap(fault.Conflict, err, "another server uses this data folder (%s is locked)", path).
			Rather("stop it, or give this one a folder of its own with --data; several servers share a PostgreSQL, never a folder")
	}
	return nil, errors.Join(wrong, file.Close())
}

// freeBytes is the space that is left where a folder lies.
func freeBytes(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

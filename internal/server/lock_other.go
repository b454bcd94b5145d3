//go:build !linux && !darwin

package server

import (
	"os"
	"runtime"

	"bailiwick/internal/fault"
)

func lockFile(string) (*os.File, error) {
	return nil, fault.New(fault.Unavailable, "the server does not run on %s yet", runtime.GOOS).Rather("run it on Linux or macOS, or in a container; the other commands work here")
}

func freeBytes(string) (uint64, error) {
	return 0, fault.New(fault.Unavailable, "free space is not known on %s", runtime.GOOS)
}

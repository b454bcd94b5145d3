//go:build linux

package journal

import "syscall"

// readOnlyDisk tells whether a folder's file system takes no writes.
func readOnlyDisk(folder string) bool {
	const readOnly = 1 // ST_RDONLY, statvfs(3)
	var s syscall.Statfs_t
	return syscall.Statfs(folder, &s) == nil && s.Flags&readOnly != 0
}

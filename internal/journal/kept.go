package journal

import (
	"path/filepath"

	"bailiwick/internal/fault"
)

// kept doubts a commit that SQLite reports while its disk is read-only. When a disk fails, the kernel turns its file system
// read-only, and from then on fsync on a file that is open answers success without writing anything (Linux, ext4,
// seen 2026-11-22): what was committed then stands in memory alone. From the abort of the file system's own journal until it
// is read-only, some milliseconds, nothing tells.
func (e engine) kept() error {
	if !e.sqlite() || !readOnlyDisk(filepath.Dir(e.path)) {
		return nil
	}
	return fault.New(fault.Unavailable, "the disk of %s turned read-only while it was written: nobody knows whether the change will be there", e.path).By("disk").
		Rather("see to the disk and start the server again; the change's id tells whether it is there")
}

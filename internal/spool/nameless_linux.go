package spool

import (
	"os"
	"syscall"
)

// unnamed is O_TMPFILE without the directory flag, which differs by processor.
const unnamed = 0x400000

// nameless makes a file in a folder that never has a name, so that a kill at any
// moment leaves nothing; false where the file system has no such files.
func nameless(dir string) (*os.File, bool) {
	fd, err := syscall.Open(dir, unnamed|syscall.O_DIRECTORY|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, false
	}
	return os.NewFile(uintptr(fd), "xiaobao-temporary"), true
}

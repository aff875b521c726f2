// Package spool makes temporary files for what stands in clear or only passes through:
// a program that is killed leaves none of them behind, where the system allows it.
package spool

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
)

// File is a temporary file. Where the system lets an open file lose its name it has
// none from the start; elsewhere Close takes it away.
type File struct {
	*os.File
	named bool
}

// New makes an empty file in a folder; "" is that of the system.
func New(dir string) (File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, ok := nameless(dir); ok {
		return File{f, false}, nil
	}
	f, err := os.CreateTemp(dir, "xiaobao-temporary-*")
	if err != nil {
		return File{}, err
	}
	return File{f, os.Remove(f.Name()) != nil}, nil
}

// Named takes an open file that has a name, which Close removes; it may be gone then,
// because it was moved.
func Named(f *os.File) File { return File{f, true} }

// Close implements io.Closer. A file that is closed already is none the worse.
func (f File) Close() error {
	err := f.File.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if f.named {
		if gone := os.Remove(f.Name()); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// For hands the file to a program that reads files by their names and is about to be
// started, and returns the name for its arguments.
func (f File) For(cmd *exec.Cmd) (string, error) {
	if f.named || runtime.GOOS == "windows" {
		return f.Name(), nil
	}
	if _, err := f.Seek(0, 0); err != nil { // some systems let both read on from one place
		return "", err
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, f.File)
	return "/dev/fd/" + strconv.Itoa(2+len(cmd.ExtraFiles)), nil
}

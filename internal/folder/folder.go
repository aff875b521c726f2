// Package folder does what systems differ in where the program keeps files: names that outlast a power cut, and
// owners. What root writes into somebody else's folder belongs to that somebody: a service under its own user opens
// the key that an administrator changed, and the attachments of a backup that root restored.
package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Refused reports whether err says that a folder lets this process write nothing: its rights, a disk mounted
// for reading, or a service manager that shows the folder so.
func Refused(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// Mend is the sentence that says what to do about that.
const Mend = "请检查它归谁所有、能否写入；由 systemd 启动的，还要把它写进单元的 ReadWritePaths。"

// What somebody may do with a file.
const (
	Read  os.FileMode = 4
	Write os.FileMode = 2
)

// Own gives a file that was just made the owner and group of model, a path, where the process is root. It goes
// by the open file: whoever may write in its folder could have put a link at its name. A root that may not give
// files away, in a container or on another machine's disk, keeps it; doctor tells.
func Own(f *os.File, model string) error {
	uid, gid, ok := of(model)
	if !ok {
		return nil
	}
	if err := f.Chown(uid, gid); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// MkdirAll makes dir as os.MkdirAll does. Every folder it makes belongs to the owner of
// the one above.
func MkdirAll(dir string, perm os.FileMode) error {
	if !root() {
		return os.MkdirAll(dir, perm)
	}
	dir = filepath.Clean(dir)
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return nil
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := MkdirAll(above, perm); err != nil {
			return err
		}
	}
	err := os.Mkdir(dir, perm)
	if err != nil {
		if st, serr := os.Stat(dir); serr == nil && st.IsDir() { // made by another meanwhile
			return nil
		}
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return Own(f, above)
}

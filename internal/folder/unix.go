//go:build unix

package folder

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// Sync makes the names in a folder durable: those that were given, changed and taken away.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func root() bool { return os.Geteuid() == 0 }

// of returns whose model is, where the process is root and model is somebody else's.
func of(model string) (uid, gid int, ok bool) {
	if !root() {
		return 0, 0, false
	}
	st, err := os.Stat(model)
	if err != nil {
		return 0, 0, false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok || sys.Uid == 0 {
		return 0, 0, false
	}
	return int(sys.Uid), int(sys.Gid), true
}

// Denied reports whether path is there and this process may not read and write it. A disk that
// cannot be written is another matter.
func Denied(path string) bool {
	return errors.Is(syscall.Access(path, uint32(Read|Write)), syscall.EACCES)
}

// Whose names the owner of path for a sentence, in brackets; nothing where that is not known.
func Whose(path string) string {
	st, err := os.Stat(path)
	if err != nil {
		return ""
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	id := strconv.FormatUint(uint64(sys.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		id = u.Username
	}
	return "（现在归 " + id + " 所有）"
}

// May reports whether the owner of model may do that with what st describes, as far as
// owner, group and mode say. Root may everything.
func May(model, st os.FileInfo, what os.FileMode) bool {
	m, ok := model.Sys().(*syscall.Stat_t)
	s, known := st.Sys().(*syscall.Stat_t)
	if !ok || !known || m.Uid == 0 {
		return true
	}
	switch {
	case s.Uid == m.Uid:
		what <<= 6
	case s.Gid == m.Gid:
		what <<= 3
	}
	return st.Mode().Perm()&what == what
}

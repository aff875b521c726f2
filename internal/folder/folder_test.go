//go:build unix

package folder_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"xiaobao/internal/folder"
)

const nobody, group = 65534, 65533

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is a folder of nobody's. Only root can give it away.
func house(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	dir := filepath.Join(t.TempDir(), "house")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, nobody, group))
	return dir
}

func whose(t *testing.T, path string) [2]uint32 {
	t.Helper()
	st, err := os.Lstat(path)
	must(t, err)
	sys := st.Sys().(*syscall.Stat_t)
	return [2]uint32{sys.Uid, sys.Gid}
}

func TestFileFollowsItsFolder(t *testing.T) {
	dir := house(t)
	f, err := os.CreateTemp(dir, "x")
	must(t, err)
	defer f.Close()
	must(t, folder.Own(f, dir))
	if got := whose(t, f.Name()); got != [2]uint32{nobody, group} {
		t.Errorf("the file belongs to %v", got)
	}
	must(t, folder.Own(f, t.TempDir())) // root's folder: left as it is
	if got := whose(t, f.Name()); got != [2]uint32{nobody, group} {
		t.Errorf("taken back: %v", got)
	}
}

// TestFileGoesByTheOpenFile puts a link where the file had its name: what the link
// leads to stays root's.
func TestFileGoesByTheOpenFile(t *testing.T) {
	dir := house(t)
	roots := filepath.Join(t.TempDir(), "shadow")
	must(t, os.WriteFile(roots, nil, 0o600))
	f, err := os.CreateTemp(dir, "x")
	must(t, err)
	defer f.Close()
	must(t, os.Remove(f.Name()))
	must(t, os.Symlink(roots, f.Name()))
	must(t, folder.Own(f, dir))
	if got := whose(t, roots); got != [2]uint32{0, 0} {
		t.Errorf("given away: %v", got)
	}
}

// TestOwnWithoutTheRight runs the test above as a root that may not give files away.
func TestOwnWithoutTheRight(t *testing.T) {
	if name := os.Getenv("XIAOBAO_TEST_HOUSE"); name != "" {
		f, err := os.CreateTemp(name, "kept")
		must(t, err)
		must(t, folder.Own(f, name))
		return
	}
	dir := house(t)
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("no setpriv here")
	}
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	cmd := exec.Command(setpriv, "--bounding-set=-chown", "--inh-caps=-chown", os.Args[0], "-test.run=^TestOwnWithoutTheRight$")
	cmd.Env = append(os.Environ(), "XIAOBAO_TEST_HOUSE="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "kept*"))
	if len(kept) != 1 || whose(t, kept[0]) != [2]uint32{0, 0} {
		t.Errorf("kept: %v", kept)
	}
}

func TestMkdirAllFollowsTheFolderAbove(t *testing.T) {
	dir := house(t)
	must(t, folder.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	must(t, folder.MkdirAll(filepath.Join(dir, "a", "b"), 0o700)) // there already
	for _, name := range []string{"a", "a/b"} {
		if got := whose(t, filepath.Join(dir, name)); got != [2]uint32{nobody, group} {
			t.Errorf("%s belongs to %v", name, got)
		}
	}
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if err := folder.MkdirAll(file, 0o700); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if err := folder.MkdirAll(filepath.Join(file, "below"), 0o700); err == nil {
		t.Error("below a file: no error")
	}
}

func TestMay(t *testing.T) {
	dir := house(t)
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, tt := range []struct {
		uid, gid    int
		mode        os.FileMode
		read, write bool
	}{
		{0, 0, 0o600, false, false},
		{0, 0, 0o644, true, false},
		{0, group, 0o640, true, false},
		{0, group, 0o660, true, true},
		{0, group, 0o604, false, false}, // the group is asked first
		{nobody, 0, 0o600, true, true},
		{nobody, 0, 0o466, true, false},
	} {
		must(t, os.Chown(file, tt.uid, tt.gid))
		must(t, os.Chmod(file, tt.mode))
		model, err := os.Stat(dir)
		must(t, err)
		st, err := os.Stat(file)
		must(t, err)
		if r, w := folder.May(model, st, folder.Read), folder.May(model, st, folder.Write); r != tt.read || w != tt.write {
			t.Errorf("%d:%d %o: read %v, write %v", tt.uid, tt.gid, tt.mode, r, w)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{&fs.PathError{Op: "mkdir", Path: "/x", Err: syscall.EROFS}, true},
		{&fs.PathError{Op: "open", Path: "/x", Err: syscall.EACCES}, true},
		{&fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}, false},
		{nil, false},
	} {
		if got := folder.Refused(tt.err); got != tt.want {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}

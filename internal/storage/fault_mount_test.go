//go:build linux

package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// smallDisk mounts a file system of a few megabytes; only root may. The bound on
// the pages of TestFullDisk says the same to whoever is not.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("mounting needs root")
	}
	must(t, err)
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestRealFullDisk fills a real file system: what is refused is not there, a
// backup onto it fails whole, and all goes on when there is room again.
func TestRealFullDisk(t *testing.T) {
	disk := smallDisk(t, "6m")
	o := storage.Options{Dir: filepath.Join(disk, "data"), Master: storagetest.Master}
	s := storagetest.Open(t, o)
	ballast := filepath.Join(disk, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 3<<20), 0o600))
	stored, refused := keepWriting(s, "case/1", 900)
	sentences(t, refused, "磁盘空间")
	if stored == 0 {
		t.Fatal("nothing was stored before the disk was full")
	}
	if got := loadTexts(t, s, "case/1"); int64(len(got)) != stored {
		t.Errorf("%d events, %d acknowledged: reading on a full disk", len(got), stored)
	}
	if _, _, err := s.BackupChecked(ctx, filepath.Join(disk, "bk", "a.tar"), nil, nil); !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "磁盘空间") {
		t.Errorf("backup onto a full disk: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(disk, "bk", "*")); len(left) > 0 {
		t.Errorf("left of the backup: %v", left)
	}
	must(t, os.Remove(ballast))
	more, refused := keepWriting(s, "case/1", 20)
	if more != 20 {
		t.Errorf("after there is room: %v", refused)
	}
	conserved(t, s, "case/1", stored+more)
}

// TestReadOnlyDisk remounts the disk so that nothing can be written: opening or
// writing is refused with a sentence, and works again once the disk does.
func TestReadOnlyDisk(t *testing.T) {
	disk := smallDisk(t, "16m")
	dir := filepath.Join(disk, "data")
	o := storage.Options{Dir: dir, Master: storagetest.Master}
	s := storagetest.Open(t, o)
	stored, _ := keepWriting(s, "case/1", 10)
	must(t, s.Close()) // a file that is open for writing keeps a file system from turning read-only
	must(t, syscall.Mount("tmpfs", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	if c, err := storage.Open(ctx, o); err == nil {
		_, refused := keepWriting(c, "case/1", 3)
		sentences(t, refused, "磁盘")
		must(t, c.Close())
	} else if _, sentence := errors.AsType[*fault.Error](err); !sentence {
		t.Errorf("opening on a read-only disk: %v", err)
	}
	must(t, syscall.Mount("tmpfs", disk, "", syscall.MS_REMOUNT, ""))
	c := storagetest.Open(t, o)
	more, refused := keepWriting(c, "case/1", 5)
	if more != 5 {
		t.Errorf("after it is writable: %v", refused)
	}
	conserved(t, c, "case/1", stored+more)
}

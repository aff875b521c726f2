//go:build unix

package blob_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"xiaobao/internal/storage/blob"
)

// TestPutByRootBelongsToTheFolder puts a file as root into a folder of somebody else: whoever
// owns the data can open it.
func TestPutByRootBelongsToTheFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "attachments")
	s, k := blob.New(at, bytes.NewReader(make([]byte, 4096))), key(t)
	if _, _, err := s.Put(ctx, k, "case/1", bytes.NewReader([]byte("x")), 10); err != nil {
		t.Fatal(err)
	}
	paths := files(t, at)
	if len(paths) != 1 {
		t.Fatalf("files %v", paths)
	}
	for path := paths[0]; path != dir; path = filepath.Dir(path) {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if st.Sys().(*syscall.Stat_t).Uid != 65534 {
			t.Errorf("%s is root's", path)
		}
	}
}

package document

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// A large sheet goes to the disk while it is written, in a file without a name: a
// kill leaves nothing behind.
func TestLargeSheetLeavesNoName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks at /proc")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	const rows = 60_000
	text := strings.Repeat("客户信息", 12)
	onDisk := 0
	var b bytes.Buffer
	n, err := WriteTable(&b, XLSX, "明细", []Column{{Name: "甲"}, {Name: "乙"}, {Name: "丙"}}, func(yield func([]string) bool) {
		for i := range rows {
			if i%10_000 == 9_999 {
				if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
					t.Errorf("row %d: %v %v", i, left, err)
				}
				onDisk = max(onDisk, deletedIn(t, dir))
			}
			if !yield([]string{strconv.Itoa(i), text, text}) {
				return
			}
		}
	})
	if err != nil || n.Rows != rows || onDisk != 1 {
		t.Fatalf("%+v %v, %d files of the disk in use", n, err, onDisk)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	at := 0
	table, err := ReadTable(bytes.NewReader(b.Bytes()), int64(b.Len()), "a.xlsx", TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range table.Rows() {
		if err != nil || row.Err != nil || row.Cells[0] != strconv.Itoa(at) || row.Cells[2] != text {
			t.Fatalf("row %d: %v %v", at, row, err)
		}
		at++
	}
	if at != rows {
		t.Errorf("%d rows come back", at)
	}
}

// Without a place on the disk a sheet stays in memory.
func TestLargeSheetWithoutDisk(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	text := strings.Repeat("字", 300)
	var b bytes.Buffer
	n, err := WriteTable(&b, XLSX, "明细", []Column{{Name: "甲"}}, func(yield func([]string) bool) {
		for range 20_000 {
			if !yield([]string{text}) {
				return
			}
		}
	})
	if err != nil || n.Rows != 20_000 {
		t.Errorf("%+v %v", n, err)
	}
}

// deletedIn counts the open files of this process in a folder that have no name.
func deletedIn(t *testing.T, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(to, dir) && strings.HasSuffix(to, "(deleted)") {
			n++
		}
	}
	return n
}

package spool_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"xiaobao/internal/spool"
)

// A file has no name while it is written, so that a kill at any moment leaves
// nothing; a program that reads names gets it all the same, as often as it is asked.
func TestFileWithoutName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux makes files that never had a name")
	}
	dir := t.TempDir()
	f, err := spool.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "一段文字"); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("has a name: %v %v", left, err)
	}
	for range 2 {
		cmd := exec.Command("cat")
		name, err := f.For(cmd)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Args = append(cmd.Args, name, name)
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != "一段文字一段文字" {
			t.Errorf("%s: %q %v", name, out, err)
		}
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNamedFile(t *testing.T) {
	for _, moved := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "a")
		open, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		f := spool.Named(open)
		cmd := exec.Command("cat")
		if name, err := f.For(cmd); err != nil || name != path || len(cmd.ExtraFiles) != 0 {
			t.Errorf("%s %v", name, err)
		}
		if moved {
			if err := os.Rename(path, path+"b"); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("moved %t: %v", moved, err)
		}
		if _, err := os.Stat(path + "b"); moved != (err == nil) {
			t.Errorf("moved %t: %v", moved, err)
		}
	}
}

func TestNoPlace(t *testing.T) {
	if _, err := spool.New(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("made a file in no folder")
	}
}

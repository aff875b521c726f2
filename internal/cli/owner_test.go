//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"xiaobao/internal/cli"
	"xiaobao/internal/storage"
)

const nobody = 65534

// give makes everything in a folder nobody's, as a service under its own user has it.
func give(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// roots are the files and folders that nobody does not own.
func roots(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := e.Info()
		if err == nil && st.Sys().(*syscall.Stat_t).Uid != nobody {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRootLeavesNothingOfItsOwn runs what an administrator runs with sudo on the data of a service that has
// its own user: whatever is made there, the service can open.
func TestRootLeavesNothingOfItsOwn(t *testing.T) {
	dir := sound(t)
	above := filepath.Dir(dir)
	give(t, dir)
	fresh, many := filepath.Join(above, "restored"), filepath.Join(above, "many")
	for _, folder := range []string{fresh, many} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		give(t, folder)
	}
	do := func(args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		w := cli.World{Out: &out, Err: &errs, Env: func(string) string { return "" }, Now: time.Now}
		if code := cli.Run(context.Background(), w, args); code != cli.OK {
			t.Fatalf("%v: exit %d, %s%s", args, code, out.String(), errs.String())
		}
		for _, where := range []string{dir, fresh, many} {
			if list := roots(t, where); len(list) > 0 {
				t.Errorf("%v: root's are %v", args, list)
			}
		}
	}
	do("user", "add", "--data", dir, "--login", "t1", "--name", "试用", "--roles", "handler")
	do("token", "create", "--data", dir, "--as", "t1", "--name", "trial", "--scopes", "read")
	do("rebuild", "--data", dir)
	do("verify", "--data", dir)
	do("key", "change", "--hold", "--data", dir)
	do("key", "change", "--data", dir)
	backup := filepath.Join(above, "one.tar")
	do("backup", "--data", dir, "--out", backup)
	do("restore", "--from", backup, "--data", fresh, "--master-key-file", filepath.Join(dir, cli.KeyFile))
	do("generate", "--data", many, "--cases", "20", "--branches", "1")
	for _, folder := range []string{fresh, many} {
		if _, err := os.Stat(filepath.Join(folder, storage.FileName)); err != nil {
			t.Error(err)
		}
	}
}

// TestKeyThatOnlyRootReads says what is wrong, to the service and to root who looks.
func TestKeyThatOnlyRootReads(t *testing.T) {
	dir := sound(t)
	give(t, dir)
	key := filepath.Join(dir, cli.KeyFile)
	if err := os.Chown(key, 0, 0); err != nil {
		t.Fatal(err)
	}
	_, bad := doctor(t, time.Now(), "--data", dir)
	found := false
	for _, l := range bad {
		found = found || strings.Contains(l.Mend, "chown --reference="+dir+" "+key) && strings.Contains(l.Value, "root")
	}
	if !found {
		t.Errorf("doctor says %+v", bad)
	}
}

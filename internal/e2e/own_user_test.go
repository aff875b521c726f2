//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServiceOfItsOwnUser has the program run as a user of its own over files of which one is root's: the sentence
// names the file and what to do, and all is well once it is done.
func TestServiceOfItsOwnUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	const service = 65534
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h, _ := founded(t)
	above, err := os.MkdirTemp("", "xiaobao-service-")
	must(err)
	t.Cleanup(func() { _ = os.RemoveAll(above) })
	must(os.Chmod(above, 0o755))
	data := filepath.Join(above, "data")
	must(os.CopyFS(data, os.DirFS(h.data)))
	must(os.Chmod(data, 0o700))
	give := func(uid int) {
		t.Helper()
		must(filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, uid, uid)
		}))
	}
	give(service)
	h.data, h.as = data, &syscall.Credential{Uid: service, Gid: service}
	key, db := filepath.Join(data, "master.key"), filepath.Join(data, "xiaobao.db")
	must(os.Chmod(key, 0o600))
	for _, tt := range []struct {
		name    string
		file    string
		mode    os.FileMode
		command []string
		want    []string
	}{
		{"all its own", "", 0, []string{"verify"}, nil},
		{"root's key", key, 0o600, []string{"verify"}, []string{"没有权限读主密钥文件 " + key, "root", "chown"}},
		{"root's database", db, 0o600, []string{"verify"}, []string{"没有权限读写 " + db, "root", "chown"}},
		{"root's database that all read", db, 0o644, []string{"serve", "--addr", "127.0.0.1:0"}, []string{"没有权限读写 " + db, "chown"}},
		{"a folder of backups that is root's", "", 0, []string{"backup", "--out", filepath.Join(above, "one.tar")}, []string{"备份没有完成", "ReadWritePaths"}},
		{"below a folder that is root's", "", 0, []string{"backup", "--out", filepath.Join(above, "new", "one.tar")}, []string{"不能使用", "ReadWritePaths"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.file != "" {
				must(os.Chown(tt.file, 0, 0))
				must(os.Chmod(tt.file, tt.mode))
			}
			r := h.run(tt.command...)
			if want := min(len(tt.want), 1); r.code != want {
				t.Errorf("exit %d, want %d: %s%s", r.code, want, r.out, r.err)
			}
			for _, want := range tt.want {
				if !strings.Contains(r.err, want) {
					t.Errorf("%q is not in %s", want, r.err)
				}
			}
			give(service)
			must(os.Chmod(db, 0o600))
		})
	}
	if r := h.run("verify"); r.code != 0 {
		t.Errorf("in the end: exit %d %s%s", r.code, r.out, r.err)
	}
}

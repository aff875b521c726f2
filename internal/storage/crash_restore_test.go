package storage_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io/fs"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// restoreForEver restores one backup into one folder after the other and prints
// the name of each that is complete.
func restoreForEver(dir, from string) {
	fmt.Println("begins")
	for n := 0; ; n++ {
		to := filepath.Join(dir, fmt.Sprint(os.Getpid(), "-", n))
		r, err := storage.Restore(ctx, from, storage.Options{Dir: to, Master: storagetest.Master})
		if err != nil || !r.OK() {
			fmt.Println("error", err, r.Damages)
			return
		}
		fmt.Println("restored", to)
	}
}

// TestKillDuringRestore kills the process while it restores: what it called
// restored is whole with every attachment; what it left half refuses to open and
// says why.
func TestKillDuringRestore(t *testing.T) {
	const events, files = 200, 60
	o := storagetest.SQLite(t)
	s := storagetest.Open(t, o)
	fill(t, s, events)
	key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	must(t, err)
	for n := range files {
		_, _, err = s.Files().Put(ctx, key, "case/1", strings.NewReader(strings.Repeat(fmt.Sprint("保单影像", n), 1000)), 1<<20)
		must(t, err)
	}
	from := filepath.Join(t.TempDir(), "b.tar")
	_, err = s.BackupFile(ctx, from, nil)
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	dir, told := t.TempDir(), map[string]bool{}
	for range crashRounds(t, 3) {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+dir, "XIAOBAO_CRASH_WORK=restore/"+from)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		for in := bufio.NewScanner(out); in.Scan(); {
			word, name, _ := strings.Cut(in.Text(), " ")
			switch word {
			case "begins":
				time.AfterFunc(time.Duration(1+mrand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			case "restored":
				told[name] = true
			default:
				t.Error(in.Text())
			}
		}
		_ = cmd.Wait() // killed: that is the point
	}
	begun, err := os.ReadDir(dir)
	must(t, err)
	half := 0
	for _, e := range begun {
		path := filepath.Join(dir, e.Name())
		if in, err := os.ReadDir(path); err != nil || len(in) == 0 { // not begun
			half++
			continue
		}
		r, err := storage.Open(ctx, storage.Options{Dir: path, Master: storagetest.Master})
		if err != nil {
			half++
			if told[path] || !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "恢复没有完成") {
				t.Errorf("%s, called restored %v: %v", path, told[path], err)
			}
			continue
		}
		if got := whole(t, r).Events; got < events {
			t.Errorf("%s: %d events of %d", path, got, events)
		}
		must(t, r.Close())
		if n := filesIn(t, path); n != files {
			t.Errorf("%s opens with %d attachments of %d", path, n, files)
		}
	}
	t.Logf("%d restored, %d left half", len(told), half)
}

// filesIn counts the attachments of an installation.
func filesIn(t *testing.T, dir string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(filepath.Join(dir, storage.FilesName), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	}))
	return n
}

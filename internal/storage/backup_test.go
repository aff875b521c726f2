package storage_test

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

func TestBackupWhileRunningRestoreVerify(t *testing.T) {
	from := storagetest.SQLite(t)
	s := storagetest.Open(t, from)
	fill(t, s, 30)
	key, err := seal.NewCaseKey(rand.Reader)
	must(t, err)
	digest, _, err := blob.New(filepath.Join(from.Dir, storage.FilesName), rand.Reader).Put(key, "case/1", strings.NewReader("保单影像"), 1<<20)
	must(t, err)
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for v := int64(1); !stop.Load(); v++ {
			if err := appendNote(s, "case/running", v, "x"); err != nil {
				t.Error(err)
				return
			}
		}
	})
	dir := filepath.Join(t.TempDir(), "backup")
	b, err := s.Backup(ctx, dir)
	stop.Store(true)
	wg.Wait()
	must(t, err)
	if b.Files != 1 || b.Database == 0 || !strings.HasPrefix(b.Checkpoint, "xiaobao/"+s.Installation()) {
		t.Errorf("%+v", b)
	}
	if _, err := s.Backup(ctx, dir); !fault.Is(err, fault.Conflict) {
		t.Errorf("into a folder that is not empty: %v", err)
	}
	to := filepath.Join(t.TempDir(), "restored")
	o := storage.Options{Dir: to, Master: storagetest.Master}
	report, err := storage.Restore(ctx, dir, o)
	must(t, err)
	if !report.OK() || report.Events < 30 || report.Vouched < 30 {
		t.Errorf("%+v %s", report, kinds(report))
	}
	if _, err := storage.Restore(ctx, dir, o); !fault.Is(err, fault.Conflict) {
		t.Errorf("into a folder that is not empty: %v", err)
	}
	r := storagetest.Open(t, o)
	f, err := blob.New(filepath.Join(to, storage.FilesName), nil).Open(key, "case/1", digest)
	must(t, err)
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil || string(content) != "保单影像" {
		t.Errorf("attachment: %q %v", content, err)
	}
	if got := loadTexts(t, r, "case/2"); len(got) != 10 || got[9] != "10:t:正文28" {
		t.Errorf("restored stream: %v", got)
	}
}

func TestRestoreFindsCutBackup(t *testing.T) {
	o := storagetest.SQLite(t)
	s := storagetest.Open(t, o)
	fill(t, s, 9)
	dir := filepath.Join(t.TempDir(), "backup")
	_, err := s.Backup(ctx, dir)
	must(t, err)
	raw := storagetest.Raw(t, storage.Options{Dir: dir})
	for _, q := range []string{`DELETE FROM sealed WHERE seq = 9`, `DELETE FROM event WHERE seq = 9`} {
		_, err := raw.Exec(q)
		must(t, err)
	}
	must(t, raw.Close())
	report, err := storage.Restore(ctx, dir, storage.Options{Dir: filepath.Join(t.TempDir(), "r"), Master: o.Master})
	must(t, err)
	if report.OK() {
		t.Error("the missing event was not found")
	}
}

func TestRestoreRefusesOtherFolders(t *testing.T) {
	from := t.TempDir()
	must(t, os.WriteFile(filepath.Join(from, storage.FileName), []byte("x"), 0o600))
	if _, err := storage.Restore(ctx, from, storage.Options{Dir: t.TempDir()}); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestBackupOfPostgresNamesItsTools(t *testing.T) {
	s := storagetest.Open(t, storagetest.Postgres(t))
	if _, err := s.Backup(ctx, t.TempDir()); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "pg_dump") {
		t.Errorf("got %v", err)
	}
}

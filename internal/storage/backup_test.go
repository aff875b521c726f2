package storage_test

import (
	"crypto/rand"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// form is one way to keep a backup.
type form struct {
	name string
	file string // "" for a folder
	to   []age.Recipient
	ids  []age.Identity
}

func forms(t *testing.T) []form {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	must(t, err)
	return []form{{name: "folder"}, {name: "file", file: "b.tar"}, {name: "encrypted", file: "b.tar.age", to: []age.Recipient{id.Recipient()}, ids: []age.Identity{id}}}
}

func (f form) write(t *testing.T, s *storage.Store) (string, storage.Backup) {
	t.Helper()
	if f.file == "" {
		dir := filepath.Join(t.TempDir(), "backup")
		b, err := s.Backup(ctx, dir)
		must(t, err)
		return dir, b
	}
	path := filepath.Join(t.TempDir(), "deep", f.file)
	b, err := s.BackupFile(ctx, path, f.to)
	must(t, err)
	return path, b
}

// TestBackupWhileRunningRestoreVerify takes a backup of either engine in every
// form while others write, and restores it to either engine.
func TestBackupWhileRunningRestoreVerify(t *testing.T) {
	for _, f := range forms(t) {
		t.Run(f.name, func(t *testing.T) {
			for _, pair := range copyPairs[:2] {
				t.Run(strings.ReplaceAll(pair.name, " ", "-"), func(t *testing.T) { backupAndRestore(t, f, pair.from(t), pair.to(t)) })
			}
			t.Run("sqlite-to-sqlite", func(t *testing.T) { backupAndRestore(t, f, storagetest.SQLite(t), emptyFolder(t)) })
		})
	}
}

func backupAndRestore(t *testing.T, f form, from, o storage.Options) {
	s := storagetest.Open(t, from)
	fill(t, s, 30)
	key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	must(t, err)
	digest, _, err := blob.New(filepath.Join(from.Dir, storage.FilesName), rand.Reader).Put(ctx, key, "case/1", strings.NewReader("保单影像"), 1<<20)
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
	path, b := f.write(t, s)
	stop.Store(true)
	wg.Wait()
	if b.Files != 1 || b.Database == 0 || b.Events < 30 || !strings.HasPrefix(b.Checkpoint, "xiaobao/"+s.Installation()) {
		t.Errorf("%+v", b)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".xiaobao-work-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	c, err := storage.CheckBackup(ctx, path, t.TempDir(), storage.Options{Master: o.Master}, f.ids...)
	must(t, err)
	if !c.Report.OK() || c.Backup.Events != b.Events || c.Backup.Files != 1 {
		t.Errorf("check: %+v %s", c.Backup, kinds(c.Report))
	}
	report, err := storage.Restore(ctx, path, o, f.ids...)
	must(t, err)
	if !report.OK() || report.Events != b.Events || report.Vouched < 30 {
		t.Errorf("%+v %s", report, kinds(report))
	}
	if _, err := storage.Restore(ctx, path, o, f.ids...); !fault.Is(err, fault.Conflict) {
		t.Errorf("over what is there: %v", err)
	}
	r := storagetest.Open(t, o)
	file, err := blob.New(filepath.Join(o.Dir, storage.FilesName), nil).Open(ctx, key, "case/1", digest)
	must(t, err)
	defer file.Close()
	content, err := io.ReadAll(file)
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

// TestCheckFindsChangedBackup flips one byte anywhere in a backup: it is an error
// or a damage, never a good backup.
func TestCheckFindsChangedBackup(t *testing.T) {
	o := storagetest.SQLite(t)
	s := storagetest.Open(t, o)
	fill(t, s, 6)
	key, err := seal.NewCaseKey(rand.Reader, seal.AES256GCM)
	must(t, err)
	_, _, err = blob.New(filepath.Join(o.Dir, storage.FilesName), rand.Reader).Put(ctx, key, "case/1", strings.NewReader(strings.Repeat("影像", 30_000)), 1<<20)
	must(t, err)
	for _, f := range forms(t)[1:] {
		path, _ := f.write(t, s)
		whole, err := os.ReadFile(path)
		must(t, err)
		changes := map[string]func(b []byte) []byte{
			"cut":       func(b []byte) []byte { return b[:len(b)*2/3] },
			"one short": func(b []byte) []byte { return b[:len(b)-1] },
			"empty":     func([]byte) []byte { return nil },
		}
		for range 12 {
			at := mrand.IntN(len(whole))
			if f.name == "file" { // the padding of a tar file means nothing: change the attachment
				at = len(whole) - 60_000 + mrand.IntN(40_000)
			}
			changes[fmt.Sprintf("byte %d of %d", at, len(whole))] = func(b []byte) []byte { b[at] ^= 0x10; return b }
		}
		if f.name == "file" {
			delete(changes, "one short")
		}
		for name, change := range changes {
			must(t, os.WriteFile(path, change(append([]byte(nil), whole...)), 0o600))
			c, err := storage.CheckBackup(ctx, path, t.TempDir(), storage.Options{Master: o.Master}, f.ids...)
			if err == nil && c.Report.OK() {
				t.Errorf("%s, %s: called good", f.name, name)
			}
			if _, sentence := err.(*fault.Error); err != nil && !sentence {
				t.Errorf("%s, %s: no sentence: %v", f.name, name, err)
			}
		}
	}
}

func TestEncryptedBackupNeedsItsIdentity(t *testing.T) {
	s := storagetest.New(t)
	fill(t, s, 3)
	f := forms(t)[2]
	path, b := f.write(t, s)
	if !b.Encrypted || b.Size == 0 || len(b.Sum) != 64 {
		t.Errorf("%+v", b)
	}
	other, err := age.GenerateX25519Identity()
	must(t, err)
	for name, ids := range map[string][]age.Identity{"none": nil, "another": {other}} {
		_, err := storage.CheckBackup(ctx, path, t.TempDir(), storage.Options{Master: storagetest.Master}, ids...)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.BackupFile(ctx, path, f.to); !fault.Is(err, fault.Conflict) {
		t.Errorf("over a file: %v", err)
	}
}

// TestBackupChecked takes every way by which a backup is checked at once.
func TestBackupChecked(t *testing.T) {
	for _, f := range forms(t)[1:] {
		for name, ids := range map[string][]age.Identity{"read back": f.ids, "on its way": nil} {
			t.Run(f.name+" "+name, func(t *testing.T) {
				o := storagetest.SQLite(t)
				s := storagetest.Open(t, o)
				fill(t, s, 30)
				dir := t.TempDir()
				path := filepath.Join(dir, f.file)
				b, c, err := s.BackupChecked(ctx, path, f.to, ids)
				must(t, err)
				if !c.Report.OK() || c.Report.Events != 30 || b.Events != 30 || c.Opened != (len(f.to) == 0 || len(ids) > 0) {
					t.Errorf("%+v %+v %s", b, c, kinds(c.Report))
				}
				if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
					t.Errorf("beside the backup: %v %v", left, err)
				}
				// A damaged ledger is backed up all the same, and the check says so.
				_, err = storagetest.Raw(t, o).Exec(`UPDATE event SET kind = 'note.other' WHERE stream = 'case/1'`)
				must(t, err)
				_, c, err = s.BackupChecked(ctx, path+".2", f.to, ids)
				if err != nil || c.Report.OK() {
					t.Errorf("damaged: %v %+v", err, c.Report)
				}
			})
		}
	}
}

func TestBackupKeyFile(t *testing.T) {
	text, recipient, err := storage.NewBackupKey(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	must(t, err)
	path := filepath.Join(t.TempDir(), "key.txt")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	ids, err := storage.BackupIdentities(path)
	if err != nil || len(ids) != 1 {
		t.Fatalf("%v %v", ids, err)
	}
	to, err := storage.BackupRecipients(" " + recipient + ", " + recipient)
	if err != nil || len(to) != 2 {
		t.Errorf("%v %v", to, err)
	}
	for _, bad := range []string{"age1x", "AGE-SECRET-KEY-1", recipient + "x"} {
		if _, err := storage.BackupRecipients(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	must(t, os.WriteFile(path, []byte("hello\n"), 0o600))
	for file, want := range map[string]fault.Kind{path: fault.Invalid, path + "x": fault.NotFound} {
		if _, err := storage.BackupIdentities(file); !fault.Is(err, want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestRemoveWork(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, ".xiaobao-work-1", "x"), 0o700))
	for _, name := range []string{"a.tar.age.part", "a.tar.age"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	must(t, storage.RemoveWork(dir))
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "a.tar.age" {
		t.Errorf("%v %v", left, err)
	}
	must(t, storage.RemoveWork(filepath.Join(dir, "none")))
}

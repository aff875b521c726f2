package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

// backups switches the schedule on: at half past two, three are kept.
func (w world) backups() (dir string) {
	w.Helper()
	dir = filepath.Join(w.TempDir(), "备份")
	w.app.SetBackups(app.BackupConfig{Dir: dir, Hour: 2, Min: 30, Keep: 3})
	return dir
}

func (w world) backupStatus() app.BackupStatus {
	w.Helper()
	s, err := w.app.BackupStatus(ctx)
	w.ok(err)
	return s
}

func names(w world, dir string) (out []string) {
	w.Helper()
	entries, err := os.ReadDir(dir)
	w.ok(err)
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestBackupsBySchedule(t *testing.T) {
	each(t, func(w world) {
		w.ok(w.app.KeepBackups(ctx)) // off: nothing happens
		if s := w.backupStatus(); s.Alarm != app.BackupNone || len(s.Runs) != 0 || !s.Next.IsZero() {
			w.Errorf("off: %+v", s)
		}
		dir := w.backups()
		// The first at once, because last night's is not there; then one a night.
		for night := range 5 {
			w.ok(w.app.KeepBackups(ctx))
			w.ok(w.app.KeepBackups(ctx)) // nothing more is due
			if s := w.backupStatus(); s.Alarm != "" || len(s.Runs) != night+1 || s.Good.Events == 0 || s.Good.Events != s.Good.Backup.Events || !s.Good.Opened {
				w.Fatalf("night %d: %+v", night, s)
			}
			*w.now = w.now.Add(24 * time.Hour)
		}
		want := []string{"xiaobao-20260402-100000.tar", "xiaobao-20260403-100000.tar", "xiaobao-20260404-100000.tar"}
		if got := names(w, dir); strings.Join(got, " ") != strings.Join(want, " ") {
			w.Errorf("kept %v, want %v", got, want)
		}
		s := w.backupStatus()
		if next := calendar.Of(2026, 4, 6).Time().Add(150 * time.Minute); !s.Next.Equal(next) || s.Runs[0].Removed != 1 {
			w.Errorf("next %v, want %v; removed %d", s.Next, next, s.Runs[0].Removed)
		}
		*w.now = w.now.Add(13 * time.Hour)
		if s := w.backupStatus(); s.Alarm != app.BackupStale {
			w.Errorf("37 hours after the last: %q", s.Alarm)
		}
	})
}

func TestBackupFailsAndIsTriedAgain(t *testing.T) {
	each(t, func(w world) {
		dir := w.backups()
		w.ok(os.WriteFile(dir, nil, 0o600)) // a file where the folder should be
		for range 8 {
			_ = w.app.KeepBackups(ctx)
			_ = w.app.KeepBackups(ctx) // not before the pause is over
			*w.now = w.now.Add(31 * time.Minute)
		}
		s := w.backupStatus()
		if s.Alarm != app.BackupFailed || len(s.Runs) != 5 || !strings.Contains(s.Runs[0].Failure, dir) {
			w.Fatalf("%d runs: %+v", len(s.Runs), s)
		}
		w.ok(os.Remove(dir))
		*w.now = w.now.Add(24 * time.Hour)
		w.ok(w.app.KeepBackups(ctx))
		if s := w.backupStatus(); s.Alarm != "" || s.Runs[0].State != storage.RunGood {
			w.Errorf("mended: %+v", s)
		}
	})
}

// A ledger that was tampered with is no good backup, and the last good one stays.
func TestBackupOfDamagedLedgerIsBad(t *testing.T) {
	each(t, func(w world) {
		dir := w.backups()
		w.ok(w.app.KeepBackups(ctx))
		w.ok(w.s.Write(ctx, func(tx *storage.Writer) error {
			_, err := tx.Exec(`UPDATE event SET kind = 'other' WHERE version = 1`)
			return err
		}))
		*w.now = w.now.Add(24 * time.Hour)
		if err := w.app.KeepBackups(ctx); !fault.Is(err, fault.Conflict) {
			w.Errorf("got %v", err)
		}
		s := w.backupStatus()
		if s.Alarm != app.BackupFailed || !strings.Contains(s.Runs[0].Failure, "损坏") || s.Good.ID == s.Runs[0].ID {
			w.Errorf("%+v", s)
		}
		want := "xiaobao-20260331-100000.tar xiaobao-20260401-100000.tar.bad"
		if got := strings.Join(names(w, dir), " "); got != want {
			w.Errorf("files %s, want %s", got, want)
		}
	})
}

// A process that died while it made a backup is found out, and another goes on.
func TestBackupAfterADeadRun(t *testing.T) {
	each(t, func(w world) {
		w.backups()
		w.ok(w.s.Write(ctx, func(tx *storage.Writer) error { return tx.BeginRun("backup/20260331/1", "backup") }))
		w.ok(w.app.KeepBackups(ctx))
		if s := w.backupStatus(); len(s.Runs) != 1 || s.Alarm != "" {
			w.Errorf("while it may live: %+v", s)
		}
		if err := w.app.StartBackup(ctx, w.who("office")); !fault.Is(err, fault.Forbidden) {
			w.Errorf("the office starts a backup: %v", err)
		}
		if _, err := w.app.BackupTo(ctx, w.TempDir()); !fault.Is(err, fault.Conflict) {
			w.Errorf("beside one at work: %v", err)
		}
		*w.now = w.now.Add(10 * time.Minute)
		w.ok(w.app.KeepBackups(ctx))
		s := w.backupStatus()
		if len(s.Runs) != 2 || s.Runs[0].State != storage.RunGood || s.Runs[1].State != storage.RunBad || !strings.Contains(s.Runs[1].Failure, "停止") {
			w.Errorf("%+v", s.Runs)
		}
	})
}

func TestBackupEncrypted(t *testing.T) {
	each(t, func(w world) {
		id, err := age.GenerateX25519Identity()
		w.ok(err)
		for _, identity := range []string{"", filepath.Join(w.TempDir(), "id.txt")} {
			if identity != "" {
				w.ok(os.WriteFile(identity, []byte(id.String()+"\n"), 0o600))
			}
			w.app.SetBackups(app.BackupConfig{Keep: 1, Recipients: []age.Recipient{id.Recipient()}, Identity: identity})
			r, err := w.app.BackupTo(ctx, w.TempDir())
			w.ok(err)
			if r.State != storage.RunGood || !r.Backup.Encrypted || r.Opened != (identity != "") || r.Events == 0 || !strings.HasSuffix(r.File, ".tar.age") {
				w.Errorf("%+v", r)
			}
			b, err := os.ReadFile(r.File)
			if err != nil || strings.Contains(string(b), "SQLite format") {
				w.Errorf("the file is not encrypted (%v)", err)
			}
			*w.now = w.now.Add(time.Minute)
		}
		w.app.SetBackups(app.BackupConfig{Keep: 1, Identity: "/nowhere/id.txt"})
		if _, err := w.app.BackupTo(ctx, w.TempDir()); !fault.Is(err, fault.NotFound) {
			w.Errorf("no identity file: %v", err)
		}
	})
}

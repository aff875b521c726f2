package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// BackupConfig says how the program backs itself up. The zero value is not at all.
type BackupConfig struct {
	Dir        string          // folder of the backups, best on another disk; "" is off
	Hour, Min  int             // time of day in the institution's zone
	Keep       int             // how many good ones are kept; the oldest beyond go
	Recipients []age.Recipient // encrypted to these; none: not encrypted
	Identity   string          // file of an identity that may read them back; "" for none
}

// BackupDefaults is the schedule where the configuration says nothing of it.
func BackupDefaults() BackupConfig { return BackupConfig{Hour: 2, Keep: 14} }

const (
	backupKind = "backup"
	// backupTries is how often a day's backup is tried, backupPause how long after a failure.
	backupTries = 5
	backupPause = 30 * time.Minute
	// backupBeat is how often a run says that it lives; one silent for backupDead is over.
	backupBeat = 20 * time.Second
	backupDead = 5 * time.Minute
	// backupStale is the age from which the newest good backup is too old: a day and
	// a half, so that one late night is no alarm and one missed is.
	backupStale = 36 * time.Hour
	// backupMemory is how long the list of runs goes back.
	backupMemory = 400 * 24 * time.Hour
)

// BackupRun is one backup as the program made and checked it.
type BackupRun struct {
	ID             string
	State          string // storage.RunAtWork, RunGood or RunBad
	Started, Ended time.Time
	BackupResult
}

// BackupResult is what a run leaves: what was written and what the check found.
type BackupResult struct {
	File    string         `json:"file,omitempty"`
	By      string         `json:"by,omitempty"` // who asked; "" is the schedule
	Backup  storage.Backup `json:"backup"`
	Events  int64          `json:"events"`  // restored and verified
	Opened  bool           `json:"opened"`  // the file was read back; else the bytes before their encryption
	Check   time.Duration  `json:"check"`   // how long restoring and verifying took
	Removed int            `json:"removed"` // older backups removed
	Failure string         `json:"failure,omitempty"`
}

// Alarms about backups, the worst first.
const (
	BackupFailed = "failed" // the newest run failed
	BackupStale  = "stale"  // the newest good one is too old
	BackupNone   = "none"   // there is none, and nothing is set up to make one
)

// BackupStatus is how the backups stand.
type BackupStatus struct {
	Config BackupConfig
	Next   time.Time // when the schedule makes the next; zero when it is off
	Good   BackupRun // the newest good one; zero when there is none
	Alarm  string    // "", BackupFailed, BackupStale or BackupNone
	Runs   []BackupRun
}

// SetBackups says how the program backs itself up. It is called before serving.
func (a *App) SetBackups(c BackupConfig) { a.backups = c }

// Backups returns how the backups stand, with the newest runs.
func (a *App) Backups(ctx context.Context, who party.Actor) (BackupStatus, error) {
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return BackupStatus{}, err
	}
	return a.BackupStatus(ctx)
}

// BackupStatus is Backups for the program itself.
func (a *App) BackupStatus(ctx context.Context) (BackupStatus, error) {
	s := BackupStatus{Config: a.backups}
	var last storage.Run
	var good storage.Run
	var runs []storage.Run
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if last, err = tx.LastRun(backupKind, ""); err != nil {
			return err
		}
		if good, err = tx.LastRun(backupKind, storage.RunGood); err != nil {
			return err
		}
		runs, err = tx.Upkeep(backupKind, 20)
		return err
	})
	if err != nil {
		return s, err
	}
	for _, r := range runs {
		s.Runs = append(s.Runs, backupRun(r))
	}
	s.Good = backupRun(good)
	if s.Config.Dir != "" {
		s.Next = s.Config.after(a.now())
	}
	s.Alarm = backupAlarm(s, last.State, a.now())
	return s, nil
}

func backupAlarm(s BackupStatus, last string, now time.Time) string {
	switch {
	case last == storage.RunBad:
		return BackupFailed
	case s.Good.ID == "" && s.Config.Dir == "":
		return BackupNone
	case s.Good.ID == "" && len(s.Runs) > 0 && s.Runs[0].State == storage.RunAtWork:
		return "" // the first is being made
	case s.Good.ID == "" && s.Config.Dir != "" && len(s.Runs) == 0:
		return "" // about to begin
	case now.Sub(s.Good.Started) > backupStale:
		return BackupStale
	}
	return ""
}

func backupRun(r storage.Run) BackupRun {
	out := BackupRun{ID: r.ID, State: r.State, Started: r.Started, Ended: r.Ended}
	if len(r.Doc) > 0 {
		_ = json.Unmarshal(r.Doc, &out.BackupResult) // a row of a newer program shows its state at least
	}
	return out
}

// before is the newest time of the schedule that is not after now, after the next one.
func (c BackupConfig) before(now time.Time) time.Time {
	d := calendar.FromTime(now)
	at := d.Time().Add(time.Duration(c.Hour)*time.Hour + time.Duration(c.Min)*time.Minute)
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

func (c BackupConfig) after(now time.Time) time.Time { return c.before(now).AddDate(0, 0, 1) }

// KeepBackups makes the backup that is due, if there is one and no other copy of
// the program is at it. It is called every minute or so.
func (a *App) KeepBackups(ctx context.Context) error {
	if a.backups.Dir == "" {
		return nil
	}
	id, err := a.claimBackup(ctx)
	if err != nil || id == "" {
		return err
	}
	return a.runBackup(ctx, id, a.backups.Dir, "")
}

// claimBackup notes the beginning of the run that is due and returns its id; ""
// when none is due. A time of the schedule is tried again after a failure.
func (a *App) claimBackup(ctx context.Context) (id string, err error) {
	now := a.now()
	slot := a.backups.before(now)
	day := backupKind + "/" + slot.In(calendar.Zone).Format("20060102")
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		id = ""
		runs, err := tx.Upkeep(backupKind, backupTries+1)
		if err != nil {
			return err
		}
		tries := 0
		for _, r := range runs {
			switch {
			case r.State == storage.RunAtWork && now.Sub(r.Touched) < backupDead:
				return nil
			case r.State == storage.RunAtWork:
				tx.Exec(`UPDATE upkeep SET state = ?, ended = touched, doc = ? WHERE id = ? AND state = ?`, storage.RunBad, interrupted, r.ID, storage.RunAtWork)
			}
			if r.Started.Before(slot) {
				continue
			}
			if r.State == storage.RunGood || now.Sub(r.Started) < backupPause && r.State == storage.RunBad {
				return nil
			}
			tries++
		}
		if tries >= backupTries {
			return nil
		}
		id = day + "/" + string(rune('1'+tries))
		return nil
	})
	if err != nil || id == "" {
		return "", err
	}
	if mine, err := a.claimUpkeep(ctx, id, backupKind); err != nil || !mine {
		return "", err
	}
	return id, nil
}

// interrupted is the result of a run whose process has died.
const interrupted = `{"failure":"程序在备份途中停止，这次备份没有完成。"}`

// StartBackup makes a backup at once, in the background; BackupStatus says how it went.
func (a *App) StartBackup(ctx context.Context, who party.Actor) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	if a.backups.Dir == "" {
		return fault.New(fault.Conflict, "没有设置备份目录。请在配置文件里写明 backup-dir，或用命令 xiaobao backup。")
	}
	id, err := a.beginBackup(ctx)
	if err != nil {
		return err
	}
	a.jobs.wait.Go(func() {
		if err := a.runBackup(context.WithoutCancel(ctx), id, a.backups.Dir, who.ID); err != nil {
			a.log.Error("backup", "err", err)
		}
	})
	return nil
}

// beginBackup notes a run that nobody scheduled; fault.Conflict while one is at work.
func (a *App) beginBackup(ctx context.Context) (string, error) {
	id := backupKind + "/" + a.now().In(calendar.Zone).Format("20060102-150405")
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		runs, err := tx.Upkeep(backupKind, 1)
		if err == nil && len(runs) > 0 && runs[0].State == storage.RunAtWork && a.now().Sub(runs[0].Touched) < backupDead {
			return fault.New(fault.Conflict, "正在备份（%s 开始），请等它结束。", runs[0].Started.In(calendar.Zone).Format("15:04"))
		}
		return err
	})
	if err != nil {
		return "", err
	}
	err = a.store.Write(ctx, func(w *storage.Writer) error { return w.BeginRun(id, backupKind) })
	return id, err
}

// BackupTo makes a backup into a folder at once and waits for it: the command line.
func (a *App) BackupTo(ctx context.Context, dir string) (BackupRun, error) {
	id, err := a.beginBackup(ctx)
	if err != nil {
		return BackupRun{}, err
	}
	failed := a.runBackup(ctx, id, dir, "")
	var runs []storage.Run
	err = a.store.View(ctx, func(tx *storage.Tx) (err error) {
		runs, err = tx.Upkeep(backupKind, 20)
		return err
	})
	at := slices.IndexFunc(runs, func(r storage.Run) bool { return r.ID == id })
	if failed != nil || err != nil || at < 0 {
		return BackupRun{}, errors.Join(failed, err)
	}
	return backupRun(runs[at]), nil
}

// runBackup makes, checks and notes a backup. The error is of the backup itself.
func (a *App) runBackup(ctx context.Context, id, dir string, by string) error {
	stop := a.touch(ctx, id)
	result, err := a.makeBackup(ctx, dir)
	stop()
	result.By = by
	if err != nil {
		result.Failure = fault.Message(err)
	} else {
		a.log.Info("backup", "file", result.File, "bytes", result.Backup.Size, "events", result.Events, "check", result.Check)
	}
	return a.endUpkeep(ctx, id, backupKind, result, err)
}

// touch says that a run lives until the answer is called.
func (a *App) touch(ctx context.Context, id string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(backupBeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := a.store.Write(ctx, func(w *storage.Writer) error { return w.TouchRun(id) }); err != nil && ctx.Err() == nil {
					a.log.Warn("a backup's sign of life is not stored", "err", err)
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// makeBackup writes one file, has it checked, and removes what is too old. A file
// that does not verify stays for who looks into it, under another name.
func (a *App) makeBackup(ctx context.Context, dir string) (BackupResult, error) {
	var r BackupResult
	var ids []age.Identity
	var err error
	if a.backups.Identity != "" {
		if ids, err = storage.BackupIdentities(a.backups.Identity); err != nil {
			return r, err
		}
	}
	if err := storage.RemoveWork(dir); err != nil {
		return r, fault.Wrap(fault.Unavailable, err, "备份目录 %s 不能使用。请检查路径和权限。", dir)
	}
	r.File = filepath.Join(dir, backupName(a.now(), len(a.backups.Recipients) > 0))
	var c storage.Check
	if r.Backup, c, err = a.store.BackupChecked(ctx, r.File, a.backups.Recipients, ids); err != nil {
		return r, err
	}
	r.Backup.Checkpoint = "" // it stands in the file and in the ledger
	r.Events, r.Opened, r.Check = c.Report.Events, c.Opened, c.Took
	if !c.Report.OK() {
		bad := r.File + ".bad"
		text := c.Report.Damages[0].Text
		return r, errors.Join(fault.New(fault.Conflict, "备份已写出，但恢复校验发现 %d 处损坏，第一处：%s。请先运行 xiaobao verify 查明；文件留在 %s。", len(c.Report.Damages), text, bad), os.Rename(r.File, bad))
	}
	r.Removed, err = a.dropBackups(dir)
	return r, err
}

const backupPrefix = "xiaobao-"

func backupName(at time.Time, encrypted bool) string {
	name := backupPrefix + at.In(calendar.Zone).Format("20060102-150405") + ".tar"
	if encrypted {
		name += ".age"
	}
	return name
}

// dropBackups removes the oldest files beyond those that are to be kept.
func (a *App) dropBackups(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var names []string
	for _, e := range entries {
		n := e.Name()
		if strings.HasPrefix(n, backupPrefix) && (strings.HasSuffix(n, ".tar") || strings.HasSuffix(n, ".tar.age")) {
			names = append(names, n) // in the order of their times, by their names
		}
	}
	dropped := 0
	for _, n := range names[:max(0, len(names)-max(a.backups.Keep, 1))] {
		if err := os.Remove(filepath.Join(dir, n)); err != nil {
			return dropped, fault.Wrap(fault.Unavailable, err, "旧备份 %s 删不掉。请检查目录权限。", n)
		}
		dropped++
	}
	return dropped, nil
}

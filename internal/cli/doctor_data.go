package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/folder"
	"xiaobao/internal/storage"
)

// verifyMost is up to how many events doctor verifies the whole ledger by itself;
// beyond, it says how.
const verifyMost = 300_000

// clockSlack is how far the newest event may lie ahead of the clock.
const clockSlack = 5 * time.Minute

// folder looks at who may read the data.
func (k *checkup) folder() {
	dir := k.c.conf.get("data")
	st, err := os.Stat(dir)
	if err != nil {
		return
	}
	k.ownOnly(text{"数据目录权限", "data folder mode"}, dir)
	if path := k.misfit(dir, st); path != "" {
		k.note(text{"文件归谁所有", "owner of files"}, false, path+folder.Whose(path), text{
			"拥有数据目录的用户打不开它，以该用户运行的服务会停在那里：chown --reference=" + dir + " " + path,
			"the owner of the data folder cannot open it, nor a service that runs as that user: chown --reference=" + dir + " " + path})
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "before-upgrade-*.db"))
	if len(kept) > 0 {
		k.note(text{"升级前的快照", "snapshots of upgrades"}, true, strings.Join(kept, ", "), text{})
	}
}

// misfit is the first file of the program's own that the owner of the data folder cannot use. Root, who looks,
// can open all of them, and what root made by hand may be root's.
func (k *checkup) misfit(dir string, st os.FileInfo) string {
	use := []string{filepath.Join(dir, storage.FileName), filepath.Join(dir, storage.FileName+"-wal"), filepath.Join(dir, storage.FileName+"-shm"), filepath.Join(dir, storage.FilesName)}
	below, _ := filepath.Glob(filepath.Join(dir, storage.FilesName, "*"))
	for _, path := range append(use, below...) {
		if f, err := os.Stat(path); err == nil && !(folder.May(st, f, folder.Read) && folder.May(st, f, folder.Write)) {
			return path
		}
	}
	for _, path := range []string{k.c.keyPath(), k.c.conf.get("config")} {
		if f, err := os.Stat(path); err == nil && !folder.May(st, f, folder.Read) {
			return path
		}
	}
	return ""
}

// tables looks whether the next start would change the tables. Doctor does not.
func (k *checkup) tables(ctx context.Context, key [32]byte) (ready bool) {
	have, newest, err := storage.Tables(ctx, storage.Options{Dir: k.c.conf.get("data"), DSN: k.c.conf.get("dsn"), Master: key, Now: k.c.Now, Log: k.c.logger()})
	if err != nil {
		k.note(text{"数据", "data"}, false, err.Error(), text{"按上面的说明处理", "mend what is said here"})
		return false
	}
	k.note(text{"表结构", "tables"}, have == newest, k.c.say("%d（本程序 %d）", "%d (this program %d)", have, newest), text{
		"数据库与程序的版本不同：较旧的在下次启动时升级（先留快照，在副本上试过再动数据）；较新的请换用新版本的程序",
		"database and program differ: an older one is upgraded at the next start (after a snapshot and a trial on a copy); for a newer one use the newer program"})
	return have == newest
}

// clock compares with the newest event: what is written now would seem to come before it.
func (k *checkup) clock(ctx context.Context, s *storage.Store) {
	last, err := s.LastEvent(ctx)
	if err != nil {
		return
	}
	k.note(text{"时钟与台账", "clock and ledger"}, !last.After(k.c.Now().Add(clockSlack)), last.In(calendar.Zone).Format(time.RFC3339), text{
		"系统时钟比最后一条记录还早：请校时（NTP），否则期限会算错", "the clock is behind the newest event: set it (NTP), or deadlines will be wrong"})
}

// ledger verifies the chain where that takes moments, and the engine's own file.
func (k *checkup) ledger(ctx context.Context, s *storage.Store, events int64) {
	name := text{"台账", "ledger"}
	if events > verifyMost {
		k.note(name, true, k.c.say("%d 条记录；用 xiaobao verify 核对", "%d events; xiaobao verify checks them", events), text{})
		return
	}
	r, err := s.Verify(ctx, storage.VerifyOptions{})
	mend := text{"记录被改动或损坏：运行 xiaobao verify 看全部，从合格的备份恢复", "events were changed or damaged: xiaobao verify lists all; restore a good backup"}
	switch {
	case err != nil:
		k.note(name, false, err.Error(), mend)
	case !r.OK():
		k.note(name, false, r.Damages[0].Text, mend)
	default:
		k.note(name, true, k.c.say("%d 条记录，没有发现损坏", "%d events, no damage found", r.Events), text{})
	}
	if bad, err := s.Integrity(ctx); err != nil || len(bad) > 0 {
		mend := text{"数据库文件损坏：停止服务，从合格的备份恢复，并检查磁盘", "the file is damaged: stop the server, restore a good backup and look at the disk"}
		if index, failed := s.IndexIntegrity(ctx); err == nil && failed == nil && len(index) == 1 && len(bad) == 1 {
			mend = text{"坏的只是检索索引：运行 xiaobao rebuild 由台账重建，并检查磁盘", "only the index of texts is damaged: xiaobao rebuild makes it anew from the ledger; look at the disk"}
		}
		k.note(text{"数据库文件", "database file"}, false, strings.Join(bad, "; "), mend)
	}
}

// files compares the attachments with the ledger.
func (k *checkup) files(ctx context.Context, s *storage.Store, events int64) {
	if events > verifyMost {
		return
	}
	f, err := s.CheckFiles(ctx)
	if err != nil {
		k.note(text{"附件", "attachments"}, false, err.Error(), text{"检查附件目录的权限", "look at the mode of the folder of attachments"})
		return
	}
	k.note(text{"附件", "attachments"}, len(f.Missing) == 0, k.c.say("%d 个，缺少 %d 个%s", "%d, %d missing%s", f.Files, len(f.Missing), first(f.Missing)),
		text{"记录提到的附件不在：把备份里的 attachments 目录复制回来", "events name files that are not there: copy the folder attachments back from a backup"})
	if len(f.Orphans) > 0 {
		k.note(text{"多余的附件", "stray attachments"}, false, k.c.say("%d 个%s", "%d%s", len(f.Orphans), first(f.Orphans)),
			text{"没有记录提到它们，是中断的上传留下的，或台账被换过：确认台账无误后可从 attachments 目录删除", "nothing names them: an upload was broken off, or the ledger was exchanged; once the ledger is known to be right, delete them"})
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return ": " + list[0]
}

// backups looks at the newest runs.
func (k *checkup) backups(ctx context.Context, a *app.App) {
	name := text{"备份", "backups"}
	if err := k.c.setBackups(a); err != nil {
		k.note(name, false, err.Error(), text{"改正配置里 backup- 开头的各项", "mend the settings that begin with backup-"})
		return
	}
	s, err := a.BackupStatus(ctx)
	if err != nil {
		k.note(name, false, err.Error(), text{"按上面的说明处理", "mend what is said here"})
		return
	}
	value := k.c.say("没有", "none")
	if s.Good.ID != "" {
		value = s.Good.Started.In(calendar.Zone).Format(time.RFC3339) + "  " + bytesText(s.Good.Backup.Size) + "  " + s.Good.BackupResult.File
	}
	mend := map[string]text{
		app.BackupNone:   {"没有备份：在配置里写明 backup-dir，或定期运行 xiaobao backup --backup-dir 目录", "there is none: set backup-dir, or run xiaobao backup --backup-dir FOLDER regularly"},
		app.BackupStale:  {"最近的合格备份超过一天半：看服务是否在运行，或运行 xiaobao backup", "the newest good backup is more than a day and a half old: is the server running? or run xiaobao backup"},
		app.BackupFailed: {"最近一次失败，原因见上：处理后运行 xiaobao backup", "the newest one failed for the reason above: mend it and run xiaobao backup"},
	}[s.Alarm]
	if s.Alarm == app.BackupFailed {
		value = s.Runs[0].Failure
	}
	k.note(name, s.Alarm == "", value, mend)
}

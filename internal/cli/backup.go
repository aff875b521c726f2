package cli

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"

	"filippo.io/age"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

// backups registers the settings of the backups that the program makes by itself.
func (f *flags) backups() {
	f.setting("backup-dir", "DIR", "", text{"每天自动备份到这个目录（最好在另一块盘）；不写则不自动备份", "folder of the daily backups, best on another disk; none are made without it"})
	f.setting("backup-time", "HH:MM", "02:00", text{"每天备份的时刻（北京时间）", "time of day of the backups (UTC+8)"})
	f.setting("backup-keep", "N", "14", text{"保留最近几份合格的备份", "how many good backups are kept"})
	f.setting("backup-recipients", "KEY,...", "", text{"加密备份的 age 公钥，逗号分隔；不写则不加密", "age recipients to encrypt backups to, comma separated; not encrypted without any"})
	f.setting("backup-identity", "FILE", "", text{"age 私钥文件，用来读回加密的备份", "file of an age identity, to read encrypted backups back"})
}

// backupConfig reads these settings.
func (c *call) backupConfig() (app.BackupConfig, error) {
	b := app.BackupDefaults()
	b.Dir, b.Identity = c.conf.get("backup-dir"), c.conf.get("backup-identity")
	at := c.conf.get("backup-time")
	hour, minute, _ := strings.Cut(at, ":")
	var err, merr error
	b.Hour, err = strconv.Atoi(hour)
	b.Min, merr = strconv.Atoi(minute)
	if err != nil || merr != nil || b.Hour < 0 || b.Hour > 23 || b.Min < 0 || b.Min > 59 {
		return b, usageError{c.say("backup-time 要写成 02:00 这样的时刻，现在是 %s", "backup-time is a time of day such as 02:00, not %s", at)}
	}
	keep := c.conf.get("backup-keep")
	if b.Keep, err = strconv.Atoi(keep); err != nil || b.Keep < 1 {
		return b, usageError{c.say("backup-keep 要写成不小于 1 的整数，现在是 %s", "backup-keep is a number from 1, not %s", keep)}
	}
	b.Recipients, err = storage.BackupRecipients(c.conf.get("backup-recipients"))
	return b, err
}

func (c *call) setBackups(a *app.App) error {
	b, err := c.backupConfig()
	if err == nil {
		a.SetBackups(b)
	}
	return err
}

type backupFlags struct {
	out, key string
	json     bool
}

var backupCommand = command{
	name:  "backup",
	brief: text{"备份全部数据并当场恢复校验，运行中也可以", "copy everything and prove that it can be restored, while the program runs"},
	more: text{"备份含数据库、附件和签名的检查点，不含主密钥：主密钥请另行保管，没有它任何人都读不了备份。\n不写 --out 时备份到 backup-dir，写成一个文件，恢复到临时位置核对后再清理旧的；--out 可以是空目录，或以 .tar、.tar.age（加密）结尾的文件。\n--new-key 生成一对 age 密钥：私钥写入文件，离线保管；公钥写进 backup-recipients。",
		"The copy holds the database, the attachments and a signed checkpoint, not the master key: keep that apart, nobody can read the copy without it.\nWithout --out it is one file in backup-dir, restored into a temporary place and verified before old ones go; --out may be an empty folder, or a file that ends in .tar or .tar.age (encrypted).\n--new-key draws a pair of age keys: the identity goes to the file, to be kept offline; the recipient belongs into backup-recipients."},
	flags: func(f *flags) func(context.Context, *call) error {
		var b backupFlags
		f.store(DefaultData)
		f.backups()
		f.text(&b.out, "out", "PATH", "", text{"备份到这个目录（须为空或还不存在）或文件", "folder (empty or not there yet) or file of the copy"})
		f.text(&b.key, "new-key", "FILE", "", text{"不备份，只生成一对 age 密钥", "make a pair of age keys instead of a backup"})
		f.json(&b.json)
		return func(ctx context.Context, c *call) error {
			switch {
			case b.key != "":
				return c.newBackupKey(b.key)
			case b.out == "" && c.conf.get("backup-dir") == "":
				return usageError{c.say("请用 --out 写明备份到哪里，或设置 backup-dir", "say --out PATH, or set backup-dir")}
			case b.out == "":
				return c.backupNow(ctx, b.json)
			}
			return c.backup(ctx, b.out, b.json)
		}
	},
}

func (c *call) newBackupKey(path string) error {
	content, recipient, err := storage.NewBackupKey(c.Now())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了私钥文件 %s：已经存在，或没有权限", path)
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	c.printf("私钥已写入 %s，请移到离线的地方保管：没有它打不开加密的备份。\n写进配置文件：backup-recipients = \"%s\"\n",
		"identity written to %s: move it offline; encrypted backups cannot be opened without it.\nfor the configuration: backup-recipients = \"%s\"\n", path, recipient)
	return nil
}

// backupNow does what the schedule does, at once.
func (c *call) backupNow(ctx context.Context, asJSON bool) error {
	return c.with(ctx, func(s *storage.Store) error {
		a, err := c.app(ctx, s, app.Options{Institution: " "})
		if err != nil {
			return err
		}
		if err := c.setBackups(a); err != nil {
			return err
		}
		r, err := a.BackupTo(ctx, c.conf.get("backup-dir"))
		if err != nil {
			return err
		}
		if asJSON {
			return c.printJSON(r)
		}
		c.printf("备份完成：%s（%s）\n已恢复到临时位置核对：%d 条记录，没有发现损坏。\n主密钥 %s 不在备份里，请另行保管。\n",
			"backup complete: %s (%s)\nrestored into a temporary place and verified: %d events, no damage found.\nThe master key %s is not in it: keep it apart.\n",
			r.File, bytesText(r.Backup.Size), r.Events, c.keyPath())
		return nil
	})
}

// backup writes a folder or a file where it is told.
func (c *call) backup(ctx context.Context, out string, asJSON bool) error {
	conf, err := c.backupConfig()
	if err != nil {
		return err
	}
	to := conf.Recipients
	encrypt := strings.HasSuffix(out, ".age")
	if encrypt && len(to) == 0 {
		return usageError{c.say("加密备份要用 backup-recipients 写明 age 公钥", "an encrypted backup needs backup-recipients")}
	}
	if !encrypt {
		to = nil
	}
	return c.with(ctx, func(s *storage.Store) error {
		b, err := writeBackup(ctx, s, out, encrypt || strings.HasSuffix(out, ".tar"), to)
		if err != nil {
			return err
		}
		if asJSON {
			return c.printJSON(b)
		}
		c.printf("备份完成：%s\n数据库 %s，附件 %d 个共 %s。\n主密钥 %s 不在备份里，请另行保管。\n",
			"backup complete: %s\ndatabase %s, %d attachments of %s.\nThe master key %s is not in it: keep it apart.\n",
			out, bytesText(b.Database), b.Files, bytesText(b.FileBytes), c.keyPath())
		return nil
	})
}

func writeBackup(ctx context.Context, s *storage.Store, out string, file bool, to []age.Recipient) (storage.Backup, error) {
	if file {
		return s.BackupFile(ctx, out, to)
	}
	return s.Backup(ctx, out)
}

type restoreFlags struct {
	from, identity string
	check, json    bool
}

var restoreCommand = command{
	name:  "restore",
	brief: text{"把备份恢复到一个空目录，并立即核对", "bring a backup back into an empty folder and verify it"},
	more: text{"目录里已有内容时不动手。需要当时的主密钥：放在数据目录以外，用 --master-key-file 指明；恢复后复制到数据目录。\n写了 --dsn 时恢复到那个空的 PostgreSQL 数据库，不论备份来自哪种数据库。--check 只恢复到临时位置核对，什么也不留下。",
		"A folder that holds anything is left alone. The master key of that time is needed: keep it outside the folder and name it with --master-key-file.\nWith --dsn the data goes to that empty PostgreSQL database, whichever engine the backup came from. --check restores into a temporary place, verifies, and leaves nothing."},
	flags: func(f *flags) func(context.Context, *call) error {
		var r restoreFlags
		f.store(DefaultData)
		f.text(&r.from, "from", "PATH", "", text{"备份目录或文件", "folder or file of the backup"})
		f.text(&r.identity, "identity", "FILE", "", text{"加密备份的 age 私钥文件", "file of the age identity that opens an encrypted backup"})
		f.yes(&r.check, "check", text{"只核对，不恢复", "only verify"})
		f.json(&r.json)
		return func(ctx context.Context, c *call) error {
			if r.from == "" {
				return usageError{c.say("请用 --from 写明备份目录或文件", "say --from PATH")}
			}
			return c.restore(ctx, r)
		}
	},
}

func (c *call) restore(ctx context.Context, f restoreFlags) error {
	if !f.check && c.conf.get("dsn") == "" && c.conf.get("master-key-file") == "" {
		return fault.New(fault.Invalid, "请用 --master-key-file 指明备份时的主密钥文件：备份里没有它，数据目录须为空")
	}
	key, err := readKey(c.keyPath())
	if err != nil {
		return err
	}
	var ids []age.Identity
	if f.identity != "" {
		if ids, err = storage.BackupIdentities(f.identity); err != nil {
			return err
		}
	}
	o := storage.Options{Dir: c.conf.get("data"), DSN: c.conf.get("dsn"), Master: key, Now: c.Now, Log: c.logger()}
	if o.Files, err = c.bucket(); err != nil {
		return err
	}
	var r storage.Report
	if f.check {
		var checked storage.Check
		checked, err = storage.CheckBackup(ctx, f.from, c.workFolder(), o, ids...)
		r = checked.Report
	} else {
		r, err = storage.Restore(ctx, f.from, o, ids...)
	}
	if err != nil {
		return err
	}
	return c.restored(r, f)
}

// workFolder is where a backup is unpacked to be checked: beside the data, where a
// database of that size has room, else where the system keeps what is temporary.
func (c *call) workFolder() string {
	if st, err := os.Stat(c.conf.get("data")); err == nil && st.IsDir() {
		return c.conf.get("data")
	}
	return ""
}

func (c *call) restored(r storage.Report, f restoreFlags) (err error) {
	switch {
	case f.json:
		err = c.printJSON(verifyAnswer{OK: r.OK(), Report: r})
	case f.check:
		c.printReport(r)
	default:
		c.printf("已恢复到 %s。\n", "restored to %s.\n", c.conf.get("data"))
		c.printReport(r)
	}
	if err == nil && !r.OK() {
		return errFinding
	}
	return err
}

// bytesText is a size for a person.
func bytesText(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return strconv.FormatFloat(f, 'f', 0, 64) + " B"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + units[i]
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage/blob"
)

// What stands beside the database and the attachments in a backup.
const (
	checkpointName = "checkpoint.txt" // the signed head of the ledger at the backup
	publicKeyName  = "public-key.txt" // with which it can be checked
)

// Backup is what a backup holds.
type Backup struct {
	Database   int64  `json:"database"` // bytes
	Files      int    `json:"files"`    // attachments
	FileBytes  int64  `json:"file_bytes"`
	Checkpoint string `json:"checkpoint"`
}

// Backup writes a copy of everything into an empty folder while the program runs:
// the database as of one moment, the attachments, and a signed checkpoint against
// which Restore verifies. Writers are not held up. The master key is not in it and
// must be kept apart: without it nobody, not even its owner, can read the copy.
//
// A PostgreSQL database is backed up with its own tools; the answer says so.
func (s *Store) Backup(ctx context.Context, dir string) (Backup, error) {
	var b Backup
	if s.engine == postgres {
		return b, fault.New(fault.Invalid, "数据在 PostgreSQL 里：请用 pg_basebackup 或 pg_dump 备份数据库，并另外复制附件目录 %s。恢复后用 xiaobao verify 核对。", filepath.Join(s.dir, FilesName))
	}
	if err := needEmpty(dir); err != nil {
		return b, err
	}
	note, err := s.Checkpoint(ctx) // before the copy, so that the copy holds all it vouches for
	if err != nil {
		return b, err
	}
	b.Checkpoint = string(note)
	if b.Database, err = s.copyDatabase(ctx, filepath.Join(dir, FileName)); err != nil {
		return b, failedCopy(err, dir)
	}
	// After the database: a file is stored before the event that names it.
	if b.Files, b.FileBytes, err = s.files().CopyTo(filepath.Join(dir, FilesName)); err != nil {
		return b, failedCopy(err, dir)
	}
	for name, text := range map[string]string{publicKeyName: s.PublicKey() + "\n", checkpointName: b.Checkpoint} {
		if err := writeDurable(filepath.Join(dir, name), []byte(text)); err != nil {
			return b, failedCopy(err, dir)
		}
	}
	return b, syncDir(dir)
}

func failedCopy(err error, dir string) error {
	return fault.Wrap(fault.Unavailable, err, "备份没有完成，%s 中的内容不能用。请检查磁盘空间和权限，清空后再试。", dir)
}

// needEmpty makes the folder when it is missing and refuses one that holds anything.
func needEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "目录 %s 不能使用。请检查路径和权限。", dir)
	}
	if len(entries) > 0 {
		return fault.New(fault.Conflict, "目录 %s 不是空的，为免覆盖已停止。请指定一个空目录或还不存在的目录。", dir)
	}
	return nil
}

// copyDatabase writes a compact copy of one snapshot. The name is given when the
// copy is complete and on the disk.
func (s *Store) copyDatabase(ctx context.Context, to string) (int64, error) {
	from := "file:" + escapePath(filepath.Join(s.dir, FileName)) + "?_pragma=busy_timeout(10000)&_pragma=cache_size(-4096)"
	db, err := sql.Open("sqlite", from)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	part := to + ".part"
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err := errors.Join(err, os.Chmod(part, 0o600), f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(part, to)
}

func writeDurable(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore copies a backup into the empty folder o.Dir, opens it with o and verifies
// everything against the backup's checkpoint. A report with damages is no error:
// the copy is there, and the caller decides.
func Restore(ctx context.Context, from string, o Options) (Report, error) {
	if o.DSN != "" {
		return Report{}, fault.New(fault.Invalid, "数据在 PostgreSQL 里：请用 pg_restore 等工具恢复数据库，并复制附件目录，再用 xiaobao verify 核对。")
	}
	note, err := os.ReadFile(filepath.Join(from, checkpointName))
	if err != nil {
		return Report{}, fault.Wrap(fault.Invalid, err, "%s 不是完整的备份：缺少 %s。请指定 xiaobao backup 写出的目录。", from, checkpointName)
	}
	if err := needEmpty(o.Dir); err != nil {
		return Report{}, err
	}
	if err := copyBackup(from, o.Dir); err != nil {
		return Report{}, fault.Wrap(fault.Unavailable, err, "恢复没有完成，%s 中的内容不能用。请检查备份和磁盘空间，清空后再试。", o.Dir)
	}
	s, err := Open(ctx, o)
	if err != nil {
		return Report{}, err
	}
	report, err := s.Verify(ctx, VerifyOptions{Checkpoints: [][]byte{note}})
	return report, errors.Join(err, s.Close())
}

func copyBackup(from, to string) error {
	if _, _, err := blob.New(filepath.Join(from, FilesName), nil).CopyTo(filepath.Join(to, FilesName)); err != nil {
		return err
	}
	in, err := os.Open(filepath.Join(from, FileName))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(to, FileName), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Sync(), out.Close(), syncDir(to))
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/ledger"
	"xiaobao/internal/storage/blob"
)

// Kinds of damage of a backup, beside those of the data in it.
const (
	BackupChanged ledger.DamageKind = "backup_changed"   // a part is not as it was written
	BackupCounts  ledger.DamageKind = "backup_counts"    // it holds less or more than it says
	FileDamaged   ledger.DamageKind = "database_damaged" // the engine's own check of its file
)

// restoreMark lies in a folder while a backup is brought into it: nothing opens what
// a process that died has left there.
const restoreMark = "restore-unfinished"

func markRestore(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, restoreMark), os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G304: the folder that was named
	if err != nil {
		return failedRestore(err, dir)
	}
	if err := errors.Join(folder.Own(f, dir), f.Sync(), f.Close(), folder.Sync(dir)); err != nil {
		return failedRestore(err, dir)
	}
	return nil
}

// unmarkRestore says that everything of the backup is on the disk.
func unmarkRestore(dir string) error {
	if err := errors.Join(folder.Sync(dir), os.Remove(filepath.Join(dir, restoreMark)), folder.Sync(dir)); err != nil {
		return failedRestore(err, dir)
	}
	return nil
}

// needRestored refuses what was left half restored.
func needRestored(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, restoreMark)); err != nil {
		return nil // whatever else the folder may have, opening the database says
	}
	return fault.New(fault.Conflict, "目录 %s 中的恢复没有完成（程序中途停止了），数据或附件不全。请清空该目录和恢复到的数据库（主密钥文件除外），再运行 xiaobao restore。", dir)
}

// Restore brings a backup, a folder or a file, into the empty folder o.Dir (and,
// with a DSN, into that empty PostgreSQL database), opens it with o and verifies
// everything against the backup's checkpoint. ids open an encrypted file. A report
// with damages is no error: the copy is there, and the caller decides. Until all of
// it is on the disk, Open refuses the folder.
func Restore(ctx context.Context, from string, o Options, ids ...age.Identity) (Report, error) {
	empty := o.Dir
	if o.DSN != "" { // the folder has the key already
		empty = filepath.Join(o.Dir, FilesName)
	}
	if err := needEmpty(empty); err != nil {
		return Report{}, err
	}
	if err := markRestore(o.Dir); err != nil {
		return Report{}, err
	}
	database := o.Dir
	if o.DSN != "" {
		work, err := os.MkdirTemp(o.Dir, workPrefix)
		if err != nil {
			return Report{}, failedRestore(err, o.Dir)
		}
		defer os.RemoveAll(work)
		database = work
	}
	parts, err := unpack(ctx, from, ids, database, o.place())
	if err != nil {
		return Report{}, failedRestore(err, o.Dir)
	}
	if o.DSN != "" {
		if err := copyUp(ctx, database, o); err != nil {
			return Report{}, err
		}
	}
	if err := unmarkRestore(o.Dir); err != nil {
		return Report{}, err
	}
	return openAndCheck(ctx, parts, o)
}

func failedRestore(err error, dir string) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "恢复没有完成，%s 中的内容不能用。请检查备份和磁盘空间，清空后再试。", dir)
}

// unpackInto returns what writes the database and, unless files is nil, the
// attachments. Those that lie there already are written again: the backup's are
// compared with its sums.
func unpackInto(ctx context.Context, database string, files blob.Place) putPart {
	return func(name string, r io.Reader) error {
		switch {
		case name == FileName:
			return writeNew(filepath.Join(database, FileName), r)
		case files == nil:
			return nil
		}
		f, err := files.Spool()
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.Copy(f, r); err != nil {
			return err
		}
		return files.Put(ctx, f.File, strings.TrimPrefix(name, FilesName+"/"))
	}
}

func unpack(ctx context.Context, from string, ids []age.Identity, database string, files blob.Place) (*partReader, error) {
	parts, err := readParts(from, ids, unpackInto(ctx, database, files))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(database, FileName)); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s 不是完整的备份：缺少 %s。请指定 xiaobao backup 写出的目录或文件。", from, FileName)
	}
	return parts, folder.Sync(database)
}

func writeNew(to string, r io.Reader) error {
	if err := folder.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, folder.Own(f, filepath.Dir(to)), f.Sync(), f.Close())
}

// copyUp moves the unpacked SQLite database into the PostgreSQL database of o.
func copyUp(ctx context.Context, dir string, o Options) (err error) {
	s, err := Open(ctx, Options{Dir: dir, Master: o.Master, Now: o.Now, Log: o.Log})
	if err != nil {
		return err
	}
	_, err = s.CopyInto(ctx, o, nil)
	return errors.Join(err, s.Close())
}

// openAndCheck opens what was restored and adds what the backup itself has wrong.
func openAndCheck(ctx context.Context, parts *partReader, o Options) (r Report, err error) {
	s, err := Open(ctx, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if r, err = s.Verify(ctx, VerifyOptions{Checkpoints: [][]byte{parts.small[checkpointName]}}); err != nil {
		return r, err
	}
	for _, name := range parts.differ() {
		r.add(&ledger.Damage{Kind: BackupChanged, Text: fmt.Sprintf("备份中的 %s 与备份时登记的摘要不符：已损坏或被改动", name)})
	}
	b, err := parts.manifest()
	if err != nil || b.Events != r.Events || b.Installation != s.Installation() {
		r.add(&ledger.Damage{Kind: BackupCounts, Text: fmt.Sprintf("备份清单写明 %d 条记录（%s），恢复出 %d 条（%s）", b.Events, b.Installation, r.Events, s.Installation())})
	}
	bad, err := s.Integrity(ctx)
	for _, text := range bad {
		r.add(&ledger.Damage{Kind: FileDamaged, Text: "数据库文件损坏：" + text})
	}
	return r, err
}

// Integrity runs the engine's own check of its files and returns what it finds.
// PostgreSQL has none that needs no extension; its answer is empty.
func (s *Store) Integrity(ctx context.Context) (bad []string, err error) {
	return s.integrity(ctx, `PRAGMA integrity_check(20)`) // so many at most
}

// IndexIntegrity is Integrity of the index of texts alone, which a rebuild can make anew.
func (s *Store) IndexIntegrity(ctx context.Context) (bad []string, err error) {
	return s.integrity(ctx, `PRAGMA integrity_check(search_fts)`)
}

// integrity has a connection of its own: one that has read the index of texts before
// remembers where its pieces lay, and where others have written since, the check calls
// damaged what has moved (SQLite 3.53; queries look again).
func (s *Store) integrity(ctx context.Context, check string) (bad []string, err error) {
	if s.engine == postgres {
		return nil, nil
	}
	fresh, err := openReaders(s.dir)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { err = errors.Join(err, fresh.Close()) }()
	rows, err := fresh.QueryContext(ctx, check)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, explain(err)
		}
		if text != "ok" {
			bad = append(bad, text)
		}
	}
	return bad, explain(rows.Err())
}

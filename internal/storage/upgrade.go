package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
)

// SnapshotName is the SQLite database, as it was before an upgrade, inside
// Options.Dir: number of the tables it has, and of the program's newest.
const SnapshotName = "before-upgrade-%05d-to-%05d.db"

// upgrade prepares the migration of a database with data: a snapshot is kept
// beside the data, and a copy of it is migrated and verified first. Only when
// that goes well may the data itself be touched.
func (s *Store) upgrade(ctx context.Context, p *goose.Provider, have int64) error {
	pending, err := p.HasPending(ctx)
	if err != nil || !pending || have == 0 || s.trial || s.dir == "" {
		return err
	}
	var events int64
	if err := s.write.QueryRowContext(ctx, `SELECT count(*) FROM event`).Scan(&events); err != nil || events == 0 {
		return err
	}
	snapshot := filepath.Join(s.dir, fmt.Sprintf(SnapshotName, have, newestTables(p)))
	if err := s.keepSnapshot(ctx, snapshot, have); err != nil {
		return fault.Wrap(fault.Unavailable, err, "升级前的快照没有写成，数据未改动。请检查数据目录 %s 的磁盘空间（约需数据库的三倍）和权限，再启动。", s.dir)
	}
	s.log.Info("storage: the database is kept as it was before the upgrade", "file", snapshot, "from", have)
	if err := s.tryUpgrade(ctx, snapshot); err != nil {
		return fault.Wrap(fault.Conflict, err, "先在副本上试着升级，没有通过：%s 数据未改动，请继续使用原来版本的程序，并把快照 %s 交给开发者。", fault.Message(err), snapshot)
	}
	return nil
}

// keepSnapshot writes the database as it is. One of that name is of an upgrade
// that was broken off before it touched the data, and is replaced.
func (s *Store) keepSnapshot(ctx context.Context, file string, have int64) error {
	work, err := os.MkdirTemp(s.dir, workPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	copied := filepath.Join(work, FileName)
	if s.engine == postgres {
		_, err = s.copyInto(ctx, Options{Dir: work, keys: s.keys, Now: s.now, Log: s.log, upTo: have}, nil)
	} else {
		err = s.vacuumInto(ctx, copied)
	}
	if err != nil {
		return err
	}
	f, err := os.OpenFile(copied, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(folder.Own(f, s.dir), f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(copied, file), folder.Sync(s.dir))
}

// tryUpgrade opens a copy of the snapshot as the program opens any database,
// which migrates it, and verifies everything in it.
func (s *Store) tryUpgrade(ctx context.Context, snapshot string) (err error) {
	work, err := os.MkdirTemp(s.dir, workPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	f, err := os.Open(snapshot)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := writeNew(filepath.Join(work, FileName), f); err != nil {
		return err
	}
	c, err := Open(ctx, Options{Dir: work, keys: s.keys, Now: s.now, Log: s.log, trial: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	bad, err := c.Integrity(ctx)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fault.New(fault.Conflict, "数据库文件损坏：%s。", bad[0])
	}
	r, err := c.Verify(ctx, VerifyOptions{})
	if err == nil && !r.OK() {
		err = fault.New(fault.Conflict, "台账核对发现 %d 处损坏，第一处：%s。", len(r.Damages), r.Damages[0].Text)
	}
	return err
}

package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"xiaobao/internal/fault"
)

// Check is what the check of a backup found.
type Check struct {
	Backup Backup        `json:"backup"` // what the backup says of itself
	Report Report        `json:"report"`
	Opened bool          `json:"opened"` // the file itself was read back; else what was encrypted into it
	Took   time.Duration `json:"took"`
}

// CheckBackup restores a backup into a folder of its own below work, opens it as
// the program would, verifies everything and removes it again. Attachments are
// compared with their sums without being written. o gives key, clock and log.
func CheckBackup(ctx context.Context, from, work string, o Options, ids ...age.Identity) (c Check, err error) {
	return check(ctx, work, o, func(dir string) (*partReader, error) { return unpack(ctx, from, ids, dir, nil) })
}

func check(ctx context.Context, work string, o Options, unpack func(dir string) (*partReader, error)) (c Check, err error) {
	begin := time.Now()
	dir, err := os.MkdirTemp(work, workPrefix)
	if err != nil {
		return c, failedRestore(err, work)
	}
	defer os.RemoveAll(dir)
	parts, err := unpack(dir)
	if err != nil {
		return c, failedRestore(err, dir)
	}
	o.Dir, o.DSN = dir, ""
	if c.Report, err = openAndCheck(ctx, parts, o); err != nil {
		return c, err
	}
	c.Backup, err = parts.manifest()
	c.Opened, c.Took = true, time.Since(begin)
	return c, err
}

// BackupChecked is BackupFile followed by the check of what it wrote. An
// encrypted file that no identity at hand opens cannot be read back: then the
// very bytes that were encrypted are checked on their way, and the file is
// compared with its sum. A backup with damages is no error; Check.Report has them.
func (s *Store) BackupChecked(ctx context.Context, file string, to []age.Recipient, ids []age.Identity) (b Backup, c Check, err error) {
	o := Options{keys: s.keys, Now: s.now, Log: s.log}
	if len(to) > 0 && len(ids) == 0 {
		return s.backupMirrored(ctx, file, to, o)
	}
	if b, err = s.BackupFile(ctx, file, to); err != nil {
		return b, c, err
	}
	c, err = CheckBackup(ctx, file, filepath.Dir(file), o, ids...)
	return b, c, err
}

// mirrored is how the check of a stream ended.
type mirrored struct {
	c   Check
	err error
}

func (s *Store) backupMirrored(ctx context.Context, file string, to []age.Recipient, o Options) (Backup, Check, error) {
	in, out := io.Pipe()
	done := make(chan mirrored, 1)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return Backup{}, Check{}, unusable(err, filepath.Dir(file))
	}
	go func() {
		c, err := check(ctx, filepath.Dir(file), o, func(dir string) (*partReader, error) { return unpackStream(ctx, in, file, dir) })
		in.CloseWithError(err) // nil too: the writer must not wait for a reader that has gone
		done <- mirrored{c, err}
	}()
	b, err := s.backupFile(ctx, file, to, out)
	out.CloseWithError(err)
	m := <-done
	m.c.Opened = false
	if err == nil {
		err = errors.Join(m.err, sameSum(file, b.Sum))
	}
	return b, m.c, err
}

// unpackStream is unpack of a plain tar that is being written.
func unpackStream(ctx context.Context, in io.Reader, name, dir string) (*partReader, error) {
	p := newPartReader()
	err := eachOfTar(name, in, func(part string, r io.Reader) error { return p.take(part, r, unpackInto(ctx, dir, nil)) })
	if err != nil {
		return nil, err
	}
	return p, p.complete(name)
}

// sameSum reads a file back and compares it with what was written.
func sameSum(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s back: %w", file, err)
	}
	if hexSum(h) != want {
		return fault.New(fault.Conflict, "备份 %s 读回来与写入的不同，磁盘可能有问题。请换一块磁盘再备份。", file)
	}
	return nil
}

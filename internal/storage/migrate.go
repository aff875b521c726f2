package storage

import (
	"bytes"
	"context"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"xiaobao/internal/fault"
)

// migrations holds the tables: migrations/common is one text for both engines
// (with the macros of engine.go), migrations/sqlite and migrations/postgres what
// cannot be said alike. Numbers are unique over common and an engine's folder.
//
//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. Copies of the program that start
// together do so one after the other: the first changes the tables, and the others
// find nothing to do. Data is not touched before upgrade has tried on a copy.
func (s *Store) migrate(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	if s.engine == postgres {
		end, err := s.takeTurn(ctx)
		if err != nil {
			return err
		}
		defer end()
	}
	have, err := s.mayMigrate(ctx, p)
	if err != nil {
		return err
	}
	if s.upTo > 0 {
		_, err := p.UpTo(ctx, s.upTo)
		return err
	}
	if err := s.upgrade(ctx, p, have); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fault.Wrap(fault.Conflict, err, "数据库表结构升级失败，数据未改动。请保留日志并联系开发者，期间可换回原来版本的程序。")
	}
	return nil
}

// takeTurn waits until no other copy changes the tables, however long that takes, and
// returns what ends the turn. goose has such a lock too, and is not asked for it: it
// looks every five seconds, gives up after five minutes, and does not cover the trial on
// a copy. The number is goose's, because released programs wait on it. The server is
// asked again and again and not made to wait, so that no statement stays open beside a
// migration; a lock ends with its connection.
func (s *Store) takeTurn(ctx context.Context) (end func(), err error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, explain(err)
	}
	for wait := turnWait; ; wait = min(2*wait, maxTurnWait) {
		var mine bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, lock.DefaultLockID).Scan(&mine); err != nil {
			return nil, explain(errors.Join(err, conn.Close()))
		}
		if mine {
			break
		}
		if wait == sayTurnWait {
			s.log.Warn("storage: another copy is bringing the tables up to date; this one goes on afterwards")
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), conn.Close())
		case <-time.After(wait):
		}
	}
	return func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lock.DefaultLockID); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // the connection goes, and the turn with it
		}
		_ = conn.Close()
	}, nil
}

// How long a copy waits before it asks for its turn again, at first and at most, and
// before which wait it says so: half a second has passed by then.
const (
	turnWait    = 8 * time.Millisecond
	sayTurnWait = 64 * turnWait
	maxTurnWait = 128 * turnWait
)

func (s *Store) migrator() (*goose.Provider, error) {
	files, err := migrationFiles(s.engine)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.engine == postgres {
		dialect = goose.DialectPostgres
		options = append(options, goose.WithGoMigrations(goose.NewGoMigration(partsVersion, &goose.GoFunc{RunDB: s.partSearch}, nil)))
	}
	return goose.NewProvider(dialect, s.write, files, options...)
}

// mayMigrate returns the version of the tables, and refuses a database that a
// newer program has migrated: this one would not know what it writes over. So it
// does one whose versions have a gap, which only builds between releases leave.
func (s *Store) mayMigrate(ctx context.Context, p *goose.Provider) (have int64, err error) {
	status, err := p.Status(ctx)
	if err != nil {
		return 0, err
	}
	if have, err = p.GetDBVersion(ctx); err != nil {
		return 0, err
	}
	known := newestTables(p)
	if have > known {
		return 0, fault.New(fault.Conflict, "数据库是更新版本的程序建立的（表结构 %d，本程序只认识到 %d），数据未改动。请换用新版本的程序；要退回旧版本，请恢复升级前的备份。", have, known)
	}
	for _, m := range status {
		if m.State == goose.StatePending && m.Source.Version < have {
			return 0, fault.New(fault.Conflict, "数据库是两个正式版本之间的开发版建立的（表结构到 %d，却缺少其中的 %d），数据未改动。请用建立它的程序导出或备份，再恢复到正式版本。", have, m.Source.Version)
		}
	}
	return have, nil
}

// newestTables is the version of the tables that this program makes.
func newestTables(p *goose.Provider) (version int64) {
	for _, source := range p.ListSources() {
		version = max(version, source.Version)
	}
	return version
}

// migrationFiles gathers the texts of an engine with the macros expanded.
func migrationFiles(e engine) (texts, error) {
	out := texts{}
	for _, dir := range []string{"migrations/common", "migrations/" + e.String()} {
		entries, err := migrations.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			b, err := migrations.ReadFile(path.Join(dir, entry.Name()))
			if err != nil {
				return nil, err
			}
			if _, twice := out[entry.Name()]; twice {
				return nil, fmt.Errorf("storage: migration %s exists twice", entry.Name())
			}
			out[entry.Name()] = macros[e].Replace(string(b))
		}
	}
	return out, nil
}

// texts is a flat read-only file system of named texts: what goose reads.
type texts map[string]string

// Open returns the text as a file.
func (t texts) Open(name string) (fs.File, error) {
	s, ok := t[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &textFile{Reader: bytes.NewReader([]byte(s)), name: name}, nil
}

// Glob returns the names that match.
func (t texts) Glob(pattern string) ([]string, error) {
	var out []string
	for name := range t {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, name)
		}
	}
	return out, nil
}

type textFile struct {
	*bytes.Reader
	name string
}

var _ io.Reader = (*textFile)(nil)

func (f *textFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *textFile) Close() error               { return nil }
func (f *textFile) Name() string               { return f.name }
func (f *textFile) Mode() fs.FileMode          { return 0o444 }
func (f *textFile) ModTime() time.Time         { return time.Time{} }
func (f *textFile) IsDir() bool                { return false }
func (f *textFile) Sys() any                   { return nil }

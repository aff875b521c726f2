package storage

import (
	"bytes"
	"context"
	"embed"
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
// together wait for each other on a PostgreSQL advisory lock.
func (s *Store) migrate(ctx context.Context) error {
	files, err := migrationFiles(s.engine)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.engine == postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.write, files, options...)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fault.Wrap(fault.Internal, err, "数据库表结构升级失败，数据未改动。")
	}
	return s.notFromFuture(ctx, p)
}

// notFromFuture refuses a database that a newer program has migrated: this one
// would not know what it writes over.
func (s *Store) notFromFuture(ctx context.Context, p *goose.Provider) error {
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	known := int64(0)
	for _, source := range p.ListSources() {
		known = max(known, source.Version)
	}
	if have > known {
		return fault.New(fault.Conflict, "数据库是更新版本的程序建立的（表结构 %d，本程序只认识到 %d）。请换用新版本的程序。", have, known)
	}
	return nil
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

// Package storagetest gives tests a real, migrated and empty store on each
// engine. Storage is never mocked: on SQLite a template file is copied (about a
// millisecond), on PostgreSQL a template database is cloned in a cluster that the
// test binary starts for itself.
package storagetest

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"xiaobao/internal/storage"
)

// Master is the master key of every store made here.
var Master = [32]byte{'t', 'e', 's', 't'}

// Each runs fn as a subtest on every engine, each time with an empty store of its
// own. PostgreSQL is left out with a message when its programs are not installed,
// unless XIAOBAO_REQUIRE_ALL=1: then that is a failure.
func Each(t *testing.T, fn func(t *testing.T, s *storage.Store)) {
	t.Helper()
	EachOptions(t, func(t *testing.T, o storage.Options) { fn(t, Open(t, o)) })
}

// EachOptions is Each for tests that open the store themselves, perhaps more than once.
func EachOptions(t *testing.T, fn func(t *testing.T, o storage.Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// Open opens a store and closes it with the test.
func Open(t testing.TB, o storage.Options) *storage.Store {
	t.Helper()
	s, err := storage.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// New opens an empty SQLite store: for tests above storage, to which the engine
// makes no difference.
func New(t testing.TB) *storage.Store {
	t.Helper()
	return Open(t, SQLite(t))
}

var template struct {
	once sync.Once
	file []byte
	err  error
}

// SQLite returns options of an empty migrated SQLite database of the test's own.
func SQLite(t testing.TB) storage.Options {
	t.Helper()
	template.once.Do(func() { template.file, template.err = makeTemplate() })
	if template.err != nil {
		t.Fatal(template.err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, storage.FileName), template.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return storage.Options{Dir: dir, Master: Master}
}

// sameRoot draws the same keys in every run: near texts are found by signatures under
// a key, and with one key in some dozens two like texts of a test are missed.
func sameRoot() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{}) }

func makeTemplate() ([]byte, error) {
	dir, err := os.MkdirTemp("", "xiaobao-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := storage.Open(context.Background(), storage.Options{Dir: dir, Master: Master, Rand: sameRoot()})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, storage.FileName))
}

func randomName(prefix string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	b := []byte(prefix)
	for range 12 {
		b = append(b, letters[rand.IntN(len(letters))])
	}
	return string(b)
}

// Raw opens the database of o beside the store, as somebody would who tampers
// with it.
func Raw(t testing.TB, o storage.Options) *sql.DB {
	t.Helper()
	driver, dsn := "sqlite", "file:"+filepath.Join(o.Dir, storage.FileName)+"?_pragma=busy_timeout(5000)"
	if o.DSN != "" {
		driver, dsn = "pgx", o.DSN
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

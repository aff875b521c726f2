package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	lib "modernc.org/sqlite/lib"

	"xiaobao/internal/fault"
)

func TestBind(t *testing.T) {
	for _, test := range []struct{ q, sqlite, postgres string }{
		{`SELECT a FROM b WHERE c = ? AND d = ?`, `SELECT a FROM b WHERE c = ? AND d = ?`, `SELECT a FROM b WHERE c = $1 AND d = $2`},
		{`SELECT '?', '它''?' FROM b WHERE c = ?`, `SELECT '?', '它''?' FROM b WHERE c = ?`, `SELECT '?', '它''?' FROM b WHERE c = $1`},
		{`INSERT INTO sealed (seq, ct) VALUES (@LAST, ?)`, `INSERT INTO sealed (seq, ct) VALUES (last_insert_rowid(), ?)`, `INSERT INTO sealed (seq, ct) VALUES (lastval(), $1)`},
	} {
		for e, want := range map[engine]string{sqlite: test.sqlite, postgres: test.postgres} {
			b := newBinder(e)
			for range 2 { // the second time from memory
				if got := b.bind(test.q); got != want {
					t.Errorf("%v: got %s, want %s", e, got, want)
				}
			}
		}
	}
}

func TestMigrationFilesHaveNoMacrosLeft(t *testing.T) {
	for _, e := range []engine{sqlite, postgres} {
		files, err := migrationFiles(e)
		if err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(files, "*.sql")
		if err != nil || len(names) < 4 {
			t.Fatalf("%v %v", names, err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(files, name)
			if err != nil || strings.Contains(string(b), "@") || !strings.HasPrefix(string(b), "-- +goose Up\n") {
				t.Errorf("%v %s: %v", e, name, err)
			}
		}
	}
	if _, err := (texts{}).Open("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestClassify(t *testing.T) {
	pg := func(code string) error { return fmt.Errorf("exec: %w", &pgconn.PgError{Code: code}) }
	for _, test := range []struct {
		err  error
		want trouble
		kind fault.Kind
	}{
		{nil, other, fault.Internal},
		{errors.New("x"), other, fault.Internal},
		{pg("23505"), conflict, fault.Stale},
		{pg("40001"), busy, fault.Unavailable},
		{pg("53100"), full, fault.Unavailable},
		{pg("57P01"), gone, fault.Unavailable},
		{pg("08006"), gone, fault.Unavailable},
		{pg("42601"), other, fault.Internal},
		{driver.ErrBadConn, gone, fault.Unavailable},
		{context.Canceled, other, fault.Unavailable},
		{fault.New(fault.Recused, "x"), other, fault.Recused},
	} {
		if got := classify(test.err); got != test.want {
			t.Errorf("%v: class %d, want %d", test.err, got, test.want)
		}
		if got := fault.KindOf(explain(test.err)); got != test.kind {
			t.Errorf("%v: kind %v, want %v", test.err, got, test.kind)
		}
	}
	if !Conflict(pg("23505")) || Conflict(pg("40001")) || Conflict(nil) {
		t.Error("Conflict")
	}
}

// A disk that does not take what is written, or does not say that it has it, is
// told from a busy database: the group is given up and everybody hears it.
func TestClassifySQLite(t *testing.T) {
	for code, want := range map[int]trouble{
		lib.SQLITE_FULL: full, lib.SQLITE_IOERR_FSYNC: unsure, lib.SQLITE_IOERR_WRITE: full, lib.SQLITE_IOERR_READ: full, lib.SQLITE_READONLY: full,
		lib.SQLITE_READONLY_DBMOVED: full, lib.SQLITE_CANTOPEN: full, lib.SQLITE_BUSY: busy, lib.SQLITE_BUSY_SNAPSHOT: busy, lib.SQLITE_CORRUPT: damaged, lib.SQLITE_ERROR: other,
	} {
		if got := classifySQLite(code); got != want {
			t.Errorf("code %d: class %d, want %d", code, got, want)
		}
	}
}

func TestEscapePath(t *testing.T) {
	if got := escapePath("/数据/a?b#c%d"); got != "/数据/a%3Fb%23c%25d" {
		t.Errorf("got %s", got)
	}
}

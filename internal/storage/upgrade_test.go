package storage_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// oldVersion is one whose tables hold events, and after which many came.
const oldVersion = 11

// eachOld runs fn on a database of each engine whose tables are of an old
// version and which holds n events.
func eachOld(t *testing.T, n int, fn func(t *testing.T, o storage.Options, raw *sql.DB)) {
	t.Helper()
	old := func(t *testing.T, o storage.Options) {
		s, err := storage.Open(ctx, storage.AtVersion(o, oldVersion))
		must(t, err)
		fillOld(t, s, n)
		must(t, s.Close())
		fn(t, o, storagetest.Raw(t, o))
	}
	t.Run("sqlite", func(t *testing.T) { old(t, emptyFolder(t)) })
	t.Run("postgres", func(t *testing.T) { old(t, emptyPostgres(t)) })
}

// emptyPostgres is a database without tables.
func emptyPostgres(t *testing.T) storage.Options {
	t.Helper()
	o := storagetest.Postgres(t)
	_, err := storagetest.Raw(t, o).Exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	must(t, err)
	return o
}

// fillOld is fill for tables of an old version: nothing is read there, because
// readers know the newest tables alone.
func fillOld(t *testing.T, s *storage.Store, n int) {
	t.Helper()
	for stream := range 3 {
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			for v := range (n + 2 - stream) / 3 {
				err := tx.Append(fmt.Sprintf("case/%d", stream+1), int64(v)+1, "p1", "note.added", noted{Title: "t", N: int64(v), Text: fmt.Sprint("正文", v)})
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func versionOf(t *testing.T, raw *sql.DB) (v int64) {
	t.Helper()
	must(t, raw.QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&v))
	return v
}

func snapshots(t *testing.T, o storage.Options) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(o.Dir, "before-upgrade-00011-to-*.db"))
	must(t, err)
	return found
}

func TestUpgradeKeepsASnapshot(t *testing.T) {
	eachOld(t, 12, func(t *testing.T, o storage.Options, raw *sql.DB) {
		s := storagetest.Open(t, o)
		if r := verify(t, s); !r.OK() || r.Events != 12 || versionOf(t, raw) <= oldVersion {
			t.Errorf("%+v %s, version %d", r, kinds(r), versionOf(t, raw))
		}
		kept := snapshots(t, o)
		if len(kept) != 1 {
			t.Fatalf("snapshots %v", kept)
		}
		again := storagetest.Open(t, o) // nothing to do any more
		if got := loadTexts(t, again, "case/1"); len(got) != 4 || len(snapshots(t, o)) != 1 {
			t.Errorf("%v", got)
		}
		// The snapshot is a whole database of the version before.
		back := storage.Options{Dir: t.TempDir(), Master: o.Master}
		must(t, os.Rename(kept[0], filepath.Join(back.Dir, storage.FileName)))
		if v := versionOf(t, storagetest.Raw(t, back)); v != oldVersion {
			t.Errorf("the snapshot has version %d", v)
		}
		if r := verify(t, storagetest.Open(t, back)); !r.OK() || r.Events != 12 {
			t.Errorf("the snapshot: %+v %s", r, kinds(r))
		}
	})
}

// TestUpgradeIsTriedOnACopy prepares databases that cannot be upgraded: the data
// stays as it is, and the sentence says what and where the snapshot is.
func TestUpgradeIsTriedOnACopy(t *testing.T) {
	for _, test := range []struct{ name, prepare, want string }{
		{"a migration fails", `CREATE TABLE review (strange BIGINT)`, "升级失败"},
		{"the ledger is damaged", `UPDATE event SET kind = 'note.other' WHERE stream = 'case/1'`, "损坏"},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachOld(t, 6, func(t *testing.T, o storage.Options, raw *sql.DB) {
				_, err := raw.Exec(test.prepare)
				must(t, err)
				s, err := storage.Open(ctx, o)
				if err == nil {
					must(t, s.Close())
				}
				if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), test.want) || !strings.Contains(fault.Message(err), "before-upgrade-") {
					if test.prepare[0] != 'C' || o.DSN == "" { // a table of nobody's is not copied from PostgreSQL
						t.Errorf("got %v", err)
					}
				}
				if v := versionOf(t, raw); v != oldVersion || len(snapshots(t, o)) > 1 {
					t.Errorf("version %d, snapshots %v", v, snapshots(t, o))
				}
				left, err := filepath.Glob(filepath.Join(o.Dir, ".xiaobao-work-*"))
				if err != nil || len(left) > 0 {
					t.Errorf("left behind: %v %v", left, err)
				}
			})
		})
	}
}

func TestFreshDatabaseNeedsNoSnapshot(t *testing.T) {
	eachOld(t, 0, func(t *testing.T, o storage.Options, raw *sql.DB) {
		storagetest.Open(t, o)
		if len(snapshots(t, o)) != 0 || versionOf(t, raw) <= oldVersion {
			t.Errorf("%v, version %d", snapshots(t, o), versionOf(t, raw))
		}
	})
}

func TestOpenRefusesGapInVersions(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		_, err := storagetest.Raw(t, o).Exec(`DELETE FROM goose_db_version WHERE version_id = 20`)
		must(t, err)
		s, err := storage.Open(ctx, o)
		if err == nil {
			must(t, s.Close())
		}
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "缺少其中的 20") {
			t.Errorf("got %v", err)
		}
	})
}

// lines passes on each line that is logged.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestCopiesUpgradeInTurn starts copies on a database of an old version while a
// released program holds the lock that goose takes: they say that they wait, and touch
// nothing. Then one of them keeps a snapshot and upgrades, and the others go on.
func TestCopiesUpgradeInTurn(t *testing.T) {
	o := emptyPostgres(t)
	s, err := storage.Open(ctx, storage.AtVersion(o, oldVersion))
	must(t, err)
	fillOld(t, s, 12)
	must(t, s.Close())
	raw := storagetest.Raw(t, o)
	held, err := raw.Conn(ctx)
	must(t, err)
	defer held.Close()
	const lock = `SELECT pg_try_advisory_lock(4097083626)` // the number is goose's
	var mine bool
	must(t, held.QueryRowContext(ctx, lock).Scan(&mine))

	said := make(lines, 100)
	open := func(ctx context.Context) (storage.Options, func() (*storage.Store, error)) {
		c := o
		c.Dir, c.Log = t.TempDir(), slog.New(slog.NewTextHandler(said, nil))
		var s *storage.Store
		var err error
		var opening sync.WaitGroup
		opening.Go(func() { s, err = storage.Open(ctx, c) })
		if line := <-said; !strings.Contains(line, "another copy") {
			t.Errorf("said %s", line)
		}
		return c, func() (*storage.Store, error) { opening.Wait(); return s, err }
	}
	waiting, stop := context.WithCancel(ctx)
	_, opened := open(waiting)
	stop()
	if _, err := opened(); !errors.Is(err, context.Canceled) {
		t.Errorf("a copy that is stopped while it waits: %v", err)
	}
	patience, cancel := context.WithTimeout(ctx, time.Minute) // a copy that keeps the turn would be waited for
	defer cancel()
	var copies [3]storage.Options
	var ends [3]func() (*storage.Store, error)
	for i := range copies {
		copies[i], ends[i] = open(patience)
	}
	if v := versionOf(t, raw); v != oldVersion {
		t.Errorf("version %d while another holds the lock", v)
	}
	_, err = held.ExecContext(ctx, `SELECT pg_advisory_unlock(4097083626)`)
	must(t, err)
	kept := 0
	for i, c := range copies {
		s, err := ends[i]()
		must(t, err)
		defer s.Close()
		kept += len(snapshots(t, c))
	}
	must(t, held.QueryRowContext(ctx, lock).Scan(&mine))
	if v := versionOf(t, raw); kept != 1 || v <= oldVersion || !mine {
		t.Errorf("%d snapshots, version %d, lock free again: %t", kept, v, mine)
	}
}

package storage_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	t.Run("postgres", func(t *testing.T) {
		o := storagetest.Postgres(t)
		_, err := storagetest.Raw(t, o).Exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
		must(t, err)
		old(t, o)
	})
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

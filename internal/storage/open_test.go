package storage_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

func TestOpenRefusesNewerDatabase(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		_, err := storagetest.Raw(t, o).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
		must(t, err)
		s, err := storage.Open(ctx, o)
		if err == nil {
			must(t, s.Close())
		}
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "新版本") {
			t.Errorf("got %v", err)
		}
	})
}

func TestOpenStrangeFolder(t *testing.T) {
	o := storage.Options{Dir: filepath.Join(t.TempDir(), "客户 100%?#", "数据"), Master: storagetest.Master}
	s := storagetest.Open(t, o)
	must(t, appendNote(s, "case/1", 1, "x"))
	if got := loadTexts(t, s, "case/1"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

// TestServerEndsConnections cuts every connection, as a failover does, while many
// idle ones wait: a read begins on a new one, and a write is done again there,
// because its commit had not been sent.
func TestServerEndsConnections(t *testing.T) {
	o := storagetest.Postgres(t)
	s := storagetest.Open(t, o)
	raw := storagetest.Raw(t, o)
	for v := int64(1); v <= 5; v++ {
		must(t, appendNote(s, "case/1", v, "x"))
		readTogether(t, s, 8)
		_, err := raw.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		must(t, err)
	}
	if got := loadTexts(t, s, "case/1"); len(got) != 5 {
		t.Errorf("got %v", got)
	}
	if r := verify(t, s); !r.OK() {
		t.Errorf("%s", kinds(r))
	}
}

// readTogether holds n snapshots open at once, so that as many connections idle.
func readTogether(t *testing.T, s *storage.Store, n int) {
	t.Helper()
	var begun, done sync.WaitGroup
	begun.Add(n)
	for range n {
		done.Go(func() {
			if err := s.View(ctx, func(tx *storage.Tx) error {
				_, err := tx.Load("case/1")
				begun.Done()
				begun.Wait()
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
}

func TestSameIdOfInstallation(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		a := storagetest.Open(t, o)
		b := storagetest.Open(t, o)
		if a.Installation() == "" || a.Installation() != b.Installation() || a.PublicKey() != b.PublicKey() {
			t.Errorf("%s and %s", a.PublicKey(), b.PublicKey())
		}
	})
}

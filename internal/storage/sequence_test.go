package storage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// While another copy of the program holds the size of the tree, which it does until its
// group is written, events go on being taken in; their leaves come when it lets go. Who
// asks for a checkpoint meanwhile may stop waiting.
func TestTreeHeldElsewhere(t *testing.T) {
	o := storagetest.Postgres(t)
	s := storagetest.Open(t, o)
	fill(t, s, 6)
	signed(t, s)
	other, err := storagetest.Raw(t, o).Begin()
	must(t, err)
	defer other.Rollback()
	_, err = other.Exec(`SELECT value FROM meta WHERE key = 'tree_size' FOR UPDATE`)
	must(t, err)

	quick, cancel := context.WithTimeout(ctx, 20*time.Second) // some milliseconds are enough
	defer cancel()
	for i := range 20 {
		err := s.Update(quick, func(tx *storage.Tx) error {
			_, err := tx.AppendNext(fmt.Sprint("case/", i%3+1), "p1", "note.added", noted{Title: "t", N: int64(i)})
			return err
		})
		if err != nil {
			t.Fatalf("event %d waits for the tree: %v", i, err)
		}
		time.Sleep(15 * time.Millisecond) // past the delay after which leaves are given
	}

	brief, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	if _, err := s.Checkpoint(brief); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a checkpoint while the tree is held: %v", err)
	}
	must(t, other.Rollback())
	if c, _ := signed(t, s); c.Size != 26 {
		t.Errorf("%d leaves, want 26", c.Size)
	}
	if r := verify(t, s); !r.OK() || r.Events != 26 || r.Unsequenced != 0 {
		t.Errorf("%+v", r)
	}
}

// PostgreSQL takes a stream for as long as streams are, however many events a sample of them shows only once.
func TestStreamEstimate(t *testing.T) {
	o := storagetest.Postgres(t)
	fill(t, storagetest.Open(t, o), 60) // three streams of twenty
	raw := storagetest.Raw(t, o)
	_, err := raw.Exec(`ANALYZE event`)
	must(t, err)
	var distinct float64
	must(t, raw.QueryRow(`SELECT n_distinct FROM pg_stats WHERE tablename = 'event' AND attname = 'stream'`).Scan(&distinct))
	if distinct > -0.09 || distinct < -0.11 {
		t.Errorf("n_distinct of streams is %g, want -0.1: as many as a tenth of the events", distinct)
	}
}

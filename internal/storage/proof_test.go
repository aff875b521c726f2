package storage_test

import (
	"bytes"
	"testing"

	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

func signed(t testing.TB, s *storage.Store) (ledger.Checkpoint, []byte) {
	t.Helper()
	note, err := s.Checkpoint(ctx)
	must(t, err)
	c, err := ledger.VerifyCheckpoint(note, s.PublicKey())
	must(t, err)
	return c, note
}

// Events of a stream get proofs that a case file is made of; one that came after
// the checkpoint has none yet.
func TestProve(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		fill(t, s, 40)
		c, note := signed(t, s)
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			events, err := tx.Load("case/2")
			must(t, err)
			records, err := tx.Prove(events, c)
			must(t, err)
			var b bytes.Buffer
			must(t, dossier.Write(&b, dossier.Case{Head: dossier.Head{Stream: "case/2", Variant: dossier.Masked, At: tx.Now()}, Records: records, Checkpoint: note, PublicKey: s.PublicKey()}, s.Signer()))
			r, err := dossier.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), s.PublicKey())
			must(t, err)
			if !r.OK() || r.Events != len(events) || r.Sealed != len(events) {
				t.Errorf("%+v", r)
			}
			return nil
		}))
		fill(t, s, 3)
		err := s.View(ctx, func(tx *storage.Tx) error {
			events, err := tx.Load("case/2")
			must(t, err)
			_, err = tx.Prove(events, c)
			return err
		})
		if !fault.Is(err, fault.Stale) {
			t.Errorf("an event after the checkpoint: %v", err)
		}
	})
}

// Any two checkpoints of one ledger prove their growth; one of another does not.
func TestGrowth(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		var all []ledger.Checkpoint
		for range 4 {
			c, _ := signed(t, s)
			all = append(all, c)
			fill(t, s, 7)
		}
		other := storagetest.New(t)
		fill(t, other, 7)
		foreign, _ := signed(t, other)
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			for i, older := range all {
				for _, newer := range all[i:] {
					proof, err := tx.Growth(older, newer)
					must(t, err)
					if older.Size > 0 {
						must(t, ledger.CheckGrowth(proof, newer.Size, newer.Root, older.Size, older.Root))
					}
				}
			}
			if _, err := tx.Growth(foreign, all[3]); !fault.Is(err, fault.Conflict) {
				t.Errorf("a checkpoint of another ledger: %v", err)
			}
			far := all[3]
			far.Size += 1000
			if _, err := tx.Growth(all[1], far); !fault.Is(err, fault.Conflict) {
				t.Errorf("a checkpoint beyond the end: %v", err)
			}
			return nil
		}))
	})
}

// Thousands of leaves lie in several rows; places are found in each of them.
func TestProveInManyRows(t *testing.T) {
	s := storagetest.New(t)
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		for i := range 2500 {
			if err := tx.Append("bulk", int64(i+1), "p", "note.added", noted{Title: "t"}); err != nil {
				return err
			}
		}
		return nil
	}))
	c, _ := signed(t, s)
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		events, err := tx.Load("bulk")
		must(t, err)
		records, err := tx.Prove([]ledger.Event{events[0], events[1023], events[1024], events[2499]}, c)
		must(t, err)
		for _, r := range records {
			must(t, ledger.CheckEvent(r.Proof, c.Size, c.Root, r.Leaf, r.Hash))
		}
		return nil
	}))
}

package storage

import (
	"encoding/binary"
	"slices"

	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// Signer signs what this installation vouches for beside its checkpoints, with the
// same key: case files. What is signed must never read as a checkpoint.
func (s *Store) Signer() *ledger.Signer { return s.signer }

// Prove returns events with their places in the tree and the proofs that a
// checkpoint of this ledger vouches for them. The events are of Load. An event
// that came after the checkpoint gives fault.Stale: sign another one.
func (tx *Tx) Prove(events []ledger.Event, checkpoint ledger.Checkpoint) ([]dossier.Record, error) {
	seqs := make([]int64, len(events))
	for i, e := range events {
		seqs[i] = e.Seq
	}
	leaves, err := tx.leavesOf(seqs, checkpoint.Size)
	if err != nil {
		return nil, err
	}
	tree := &packs{r: tx, q: readHashes, width: hashesPerPack, item: 32}
	out := make([]dossier.Record, len(events))
	for i, e := range events {
		leaf, ok := leaves[e.Seq]
		if !ok {
			return nil, fault.New(fault.Stale, "第 %d 条记录还没有编入总账，请再试一次。", e.Version)
		}
		out[i] = dossier.Record{Event: e, Leaf: leaf}
		if out[i].Proof, err = ledger.ProveEvent(checkpoint.Size, leaf, tree.hashes); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nearPacks is how many rows around the guessed one are read before all are: events
// get their leaves in the order of seq, but for a few that were committed late.
const nearPacks = 4

// leavesOf finds the leaves of events by their seq among the first size leaves.
func (tx *Tx) leavesOf(seqs []int64, size int64) (map[int64]int64, error) {
	f := leafFinder{leaves: &packs{r: tx, q: readLeaves, width: seqsPerPack, item: 8}, size: size, want: map[int64]bool{}, found: make(map[int64]int64, len(seqs))}
	for _, seq := range seqs {
		f.want[seq] = true
	}
	f.packs = (size + seqsPerPack - 1) / seqsPerPack
	for _, seq := range slices.Sorted(slices.Values(seqs)) {
		guess, err := f.guess(seq)
		if err != nil {
			return nil, err
		}
		for pack := max(0, guess-nearPacks); pack <= min(f.packs-1, guess+nearPacks) && !f.has(seq); pack++ {
			if err := f.read(pack); err != nil {
				return nil, err
			}
		}
		for pack := int64(0); pack < f.packs && !f.has(seq); pack++ {
			if err := f.read(pack); err != nil {
				return nil, err
			}
			delete(f.leaves.cache, pack)
		}
	}
	return f.found, nil
}

// leafFinder keeps what was wanted of the rows that it has read.
type leafFinder struct {
	want   map[int64]bool
	leaves *packs
	size   int64
	packs  int64
	done   map[int64]bool
	found  map[int64]int64
}

func (f *leafFinder) has(seq int64) bool { _, ok := f.found[seq]; return ok }

// guess is the row in which the seq stands if all are in order.
func (f *leafFinder) guess(seq int64) (int64, error) {
	var broken error
	n := 0
	for lo, hi := int64(0), f.packs; lo < hi && broken == nil; {
		mid := (lo + hi) / 2
		b, err := f.leaves.row(mid)
		if broken = err; len(b) >= 8 && int64(binary.BigEndian.Uint64(b)) <= seq {
			lo, n = mid+1, int(mid)
		} else {
			hi = mid
		}
	}
	return int64(n), broken
}

// read notes the leaves of a row.
func (f *leafFinder) read(pack int64) error {
	if f.done[pack] {
		return nil
	}
	b, err := f.leaves.row(pack)
	if err != nil {
		return err
	}
	for i := range min(int64(len(b)/8), f.size-pack*seqsPerPack) {
		if seq := int64(binary.BigEndian.Uint64(b[i*8:])); f.want[seq] {
			f.found[seq] = pack*seqsPerPack + i
		}
	}
	if f.done == nil {
		f.done = map[int64]bool{}
	}
	f.done[pack] = true
	return nil
}

// Growth proves that a checkpoint's tree is the beginning of another's, from the
// stored hashes; it is checked against both roots before it is returned, so that an
// error says that the two are not of one ledger, or not of this one.
func (tx *Tx) Growth(older, newer ledger.Checkpoint) (ledger.Proof, error) {
	if older.Size == 0 {
		return ledger.Proof{}, nil // nothing is the beginning of everything
	}
	tree := &packs{r: tx, q: readHashes, width: hashesPerPack, item: 32}
	proof, err := ledger.ProveGrowth(newer.Size, older.Size, tree.hashes)
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "本系统的总账没有 %d 条记录：检查点不是本系统的，或总账被截短。", newer.Size)
	}
	if err := ledger.CheckGrowth(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "%d 条的检查点与 %d 条的检查点不一致：其间有已证明的记录被改动。", older.Size, newer.Size)
	}
	return proof, nil
}

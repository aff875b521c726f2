package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of the Merkle tree (RFC 6962).
type Hash = tlog.Hash

// Proof is the path of sibling hashes that shows a record to be in a tree, or
// one tree to be the beginning of another.
type Proof = []Hash

// ReadHashes returns the stored hashes at the given indexes, in that order. It
// is how the tree reads whatever keeps its hashes.
type ReadHashes func(indexes []int64) ([]Hash, error)

// Leaf is the tree's record hash of an event hash.
func Leaf(event [32]byte) Hash { return tlog.RecordHash(event[:]) }

// LeafIndex is the index under which the leaf of event n (from 0) is stored.
func LeafIndex(n int64) int64 { return tlog.StoredHashIndex(0, n) }

// StoredCount is how many hashes are stored for a tree of n events.
func StoredCount(n int64) int64 { return tlog.StoredHashCount(n) }

// AppendLeaves adds events to a tree that has n of them and returns the hashes
// to be stored, the first at index StoredCount(n), the others after it.
func AppendLeaves(n int64, events [][32]byte, read ReadHashes) ([]Hash, error) {
	base := StoredCount(n)
	fresh := make([]Hash, 0, 2*len(events)+64)
	both := tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		return readBoth(indexes, base, fresh, read)
	})
	for i, event := range events {
		hashes, err := tlog.StoredHashesForRecordHash(n+int64(i), Leaf(event), both)
		if err != nil {
			return nil, fmt.Errorf("ledger: append leaf %d: %w", n+int64(i), err)
		}
		fresh = append(fresh, hashes...)
	}
	return fresh, nil
}

// readBoth answers from the hashes just made where it can, from the store else.
func readBoth(indexes []int64, base int64, fresh []Hash, read ReadHashes) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	var old []int64
	var where []int
	for i, x := range indexes {
		if x >= base {
			out[i] = fresh[x-base]
			continue
		}
		old, where = append(old, x), append(where, i)
	}
	if len(old) == 0 {
		return out, nil
	}
	hashes, err := read.exact(old)
	if err != nil {
		return nil, err
	}
	for i, h := range hashes {
		out[where[i]] = h
	}
	return out, nil
}

// exact refuses a store that answers with another number of hashes than asked.
func (read ReadHashes) exact(indexes []int64) ([]Hash, error) {
	hashes, err := read(indexes)
	if err == nil && len(hashes) != len(indexes) {
		err = fmt.Errorf("ledger: asked the store for %d hashes, got %d", len(indexes), len(hashes))
	}
	return hashes, err
}

// reader makes a tlog.HashReader of read.
func (read ReadHashes) reader() tlog.HashReader { return tlog.HashReaderFunc(read.exact) }

// Root is the root hash of the tree of the first n events; of none it is zero.
func Root(n int64, read ReadHashes) (Hash, error) {
	if n == 0 {
		return Hash{}, nil
	}
	return tlog.TreeHash(n, read.reader())
}

// ProveEvent proves that event n (from 0) is in the tree of the given size.
func ProveEvent(size, n int64, read ReadHashes) (Proof, error) {
	return tlog.ProveRecord(size, n, read.reader())
}

// CheckEvent checks the proof that the event with this hash is event n of the
// tree with this size and root.
func CheckEvent(p Proof, size int64, root Hash, n int64, event [32]byte) error {
	return tlog.CheckRecord(p, size, root, n, Leaf(event))
}

// ProveGrowth proves that the tree of size old is the beginning of the tree of
// the given size.
func ProveGrowth(size, old int64, read ReadHashes) (Proof, error) {
	return tlog.ProveTree(size, old, read.reader())
}

// CheckGrowth checks that proof against both roots.
func CheckGrowth(p Proof, size int64, root Hash, old int64, oldRoot Hash) error {
	return tlog.CheckTree(p, size, root, old, oldRoot)
}

// Frontier computes the root of a growing tree from event hashes alone, without
// any stored hash, in memory of one hash per level. The zero Frontier is empty.
type Frontier struct {
	size  int64
	peaks []Hash // roots of the full subtrees, largest first: one per bit of size
}

// Add appends an event hash.
func (f *Frontier) Add(event [32]byte) { f.AddLeaf(Leaf(event)) }

// AddLeaf appends the hash of a leaf.
func (f *Frontier) AddLeaf(h Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.peaks) - 1
		h = tlog.NodeHash(f.peaks[last], h)
		f.peaks = f.peaks[:last]
	}
	f.peaks = append(f.peaks, h)
	f.size++
}

// Size is the number of events added.
func (f *Frontier) Size() int64 { return f.size }

// Root is the root hash of the events added so far; of none it is zero.
func (f *Frontier) Root() Hash {
	if f.size == 0 {
		return Hash{}
	}
	h := f.peaks[len(f.peaks)-1]
	for i := len(f.peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.peaks[i], h)
	}
	return h
}

package storage

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"xiaobao/internal/ledger"
)

// leafSum compares two sets of leaves without keeping them: those that the packs of
// the archive claim, and those of the tree for which there is no event outside. Each
// leaf is hashed with its number under a key drawn for this walk and added to the
// bucket of its number; what one side adds the other takes away. Equal sets leave
// zeros; others do not, but for a chance of 2^-256, also where somebody has chosen
// them, who cannot know the key (Clarke et al., "Incremental multiset hash functions", 2003).
type leafSum struct {
	key     [32]byte
	buckets map[int64]*[4]uint64
}

// bucketSeqs is how many numbers share a bucket: ten million cases need some
// fifteen hundred buckets, and one that differs is small enough to be looked at.
const bucketSeqs = 1 << 16

func newLeafSum() (*leafSum, error) {
	s := &leafSum{buckets: map[int64]*[4]uint64{}}
	_, err := rand.Read(s.key[:])
	return s, err
}

func (s *leafSum) bucket(seq int64) *[4]uint64 {
	b := s.buckets[seq/bucketSeqs]
	if b == nil {
		b = new([4]uint64)
		s.buckets[seq/bucketSeqs] = b
	}
	return b
}

func (s *leafSum) hash(seq int64, leaf ledger.Hash) (out [4]uint64) {
	var in [72]byte
	copy(in[:], s.key[:])
	binary.BigEndian.PutUint64(in[32:], uint64(seq))
	copy(in[40:], leaf[:])
	sum := sha256.Sum256(in[:])
	for i := range out {
		out[i] = binary.BigEndian.Uint64(sum[8*i:])
	}
	return out
}

// add takes a leaf in: an event of a pack.
func (s *leafSum) add(seq int64, leaf ledger.Hash) {
	var carry uint64
	b, h := s.bucket(seq), s.hash(seq, leaf)
	for i := 3; i >= 0; i-- {
		b[i], carry = bits.Add64(b[i], h[i], carry)
	}
}

// sub takes a leaf out: a place of the tree.
func (s *leafSum) sub(seq int64, leaf ledger.Hash) {
	var borrow uint64
	b, h := s.bucket(seq), s.hash(seq, leaf)
	for i := 3; i >= 0; i-- {
		b[i], borrow = bits.Sub64(b[i], h[i], borrow)
	}
}

// differ returns the buckets in which the sets differ.
func (s *leafSum) differ() map[int64]bool {
	out := map[int64]bool{}
	for n, b := range s.buckets {
		if *b != [4]uint64{} {
			out[n] = true
		}
	}
	return out
}

// compareArchive says which packed events have no leaf, and which leaves no event.
// Packs and leaves are read again only where the sums differ.
func (t *treeWalk) compareArchive(size int64) error {
	bad := t.archive.differ()
	if len(bad) == 0 {
		return nil
	}
	packed := map[int64]ledger.Hash{}
	err := t.tx.eachPacked(func(e ledger.Event) {
		if bad[e.Seq/bucketSeqs] {
			packed[e.Seq] = ledger.Leaf(e.Hash)
		}
	}, func() {})
	for pack := int64(0); err == nil && pack*seqsPerPack < size; pack++ {
		var seqs []int64
		var outside map[int64][32]byte
		seqs, outside, err = t.leaves(pack)
		for i, seq := range seqs {
			if _, ok := outside[seq]; !ok && bad[seq/bucketSeqs] {
				t.compareLeaf(pack*seqsPerPack+int64(i), seq, packed)
			}
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(packed)) {
		t.r.add(&ledger.Damage{Kind: NoLeaf, Seq: seq, Text: "归档的记录不在总账里：是绕过程序插入的，或总账被改动"})
	}
	return err
}

// compareLeaf compares a leaf with the packed event of its number and takes that out.
func (t *treeWalk) compareLeaf(n, seq int64, packed map[int64]ledger.Hash) {
	stored, err := t.stored.hashes([]int64{ledger.LeafIndex(n)})
	switch leaf, ok := packed[seq]; {
	case !ok && err == nil:
		t.miss(n, seq)
	case ok && (err != nil || stored[0] != leaf):
		t.r.add(&ledger.Damage{Kind: TreeChanged, Seq: seq, Text: fmt.Sprintf("总账第 %d 号位置保存的摘要与归档的记录（序号 %d）不符", n, seq)})
	}
	delete(packed, seq)
}

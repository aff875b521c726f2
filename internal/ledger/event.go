// Package ledger is the trace that is the truth: events in canonical bytes, one
// hash chain per stream, a Merkle tree over all events and signed checkpoints
// of it.
//
// What it proves, and no more: a changed, deleted, moved or inserted event is
// found by walking its stream and the tree; events cut off the end are found
// when a checkpoint exported before the cut is at hand. Whoever can write the
// database and has no exported checkpoint against him can rewrite the whole.
package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"
)

// AlgSHA256 names the way Hash is made: SHA-256 over length-prefixed fields.
// The name stands in every event, so that another way can follow it.
const AlgSHA256 = "sha256/1"

// domain keeps event hashes apart from every other hash made of like bytes.
const domain = "xiaobao event"

// Event is one change of one stream. Body is the canonical public part of what
// Encode returned; Sealed is the ciphertext of the private part and may be
// erased later without breaking the chain, because only its sum is hashed.
type Event struct {
	Seq       int64     // place among all events, given at commit; not hashed (the tree fixes it)
	Stream    string    // what the event is about, such as "complaint/12"
	Version   int64     // place in the stream, from 1 without gaps
	Kind      string    // name of the event, such as "complaint.registered"
	At        time.Time // UTC, microseconds
	By        string    // person or program that did it
	Body      []byte    // canonical JSON, nothing personal
	Sealed    []byte    // ciphertext of the private part, nil if none or erased
	SealedSum [32]byte  // SHA-256 of Sealed, zero if there never was one
	Prev      [32]byte  // Hash of the event before it in the stream, zero for the first
	Hash      [32]byte  // over all fields above except Seq and Sealed
	Alg       string    // AlgSHA256
}

// Link makes e the successor of the event with hash prev (zero for the first of
// a stream): it cuts At to microseconds of UTC and sets Alg, SealedSum, Prev
// and Hash.
func (e *Event) Link(prev [32]byte) {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e.Alg = AlgSHA256
	e.SealedSum = sealedSum(e.Sealed)
	e.Prev = prev
	e.Hash = e.sum()
}

// Check reports whether e is whole and follows the event with hash prev. The
// error is a *Damage. An erased private part is not a damage.
func (e Event) Check(prev [32]byte) error {
	switch {
	case e.Alg != AlgSHA256:
		return e.damage(Changed, "未知的摘要算法 "+e.Alg)
	case len(e.Sealed) > 0 && sealedSum(e.Sealed) != e.SealedSum:
		return e.damage(Changed, "密封部分与登记的摘要不符")
	case e.sum() != e.Hash:
		return e.damage(Changed, "内容与登记的摘要不符")
	case e.Prev != prev:
		return e.damage(WrongLink, "没有接在上一条记录之后")
	}
	return nil
}

func sealedSum(sealed []byte) (sum [32]byte) {
	if len(sealed) > 0 {
		sum = sha256.Sum256(sealed)
	}
	return sum
}

// sum hashes every field with its length before it, so that no two events with
// different fields can run into the same bytes.
func (e *Event) sum() (sum [32]byte) {
	h := sha256.New()
	var scratch [256]byte
	put := func(s string) { put(h, scratch[:0], s) }
	put(domain)
	put(e.Alg)
	put(e.Stream)
	put(e.Kind)
	put(e.By)
	b := binary.BigEndian.AppendUint64(scratch[:0], uint64(e.Version))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	b = append(b, e.SealedSum[:]...)
	b = append(b, e.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(e.Body)))
	h.Write(b)
	h.Write(e.Body)
	h.Sum(sum[:0])
	return sum
}

func put(h hash.Hash, scratch []byte, s string) {
	scratch = binary.BigEndian.AppendUint64(scratch, uint64(len(s)))
	h.Write(append(scratch, s...))
}

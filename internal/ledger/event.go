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
	"time"

	"github.com/emmansun/gmsm/sm3"

	"xiaobao/internal/fault"
)

// AlgSHA256 names the way Hash is made: SHA-256 over length-prefixed fields.
// The name stands in every event, so that another way can follow it.
const AlgSHA256 = "sha256/1"

// AlgSM3 is the same with SM3 (GB/T 32905) over the fields and over the sealed part.
// The tree stays SHA-256 (RFC 6962): proofs are read by tools of others.
const AlgSM3 = "sm3/2"

// algSM3Fields is SM3 over the fields, SHA-256 over the sealed part: read, not written.
const algSM3Fields = "sm3/1"

// Algs are the ways of hashing by the name that a configuration gives them.
var Algs = map[string]string{"sha256": AlgSHA256, "sm3": AlgSM3}

// AlgOf returns the way of hashing that a configuration names.
func AlgOf(name string) (string, error) {
	if alg, ok := Algs[name]; ok {
		return alg, nil
	}
	return "", fault.New(fault.Invalid, "摘要算法“%s”不认识：请写 sha256 或 sm3。", name)
}

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
	SealedSum [32]byte  // of Sealed by Alg, zero if there never was one
	Prev      [32]byte  // Hash of the event before it in the stream, zero for the first
	Hash      [32]byte  // over all fields above except Seq and Sealed
	Alg       string    // AlgSHA256 or AlgSM3
}

// Link makes e the successor of the event with hash prev (zero for the first of
// a stream): it cuts At to microseconds of UTC and sets Alg, SealedSum, Prev
// and Hash.
func (e *Event) Link(prev [32]byte) { e.LinkAs(AlgSHA256, prev) }

// LinkAs is Link with a way of hashing: AlgSHA256 or AlgSM3. A stream may change
// from one to the other at any event.
func (e *Event) LinkAs(alg string, prev [32]byte) {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e.Alg = alg
	e.SealedSum = SealedSum(alg, e.Sealed)
	e.Prev = prev
	e.Hash = e.sum()
}

// Relink sets Prev and Hash of an event whose other fields are as they were written:
// one that is read from where only those are kept. Alg and SealedSum stay.
func (e *Event) Relink(prev [32]byte) {
	e.Prev = prev
	e.Hash = e.sum()
}

// Check reports whether e is whole and follows the event with hash prev. The
// error is a *Damage. An erased private part is not a damage.
func (e Event) Check(prev [32]byte) error {
	switch {
	case e.Alg != AlgSHA256 && e.Alg != AlgSM3 && e.Alg != algSM3Fields:
		return e.damage(Changed, "未知的摘要算法 "+e.Alg)
	case len(e.Sealed) > 0 && SealedSum(e.Alg, e.Sealed) != e.SealedSum:
		return e.damage(Changed, "密封部分与登记的摘要不符")
	case e.sum() != e.Hash:
		return e.damage(Changed, "内容与登记的摘要不符")
	case e.Prev != prev:
		return e.damage(WrongLink, "没有接在上一条记录之后")
	}
	return nil
}

// SealedSum is the digest of a sealed part by a way of hashing; zero when there is none.
func SealedSum(alg string, sealed []byte) (sum [32]byte) {
	switch {
	case len(sealed) == 0:
		return sum
	case alg == AlgSM3:
		return sm3.Sum(sealed)
	}
	return sha256.Sum256(sealed)
}

// sum hashes every field with its length before it, so that no two events with
// different fields can run into the same bytes.
func (e *Event) sum() [32]byte {
	var room [1024]byte // most events fit: no allocation
	b := put(room[:0], domain)
	b = put(b, e.Alg)
	b = put(b, e.Stream)
	b = put(b, e.Kind)
	b = put(b, e.By)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Version))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	b = append(b, e.SealedSum[:]...)
	b = append(b, e.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(e.Body)))
	b = append(b, e.Body...)
	if e.Alg == AlgSM3 || e.Alg == algSM3Fields {
		return sm3.Sum(b)
	}
	return sha256.Sum256(b)
}

func put(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
	return append(b, s...)
}

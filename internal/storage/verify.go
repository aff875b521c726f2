package storage

import (
	"context"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/seal"
)

// Kinds of damage that only the store can see, beside those of the ledger.
const (
	SealedChanged ledger.DamageKind = "sealed_changed" // a ciphertext differs from the digest in its event
	SealedMissing ledger.DamageKind = "sealed_missing" // a ciphertext is gone and nobody erased it
	NoLeaf        ledger.DamageKind = "no_leaf"        // an event was put in behind the sequencer's back
	TreeChanged   ledger.DamageKind = "tree_changed"   // stored tree hashes or leaves differ from the events
	BadCheckpoint ledger.DamageKind = "bad_checkpoint" // a checkpoint cannot be used
)

// maxDamages ends the list: a database that is wrong throughout says so in the count.
const maxDamages = 1000

// VerifyStep is what Verify is at.
type VerifyStep string

// The two steps that take time.
const (
	VerifyEvents VerifyStep = "events" // each event, its chain and its private part
	VerifyTree   VerifyStep = "tree"   // each leaf against its event
)

// VerifyOptions says what the events are compared with.
type VerifyOptions struct {
	Checkpoints [][]byte // exported notes, beside those in the database
	// Progress is called now and then with how far a step has come: the number of the
	// event that the walk is at, and the greatest there is. It may be nil.
	Progress func(step VerifyStep, done, total int64)
}

// Report is the result of Verify.
type Report struct {
	Events      int64            `json:"events"`
	Streams     int64            `json:"streams"`
	Sealed      int64            `json:"sealed"`      // private parts that are there and whole
	Erased      int64            `json:"erased"`      // private parts that were erased on record
	Archived    int64            `json:"archived"`    // events that lie packed in the archive
	Leaves      int64            `json:"leaves"`      // events with a place in the tree
	Unsequenced int64            `json:"unsequenced"` // events too new to have one
	Checkpoints int              `json:"checkpoints"` // compared
	Vouched     int64            `json:"vouched"`     // events that the greatest good checkpoint vouches for
	Hashes      map[string]int64 `json:"hashes"`      // events by the way they are hashed
	Suites      map[string]int64 `json:"suites"`      // private parts by the cipher that sealed them
	Damages     []*ledger.Damage `json:"damages"`
	More        int64            `json:"more,omitempty"` // damages beyond the first thousand
}

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Damages) == 0 && r.More == 0 }

func (r *Report) add(d *ledger.Damage) {
	if len(r.Damages) >= maxDamages {
		r.More++
		return
	}
	r.Damages = append(r.Damages, d)
}

// Verify walks everything on one snapshot: every
// stream's chain, the digest of every private part, every leaf of the tree against
// its event, and the tree against the checkpoints in the database and those given.
// It finds any event changed, deleted, moved or put in, and events cut off the end
// since a checkpoint that is at hand. Events are read in the order in which they lie
// on the disk, and of each stream some thirty bytes are kept: see heads. The error is
// only for a database that cannot be read; what is wrong with the data stands in the report.
func (s *Store) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	v := verifier{o: o, r: Report{Hashes: map[string]int64{}, Suites: map[string]int64{}}, suspects: map[string]bool{}}
	var err error
	if v.archive, err = newLeafSum(); err != nil {
		return v.r, err
	}
	if v.heads, err = newHeads(); err != nil {
		return v.r, err
	}
	err = s.View(ctx, func(tx *Tx) error {
		v.tx = tx
		for _, step := range []func() error{v.greatest, v.readErased, v.walk, v.chains, v.checkpoints, v.tree} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	return v.r, err
}

// verifier holds what one Verify has found so far.
type verifier struct {
	tx       *Tx
	o        VerifyOptions
	r        Report
	last     int64           // the greatest number of an event
	erased   map[string]bool // streams whose erasure is on record
	heads    *heads          // of the streams, as far as the walk has come
	suspects map[string]bool // streams in which an event did not follow
	lost     struct{ sealed, packs int64 }
	archive  *leafSum // of packed events against leaves without an event outside
	todo     []ledger.Checkpoint
}

func (v *verifier) greatest() error {
	return v.tx.Scan(`SELECT coalesce(max(seq), 0) FROM event`, nil, &v.last)
}

func (v *verifier) progress(step VerifyStep, done, total int64) {
	if v.o.Progress != nil {
		v.o.Progress(step, done, total)
	}
}

// readErased reads which streams were erased on record: the record is an event itself.
func (v *verifier) readErased() error {
	v.erased = map[string]bool{}
	rows, err := v.tx.Query(`SELECT body FROM event WHERE stream = ? AND kind = ? ORDER BY version`, erasureStream, erasureKind)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		var e Erasure
		if err := rows.Scan(&body); err != nil {
			return err
		}
		if err := ledger.Decode(body, nil, &e); err != nil {
			continue // the chain tells what is wrong with that event
		}
		v.erased[e.Stream] = true
	}
	return rows.Err()
}

// private checks the ciphertext of one event, so that a changed one is told from a
// changed event.
func (v *verifier) private(e *ledger.Event) {
	ct := e.Sealed
	damage := func(kind ledger.DamageKind, text string) {
		v.r.add(&ledger.Damage{Kind: kind, Stream: e.Stream, Version: e.Version, Seq: e.Seq, Text: text})
	}
	none := e.SealedSum == [32]byte{}
	switch {
	case ct == nil && none:
	case ct == nil && v.erased[e.Stream]:
		v.r.Erased++
	case ct == nil:
		damage(SealedMissing, "个人信息的密文不见了，且没有删除记录")
	case none || ledger.SealedSum(e.Alg, ct) != e.SealedSum:
		damage(SealedChanged, "个人信息的密文与摘要不符，被改动过")
	default:
		v.r.Sealed++
		v.r.Suites[string(seal.SuiteOfEnvelope(ct))]++
	}
}

// Erasure is the body of the event that records an erasing.
type Erasure struct {
	Stream string `json:"stream"`
	Reason string `json:"reason"`
	Parts  int64  `json:"parts"` // how many private parts were destroyed
}

const (
	erasureStream = "erasure"
	erasureKind   = "stream.erased"
)

// Erase destroys the key of a stream, under which its attachments are sealed too,
// and the ciphertexts of its events. The chain stays whole
// and verifies; who did it and why is an event of the stream "erasure". Search rows
// and read tables that were derived from the stream are the caller's to remove in
// the same way (Tx.Unindex). A stream without private parts gives fault.NotFound.
func (s *Store) Erase(ctx context.Context, stream, by, reason string) error {
	return s.Update(ctx, func(tx *Tx) error {
		var keys int64
		if err := tx.Scan(`SELECT count(*) FROM stream_key WHERE stream = ? AND wrapped IS NOT NULL`, []any{stream}, &keys); err != nil {
			return err
		}
		if keys == 0 {
			return fault.New(fault.NotFound, "这份档案没有可删除的个人信息，或已经删除过。")
		}
		d, err := tx.toDestroy(stream)
		if err != nil {
			return err
		}
		return tx.destroy(d, by, reason)
	})
}

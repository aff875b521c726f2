package storage

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"xiaobao/internal/ledger"
)

// heads remembers where each stream has come to in a walk that goes through all of
// them at once, in 16 bytes a stream: a digest of the stream's name and one of the
// version and hash of its last event, both under a key drawn for the walk. Two names
// with one digest (some 3 in a million walks over ten million streams) make a suspect
// that is looked at again and cleared; a changed hash with the digest of the right one
// has a chance of 2^-64, also where somebody has chosen it, who cannot know the key.
type heads struct {
	key [32]byte
	at  map[uint64]uint64
}

func newHeads() (*heads, error) {
	h := &heads{at: map[uint64]uint64{}}
	_, err := rand.Read(h.key[:])
	return h, err
}

func (h *heads) sum(version int64, b []byte) uint64 {
	var room [128]byte
	in := append(room[:0], h.key[:]...)
	in = binary.BigEndian.AppendUint64(in, uint64(version))
	sum := sha256.Sum256(append(in, b...))
	return binary.BigEndian.Uint64(sum[:])
}

// take moves a stream on to an event and says whether that follows the one before it,
// and whether the stream was met for the first time.
func (h *heads) take(e *ledger.Event) (follows, first bool) {
	name := h.name(e.Stream)
	before, met := h.at[name]
	h.at[name] = h.sum(e.Version, e.Hash[:])
	if !met {
		return e.Version == 1 && e.Prev == [32]byte{}, true
	}
	return e.Version > 1 && before == h.sum(e.Version-1, e.Prev[:]), false
}

// skip moves a stream on behind a pack.
func (h *heads) skip(stream string, version int64, hash [32]byte) {
	h.at[h.name(stream)] = h.sum(version, hash[:])
}

func (h *heads) name(stream string) uint64 { return h.sum(0, []byte(stream)) }

// page is a run of events in the order of their numbers.
type page struct {
	rows          []pageRow
	sealed, packs int64 // rows of these tables between the numbers, whether an event has them or not
}

type pageRow struct {
	ledger.Event
	packed
}

// pageSize is how many events are read at once: some megabytes.
const pageSize = 1000

// walk takes every event once, with the pack behind it, in the order of their numbers.
// So they lie on the disk: to have them in the order of streams, a server sorts all of
// them on the disk first (54 GB beside ten million cases), and SQLite reads in leaps.
// While a page is checked the next is read.
func (v *verifier) walk() error {
	pages := make(chan page, 1)
	var g errgroup.Group
	g.Go(func() error {
		defer close(pages)
		return v.read(func(p page) { pages <- p })
	})
	for p := range pages {
		v.page(p)
	}
	if v.lost.sealed > 0 {
		v.r.add(&ledger.Damage{Kind: ledger.Missing, Text: fmt.Sprintf("有 %d 份密文所属的记录不见了", v.lost.sealed)})
	}
	if v.lost.packs > 0 {
		v.r.add(&ledger.Damage{Kind: ledger.Missing, Text: fmt.Sprintf("有 %d 份归档所属的第一条记录不见了", v.lost.packs)})
	}
	return g.Wait()
}

// read reads all pages.
func (v *verifier) read(fn func(page)) error {
	for from := int64(math.MinInt64); ; {
		p, err := v.readPage(from)
		if err != nil {
			return err
		}
		to := int64(math.MaxInt64)
		if len(p.rows) == pageSize {
			to = p.rows[pageSize-1].Seq
		}
		if err := v.tx.Scan(`SELECT (SELECT count(*) FROM sealed WHERE seq >= ? AND seq <= ?), (SELECT count(*) FROM archive WHERE first >= ? AND first <= ?)`,
			[]any{from, to, from, to}, &p.sealed, &p.packs); err != nil {
			return err
		}
		fn(p)
		if to == math.MaxInt64 {
			return nil
		}
		from = to + 1
	}
}

func (v *verifier) readPage(from int64) (p page, err error) {
	// each table is told where to begin: PostgreSQL merges them, and reads those that
	// are not from their first row to the page, again for each page
	rows, err := v.tx.Query(`SELECT `+eventColumns+`, `+packedColumns+` FROM event e LEFT JOIN sealed s ON s.seq = e.seq AND s.seq >= ?
		LEFT JOIN archive a ON a.first = e.seq AND a.first >= ? WHERE e.seq >= ? ORDER BY e.seq LIMIT ?`, from, from, from, pageSize)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	p.rows = make([]pageRow, 0, pageSize)
	for rows.Next() {
		e, k, err := scanPacked(rows)
		if err != nil {
			return p, err
		}
		p.rows = append(p.rows, pageRow{e, k})
	}
	return p, errors.Join(rows.Err(), rows.Close())
}

// page checks what was read.
func (v *verifier) page(p page) {
	v.lost.sealed += p.sealed
	v.lost.packs += p.packs
	for i := range p.rows {
		e, k := &p.rows[i].Event, p.rows[i].packed
		if e.Sealed != nil {
			v.lost.sealed--
		}
		if k.pack != nil {
			v.lost.packs--
		}
		v.follow(e)
		v.one(e)
		v.packed(e, k)
	}
	if n := len(p.rows); n > 0 {
		v.progress(VerifyEvents, p.rows[n-1].Seq, v.last)
	}
}

// follow checks that an event is whole and the next of its stream.
func (v *verifier) follow(e *ledger.Event) {
	follows, first := v.heads.take(e)
	if first {
		v.r.Streams++
	}
	bare := *e
	bare.Sealed = nil // see private
	if follows && bare.Check(e.Prev) == nil || v.suspects[e.Stream] {
		return
	}
	if len(v.suspects) == maxDamages {
		v.r.More++
		return
	}
	v.suspects[e.Stream] = true
}

// one counts an event and checks its private part.
func (v *verifier) one(e *ledger.Event) {
	v.private(e)
	v.r.Hashes[e.Alg]++
	v.r.Events++
}

// packed takes the pack behind the first event of a stream. Its events are linked as
// they are unpacked, so that only where they lead to is left to be checked.
func (v *verifier) packed(first *ledger.Event, p packed) {
	if p.pack == nil {
		return
	}
	events, err := p.open(*first)
	if err != nil {
		v.r.add(err.(*ledger.Damage)) // open has no other
	}
	for i := range events {
		e := &events[i]
		v.one(e)
		v.r.Archived++
		v.archive.add(e.Seq, ledger.Leaf(e.Hash))
	}
	v.heads.skip(first.Stream, p.last, p.head)
}

// chains walks the suspects again, each in the order of its versions, and says what is
// wrong with them.
func (v *verifier) chains() error {
	for _, stream := range slices.Sorted(maps.Keys(v.suspects)) {
		if err := v.chain(stream); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) chain(stream string) error {
	rows, err := v.tx.Query(`SELECT `+eventColumns+`, `+packedColumns+` FROM event e LEFT JOIN sealed s ON s.seq = e.seq LEFT JOIN archive a ON a.first = e.seq
		WHERE e.stream = ? ORDER BY e.version`, stream)
	if err != nil {
		return err
	}
	defer rows.Close()
	head := ledger.Head{Stream: stream}
	for rows.Next() {
		e, p, err := scanPacked(rows)
		if err != nil {
			return err
		}
		e.Sealed = nil // see private
		if _, err := ledger.VerifyFrom(head, []ledger.Event{e}); err != nil {
			if d, ok := errors.AsType[*ledger.Damage](err); ok {
				v.r.add(d)
			}
		}
		head = ledger.Head{Stream: stream, Version: e.Version, Hash: e.Hash}
		if p.pack != nil {
			head.Version, head.Hash = p.last, p.head
		}
	}
	return rows.Err()
}

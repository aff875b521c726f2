package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/ledger"
)

// packed is the row of a stream in the archive.
type packed struct {
	last, events int64
	head         [32]byte
	pack         []byte
}

const packedColumns = `a.last, a.events, a.head, a.pack`

// dest returns where packedColumns are scanned to, and what has to be done then.
// Nulls leave the zero packed.
func (p *packed) dest() ([]any, func()) {
	var last, events sql.NullInt64
	var head []byte
	return []any{&last, &events, &head, &p.pack}, func() {
		p.last, p.events = last.Int64, events.Int64
		copy(p.head[:], head)
	}
}

// open returns the events of the pack, which follow first. A pack that does not
// lead to the hash beside it, or holds another number than it says, is a *ledger.Damage.
func (p *packed) open(first ledger.Event) ([]ledger.Event, error) {
	damage := func(text string) error {
		return &ledger.Damage{Kind: ledger.Changed, Stream: first.Stream, Version: first.Version + 1, Seq: first.Seq, Text: text}
	}
	events, err := unpackEvents(first, p.pack)
	switch {
	case err != nil:
		return nil, damage(err.Error())
	case len(events) == 0 || int64(len(events)) != p.events || events[len(events)-1].Version != p.last:
		return nil, damage("归档的记录与登记的条数不符")
	case events[len(events)-1].Hash != p.head:
		return nil, damage("归档的记录与登记的摘要不符")
	}
	return events, nil
}

// packedAfter reads the row of the stream whose first event has this seq; ok is
// false when it is not in the archive.
func packedAfter(r scanner, seq int64) (p packed, ok bool, err error) {
	dest, done := p.dest()
	err = r.Scan(`SELECT `+packedColumns+` FROM archive a WHERE a.first = ?`, []any{seq}, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	done()
	return p, err == nil, err
}

// withPacked puts the events that lie in the archive behind the first, where the
// ones at hand leave a gap there.
func (tx *Tx) withPacked(events []ledger.Event) ([]ledger.Event, error) {
	if len(events) == 0 || events[0].Version != 1 || len(events) > 1 && events[1].Version == 2 {
		return events, nil
	}
	p, ok, err := packedAfter(tx, events[0].Seq)
	if err != nil || !ok {
		return events, err
	}
	more, err := p.open(events[0])
	return slices.Insert(events, 1, more...), err
}

// ToArchive returns closed cases that were closed on or before a day and are not in
// the archive as they stand, the oldest first, after a place of the walk.
func (tx *Tx) ToArchive(day calendar.Date, after ClosedCursor, limit int) ([]ClosedCursor, error) {
	from := ""
	if after.ID != 0 {
		from = after.On.String()
	}
	rows, err := tx.Query(`SELECT c.closed_on, c.id FROM complaint c WHERE c.archived_at IS NULL AND c.closed_on IS NOT NULL AND c.closed_on <= ?
		AND (c.closed_on > ? OR c.closed_on = ? AND c.id > ?) AND NOT c.open ORDER BY c.closed_on, c.id LIMIT ?`, day.String(), from, from, int64(after.ID), limit)
	if err != nil {
		return nil, err
	}
	return scanClosed(rows)
}

// ArchivedAt returns since when a case lies in the archive as it stands; the zero
// time when it does not.
func (tx *Tx) ArchivedAt(id complaint.ID) (time.Time, error) {
	var at sql.NullInt64
	err := tx.Scan(`SELECT archived_at FROM complaint WHERE id = ?`, []any{int64(id)}, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return timeOf(at), err
}

// ArchiveSize is what the archive holds: cases, their packed events, bytes of the packs.
type ArchiveSize struct {
	Cases  int64 `json:"cases"`
	Events int64 `json:"events"`
	Bytes  int64 `json:"bytes"`
}

// ArchiveSize returns what the archive holds.
func (tx *Tx) ArchiveSize() (a ArchiveSize, err error) {
	err = tx.Scan(`SELECT cases, events, bytes FROM archive_size`, nil, &a.Cases, &a.Events, &a.Bytes)
	return a, err
}

// Archive packs the events of cases, each from the second on, and removes them from
// the tables of the living: one unit, on the disk when it returns. Everything that
// reads a stream finds them as before. A case with an event that has no place in the
// tree yet, or with the newest of all, is left for later. It returns what was added;
// fault.Stale when something happened in one of them meanwhile.
func (s *Store) Archive(ctx context.Context, ids []complaint.ID) (ArchiveSize, error) {
	var added ArchiveSize
	err := s.Update(ctx, func(tx *Tx) error {
		added = ArchiveSize{}
		for _, id := range ids {
			last, one, err := tx.archive(id.Stream())
			if err != nil {
				return fmt.Errorf("case %d: %w", id, err)
			}
			added.Cases, added.Events, added.Bytes = added.Cases+one.Cases, added.Events+one.Events, added.Bytes+one.Bytes
			if last > 0 {
				tx.ExecOne(`UPDATE complaint SET archived_at = ? WHERE id = ? AND version = ? AND NOT open`, tx.at.UnixMicro(), int64(id), last)
			}
		}
		tx.countArchive(added)
		return nil
	})
	if err != nil {
		return ArchiveSize{}, err
	}
	return added, nil
}

func (tx *Tx) countArchive(added ArchiveSize) {
	if added != (ArchiveSize{}) {
		tx.ExecOne(`UPDATE archive_size SET cases = cases + ?, events = events + ?, bytes = bytes + ?`, added.Cases, added.Events, added.Bytes)
	}
}

// archive buffers what packs one stream. last is its last version then, 0 when it is
// left for later.
func (tx *Tx) archive(stream string) (last int64, added ArchiveSize, err error) {
	events, err := tx.Load(stream)
	if err != nil {
		return 0, added, err
	}
	defer tx.forget(stream)
	if settled, err := tx.settled(events); err != nil || !settled {
		return 0, added, err
	}
	first, end := events[0], events[len(events)-1]
	old, replace, err := packedAfter(tx, first.Seq)
	if err != nil || len(events) == 1 || old.last == end.Version {
		return end.Version, added, err
	}
	row := packed{last: end.Version, events: int64(len(events) - 1), head: end.Hash}
	if row.pack, err = packEvents(first, events[1:]); err != nil {
		return 0, added, err
	}
	var keys int64 // 0 when the stream was erased
	if err := tx.Scan(liveKeys, []any{stream}, &keys); err != nil {
		return 0, added, err
	}
	tx.lockKey(stream)
	tx.putPacked(first, row, old, replace, keys)
	tx.Exec(`DELETE FROM sealed WHERE seq IN (SELECT seq FROM event WHERE stream = ? AND version BETWEEN 2 AND ?)`, stream, row.last)
	tx.Exec(`DELETE FROM event WHERE stream = ? AND version BETWEEN 2 AND ?`, stream, row.last)
	added = ArchiveSize{Events: row.events - old.events, Bytes: int64(len(row.pack) - len(old.pack))}
	if !replace {
		added.Cases = 1
	}
	return row.last, added, nil
}

// settled reports whether events may leave their table: each has its leaf, and the
// newest of all is not among them, after which the database numbers the next.
func (tx *Tx) settled(events []ledger.Event) (bool, error) {
	if len(events) == 0 {
		return false, nil
	}
	var waiting, newest int64
	if err := tx.Scan(`SELECT count(*) FROM event e WHERE e.stream = ? AND e.seq IN (SELECT seq FROM unsequenced)`, []any{events[0].Stream}, &waiting); err != nil {
		return false, err
	}
	if err := tx.Scan(`SELECT max(seq) FROM event`, nil, &newest); err != nil {
		return false, err
	}
	return waiting == 0 && !slices.ContainsFunc(events, func(e ledger.Event) bool { return e.Seq >= newest }), nil
}

// lockKey lets an erasing of the stream by another copy of the program wait, or
// waits for it: what it destroys must not be written again.
func (tx *Tx) lockKey(stream string) {
	if tx.s.engine == postgres {
		tx.Exec(`SELECT 1 FROM stream_key WHERE stream = ? FOR UPDATE`, stream)
	}
}

const liveKeys = `SELECT count(*) FROM stream_key WHERE stream = ? AND wrapped IS NOT NULL`

// putPacked writes the row, if the stream still ends where it was read, the row is
// the one that was read, and nobody has erased the stream meanwhile.
func (tx *Tx) putPacked(first ledger.Event, row, old packed, replace bool, keys int64) {
	const still = ` NOT EXISTS (SELECT 1 FROM event WHERE stream = ? AND version > ?) AND (` + liveKeys + `) = ?`
	at := tx.at.UnixMicro()
	if replace {
		tx.ExecOne(`UPDATE archive SET last = ?, events = ?, at = ?, head = ?, pack = ? WHERE first = ? AND last = ? AND`+still,
			row.last, row.events, at, row.head[:], row.pack, first.Seq, old.last, first.Stream, row.last, first.Stream, keys)
		return
	}
	tx.ExecOne(`INSERT INTO archive (first, last, events, at, head, pack) SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS @BYTES), CAST(? AS @BYTES)
		WHERE`+still+` ON CONFLICT (first) DO NOTHING`, first.Seq, row.last, row.events, at, row.head[:], row.pack, first.Stream, row.last, first.Stream, keys)
}

// bare is the pack of a stream without its ciphertexts, and how many there were.
func (tx *Tx) bare(stream string, p packed) (parts int64, bare []byte, err error) {
	all, err := tx.Load(stream)
	if err != nil {
		return 0, nil, err
	}
	events := all[1 : p.events+1]
	for i := range events {
		if events[i].Sealed != nil {
			parts++
			events[i].Sealed = nil
		}
	}
	bare, err = packEvents(all[0], events)
	return parts, bare, err
}

// eachPacked calls fn for the events of all packs, private parts sealed, and broken
// for each pack that cannot be read.
func (tx *Tx) eachPacked(fn func(ledger.Event), broken func()) error {
	for after := int64(0); ; {
		next, err := tx.packsAfter(after, 100, fn, broken)
		if err != nil || next == after {
			return err
		}
		after = next
	}
}

// packsAfter walks at most limit packs after the seq of a first event and returns
// that of the last.
func (tx *Tx) packsAfter(after int64, limit int, fn func(ledger.Event), broken func()) (int64, error) {
	rows, err := tx.Query(`SELECT `+eventColumns+`, `+packedColumns+` FROM archive a JOIN event e ON e.seq = a.first AND e.seq > ? LEFT JOIN sealed s ON s.seq = e.seq AND s.seq > ?
		WHERE a.first > ? ORDER BY a.first LIMIT ?`, after, after, after, limit) // all three: see readPage
	if err != nil {
		return after, err
	}
	defer rows.Close()
	var all []ledger.Event
	for rows.Next() {
		e, p, err := scanPacked(rows)
		if err != nil {
			return after, err
		}
		after = e.Seq
		events, err := p.open(e)
		if err != nil {
			broken()
		}
		all = append(all, events...)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return after, err
	}
	for _, e := range all { // after the rows are closed: fn may query
		fn(e)
	}
	return after, nil
}

// scanPacked reads a row of eventColumns and packedColumns.
func scanPacked(rows *sql.Rows) (ledger.Event, packed, error) {
	var p packed
	dest, done := p.dest()
	e, err := scanEvent(rows, dest...)
	done()
	return e, p, err
}

// actedIn reports whether somebody has done anything in a stream.
func (tx *Tx) actedIn(stream, who string) (bool, error) {
	var n int64
	err := tx.Scan(`SELECT count(*) FROM event WHERE stream = ? AND by_ = ?`, []any{stream, who}, &n)
	if err != nil || n > 0 {
		return n > 0, err
	}
	events, err := tx.Load(stream)
	return slices.ContainsFunc(events, func(e ledger.Event) bool { return e.By == who }), err
}

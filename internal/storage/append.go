package storage

import (
	"database/sql"
	"errors"
	"strconv"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/seal"
)

// pending is an event ready to be inserted: encoded, sealed and linked outside
// of the writer, so that the writer only runs inserts.
type pending struct {
	event   ledger.Event
	wrapped []byte // the stream's new key, nil when it has one
	gen     int64  // of the master key that wraps it
}

// seal seals the private part under the stream's key.
func (p *pending) seal(s *Store, key seal.CaseKey, fresh bool, private []byte) (err error) {
	e := &p.event
	if fresh {
		if p.wrapped, p.gen, err = s.keys.WrapIn(s.rand, key, keyAAD(e.Stream)); err != nil {
			return err
		}
	}
	e.Sealed, err = key.Seal(s.rand, private, sealAAD(e))
	return err
}

// sealAAD binds a ciphertext to its event: moved to another it does not open.
func sealAAD(e *ledger.Event) string {
	return e.Stream + "/" + strconv.FormatInt(e.Version, 10) + "/" + e.Kind
}

const eventColumns = `e.seq, e.stream, e.version, e.kind, e.at, e.by_, e.body, e.sealed_sum, e.prev, e.hash, e.alg, s.ct`

// scanEvent reads a row of eventColumns and what stands behind them into more.
func scanEvent(rows *sql.Rows, more ...any) (e ledger.Event, err error) {
	var at int64
	var sum, prev, hash []byte
	err = rows.Scan(append([]any{&e.Seq, &e.Stream, &e.Version, &e.Kind, &at, &e.By, &e.Body, &sum, &prev, &hash, &e.Alg, &e.Sealed}, more...)...)
	e.At = time.UnixMicro(at).UTC()
	copy(e.SealedSum[:], sum)
	copy(e.Prev[:], prev)
	copy(e.Hash[:], hash)
	return e, err
}

// Load returns the events of a stream in order, none for one that does not exist,
// with the private parts still sealed (see Open). It walks the chain: a stream
// that was tampered with is refused with a *ledger.Damage inside, never folded.
// The Tx remembers the head, so that Append needs no further read.
func (tx *Tx) Load(stream string) ([]ledger.Event, error) {
	events, ahead := tx.ahead[stream]
	if delete(tx.ahead, stream); !ahead {
		var err error
		if events, err = tx.eventsOf(`e.stream = ? ORDER BY e.version`, stream); err != nil {
			return nil, err
		}
	}
	events, err := tx.withPacked(events)
	head, damage := ledger.VerifyFrom(ledger.Head{Stream: stream}, events)
	if err == nil {
		err = damage
	}
	if _, damaged := errors.AsType[*ledger.Damage](err); err != nil && !damaged {
		return nil, err
	}
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "这份档案的台账记录与校验值不符，可能被改动过，已停止使用。请管理员运行 xiaobao verify 查明。")
	}
	tx.setHead(head)
	return events, nil
}

// eventsOf reads events as they stand in their table.
func (tx *Tx) eventsOf(where string, args ...any) (events []ledger.Event, err error) {
	rows, err := tx.Query(`SELECT `+eventColumns+` FROM event e LEFT JOIN sealed s ON s.seq = e.seq WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, errors.Join(rows.Err(), rows.Close())
}

// readAhead reads the events and keys of some streams at once, so that the next Load of
// each, and opening what it gives, ask for none of them.
func (tx *Tx) readAhead(streams []any) error {
	events, err := tx.eventsOf(`e.stream IN `+marks(len(streams))+` ORDER BY e.stream, e.version`, streams...)
	if err != nil {
		return err
	}
	tx.ahead = make(map[string][]ledger.Event, len(streams))
	for rest := events; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Stream == rest[0].Stream {
			n++
		}
		tx.ahead[rest[0].Stream], rest = rest[:n:n], rest[n:]
	}
	return tx.learnKeys(streams)
}

func (tx *Tx) setHead(h ledger.Head) {
	if tx.heads == nil {
		tx.heads = make(map[string]ledger.Head)
	}
	tx.heads[h.Stream] = h
}

// Open returns the private part of an event: nil when it has none or it has been erased.
func (tx *Tx) Open(e ledger.Event) ([]byte, error) {
	if e.Sealed == nil {
		return nil, nil
	}
	k, err := tx.key(e.Stream, false)
	if err != nil || k.erased {
		return nil, err
	}
	return k.key.Open(e.Sealed, sealAAD(&e))
}

// Decode opens the private part and fills v, a pointer to a zero value, with both parts.
func (tx *Tx) Decode(e ledger.Event, v any) error {
	private, err := tx.Open(e)
	if err != nil {
		return err
	}
	return ledger.Decode(e.Body, private, v)
}

// key returns a stream's key; new says that the stream cannot have one yet.
func (tx *Tx) key(stream string, isNew bool) (streamKey, error) {
	if k, ok := tx.keys[stream]; ok {
		return k, nil
	}
	var k streamKey
	var err error
	if isNew {
		k.fresh = true
		k.key, err = seal.NewCaseKey(tx.s.rand, tx.s.keys.Suite())
	} else {
		k.key, k.fresh, err = tx.s.streamKey(tx, stream)
	}
	if errors.Is(err, errErased) {
		k, err = streamKey{erased: true}, nil
	}
	if err != nil {
		return k, err
	}
	if tx.keys == nil {
		tx.keys = make(map[string]streamKey)
	}
	tx.keys[stream] = k
	return k, nil
}

// Append buffers an event. version is the number the event gets: 1 for the first
// of a stream, else that of the event before it plus one. Fields of body tagged
// `seal:"true"` are sealed under the stream's key. An event that does not follow
// the head of the snapshot is refused here as fault.Stale; one that somebody else
// wins the race for, by Update. Version 1 needs no read, and a stream that was
// loaded or appended to in this Tx neither.
func (tx *Tx) Append(stream string, version int64, by, kind string, body any) error {
	head, err := tx.headBefore(stream, version)
	if err != nil {
		return err
	}
	public, private, err := ledger.Encode(body)
	if err != nil {
		return err
	}
	p := &pending{event: ledger.Event{Stream: stream, Version: version, Kind: kind, By: by, At: tx.at, Body: public}}
	if private != nil {
		if err := tx.sealPrivate(p, private); err != nil {
			return err
		}
	}
	p.event.LinkAs(tx.s.hash, head.Hash)
	tx.buffer(op{event: p})
	tx.setHead(ledger.Head{Stream: stream, Version: version, Hash: p.event.Hash})
	return nil
}

func (tx *Tx) sealPrivate(p *pending, private []byte) error {
	stream := p.event.Stream
	k, err := tx.key(stream, p.event.Version == 1)
	if err != nil {
		return err
	}
	if k.erased {
		return errErased
	}
	if err := p.seal(tx.s, k.key, k.fresh, private); err != nil {
		return err
	}
	k.fresh = false
	tx.keys[stream] = k
	return nil
}

// AppendNext is Append at whatever version comes next in the snapshot. It returns
// that version.
func (tx *Tx) AppendNext(stream, by, kind string, body any) (int64, error) {
	head, ok := tx.heads[stream]
	if !ok {
		var err error
		if head, err = readHead(tx, stream); err != nil {
			return 0, err
		}
		tx.setHead(head)
	}
	return head.Version + 1, tx.Append(stream, head.Version+1, by, kind, body)
}

// AppendTail buffers an event for a stream that many append to and nobody edits,
// such as the access log: its version is given in the writer and never conflicts.
func (tx *Tx) AppendTail(stream, by, kind string, body any) error {
	public, private, err := ledger.Encode(body)
	if err != nil {
		return err
	}
	tx.buffer(op{tail: &tail{ledger.Event{Stream: stream, Kind: kind, By: by, At: tx.at, Body: public}, private}})
	return nil
}

// headBefore returns the head that an event of this version has to follow.
func (tx *Tx) headBefore(stream string, version int64) (ledger.Head, error) {
	head, ok := tx.heads[stream]
	if !ok && version == 1 {
		return ledger.Head{Stream: stream}, nil
	}
	if !ok {
		var err error
		if head, err = readHead(tx, stream); err != nil {
			return head, err
		}
	}
	if head.Version != version-1 {
		return head, stale()
	}
	return head, nil
}

// Head returns the last version of a stream and its hash; version 0 when there is none.
func (tx *Tx) Head(stream string) (ledger.Head, error) { return readHead(tx, stream) }

func readHead(r scanner, stream string) (ledger.Head, error) {
	h := ledger.Head{Stream: stream}
	var hash []byte
	var seq int64
	err := r.Scan(`SELECT version, hash, seq FROM event WHERE stream = ? ORDER BY version DESC LIMIT 1`, []any{stream}, &h.Version, &hash, &seq)
	if err == nil && h.Version == 1 { // the rest may lie in the archive
		if err = r.Scan(`SELECT last, head FROM archive WHERE first = ?`, []any{seq}, &h.Version, &hash); errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return h, nil
	}
	copy(h.Hash[:], hash)
	return h, err
}

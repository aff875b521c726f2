package storage

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

const (
	// sequenceDelay lets some groups gather before they get leaves: one small write
	// for all of them instead of one each. Verify and Checkpoint do not depend on it.
	sequenceDelay = 100 * time.Millisecond
	// sequenceBatch bounds one pass, so that the writer is held for a few milliseconds only.
	sequenceBatch = 2048
	// sequenceMost bounds it while each pass finds more than it takes: beside large units
	// a pass gets the writer as often as one of them does, and must not fall behind.
	sequenceMost = 8 * sequenceBatch
	// sequenceTries is how often a pass may lose against other processes before it is an
	// error; it waits longer each time, up to sequenceWait, half a minute in all.
	sequenceTries = 170
	sequenceWait  = 200 * time.Millisecond
	// checkpointEvery is how often a grown tree is signed without being asked.
	checkpointEvery = 10 * time.Minute
)

// sequencer gives committed events their places in the tree over all events. Any
// number of processes may try: a pass counts only when the size of the tree is
// still the one that it started from, so exactly one wins.
type sequencer struct {
	s      *Store
	turn   chan struct{} // held by who is catching up: one at a time in this process
	signal chan struct{}
	quit   chan struct{}
	done   chan struct{}
	closer sync.Once
}

func newSequencer(s *Store) *sequencer {
	q := &sequencer{s: s, turn: make(chan struct{}, 1), signal: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	q.wake() // what a killed process left
	go q.loop()
	return q
}

// wake says that there are new events.
func (q *sequencer) wake() {
	select {
	case q.signal <- struct{}{}:
	default:
	}
}

// close runs a last pass, so that a stopped database has a leaf for every event.
func (q *sequencer) close() {
	q.closer.Do(func() { close(q.quit) })
	<-q.done
}

func (q *sequencer) loop() {
	defer close(q.done)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	ctx := context.Background()
	for {
		var err error
		select {
		case <-q.quit:
			q.report(q.catchUp(ctx))
			return
		case <-tick.C:
			if _, err = q.s.Checkpoint(ctx); err == nil {
				err = q.settleWhenIdle(ctx)
			}
		case <-q.signal:
			q.pause()
			err = q.catchUp(ctx)
		}
		q.report(err)
	}
}

func (q *sequencer) pause() {
	select {
	case <-time.After(sequenceDelay):
	case <-q.quit:
	}
}

func (q *sequencer) report(err error) {
	if err != nil {
		q.s.log.Error("storage: sequencing events", "err", err)
	}
}

// catchUp gives every committed event a leaf.
func (q *sequencer) catchUp(ctx context.Context) error {
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for lost, most := 0, sequenceBatch; ; {
		n, err := q.pass(ctx, most)
		if fault.Is(err, fault.Stale) && lost < sequenceTries {
			lost++ // another process moved the tree on: let it finish
			select {
			case <-time.After(min(time.Duration(lost)*4*time.Millisecond, sequenceWait)):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil || n == 0 {
			return err
		}
		lost = 0
		if n == most {
			most = min(2*most, sequenceMost)
		}
	}
}

// pass gives leaves to at most so many events and returns to how many.
func (q *sequencer) pass(ctx context.Context, most int) (int, error) {
	g := growth{most: most}
	err := q.s.View(ctx, func(tx *Tx) error { return g.plan(tx) })
	if err != nil || len(g.seqs) == 0 {
		return 0, err
	}
	return len(g.seqs), q.s.Write(ctx, g.store)
}

// growth is one step of the tree: what is added and the rows to be written.
type growth struct {
	most   int   // events
	size   int64 // before
	seqs   []int64
	leaves map[int64][]byte // rows of leaf, whole
	hashes map[int64][]byte // rows of tree_hash, whole
}

func (g *growth) plan(tx *Tx) error {
	events, err := g.unsequenced(tx)
	if err != nil || len(events) == 0 {
		return err
	}
	return g.place(tx, events)
}

// place plans the rows of the tree for the events of g.seqs, whose hashes are given.
func (g *growth) place(tx *Tx, events [][32]byte) error {
	size, err := readMetaInt(tx, "tree_size")
	if err != nil {
		return err
	}
	g.size = size
	tree := &packs{r: tx, q: readHashes, width: hashesPerPack, item: 32}
	fresh, err := ledger.AppendLeaves(size, events, tree.hashes)
	if err != nil {
		return err
	}
	flat := make([]byte, 0, len(fresh)*32)
	for _, h := range fresh {
		flat = append(flat, h[:]...)
	}
	if g.hashes, err = tree.extend(ledger.StoredCount(size), flat); err != nil {
		return err
	}
	places := make([]byte, 0, len(g.seqs)*8)
	for _, seq := range g.seqs {
		places = binary.BigEndian.AppendUint64(places, uint64(seq))
	}
	leaves := &packs{r: tx, q: readLeaves, width: seqsPerPack, item: 8}
	g.leaves, err = leaves.extend(size, places)
	return err
}

// unsequenced reads the next events without a leaf. They are chosen before they are
// joined: else PostgreSQL, once many had none, walks through all events from the
// first to find them, and never catches up.
func (g *growth) unsequenced(tx *Tx) (hashes [][32]byte, err error) {
	rows, err := tx.Query(`SELECT e.seq, e.hash FROM (SELECT seq FROM unsequenced ORDER BY seq LIMIT ?) u JOIN event e ON e.seq = u.seq ORDER BY e.seq`, g.most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var b sql.RawBytes
		if err := rows.Scan(&seq, &b); err != nil {
			return nil, err
		}
		var h [32]byte
		copy(h[:], b)
		g.seqs, hashes = append(g.seqs, seq), append(hashes, h)
	}
	return hashes, rows.Err()
}

// store writes the step if the tree still has the size that it was planned for.
func (g *growth) store(w *Writer) error {
	q := `UPDATE meta SET value = ? WHERE key = 'tree_size' AND value = ?`
	if w.s.engine == postgres {
		// not waiting: another process may hold the row until a large group is written, and
		// the whole group of this one would stand still, only to learn that it lost
		q = `UPDATE meta SET value = ? WHERE key IN (SELECT key FROM meta WHERE key = 'tree_size' AND value = ? FOR UPDATE SKIP LOCKED)`
	}
	n, err := w.Exec(q, metaInt(g.size+int64(len(g.seqs))), metaInt(g.size))
	if err != nil {
		return err
	}
	if n != 1 {
		return stale()
	}
	for pack, b := range g.hashes {
		if _, err := w.Exec(`INSERT INTO tree_hash (pack, hashes) VALUES (?, ?) ON CONFLICT (pack) DO UPDATE SET hashes = excluded.hashes`, pack, b); err != nil {
			return err
		}
	}
	for pack, b := range g.leaves {
		if _, err := w.Exec(`INSERT INTO leaf (pack, seqs) VALUES (?, ?) ON CONFLICT (pack) DO UPDATE SET seqs = excluded.seqs`, pack, b); err != nil {
			return err
		}
	}
	return g.settle(w)
}

// settle takes the events out of unsequenced: a mark on SQLite, rows on PostgreSQL.
func (g *growth) settle(w *Writer) error {
	if w.s.engine == sqlite {
		_, err := w.Exec(`UPDATE meta SET value = ? WHERE key = 'last_leaf'`, metaInt(g.seqs[len(g.seqs)-1]))
		return err
	}
	_, err := w.Exec(`DELETE FROM unsequenced WHERE seq = ANY (?)`, g.seqs)
	return err
}

// Checkpoint gives every committed event a leaf, signs the head of the tree and
// returns the note: the text to be kept outside of the installation. Asking again
// without new events returns the same note.
func (s *Store) Checkpoint(ctx context.Context) ([]byte, error) {
	if err := s.seq.catchUp(ctx); err != nil {
		return nil, err
	}
	var signed []byte
	err := s.Update(ctx, func(tx *Tx) (err error) {
		signed, err = s.sign(tx)
		return err
	})
	return signed, err
}

// sign returns the checkpoint of the tree as tx sees it, and buffers a new one.
func (s *Store) sign(tx *Tx) ([]byte, error) {
	size, err := readMetaInt(tx, "tree_size")
	if err != nil {
		return nil, err
	}
	var old string
	err = tx.Scan(`SELECT note FROM checkpoint WHERE size = ?`, []any{size}, &old)
	if err == nil {
		return []byte(old), nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	root, err := ledger.Root(size, (&packs{r: tx, q: readHashes, width: hashesPerPack, item: 32}).hashes)
	if err != nil {
		return nil, err
	}
	signed, err := s.signer.SignCheckpoint(size, root, tx.at)
	if err == nil {
		tx.Exec(`INSERT INTO checkpoint (size, at, note) VALUES (?, ?, ?) ON CONFLICT (size) DO NOTHING`, size, tx.at.UnixMicro(), string(signed))
	}
	return signed, err
}

package storage

import (
	"context"
	"sync"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

const (
	masterBegunKind   = "master.changing"
	masterChangedKind = "master.changed"
	// rewrapBatch is how many keys are wrapped anew in one unit of the writer.
	rewrapBatch = 500
	// watchEvery is how often a running program looks whether the master key is being changed.
	watchEvery = time.Second
)

// MasterSettles is how long a change waits until every program has taken the new key up.
const MasterSettles = 3 * watchEvery

// NewestMaster reports whether a key is the newest of those that open the database.
func (s *Store) NewestMaster(ctx context.Context, master [32]byte) (newest bool, err error) {
	k, err := seal.NewKeys(master)
	if err != nil {
		return false, err
	}
	err = s.View(ctx, func(tx *Tx) error {
		rows, err := readMasters(tx)
		if err != nil || len(rows) == 0 {
			return err
		}
		last := rows[len(rows)-1]
		_, err = k.OpenRoot(last.bundle, rootAAD(last.gen))
		newest = err == nil
		return nil
	})
	return newest, err
}

// MasterChange is the body of the events that record a change of the master key.
type MasterChange struct {
	From int64 `json:"from"`           // generations
	To   int64 `json:"to"`             //
	Keys int64 `json:"keys,omitempty"` // keys of streams that there were, all under the new one
}

// MasterStatus says how the master key stands.
func (s *Store) MasterStatus(ctx context.Context) (st MasterStatus, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		rows, err := readMasters(tx)
		if err != nil || len(rows) == 0 {
			return err
		}
		m := rows[len(rows)-1]
		st = MasterStatus{Generation: m.gen, Since: time.UnixMicro(m.at).UTC(), Changing: len(rows) > 1, Legacy: m.legacy}
		return tx.Scan(`SELECT count(*) FROM stream_key WHERE wrapped IS NOT NULL AND coalesce(gen, 1) < ?`, []any{m.gen}, &st.Left)
	})
	return st, err
}

// BeginMasterChange makes a second master key open the database. From here on both
// do, and programs that run take the new one up within watchEvery. A change that was
// begun with the same key goes on; with another one it is a Conflict.
func (s *Store) BeginMasterChange(ctx context.Context, master [32]byte) error {
	fresh, err := seal.NewKeys(master)
	if err != nil {
		return err
	}
	err = s.Write(ctx, func(w *Writer) error {
		rows, err := readMasters(w)
		if err != nil {
			return err
		}
		last := rows[len(rows)-1]
		if len(rows) > 1 {
			return sameChange(fresh, last)
		}
		return w.beginMasterChange(fresh.Clone(), last)
	})
	if err != nil {
		return err
	}
	return s.lookAtMasters(ctx)
}

func sameChange(fresh *seal.Keys, last masterRow) error {
	if _, err := fresh.OpenRoot(last.bundle, rootAAD(last.gen)); err != nil {
		return fault.New(fault.Conflict, "已有一次没有完成的更换，用的是另一把新主密钥。请把那一次的新主密钥文件放回原处再运行。")
	}
	return nil
}

func (w *Writer) beginMasterChange(fresh *seal.Keys, last masterRow) error {
	gen, old := last.gen+1, w.s.keys
	if _, err := fresh.OpenRoot(last.bundle, rootAAD(last.gen)); err == nil {
		return fault.New(fault.Conflict, "新主密钥与现在的相同。请换一把再运行。")
	}
	rooted, err := fresh.WithRoot(old.Root())
	if err != nil {
		return err
	}
	bundle, err := rooted.SealRoot(w.s.rand, rootAAD(gen))
	if err != nil {
		return err
	}
	back, err := rooted.Bridge(w.s.rand, old, bridgeAAD(gen))
	if err != nil {
		return err
	}
	ahead, err := old.Bridge(w.s.rand, rooted, bridgeAAD(last.gen))
	if err != nil {
		return err
	}
	if _, err := w.Exec(`UPDATE master_key SET bridge = ? WHERE gen = ?`, ahead, last.gen); err != nil {
		return err
	}
	if _, err := w.Exec(`INSERT INTO master_key (gen, bundle, bridge, legacy, at) VALUES (?, ?, ?, ?, ?)`, gen, bundle, back, last.legacy, w.at.UnixMicro()); err != nil {
		return err
	}
	_, err = w.AppendTail(keysStream, party.System.ID, masterBegunKind, MasterChange{From: last.gen, To: gen})
	return err
}

// wrappedKey is a stream's key as it stands.
type wrappedKey struct {
	stream  string
	wrapped []byte
}

// RewrapStreams wraps the keys of all streams under the newest master key, batch by
// batch, beside whatever else goes on. Broken off, it goes on where it was: what is
// done is not done again. It returns how many it wrapped.
func (s *Store) RewrapStreams(ctx context.Context, progress func(done, total int64)) (done int64, err error) {
	st, err := s.MasterStatus(ctx)
	if err != nil {
		return 0, err
	}
	for last := ""; ; {
		batch, err := s.staleKeys(ctx, last, st.Generation)
		if err != nil || len(batch) == 0 {
			return done, err
		}
		n, err := s.rewrap(ctx, batch, st.Generation)
		if done += n; err != nil {
			return done, err
		}
		last = batch[len(batch)-1].stream
		if progress != nil {
			progress(done, st.Left)
		}
	}
}

func (s *Store) staleKeys(ctx context.Context, after string, gen int64) (out []wrappedKey, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT stream, wrapped FROM stream_key WHERE stream > ? AND wrapped IS NOT NULL AND coalesce(gen, 1) < ? ORDER BY stream LIMIT ?`, after, gen, rewrapBatch)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k wrappedKey
			if err := rows.Scan(&k.stream, &k.wrapped); err != nil {
				return err
			}
			out = append(out, k)
		}
		return rows.Err()
	})
	return out, err
}

// rewrap writes a batch as one unit. A key that was erased meanwhile stays erased.
func (s *Store) rewrap(ctx context.Context, batch []wrappedKey, gen int64) (done int64, err error) {
	var list []stmt
	for _, k := range batch {
		b, err := s.keys.Rewrap(s.rand, k.wrapped, keyAAD(k.stream))
		if err != nil {
			return 0, err
		}
		if b == nil { // under the newest already, by a program that did not say so
			b = k.wrapped
		}
		list = append(list, stmt{q: `UPDATE stream_key SET wrapped = ?, alg = ?, gen = ? WHERE stream = ? AND wrapped IS NOT NULL AND coalesce(gen, 1) < ?`,
			args: []any{b, keyAlg(b), gen, k.stream, gen}})
	}
	err = s.Write(ctx, func(w *Writer) error {
		if err := w.savepoint(); err != nil {
			return err
		}
		touched, err := w.g.run(context.Background(), list)
		done = 0
		for _, n := range touched {
			done += n
		}
		return err
	})
	return done, err
}

// FinishMasterChange ends a change: the old master key opens nothing from here on. It
// refuses while a key is not wrapped under the new one.
func (s *Store) FinishMasterChange(ctx context.Context) (change MasterChange, err error) {
	err = s.Write(ctx, func(w *Writer) error {
		rows, err := readMasters(w)
		if err != nil {
			return err
		}
		if len(rows) < 2 {
			return fault.New(fault.Conflict, "没有正在进行的主密钥更换。")
		}
		change = MasterChange{From: rows[0].gen, To: rows[len(rows)-1].gen}
		return w.finishMasterChange(&change)
	})
	if err == nil {
		s.keys.Forget()
	}
	return change, err
}

func (w *Writer) finishMasterChange(c *MasterChange) error {
	if w.s.engine == postgres {
		// Waits for those who are storing a key under the old one, then keeps them off.
		if _, err := w.Exec(`SELECT gen FROM master_key WHERE gen = ? FOR UPDATE`, c.From); err != nil {
			return err
		}
	}
	var left int64
	if err := w.Scan(`SELECT count(*) FROM stream_key WHERE wrapped IS NOT NULL AND coalesce(gen, 1) < ?`, []any{c.To}, &left); err != nil {
		return err
	}
	if left > 0 {
		return fault.New(fault.Conflict, "还有 %d 把密钥没有换到新主密钥下。请再运行一次。", left)
	}
	if err := w.Scan(`SELECT count(*) FROM stream_key WHERE wrapped IS NOT NULL`, nil, &c.Keys); err != nil {
		return err
	}
	if _, err := w.Exec(`UPDATE stream_key SET gen = NULL WHERE wrapped IS NULL AND gen IS NOT NULL`); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM master_key WHERE gen < ?`, `UPDATE master_key SET bridge = NULL WHERE gen = ?`} {
		if _, err := w.Exec(q, c.To); err != nil {
			return err
		}
	}
	_, err := w.AppendTail(keysStream, party.System.ID, masterChangedKind, *c)
	return err
}

// lookAtMasters takes up a change that another program has begun or ended.
func (s *Store) lookAtMasters(ctx context.Context) error {
	var rows []masterRow
	err := s.View(ctx, func(tx *Tx) (err error) {
		rows, err = readMasters(tx)
		return err
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	newest := rows[len(rows)-1].gen
	if len(rows) > 1 && !s.keys.Knows(newest) {
		return s.cross(rows[0], rows)
	}
	if len(rows) == 1 && s.keys.Knows(newest) {
		s.keys.Forget()
	}
	return nil
}

// keyWatch looks now and then whether the master key is being changed, so that a
// program that runs wraps under the new one before the old one goes.
type keyWatch struct {
	quit, done chan struct{}
	closer     sync.Once
}

func newKeyWatch(s *Store) *keyWatch {
	k := &keyWatch{quit: make(chan struct{}), done: make(chan struct{})}
	go k.loop(s)
	return k
}

func (k *keyWatch) loop(s *Store) {
	defer close(k.done)
	if s.upTo > 0 && s.upTo < masterTables {
		return
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-k.quit:
			return
		case <-tick.C:
			ctx, cancel := context.WithTimeout(context.Background(), watchEvery)
			if err := s.lookAtMasters(ctx); err != nil {
				s.log.Debug("storage: cannot look at the master keys", "err", err)
			}
			cancel()
		}
	}
}

func (k *keyWatch) close() {
	k.closer.Do(func() { close(k.quit) })
	<-k.done
}

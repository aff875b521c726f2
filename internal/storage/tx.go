package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/seal"
)

// Tx is one snapshot of the database and, in Update, the writes that are to be
// made if nobody comes between. It belongs to one goroutine.
type Tx struct {
	ctx   context.Context
	s     *Store
	sql   *sql.Tx
	at    time.Time
	write bool
	ended bool
	heads map[string]ledger.Head
	keys  map[string]streamKey
	ahead map[string][]ledger.Event // see readAhead
	ops   []op
	index []indexOp
	runs  map[int64]partRun // of the text index, see runBelow

	outset outset
}

// streamKey is a stream's key as far as this Tx knows it.
type streamKey struct {
	key    seal.CaseKey
	fresh  bool // made here, not stored yet
	erased bool
}

// op is one buffered write: an event, a tail event or a statement.
type op struct {
	event *pending
	tail  *tail
	q     string
	args  []any
	one   bool // exactly one row must be touched
}

type tail struct {
	event   ledger.Event
	private []byte
}

// View runs fn on a snapshot: all its reads see the same state. fn cannot write.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	return explain(s.snapshot(ctx, false, fn))
}

// Update runs fn on a snapshot and collects its Append, Exec and Index calls;
// when fn returns nil they are handed to the grouped writer as one unit: stored
// whole and on the disk when Update returns nil, or not at all. Reads do not see
// the unit's own writes, except Load's heads. When somebody has appended to a
// stream in between, the answer is fault.Stale and fn may be tried again.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	var tx *Tx
	err := s.snapshot(ctx, true, func(t *Tx) error {
		tx = t
		return fn(t)
	})
	if err != nil {
		return explain(err)
	}
	if len(tx.ops) == 0 && len(tx.index) == 0 {
		return nil
	}
	return s.group.submit(ctx, tx.flush)
}

// snapshot runs fn with a Tx whose snapshot begins with its first read, so that a
// Tx that only writes costs no reader.
func (s *Store) snapshot(ctx context.Context, write bool, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &Tx{ctx: ctx, s: s, at: micros(s.now()), write: write}
	defer tx.end()
	return fn(tx)
}

// reader returns the snapshot's transaction.
func (tx *Tx) reader() (*sql.Tx, error) {
	if tx.sql != nil {
		return tx.sql, nil
	}
	if tx.ended {
		return nil, errors.New("storage: Tx used after its function returned")
	}
	opts := sql.TxOptions{ReadOnly: true} // SQLite readers cannot write anyway
	if tx.s.engine == postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	select {
	case tx.s.slots <- struct{}{}:
	case <-tx.ctx.Done():
		return nil, tx.ctx.Err()
	}
	var err error
	for range idleReaders + 1 { // after a failover each idle connection may be met in turn; nothing was read yet
		if tx.sql, err = tx.s.read.BeginTx(tx.ctx, &opts); classify(err) != gone {
			break
		}
	}
	if err != nil {
		tx.sql = nil
		<-tx.s.slots
	}
	return tx.sql, err
}

func (tx *Tx) end() {
	tx.ended = true
	if tx.sql != nil {
		_ = tx.sql.Rollback()
		tx.sql = nil
		<-tx.s.slots
	}
}

// flush writes what the Tx collected. It runs in the writing goroutine.
func (tx *Tx) flush(w *Writer) error { return tx.flushOps(w, true) }

// flushOps writes it; last says that the unit ends with it.
func (tx *Tx) flushOps(w *Writer, last bool) error {
	if err := w.runOps(tx.ops, last); err != nil {
		return err
	}
	w.u.index = append(w.u.index, tx.index...)
	return nil
}

func (o *op) run(w *Writer) error {
	switch {
	case o.event != nil:
		return w.insert(o.event)
	case o.tail != nil:
		_, err := w.appendTail(o.tail.event, o.tail.private)
		return err
	}
	n, err := w.Exec(o.q, o.args...)
	if err == nil && o.one && n != 1 {
		return stale()
	}
	return err
}

func stale() error {
	return fault.New(fault.Stale, "刚才有人先改动了这条记录，您的改动没有保存。请刷新后看过最新内容再提交。")
}

// Now is the time of the Tx, fixed for all of it: UTC, microseconds.
func (tx *Tx) Now() time.Time { return tx.at }

// Context is the caller's context.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Query runs a query with ? placeholders on the snapshot. On PostgreSQL the rows
// must be read or closed before the next query.
func (tx *Tx) Query(q string, args ...any) (*sql.Rows, error) {
	t, err := tx.reader()
	if err != nil {
		return nil, err
	}
	q = tx.s.queries.bind(q)
	if st := tx.s.prepared(tx.ctx, q); st != nil {
		return t.StmtContext(tx.ctx, st).QueryContext(tx.ctx, args...)
	}
	return t.QueryContext(tx.ctx, q, args...)
}

// Scan reads the first row of a query into dest; sql.ErrNoRows when there is none.
func (tx *Tx) Scan(q string, args []any, dest ...any) error {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return err
	}
	return scanOne(rows, dest)
}

// OneRow is the first row of a query that has not been read yet.
type OneRow struct {
	rows *sql.Rows
	err  error
}

// Scan reads the row into dest; sql.ErrNoRows when there is none.
func (r OneRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return scanOne(r.rows, dest)
}

// QueryRow runs a query of which one row is wanted. Scan must be called.
func (tx *Tx) QueryRow(q string, args ...any) OneRow {
	rows, err := tx.Query(q, args...)
	return OneRow{rows, err}
}

// Exec buffers a statement of the unit. It runs after fn has returned, in the
// order of the calls; its error becomes that of Update.
func (tx *Tx) Exec(q string, args ...any) { tx.buffer(op{q: q, args: args}) }

// ExecOne is Exec for a statement that must touch exactly one row, such as
// UPDATE ... WHERE id = ? AND version = ?; else the unit fails as fault.Stale.
func (tx *Tx) ExecOne(q string, args ...any) { tx.buffer(op{q: q, args: args, one: true}) }

func (tx *Tx) buffer(o op) {
	if !tx.write {
		panic("storage: write in a View")
	}
	tx.ops = append(tx.ops, o)
}

// preparedMax bounds the statements kept for the readers: texts are constant, so
// that only a text built at run time could exceed it, and that is then not kept.
const preparedMax = 512

// prepared returns the readers' prepared statement of a text, or nil when it
// should be sent as it is: pgx keeps its own.
func (s *Store) prepared(ctx context.Context, q string) *sql.Stmt {
	if s.engine == postgres {
		return nil
	}
	if st, ok := s.stmts.Load(q); ok {
		return st.(*sql.Stmt)
	}
	if s.stmtCount.Load() >= preparedMax {
		return nil
	}
	st, err := s.read.PrepareContext(ctx, q)
	if err != nil {
		return nil
	}
	if old, loaded := s.stmts.LoadOrStore(q, st); loaded {
		_ = st.Close()
		return old.(*sql.Stmt)
	}
	s.stmtCount.Add(1)
	return st
}

func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"xiaobao/internal/fault"
)

const (
	// groupUnits bounds how many units share a commit: beyond some hundred the
	// fsync is a small part of each, and the first in the group waits for the last.
	groupUnits = 256
	// groupTime bounds how long the first unit of a group waits for others that
	// are already queued. There is no artificial delay: a lone unit is committed at once.
	groupTime = 40 * time.Millisecond
	// groupQueue is how many units may wait before callers block in submit.
	groupQueue = 1024
	// groupStatements bounds the prepared statements kept on the connection.
	groupStatements = 512
)

var errClosed = fault.New(fault.Unavailable, "程序正在停止，操作没有保存。请稍后再试。")

// group is the one goroutine that writes. It takes the units that are queued,
// runs each under a savepoint in one transaction, commits (one fsync) and then
// acknowledges all. A unit that fails is rolled back alone; when the commit
// fails, every unit of the group gets the error and nothing of it is stored.
type group struct {
	s      *Store
	queue  chan *unit
	quit   chan struct{} // closed by close: no new units
	done   chan struct{} // closed when the goroutine has ended
	closer sync.Once
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
	parts  map[int64]bool // of the text index, known to be there; see makeParts
}

// unit is what one caller wants written or not at all.
type unit struct {
	run      func(*Writer) error // may run a second time on a fresh connection
	index    []indexOp           // search rows of the last run, written at the end of the group
	appended bool                // the last run appended events
	err      error
	done     chan struct{}
	state    atomic.Int32
}

const (
	unitQueued int32 = iota
	unitStarted
	unitCancelled
)

func newGroup(s *Store) *group {
	g := &group{s: s, queue: make(chan *unit, groupQueue), quit: make(chan struct{}), done: make(chan struct{})}
	go g.loop()
	return g
}

// submit queues a unit and waits for its commit. A caller whose context ends
// before the unit has started withdraws it; after that the unit finishes, because
// interrupting it would break the group's connection, and its result is returned.
func (g *group) submit(ctx context.Context, run func(*Writer) error) error {
	u := &unit{run: run, done: make(chan struct{})}
	select {
	case <-g.quit:
		return errClosed
	default:
	}
	select {
	case g.queue <- u:
	case <-g.quit:
		return errClosed
	case <-ctx.Done():
		return explain(ctx.Err())
	}
	select {
	case <-u.done:
		return u.err
	case <-ctx.Done():
		if u.state.CompareAndSwap(unitQueued, unitCancelled) {
			return explain(ctx.Err())
		}
		<-u.done
		return u.err
	case <-g.done:
		return u.afterEnd()
	}
}

// afterEnd is the result of a unit that was queued while the writer ended: its
// own when it was still taken, else that the program is stopping.
func (u *unit) afterEnd() error {
	select {
	case <-u.done:
		return u.err
	default:
		return errClosed
	}
}

// close lets what is queued be written and ends the goroutine.
func (g *group) close() {
	g.closer.Do(func() { close(g.quit) })
	<-g.done
}

func (g *group) loop() {
	defer close(g.done)
	defer g.disconnect()
	for {
		select {
		case u := <-g.queue:
			g.write(u)
		case <-g.quit:
			for u := g.next(); u != nil; u = g.next() {
				g.write(u)
			}
			return
		}
	}
}

// next takes a unit that is already waiting, or returns nil.
func (g *group) next() *unit {
	select {
	case u := <-g.queue:
		return u
	default:
		return nil
	}
}

// rewrites bounds how often a group is written again after its connection broke:
// a failover ends every connection of the pool, and each may be met in turn.
const rewrites = 4

// write commits a group that begins with first and acknowledges it.
func (g *group) write(first *unit) {
	if !first.state.CompareAndSwap(unitQueued, unitStarted) {
		close(first.done)
		return
	}
	batch, err := g.attempt([]*unit{first}, true)
	for again := 0; again < rewrites && classify(err) == gone && !errors.Is(err, errCommit); again++ {
		// The connection broke before COMMIT was sent: nothing of the group is stored
		// and doing it again on a new connection is safe.
		if !errors.Is(err, errYielded) {
			g.s.log.Warn("storage: connection lost, writing the group again", "err", err)
		}
		batch, err = g.attempt(batch, false)
	}
	appended := false
	for _, u := range batch {
		if err != nil {
			u.err = explain(err)
		}
		appended = appended || (u.err == nil && u.appended)
		close(u.done)
	}
	if appended && g.s.seq != nil {
		g.s.seq.wake()
	}
}

// errCommit marks an error of COMMIT itself: on a network the outcome is then unknown.
var errCommit = errors.New("commit")

// attempt runs the batch, and while the bounds allow also what is waiting, in one
// transaction. A nil error means that it is committed and every unit has its own
// result in err; otherwise nothing is stored as far as can be known.
func (g *group) attempt(batch []*unit, more bool) ([]*unit, error) {
	if err := g.begin(); err != nil {
		return batch, err
	}
	started := time.Now()
	for i := 0; i < len(batch); i++ {
		if err := g.runUnit(batch[i]); err != nil {
			g.disconnect()
			return batch, err
		}
		if !more || i+1 < len(batch) || len(batch) >= groupUnits || time.Since(started) > groupTime {
			continue
		}
		for u := g.next(); u != nil; u = g.next() {
			if u.state.CompareAndSwap(unitQueued, unitStarted) {
				batch = append(batch, u)
				break
			}
			close(u.done)
		}
	}
	if err := g.flushIndex(batch); err != nil {
		g.disconnect()
		return batch, err
	}
	return batch, g.commit()
}

// begin opens the group's transaction, on a new connection when there is none.
func (g *group) begin() error {
	ctx := context.Background()
	if g.conn == nil {
		conn, err := g.s.write.Conn(ctx)
		if err != nil {
			return err
		}
		g.conn, g.stmts = conn, make(map[string]*sql.Stmt)
	}
	q := "BEGIN"
	if g.s.engine == sqlite {
		q = "BEGIN IMMEDIATE"
	}
	if _, err := g.conn.ExecContext(ctx, q); err != nil {
		g.disconnect()
		return err
	}
	return nil
}

func (g *group) commit() error {
	_, err := g.conn.ExecContext(context.Background(), "COMMIT")
	if err == nil {
		return nil
	}
	g.disconnect()
	if classify(err) == gone {
		return fault.Wrap(fault.Unavailable, errors.Join(errCommit, err), "与数据库的连接在提交时断了，无法确认是否已保存。请先刷新查看，确认没有保存后再提交。")
	}
	return err
}

// disconnect gives the connection up; the engine rolls an open transaction back.
func (g *group) disconnect() {
	if g.conn == nil {
		return
	}
	for _, st := range g.stmts {
		_ = st.Close()
	}
	_, _ = g.conn.ExecContext(context.Background(), "ROLLBACK") // fails when none is open: that is the aim
	_ = g.conn.Close()
	g.conn, g.stmts, g.parts = nil, nil, nil
}

// runUnit runs one unit under a savepoint and leaves its result in u.err. The
// error returned is one of the transaction as a whole.
func (g *group) runUnit(u *unit) error {
	u.index, u.appended, u.err = nil, false, nil
	ctx := context.Background()
	w := &Writer{g: g, s: g.s, u: u, at: micros(g.s.now())}
	if g.s.engine == sqlite { // elsewhere it goes with the first statement
		if err := w.savepoint(); err != nil {
			return err
		}
	}
	u.err = w.contain()
	w.closeRows()
	if u.err == nil && w.opened && !w.closed {
		// Fails when fn went on after an error of PostgreSQL: then the unit failed too.
		_, u.err = g.exec(ctx, closeUnit)
	}
	if u.err == nil {
		return nil
	}
	if t := classify(u.err); t == gone || t == full || t == unsure || t == damaged {
		return u.err
	}
	u.err = explain(u.err)
	u.index, u.appended, g.parts = nil, false, nil
	if !w.opened {
		return nil
	}
	if _, err := g.exec(ctx, undoUnit); err != nil {
		return err
	}
	_, err := g.exec(ctx, closeUnit)
	return err
}

// contain runs the unit and turns a panic into its error, so that a bug in one
// use case does not stop all writing.
func (w *Writer) contain() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("storage: panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return w.u.run(w)
}

// exec runs a statement text of ours on the group's connection. On SQLite it
// keeps the prepared statement; pgx keeps its own.
func (g *group) exec(ctx context.Context, q string, args ...any) (sql.Result, error) {
	q = g.s.queries.bind(q)
	if g.s.engine == postgres {
		return g.conn.ExecContext(ctx, q, args...)
	}
	st, err := g.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (g *group) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	q = g.s.queries.bind(q)
	if g.s.engine == postgres {
		return g.conn.QueryContext(ctx, q, args...)
	}
	st, err := g.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (g *group) prepared(ctx context.Context, q string) (*sql.Stmt, error) {
	if st, ok := g.stmts[q]; ok {
		return st, nil
	}
	if len(g.stmts) >= groupStatements {
		for k, st := range g.stmts {
			_ = st.Close()
			delete(g.stmts, k)
		}
	}
	st, err := g.conn.PrepareContext(ctx, q)
	if err == nil {
		g.stmts[q] = st
	}
	return st, err
}

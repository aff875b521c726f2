package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"xiaobao/internal/fault"
)

// MoveOptions says how MoveInto works.
type MoveOptions struct {
	Restart  bool // throw away what an earlier move left unfinished in the target
	Progress func(MoveProgress)
}

// MoveProgress is how far a move is.
type MoveProgress struct {
	Table    string
	Checking bool  // comparing, after everything was copied
	Sorting  bool  // the search index of SQLite is put in the order of documents: nothing moves meanwhile
	Rows     int64 // of all tables, copied or compared so far
	Total    int64 // of all tables
	Here     int64 // rows that an earlier run had copied
}

// movingTable stands in a database as long as a move into it is not finished: how
// far each table is. The row without a name is of the whole: from what it came,
// and whether the target was emptied for it.
const movingTable = "moving"

// chunkRows and chunkBytes bound what a move commits at once: what a kill costs.
var chunkRows = 10_000

const chunkBytes = 16 << 20

var errUnfinished = fault.New(fault.Conflict, "这个数据库是一次没有做完的搬运（xiaobao move）的目标，内容还不完整，不能使用。请用原来的参数再运行一次 xiaobao move，它会从中断的地方接着搬；或者继续使用原来的数据。")

// MoveInto copies like CopyInto, but may be broken off at any moment and goes on
// where it stopped when it is called again: rows and how far they go are
// committed together. Until FinishMove the target opens with Options.Moving
// only. A target that was begun from another state of the ledger is refused.
// In the end every table is compared whole with the snapshot of this call; one
// that changed since an earlier call copied it is copied anew.
func (s *Store) MoveInto(ctx context.Context, o Options, m MoveOptions) (tables []CopiedTable, err error) {
	if _, err := s.Checkpoint(ctx); err != nil {
		return nil, err
	}
	o.trial = true // migrated while it is half full: there is nothing to keep a snapshot of
	to, err := prepare(o)
	if err != nil {
		return nil, joinClose(err, to)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	v := &mover{copier: copier{ctx: ctx, to: to}, MoveOptions: m}
	if err := v.mark(); err != nil {
		return nil, explain(err)
	}
	if err := to.migrate(ctx); err != nil {
		return nil, err
	}
	if v.target, err = to.write.Conn(ctx); err != nil {
		return nil, explain(err)
	}
	tables, err = v.run(s)
	if err := errors.Join(err, v.target.Close()); err != nil {
		return nil, explain(err)
	}
	to.group = newGroup(to)
	return tables, to.settleCopy(ctx, v.rest)
}

// FinishMove says that a target is whole and may be used as any database.
func (s *Store) FinishMove(ctx context.Context) error {
	return s.Write(ctx, func(w *Writer) error {
		_, err := w.Exec(`DROP TABLE IF EXISTS ` + movingTable)
		return err
	})
}

// MoveGoesOn reports whether the folder of o holds a database into which a move
// was begun, or one in which there is nothing yet, be it that some command has made
// its tables: both may be moved into.
func MoveGoesOn(ctx context.Context, o Options) (ok bool, err error) {
	if _, err := os.Stat(filepath.Join(o.Dir, FileName)); err != nil {
		return false, nil
	}
	s, err := prepare(o)
	if err != nil {
		return false, joinClose(err, s)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var tables int64
	if err := s.write.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&tables); err != nil || tables == 0 {
		return err == nil, explain(err)
	}
	if begun, err := s.unfinished(ctx); err != nil || begun {
		return begun, explain(err)
	}
	if ours, err := s.has(ctx, "event"); err != nil || !ours {
		return false, explain(err)
	}
	var events int64
	err = s.write.QueryRowContext(ctx, `SELECT count(*) FROM event`).Scan(&events)
	return err == nil && events == 0, explain(err)
}

// hasTable asks whether a table of that name is in the database.
var hasTable = [...]string{
	sqlite:   `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?`,
	postgres: `SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname = $1`,
}

func (s *Store) has(ctx context.Context, table string) (bool, error) {
	var n int
	err := s.write.QueryRowContext(ctx, hasTable[s.engine], table).Scan(&n)
	return n > 0, err
}

func (s *Store) unfinished(ctx context.Context) (bool, error) { return s.has(ctx, movingTable) }

func (s *Store) refuseUnfinished(ctx context.Context) error {
	if s.moving {
		return nil
	}
	half, err := s.unfinished(ctx)
	if err != nil {
		return explain(err)
	}
	if half {
		return errUnfinished
	}
	return nil
}

// mover copies in pieces, each with how far it goes.
type mover struct {
	copier
	MoveOptions
	far map[string]*movedTable
	at  MoveProgress
}

// movedTable is how far a table is.
type movedTable struct {
	key     string // of the last row copied, as JSON
	rows    int64
	done    bool
	resumed bool // some of it was copied by an earlier run, from another snapshot
	docs    int64
	sum     rowSum // of docs rows: all that this run has copied
}

// mark makes the target known as unfinished before anything else is done to it.
func (m *mover) mark() error {
	known, err := m.to.unfinished(m.ctx)
	if err != nil || known {
		return err
	}
	used, err := m.to.has(m.ctx, "event")
	if err != nil {
		return err
	}
	if used {
		if err := refuseEvents(m.ctx, m.to.write); err != nil {
			return err
		}
	}
	_, err = m.to.write.ExecContext(m.ctx, `CREATE TABLE `+movingTable+` (name TEXT PRIMARY KEY, at TEXT NOT NULL, copied BIGINT NOT NULL, done BIGINT NOT NULL)`)
	return err
}

func (m *mover) run(s *Store) ([]CopiedTable, error) {
	tx, err := s.read.BeginTx(m.ctx, &sql.TxOptions{ReadOnly: s.engine == postgres, Isolation: snapshotLevel(s.engine)})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	m.source = copySource{tx, s.engine}
	tables, err := m.alike()
	if err != nil {
		return nil, err
	}
	if err := m.begin(tables, s.install); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := m.fill(t); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := m.fillWords(); err != nil {
		return nil, err
	}
	out, err := m.compare(tables)
	if err != nil {
		return nil, err
	}
	return out, m.together(func() error {
		for _, step := range []func() error{m.unsequenced, func() error { return m.quiet("ENABLE") }, m.numbers} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// together does fn in one transaction of the target.
func (m *mover) together(fn func() error) error {
	if _, err := m.target.ExecContext(m.ctx, "BEGIN"); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		_, err = m.target.ExecContext(m.ctx, "COMMIT")
	}
	if err != nil {
		_, _ = m.target.ExecContext(context.WithoutCancel(m.ctx), "ROLLBACK") // the first error counts
	}
	return err
}

// exec runs a statement with ? for arguments on the target.
func (m *mover) exec(q string, args ...any) (sql.Result, error) {
	return m.target.ExecContext(m.ctx, newBinder(m.to.engine).bind(q), args...)
}

// count adds up what there is to copy.
func (m *mover) count(tables []copyTable) error {
	for _, name := range append(copyNames(tables), "search_doc") { // and its words
		var n int64
		if err := m.source.tx.QueryRowContext(m.ctx, `SELECT count(*) FROM `+name).Scan(&n); err != nil {
			return err
		}
		m.at.Total += n
	}
	return nil
}

func copyNames(tables []copyTable) (out []string) {
	for _, t := range tables {
		out = append(out, t.name)
	}
	return out
}

// fill copies a table from where it stands, in pieces.
func (m *mover) fill(t copyTable) error {
	f, err := m.tableAt(t.name)
	if err != nil || f.done {
		return err
	}
	q, args, err := t.selectAfter(f.key)
	if err != nil {
		return err
	}
	rows, err := m.source.tx.QueryContext(m.ctx, newBinder(m.source.engine).bind(q), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	in := &copyRows{rows: rows, table: t}
	for !in.ended {
		before := in.n
		in.room = &room{chunkRows, chunkBytes}
		err := m.together(func() error {
			if err := errors.Join(m.put(t, in), in.Err()); err != nil {
				return err
			}
			key, err := t.keyOf(in.values)
			if err != nil {
				return err
			}
			return m.went(t.name, f, key, in.n-before, in.ended)
		})
		if err != nil {
			return err
		}
		m.tell(t.name, in.n-before)
	}
	f.docs, f.sum = in.n, in.sum
	return nil
}

func (m *mover) put(t copyTable, in *copyRows) error {
	if m.to.engine == postgres {
		return m.fillPostgres(t, in)
	}
	return m.fillSQLite(t, in)
}

// tableAt is how far a table is; a table of which nothing is known begins.
func (m *mover) tableAt(name string) (*movedTable, error) {
	if f, ok := m.far[name]; ok {
		return f, nil
	}
	f := &movedTable{}
	m.far[name] = f
	_, err := m.exec(`INSERT INTO `+movingTable+` (name, at, copied, done) VALUES (?, '', 0, 0)`, name)
	return f, err
}

// went notes how far a table is, inside the transaction that brings its rows.
func (m *mover) went(name string, f *movedTable, key string, rows int64, done bool) error {
	if rows == 0 {
		key = f.key
	}
	finished := int64(0)
	if done {
		finished = 1
	}
	res, err := m.exec(`UPDATE `+movingTable+` SET at = ?, copied = ?, done = ? WHERE name = ? AND copied = ?`, key, f.rows+rows, finished, name, f.rows)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fault.New(fault.Conflict, "另一个 xiaobao move 正在往同一个目标里搬。请等它结束，或停下它再运行。"))
	}
	f.key, f.rows, f.done = key, f.rows+rows, done
	return nil
}

func (m *mover) tell(table string, rows int64) {
	m.at.Table, m.at.Rows = table, m.at.Rows+rows
	if m.Progress != nil {
		m.Progress(m.at)
	}
}

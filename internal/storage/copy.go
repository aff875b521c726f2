package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/fault"
)

// CopiedTable says what was copied of one table.
type CopiedTable struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // over all rows whatever their order; equal on both engines
}

// CopyProgress is called now and then with the rows copied of a table.
type CopyProgress func(table string, rows int64)

// CopyInto copies everything that stands in the database of s, as of one moment
// and while s goes on, into the database that o names, which must be without
// events and may be of the other engine. Both must have the same tables, which
// Open sees to. Attachments are not copied. The rows are read back and compared:
// a difference is an error. The target takes over installation id and keys, so it
// opens with the same master key.
func (s *Store) CopyInto(ctx context.Context, o Options, progress CopyProgress) ([]CopiedTable, error) {
	if _, err := s.Checkpoint(ctx); err != nil { // nearly every event has its leaf when the snapshot begins
		return nil, err
	}
	return s.copyInto(ctx, o, progress)
}

func (s *Store) copyInto(ctx context.Context, o Options, progress CopyProgress) (tables []CopiedTable, err error) {
	to, err := prepare(o)
	if err != nil {
		return nil, joinClose(err, to)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := to.migrate(ctx); err != nil {
		return nil, err
	}
	c := &copier{ctx: ctx, to: to, progress: progress}
	if c.target, err = to.write.Conn(ctx); err != nil {
		return nil, err
	}
	tables, err = c.run(s)
	if err := errors.Join(err, c.target.Close()); err != nil {
		return nil, explain(err)
	}
	to.group = newGroup(to)
	return tables, to.settleCopy(ctx, c.rest)
}

// copier moves the rows of one snapshot table by table.
type copier struct {
	ctx      context.Context
	source   copySource
	to       *Store
	target   *sql.Conn
	progress CopyProgress
	rest     []int64 // events of the snapshot without a leaf
}

// copySource is one snapshot of a database.
type copySource struct {
	tx     *sql.Tx
	engine engine
}

func (c *copier) run(s *Store) ([]CopiedTable, error) {
	tx, err := s.read.BeginTx(c.ctx, &sql.TxOptions{ReadOnly: s.engine == postgres, Isolation: snapshotLevel(s.engine)})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	c.source = copySource{tx, s.engine}
	tables, err := c.tables()
	if err != nil {
		return nil, err
	}
	if _, err := c.target.ExecContext(c.ctx, "BEGIN"); err != nil {
		return nil, err
	}
	out, err := c.all(tables)
	if err == nil {
		_, err = c.target.ExecContext(c.ctx, "COMMIT")
	}
	if err != nil {
		_, _ = c.target.ExecContext(context.WithoutCancel(c.ctx), "ROLLBACK") // the first error counts
	}
	return out, err
}

func snapshotLevel(e engine) sql.IsolationLevel {
	if e == postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// tables lists what is to be copied and refuses a target that is not empty or not alike.
func (c *copier) tables() ([]copyTable, error) {
	tables, err := c.alike()
	if err != nil {
		return nil, err
	}
	return tables, refuseEvents(c.ctx, c.target)
}

// alike lists what is to be copied and refuses a target with other tables.
func (c *copier) alike() ([]copyTable, error) {
	from, err := listTables(c.ctx, c.source.tx, c.source.engine)
	if err != nil {
		return nil, err
	}
	to, err := listTables(c.ctx, c.target, c.to.engine)
	if err != nil {
		return nil, err
	}
	if a, b := tableShape(from), tableShape(to); a != b {
		return nil, fault.New(fault.Conflict, "两个数据库的表不一样，不能复制。请先用同一版本的程序各打开一次。")
	}
	return from, nil
}

// refuseEvents refuses a target in which somebody's events are.
func refuseEvents(ctx context.Context, target rowQuerier) error {
	rows, err := target.QueryContext(ctx, `SELECT count(*) FROM event`)
	if err != nil {
		return err
	}
	var events int64
	if err := scanOne(rows, []any{&events}); err != nil {
		return err
	}
	if events > 0 {
		return fault.New(fault.Conflict, "目标数据库里已有 %d 条记录，为免覆盖已停止。请指定一个空的数据库。", events)
	}
	return nil
}

func (c *copier) all(tables []copyTable) ([]CopiedTable, error) {
	if err := c.quiet("DISABLE"); err != nil {
		return nil, err
	}
	var out []CopiedTable
	for _, t := range tables {
		if _, err := c.target.ExecContext(c.ctx, `DELETE FROM `+t.name); err != nil {
			return nil, err
		}
		done, err := c.table(t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		out = append(out, done)
	}
	if err := c.words(); err != nil {
		return nil, err
	}
	if err := c.unsequenced(); err != nil {
		return nil, err
	}
	return out, errors.Join(c.quiet("ENABLE"), c.numbers())
}

// quiet switches the triggers of the event table off while its rows are copied.
func (c *copier) quiet(word string) error {
	if c.to.engine != postgres {
		return nil
	}
	_, err := c.target.ExecContext(c.ctx, `ALTER TABLE event `+word+` TRIGGER USER`)
	return err
}

// unsequenced takes over which events have no leaf yet. On SQLite that is a mark,
// which settleCopy sets once it has given them leaves.
func (c *copier) unsequenced() error {
	rows, err := c.source.tx.QueryContext(c.ctx, `SELECT seq FROM unsequenced ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return err
		}
		c.rest = append(c.rest, seq)
	}
	if c.to.engine != postgres || rows.Err() != nil {
		return rows.Err()
	}
	for _, q := range []string{`DELETE FROM unsequenced`, `INSERT INTO unsequenced (seq) SELECT unnest($1::bigint[])`} {
		args := []any{c.rest}
		if _, err := c.target.ExecContext(c.ctx, q, args[:strings.Count(q, "$1")]...); err != nil {
			return err
		}
	}
	return nil
}

// numbers lets PostgreSQL go on counting where the copied rows end.
func (c *copier) numbers() error {
	if c.to.engine != postgres {
		return nil
	}
	_, err := c.target.ExecContext(c.ctx, `SELECT setval(pg_get_serial_sequence('event', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM event), false)`)
	return err
}

// settleCopy gives the events that had no leaf theirs and, on SQLite, sets the
// mark after which events are new.
func (s *Store) settleCopy(ctx context.Context, rest []int64) error {
	if s.engine == postgres {
		return nil // its sequencer finds them by name
	}
	for chunk := range slices.Chunk(rest, sequenceBatch) {
		g := growth{seqs: chunk}
		err := s.View(ctx, func(tx *Tx) error {
			var hashes [][32]byte
			for _, seq := range chunk {
				var b []byte
				if err := tx.Scan(`SELECT hash FROM event WHERE seq = ?`, []any{seq}, &b); err != nil {
					return err
				}
				hashes = append(hashes, [32]byte(b))
			}
			return g.place(tx, hashes)
		})
		if err != nil {
			return err
		}
		if err := s.Write(ctx, g.store); err != nil {
			return err
		}
	}
	return s.Write(ctx, func(w *Writer) error {
		var last int64
		if err := w.Scan(`SELECT coalesce(max(seq), 0) FROM event`, nil, &last); err != nil {
			return err
		}
		_, err := w.Exec(`UPDATE meta SET value = ? WHERE key = 'last_leaf'`, metaInt(last))
		return err
	})
}

// table copies one table, reads it back and compares.
func (c *copier) table(t copyTable) (CopiedTable, error) {
	out := CopiedTable{Name: t.name}
	rows, err := c.source.tx.QueryContext(c.ctx, t.selectAll())
	if err != nil {
		return out, err
	}
	defer rows.Close()
	in := &copyRows{rows: rows, table: t, progress: c.progress}
	if c.to.engine == postgres {
		err = c.fillPostgres(t, in)
	} else {
		err = c.fillSQLite(t, in)
	}
	if err := errors.Join(err, in.Err(), rows.Close()); err != nil {
		return out, err
	}
	back, err := c.target.QueryContext(c.ctx, t.selectAll())
	if err != nil {
		return out, err
	}
	defer back.Close()
	again := &copyRows{rows: back, table: t}
	for again.Next() {
	}
	out.Rows, out.Digest = in.n, in.sum.String()
	if again.Err() == nil && (again.n != in.n || again.sum != in.sum) {
		return out, fault.New(fault.Internal, "表 %s 复制后与原来的不同（%d 行与 %d 行），目标不能用。", t.name, in.n, again.n)
	}
	return out, again.Err()
}

// copyRows reads rows as values that both engines take, and sums them up. It is
// what pgx calls a CopyFromSource.
type copyRows struct {
	rows     *sql.Rows
	table    copyTable
	progress CopyProgress
	room     *room // for this many more; nil means all there are
	values   []any // of the row that was read last
	n        int64
	sum      rowSum
	ended    bool // there are no more
	err      error
}

// room is for how much more a commit has place.
type room struct{ rows, bytes int }

// progressEvery is how many rows pass between two words about progress.
const progressEvery = 10_000

// Next reads a row.
func (r *copyRows) Next() bool {
	if r.err != nil || r.room != nil && (r.room.rows <= 0 || r.room.bytes <= 0) {
		return false
	}
	if r.ended = !r.rows.Next(); r.ended {
		return false
	}
	raw := make([]any, len(r.table.columns))
	into := make([]any, len(raw))
	for i := range raw {
		into[i] = &raw[i]
	}
	if r.err = r.rows.Scan(into...); r.err != nil {
		return false
	}
	for i, c := range r.table.columns {
		if raw[i], r.err = c.value(raw[i]); r.err != nil {
			return false
		}
	}
	r.values = raw
	size := r.sum.add(raw)
	if r.room != nil {
		r.room.rows, r.room.bytes = r.room.rows-1, r.room.bytes-size
	}
	if r.n++; r.progress != nil && r.n%progressEvery == 0 {
		r.progress(r.table.name, r.n)
	}
	return true
}

// Values returns the row.
func (r *copyRows) Values() ([]any, error) { return r.values, r.err }

// Err returns what ended the reading before the last row.
func (r *copyRows) Err() error { return errors.Join(r.err, r.rows.Err()) }

// rowSum is a digest of a set of rows: the sum of the rows' hashes, so that their
// order does not matter. It tells apart what errors make different, not what
// somebody forges: the ledger's own verification does that.
type rowSum [4]uint64

// add adds a row and returns about how many bytes it has.
func (s *rowSum) add(values []any) (size int) {
	h := sha256.New()
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			fmt.Fprint(h, "-;")
		case []byte:
			fmt.Fprintf(h, "x%d:%s;", len(v), v)
			size += len(v)
		case string:
			fmt.Fprintf(h, "t%d:%s;", len(v), v)
			size += len(v)
		default:
			fmt.Fprintf(h, "%T:%v;", v, v)
		}
	}
	b := h.Sum(nil)
	for i := range s {
		s[i] += binary.BigEndian.Uint64(b[8*i:])
	}
	return size + 8*len(values)
}

// String is the sum in hexadecimal.
func (s rowSum) String() string {
	var b []byte
	for _, n := range s {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return hex.EncodeToString(b)
}

// value gives what a driver read the type of its column: drivers differ in what
// they return for text, bytes and truth.
func (c copyColumn) value(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int64:
		switch c.kind {
		case intColumn:
			return x, nil
		case boolColumn:
			return x != 0, nil
		case textColumn:
			return strconv.FormatInt(x, 10), nil
		}
	case bool:
		if c.kind == boolColumn {
			return x, nil
		}
	case string:
		return c.bytes([]byte(x))
	case []byte:
		return c.bytes(slices.Clone(x))
	}
	return nil, fmt.Errorf("column %s holds a %T", c.name, v)
}

func (c copyColumn) bytes(b []byte) (any, error) {
	switch c.kind {
	case textColumn:
		return string(b), nil
	case bytesColumn:
		return b, nil
	}
	return nil, fmt.Errorf("column %s holds text", c.name)
}

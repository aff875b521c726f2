package storage

import (
	"context"
	"database/sql"
	"time"

	"xiaobao/internal/ledger"
)

// Writer runs inside the writing goroutine, within the savepoint of one unit. It
// sees everything that is committed and what the units before it in the group
// wrote. Keep it short: all others wait.
type Writer struct {
	g    *group
	s    *Store
	u    *unit
	at   time.Time
	rows []*sql.Rows

	opened, closed bool // whether the savepoint of the unit was sent, and its release
}

// Write runs fn as one unit of the grouped writer: all of it is stored or
// nothing, and when Write returns nil it is on the disk. It is for operational
// tables that need a result of the write (sessions, tokens, counters, jobs);
// what is decided by a case goes through Update. fn may run twice when the
// connection breaks before the commit, so it sets its results, never adds to them.
//
//	err := s.Write(ctx, func(w *storage.Writer) error {
//		n, err := w.Exec(`DELETE FROM session WHERE person = ?`, person)
//		ended = n
//		return err
//	})
func (s *Store) Write(ctx context.Context, fn func(*Writer) error) error {
	return s.group.submit(ctx, fn)
}

// Now is the time of the unit: UTC, microseconds.
func (w *Writer) Now() time.Time { return w.at }

// Exec runs a statement and returns how many rows it touched.
func (w *Writer) Exec(q string, args ...any) (int64, error) {
	if err := w.savepoint(); err != nil {
		return 0, err
	}
	r, err := w.g.exec(context.Background(), q, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a query. On PostgreSQL the rows must be read or closed before the
// next statement; what is left open is closed at the end of the unit.
func (w *Writer) Query(q string, args ...any) (*sql.Rows, error) {
	if err := w.savepoint(); err != nil {
		return nil, err
	}
	rows, err := w.g.query(context.Background(), q, args...)
	if err == nil {
		w.rows = append(w.rows, rows)
	}
	return rows, err
}

// Scan reads the first row of a query into dest; sql.ErrNoRows when there is none.
func (w *Writer) Scan(q string, args []any, dest ...any) error {
	if err := w.savepoint(); err != nil {
		return err
	}
	rows, err := w.g.query(context.Background(), q, args...)
	if err != nil {
		return err
	}
	return scanOne(rows, dest)
}

func scanOne(rows *sql.Rows, dest []any) error {
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

func (w *Writer) closeRows() {
	for _, r := range w.rows {
		_ = r.Close()
	}
	w.rows = nil
}

// Index puts a document into the search index; see Tx.Index.
func (w *Writer) Index(d Doc) { w.u.index = append(w.u.index, indexing(d)) }

// Unindex takes a document out of the search index.
func (w *Writer) Unindex(doc int64) {
	w.u.index = append(w.u.index, indexOp{doc: Doc{ID: doc}, remove: true})
}

// insert stores a linked event with its ciphertext and, when given, the stream's new key.
func (w *Writer) insert(p *pending) error {
	for _, s := range w.eventStatements(p, nil) {
		if _, err := w.Exec(s.q, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// AppendTail appends to a stream without a version: the head is read here, in the
// writer, so that two callers never conflict. For streams that many write and
// nobody edits, such as the access log. It returns the version given.
func (w *Writer) AppendTail(stream, by, kind string, body any) (int64, error) {
	public, private, err := ledger.Encode(body)
	if err != nil {
		return 0, err
	}
	return w.appendTail(ledger.Event{Stream: stream, Kind: kind, By: by, At: w.at, Body: public}, private)
}

func (w *Writer) appendTail(e ledger.Event, private []byte) (int64, error) {
	head, err := w.head(e.Stream)
	if err != nil {
		return 0, err
	}
	e.Version = head.Version + 1
	p := pending{event: e}
	if private != nil {
		key, fresh, err := w.s.streamKey(w, e.Stream)
		if err != nil {
			return 0, err
		}
		if err := p.seal(w.s, key, fresh, private); err != nil {
			return 0, err
		}
	}
	p.event.LinkAs(w.s.hash, head.Hash)
	if err := w.insert(&p); err != nil {
		return 0, err
	}
	return p.event.Version, nil
}

func (w *Writer) head(stream string) (ledger.Head, error) {
	if w.s.engine == postgres {
		// Another process may be appending to the same stream: wait for its commit
		// instead of failing on its version.
		if _, err := w.Exec(`SELECT pg_advisory_xact_lock(hashtextextended(?, 0))`, stream); err != nil {
			return ledger.Head{}, err
		}
	}
	return readHead(w, stream)
}

package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"xiaobao/internal/ledger"
)

// Rebuild empties the tables named (and, with search, the search index), then runs
// fn, which derives them anew from the events. All of it is one unit of the writer,
// so that readers see the old tables until the new ones are whole and a failure
// leaves the old ones. It needs the writer for its whole time: others wait.
//
// fn gets a Tx on the ledger as it stands, for Load and Decode, the streams in
// order of their names, and the Writer for the rows.
func (s *Store) Rebuild(ctx context.Context, tables []string, search bool, fn func(tx *Tx, w *Writer, streams iter.Seq2[string, error]) error) error {
	for _, t := range tables {
		if !plainName.MatchString(t) {
			return fmt.Errorf("storage: %q is no table name", t)
		}
	}
	return s.Write(ctx, func(w *Writer) error {
		if s.engine == postgres && len(tables) > 0 { // other copies of the program wait with theirs
			if _, err := w.Exec(`LOCK TABLE ` + strings.Join(tables, ", ") + ` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		for _, t := range tables {
			if _, err := w.Exec(`DELETE FROM ` + t); err != nil {
				return err
			}
		}
		if search {
			if err := w.clearSearch(); err != nil {
				return err
			}
		}
		// The unit holds the only writing transaction, so this snapshot holds every event
		// but those of units before it in the same group.
		return s.snapshot(ctx, false, func(tx *Tx) error {
			if err := w.seesNoMore(tx); err != nil {
				return err
			}
			return fn(tx, w, tx.Streams(""))
		})
	})
}

// seesNoMore is fault.Stale when the writer sees events that the snapshot does not.
func (w *Writer) seesNoMore(tx *Tx) error {
	const newest = `SELECT coalesce(max(seq), 0) FROM event`
	var here, there int64
	if err := w.Scan(newest, nil, &here); err != nil {
		return err
	}
	if err := tx.Scan(newest, nil, &there); err != nil {
		return err
	}
	if here > there {
		return stale()
	}
	return nil
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// clearText empties the index of texts on SQLite.
const clearText = `INSERT INTO search_fts (search_fts) VALUES ('delete-all')`

func (w *Writer) clearSearch() error {
	for _, q := range []string{`DELETE FROM search_doc`, `DELETE FROM search_key`} {
		if _, err := w.Exec(q); err != nil {
			return err
		}
	}
	if w.s.engine == postgres {
		return w.clearParts()
	}
	_, err := w.Exec(clearText)
	return err
}

// streamPage is how many names Streams reads at a time: no rows stay open, so that
// the caller may query between.
const streamPage = 1000

// Streams yields the names of all streams that begin with prefix, in order.
func (tx *Tx) Streams(prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for last := ""; ; {
			names, err := tx.streamsAfter(prefix, last, streamPage)
			if err != nil {
				yield("", err)
				return
			}
			for _, name := range names {
				if !yield(name, nil) {
					return
				}
				last = name
			}
			if len(names) < streamPage {
				return
			}
		}
	}
}

func (tx *Tx) streamsAfter(prefix, last string, limit int) ([]string, error) {
	return namesOf(tx, `SELECT stream FROM event WHERE version = 1 AND stream > ? AND substr(stream, 1, ?) = ? ORDER BY stream LIMIT ?`,
		last, len([]rune(prefix)), prefix, limit)
}

// namesOf runs a query for one column of names.
func namesOf(db querier, q string, args ...any) (out []string, err error) {
	rows, err := db.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Project is for Rebuild: it runs what fn buffers on tx (Exec, Index) directly in
// the writer, so that the code that projects one append also rebuilds.
func (w *Writer) Project(tx *Tx, fn func(*Tx) error) error {
	sub := *tx
	sub.write, sub.ops, sub.index = true, nil, nil
	if err := fn(&sub); err != nil {
		return err
	}
	for i := range sub.ops {
		if sub.ops[i].event != nil || sub.ops[i].tail != nil {
			return fmt.Errorf("storage: a projection may not append")
		}
	}
	if err := sub.flushOps(w, false); err != nil || len(w.u.index) < projectBatch {
		return err
	}
	return w.writeIndex()
}

// projectBatch bounds the search rows that a rebuild keeps in memory.
const projectBatch = 512

// writeIndex writes the unit's search rows now instead of at the end of the group:
// a rebuild has more of them than fit in memory, and opens no savepoint between.
func (w *Writer) writeIndex() error {
	err := w.g.writeIndex(w.u.index)
	w.u.index = w.u.index[:0]
	return err
}

// Digest is a hash over all rows of a table in the order of its columns, to
// compare a rebuilt table with the live one. Columns named in skip are left out:
// ciphertexts differ each time.
func (s *Store) Digest(ctx context.Context, table string, skip ...string) (string, error) {
	if !plainName.MatchString(table) {
		return "", fmt.Errorf("storage: %q is no table name", table)
	}
	h := sha256.New()
	err := s.View(ctx, func(tx *Tx) error {
		columns, err := tx.columns(table, skip)
		if err != nil {
			return err
		}
		list := strings.Join(columns, ", ")
		rows, err := tx.Query(`SELECT ` + list + ` FROM ` + table + ` ORDER BY ` + list)
		if err != nil {
			return err
		}
		return hashRows(h, rows, len(columns))
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func (tx *Tx) columns(table string, skip []string) ([]string, error) {
	rows, err := tx.Query(`SELECT * FROM ` + table + ` WHERE 1 = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range all {
		if !strings.Contains(" "+strings.Join(skip, " ")+" ", " "+c+" ") {
			out = append(out, c)
		}
	}
	return out, rows.Err()
}

// eachEvent calls fn for the events of all streams in the order of seq, private parts
// sealed; what lies in the archive comes by eachPacked.
func (tx *Tx) eachEvent(fn func(ledger.Event)) error {
	for after := int64(0); ; {
		batch, err := tx.eventsAfter(after, 500)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, e := range batch {
			after = e.Seq
			fn(e)
		}
	}
}

func (tx *Tx) eventsAfter(after int64, limit int) ([]ledger.Event, error) {
	rows, err := tx.Query(`SELECT `+eventColumns+` FROM event e LEFT JOIN sealed s ON s.seq = e.seq AND s.seq > ? WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, after, after, limit) // both: see readPage
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ledger.Event
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

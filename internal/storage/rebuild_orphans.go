package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
)

// firstOtherDoc is where the documents begin that are not cases: see reviewDoc.
const firstOtherDoc = 1 << 50

// caseSet is a set of case numbers, a bit each where they follow one another.
type caseSet map[int64]*[1024]uint64

func (c caseSet) add(id complaint.ID) {
	n := int64(id)
	if c[n>>16] == nil {
		c[n>>16] = new([1024]uint64)
	}
	c[n>>16][n>>6&1023] |= 1 << (n & 63)
}

func (c caseSet) has(n int64) bool { return c[n>>16] != nil && c[n>>16][n>>6&1023]>>(n&63)&1 == 1 }

// removeOrphans removes the rows of cases that the ledger does not know, and what is
// left of imports that it knows otherwise. Tables are looked through side by side: they
// wait for the disk more than they compute.
func (r *caseRebuild) removeOrphans(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rebuildDerivers)
	g.Go(func() error {
		if err := r.removeUnknown(ctx, `SELECT doc FROM search_doc WHERE doc < ?`, func(w *Writer, doc int64) error { w.Unindex(doc); return nil }); err != nil {
			return err
		}
		return r.removeKeys(ctx) // what documents do not list: those that there are
	})
	for i, t := range caseTables {
		if t.key == "key" {
			g.Go(func() error { return r.removeImports(ctx) })
			continue
		}
		g.Go(func() error {
			return r.removeUnknown(ctx, `SELECT `+t.key+` FROM `+t.name+` WHERE `+t.key+` < ?`, func(w *Writer, id int64) error {
				r.differ[i] = true
				_, err := w.Exec(`DELETE FROM `+t.name+` WHERE `+t.key+` = ?`, id)
				return err
			})
		})
	}
	return g.Wait()
}

// removeUnknown calls remove for the cases among those that a query lists which are not
// known, a page of them in a unit. Of a wide table an index is read that has its numbers;
// to look each up among the events or in another table would read all of that.
func (r *caseRebuild) removeUnknown(ctx context.Context, list string, remove func(*Writer, int64) error) error {
	var unknown []int64
	err := r.s.View(ctx, func(tx *Tx) error {
		rows, err := tx.Query(list, int64(firstOtherDoc))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int64
			if err := rows.Scan(&n); err != nil {
				return err
			}
			if !r.known.has(n) && (len(unknown) == 0 || n != unknown[len(unknown)-1]) {
				unknown = append(unknown, n)
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return err
	}
	for page := range slices.Chunk(unknown, rebuildPage) {
		err := r.s.Write(ctx, func(w *Writer) error {
			for _, n := range page {
				var since int64 // registered since the walk went by
				if err := w.Scan(`SELECT count(*) FROM event WHERE stream = ? AND version = 1`, []any{complaint.ID(n).Stream()}, &since); err != nil {
					return err
				}
				if since > 0 {
					continue
				}
				if err := remove(w, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// querier is a Tx or a Writer.
type querier interface {
	Query(q string, args ...any) (*sql.Rows, error)
}

// numbersOf runs a query for one column of numbers.
func numbersOf(db querier, q string, args ...any) (out []int64, err error) {
	rows, err := db.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// removeImports removes the keys of imports that no event names, if there are more
// than the cases have.
func (r *caseRebuild) removeImports(ctx context.Context) error {
	const at = 1 // complaint_import in caseTables
	if more, err := r.moreThan(ctx, `SELECT count(*) FROM complaint_import`, r.imports); err != nil || !more {
		return err
	}
	for after := ""; ; {
		var page, wrong []importRow
		err := r.s.View(ctx, func(tx *Tx) (err error) {
			if page, err = tx.importsAfter(after, rebuildPage); err != nil {
				return err
			}
			for _, row := range page {
				if known, err := tx.knowsImport(row); err != nil {
					return err
				} else if !known {
					wrong = append(wrong, row)
				}
			}
			return nil
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after, r.differ[at] = page[len(page)-1].key, r.differ[at] || len(wrong) > 0
		err = r.s.Write(ctx, func(w *Writer) error {
			for _, row := range wrong {
				if _, err := w.Exec(`DELETE FROM complaint_import WHERE key = ? AND case_id = ?`, row.key, int64(row.id)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// moreThan reports whether a count is greater than what was met. Cases that were
// registered meanwhile are in the one alone: then there is something to look through,
// and nothing to find.
func (r *caseRebuild) moreThan(ctx context.Context, count string, met int64) (bool, error) {
	var n int64
	err := r.s.View(ctx, func(tx *Tx) error { return tx.Scan(count, nil, &n) })
	return n > met, err
}

type importRow struct {
	key string
	id  complaint.ID
}

func (tx *Tx) importsAfter(after string, limit int) (out []importRow, err error) {
	rows, err := tx.Query(`SELECT key, case_id FROM complaint_import WHERE key > ? ORDER BY key LIMIT ?`, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row importRow
		if err := rows.Scan(&row.key, &row.id); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// knowsImport reports whether an event of the case names the key. Of a damaged case
// nothing is known: its rows stay.
func (tx *Tx) knowsImport(row importRow) (bool, error) {
	_, history, err := tx.ComplaintHistory(row.id)
	if fault.Is(err, fault.Conflict) {
		return true, nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	defer tx.forget(row.id.Stream())
	return slices.ContainsFunc(history, func(h Recorded) bool { return importKey(h.Event) == row.key }), nil
}

// removeKeys removes exact keys that the document does not list, if there are more
// than the cases have: a document repeats its keys.
func (r *caseRebuild) removeKeys(ctx context.Context) error {
	if more, err := r.moreThan(ctx, fmt.Sprintf(`SELECT count(*) FROM search_key WHERE doc < %d`, int64(firstOtherDoc)), r.keys); err != nil || !more {
		return err
	}
	for after := (keyRow{key: math.MinInt64}); ; {
		var page, wrong []keyRow
		err := r.s.View(ctx, func(tx *Tx) (err error) {
			page, wrong, err = tx.keysAfter(after, 10*rebuildPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		err = r.s.Write(ctx, func(w *Writer) error {
			for _, row := range wrong {
				if _, err := w.Exec(`DELETE FROM search_key WHERE key = ? AND doc = ?`, row.key, row.doc); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

type keyRow struct{ key, doc int64 }

// keysAfter returns the next rows of search_key, and those that their document does
// not list.
func (tx *Tx) keysAfter(after keyRow, limit int) (page, wrong []keyRow, err error) {
	rows, err := tx.Query(`SELECT k.key, k.doc, d.keys FROM search_key k LEFT JOIN search_doc d ON d.doc = k.doc WHERE k.key > ? OR k.key = ? AND k.doc > ? ORDER BY k.key, k.doc LIMIT ?`, after.key, after.key, after.doc, limit)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row keyRow
		var listed []byte
		if err := rows.Scan(&row.key, &row.doc, &listed); err != nil {
			return nil, nil, err
		}
		page = append(page, row)
		if want := packKeys([]seal.Token{seal.Token(row.key)}); !slices.ContainsFunc(slices.Collect(slices.Chunk(listed, len(want))), func(k []byte) bool { return bytes.Equal(k, want) }) {
			wrong = append(wrong, row)
		}
	}
	return page, wrong, errors.Join(rows.Err(), rows.Close())
}

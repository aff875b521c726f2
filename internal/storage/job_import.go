package storage

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// lookupWidth is how many values one look-up statement takes: one text for all of
// them, so that it stays prepared.
const lookupWidth = 128

// lookup runs a query that ends in "IN (" for all values, a fixed number at a time.
func (tx *Tx) lookup(q string, values []string, scan func(func(...any) error) error) error {
	q += "?" + strings.Repeat(", ?", lookupWidth-1) + ")"
	for part := range slices.Chunk(values, lookupWidth) {
		args := make([]any, lookupWidth)
		for i := range args {
			args[i] = part[min(i, len(part)-1)]
		}
		rows, err := tx.Query(q, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := scan(rows.Scan); err != nil {
				_ = rows.Close()
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

// ImportedKeys returns the cases that imported rows with these keys became; keys
// that are new are left out.
func (tx *Tx) ImportedKeys(keys []string) (map[string]complaint.ID, error) {
	out := map[string]complaint.ID{}
	err := tx.lookup(`SELECT key, case_id FROM complaint_import WHERE key IN (`, keys, func(scan func(...any) error) error {
		var key string
		var id int64
		err := scan(&key, &id)
		out[key] = complaint.ID(id)
		return err
	})
	return out, err
}

// Numbered is a case that has a reference with a sender's number.
type Numbered struct {
	Case    complaint.ID
	Channel party.ChannelID
}

// CasesNumbered returns the cases that have references with these numbers of
// senders, by number, oldest case first.
func (tx *Tx) CasesNumbered(numbers []string) (map[string][]Numbered, error) {
	out := map[string][]Numbered{}
	err := tx.lookup(`SELECT number, case_id, channel FROM complaint_reference WHERE number <> '' AND number IN (`, numbers, func(scan func(...any) error) error {
		var number string
		var n Numbered
		err := scan(&number, &n.Case, &n.Channel)
		out[number] = append(out[number], n)
		return err
	})
	for _, list := range out {
		slices.SortFunc(list, func(a, b Numbered) int { return int(a.Case - b.Case) })
	}
	return out, err
}

// keyWidth is how many keys one statement of NewestHolders takes.
const keyWidth = 64

var newestHolders = `SELECT v.column1, (SELECT max(s.doc) FROM search_key s WHERE s.key = v.column1) FROM (VALUES (CAST(? AS BIGINT))` +
	strings.Repeat(`, (CAST(? AS BIGINT))`, keyWidth-1) + `) AS v`

// NewestHolders returns for each exact key the newest case that has it; keys that
// nobody has are left out.
func (tx *Tx) NewestHolders(keys []seal.Token) (map[seal.Token]complaint.ID, error) {
	out := map[seal.Token]complaint.ID{}
	for part := range slices.Chunk(keys, keyWidth) {
		args := make([]any, keyWidth)
		for i := range args {
			args[i] = int64(part[min(i, len(part)-1)])
		}
		rows, err := tx.Query(newestHolders, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var key int64
			var doc sql.NullInt64
			if err := rows.Scan(&key, &doc); err != nil {
				_ = rows.Close()
				return nil, err
			}
			if doc.Valid {
				out[seal.Token(key)] = complaint.ID(doc.Int64)
			}
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Numbers reserves n numbers of a series with one write and returns the first.
func (s *Store) Numbers(ctx context.Context, name string, n int) (first int64, err error) {
	var end int64
	err = s.Write(ctx, func(w *Writer) error {
		return w.Scan(`INSERT INTO counter (name, next) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET next = counter.next + ? RETURNING next`,
			[]any{name, 1 + n, n}, &end)
	})
	return end - int64(n), err
}

// OpenCase returns the case itself when it is open, or the open case that it was
// merged into, with its number; 0 when neither takes anything any more.
func (tx *Tx) OpenCase(id complaint.ID) (complaint.ID, string, error) {
	for range 10 { // a chain of merges ends; a circle would be a bug, not a hang
		var open bool
		var into sql.NullInt64
		var number string
		if err := tx.Scan(`SELECT open, merged_into, number FROM complaint WHERE id = ?`, []any{int64(id)}, &open, &into, &number); err != nil {
			return 0, "", err
		}
		if open || !into.Valid {
			if !open {
				id = 0
			}
			return id, number, nil
		}
		id = complaint.ID(into.Int64)
	}
	return 0, "", nil
}

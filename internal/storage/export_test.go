package storage

import (
	"context"
	"strconv"
	"time"
)

// PartsVersion is the version of PostgreSQL's tables that has the text index in parts.
const PartsVersion = partsVersion

// What the parts keep of a token.
var (
	WordOf     = wordOf
	ParseWord  = parseWord
	TokenTexts = tokenTexts
)

// AtVersion lets Open stop at an older version of the tables.
func AtVersion(o Options, version int64) Options {
	o.upTo = version
	return o
}

// LimitPages lets the database of SQLite grow to so many pages, as a disk does
// that is full.
func (s *Store) LimitPages(n int) error {
	return s.Write(context.Background(), func(w *Writer) error {
		var got int
		return w.g.conn.QueryRowContext(context.Background(), "PRAGMA max_page_count = "+strconv.Itoa(n)).Scan(&got)
	})
}

// Unwatched lets the store not see that the master key is being changed, as a program
// does whose database was out of reach meanwhile.
func (s *Store) Unwatched() *Store {
	s.watch.close()
	return s
}

// SetSettlePatience lets a step of Settle take so long before it gives way, and returns
// how long it could.
func SetSettlePatience(d time.Duration) time.Duration {
	old := settlePatience
	settlePatience = d
	return old
}

// SetMoveChunk lets a move commit after so many rows, and returns after how many it did.
func SetMoveChunk(rows int) (before int) {
	before, chunkRows = chunkRows, rows
	return before
}

// Pieces are the ranges that a search goes through, each from its highest block down.
func Pieces(top, bottom int64) (out [][2]int64) {
	for _, p := range (partRun{top, bottom}).pieces() {
		out = append(out, [2]int64{p.top, p.bottom})
	}
	return out
}

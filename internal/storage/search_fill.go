package storage

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// partFiller writes many documents in their order, and makes the parts.
type partFiller struct {
	ctx   context.Context
	db    partStore
	part  int64
	docs  []int64
	texts []string
}

// partStore is a connection or a transaction.
type partStore interface {
	rowQuerier
	ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error)
}

// fillRows is how many documents go in one statement: some two megabytes.
const fillRows = 512

func newPartFiller(ctx context.Context, db partStore) *partFiller {
	return &partFiller{ctx: ctx, db: db, part: -1}
}

func (f *partFiller) add(doc int64, tokens string) error {
	if part := doc >> partBits; part != f.part || len(f.docs) == fillRows {
		if err := f.flush(); err != nil {
			return err
		}
		if part != f.part {
			if _, err := f.db.ExecContext(f.ctx, partTable(part)); err != nil {
				return err
			}
			f.part = part
		}
	}
	b := append(make([]byte, 0, len(tokens)*2), '{')
	for word := range strings.FieldsSeq(tokens) {
		b = append(strconv.AppendInt(b, parseWord(word), 10), ',')
	}
	b = append(strconv.AppendInt(b, blockWord(doc>>blockBits), 10), '}')
	f.docs, f.texts = append(f.docs, doc), append(f.texts, string(b))
	return nil
}

func (f *partFiller) flush() error {
	if len(f.docs) == 0 {
		return nil
	}
	_, err := f.db.ExecContext(f.ctx, `INSERT INTO `+partName(f.part)+` (doc, tokens) SELECT d, CAST(t AS BIGINT[]) FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS x (d, t)`, f.docs, f.texts)
	f.docs, f.texts = f.docs[:0], f.texts[:0]
	return err
}

// partsVersion is the version of PostgreSQL's tables that has the parts.
const partsVersion = 94

// partSearch is that migration. It moves the one table of before into parts, all in
// one transaction: who ends it finds everything as it was. A program of the version
// before that still runs waits and then fails, and writes into neither.
func partSearch(ctx context.Context, tx *sql.Tx) error {
	for _, q := range []string{`LOCK TABLE search_fts IN ACCESS EXCLUSIVE MODE`, `SET LOCAL gin_pending_list_limit = '32MB'`, `SET LOCAL work_mem = '128MB'`} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	f := newPartFiller(ctx, tx)
	for last, more := int64(-1), true; more; {
		var err error
		if last, more, err = movePage(ctx, tx, f, last); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DROP TABLE search_fts`)
	return err
}

// movePage moves the documents that follow one, and returns the last of them.
func movePage(ctx context.Context, tx *sql.Tx, f *partFiller, after int64) (last int64, more bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT doc, `+oneTableTokens+` FROM search_fts WHERE doc > $1 ORDER BY doc LIMIT $2`, after, fillRows)
	if err != nil {
		return after, false, err
	}
	defer rows.Close()
	type row struct {
		doc    int64
		tokens string
	}
	var page []row // a connection has one open result
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.doc, &r.tokens); err != nil {
			return after, false, err
		}
		page = append(page, r)
	}
	if err := rows.Err(); err != nil {
		return after, false, err
	}
	for _, r := range page {
		if err := f.add(r.doc, r.tokens); err != nil {
			return after, false, err
		}
		after = r.doc
	}
	return after, len(page) == fillRows, nil
}

// oneTableTokens are the tokens of a document in the table of before, with spaces.
const oneTableTokens = `replace(strip(tokens)::text, '''', '')`

// tokenTexts writes the words of a part, with spaces between, as the texts of their
// tokens, without those of blocks.
func tokenTexts(words string) (string, error) {
	var b []byte
	for word := range strings.FieldsSeq(words) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return "", err
		}
		if n >= 0 {
			b = append(appendToken(b, tokenOf(n)), ' ')
		}
	}
	return string(b), nil
}

package storage

import (
	"context"
	"database/sql"
	"errors"
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

// partSearch is that migration. It moves the one table of before into parts, in the
// order of documents and many small transactions: who ends it finds the next time how
// far the parts go, and goes on there. The table of before stays whole until the last
// of it was moved. While it moves, nobody else writes into it: a program of the version
// before that still runs fails instead of writing where nobody looks any more.
func (s *Store) partSearch(ctx context.Context, db *sql.DB) error {
	m := partMove{ctx: ctx, db: db}
	found, err := m.bool(`SELECT to_regclass('search_fts') IS NOT NULL`)
	if err != nil || !found { // it was moved, and the program ended before that was noted
		return err
	}
	if err := m.begin(); err != nil {
		return err
	}
	if m.last >= 0 {
		s.log.Info("storage: the text index goes on being moved into parts", "after", m.last)
	}
	for more := true; more; {
		part := m.last >> partBits
		if more, err = m.batch(); err != nil {
			return err
		}
		if m.last>>partBits != part {
			s.log.Info("storage: the text index is being moved into parts", "documents", m.moved)
		}
	}
	return m.within(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DROP TABLE search_fts; DROP FUNCTION search_fts_moving()`)
		return err
	})
}

// partMove is how far the moving of the text index into parts has come.
type partMove struct {
	ctx   context.Context
	db    *sql.DB
	last  int64 // document that was moved last, -1 for none
	moved int   // documents, since this program began
}

// within runs fn in a transaction of its own.
func (m *partMove) within(fn func(*sql.Tx) error) error {
	tx, err := m.db.BeginTx(m.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (m *partMove) bool(q string) (found bool, err error) {
	rows, err := m.db.QueryContext(m.ctx, q)
	if err != nil {
		return false, err
	}
	return found, scanOne(rows, []any{&found})
}

// guardOld refuses every change of the table of before. That it is there says that the
// parts hold the beginning of that table and nothing else: without it, somebody may have
// written since, and the parts are made anew.
const guardOld = `CREATE OR REPLACE FUNCTION search_fts_moving() RETURNS trigger AS $$
	BEGIN RAISE EXCEPTION 'xiaobao: a newer program moves the text index into parts; use that one'; END $$ LANGUAGE plpgsql;
	CREATE TRIGGER search_fts_moving BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON search_fts FOR EACH STATEMENT EXECUTE FUNCTION search_fts_moving()`

// begin finds how far the parts go, or begins.
func (m *partMove) begin() error {
	m.last = -1
	guarded, err := m.bool(`SELECT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass('search_fts') AND tgname = 'search_fts_moving')`)
	if err != nil {
		return err
	}
	parts, err := listParts(m.ctx, m.db)
	if err != nil {
		return err
	}
	if guarded {
		return m.resume(parts)
	}
	return m.within(func(tx *sql.Tx) error {
		for _, part := range parts {
			if _, err := tx.ExecContext(m.ctx, `DROP TABLE `+partName(part)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(m.ctx, guardOld)
		return err
	})
}

// resume finds the last document in the last part that has any.
func (m *partMove) resume(parts []int64) error {
	for i := len(parts) - 1; i >= 0 && m.last < 0; i-- {
		rows, err := m.db.QueryContext(m.ctx, `SELECT coalesce(max(doc), -1) FROM `+partName(parts[i]))
		if err != nil {
			return err
		}
		if err := scanOne(rows, []any{&m.last}); err != nil {
			return err
		}
	}
	return nil
}

// movePages is how many statements make a transaction.
const movePages = 8

// batch moves the documents that come next, and reports whether there may be more.
func (m *partMove) batch() (more bool, err error) {
	last := m.last
	err = m.within(func(tx *sql.Tx) error {
		for _, q := range []string{`SET LOCAL gin_pending_list_limit = '32MB'`, `SET LOCAL work_mem = '128MB'`} {
			if _, err := tx.ExecContext(m.ctx, q); err != nil {
				return err
			}
		}
		f := newPartFiller(m.ctx, tx)
		more = true
		for range movePages {
			if last, more, err = m.page(tx, f, last); err != nil || !more {
				break
			}
		}
		return errors.Join(err, f.flush())
	})
	if err == nil {
		m.last = last
	}
	return more, err
}

// page moves the documents that follow one, and returns the last of them.
func (m *partMove) page(tx *sql.Tx, f *partFiller, after int64) (last int64, more bool, err error) {
	rows, err := tx.QueryContext(m.ctx, `SELECT doc, `+oneTableTokens+` FROM search_fts WHERE doc > $1 ORDER BY doc LIMIT $2`, after, fillRows)
	if err != nil {
		return after, false, err
	}
	defer rows.Close()
	var page []wordDoc // a connection has one open result
	for rows.Next() {
		var d wordDoc
		if err := rows.Scan(&d.doc, &d.tokens); err != nil {
			return after, false, err
		}
		page = append(page, d)
	}
	if err := rows.Err(); err != nil {
		return after, false, err
	}
	for _, d := range page {
		if err := f.add(d.doc, d.tokens); err != nil {
			return after, false, err
		}
		after = d.doc
	}
	m.moved += len(page)
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

package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// WordsTable stands for the search index among the tables of a move.
const WordsTable = "search_fts"

// firstDoc is before every document.
const firstDoc = math.MinInt64

// wordList is a query for the documents after one with their tokens, in the order
// of documents, and what makes of its answer the texts of tokens with spaces between.
type wordList struct {
	q     string
	texts func(string) (string, error)
}

func asTexts(tokens string) (string, error) { return tokens, nil }

// wordDoc is a document of the search index with its tokens.
type wordDoc struct {
	doc    int64
	tokens string
}

// wordRows reads the search index of either engine, one list after the other.
type wordRows struct {
	ctx   context.Context
	db    partStore
	lists []wordList
	texts func(string) (string, error)
	rows  *sql.Rows // of the list before lists; nil between two
	n     int64
	docs  int64 // of n, those that have a token: the others SQLite does not name
	last  int64
	sum   rowSum
}

// readWords reads the documents after one.
func readWords(ctx context.Context, db partStore, e engine, after int64) (w *wordRows, err error) {
	w = &wordRows{ctx: ctx, db: db, last: after}
	if e == sqlite {
		w.lists, err = vocabulary(ctx, db)
	} else {
		w.lists, err = partLists(ctx, db, after>>partBits)
	}
	return w, err
}

// vocabulary reads the index of SQLite. It keeps no text, but its vocabulary gives
// each token with its document. All of it is sorted, many times the memory where
// the database is large: on the disk, therefore.
func vocabulary(ctx context.Context, db partStore) ([]wordList, error) {
	// Refused where this connection has temporary tables in memory already: then that is where it sorts.
	_, _ = db.ExecContext(ctx, `PRAGMA temp_store = FILE`)
	_, err := db.ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab('main', 'search_fts', 'instance')`)
	return []wordList{{`SELECT doc, group_concat(term, ' ') FROM temp.search_words WHERE doc > ? AND doc IN (SELECT doc FROM search_doc) GROUP BY doc ORDER BY doc`, asTexts}}, err
}

// partLists reads the parts of PostgreSQL from one on, or the table of before.
func partLists(ctx context.Context, db partStore, from int64) (out []wordList, err error) {
	rows, err := db.QueryContext(ctx, `SELECT to_regclass('search_fts') IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	var old bool
	if err := scanOne(rows, []any{&old}); err != nil {
		return nil, err
	}
	if old { // the tables are kept as they are before an upgrade
		return []wordList{{`SELECT doc, ` + oneTableTokens + ` FROM search_fts WHERE doc > $1 ORDER BY doc`, asTexts}}, nil
	}
	parts, err := listParts(ctx, db)
	for _, part := range parts {
		if part >= from {
			out = append(out, wordList{`SELECT doc, array_to_string(tokens, ' ') FROM ` + partName(part) + ` WHERE doc > $1 ORDER BY doc`, tokenTexts})
		}
	}
	return out, err
}

// next moves to the next row of any list.
func (w *wordRows) next() (bool, error) {
	for {
		if w.rows == nil {
			if len(w.lists) == 0 {
				return false, nil
			}
			var err error
			if w.rows, err = w.db.QueryContext(w.ctx, w.lists[0].q, w.last); err != nil {
				return false, err
			}
			w.texts, w.lists = w.lists[0].texts, w.lists[1:]
		}
		if w.rows.Next() {
			return true, nil
		}
		if err := errors.Join(w.rows.Err(), w.close()); err != nil {
			return false, err
		}
	}
}

func (w *wordRows) close() (err error) {
	if w.rows != nil {
		err, w.rows = w.rows.Close(), nil
	}
	return err
}

// take reads at most so many documents; fewer are the last.
func (w *wordRows) take(most int) (out []wordDoc, err error) {
	for len(out) < most {
		if more, err := w.next(); err != nil || !more {
			return out, err
		}
		var d wordDoc
		if err := w.rows.Scan(&d.doc, &d.tokens); err != nil {
			return nil, err
		}
		if d.tokens, err = w.texts(d.tokens); err != nil {
			return nil, err
		}
		w.n, w.last = w.n+1, d.doc
		if tokens := strings.Fields(d.tokens); len(tokens) > 0 {
			slices.Sort(tokens)
			w.sum.add([]any{d.doc, strings.Join(tokens, " ")})
			w.docs++
		}
		out = append(out, d)
	}
	return out, nil
}

// clearWords empties the search index of the target.
func (c *copier) clearWords() error {
	if c.to.engine == sqlite {
		_, err := c.target.ExecContext(c.ctx, clearText)
		return err
	}
	parts, err := listParts(c.ctx, c.target)
	for _, part := range parts {
		if _, err := c.target.ExecContext(c.ctx, `DELETE FROM `+partName(part)); err != nil {
			return err
		}
	}
	return err
}

// putWords writes documents into the search index.
func (c *copier) putWords(docs []wordDoc) error {
	if c.to.engine == postgres {
		f := newPartFiller(c.ctx, c.target)
		for _, d := range docs {
			if err := f.add(d.doc, d.tokens); err != nil {
				return err
			}
		}
		return f.flush()
	}
	st, err := c.target.PrepareContext(c.ctx, sqlite.insertText(Doc{}).q)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, d := range docs {
		if _, err := st.ExecContext(c.ctx, d.doc, d.tokens); err != nil {
			return err
		}
	}
	return nil
}

// words copies the search index, the only table that the engines keep differently.
func (c *copier) words() error {
	if err := c.clearWords(); err != nil {
		return err
	}
	in, err := readWords(c.ctx, c.source.tx, c.source.engine, firstDoc)
	if err != nil {
		return err
	}
	defer in.close()
	for {
		docs, err := in.take(progressEvery)
		if err != nil || len(docs) == 0 {
			return err
		}
		if err := c.putWords(docs); err != nil {
			return err
		}
		if c.progress != nil {
			c.progress(WordsTable, in.n)
		}
	}
}

// sorting says that readWords will be silent for long: see vocabulary.
func (m *mover) sorting(e engine) {
	if e == sqlite && m.Progress != nil {
		p := m.at
		p.Table, p.Sorting = WordsTable, true
		m.Progress(p)
	}
}

// fillWords copies the search index from where it stands.
func (m *mover) fillWords() error {
	f, err := m.tableAt(WordsTable)
	if err != nil || f.done {
		return err
	}
	after := int64(firstDoc)
	if f.key != "" {
		if err := json.Unmarshal([]byte(f.key), &after); err != nil {
			return err
		}
	}
	m.sorting(m.source.engine)
	in, err := readWords(m.ctx, m.source.tx, m.source.engine, after)
	if err != nil {
		return err
	}
	defer in.close()
	for !f.done {
		before := in.n
		err := m.together(func() error {
			docs, err := in.take(chunkRows)
			if err != nil {
				return err
			}
			if err := m.putWords(docs); err != nil {
				return err
			}
			return m.went(WordsTable, f, fmt.Sprint(in.last), in.n-before, len(docs) < chunkRows)
		})
		if err != nil {
			return err
		}
		m.tell(WordsTable, in.n-before)
	}
	f.sum, f.docs = in.sum, in.docs
	return nil
}

// sumWords reads the whole search index of one side.
func (m *mover) sumWords(db partStore, e engine) (t CopiedTable, err error) {
	m.sorting(e)
	in, err := readWords(m.ctx, db, e, firstDoc)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	for {
		docs, err := in.take(chunkRows)
		if err != nil || len(docs) == 0 {
			return CopiedTable{Name: WordsTable, Rows: in.docs, Digest: in.sum.String()}, err
		}
		m.tell(WordsTable, int64(len(docs)))
	}
}

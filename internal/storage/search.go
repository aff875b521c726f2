package storage

import (
	"cmp"
	"context"
	"math"
	"slices"

	"xiaobao/internal/seal"
)

// Hit is a document found.
type Hit struct {
	Doc     int64
	Owner   int64 // the case it belongs to
	Matches int   // from Alike: how many of the keys it has
}

// Doc is a document for the index: blind tokens only, no text.
type Doc struct {
	ID     int64 // grows with time: search gives the greatest first
	Owner  int64
	Tokens []seal.Token // distinct
}

type indexOp struct {
	doc    Doc
	remove bool
}

// Index puts a document into the search index, or anew when it is there already.
// Tokens are everything by which it may be found: words, exact keys (seal.Blind),
// and scopes such as the units that may see it. They must be distinct.
func (tx *Tx) Index(doc, owner int64, tokens []seal.Token) {
	tx.bufferIndex(indexOp{doc: Doc{doc, owner, tokens}})
}

// Unindex takes a document out of the search index.
func (tx *Tx) Unindex(doc int64) { tx.bufferIndex(indexOp{doc: Doc{ID: doc}, remove: true}) }

func (tx *Tx) bufferIndex(o indexOp) {
	if !tx.write {
		panic("storage: write in a View")
	}
	tx.index = append(tx.index, o)
}

// TokenChars is how much of a token stands in the index: 45 bits in base32. Among
// ten million different tokens a searched one meets a false twin once in three
// million searches, and the index is a third smaller and faster than with 13.
const TokenChars = 9

func appendToken(dst []byte, t seal.Token) []byte {
	n := len(dst)
	return t.AppendText(dst)[:n+TokenChars]
}

// joinTokens writes tokens with a separator between.
func joinTokens(tokens []seal.Token, sep string) []byte {
	b := make([]byte, 0, len(tokens)*(TokenChars+len(sep))+8)
	for i, t := range tokens {
		if i > 0 {
			b = append(b, sep...)
		}
		b = appendToken(b, t)
	}
	return b
}

// flushIndex writes the search rows of the whole group after all its savepoints:
// FTS5 writes a new segment at every savepoint, which would undo the grouping.
func (g *group) flushIndex(batch []*unit) error {
	for _, u := range batch {
		if u.err != nil {
			continue
		}
		for i := range u.index {
			if err := g.indexOne(&u.index[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *group) indexOne(o *indexOp) error {
	ctx := context.Background()
	if o.remove {
		return g.execAll(ctx, o.doc.ID, `DELETE FROM search_doc WHERE doc = ?`, searchText[g.s.engine].remove)
	}
	r, err := g.exec(ctx, `INSERT INTO search_doc (doc, owner) VALUES (?, ?) ON CONFLICT (doc) DO NOTHING`, o.doc.ID, o.doc.Owner)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		if _, err := g.exec(ctx, `UPDATE search_doc SET owner = ? WHERE doc = ?`, o.doc.Owner, o.doc.ID); err != nil {
			return err
		}
		if err := g.execAll(ctx, o.doc.ID, searchText[g.s.engine].remove); err != nil {
			return err
		}
	}
	_, err = g.exec(ctx, searchText[g.s.engine].insert, o.doc.ID, string(joinTokens(o.doc.Tokens, " ")))
	return err
}

func (g *group) execAll(ctx context.Context, doc int64, texts ...string) error {
	for _, q := range texts {
		if _, err := g.exec(ctx, q, doc); err != nil {
			return err
		}
	}
	return nil
}

// searchText holds the statements that the engines spell differently.
var searchText = [...]struct{ insert, remove, clear, find, and, or string }{
	sqlite: {
		insert: `INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)`,
		remove: `DELETE FROM search_fts WHERE rowid = ?`,
		clear:  `INSERT INTO search_fts (search_fts) VALUES ('delete-all')`,
		find: `SELECT f.rowid, d.owner FROM search_fts f JOIN search_doc d ON d.doc = f.rowid
			WHERE f.search_fts MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?`,
		and: " AND ", or: " OR ",
	},
	postgres: {
		insert: `INSERT INTO search_fts (doc, tokens) VALUES (?, CAST(CAST(? AS TEXT) AS TSVECTOR))`,
		remove: `DELETE FROM search_fts WHERE doc = ?`,
		clear:  `DELETE FROM search_fts`,
		find: `SELECT f.doc, d.owner FROM search_fts f JOIN search_doc d ON d.doc = f.doc
			WHERE f.tokens @@ CAST(CAST(? AS TEXT) AS TSQUERY) AND f.doc < ? ORDER BY f.doc DESC LIMIT ?`,
		and: " & ", or: " | ",
	},
}

// Search returns documents that have every token of all and, when any is not
// empty, at least one of any; the greatest doc first, only docs below before (0 =
// no bound), at most limit. The scope of the reader is a token of all, so that it
// is part of the query and not a filter after the limit.
func (tx *Tx) Search(all, any []seal.Token, before int64, limit int) ([]Hit, error) {
	if len(all)+len(any) == 0 || limit <= 0 {
		return nil, nil
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := tx.Query(searchText[tx.s.engine].find, matchText(tx.s.engine, all, any), before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hits := make([]Hit, 0, min(limit, 64))
	for rows.Next() {
		var h Hit
		if err := rows.Scan(&h.Doc, &h.Owner); err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, rows.Err()
}

func matchText(e engine, all, any []seal.Token) string {
	t := searchText[e]
	b := joinTokens(slices.Compact(slices.Sorted(slices.Values(all))), t.and)
	if len(any) == 0 {
		return string(b)
	}
	if len(b) > 0 {
		b = append(b, t.and...)
	}
	b = append(b, '(')
	b = append(b, joinTokens(any, t.or)...)
	return string(append(b, ')'))
}

// Alike returns documents that have every token of all and at least one of keys,
// with how many of the keys: those with most first, then the greatest doc, at most
// limit. Of the documents of each key only the newest perKey are looked at. It is
// for finding the same person, contract or text again.
func (tx *Tx) Alike(all, keys []seal.Token, perKey, limit int) ([]Hit, error) {
	found := map[int64]*Hit{}
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		hits, err := tx.Search(append(all[:len(all):len(all)], key), nil, 0, perKey)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if found[h.Doc] == nil {
				found[h.Doc] = &h
			}
			found[h.Doc].Matches++
		}
	}
	out := make([]Hit, 0, len(found))
	for _, h := range found {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Matches, a.Matches), cmp.Compare(b.Doc, a.Doc))
	})
	return out[:min(limit, len(out))], nil
}

package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

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
	Keys   []seal.Token // exact keys for Alike, distinct; they are not among Tokens unless put there too
}

type indexOp struct {
	doc    Doc
	digest int64 // of the tokens
	remove bool
}

func indexing(d Doc) indexOp { return indexOp{doc: d, digest: d.digest()} }

// digest is kept beside the text, which cannot be read back. It says no more than the
// blind tokens themselves.
func (d Doc) digest() int64 {
	b := make([]byte, 0, 8*len(d.Tokens))
	for _, t := range d.Tokens {
		b = binary.BigEndian.AppendUint64(b, uint64(t))
	}
	sum := sha256.Sum256(b)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// Index puts a document into the search index, or anew when it is there already.
// Tokens are everything by which it may be found: words, exact keys (seal.Blind),
// and scopes such as the units that may see it. They must be distinct.
func (tx *Tx) Index(doc, owner int64, tokens []seal.Token) {
	tx.bufferIndex(indexing(Doc{ID: doc, Owner: owner, Tokens: tokens}))
}

// IndexDoc is Index for a document that also has exact keys.
func (tx *Tx) IndexDoc(d Doc) { tx.bufferIndex(indexing(d)) }

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
	var ops []indexOp
	for _, u := range batch {
		if u.err == nil {
			ops = append(ops, u.index...)
		}
	}
	return g.writeIndex(ops)
}

// writeIndex writes search rows: of a document that comes more than once the last
// word alone. The plain tables come first and the texts at the end, because a
// statement that inserts several rows opens a savepoint of its own: between two
// texts it would cost a segment again.
func (g *group) writeIndex(ops []indexOp) error {
	ctx := context.Background()
	if err := g.makeParts(ctx, ops); err != nil {
		return err
	}
	var docs, rest, texts []stmt
	var fresh []indexOp
	for _, o := range lastWords(ops) {
		if o.remove {
			var err error
			if texts, err = g.unindex(ctx, o.doc.ID, texts); err != nil {
				return err
			}
			continue
		}
		fresh = append(fresh, o)
		docs = append(docs, stmt{q: insertDoc, args: []any{o.doc.ID, o.doc.Owner, packKeys(o.doc.Keys), o.digest}})
	}
	touched, err := g.run(ctx, docs)
	if err != nil {
		return err
	}
	for i, o := range fresh {
		if touched[i] == 0 { // it is there already: take it out first
			if texts, err = g.unindex(ctx, o.doc.ID, texts); err != nil {
				return err
			}
			rest = append(rest, docs[i])
		}
		rest = addKeys(rest, o.doc.ID, o.doc.Keys)
		texts = append(texts, g.s.engine.insertText(o.doc))
	}
	_, err = g.run(ctx, append(rest, texts...))
	return err
}

// lastWords keeps of every document the last operation, in the order of these.
func lastWords(ops []indexOp) []indexOp {
	last := make(map[int64]int, len(ops))
	for i := range ops {
		last[ops[i].doc.ID] = i
	}
	out := make([]indexOp, 0, len(last))
	for i := range ops {
		if last[ops[i].doc.ID] == i {
			out = append(out, ops[i])
		}
	}
	return out
}

const insertDoc = `INSERT INTO search_doc (doc, owner, keys, digest) VALUES (?, ?, ?, ?) ON CONFLICT (doc) DO NOTHING`

// unindex takes the plain rows of a document out, if it is there, and adds the
// statement that removes its text.
func (g *group) unindex(ctx context.Context, doc int64, texts []stmt) ([]stmt, error) {
	rows, err := g.query(ctx, `DELETE FROM search_doc WHERE doc = ? RETURNING keys`, doc)
	if err != nil {
		return texts, err
	}
	var keys []byte
	if err := scanOne(rows, []any{&keys}); errors.Is(err, sql.ErrNoRows) {
		return texts, nil // never was there
	} else if err != nil {
		return texts, err
	}
	var list []stmt
	for ; len(keys) >= 8; keys = keys[8:] {
		list = append(list, stmt{q: `DELETE FROM search_key WHERE key = ? AND doc = ?`, args: []any{int64(binary.BigEndian.Uint64(keys)), doc}})
	}
	_, err = g.run(ctx, list)
	return append(texts, g.s.engine.removeText(doc)), err
}

func packKeys(keys []seal.Token) []byte {
	var b []byte
	for _, k := range keys {
		b = binary.BigEndian.AppendUint64(b, uint64(k))
	}
	return b
}

// keysPerInsert is how many rows one statement takes: one call costs more than a row.
const keysPerInsert = 8

var insertKeys = "INSERT INTO search_key (key, doc) VALUES (?, ?)" + strings.Repeat(", (?, ?)", keysPerInsert-1)

func addKeys(list []stmt, doc int64, keys []seal.Token) []stmt {
	for ; len(keys) >= keysPerInsert; keys = keys[keysPerInsert:] {
		args := make([]any, 0, 2*keysPerInsert)
		for _, k := range keys[:keysPerInsert] {
			args = append(args, int64(k), doc)
		}
		list = append(list, stmt{q: insertKeys, args: args})
	}
	for _, k := range keys {
		list = append(list, stmt{q: `INSERT INTO search_key (key, doc) VALUES (?, ?)`, args: []any{int64(k), doc}})
	}
	return list
}

// findText is Search on SQLite.
const findText = `SELECT f.rowid, d.owner FROM search_fts f JOIN search_doc d ON d.doc = f.rowid
	WHERE f.search_fts MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?`

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
	if tx.s.engine == postgres {
		docs, err := tx.newestDocs(all, any, before, limit)
		if err != nil {
			return nil, err
		}
		return tx.owners(docs)
	}
	rows, err := tx.Query(findText, matchText(all, any), before, limit)
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

func matchText(all, any []seal.Token) string {
	const and, or = " AND ", " OR "
	b := joinTokens(slices.Compact(slices.Sorted(slices.Values(all))), and)
	if len(any) == 0 {
		return string(b)
	}
	if len(b) > 0 {
		b = append(b, and...)
	}
	b = append(b, '(')
	b = append(b, joinTokens(any, or)...)
	return string(append(b, ')'))
}

// Alike returns documents that have at least one of the keys, with how many of
// them: those with most first, then the greatest doc, at most limit. Of the
// documents of each key only the newest perKey are looked at. It is for finding
// the same person, contract or text again; it knows no scope, so the caller asks
// for more than it shows and leaves out what the reader may not see.
func (tx *Tx) Alike(keys []seal.Token, perKey, limit int) ([]Hit, error) {
	found := map[int64]*Hit{}
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		hits, err := tx.Holders(key, perKey)
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

// Holders returns the newest documents that have an exact key, at most limit.
func (tx *Tx) Holders(key seal.Token, limit int) ([]Hit, error) {
	rows, err := tx.Query(`SELECT k.doc, d.owner FROM search_key k JOIN search_doc d ON d.doc = k.doc WHERE k.key = ? ORDER BY k.doc DESC LIMIT ?`, int64(key), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Hit
	for rows.Next() {
		var h Hit
		if err := rows.Scan(&h.Doc, &h.Owner); err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

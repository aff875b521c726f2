package storage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/seal"
)

// On PostgreSQL the text index is cut in parts of 65,536 documents, each a table of
// its own with its own index of tokens: parts by number are parts by time, so that
// what is written stays in one small index and what is searched is looked for in
// the newest part first. Inside a part every document also has the token of its
// block of 2,048, so that the index itself can be asked for some blocks only: it
// gives all that have a word, in no order, and each would have to be looked at.
// The tables are named by the part; who writes the first document of one makes it.
const (
	partBits  = 16
	blockBits = 11

	partBlocks = 1 << (partBits - blockBits)
	partPrefix = "search_fts_"
)

func partName(part int64) string { return partPrefix + strconv.FormatInt(part, 10) }

// blockWord is the token of a document's block within its part. Words are positive.
func blockWord(block int64) int64 { return -1 - block%partBlocks }

// wordOf is a token as the parts keep it: the bits that TokenChars write.
func wordOf(t seal.Token) int64 { return int64(uint64(t) >> (64 - 5*TokenChars)) }

// tokenOf is a token that begins with the word.
func tokenOf(word int64) seal.Token { return seal.Token(uint64(word) << (64 - 5*TokenChars)) }

// parseWord reads what appendToken writes.
func parseWord(text string) (word int64) {
	for i := range len(text) {
		c := text[i]
		if c >= 'a' {
			word = word<<5 | int64(c-'a')
		} else {
			word = word<<5 | int64(c-'2'+26)
		}
	}
	return word
}

func wordsOf(tokens []seal.Token) []int64 {
	out := make([]int64, len(tokens), len(tokens)+1)
	for i, t := range tokens {
		out[i] = wordOf(t)
	}
	return out
}

// partTable makes a part that is not there. Whoever else wants to waits: two that
// make one table at a time fail. No statistics of tokens: with them the planner
// takes a word that many have for a reason to read the whole part.
func partTable(part int64) string {
	return strings.ReplaceAll(`SELECT pg_advisory_xact_lock(hashtextextended('xiaobao search parts', 0));
		CREATE TABLE IF NOT EXISTS @PART (doc BIGINT PRIMARY KEY, tokens BIGINT[] NOT NULL) WITH (toast_tuple_target = 8160);
		ALTER TABLE @PART ALTER tokens SET STORAGE EXTERNAL, ALTER tokens SET STATISTICS 0;
		CREATE INDEX IF NOT EXISTS @PART_tokens ON @PART USING gin (tokens)`, "@PART", partName(part))
}

// makeParts sees to the parts of documents that are about to be written. What this
// connection has found stays known to it until a transaction or a unit of it fails,
// which may have taken a part back.
func (g *group) makeParts(ctx context.Context, ops []indexOp) error {
	if g.s.engine != postgres {
		return nil
	}
	for _, o := range ops {
		part := o.doc.ID >> partBits
		if o.remove || g.parts[part] {
			continue
		}
		found, err := partExists(ctx, g.conn, part)
		if err != nil {
			return err
		}
		if !found {
			if _, err := g.conn.ExecContext(ctx, partTable(part)); err != nil {
				return err
			}
		}
		if g.parts == nil {
			g.parts = map[int64]bool{}
		}
		g.parts[part] = true
	}
	return nil
}

func partExists(ctx context.Context, db rowQuerier, part int64) (found bool, err error) {
	rows, err := db.QueryContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, partName(part))
	if err != nil {
		return false, err
	}
	return found, scanOne(rows, []any{&found})
}

// partList names all parts as one text.
const partList = `coalesce((SELECT string_agg(substr(c.relname, 12), ' ') FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
	AND c.relkind = 'r' AND c.relname >= 'search_fts_' AND c.relname < 'search_fts_:'), '')`

// parseParts returns the parts in ascending order.
func parseParts(list string) []int64 {
	var out []int64
	for _, name := range strings.Fields(list) {
		if n, err := strconv.ParseInt(name, 10, 64); err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

func listParts(ctx context.Context, db rowQuerier) ([]int64, error) {
	rows, err := db.QueryContext(ctx, `SELECT `+partList)
	if err != nil {
		return nil, err
	}
	var list string
	err = scanOne(rows, []any{&list})
	return parseParts(list), err
}

// clearParts empties all parts. They stay: a truncation would lock readers out
// until the unit ends.
func (w *Writer) clearParts() error {
	var list string
	if err := w.Scan(`SELECT `+partList, nil, &list); err != nil {
		return err
	}
	for _, part := range parseParts(list) {
		if _, err := w.Exec(`DELETE FROM ` + partName(part)); err != nil {
			return err
		}
	}
	return nil
}

// insertText and removeText are the statements for a document's text.
func (e engine) insertText(d Doc) stmt {
	if e == sqlite {
		return stmt{q: `INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)`, args: []any{d.ID, string(joinTokens(d.Tokens, " "))}}
	}
	words := append(wordsOf(d.Tokens), blockWord(d.ID>>blockBits))
	return stmt{q: `INSERT INTO ` + partName(d.ID>>partBits) + ` (doc, tokens) VALUES (?, ?)`, args: []any{d.ID, words}}
}

func (e engine) removeText(doc int64) stmt {
	if e == sqlite {
		return stmt{q: `DELETE FROM search_fts WHERE rowid = ?`, args: []any{doc}}
	}
	return stmt{q: `DELETE FROM ` + partName(doc>>partBits) + ` WHERE doc = ?`, args: []any{doc}}
}

const (
	// firstBlocks are looked through first, and each time so many times as many: what
	// many have is found in the first, and what few have soon in whole parts.
	firstBlocks = 2
	moreBlocks  = 4
	// firstAsks and then moreAsks pieces stand in one statement: the server goes through
	// them one after the other and stops when it has enough, without us. To plan a
	// piece takes as long as to look into one.
	firstAsks = 5
	moreAsks  = 16
)

// partRun is what follows one another without a gap: blocks from top down to bottom.
// Where there is nothing, top is negative.
type partRun struct{ top, bottom int64 }

// runBelow returns the blocks of the newest document below a bound and of the parts
// before it. A snapshot asks once.
func (tx *Tx) runBelow(before int64) (partRun, error) {
	if r, known := tx.runs[before]; known {
		return r, nil
	}
	var newest int64
	var list string
	err := tx.Scan(`SELECT coalesce((SELECT max(doc) FROM search_doc WHERE doc < ?), -1), `+partList, []any{before}, &newest, &list)
	if err != nil {
		return partRun{}, err
	}
	r := partRun{top: -1}
	if newest >= 0 {
		lowest := newest >> partBits
		for parts := parseParts(list); slices.Contains(parts, lowest-1); lowest-- {
		}
		r = partRun{newest >> blockBits, lowest * partBlocks}
	}
	if tx.runs == nil {
		tx.runs = map[int64]partRun{}
	}
	tx.runs[before] = r
	return r, nil
}

// newestDocs is Search on PostgreSQL, without owners.
func (tx *Tx) newestDocs(every, some []seal.Token, before int64, limit int) ([]int64, error) {
	a := partAsk{all: wordsOf(every), any: wordsOf(some), before: before}
	var docs []int64
	for len(docs) < limit {
		run, err := tx.runBelow(before)
		if err != nil || run.top < 0 {
			return docs, err
		}
		pieces := run.pieces()
		for asks := firstAsks; len(pieces) > 0 && len(docs) < limit; asks = moreAsks {
			n := min(asks, len(pieces))
			found, err := tx.lookInto(a, pieces[:n], limit-len(docs))
			if err != nil {
				return nil, err
			}
			docs, pieces = append(docs, found...), pieces[n:]
		}
		before = run.bottom << blockBits
	}
	return docs, nil
}

// pieces cuts a run into the ranges of blocks that are looked through one by one,
// newest first: 2 blocks, 8 more, then whole parts, or what of them is left.
func (r partRun) pieces() (out []partRun) {
	for top, n := r.top, int64(firstBlocks); top >= r.bottom; n = min(n*moreBlocks, 2*partBlocks) {
		for left := min(n, partBlocks); left > 0 && top >= r.bottom; {
			low := max(top-left+1, top/partBlocks*partBlocks) // a piece lies in one part
			out = append(out, partRun{top, low})
			left -= top - low + 1
			top = low - 1
			if n > partBlocks {
				break // whole parts from here on
			}
		}
	}
	return out
}

// lookInto asks for pieces in one statement, and returns the greatest first. The
// pieces stand in it in their order, and it ends at the one that fills it.
func (tx *Tx) lookInto(a partAsk, pieces []partRun, limit int) ([]int64, error) {
	var q []string
	var args []any
	for _, piece := range pieces {
		text, values := a.in(piece)
		q, args = append(q, text), append(args, append(values, limit)...)
	}
	found, err := scanIDs(tx.Query(`SELECT h.doc FROM (`+strings.Join(q, " UNION ALL ")+`) h LIMIT ?`, append(args, limit)...))
	slices.SortFunc(found, func(x, y int64) int { return cmp.Compare(y, x) })
	return found, err
}

// partAsk is one question to the parts.
type partAsk struct {
	all, any []int64
	before   int64
}

// in asks for blocks of one part, for all of them without their tokens. The sums
// keep the planner from walking through the documents instead of the tokens.
func (a partAsk) in(piece partRun) (q string, args []any) {
	w := where{}
	if len(a.all) > 0 {
		w.add(`tokens @> ?`, a.all)
	}
	if len(a.any) > 0 {
		w.add(`tokens && ?`, a.any)
	}
	if piece.top-piece.bottom < partBlocks-1 {
		blocks := make([]int64, 0, partBlocks)
		for b := piece.bottom; b <= piece.top; b++ {
			blocks = append(blocks, blockWord(b))
		}
		w.add(`tokens && ?`, blocks)
	}
	if a.before != math.MaxInt64 {
		w.add(`doc + 0 < ?`, a.before)
	}
	return `(SELECT doc FROM ` + partName(piece.top/partBlocks) + w.String() + ` ORDER BY doc + 0 DESC LIMIT ?)`, w.args
}

// owners returns the documents with the cases they belong to.
func (tx *Tx) owners(docs []int64) ([]Hit, error) {
	hits := make([]Hit, len(docs))
	if len(docs) == 0 {
		return hits, nil
	}
	at := make(map[int64]int, len(docs))
	for i, doc := range docs {
		hits[i].Doc, at[doc] = doc, i
	}
	rows, err := tx.Query(`SELECT doc, owner FROM search_doc WHERE doc = ANY (?)`, docs)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h Hit
		if err := rows.Scan(&h.Doc, &h.Owner); err != nil {
			return nil, err
		}
		hits[at[h.Doc]] = h
	}
	return hits, rows.Err()
}

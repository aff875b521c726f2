package storage

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// NewestComplaints returns the ids below before (0 = no bound), greatest first.
func (tx *Tx) NewestComplaints(before complaint.ID, limit int) ([]complaint.ID, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	ids, err := scanIDs(tx.Query(`SELECT c.id FROM complaint c WHERE c.id < ? ORDER BY c.id DESC LIMIT ?`, int64(before), limit))
	out := make([]complaint.ID, len(ids))
	for i, id := range ids {
		out[i] = complaint.ID(id)
	}
	return out, err
}

// Clue is a word of a text with its weight: the rarer, the heavier.
type Clue struct {
	Word   string // a pair of Chinese characters, or a word of other letters, folded
	Weight float64
}

// Resembling asks the index for the rarest clues, however many cases have them. A
// word in more cases than clueHits counts for the newest of them; two such words
// together find older ones too. TestEvalSimilar tells what other numbers find.
const (
	clueProbes = 36   // clues asked for at most,
	clueCases  = 1500 // fewer once they led to so many cases: copies share all that is rare
	clueHits   = 200  // cases looked at for one clue
	cluePairs  = 3    // frequent clues that are asked for in pairs
	clueScoped = 8    // frequent clues or pairs that are asked for once more within the reach
	nearWeight = 40   // of a near-duplicate band: more than a few words
)

// Resembling returns the cases in the actor's reach that share the heaviest clues
// with a text, best first, at most limit, without the case not. What is not in the
// actor's reach is left out before anything is weighed or counted; for who reaches
// everything, what is left to leave out - recusals, cases merged into another - is
// left out of the best. It reads the blind index alone: no case is opened.
func (tx *Tx) Resembling(who party.Actor, clues []Clue, narrative string, not complaint.ID, limit int) ([]complaint.ID, error) {
	f := newFinder(tx, who, not)
	if err := f.singles(clues); err != nil {
		return nil, err
	}
	if err := f.pairs(); err != nil {
		return nil, err
	}
	if err := f.copies(narrative); err != nil {
		return nil, err
	}
	return f.best(limit)
}

// resembleText asks SQLite for the newest cases with some tokens. A case is a
// document under its own id; from caseDocs on stand reviews and precedents.
const resembleText = `SELECT f.rowid FROM search_fts f WHERE f.search_fts MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?`

// caseDocs is above the documents of all cases.
const caseDocs = int64(1) << 50

type finder struct {
	tx       *Tx
	not      int64
	scope    []seal.Token // of one of these the document has; nil for everything
	filter   *where       // on complaint c
	seen     map[int64]bool
	weight   map[int64]float64 // by case, of those seen
	frequent []frequent
	scoped   int // how often the index was asked within the reach
}

// frequent is a clue that more cases have than were looked at.
type frequent struct {
	token  seal.Token
	weight float64
}

func newFinder(tx *Tx, who party.Actor, not complaint.ID) *finder {
	f := &finder{tx: tx, not: int64(not), seen: map[int64]bool{}, weight: map[int64]float64{}, filter: &where{}}
	reach := &where{}
	reach.subtree(who.Unit, len(who.Path))
	if len(reach.parts) > 0 {
		f.scope = []seal.Token{tx.s.ScopeToken(who.Unit), tx.s.OwnerToken(who.Person())}
		f.filter.add("(c.owner = ? OR "+reach.parts[0]+")", append([]any{string(who.Person())}, reach.args...)...)
	}
	f.filter.add("c.merged_into IS NULL")
	args := []any{who.ID}
	for _, u := range who.Path {
		args = append(args, "unit/"+string(u))
	}
	f.filter.add("NOT EXISTS (SELECT 1 FROM complaint_recusal r WHERE r.case_id = c.id AND r.who IN (?"+strings.Repeat(", ?", len(args)-1)+"))", args...)
	return f
}

func (f *finder) singles(clues []Clue) error {
	for _, c := range clues[:min(clueProbes, len(clues))] {
		tokens := f.tx.s.keys.QueryTokens(nil, c.Word)
		if len(tokens) != 1 {
			continue
		}
		if len(f.weight) >= clueCases {
			break
		}
		more, err := f.ask(tokens, c.Weight)
		if err != nil {
			return err
		}
		if more {
			f.frequent = append(f.frequent, frequent{tokens[0], c.Weight})
		}
	}
	return nil
}

// ask gives every visible case that has the tokens their weight, and says whether
// there may be more than were looked at. Where many cases have the tokens, the
// index looks for them within the reach, for a filter afterwards would leave few;
// that costs most of all, so that it is done for the rarest of them alone.
func (f *finder) ask(tokens []seal.Token, weight float64) (more bool, err error) {
	ids, err := f.documents(tokens, nil)
	if err == nil && len(ids) == clueHits && f.scope != nil {
		if f.scoped++; f.scoped > clueScoped {
			return true, nil
		}
		ids, err = f.documents(tokens, f.scope)
	}
	if err != nil {
		return false, err
	}
	more = len(ids) == clueHits
	if f.scope != nil {
		ids, err = f.visible(ids)
	}
	if err != nil || len(ids) == 0 {
		return more, err
	}
	weight += math.Log(clueHits / float64(len(ids))) // rarer than a sample can tell
	for _, id := range ids {
		f.weight[id] += weight
	}
	return more, nil
}

func (f *finder) documents(all, any []seal.Token) ([]int64, error) {
	if f.tx.s.engine == postgres {
		return f.tx.newestDocs(all, any, caseDocs, clueHits)
	}
	return scanIDs(f.tx.Query(resembleText, matchText(all, any), caseDocs, clueHits))
}

// visible leaves out the case asked about and those that the actor may not see.
func (f *finder) visible(ids []int64) ([]int64, error) {
	var unknown []int64
	for _, id := range ids {
		if _, known := f.seen[id]; !known {
			unknown = append(unknown, id)
		}
	}
	for part := range slices.Chunk(unknown, visiblePart) {
		if err := f.look(part); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(ids, func(id int64) bool { return !f.seen[id] || id == f.not }), nil
}

// visiblePart is how many cases are looked up at once; few different numbers of
// them stand in statements, so that these stay prepared.
const visiblePart = 64

func (f *finder) look(ids []int64) error {
	for _, id := range ids {
		f.seen[id] = false
	}
	in, args := padded(ids)
	found, err := scanIDs(f.tx.Query(`SELECT c.id FROM complaint c`+f.filter.String()+` AND c.id IN (`+in+`)`, append(slices.Clone(f.filter.args), args...)...))
	for _, id := range found {
		f.seen[id] = true
	}
	return err
}

// padded returns the marks and values of a list in a statement, filled up with the
// last one to a power of four. There must be at least one.
func padded[T any](list []T) (marks string, args []any) {
	n := 4
	for n < len(list) {
		n *= 4
	}
	for i := range n {
		args = append(args, list[min(i, len(list)-1)])
	}
	return "?" + strings.Repeat(", ?", n-1), args
}

func (f *finder) pairs() error {
	list := f.frequent[:min(cluePairs, len(f.frequent))]
	for i, a := range list {
		for _, b := range list[:i] {
			if _, err := f.ask([]seal.Token{a.token, b.token}, (a.weight+b.weight)/2); err != nil {
				return err
			}
		}
	}
	return nil
}

// copies finds near-duplicates by the bands of their narrative.
func (f *finder) copies(narrative string) error {
	if len(narrative) < shortNarrative {
		return nil
	}
	near := map[int64]bool{}
	for _, band := range f.tx.s.NearTokens(narrative) {
		hits, err := f.tx.Holders(band, nearScan)
		if err != nil {
			return err
		}
		for _, h := range hits {
			near[h.Owner] = true
		}
	}
	ids, err := f.visible(slices.Sorted(maps.Keys(near)))
	for _, id := range ids {
		f.weight[id] += nearWeight
	}
	return err
}

// best returns the heaviest cases.
func (f *finder) best(limit int) ([]complaint.ID, error) {
	ids := slices.Collect(maps.Keys(f.weight))
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(cmp.Compare(f.weight[b], f.weight[a]), cmp.Compare(b, a))
	})
	out := make([]complaint.ID, 0, limit)
	for part := range slices.Chunk(ids, visiblePart) {
		seen, err := f.visible(part)
		if err != nil {
			return nil, err
		}
		for _, id := range seen {
			if out = append(out, complaint.ID(id)); len(out) == limit {
				return out, nil
			}
		}
	}
	return out, nil
}

// Narratives returns what was first taken down of some cases, and of nothing else
// about them: it opens one sealed part each. A case whose key was destroyed has "".
// For sifting; what is shown of a case comes from its fold.
func (tx *Tx) Narratives(ids []complaint.ID) ([]string, error) {
	out := make([]string, 0, len(ids))
	for part := range slices.Chunk(ids, visiblePart) {
		texts, err := tx.narratives(part)
		if err != nil {
			return nil, err
		}
		for _, id := range part {
			out = append(out, texts[id.Stream()])
		}
	}
	return out, nil
}

// narratives returns them by stream.
func (tx *Tx) narratives(ids []complaint.ID) (map[string]string, error) {
	streams := make([]any, len(ids))
	for i, id := range ids {
		streams[i] = id.Stream()
	}
	if err := tx.learnKeys(streams); err != nil {
		return nil, err
	}
	in, args := padded(streams)
	rows, err := tx.Query(`SELECT `+eventColumns+` FROM event e LEFT JOIN sealed s ON s.seq = e.seq WHERE e.version = 1 AND e.stream IN (`+in+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[string]string, len(ids))
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		private, err := tx.Open(e)
		var said struct {
			Narrative string `json:"narrative"`
		}
		if err != nil {
			return nil, err
		}
		if err := ledger.Decode(nil, private, &said); err != nil {
			return nil, err
		}
		out[e.Stream] = said.Narrative
	}
	return out, rows.Err()
}

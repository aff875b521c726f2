package storage

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
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

// Resembling asks the index for each clue, rarest first, until enough of them were
// found in other cases. A word in more cases than clueHits counts for the newest
// of them; two such words together find older ones too.
const (
	clueProbes = 96  // clues asked for at most
	clueFound  = 16  // clues found that are enough,
	clueCases  = 120 // once they led to so many cases: copies share all that is rare
	clueHits   = 200 // cases looked at for one clue
	cluePairs  = 5   // frequent clues that are asked for in pairs
	nearWeight = 40  // of a near-duplicate band: more than a few words
)

// Resembling returns the cases in the actor's reach that share the heaviest clues
// with a text, best first, at most limit, without the case not. The scope of the
// actor is part of every query, before any limit: as a condition on the case and
// not as a token, for a token that stands in every case makes the index walk
// through all of them. Recusal is left out at the end.
// It reads the blind index alone: no case is opened.
func (tx *Tx) Resembling(who party.Actor, clues []Clue, narrative string, not complaint.ID, limit int) ([]complaint.ID, error) {
	f := finder{tx: tx, not: int64(not), weight: map[int64]float64{}}
	f.reach, f.args = reachOf(who)
	if err := f.singles(clues); err != nil {
		return nil, err
	}
	if err := f.pairs(); err != nil {
		return nil, err
	}
	if err := f.copies(who, narrative); err != nil {
		return nil, err
	}
	return f.best(who, limit)
}

// resembleText asks for the newest cases with some tokens. A case is a document
// under its own id; from 1<<50 on stand reviews and precedents.
var resembleText = [...]struct{ plain, join, end string }{
	sqlite: {
		plain: `SELECT f.rowid FROM search_fts f WHERE f.search_fts MATCH ? AND f.rowid < 1125899906842624 ORDER BY f.rowid DESC LIMIT ?`,
		join:  `SELECT c.id FROM search_fts f JOIN complaint c ON c.id = f.rowid WHERE f.search_fts MATCH ? AND (`,
		end:   `) ORDER BY f.rowid DESC LIMIT ?`,
	},
	postgres: {
		plain: `SELECT f.doc FROM search_fts f WHERE f.tokens @@ CAST(CAST(? AS TEXT) AS TSQUERY) AND f.doc < 1125899906842624 ORDER BY f.doc DESC LIMIT ?`,
		join:  `SELECT c.id FROM search_fts f JOIN complaint c ON c.id = f.doc WHERE f.tokens @@ CAST(CAST(? AS TEXT) AS TSQUERY) AND (`,
		end:   `) ORDER BY f.doc DESC LIMIT ?`,
	},
}

// reachOf is the condition on complaint c that it lies in the actor's subtree or
// is the actor's own; "" for an actor of the head office.
func reachOf(who party.Actor) (string, []any) {
	w := &where{}
	w.subtree(who.Unit, len(who.Path))
	if len(w.parts) == 0 {
		return "", nil
	}
	return "c.owner = ? OR " + w.parts[0], append([]any{string(who.Person())}, w.args...)
}

type finder struct {
	tx       *Tx
	reach    string // condition on complaint c, "" for everything
	args     []any
	not      int64
	weight   map[int64]float64 // by case
	frequent []frequent
}

// frequent is a clue that more cases have than were looked at.
type frequent struct {
	token  seal.Token
	weight float64
}

func (f *finder) singles(clues []Clue) error {
	found := 0
	for _, c := range clues[:min(clueProbes, len(clues))] {
		tokens := f.tx.s.keys.QueryTokens(nil, c.Word)
		if len(tokens) != 1 {
			continue
		}
		if found >= clueFound && len(f.weight) >= clueCases {
			break
		}
		n, err := f.ask(tokens, c.Weight)
		if err != nil {
			return err
		}
		if n > 0 {
			found++
		}
		if n >= clueHits-1 {
			f.frequent = append(f.frequent, frequent{tokens[0], c.Weight})
		}
	}
	return nil
}

// ask gives every case that has the tokens their weight, and says how many there are.
func (f *finder) ask(tokens []seal.Token, weight float64) (int, error) {
	t := resembleText[f.tx.s.engine]
	q := t.plain
	if f.reach != "" {
		q = t.join + f.reach + t.end
	}
	ids, err := scanIDs(f.tx.Query(q, append(append([]any{matchText(f.tx.s.engine, tokens, nil)}, f.args...), clueHits)...))
	if err != nil {
		return 0, err
	}
	ids = slices.DeleteFunc(ids, func(id int64) bool { return id == f.not })
	if len(ids) > 0 {
		weight += math.Log(clueHits / float64(len(ids))) // rarer than a sample can tell
	}
	for _, id := range ids {
		f.weight[id] += weight
	}
	return len(ids), nil
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
func (f *finder) copies(who party.Actor, narrative string) error {
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
			near[h.Owner] = h.Owner != f.not
		}
	}
	if len(near) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(near))
	for id, other := range near {
		if other {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	ids, err := f.tx.within(who, ids)
	for _, id := range ids {
		f.weight[id] += nearWeight
	}
	return err
}

// best returns the heaviest cases, without those from which the actor is recused.
func (f *finder) best(who party.Actor, limit int) ([]complaint.ID, error) {
	ids := make([]int64, 0, len(f.weight))
	for id := range f.weight {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(cmp.Compare(f.weight[b], f.weight[a]), cmp.Compare(b, a))
	})
	ids = ids[:min(2*limit, len(ids))]
	open, err := f.readable(who, ids)
	if err != nil {
		return nil, err
	}
	var out []complaint.ID
	for _, id := range ids {
		if slices.Contains(open, id) && len(out) < limit {
			out = append(out, complaint.ID(id))
		}
	}
	return out, nil
}

// readable leaves out cases from which the actor is recused, and merged ones:
// what they say stands in the case that they were merged into.
func (f *finder) readable(who party.Actor, ids []int64) ([]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := &where{}
	w.add("c.merged_into IS NULL")
	w.notRecused(who)
	ids = slices.Clone(ids)
	for len(ids)%16 != 0 { // few different texts, so that they stay prepared
		ids = append(ids, ids[0])
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	w.add("c.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	return scanIDs(f.tx.Query(`SELECT c.id FROM complaint c`+w.String(), w.args...))
}

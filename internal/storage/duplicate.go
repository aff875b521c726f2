package storage

import (
	"cmp"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// Likeness is an earlier case that may be the same grievance.
type Likeness struct {
	ID      complaint.ID
	Reasons []string // kinds of identifiers that agree, "text" for a near narrative
}

// nearScan bounds the earlier cases looked at for each reason, newest first. It is
// more than a reader is shown, because what is out of reach is left out afterwards.
const nearScan = 50

// Likely returns earlier cases in the actor's reach that share an identifier or
// have a near narrative; those with more reasons first, then the newer ones.
func (tx *Tx) Likely(who party.Actor, ids []Identifier, narrative string, limit int) ([]Likeness, error) {
	reasons := map[int64][]string{}
	for _, id := range ids {
		if err := tx.likeBy(tx.s.BlindToken(id), id.Kind, reasons); err != nil {
			return nil, err
		}
	}
	if len(narrative) >= shortNarrative {
		for _, band := range tx.s.NearTokens(narrative) {
			if err := tx.likeBy(band, "text", reasons); err != nil {
				return nil, err
			}
		}
	}
	if len(reasons) == 0 {
		return nil, nil
	}
	within, err := tx.within(who, slices.Collect(maps.Keys(reasons)))
	if err != nil {
		return nil, err
	}
	out := make([]Likeness, 0, len(within))
	for _, id := range within {
		out = append(out, Likeness{ID: complaint.ID(id), Reasons: reasons[id]})
	}
	slices.SortFunc(out, func(x, y Likeness) int {
		return cmp.Or(cmp.Compare(len(y.Reasons), len(x.Reasons)), cmp.Compare(y.ID, x.ID))
	})
	return out[:min(limit, len(out))], nil
}

// shortNarrative is below how many bytes a text is too short to be compared.
const shortNarrative = 60

func (tx *Tx) likeBy(key seal.Token, reason string, reasons map[int64][]string) error {
	hits, err := tx.Holders(key, nearScan)
	for _, h := range hits {
		if !slices.Contains(reasons[h.Owner], reason) {
			reasons[h.Owner] = append(reasons[h.Owner], reason)
		}
	}
	return err
}

// within returns those of the cases that lie in the actor's subtree or are the actor's own.
func (tx *Tx) within(who party.Actor, ids []int64) ([]int64, error) {
	w := &where{}
	w.subtree(who.Unit, len(who.Path))
	reach := "c.owner = ?"
	args := []any{string(who.Person())}
	if len(w.parts) == 0 {
		reach += " OR 1 = 1" // the root of the tree
	}
	for _, part := range w.parts {
		reach += " OR " + part
	}
	args = append(args, w.args...)
	for len(ids)%16 != 0 { // few different texts, so that they stay prepared
		ids = append(ids, ids[0])
	}
	for _, id := range ids {
		args = append(args, id)
	}
	return scanIDs(tx.Query(`SELECT c.id FROM complaint c WHERE (`+reach+`) AND c.id IN (?`+strings.Repeat(", ?", len(ids)-1)+`) ORDER BY c.id`, args...))
}

func scanIDs(rows *sql.Rows, err error) (out []int64, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// CountApprovals counts the requests that wait in the actor's subtree and were
// not asked by the actor, and stops at max.
func (tx *Tx) CountApprovals(who party.Actor, max int) (n int, err error) {
	w := &where{}
	w.add("a.state = 'asked'")
	w.add("a.asked_by <> ?", who.ID)
	w.permitBy("a.case_id", who, All)
	err = tx.Scan(`SELECT count(*) FROM (SELECT 1 FROM complaint_approval a JOIN complaint c ON c.id = a.case_id`+w.String()+` LIMIT ?) AS few`, append(w.args, max), &n)
	return n, err
}

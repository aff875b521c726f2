package storage

import (
	"cmp"
	"slices"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// Likeness is an earlier case that may be the same grievance.
type Likeness struct {
	ID      complaint.ID
	Reasons []string // kinds of identifiers that agree, "text" for a near narrative
}

// nearScan bounds the earlier cases looked at for each reason, newest first.
const nearScan = 20

// Likely returns earlier cases in the actor's reach that share an identifier or
// have a near narrative; those with more reasons first, then the newer ones.
func (tx *Tx) Likely(who party.Actor, ids []Identifier, narrative string, limit int) ([]Likeness, error) {
	reasons := map[int64][]string{}
	scope := []seal.Token{tx.s.ScopeToken(who.Unit), tx.s.OwnerToken(who.Person())}
	for _, id := range ids {
		hits, err := tx.Search([]seal.Token{tx.s.BlindToken(id)}, scope, 0, nearScan)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if !slices.Contains(reasons[h.Owner], id.Kind) {
				reasons[h.Owner] = append(reasons[h.Owner], id.Kind)
			}
		}
	}
	if err := tx.nearTexts(narrative, scope, reasons); err != nil {
		return nil, err
	}
	out := make([]Likeness, 0, len(reasons))
	for id, why := range reasons {
		out = append(out, Likeness{ID: complaint.ID(id), Reasons: why})
	}
	slices.SortFunc(out, func(x, y Likeness) int {
		return cmp.Or(cmp.Compare(len(y.Reasons), len(x.Reasons)), cmp.Compare(y.ID, x.ID))
	})
	return out[:min(limit, len(out))], nil
}

// shortNarrative is below how many bytes a text is too short to be compared.
const shortNarrative = 60

func (tx *Tx) nearTexts(narrative string, scope []seal.Token, reasons map[int64][]string) error {
	if len(narrative) < shortNarrative {
		return nil
	}
	for _, band := range tx.s.NearTokens(narrative) {
		hits, err := tx.Search([]seal.Token{band}, scope, 0, nearScan)
		if err != nil {
			return err
		}
		for _, h := range hits {
			if !slices.Contains(reasons[h.Owner], "text") {
				reasons[h.Owner] = append(reasons[h.Owner], "text")
			}
		}
	}
	return nil
}

// CountApprovals counts the requests that wait in the actor's subtree and were
// not asked by the actor.
func (tx *Tx) CountApprovals(who party.Actor) (n int, err error) {
	w := &where{}
	w.add("a.state = 'asked'")
	w.add("a.asked_by <> ?", who.ID)
	w.permit(who, All)
	err = tx.Scan(`SELECT count(*) FROM complaint_approval a JOIN complaint c ON c.id = a.case_id`+w.String(), w.args, &n)
	return n, err
}

package storage

import (
	"xiaobao/internal/review"
)

// JudgedFinding names a finding that a person has judged.
type JudgedFinding struct {
	Review  review.ID
	N       int
	Verdict review.Verdict
}

// JudgedFindings returns the newest findings of a rule (of every rule when it is
// "") that a person has judged, in reviews of the filter; with a verdict only
// those. A verdict carried over from an earlier version is not counted again.
func (tx *Tx) JudgedFindings(f ReviewFilter, rule string, v review.Verdict, limit int) ([]JudgedFinding, error) {
	w := f.where()
	w.add("f.rule <> ''")
	w.add("f.judge <> 'system'")
	w.add("f.verdict <> ''")
	if rule != "" {
		w.add("f.rule = ?", rule)
	}
	if v != "" {
		w.add("f.verdict = ?", string(v))
	}
	rows, err := tx.Query("SELECT f.review_id, f.n, f.verdict FROM review r JOIN review_finding f ON f.review_id = r.id"+w.String()+" ORDER BY f.review_id DESC, f.n DESC LIMIT ?", append(w.args, limit)...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(j *JudgedFinding) []any { return []any{&j.Review, &j.N, &j.Verdict} })
}

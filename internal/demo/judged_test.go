package demo_test

import (
	"testing"

	"xiaobao/internal/complaint"
)

// showsJudgements finds judgements of every verdict on part of the cases, so that the
// panel of the person, the faces of the lists and the chart of the accuracy have
// something to show.
func (w world) showsJudgements(t *testing.T) {
	verdicts, judged := map[complaint.Verdict]int{}, 0
	cases := w.all(t)
	for _, c := range cases {
		if len(c.Judgements) > 0 {
			judged++
		}
		for _, j := range c.Judgements {
			verdicts[j.Verdict]++
		}
	}
	if judged < len(cases)/6 || judged > len(cases)/2 {
		t.Errorf("%d of %d cases are judged", judged, len(cases))
	}
	need(t, map[string]map[string]int{"verdict": {"accepted": verdicts[complaint.Adopted], "corrected": verdicts[complaint.Corrected], "refused": verdicts[complaint.Rejected]}}, "verdict",
		[]complaint.Verdict{complaint.Adopted, complaint.Corrected, complaint.Rejected})
	if verdicts[complaint.Adopted] <= verdicts[complaint.Corrected]+verdicts[complaint.Rejected] {
		t.Errorf("more is turned down than accepted: %v", verdicts)
	}
}

package demo_test

import (
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/demo"
)

// Part of the cases carries judgements of every verdict, so that the panel of the
// person, the faces of the lists and the chart of the accuracy have something to show.
func TestDemoJudgesSuggestions(t *testing.T) {
	w := makeDemo(t, at(2026, 11, 22, 10.5), demo.Options{Cases: 90})
	for _, r := range w.result.Refused {
		t.Errorf("case %d, step %d: %v", r.Case, r.Step, r.Err)
	}
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

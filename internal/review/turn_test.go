package review_test

import (
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
)

// Each desk's stretch is counted by itself: sent back, first stage with a
// question out, head office. What head office judges otherwise stays told.
func TestTurns(t *testing.T) {
	w := start(t, "subBJ", review.NewDraft{Kind: "fee", Title: "挂失费调整", Form: map[string]string{"line": "card", "old_fee": "每次10元", "new_fee": "每次15元", "announce_on": "2026-10-15", "announce_where": "网点与官网", "publish_on": "2026-11-20"}})
	w.do("subBJ", review.AddMaterial{Text: "自2026年11月20日起，挂失手续费调整为每次15元。"})
	w.read(review.Finding{Pack: "contract", Rule: "contract.notice", Severity: review.Warn, Title: "公示", Quote: "调整"})
	w.do("subBJ", review.HandIn{})
	w.do("revBJ", review.Take{})
	w.today = w.today.AddDays(1)
	w.do("revBJ", review.SendBack{Why: "缺少成本测算"})
	w.today = w.today.AddDays(1) // Wednesday 14th
	w.do("subBJ", review.HandIn{Urgent: true, Why: "限期公示"})
	w.do("revBJ", review.Ask{Text: "测算依据？"})
	w.today = w.today.AddDays(1)
	w.do("subBJ", review.AnswerQuestion{N: 1, Text: "见附件"})
	w.today = w.today.AddDays(4) // Monday 19th
	w.judge("revBJ", review.Dismissed)
	w.do("revBJ", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
	w.do("leadBJ", review.Clear{Note: "报总行"})
	w.do("revHQ", review.Take{})
	w.do("revHQ", review.JudgeFinding{N: []int{1}, Verdict: review.Accepted})
	w.today = w.today.AddDays(1)
	w.do("revHQ", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
	rules, cal := regulation.Embedded().At(w.today), calendar.Official()
	type turn struct {
		stage      review.Stage
		urgent     bool
		from, end  string
		sentBack   bool
		days       int
		punctually bool
	}
	want := []turn{
		{review.Local, false, "2026-10-12", "2026-10-13", true, 1, true},
		{review.Local, true, "2026-10-14", "2026-10-19", false, 2, false}, // due on the 16th: on the 15th a question was out
		{review.Head, true, "2026-10-19", "2026-10-20", false, 1, true},
	}
	if len(w.r.Turns) != len(want) {
		t.Fatalf("%d turns, want %d: %+v", len(w.r.Turns), len(want), w.r.Turns)
	}
	for i, x := range w.r.Turns {
		due, ok := w.r.DueOf(x, rules, cal)
		got := turn{x.Stage, x.Urgent, x.From.String(), x.End().String(), !x.Back.IsZero(), review.WorkingDays(x.From, x.End(), x.Pauses, cal), ok && x.End() <= due}
		if got != want[i] {
			t.Errorf("turn %d is %+v (due %s), want %+v", i+1, got, due, want[i])
		}
	}
	f := w.r.Findings[0]
	if f.First != review.Dismissed || f.FirstBy != "person/revBJ" || f.Verdict != review.Accepted || f.JudgedIn != review.Head {
		t.Errorf("finding %+v", f)
	}
	w.replay()
}

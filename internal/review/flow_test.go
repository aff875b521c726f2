package review_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
)

// S0.2, S3.1, CP-27: a message with a promise is stopped, mended, cleared.
func TestAdoptedAndCleared(t *testing.T) {
	w := draftSMS(t, guarantee)
	w.is(review.InReview)
	w.judge("revHQ", review.Accepted)
	w.do("revHQ", review.GiveOpinion{Conclusion: review.AfterChange, Summary: "修改后同意", Points: []review.OpinionItem{{Findings: []int{1}, Text: "删除“保本”", Must: true}}})
	w.is(review.Opinion)
	w.do("subHQ", review.AddMaterial{Text: "稳健理财，业绩比较基准4.2%，理财非存款，产品有风险，回复TD退订。", Note: "删除保本"})
	w.read()
	w.do("subHQ", review.AnswerPoint{N: 1, Answer: review.Adopted})
	w.is(review.Answered)
	w.do("revHQ", review.CheckPoint{N: 1, OK: true})
	w.is(review.Confirmed)
	w.do("office", review.Clear{Scope: "全国存量客户", Channels: []string{"sms"}, Until: w.today.AddDays(80)})
	w.is(review.Approved)
	if c := w.r.Clearance; c.Number != "消保审〔2026〕SC20261012-000007" || c.Material != 2 {
		t.Errorf("clearance %+v", c)
	}
	if got := w.r.StateOn(w.r.Clearance.Until); got != review.Approved {
		t.Errorf("on its last day %s", got)
	}
	if got := w.r.StateOn(w.r.Clearance.Until.AddDays(1)); got != review.Expired {
		t.Errorf("a day later %s, want expired", got)
	}
	w.do("office", review.Revoke{Why: "产品下架"})
	w.is(review.Ended)
	w.replay()
}

// What is not adopted goes to the superior, who decides either way.
func TestNotAdoptedIsEscalated(t *testing.T) {
	for _, tt := range []struct {
		upheld bool
		want   review.State
	}{{true, review.Opinion}, {false, review.Confirmed}} {
		w := draftSMS(t, guarantee)
		w.judge("revHQ", review.Accepted)
		w.do("revHQ", review.GiveOpinion{Conclusion: review.AfterChange, Summary: "修改后同意", Points: []review.OpinionItem{{Findings: []int{1}, Text: "删除“保本”", Must: true}}})
		w.do("subHQ", review.AnswerPoint{N: 1, Answer: review.NotAdopted, Text: "同业都这样写"})
		if err := w.try("revHQ", review.CheckPoint{N: 1, OK: true}); err == nil {
			t.Error("the reviewer alone let go of a point that has to be adopted")
		}
		w.do("revHQ", review.RaisePoint{N: 1, Why: "违反广告法第二十五条"})
		w.is(review.Escalated)
		if err := w.try("revHQ", review.SettlePoint{N: 1, Why: "我来定"}); err == nil {
			t.Error("the reviewer settled what he raised")
		}
		w.do("boss", review.SettlePoint{N: 1, Upheld: tt.upheld, Why: "依法决定"})
		w.is(tt.want)
		w.replay()
	}
}

// A branch's kind with head = true goes through both stages.
func TestTwoStages(t *testing.T) {
	w := start(t, "subBJ", review.NewDraft{Kind: "fee", Title: "挂失费调整", Form: map[string]string{"line": "card", "old_fee": "每次10元", "new_fee": "每次15元", "announce_on": "2026-10-15", "announce_where": "网点与官网", "publish_on": "2026-11-20"}})
	w.do("subBJ", review.AddMaterial{Text: "自2026年11月20日起，挂失手续费调整为每次15元。"})
	w.read()
	w.do("subBJ", review.HandIn{Urgent: true, Why: "监管要求限期公示"})
	if err := w.try("revHQ", review.Take{}); err == nil {
		t.Error("head office took what the branch reviews first")
	}
	w.do("revBJ", review.Take{})
	w.judge("revBJ", review.Accepted)
	w.do("revBJ", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
	w.do("leadBJ", review.Clear{Note: "报总行"})
	w.is(review.Submitted)
	if w.r.Stage != review.Head || w.r.Clearance != nil {
		t.Fatalf("stage %s, clearance %v", w.r.Stage, w.r.Clearance)
	}
	if err := w.try("revBJ", review.Take{}); err == nil {
		t.Error("the branch reviewed at head office")
	}
	w.do("revHQ", review.Take{})
	w.do("revHQ", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
	w.do("office", review.Clear{Scope: "北京", Channels: []string{"branch"}, Until: w.today.AddDays(300), Conditions: []string{"公示满三十天后执行"}})
	w.is(review.Conditional)
	w.replay()
}

// Nobody clears what he wrote or read, with something open, or for ever.
func TestRefused(t *testing.T) {
	confirmed := func(t *testing.T) *world {
		w := draftSMS(t)
		w.judge("revHQ", review.Accepted)
		w.do("revHQ", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
		return w
	}
	open := func(t *testing.T) *world {
		w := draftSMS(t, guarantee)
		w.judge("revHQ", review.Accepted)
		w.do("revHQ", review.GiveOpinion{Conclusion: review.AfterChange, Summary: "改", Points: []review.OpinionItem{{Findings: []int{1}, Text: "删除", Must: true}}})
		return w
	}
	good := review.Clear{Scope: "全国", Channels: []string{"sms"}, Until: 20780}
	for _, tt := range []struct {
		name  string
		setup func(*testing.T) *world
		by    party.PersonID
		do    review.Command
		want  string
	}{
		{"reviewer clears", confirmed, "revHQ", good, "没有此项权限"},
		{"submitter reviews", func(t *testing.T) *world { return draftSMS(t) }, "subHQ", review.CheckItem{Item: "truth", Verdict: review.ItemOK}, "没有此项权限"},
		{"the office clears what it reviewed", func(t *testing.T) *world {
			w := draftSMS(t)
			w.do("office", review.AssignReviewer{Person: "office", Why: "人手不足"})
			w.judge("office", review.Accepted)
			w.do("office", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
			return w
		}, "office", good, "由另一人决定"},
		{"clear with an open point", open, "office", good, "还有 1 条意见没有办结"},
		{"clear for ever", confirmed, "office", review.Clear{Scope: "全国", Channels: []string{"sms"}, Until: 40000}, "有效期最长 365 天"},
		{"clear without scope", confirmed, "office", review.Clear{Channels: []string{"sms"}, Until: 20780}, "请填写适用范围"},
		{"clear nowhere", confirmed, "office", review.Clear{Scope: "全国", Until: 20780}, "请选择可以使用的渠道"},
		{"opinion before judging", func(t *testing.T) *world { return draftSMS(t, guarantee) }, "revHQ", review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"}, "还有 1 个问题没有判断"},
		{"adopt without a new version", open, "subHQ", review.AnswerPoint{N: 1, Answer: review.Adopted}, "请先上传修改后的版本"},
		{"not adopt without reason", open, "subHQ", review.AnswerPoint{N: 1, Answer: review.NotAdopted}, "请填写说明"},
		{"dismiss without reason", func(t *testing.T) *world { return draftSMS(t, guarantee) }, "revHQ", review.JudgeFinding{N: []int{1}, Verdict: review.Dismissed}, "请填写排除原因"},
		{"change a finding the opinion speaks of", func(t *testing.T) *world {
			w := open(t)
			w.do("subHQ", review.AnswerPoint{N: 1, Answer: review.NotAdopted, Text: "不改"})
			return w
		}, "revHQ", review.JudgeFinding{N: []int{1}, Verdict: review.Dismissed, Why: "算了"}, "已写入审查意见"},
		{"hand in twice", func(t *testing.T) *world { return draftSMS(t) }, "subHQ", review.HandIn{}, "不能送审"},
		{"another's draft", func(t *testing.T) *world {
			return start(t, "subHQ", review.NewDraft{Kind: "marketing.sms", Title: "短信", Form: sms})
		}, "subBJ", review.TakeBack{Why: "x"}, ""},
		{"clerk", confirmed, "clerk", review.Take{}, "没有此项权限"},
		{"branch lead decides for head office", confirmed, "leadBJ", good, ""},
	} {
		w := tt.setup(t)
		before := w.r.State
		err := w.try(tt.by, tt.do)
		if err == nil {
			t.Errorf("%s: allowed", tt.name)
			continue
		}
		if k := fault.KindOf(err); k == fault.Internal {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, err, tt.want)
		}
		if w.r.State != before {
			t.Errorf("%s: moved to %s", tt.name, w.r.State)
		}
	}
}

// An incomplete form does not enter review.
func TestHandInAsksForTheForm(t *testing.T) {
	w := start(t, "subHQ", review.NewDraft{Kind: "marketing.sms", Title: "短信"})
	err := w.try("subHQ", review.HandIn{})
	for _, want := range []string{"业务条线", "接收人同意的依据", "计划发布或生效日", "请先上传送审材料"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not ask for %s", err, want)
		}
	}
}

// Days on which a question was out do not count (2026-10-12 is a Monday; three working days).
func TestQuestionRestsTheLimit(t *testing.T) {
	w := draftSMS(t)
	due := func() calendar.Date {
		d, _, ok := w.r.Due(regulation.Embedded().At(w.today), calendar.Official(), w.today)
		if !ok {
			t.Fatal("no limit")
		}
		return d.Due
	}
	if got := due(); got != day(t, "2026-10-15") {
		t.Fatalf("due %s", got)
	}
	w.do("revHQ", review.Ask{Text: "业绩比较基准的依据？"})
	w.is(review.Questions)
	w.today = w.today.AddDays(2)
	w.do("subHQ", review.AnswerQuestion{N: 1, Text: "见附表"})
	w.is(review.InReview)
	if got := due(); got != day(t, "2026-10-19") {
		t.Errorf("after two days of waiting due %s, want 2026-10-19", got)
	}
	w.replay()
}

// A reviewer who steps back is replaced by the deputy, and may not come back.
func TestRecusal(t *testing.T) {
	w := draftSMS(t)
	w.do("office", review.AssignReviewer{Person: "revHQ", Deputy: "revHQ2"})
	w.do("revHQ", review.Recuse{Person: "revHQ", Why: "配偶是产品经理"})
	if w.r.Reviewer != "revHQ2" {
		t.Fatalf("reviewer %q", w.r.Reviewer)
	}
	if err := w.try("office", review.AssignReviewer{Person: "revHQ", Why: "x"}); err == nil {
		t.Error("the recused reviewer came back")
	}
	if err := w.try("revHQ", review.CheckItem{Item: "truth", Verdict: review.ItemOK}); !fault.Is(err, fault.Recused) {
		t.Errorf("recused reviewer: %v", err)
	}
	w.replay()
}

// A dismissal goes on to the same words of the next version; what was accepted
// is found anew if it still stands there.
func TestCarriedOver(t *testing.T) {
	rate := guarantee
	rate.Rule, rate.Quote, rate.Title, rate.Start, rate.End = "wealth.expected", "年化", "预期收益", 20, 26
	w := draftSMS(t, guarantee, rate)
	w.do("revHQ", review.JudgeFinding{N: []int{2}, Verdict: review.Dismissed, Why: "写明了业绩比较基准"})
	w.judge("revHQ", review.Accepted)
	w.do("revHQ", review.GiveOpinion{Conclusion: review.AfterChange, Summary: "改", Points: []review.OpinionItem{{Findings: []int{1}, Text: "删除", Must: true}}})
	w.do("subHQ", review.AddMaterial{Text: "还是保本，年化4.2%", Note: "第二版"})
	moved := rate
	moved.Start, moved.End = 18, 24
	w.read(guarantee, moved)
	got := map[string]review.Verdict{}
	for _, f := range w.r.FindingsOf(2) {
		got[f.Rule] = f.Verdict
	}
	if got["wealth.expected"] != review.Dismissed || got["wealth.guarantee"] != "" {
		t.Errorf("verdicts on version 2: %v", got)
	}
	w.replay()
}

// Law: whatever commands come in whatever order, a clearance exists only when no
// point is open, nothing found is unjudged, and neither submitter nor reviewer gave it.
func TestClearanceLaw(t *testing.T) {
	who := []party.PersonID{"subHQ", "revHQ", "office", "office", "boss"}
	rapid.Check(t, func(rt *rapid.T) {
		w := draftSMS(t, guarantee)
		if rapid.Bool().Draw(rt, "office reviews") {
			w.do("office", review.AssignReviewer{Person: "office", Why: "人手不足"})
		}
		w.today = day(t, "2026-10-13")
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			by := rapid.SampledFrom(who).Draw(rt, "by")
			n := rapid.IntRange(1, 3).Draw(rt, "n")
			m := len(w.r.Materials)
			_ = w.try(by, rapid.SampledFrom([]review.Command{
				review.JudgeFinding{N: []int{n}, Verdict: review.Accepted}, review.JudgeFinding{N: []int{n}, Verdict: review.Dismissed, Why: "可以"},
				review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"},
				review.GiveOpinion{Conclusion: review.AfterChange, Summary: "改", Points: []review.OpinionItem{{Findings: []int{n}, Text: "删", Must: true}}},
				review.AddMaterial{Text: "新版", Note: "改"}, review.AnswerPoint{N: n, Answer: review.Adopted}, review.AnswerPoint{N: n, Answer: review.NotAdopted, Text: "不改"},
				review.CheckPoint{N: n, OK: true}, review.CheckPoint{N: n, Text: "没改"}, review.RaisePoint{N: n, Why: "报"}, review.SettlePoint{N: n, Upheld: n == 1, Why: "定"},
				review.Clear{Scope: "全国", Channels: []string{"sms"}, Until: w.today.AddDays(30)},
			}).Draw(rt, "do"))
			if len(w.r.Materials) > m {
				w.read(guarantee)
			}
			for _, i := range w.r.Unchecked() {
				_ = w.try(w.r.Reviewer, review.CheckItem{Item: i.ID, Verdict: review.ItemOK})
			}
		}
		if w.r.Clearance == nil {
			return
		}
		if len(w.r.OpenPoints()) > 0 || len(w.r.Unjudged()) > 0 {
			rt.Fatalf("cleared with %d open points and %d unjudged findings", len(w.r.OpenPoints()), len(w.r.Unjudged()))
		}
		if by := w.r.Clearance.By; by == w.r.CreatedBy || by == "person/"+string(w.r.Reviewer) {
			rt.Fatalf("cleared by %s", by)
		}
		if m, _ := w.r.Current(); w.r.Clearance.Material != m.N {
			rt.Fatalf("cleared version %d of %d", w.r.Clearance.Material, m.N)
		}
	})
}

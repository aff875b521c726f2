package app_test

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

func TestGuide(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{Narrative: "信用卡没有同意就开通了账单分期，多扣八十元手续费，打 13800001234 找我。凭什么！", Complainant: complaint.Complainant{Name: "王秀兰"}, Channel: "web"})
		p, err := w.app.Guide(ctx, w.who("bj"), r.ID)
		w.ok(err)
		s, ok := p.Reading.Suggestion(complaint.TopicProduct, 0)
		if !ok || s.Value != "credit_card" || len(s.Evidence) == 0 || !p.May.Allow {
			t.Errorf("suggested %+v, may %v", s, p.May)
		}
		for _, part := range p.Input.Parts {
			if strings.Contains(part.Text, "13800001234") {
				t.Error("a number stands in clear in what the guide shows")
			}
		}
		if _, err := w.app.Guide(ctx, w.who("sh"), r.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another branch reads it: %v", err)
		}
		typed, err := w.app.GuideText(ctx, w.who("bj"), "车险定损太低，查勘员三小时才到。", "")
		w.ok(err)
		if s, _ := typed.Suggestion(complaint.TopicProduct, 0); s.Value != "motor" {
			t.Errorf("typed text is read as %+v", s)
		}
		for _, bad := range []string{"\xff\xfe", strings.Repeat("长", 60000)} {
			if _, err := w.app.GuideText(ctx, w.who("bj"), bad, ""); err == nil {
				t.Errorf("%.6q is read", bad)
			}
		}
	})
}

// Accuracy counts what people answered, within reach, and every number has its rows.
func TestAccuracy(t *testing.T) {
	each(t, func(w world) {
		one := w.register("bj", complaint.Register{Narrative: "甲", Complainant: complaint.Complainant{Name: "甲"}, Channel: "web"})
		two := w.register("sh", complaint.Register{Narrative: "乙", Complainant: complaint.Complainant{Name: "乙"}, Channel: "web"})
		src := "codes.product.credit_card@1"
		w.do("bj", one.ID, complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card", Value: "credit_card", Source: src, Confidence: 700},
			complaint.Judge{Topic: complaint.TopicStage, Suggested: "solved", Value: "respected", Source: "person.stage.solved.done@1"},
			complaint.Judge{Topic: complaint.TopicImplicit, Value: "担心 13800001234 被冒用"}, complaint.Judge{Topic: complaint.TopicNeed, Suggested: "service"})
		w.do("sh", two.ID, complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card", Value: "debit_card", Source: src})
		span := calendar.Interval{From: w.today().AddDays(-1), To: w.today()}
		all, err := w.app.Accuracy(ctx, w.who("office"), "", "", span)
		w.ok(err)
		i := slices.IndexFunc(all.Topics, func(l app.AccuracyLine) bool { return l.Topic == complaint.TopicProduct })
		if i < 0 || all.Topics[i].VerdictCount != (app.VerdictCount{Accepted: 1, Corrected: 1}) || all.Topics[i].Right() != 500 {
			t.Errorf("topics %+v", all.Topics)
		}
		if !slices.Contains(all.Confused, app.Confused{Topic: complaint.TopicProduct, Suggested: "credit_card", Value: "debit_card", N: 1}) || len(all.Days) != 1 || len(all.Units) != 2 {
			t.Errorf("%+v", all)
		}
		mine, err := w.app.Accuracy(ctx, w.who("bjlead"), "", complaint.TopicProduct, span)
		w.ok(err)
		if len(mine.Topics) != 1 || mine.Topics[0].Suggested() != 1 {
			t.Errorf("the lead of a branch sees %+v", mine.Topics)
		}
		rows, _, err := w.app.JudgedCases(ctx, w.who("office"), storage.JudgementFilter{Span: span, Topic: complaint.TopicProduct, Source: "codes.*", Verdict: complaint.Corrected})
		w.ok(err)
		if len(rows) != 1 || rows[0].Case != two.ID || rows[0].Judgement.Value != "debit_card" {
			t.Errorf("rows %+v", rows)
		}
		rows, _, err = w.app.JudgedCases(ctx, w.who("bj"), storage.JudgementFilter{Span: span})
		w.ok(err)
		for _, r := range rows {
			if r.Case == two.ID || strings.Contains(r.Judgement.Value, "13800001234") {
				t.Errorf("a handler of another branch sees %+v", r)
			}
		}
		if len(rows) != 4 {
			t.Errorf("%d answers, want 4", len(rows))
		}
		if _, err := w.app.Accuracy(ctx, w.who("office"), "nowhere", "", span); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown unit: %v", err)
		}
		w.alike()
		w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
			confirmed, err := tx.ConfirmedJudgements(complaint.TopicProduct)
			if len(confirmed) != 2 || confirmed[0].Value != "credit_card" {
				t.Errorf("for training: %+v", confirmed)
			}
			return err
		}))
	})
}

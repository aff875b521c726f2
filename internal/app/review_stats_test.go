package app_test

import (
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// statWorld has a message cleared after changes, one sent back and vetoed late, one of
// Shanghai in work, and a draft.
func (w world) statWorld() (cleared, vetoed, shanghai review.Review) {
	w.Helper()
	w.reviewers()
	cleared = w.draft("sub", "稳享理财，产品有风险，投资须谨慎。")
	w.review("sub", cleared.ID, review.HandIn{})
	w.review("rev", cleared.ID, review.Take{})
	w.judgeAll("rev", cleared.ID)
	w.review("rev", cleared.ID, review.AddFinding{Severity: review.Warn, Title: "字号", Advice: "放大"})
	w.review("rev", cleared.ID, review.GiveOpinion{Conclusion: review.AfterChange, Summary: "改", Points: []review.OpinionItem{{Text: "写明发行人", Must: true}, {Text: "放大字号"}}})
	_, err := w.app.AddMaterial(ctx, w.who("sub"), cleared.ID, 0, "稳享理财由本行发行，产品有风险，投资须谨慎。", "补充发行人", nil)
	w.ok(err)
	w.review("sub", cleared.ID, review.AnswerPoint{N: 1, Answer: review.Adopted})
	w.review("sub", cleared.ID, review.AnswerPoint{N: 2, Answer: review.NotAdopted, Text: "版面不够"})
	w.review("rev", cleared.ID, review.CheckPoint{N: 1, OK: true})
	w.review("rev", cleared.ID, review.CheckPoint{N: 2, OK: true})
	w.judgeAll("rev", cleared.ID)
	*w.now = w.now.AddDate(0, 0, 1)
	w.review("office", cleared.ID, review.Clear{Scope: "全国", Channels: []string{"branch"}, Until: w.today().AddDays(90)})

	vetoed = w.draft("sub", "稳享理财第二期，产品有风险，投资须谨慎。")
	w.review("sub", vetoed.ID, review.HandIn{})
	w.review("rev", vetoed.ID, review.Take{})
	w.review("rev", vetoed.ID, review.SendBack{Why: "缺少说明书"})
	w.review("sub", vetoed.ID, review.HandIn{Urgent: true, Why: "今日上架"})
	w.judgeAll("rev", vetoed.ID)
	*w.now = w.now.AddDate(0, 0, 9)
	w.review("rev", vetoed.ID, review.GiveOpinion{Conclusion: review.Disagree, Summary: "不同意", Points: []review.OpinionItem{{Text: "不得保本", Must: true}}})
	w.review("office", vetoed.ID, review.Veto{Why: "产品已下架"})

	shanghai = w.draft("subsh", "上海专属理财，产品有风险，投资须谨慎。")
	w.review("subsh", shanghai.ID, review.HandIn{})
	w.draft("sub", "还没有送审的草稿，产品有风险。")
	return cleared, vetoed, shanghai
}

func (w world) judgeAll(by party.PersonID, id review.ID) {
	w.Helper()
	p, err := w.app.Review(ctx, w.who(by), id)
	w.ok(err)
	for _, f := range p.Review.Unjudged() {
		w.review(by, id, review.JudgeFinding{N: []int{f.N}, Verdict: review.Dismissed, Why: "语境不同"})
	}
	for _, i := range p.Review.Unchecked() {
		w.review(by, id, review.CheckItem{Item: i.ID, Verdict: review.ItemOK})
	}
}

// Numbers count what the reader may open, and each opens just the rows it counts.
func TestReviewStats(t *testing.T) {
	each(t, func(w world) {
		from := w.today()
		w.statWorld()
		span := calendar.Interval{From: from, To: w.today()}
		stats := func(by party.PersonID, q app.ReviewStatQuery) app.ReviewStats {
			w.Helper()
			q.Span = span
			s, err := w.app.ReviewStats(ctx, w.who(by), q)
			w.ok(err)
			return s
		}
		all := stats("office", app.ReviewStatQuery{})
		g := all.All
		if g.Submitted != 3 || g.Decided != 2 || g.Cleared != 1 || g.Conditional != 0 || g.Vetoed != 1 || g.Turns != 3 || g.Back != 1 || g.Late != 1 {
			t.Errorf("all %+v", g)
		}
		if g.Took.N != 2 || g.Took.Median < 0 || g.Took.P90 < g.Took.Median || g.OnTime() != 666 {
			t.Errorf("took %+v, on time %d", g.Took, g.OnTime())
		}
		if must, advice := g.Points[1], g.Points[0]; must != (app.ReviewAnswers{Open: 1, Adopted: 1}) || advice != (app.ReviewAnswers{NotAdopted: 1}) || must.Rate() != 1000 || advice.Rate() != 0 {
			t.Errorf("points %+v %+v", must, advice)
		}
		if len(all.Units) != 2 || all.Units[0].ID != "01R" || all.Units[0].Submitted != 2 || len(all.Kinds) != 1 || all.Kinds[0].ID != "marketing.poster" {
			t.Errorf("units %+v, kinds %+v", all.Units, all.Kinds)
		}
		if n := stats("revsh", app.ReviewStatQuery{}).All.Submitted; n != 1 {
			t.Errorf("Shanghai's reviewer counts %d submissions, want its own", n)
		}
		if n := stats("office", app.ReviewStatQuery{Unit: "0102"}).All.Submitted; n != 1 {
			t.Errorf("unit 0102 counts %d", n)
		}
		if n := stats("office", app.ReviewStatQuery{Kind: "contract"}).All.Submitted; n != 0 {
			t.Errorf("contracts count %d", n)
		}
		if _, err := w.app.ReviewStats(ctx, w.who("office"), app.ReviewStatQuery{Span: calendar.Interval{From: span.To, To: span.From.AddDays(-1)}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a period that ends before it begins: %v", err)
		}
		for name, tt := range map[string]struct {
			stat storage.ReviewStat
			want int
		}{
			"submitted":   {storage.ReviewStat{Handed: span}, g.Submitted},
			"decided":     {storage.ReviewStat{Decided: span}, g.Decided},
			"vetoed":      {storage.ReviewStat{Decided: span, Outcome: review.Vetoed}, g.Vetoed},
			"late":        {storage.ReviewStat{Done: span, Late: true}, g.Late},
			"sent back":   {storage.ReviewStat{Done: span, Back: true}, g.Back},
			"not adopted": {storage.ReviewStat{Handed: span, Answer: review.NotAdopted, Must: "no"}, 1},
			"must not":    {storage.ReviewStat{Handed: span, Answer: review.NotAdopted, Must: "yes"}, 0},
			"differ":      {storage.ReviewStat{Handed: span, Differ: true}, all.Differ},
			"other rule":  {storage.ReviewStat{Handed: span, Rule: "none"}, 0},
		} {
			list, err := w.app.Reviews(ctx, w.who("office"), storage.ReviewFilter{Stat: tt.stat})
			w.ok(err)
			if len(list.Rows) != tt.want {
				t.Errorf("%s opens %d rows, want %d", name, len(list.Rows), tt.want)
			}
		}
		w.alike()
	})
}

// A rule tells how often reviewers dismissed it and why, to whom may read the
// reviews; a changed pack is tried against what was judged.
func TestRuleVerdicts(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		r := w.draft("sub", "稳赚不赔，保本保息。")
		w.review("sub", r.ID, review.HandIn{})
		r = w.review("rev", r.ID, review.Take{})
		if len(r.Unjudged()) < 2 {
			t.Fatalf("the rules find %d", len(r.Unjudged()))
		}
		first, second := r.Unjudged()[0], r.Unjudged()[1]
		w.review("rev", r.ID, review.JudgeFinding{N: []int{first.N}, Verdict: review.Dismissed, Why: "引用的是反面例子"})
		w.review("rev", r.ID, review.JudgeFinding{N: []int{second.N}, Verdict: review.Accepted})
		v, err := w.app.RuleVerdicts(ctx, w.who("office"), first.Rule)
		w.ok(err)
		if v.Dismissed != 1 || len(v.Last) != 1 || v.Last[0].Number != r.Number || v.Last[0].Finding.Reason != "引用的是反面例子" {
			t.Errorf("verdicts %+v", v)
		}
		if v, err := w.app.RuleVerdicts(ctx, w.who("revsh"), first.Rule); err != nil || v.Judged() != 0 {
			t.Errorf("Shanghai sees %+v, %v", v, err)
		}
		texts := 0
		w.ok(w.app.JudgedTexts(ctx, party.System, 100, func(x app.JudgedText) error {
			texts++
			if x.Doc.Text != "稳赚不赔，保本保息。" || len(x.Judged) != 2 || x.Number != r.Number || x.Doc.Kind != "marketing.poster" {
				t.Errorf("judged text %+v", x)
			}
			return nil
		}))
		if texts != 1 {
			t.Errorf("%d texts", texts)
		}
	})
}

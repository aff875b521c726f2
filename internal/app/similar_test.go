package app_test

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
)

const promised = "客户经理在柜台口头承诺稳盈理财保本保收益，三月到期却亏损一万多元，要求赔偿。"

// S4.17: cases that resemble one are found by what is rare in it, within the
// reader's reach alone, with the words they share and how they ended.
func TestSimilarCases(t *testing.T) {
	each(t, func(w world) {
		closed := w.register("bj", complaint.Register{Narrative: "去年买稳盈理财时客户经理承诺保本保收益，到期亏损，希望退回本金。"})
		w.settle(closed.ID)
		w.finish(closed.ID)
		shanghai := w.register("sh", complaint.Register{Narrative: "上海的客户经理也承诺保本保收益，稳盈理财亏损严重。"})
		for range 3 {
			w.register("bj", complaint.Register{Narrative: "信用卡年费没有告知就扣了三百元，多次致电客服没有结果。"})
		}
		copied := w.register("bj", complaint.Register{Narrative: promised + "请尽快答复。"})
		mine := w.register("bj", complaint.Register{Narrative: promised})

		found, _, err := w.app.Similar(ctx, w.who("bj"), mine.ID, 5)
		w.ok(err)
		if got := similarIDs(found); !slices.Equal(got, []complaint.ID{copied.ID, closed.ID}) {
			w.Fatalf("found %v, want the copy %d and the closed case %d", got, copied.ID, closed.ID)
		}
		if !found[0].Copy() || found[1].Copy() || found[0].Outcome != "" || found[0].Days != 0 {
			w.Errorf("copy %+v, other %+v", found[0], found[1])
		}
		if s := found[1]; s.Outcome != complaint.Upheld || s.Row.Number != closed.Number || s.Row.Card.Line == "" || !hasWord(s.Score.Shared, "保本保收益") {
			w.Errorf("the closed case: %+v", s)
		}
		found, _, err = w.app.Similar(ctx, w.who("office"), mine.ID, 5)
		w.ok(err)
		if !slices.Contains(similarIDs(found), shanghai.ID) {
			w.Errorf("head office sees %v, want %d among them", similarIDs(found), shanghai.ID)
		}
		if found, _, err = w.app.Similar(ctx, w.who("office"), mine.ID, 1); err != nil || len(found) != 1 {
			w.Errorf("one wanted, %d found: %v", len(found), err)
		}
		if _, _, err := w.app.Similar(ctx, w.who("sh"), mine.ID, 5); !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.NotFound) {
			w.Errorf("another branch asked: %v", err)
		}
		if _, _, err := w.app.Similar(ctx, w.who("bj"), 9999, 5); !fault.Is(err, fault.NotFound) {
			w.Errorf("no such case: %v", err)
		}
	})
}

// Where hundreds have the same words, the one that shares a rare word is found
// however old it is, and what shares only frequent words is found among the newest.
func TestSimilarAmongMany(t *testing.T) {
	each(t, func(w world) {
		const usual = "信用卡年费没有告知就扣了三百元，多次致电客服没有结果"
		old := w.register("bj", complaint.Register{Narrative: "在驼栋网点办卡，" + usual})
		for range 700 {
			w.register("bj", complaint.Register{Narrative: usual})
		}
		found, _, err := w.app.SimilarText(ctx, w.who("office"), "驼栋网点的柜员说年费可以减免。", 5)
		w.ok(err)
		if got := similarIDs(found); len(got) == 0 || got[0] != old.ID {
			w.Errorf("rare word: %v, want %d first", got, old.ID)
		}
		found, _, err = w.app.SimilarText(ctx, w.who("office"), "年费没有告知就扣了。", 5)
		w.ok(err)
		if got := similarIDs(found); len(got) != 5 || slices.Min(got) < 400 {
			w.Errorf("usual words: %v, want five of the newest", got)
		}
	})
}

func TestSimilarText(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{Narrative: promised})
		for _, test := range []struct {
			text string
			want []complaint.ID
		}{
			{"当时说稳盈理财保本保收益", []complaint.ID{r.ID}},
			{"手机银行转账失败", nil},
			{"", nil},
			{"。，！", nil},
			{"\xff\xfe", nil},
			{strings.Repeat("稳盈理财", 5000), []complaint.ID{r.ID}},
		} {
			found, _, err := w.app.SimilarText(ctx, w.who("bj"), test.text, 5)
			w.ok(err)
			if !slices.Equal(similarIDs(found), test.want) {
				w.Errorf("%.30s: found %v, want %v", test.text, similarIDs(found), test.want)
			}
		}
		if found, _, err := w.app.SimilarText(ctx, w.who("sh"), promised, 5); err != nil || len(found) != 0 {
			w.Errorf("another branch found %d: %v", len(found), err)
		}
	})
}

func similarIDs(list []app.SimilarCase) (out []complaint.ID) {
	for _, s := range list {
		out = append(out, s.Row.ID)
	}
	return out
}

func hasWord(words []string, part string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, part) })
}

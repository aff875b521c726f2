package similar_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/text/similar"
)

func TestSharedWords(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want []string
		not  []string
	}{
		{"客户经理承诺保本保收益，到期亏损", "当时销售说保本保收益的", []string{"保本保收益"}, nil},
		{"信用卡年费没有告知就扣了", "我的信用卡年费被扣", []string{"信用卡年费"}, []string{"我的"}},
		{"我们的问题没有解决", "他们的问题没有处理", nil, []string{"没有", "问题", "的问题没有"}},
		{"ＥＴＣ扣款两次", "etc 重复扣款", []string{"etc", "扣款"}, nil},
		{"网贷催收骚扰通讯录", "暴力催收，骚扰家人", []string{"骚扰", "催收"}, []string{"催收骚扰"}},
		{"", "信用卡", nil, nil},
		{"甲乙", "丙丁", nil, nil},
	} {
		got := similar.Compare(test.a, test.b)
		for _, w := range test.want {
			if !slices.Contains(got.Shared, w) {
				t.Errorf("%s / %s share %v, want %s", test.a, test.b, got.Shared, w)
			}
		}
		for _, w := range test.not {
			if slices.Contains(got.Shared, w) {
				t.Errorf("%s / %s share %v, do not want %s", test.a, test.b, got.Shared, w)
			}
		}
		if (got.Value > 0) != (len(test.want) > 0) {
			t.Errorf("%s / %s: value %v", test.a, test.b, got.Value)
		}
	}
}

// What is rare counts: the same word in common weighs more when few texts have it.
func TestRareWordsCountMore(t *testing.T) {
	common := func(p string) float64 {
		if strings.Contains("信用卡还款", p) {
			return 0.5
		}
		return 0.0005
	}
	a := similar.New("信用卡还款时遇到代理维权骗局", common)
	rare := a.Compare(similar.New("一家代理维权骗局收了费", common))
	frequent := a.Compare(similar.New("信用卡还款日改了", common))
	if rare.Value <= 2*frequent.Value || rare.Shared[0] != "代理维权骗局" {
		t.Errorf("rare %+v, frequent %+v", rare, frequent)
	}
}

func TestNearDuplicates(t *testing.T) {
	const text = "本人于三月在贵行营业部购买稳盈理财产品二十万元，客户经理口头承诺保本保收益，到期后亏损一万多元，多次致电均答复市场波动自负盈亏。"
	copied := similar.Compare(text, strings.ReplaceAll(text, "三月", "四月")+"请尽快处理。")
	other := similar.Compare(text, "三月在营业部办理信用卡，客户经理没有说明年费，到期后被扣款，多次致电没有答复，要求退还。")
	if copied.Near < similar.NearDuplicate || other.Near >= similar.NearDuplicate || copied.Value <= other.Value {
		t.Errorf("copy %+v, other %+v", copied, other)
	}
}

// Comparing is symmetric in its value, 1 with itself, between 0 and 1, and names
// only words that stand in both.
func TestCompareHolds(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"信用卡", "年费", "理财", "，", "abc", "保本", "亏损", "的", "我们", "𠮷野", "\xff", "ＡＢ"})
	rapid.Check(t, func(t *rapid.T) {
		a := strings.Join(rapid.SliceOfN(pieces, 0, 20).Draw(t, "a"), "")
		b := strings.Join(rapid.SliceOfN(pieces, 0, 20).Draw(t, "b"), "")
		ab, ba := similar.Compare(a, b), similar.Compare(b, a)
		if ab.Value != ba.Value || ab.Near != ba.Near || ab.Value < 0 || ab.Value > 1 {
			t.Fatalf("%q %q: %+v, %+v", a, b, ab, ba)
		}
		if self := similar.Compare(a, a); self.Value != 0 && math.Abs(self.Value-1) > 1e-9 {
			t.Fatalf("%q with itself: %v", a, self.Value)
		}
		lower := strings.NewReplacer("ＡＢ", "ab").Replace
		for _, w := range ab.Shared {
			if !strings.Contains(lower(a), w) || !strings.Contains(lower(b), w) || len([]rune(w)) < 2 {
				t.Fatalf("%q is not in %q and %q", w, a, b)
			}
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	a := similar.New(strings.Repeat("客户经理承诺保本保收益，到期亏损，", 9), nil)
	o := strings.Repeat("当时销售说保本保收益的，我买了二十万元，", 8)
	b.ReportAllocs()
	for b.Loop() {
		a.Compare(similar.New(o, nil))
	}
}

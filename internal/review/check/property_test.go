package check

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"xiaobao/internal/review"
)

var pieces = []string{"年化收益率3.2%。", "业绩比较基准2.8%，一万元起购。", "收益可观。", "产品有风险，投资须谨慎。", "网点地址见背面。", "年化利率3.6%*，", "年费100元。", "☑ 我已阅读并同意", "活动时间：2026年8月1日至9月30日。",
	"等待期90天。", "净值型", "客服热线：95588。", "2026年2月30日", strings.Repeat("请您到网点办理。", 10), "高收益。", "R3", "*以实际为准。"}

var kinds = []string{"marketing.poster", "marketing.sms", "contract", "product.design", "fee", "partner", ""}

// material draws a material of a few blocks with their looks.
func material(t *rapid.T, kind string) Material {
	m := Material{Kind: kind, AsOf: october, Form: map[string]string{"rate": "3.6", "audience": rapid.SampledFrom([]string{"", "老年人"}).Draw(t, "audience")}}
	for range rapid.IntRange(1, 6).Draw(t, "blocks") {
		b := Block{Kind: rapid.SampledFrom([]string{"paragraph", "footnote", "comment", "cell", "attribute"}).Draw(t, "kind"), Page: rapid.IntRange(0, 2).Draw(t, "page"),
			Size: rapid.SampledFrom([]float64{0, 8, 12, 36}).Draw(t, "size"), Faint: rapid.Bool().Draw(t, "faint")}
		m.put(b, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 4).Draw(t, "text"), ""))
	}
	return m
}

// sound reports what is wrong with findings, "" when nothing is.
func sound(m Material, list []review.Finding) string {
	at := 0
	for _, f := range list {
		switch {
		case f.Start < at || f.Start > f.End || f.End > len(m.Text):
			return "out of order or outside the text"
		case f.Quote != m.Text[f.Start:f.End] || !utf8.ValidString(f.Quote):
			return "quotes what does not stand there"
		case f.Why == "" || strings.Contains(f.Why, "{") || f.Advice == "" || f.Title == "" || len(f.Cites) == 0:
			return "says too little"
		}
		at = f.Start
	}
	return ""
}

func TestFindingsAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := material(t, rapid.SampledFrom(kinds).Draw(t, "kind"))
		first := Run(m)
		if wrong := sound(m, first); wrong != "" {
			t.Fatalf("%s: %+v", wrong, first)
		}
		if again := Run(m); !slices.EqualFunc(first, again, func(x, y review.Finding) bool { return x.Rule == y.Rule && x.Start == y.Start && x.Why == y.Why }) {
			t.Fatal("two runs differ")
		}
	})
}

// A risk warning right behind a benefit, in type no smaller than any on the page or
// of a size nobody knows, never adds a finding about benefit and risk. (In smaller
// type than another benefit on the page it rightly does.)
func TestWarningNeverHurts(t *testing.T) {
	about := []string{"benefit-alone", "risk-small", "risk-footnote", "numbers-differ", "hard-to-read"}
	rapid.Check(t, func(t *rapid.T) {
		m := Material{Kind: "marketing.poster", Line: "wealth", AsOf: october}
		claim := rapid.IntRange(0, 3).Draw(t, "claim")
		var with Material
		with.Kind, with.Line, with.AsOf = m.Kind, m.Line, m.AsOf
		page := 1
		for i := range 4 {
			page += rapid.IntRange(0, 1).Draw(t, "turn")
			b := Block{Kind: "paragraph", Page: page, Size: rapid.SampledFrom([]float64{0, 8, 36}).Draw(t, "size")}
			s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 3).Draw(t, "text"), "")
			if i == claim {
				b.Size = rapid.SampledFrom([]float64{0, 36}).Draw(t, "claim size")
				s += "年化收益率3.2%。"
				m.put(b, s)
				with.put(b, s+"产品有风险，投资须谨慎。")
				continue
			}
			m.put(b, s)
			with.put(b, s)
		}
		before, after := found(m, about...), found(with, about...)
		if len(after) > len(before) {
			t.Fatalf("%q became %q", before, after)
		}
	})
}

// What the check says does not hang on what stands in editors' comments.
func TestCommentsAreNotMaterial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := material(t, "marketing.poster")
		for i := range m.Blocks {
			m.Blocks[i].Kind = "comment"
		}
		for _, f := range Run(m) {
			if f.End > f.Start {
				t.Fatalf("%s in a comment: %q", f.Rule, f.Quote)
			}
		}
	})
}

func FuzzRun(f *testing.F) {
	f.Add("年化收益率3.2%*。\n产品有风险", "marketing.poster", 3, 20)
	f.Add("☑同意\xff【", "marketing.sms", -1, 4)
	f.Add("2026年1月1日至2025年1月1日（星期一）1万元起购", "contract", 0, 999)
	f.Fuzz(func(t *testing.T, s, kind string, start, end int) {
		if strings.Contains(s, "{") { // sound takes it for a blank that was not filled in
			t.Skip()
		}
		m := Material{Text: s, Kind: kind, AsOf: october, Blocks: []Block{{Start: start, End: end, Kind: "paragraph", Page: 1, Size: 8}}, Others: []Other{{Text: s}},
			Form: map[string]string{"rate": s, "new_fee": s, "publish_until": s, "issuer": s + "公司"}}
		if wrong := sound(m, Run(m)); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// contract is a contract of about 300 pages: 600 characters a page.
func contract() Material {
	m := Material{Kind: "contract", AsOf: october}
	clauses := []string{"第%条 借款人应当按照本合同约定的还款日和还款方式归还贷款本息，年化利率3.6%，逾期的按日利率万分之五计收罚息。", "借款期限12个月，自2026年10月1日至2027年9月30日。", "贷款人应当依法保护借款人的个人信息，未经同意不得向第三方提供。",
		"本合同项下的手续费由贷款人承担，提前还款违约金为剩余本金的1%。", "因本合同发生争议的，可以向有管辖权的人民法院起诉，客服热线：95588。"}
	for page := range 300 {
		for i := range 14 {
			m.put(Block{Kind: "paragraph", Page: page + 1, Size: 10.5}, clauses[(page+i)%len(clauses)])
		}
	}
	return m
}

func BenchmarkContract300Pages(b *testing.B) {
	m := contract()
	b.SetBytes(int64(len(m.Text)))
	for b.Loop() {
		Run(m)
	}
}

func BenchmarkPoster(b *testing.B) {
	m := paged("marketing.poster", "稳享理财\n业绩比较基准3.2%*\n1万元起购\n客服热线：95588\n产品有风险，投资须谨慎\n*不是预期收益率")
	for b.Loop() {
		Run(m)
	}
}

// A text without a mark costs no more for its length than one with.
func BenchmarkWithoutMarks(b *testing.B) {
	m := Material{Text: strings.Repeat("年费100元", 40000), Kind: "contract", AsOf: october}
	b.SetBytes(int64(len(m.Text)))
	for b.Loop() {
		Run(m)
	}
}

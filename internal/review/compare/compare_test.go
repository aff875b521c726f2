package compare_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/review/compare"
)

func blocks(lines ...string) []compare.Block {
	var out []compare.Block
	for _, l := range lines {
		out = append(out, compare.Block{Text: l})
	}
	return out
}

func TestVersions(t *testing.T) {
	contract := blocks("第一条 借款金额为人民币十万元整。", "第二条 年化利率为7.2%。", "第三条 借款人逾期的，按日加收罚息。", "第四条 争议由贷款人所在地法院管辖。")
	for _, tt := range []struct {
		name     string
		old, new []compare.Block
		want     string
	}{
		{"nothing", contract, contract, "same same same same"},
		{"layout only", contract, blocks("第一条　借款金额为人民币十万元整。", "", "第二条 年化利率为７.２%。", "第三条 借款人逾期的，按日加收罚息。", "第四条 争议由贷款人所在地法院管辖。"), "same same same same"},
		{"one clause reworded", contract, blocks("第一条 借款金额为人民币十万元整。", "第二条 年化利率为14.4%。", "第三条 借款人逾期的，按日加收罚息。", "第四条 争议由贷款人所在地法院管辖。"), "same changed same same"},
		{"one dropped, one new", contract, blocks("第一条 借款金额为人民币十万元整。", "第三条 借款人逾期的，按日加收罚息。", "第四条 争议由贷款人所在地法院管辖。", "本协议自双方签字之日起生效。"), "same removed same same added"},
		{"moved", contract, blocks("第四条 争议由贷款人所在地法院管辖。", "第一条 借款金额为人民币十万元整。", "第二条 年化利率为7.2%。", "第三条 借款人逾期的，按日加收罚息。"), "moved same same same"},
		{"strangers", blocks("甲乙丙丁"), blocks("子丑寅卯"), "removed added"},
		{"from nothing", nil, blocks("新"), "added"},
	} {
		var got []string
		for _, c := range compare.Versions(tt.old, tt.new) {
			got = append(got, string(c.Kind))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}

// Law: every clause with text stands in the comparison once on each side.
func TestVersionsKeepEveryClause(t *testing.T) {
	line := rapid.SliceOfN(rapid.SampledFrom([]string{"甲方应当告知乙方", "乙方有权拒绝", "年化利率7.2%", "年化利率8.2%", "投资须谨慎", ""}), 0, 12)
	rapid.Check(t, func(rt *rapid.T) {
		old, new := line.Draw(rt, "old"), line.Draw(rt, "new")
		var was, now int
		for _, c := range compare.Versions(blocks(old...), blocks(new...)) {
			if c.Old.Text != "" {
				was++
			}
			if c.New.Text != "" {
				now++
			}
		}
		if was != filled(old) || now != filled(new) {
			rt.Fatalf("%q to %q: %d of %d, %d of %d", old, new, was, filled(old), now, filled(new))
		}
	})
}

func filled(list []string) int {
	n := 0
	for _, s := range list {
		if s != "" {
			n++
		}
	}
	return n
}

func TestAgainst(t *testing.T) {
	const cleared = "稳享三号，业绩比较基准3.2%。理财非存款，产品有风险，投资须谨慎。发行人：示例理财公司。"
	for _, tt := range []struct {
		name, text string
		equal      bool
		share      int // at least
		kept       int // at most
	}{
		{"the same", cleared, true, 1000, 1000},
		{"other lines and widths", "稳享三号，业绩比较基准3.2％。\n理财非存款，产品有风险，\n投资须谨慎。发行人：示例理财公司。", true, 1000, 1000},
		{"the warning dropped", "稳享三号，业绩比较基准3.2%。发行人：示例理财公司。", false, 1000, 650},
		{"the rate raised", strings.Replace(cleared, "3.2%", "5.8%", 1), false, 880, 960},
		{"another text", "信用卡分期手续费打八折，欢迎来电。", false, 0, 100},
	} {
		r := compare.Against(cleared, tt.text)
		if r.Equal != tt.equal || r.Share < tt.share || r.Kept > tt.kept {
			t.Errorf("%s: equal %v, share %d, kept %d", tt.name, r.Equal, r.Share, r.Kept)
		}
		if r.Equal != (len(r.Changes) == 0) {
			t.Errorf("%s: %d changes", tt.name, len(r.Changes))
		}
	}
}

// What a header says is said: a promise or a warning there makes a difference,
// a page number does not.
func TestEdges(t *testing.T) {
	for _, tt := range []struct {
		name     string
		was, now []string
		equal    bool
	}{
		{"none", nil, nil, true},
		{"page numbers", []string{"第 1 页 共 2 页"}, []string{"- 1 -", "Page 3 of 4"}, true},
		{"the same letterhead", []string{"示例银行 第1页"}, []string{"示例银行 第2页"}, true},
		{"a promise came", []string{"示例银行"}, []string{"示例银行", "保本"}, false},
		{"the warning went", []string{"投资须谨慎"}, nil, false},
	} {
		r := compare.Against("产品有风险。", "产品有风险。")
		r.Edges(tt.was, tt.now)
		if r.Equal != tt.equal {
			t.Errorf("%s: equal %v, changes %+v", tt.name, r.Equal, r.Changes)
		}
	}
}

func BenchmarkVersions(b *testing.B) {
	var old, new []compare.Block
	for i := range 3000 { // a contract of 300 pages
		s := strings.Repeat("甲方应当在签订合同前向乙方充分提示风险，", i%4+1) + strings.Repeat("款", i%97)
		old = append(old, compare.Block{Text: s})
		if i%50 == 0 {
			s += "但书除外。"
		}
		if i%75 != 0 {
			new = append(new, compare.Block{Text: s})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		compare.Versions(old, new)
	}
}

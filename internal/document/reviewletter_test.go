package document_test

import (
	"strings"
	"testing"

	"xiaobao/internal/document"
)

// reviewed is a review with everything that its opinion letter may say.
func reviewed() document.ReviewLetter {
	return document.ReviewLetter{
		Submitter: "北京分行零售金融部",
		Facts: []document.Fact{{Name: "审查编号", Value: "SC20261012-000007"}, {Name: "类型", Value: "营销宣传（海报、折页）"}, {Name: "标题", Value: "“稳享90天”理财海报"},
			{Name: "产品", Value: "稳享90天持有期理财（R2）"}, {Name: "材料", Value: "第 2 版：海报终稿.pdf（2 页，618 字；文本校验码 5f1c9a72）"}, {Name: "送审日期", Value: "2026年10月12日"}},
		Conclusion: "修改后同意", Summary: "业绩比较基准的表述容易使消费者误认为承诺收益，风险提示不醒目，修改后可以使用",
		Opinions: []document.Opinion{
			{Weight: "必须采纳", Text: "删除“稳赚”等保证性表述", Quote: "“稳赚4.2%，零风险”（第 1 页）", Basis: "《中华人民共和国广告法》第二十五条；《银行保险机构消费者权益保护管理办法》第二十三条",
				Advice: "改为“业绩比较基准2.80%—3.20%，不代表未来收益”", Answer: "采纳：已按意见改写（2026年10月14日，许宁）；复核：确认，修改到位"},
			{Weight: "建议", Text: "风险提示移到收益数字旁边，字号不小于正文", Answer: "变通采纳：风险提示以色块突出（2026年10月14日，许宁）；复核：确认"},
		},
		Outcome: "附条件通过，可以在下列范围和期限内使用", Clearance: []document.Fact{{Name: "通过编号", Value: "消保审〔2026〕SC20261012-000007"}, {Name: "适用范围", Value: "北京地区营业网点"},
			{Name: "渠道", Value: "营业网点、折页与海报"}, {Name: "有效期", Value: "2026年10月15日至2027年4月12日"}},
		Conditions: []string{"海报右下角印制通过编号和有效期；", "不得裁切风险提示。"},
		Signatures: []document.Fact{{Name: "审查人", Value: "高洁，2026年10月13日"}, {Name: "决定人", Value: "李建国，2026年10月15日"}},
	}
}

// A review without points and before its decision has a letter too, and says so.
func TestReviewLetterWithoutPoints(t *testing.T) {
	tpl, _ := document.TemplateOf("review-opinion")
	d := forTemplate(t, "review-opinion")
	d.Review.Opinions, d.Review.Clearance, d.Review.Conditions, d.Review.Outcome = nil, nil, nil, "等待决定"
	l, err := tpl.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	text := l.Text()
	for want, is := range map[string]bool{"没有需要修改的意见。": true, "等待决定。": true, "使用时须满足": false, "须重新送审": false, "（一）": false, "办理情况": false} {
		if strings.Contains(text, want) != is {
			t.Errorf("says %q: %v, want %v in\n%s", want, !is, is, text)
		}
	}
}

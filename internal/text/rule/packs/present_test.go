package packs_test

import (
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

// What a poster has to say is told where it stands; what it lacks is a finding,
// and nothing is both.
func TestElements(t *testing.T) {
	book, err := packs.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	d := rule.Doc{Text: "稳享三号理财产品\n业绩比较基准 2.80%-3.20%，不代表未来表现。\n风险等级 R2（中低风险）。\n发行机构：示例理财有限责任公司。\n产品有风险，投资须谨慎。", Kind: "marketing.poster", Product: "wealth", On: calendar.Of(2026, 10, 12)}
	use := []string{"marketing-general", "marketing-finance", "wealth"}
	found := map[string]string{}
	last := 0
	for _, e := range book.Elements(d, use...) {
		found[e.Rule] = d.Text[e.At.Start:e.At.End]
		if e.At.Start < last || e.Name == "" || strings.HasPrefix(e.Name, "没有") {
			t.Errorf("%+v", e)
		}
		last = e.At.Start
	}
	for id, want := range map[string]string{"marketing-finance.missing-issuer": "发行机构", "wealth.risk-grade-missing": "风险等级"} {
		if found[id] != want {
			t.Errorf("%s stands at %q, want %q", id, found[id], want)
		}
	}
	for _, f := range book.Scan(d, use...) {
		if _, both := found[f.Rule]; both {
			t.Errorf("%s is missing and there", f.Rule)
		}
	}
	if got := book.Elements(rule.Doc{Text: "今天天气很好", Kind: "marketing.poster", On: d.On}, use...); len(got) > 0 {
		t.Errorf("nothing was asked of it: %+v", got)
	}
	if got := book.Elements(rule.Doc{}, use...); len(got) > 0 {
		t.Errorf("an empty text has %+v", got)
	}
}

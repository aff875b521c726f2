package catalog_test

import (
	"strings"
	"testing"

	"xiaobao/internal/party"
	"xiaobao/internal/review/catalog"
)

func TestChange(t *testing.T) {
	tree, err := party.NewTree([]party.Unit{{ID: "01", Name: "总行", Level: party.HeadOffice}})
	if err != nil {
		t.Fatal(err)
	}
	good := catalog.Product{ID: "WX-2026-03", Name: "稳享三号", Line: "wealth", Grade: "R2", Code: "wealth_own", Unit: "01", Status: "on_sale", From: 20500}
	for _, tt := range []struct {
		name string
		edit func(*catalog.Product)
		old  catalog.Product
		want string
	}{
		{"new", func(*catalog.Product) {}, catalog.Product{}, ""},
		{"grade raised", func(p *catalog.Product) { p.Grade = "R3" }, good, ""},
		{"id with space", func(p *catalog.Product) { p.ID = "稳 享" }, catalog.Product{}, "产品编号由字母"},
		{"id changed", func(p *catalog.Product) { p.ID = "X" }, good, "不能更改"},
		{"no name", func(p *catalog.Product) { p.Name = " " }, catalog.Product{}, "请填写产品名称"},
		{"no line", func(p *catalog.Product) { p.Line = "space" }, catalog.Product{}, "业务条线"},
		{"grade six", func(p *catalog.Product) { p.Grade = "R6" }, catalog.Product{}, "R1 至 R5"},
		{"no such code", func(p *catalog.Product) { p.Code = "moon" }, catalog.Product{}, "没有投诉产品编码 moon"},
		{"no such unit", func(p *catalog.Product) { p.Unit = "09" }, catalog.Product{}, "没有机构 09"},
		{"ends before it begins", func(p *catalog.Product) { p.To = 20400 }, catalog.Product{}, "早于开售日期"},
		{"no status", func(p *catalog.Product) { p.Status = "" }, catalog.Product{}, "请选择产品状态"},
		{"long", func(p *catalog.Product) { p.Note = strings.Repeat("长", 1001) }, catalog.Product{}, "超过 1000 字"},
	} {
		p := good
		tt.edit(&p)
		s, err := catalog.Change(tt.old, p, []string{"wealth"}, []string{"wealth_own"}, tree)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		case tt.name == "grade raised" && s.Old != "R2":
			t.Errorf("the old grade is %q", s.Old)
		}
	}
}

// Package catalog is the product register: line, issuer, series, product, risk
// grade. It ties reviews, complaints and later calls together (S3.6, 2022-9 art. 20).
package catalog

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Product is one product or service.
type Product struct {
	ID     string        `json:"id" maxLength:"40" doc:"Short and lasting, such as WX-2026-03"`
	Name   string        `json:"name" maxLength:"80"`
	Line   string        `json:"line" doc:"Business line, as on the review form"`
	Issuer string        `json:"issuer,omitempty" maxLength:"80" doc:"Who issues it; empty for one's own"`
	Series string        `json:"series,omitempty" maxLength:"80"`
	Grade  string        `json:"grade,omitempty" enum:"R1,R2,R3,R4,R5" doc:"Risk grade (2022-9 art. 20)"`
	Code   string        `json:"code,omitempty" maxLength:"64" doc:"Product code that complaints are coded with"`
	Unit   party.UnitID  `json:"unit,omitempty" doc:"Department responsible"`
	Status string        `json:"status" enum:"planned,on_sale,stopped"`
	From   calendar.Date `json:"from,omitzero" doc:"First day of sale"`
	To     calendar.Date `json:"to,omitzero" doc:"Last day of sale"`
	Note   string        `json:"note,omitempty" maxLength:"1000"`
}

// Grades lists the risk grades, lowest first: five as the suitability measures
// 2025-7 art. 22 ask for at least.
var Grades = []string{"R1", "R2", "R3", "R4", "R5"}

// Statuses lists where a product stands.
var Statuses = []string{"planned", "on_sale", "stopped"}

// KindSet is the kind of the event of a product entered or changed.
const KindSet = "product.Set"

// Set is the event of a product entered or changed.
type Set struct {
	Product Product `json:"product"`
	Old     string  `json:"old"` // risk grade before, "" when it did not change
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// Change checks a product against the one before it (zero for a new one). lines
// and codes are what the register may refer to.
func Change(old, p Product, lines, codes []string, tree *party.Tree) (Set, error) {
	var f fault.Fields
	p.Name, p.Issuer, p.Series = strings.TrimSpace(p.Name), strings.TrimSpace(p.Issuer), strings.TrimSpace(p.Series)
	f.Need(plainID.MatchString(p.ID), "id", "产品编号由字母、数字、点、横线组成，以字母或数字开头，最多 40 位")
	f.Need(p.Name != "", "name", "请填写产品名称")
	for _, x := range []struct {
		field, text, label string
		max                int
	}{{"name", p.Name, "产品名称", 80}, {"issuer", p.Issuer, "发行人", 80}, {"series", p.Series, "系列", 80}, {"note", p.Note, "备注", 1000}} {
		n := utf8.RuneCountInString(x.text)
		f.Need(n <= x.max, x.field, "%s共 %d 字，超过 %d 字", x.label, n, x.max)
		f.Need(utf8.ValidString(x.text), x.field, "%s含有无法识别的字符编码", x.label)
	}
	f.Need(slices.Contains(lines, p.Line), "line", "请选择业务条线")
	f.Need(p.Grade == "" || slices.Contains(Grades, p.Grade), "grade", "风险等级只能是 R1 至 R5")
	f.Need(p.Code == "" || slices.Contains(codes, p.Code), "code", "没有投诉产品编码 %s", p.Code)
	f.Need(slices.Contains(Statuses, p.Status), "status", "请选择产品状态")
	_, known := tree.Unit(p.Unit)
	f.Need(p.Unit == "" || known, "unit", "没有机构 %s", p.Unit)
	f.Need(p.From.IsZero() || p.To.IsZero() || p.From <= p.To, "to", "停售日期 %s 早于开售日期 %s", p.To, p.From)
	f.Need(old.ID == "" || old.ID == p.ID, "id", "产品编号不能更改")
	s := Set{Product: p}
	if old.Grade != p.Grade {
		s.Old = old.Grade
	}
	return s, f.Err()
}

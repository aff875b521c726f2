package desk_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
)

// ownScheme and ownTable are the products of an institution as it would import them.
const ownScheme = "分面,分面名称,编码,上级,名称,英文名称\n" +
	"product,产品,01,,银行卡,Cards\nproduct,产品,0101,01,信用卡年费与额度,Card fees and limits\nproduct,产品,0102,01,分期业务,Instalments\nproduct,产品,02,,代销与存款,Agency and deposits\nproduct,产品,0201,02,代理保险销售,Agency insurance\nproduct,产品,0299,02,其他业务,Other\n"

const ownTable = "分面,产品,原因,目标编码,理由\nproduct,信用卡,,0101|0102,看是否办理分期\nproduct,个人消费贷款,,0102|0299,看是否办理分期\nproduct,代理保险,,0201,\nproduct,*,,0299,\nreason,*,,other,\n"

// imports puts the institution's own tree in force.
func (m must) importOwn() {
	m.t.Helper()
	ctx, who := context.Background(), m.w.Actor("office")
	for what, file := range map[string]string{coding.WhatScheme: ownScheme} {
		m.ok(m.w.App.ProposeCoding(ctx, who, coding.Own, what, "own.csv", strings.NewReader(file), int64(len(file))))
		m.ok(m.w.App.ReleaseCoding(ctx, who, coding.Own, what, m.w.App.Today(), "启用本机构分类"))
	}
	m.ok(m.w.App.ProposeCoding(ctx, who, coding.Own, coding.WhatMapping, "own-table.csv", strings.NewReader(ownTable), int64(len(ownTable))))
	m.ok(m.w.App.ReleaseCoding(ctx, who, coding.Own, coding.WhatMapping, m.w.App.Today(), "随分类启用"))
}

func codesOf(t *testing.T, w *servertest.World, id complaint.ID) (complaint.Case, map[string]string) {
	t.Helper()
	p, err := w.App.Case(context.Background(), w.Actor("office"), id)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range p.Codings {
		out[c.Scheme+"/"+c.Facet] = c.Value()
	}
	return p.Case, out
}

// Before a tree of its own is in force the form is as it was.
func TestFormWithoutOwnTree(t *testing.T) {
	w := world(t)
	if a := w.As("handler").Get("/complaints/new"); strings.Contains(a.Body, "own[0]") || !strings.Contains(a.Body, `name="codes.product"`) {
		t.Error("the form offers a tree that nobody imported")
	}
}

// The clerk types the institution's own code, by name or number; the general codes
// follow, and where they do not the case waits in the queue.
func TestRegisterByOwnTree(t *testing.T) {
	w := world(t)
	m := must{t, w}
	m.importOwn()
	b := w.As("handler")
	for lang, want := range map[string]string{"zh": "银行卡 › 信用卡年费与额度（0101）", "en": "Cards › Card fees and limits（0101）"} {
		if a := b.Get("/complaints/new?lang=" + lang); !strings.Contains(a.Body, `name="own[0].code"`) || !strings.Contains(a.Body, want) && lang == "zh" {
			t.Errorf("%s: the form lacks %q", lang, want)
		}
	}
	small := func(more ...string) []string {
		return append([]string{"channel", "phone", "complainant.name", "王芳", "narrative", narrative, "own[0].facet", "product", "own[1].facet", "reason"}, more...)
	}
	for i, test := range []struct {
		own     string
		product string
		values  map[string]string
	}{
		{"银行卡 › 信用卡年费与额度（0101）", "credit_card", map[string]string{"own/product": "0101"}},
		{"0102", "", map[string]string{"own/product": "0102", "jrt0169/B": "<missing>"}},
		{"代理保险销售", "agency_insurance", map[string]string{"own/product": "0201"}},
	} {
		if a := b.Post("/complaints/new", small("own[0].code", test.own)...); a.Status != 303 {
			t.Errorf("%s: %d %.200s", test.own, a.Status, a.Text())
			continue
		}
		c, values := codesOf(t, w, complaint.ID(i+1))
		if c.Codes.Product != test.product {
			t.Errorf("%s: product %q, want %q", test.own, c.Codes.Product, test.product)
		}
		for at, want := range test.values {
			if values[at] != want {
				t.Errorf("%s: %s is %s, want %s", test.own, at, values[at], want)
			}
		}
	}
	refused := b.Post("/complaints/new", small("own[0].code", "梦想业务", "codes.product", "借记卡")...)
	if refused.Status != 422 || !strings.Contains(refused.Text(), "梦想业务") || !strings.Contains(refused.Body, `value="梦想业务"`) {
		t.Errorf("%d %.300s", refused.Status, refused.Text())
	}
	against := b.Post("/complaints/new", small("own[0].code", "0101", "codes.product", "借记卡")...)
	if against.Status != 422 || !strings.Contains(against.Text(), "“信用卡”") {
		t.Errorf("%d %.300s", against.Status, against.Text())
	}
	edit := w.As("office").Get("/complaints/1/do/amend")
	if !strings.Contains(edit.Body, `value="银行卡 › 信用卡年费与额度（0101）"`) {
		t.Errorf("the correction does not begin with the own code: %.400s", edit.Text())
	}
	if a := w.As("office").Post("/complaints/1/amend", "version", "0", "own[0].facet", "product", "own[0].code", "0201", "codes.product", "credit_card"); a.Status != 303 {
		t.Errorf("amend: %d %.300s", a.Status, a.Text())
	}
	if c, values := codesOf(t, w, 1); c.Codes.Product != "agency_insurance" || values["own/product"] != "0201" {
		t.Errorf("after the correction: %s %v", c.Codes.Product, values)
	}
}

// What is taken up with a click while typing is recorded with its source and
// confidence as an answer to the suggestion.
func TestTakenUpInTheBrowser(t *testing.T) {
	w := world(t)
	m := must{t, w}
	m.importOwn()
	p := page(t, w, "handler", "zh")
	p.Open("/complaints/new")
	p.Fill("complainant.name", "王秀兰")
	p.Fill("narrative", "我的信用卡年费说好免又扣了，客服态度恶劣。")
	p.WaitFor("信用卡")
	p.ClickOn(`.sg-fill[data-fill="codes.product"]`)
	p.WaitFor("信用卡")
	p.Axe()
	if *pictures != "" {
		p.Screenshot(filepath.Join(*pictures, "register-own.png"))
		p.Size(390, 900)
		p.Screenshot(filepath.Join(*pictures, "register-own-phone.png"))
	}
	p.ClickOn(".register-foot .btn-primary")
	p.Want("TS20260331-000001")
	c, _ := codesOf(t, w, 1)
	j, ok := c.Judged(complaint.TopicProduct, 0)
	if !ok || j.Verdict != complaint.Adopted || j.Value != c.Codes.Product || j.Source == "" || j.Confidence == 0 {
		t.Errorf("answer %+v of product %s", j, c.Codes.Product)
	}
}

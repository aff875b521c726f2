package app_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/catalog"
)

// A changed form lets the rules run again, as of its new day and beside the other
// materials of its new product.
func TestEditScansAgain(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		for _, id := range []string{"WX-3", "WX-4"} {
			w.ok(w.app.SetProduct(ctx, w.who("sub"), catalog.Product{ID: id, Name: "稳享 " + id, Line: "wealth", Grade: "R2", Status: "on_sale"}))
		}
		draft := func(by party.PersonID, title, product, text string) review.Review {
			r, err := w.app.Draft(ctx, w.who(by), review.NewDraft{Kind: "marketing.poster", Title: title, Product: product, Form: posterForm})
			w.ok(err)
			r, err = w.app.AddMaterial(ctx, w.who(by), r.ID, r.Version, text, "", nil)
			w.ok(err)
			return r
		}
		w.clear(draft("sub", "总行的海报", "WX-3", "业绩比较基准3.2%，产品有风险。").ID)
		form := maps.Clone(posterForm)
		form["publish_on"] = "2026-11-11"
		for _, tt := range []struct {
			by    party.PersonID
			names bool // the title of the cleared review, which the reader reaches
		}{{"sub", true}, {"subsh", false}} {
			r := draft(tt.by, "另一张海报", "WX-4", "业绩比较基准3.5%，产品有风险。")
			differs := func(r review.Review) (why string) {
				for _, f := range r.Findings {
					if f.Rule == "check.other-differs" {
						why = f.Why
					}
				}
				return why
			}
			if differs(r) != "" {
				t.Errorf("%s: differs from a material of another product", tt.by)
			}
			r = w.review(tt.by, r.ID, &review.Edit{Title: r.Title, Product: "WX-3", Form: form})
			m, _ := r.Current()
			if n := len(m.Scans); n != 2 || m.Scans[n-1].AsOf != calendar.Of(2026, 11, 11) {
				t.Errorf("%s: scans %+v", tt.by, m.Scans)
			}
			if why := differs(r); why == "" || strings.Contains(why, "总行的海报") != tt.names || !strings.Contains(why, "已通过的") || !strings.Contains(why, "3.2%") {
				t.Errorf("%s is told %q", tt.by, why)
			}
		}
	})
}

// The elements that a material has are told with their words and places.
func TestElements(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		r := w.draft("sub", "稳享三号理财产品\n业绩比较基准 2.80%-3.20%，不代表未来表现。\n风险等级 R2（中低风险）。\n发行机构：示例理财有限责任公司，地址在这一行的后面写得很长很长很长很长很长很长很长。\n产品有风险，投资须谨慎。")
		found, err := w.app.Elements(ctx, w.who("sub"), r.ID)
		w.ok(err)
		by := map[string]string{}
		for _, f := range found {
			by[f.Name] = f.Place + " " + f.Quote
		}
		issuer := by["产品的发行人、管理人或者承保人"]
		if !strings.HasPrefix(issuer, "第 4 行 发行机构：示例理财") || utf8.RuneCountInString(issuer) > 50 {
			t.Errorf("issuer %q of %v", issuer, by)
		}
		if _, err := w.app.Elements(ctx, w.who("subsh"), r.ID); err == nil {
			t.Error("a stranger reads a draft")
		}
		for _, f := range r.Findings {
			for _, e := range found {
				if f.Rule == e.Rule {
					t.Errorf("%s is missing and there", f.Rule)
				}
			}
		}
	})
}

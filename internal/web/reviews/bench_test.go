package reviews_test

import (
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/server/servertest"
)

// long is a contract of about 300 pages: 20 clauses each, every tenth with
// something to object to.
func long() string {
	var b strings.Builder
	for n := range 6000 {
		if n%10 == 0 {
			fmt.Fprintf(&b, "第%d条 本活动最终解释权归甲方所有，乙方不得提出异议。\n", n+1)
			continue
		}
		fmt.Fprintf(&b, "第%d条 乙方应当按照合同约定的时间和方式支付费用，甲方收到款项后三个工作日内出具凭证，双方另有约定的从其约定。\n", n+1)
	}
	return b.String()
}

// The page of a 300-page contract, one finding beside it, and a later range of pages.
func BenchmarkLongContract(b *testing.B) {
	w := newWorld(b)
	a := w.As(sub).Post("/reviews/new", "kind", "contract", "title", "个人贷款合同", "form.line", "loan", "form.standard_terms", "yes", "form.auto_renewal", "no", "form.personal_data", "yes", "form.publish_on", "2026-05-01", "text", long())
	if a.Status != 303 {
		b.Fatal(a.Status, a.Text())
	}
	at := strings.SplitN(a.Location(), "#", 2)[0]
	w.do(w.As(sub), at, "hand-in")
	w.do(w.As(rev), at, "take")
	r := w.get(at)
	b.Logf("%d findings", len(r.Findings))
	reviewer := w.As(rev)
	n := itoa(r.Findings[len(r.Findings)/2].N)
	for _, part := range []struct{ name, path string }{{"page", ""}, {"finding", "/findings/" + n}, {"pages", "/pages?from=41"}, {"work", "?part=work&f=" + n}} {
		b.Run(part.name, func(b *testing.B) {
			for b.Loop() {
				get := reviewer.Get
				if part.name != "page" {
					get = func(p string) servertest.Answer { return w.htmx(reviewer, p) }
				}
				if a := get(at + part.path); a.Status != 200 {
					b.Fatal(a.Status)
				}
			}
		})
	}
}

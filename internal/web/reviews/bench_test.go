//go:build unix

package reviews_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

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
			spent, size := cpu(b), 0
			defer func() {
				b.ReportMetric(float64((cpu(b)-spent).Microseconds())/1000/float64(b.N), "cpu-ms/op")
				b.ReportMetric(float64(size)/1024, "KB/page")
			}()
			for b.Loop() {
				get := reviewer.Get
				if part.name != "page" {
					get = func(p string) servertest.Answer { return w.htmx(reviewer, p) }
				}
				a := get(at + part.path)
				if a.Status != 200 {
					b.Fatal(a.Status)
				}
				size = len(a.Body)
			}
		})
	}
}

// cpu is the time that the process has computed: what a page costs, also where
// other programs use the machine. It holds the collector and the client.
func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package api_test

import (
	"strings"
	"testing"
)

// The API suggests, judges and counts like the pages.
func TestGuidance(t *testing.T) {
	w := newWorld(t)
	path := w.registered("bj", strings.Replace(plainComplaint, `"narrative":"`, `"narrative":"信用卡没有同意就开通账单分期，凭什么扣手续费！`, 1))
	a := w.must("bj", "GET", path+"/person", "")
	if !strings.Contains(a.body, `"topic":"product"`) || !strings.Contains(a.body, `"value":"credit_card"`) || !strings.Contains(a.body, `"quote":"账单分期"`) {
		t.Errorf("suggestions: %s", a.body)
	}
	w.must("bj", "POST", path+"/judge", `{"topic":"product","suggested":"credit_card","value":"credit_card","source":"codes.product.credit_card@1","confidence":700}`)
	if a := w.must("bj", "GET", path+"/person", ""); a.at("judgements.0.verdict") != "accepted" {
		t.Errorf("judged: %s", a.body)
	}
	if a := w.call("bj", "POST", path+"/judge", `{"topic":"product","value":"moon"}`); a.status != 422 {
		t.Errorf("an unknown value: %d", a.status)
	}
	if a := w.call("sh", "GET", path+"/person", ""); a.status != 403 {
		t.Errorf("another branch: %d", a.status)
	}
	if a := w.must("bj", "POST", "/suggestions/read", `{"narrative":"我不想活了"}`); a.at("care.danger") != true {
		t.Errorf("no hint of danger: %s", a.body)
	}
	if a := w.must("office", "GET", "/suggestions/accuracy?from=2026-01-01&to=2026-12-31", ""); !strings.Contains(a.body, `"topics":[{"topic":"product","accepted":1,"corrected":0,"refused":0,"stated":0}]`) {
		t.Errorf("accuracy: %s", a.body)
	}
	if a := w.must("office", "GET", "/suggestions/answers?from=2026-01-01&to=2026-12-31&verdict=accepted", ""); a.at("answers.0.value") != "credit_card" {
		t.Errorf("answers: %s", a.body)
	}
	if a := w.call("office", "GET", "/suggestions/answers?from=2026-12-31&to=2026-01-01", ""); a.status != 422 {
		t.Errorf("days the wrong way round: %d", a.status)
	}
}

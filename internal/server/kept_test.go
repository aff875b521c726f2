package server_test

import (
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
)

// ADR 5: whoever registered a case that names himself finds its number and dates on
// his desk, and nothing else of it, until a superior has it; nobody else does.
func TestCaseOfWhichOneMayKnowTheNumber(t *testing.T) {
	w := servertest.New(t, nil)
	r, err := w.App.Register(ctx, w.Actor("handler"), complaint.Register{Channel: "phone", Unit: "0101", Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"},
		Narrative: "三月份被扣了三百元年费，要求退还。", Respondents: []complaint.Respondent{{Person: "handler"}}})
	if err != nil {
		t.Fatal(err)
	}
	for login, want := range map[string]bool{"handler": true, "lead": false, "chaoyang": false, "office": false} {
		b := w.As(login)
		a := b.Get("/desk?tab=mine")
		part := strings.Contains(a.Body, `id="kept-away"`)
		if part != want || strings.Contains(a.Text(), r.Number) != want {
			t.Errorf("%s: sees it %v, want %v", login, part, want)
		}
		if want && (strings.Contains(a.Body, "三百元") || strings.Contains(a.Body, "王**") || !strings.Contains(a.Text(), "2026-")) {
			t.Errorf("%s sees more than number and dates, or no date", login)
		}
	}
	b := w.As("handler")
	if a := b.Get("/complaints/1/receipt"); a.Status != 200 || !strings.Contains(a.Text(), r.Number) || strings.Contains(a.Body, "三百元") {
		t.Errorf("the receipt: %d", a.Status)
	}
	if a := b.Get("/complaints/1"); a.Status != 403 {
		t.Errorf("the file: %d", a.Status)
	}
	lead := w.Actor("lead")
	if _, err := w.App.Do(ctx, lead, r.ID, 0, complaint.Assign{Person: "lead", Why: "回避"}); err != nil {
		t.Fatal(err)
	}
	if a := b.Get("/desk?tab=mine"); strings.Contains(a.Body, `id="kept-away"`) {
		t.Error("still there after a superior took it over")
	}
}

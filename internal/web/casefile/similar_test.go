package casefile_test

import (
	"strings"
	"testing"

	"xiaobao/internal/complaint"
)

// The panel of similar cases: number, shared words marked, a link; an empty state
// in words; within the reader's reach alone.
func TestSimilarPanel(t *testing.T) {
	w := newWorld(t)
	alone := w.told("自助机吞了我的存折，柜台说要等一周才能取出来。")
	earlier := w.told("客户经理承诺稳盈理财保本保收益，到期亏损一万元。")
	id := w.told("当时说稳盈理财保本保收益，现在亏损了，要求赔偿。")
	at := func(id complaint.ID) string { return "/complaints/" + id.String() }
	page := w.As("lead").Get(at(id))
	if !strings.Contains(page.Body, `hx-get="`+at(id)+`/similar"`) {
		t.Error("the case page does not load the panel")
	}
	panel := w.As("lead").Get(at(id) + "/similar")
	for _, want := range []string{`href="` + at(earlier) + `"`, "<mark>稳盈理财保本保收益</mark>"} {
		if !strings.Contains(panel.Body, want) {
			t.Errorf("the panel lacks %s: %s", want, clipped(panel.Text()))
		}
	}
	if strings.Contains(panel.Body, `href="`+at(alone)+`"`) {
		t.Error("the panel shows a case that has nothing in common")
	}
	if a := w.As("lead").Get(at(alone) + "/similar"); a.Status != 200 || !strings.Contains(a.Text(), "没有相似的") {
		t.Errorf("nothing similar: %d %s", a.Status, clipped(a.Text()))
	}
	b := w.As("lead")
	b.Lang = "en"
	if a := b.Get(at(id) + "/similar"); !strings.Contains(a.Text(), "Similar cases") {
		t.Errorf("in English: %s", clipped(a.Text()))
	}
	if a := w.As("lead").Get("/complaints/99999/similar"); a.Status != 404 {
		t.Errorf("no such case: %d", a.Status)
	}
}

func (w world) told(narrative string) complaint.ID {
	w.t.Helper()
	return w.register("handler", complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰"}, Narrative: narrative})
}

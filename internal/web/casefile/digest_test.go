package casefile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
)

// What saved itself while somebody wrote, and what was judged in one go, is one
// line each of the timeline; the file for an inspector keeps every act.
func TestSmallActsAreToldAsOne(t *testing.T) {
	w := newWorld(t)
	id := w.toReply()
	w.do("handler", id, complaint.Judge{Topic: complaint.TopicEmotion, Value: "angry", Suggested: "angry", Source: "r@1"}, complaint.Judge{Topic: complaint.TopicReason, Value: "pricing", Suggested: "sales"},
		complaint.Judge{Topic: complaint.TopicNeed, Value: "", Suggested: "service"})
	base := 0
	for range 2 {
		for i := range 4 {
			w.Pass(time.Minute)
			w.do("handler", id, complaint.SaveDraft{Kind: complaint.DecisionReply, Auto: true, Base: base, Reply: complaint.Reply{Decision: fmt.Sprintf("第 %d 稿", i)}})
			base++
		}
		w.Pass(2 * time.Hour)
	}
	h := w.desk(t, "handler", id) // signs in after the hours have passed
	page := h.Get(h.at).Text()
	for text, want := range map[string]int{"自动保存 4 次": 2, "判断 3 项": 1, "第 3 次保存": 0, "更正登记内容": 0} {
		if n := strings.Count(page, text); n != want {
			t.Errorf("the page says %q %d times, want %d", text, n, want)
		}
	}
	paper := w.As("office").Get(h.at + "/print").Text()
	if n := strings.Count(paper, "次保存）"); n != 8 {
		t.Errorf("the printed file has %d of 8 saves", n)
	}
	w.page(t, "handler", h.at)
}

// Nothing of a rich case is wider than a phone, and the long panels are closed
// there until somebody opens them.
func TestCaseFitsAPhone(t *testing.T) {
	w := newWorld(t)
	for _, id := range []complaint.ID{w.transfer(), w.heated()} {
		at := "/complaints/" + id.String()
		p := w.open(t, "office", "zh", at)
		p.Size(390, 844)
		p.Open(at)
		p.Fits()
		p.Axe()
		for _, panel := range []string{"forecast", "negotiation", "codings"} {
			if p.Count("#"+panel+" > details[open]") > 0 {
				t.Errorf("%s is open on a phone", panel)
			}
		}
		p.Size(1440, 900)
		p.Open(at)
		p.Fits()
		if p.Count("#person > details[open]") == 0 {
			t.Error("the person is closed on a wide screen")
		}
	}
}

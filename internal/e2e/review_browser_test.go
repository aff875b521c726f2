package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"xiaobao/internal/review"
)

// S3.1: the reviewer works with the keyboard: takes, judges, checks and gives the
// opinion in a browser; the page has no barrier in any of these states.
func TestReviewInABrowser(t *testing.T) {
	t.Parallel()
	w := reviewWorld(t)
	file := filepath.Join(t.TempDir(), "海报.docx")
	w.ok(os.WriteFile(file, wordWithHeader(t, []string{"稳享八号理财产品", "全国销量第一，限时抢购", "业绩比较基准2.80%"}, promise), 0o600))
	s := w.screen()
	s.Size(1440, 900)
	s.comes("handler")
	s.Open("/reviews/new?kind=marketing.poster")
	for name, value := range map[string]string{"title": "稳享八号海报", "form.line": "wealth", "form.issuer": "财富管理部", "form.channels": "branch", "form.publish_on": "2026-10-20", "form.publish_until": "2026-12-31"} {
		s.Fill(name, value)
	}
	s.Upload("files", file)
	s.Axe()
	s.ClickOn("#draft .btn-primary")
	s.WaitFor("海报.docx")
	at := "/reviews/1"
	s.Axe()
	s.ClickOn(`#submit form[action$="/hand-in"] .btn-primary`)
	s.WaitFor("待领取")
	s.goes()
	s.comes("chaoyang")
	s.Open(at)
	s.ClickOn(`form[action="` + at + `/take"] .btn-primary`)
	s.WaitFor("审查中")
	s.Axe()
	s.judgesByKeys(at)
	for _, item := range w.review(at).Unchecked() {
		s.ClickOn(`.rv-check-form:has(input[name=item][value="` + item.ID + `"]) button[value=ok]`)
		s.settles(func(r review.Review) bool { return r.Checklist[item.ID].Verdict == review.ItemOK })
	}
	s.Open(at)
	s.Fill("conclusion", "after_change")
	s.Fill("summary", "材料保证收益，须修改后再报。")
	s.ClickOn(`form[action="` + at + `/give-opinion"] .btn-primary`)
	s.WaitFor("材料保证收益，须修改后再报。")
	s.Axe()
	s.Fits()
	if r := w.review(at); r.State != review.Opinion || len(r.Points) == 0 {
		t.Errorf("%s with %d points", r.State, len(r.Points))
	}
	if a := w.As("handler").Get(at + "/letter/pdf"); a.Status != http.StatusOK {
		t.Errorf("the letter: %d", a.Status)
	}
	w.sound()
}

// settles waits until the review is as a person has just asked.
func (s *screen) settles(done func(review.Review) bool) {
	s.w.t.Helper()
	for range 200 {
		if done(s.w.review("/reviews/1")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.w.t.Fatal("the review did not change")
}

// judgesByKeys accepts every finding with the key a; the first is looked at with n and p before.
func (s *screen) judgesByKeys(at string) {
	s.w.t.Helper()
	s.Open(at + "?f=" + strconv.Itoa(s.w.review(at).Unjudged()[0].N))
	first := s.Text("#focus .rv-n")
	s.Press("n")
	s.wait("#focus .rv-n", func(now string) bool { return now != first })
	s.Press("p")
	s.wait("#focus .rv-n", func(now string) bool { return now == first })
	for range 50 {
		left := len(s.w.review(at).Unjudged())
		if left == 0 {
			return
		}
		s.Press("a")
		s.settles(func(r review.Review) bool { return len(r.Unjudged()) < left })
		s.WaitFor("未判断 " + strconv.Itoa(len(s.w.review(at).Unjudged())) + " / 共")
	}
	s.w.t.Fatal("the findings do not come to an end")
}

// wait waits until an element says what is expected.
func (s *screen) wait(selector string, ok func(string) bool) {
	s.w.t.Helper()
	for range 200 {
		if ok(s.Text(selector)) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.w.t.Fatalf("%s stays %q", selector, s.Text(selector))
}

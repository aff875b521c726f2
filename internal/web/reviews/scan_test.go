package reviews_test

import (
	"strings"
	"testing"
)

// Many files are taken in, worked through in the background and told one by one.
func TestManyFiles(t *testing.T) {
	w := newWorld(t)
	w.clear(mended)
	b := w.As(rev)
	if page := b.Get("/reviews/scan"); page.Status != 200 || !strings.Contains(page.Body, "批量回检") {
		t.Fatalf("the form: %d", page.Status)
	}
	run := func(mode, name, text string) string {
		t.Helper()
		a := b.Upload("/reviews/scan", "files", name, []byte(text), "mode", mode, "kind", "marketing.poster", "line", "wealth", "on", "2026-10-12")
		if a.Status != 303 {
			t.Fatalf("%s: %d %s", mode, a.Status, a.Text())
		}
		w.App.WaitJobs(false)
		return a.Location()
	}
	for _, tt := range []struct{ mode, text, want string }{{"scan", poster, "发现问题"}, {"recheck", mended, "通过版本，有效"}, {"recheck", "从来没有见过的文字，一句也没有。", "没有审查过"}, {"scan", "%PDF-1.4\nx", "读不了"}} {
		at := run(tt.mode, "海报.txt", tt.text)
		page := b.Get(at)
		if !strings.Contains(page.Body, tt.want) {
			t.Errorf("%s lacks %q:\n%s", tt.mode, tt.want, page.Text())
		}
		if a := b.Get(at + "/result/csv"); a.Status != 200 || !strings.Contains(a.Body, tt.want) {
			t.Errorf("result: %d %s", a.Status, a.Body)
		}
		if a := b.Get(at + "/progress"); a.Status != 200 {
			t.Errorf("progress: %d", a.Status)
		}
		if a := b.Post(at + "/stop"); a.Status != 303 {
			t.Errorf("stopping what has ended: %d", a.Status)
		}
		if a := w.As(sub).Get(at); a.Status != 404 {
			t.Errorf("another's job: %d", a.Status)
		}
	}
	if a := b.Upload("/reviews/scan", "other", "x.txt", []byte("x"), "mode", "scan", "kind", "marketing.poster"); a.Status != 422 || !strings.Contains(a.Body, "请选择文件") {
		t.Errorf("no file: %d", a.Status)
	}
	if a := b.Upload("/reviews/scan", "files", "x.txt", []byte("x"), "mode", "scan", "kind", "marketing.poster", "on", "2026-02-30"); a.Status != 422 {
		t.Errorf("a day that does not exist: %d", a.Status)
	}
}

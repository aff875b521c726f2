package house_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// An administrator opens an examination; the pages hold no complaint's content, and
// those who may neither manage people nor audit are refused.
func TestExaminationPages(t *testing.T) {
	w := servertest.New(t, nil)
	for range 3 {
		if _, err := w.App.Register(t.Context(), w.Actor("handler"), complaint.Register{Channel: "phone", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"},
			Narrative: "我在网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。"}); err != nil {
			t.Fatal(err)
		}
	}
	admin := w.As("admin")
	if page := admin.Get("/people/examinations"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "没有外部检查") {
		t.Fatalf("%d %s", page.Status, page.Text())
	}
	fields := []string{"name", "监管检查组", "login", "examiner", "reason", "年度消保检查", "from", "2026-03-01", "to", "2026-03-31", "size", "2", "until", "2026-04-10", "seed", "0331"}
	if a := admin.Post("/people/examinations", append(fields[:12:12], "seed", "0331")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "截止日") {
		t.Errorf("without a last day: %d %s", a.Status, strings.Join(strings.Fields(a.Text()), " "))
	}
	a := admin.Post("/people/examinations", fields...)
	for _, want := range []string{"已抽取 2 件", "初始密码", "0331", "一致", "2 / 3", "进行中"} {
		if !strings.Contains(a.Text(), want) {
			t.Errorf("lacks %q: %d %s", want, a.Status, strings.Join(strings.Fields(a.Text()), " "))
		}
	}
	if strings.Contains(a.Body, "年费") || strings.Contains(a.Body, "王秀兰") {
		t.Error("the administrator sees a complaint")
	}
	for _, wrong := range webtest.Markup(a.Body) {
		t.Error(wrong)
	}
	for login, want := range map[string]int{"auditor": 200, "handler": 403, "office": 403, "executive": 403} {
		if page := w.As(login).Get("/people/examinations"); page.Status != want {
			t.Errorf("%s: %d", login, page.Status)
		}
	}
	for _, login := range []string{"office", "auditor", "handler", "admin"} {
		if page := w.As(login).Get("/sample"); page.Status != http.StatusForbidden {
			t.Errorf("%s opens a sample: %d", login, page.Status)
		}
	}
	examinerSees(t, w, regexp.MustCompile(`[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}`).FindString(a.Text()))
	end := regexp.MustCompile(`/people/examinations/\d+/end`).FindString(a.Body)
	if a := admin.Post(end); a.Status != http.StatusSeeOther || !strings.Contains(admin.Get("/people/examinations").Text(), "已结束") {
		t.Errorf("end %q: %d", end, a.Status)
	}
}

// examinerSees signs in with the first password and reads: the sample comes first,
// and a case of it fetches nothing that an examiner may not read.
func examinerSees(t *testing.T, w *servertest.World, password string) {
	t.Helper()
	b := w.Browser()
	b.Post("/sign-in", "name", "examiner", "password", password)
	if a := b.Post("/account/password", "old", password, "new", "Jian-cha 2026 zu!", "again", "Jian-cha 2026 zu!"); a.Status != http.StatusSeeOther {
		t.Fatalf("the new password: %d %s", a.Status, a.Text())
	}
	if a := b.Get("/"); a.Location() != "/sample" {
		t.Errorf("begins at %q", a.Location())
	}
	sample := b.Get("/sample")
	link := regexp.MustCompile(`/complaints/\d+`).FindString(sample.Body)
	page := b.Get(link)
	if page.Status != http.StatusOK || strings.Contains(page.Body, "王秀兰") {
		t.Fatalf("%s: %d", link, page.Status)
	}
	for _, fetched := range regexp.MustCompile(`hx-get="([^"]+)" hx-trigger="load`).FindAllStringSubmatch(page.Body, -1) {
		if a := b.Get(fetched[1]); a.Status != http.StatusOK {
			t.Errorf("the case fetches %s: %d", fetched[1], a.Status)
		}
	}
	for _, wrong := range webtest.Markup(sample.Body) {
		t.Error(wrong)
	}
}

func TestCheckpointsPage(t *testing.T) {
	w := servertest.New(t, nil)
	if page := w.As("office").Get("/settings/checkpoints"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "没有设置目录") || !strings.Contains(page.Text(), w.Store.PublicKey()) {
		t.Errorf("off: %d %s", page.Status, page.Text())
	}
	w.App.SetCheckpoints(filepath.Join(t.TempDir(), "out"))
	admin := w.As("admin")
	if a := admin.Post("/settings/checkpoints"); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	page := admin.Get("/settings/checkpoints")
	for _, want := range []string{"一致", "checkpoint-0", "每 24 小时"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("lacks %q: %s", want, page.Text())
		}
	}
	for _, wrong := range webtest.Markup(page.Body) {
		t.Error(wrong)
	}
	for login, want := range map[string]int{"handler": 403, "office": 403} {
		if a := w.As(login).Post("/settings/checkpoints"); a.Status != want {
			t.Errorf("%s exports: %d", login, a.Status)
		}
	}
}

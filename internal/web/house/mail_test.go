package house_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

func mailing(w *servertest.World, script ...string) *posttest.SMTP {
	s := posttest.StartSMTP(w.T, script...)
	w.App.SetPost(app.PostConfig{Base: "https://xb.example", Checkpoints: []string{"audit@bank.example"},
		SMTP: post.SMTP{Host: "127.0.0.1", Port: s.Port, TLS: post.Plain, From: "xiaobao@bank.example", Timeout: 2 * time.Second}})
	return s
}

// The administrator sends a test, sees what came of it with the address masked, and
// sends again what was given up; who may not manage settings only reads.
func TestMailPage(t *testing.T) {
	w := servertest.New(t, nil)
	admin := w.As("admin")
	if page := admin.Get("/settings/mail"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "没有设置发信服务器") || !strings.Contains(page.Text(), "还没有记录") {
		t.Errorf("off: %d %s", page.Status, page.Text())
	}
	if page := w.As("handler").Get("/me"); strings.Contains(page.Text(), "邮件提醒") {
		t.Error("reminders are offered where no mail is sent")
	}
	mailing(w, "550", "")
	if a := admin.Post("/settings/mail/test", "to", "nobody"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "邮箱地址不对") {
		t.Errorf("a wrong address: %d %s", a.Status, a.Text())
	}
	if a := admin.Post("/settings/mail/test", "to", "li.wen@bank.example"); a.Status != http.StatusSeeOther {
		t.Fatalf("test: %d %s", a.Status, a.Text())
	}
	if _, err := w.App.SendMail(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := admin.Get("/settings/mail?state=given_up")
	for _, want := range []string{"127.0.0.1", "有 1 封邮件多次发送失败", "l***@bank.example", "550", "再发一次", "https://xb.example"} {
		if !strings.Contains(page.Text()+page.Body, want) {
			t.Errorf("the page lacks %s: %s", want, page.Text())
		}
	}
	if strings.Contains(page.Body, "li.wen@") {
		t.Error("the address stands on the page")
	}
	for _, wrong := range webtest.Markup(page.Body) {
		t.Error(wrong)
	}
	if page := w.As("office").Get("/settings/mail"); page.Status != http.StatusOK || strings.Contains(page.Body, `name="id"`) {
		t.Errorf("the office: %d", page.Status)
	}
	_, id, _ := strings.Cut(page.Body, `name="id" value="`)
	id, _, _ = strings.Cut(id, `"`)
	if a := admin.Post("/settings/mail/again", "id", id); a.Status != http.StatusSeeOther {
		t.Errorf("again: %d %s", a.Status, a.Text())
	}
	if _, err := w.App.SendMail(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page := admin.Get("/settings/mail"); !strings.Contains(page.Text(), "kept as 4711") || strings.Contains(page.Text(), "多次发送失败") {
		t.Errorf("sent again: %s", page.Text())
	}
}

// A person chooses on the own page; the page comes back with what was wrong.
func TestMailWishPage(t *testing.T) {
	w := servertest.New(t, nil)
	mailing(w)
	b := w.As("handler")
	page := b.Get("/me")
	if !strings.Contains(page.Text(), "邮件提醒") || strings.Contains(page.Text(), "本机构超期") || strings.Count(page.Body, `checked`) != 2 {
		t.Errorf("%d %s", strings.Count(page.Body, "checked"), page.Text())
	}
	if a := b.Post("/me/mail", "address", "x"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "邮箱地址不对") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if a := b.Post("/me/mail", "address", "li@bank.example", "mail", "urgent"); a.Status != http.StatusSeeOther {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if m, err := w.App.MailWish(t.Context(), w.Actor("handler")); err != nil || m.Address != "li@bank.example" || m.Digest || !m.Urgent {
		t.Errorf("%+v %v", m, err)
	}
	if !strings.Contains(w.As("lead").Get("/me").Text(), "本机构超期") {
		t.Error("who leads is not offered what is overdue in the unit")
	}
}

// The pages in a browser, in both widths and languages.
func TestMailInBrowser(t *testing.T) {
	w := servertest.New(t, nil)
	mailing(w, "", "550", "450")
	for _, to := range []string{"li@bank.example", "wang@bank.example", "zhao@bank.example"} {
		if err := w.App.TestMail(t.Context(), w.Actor("admin"), to); err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.SendMail(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Minute)
	}
	if _, err := w.App.Register(t.Context(), w.Actor("handler"), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"}, Narrative: "没有被告知年费。"}); err != nil {
		t.Fatal(err)
	}
	p := webtest.Start(t, w.URL)
	p.SignIn("/settings", "admin", servertest.Password)
	p.Look("/settings/mail", "/me", "/settings/checkpoints")
}

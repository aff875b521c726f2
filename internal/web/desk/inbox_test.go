package desk_test

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
	"xiaobao/internal/storage"
	"xiaobao/internal/web/webtest"
)

// letters puts messages into the mailbox of the world: one to register, one that
// names a case of the handler, one that nobody wrote.
func letters(t *testing.T, w *servertest.World) complaint.ID {
	t.Helper()
	r, err := w.App.Register(t.Context(), w.Actor("handler"), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "赵六", Phone: "13900005678"}, Narrative: "没有被告知年费。"})
	if err != nil {
		t.Fatal(err)
	}
	s := posttest.StartIMAP(t)
	w.App.SetPost(app.PostConfig{IMAP: post.IMAP{Host: "127.0.0.1", Port: s.Port, TLS: post.Plain, User: "username", Password: "password", Folder: "INBOX", Timeout: 3 * time.Second}})
	head := "From: =?utf-8?B?546L56eA5YWw?= <wang@mail.example>\r\nContent-Type: text/html; charset=utf-8\r\n"
	s.Deliver(w.Now().Add(-30*time.Hour), head+"Message-ID: <1@m>\r\nSubject: =?utf-8?B?5oqV6K+J5bm06LS5?= 13800001234\r\n\r\n<p>年费没有告知，电话 13800001234<script>alert(1)</script><img src=x onerror=alert(1)></p>")
	s.Deliver(w.Now().Add(-time.Minute), head+"Message-ID: <2@m>\r\nSubject: Re: "+r.Number+"\r\n\r\n<p>补充材料</p>")
	s.Deliver(w.Now().Add(-time.Minute), head+"Message-ID: <3@m>\r\nAuto-Submitted: auto-replied\r\nSubject: out of office\r\n\r\nx")
	if _, err := w.App.FetchMail(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// From the list to the case: a message is opened as plain text, registered with
// the day of receipt, filed with the case that it names, or dismissed.
func TestInboxPages(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.As("handler")
	if page := b.Get("/inbox"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "没有设置收信邮箱") || strings.Contains(b.Get("/desk").Body, `href="/inbox"`) {
		t.Errorf("off: %d %s", page.Status, page.Text())
	}
	known := letters(t, w)
	h := w.As("office")
	list := h.Get("/inbox")
	for _, want := range []string{"王*", "投诉年费", "已过 1 天", "待确认归入", "退信和自动回复"} {
		if !strings.Contains(list.Text(), want) {
			t.Errorf("the list lacks %s: %s", want, list.Text())
		}
	}
	if strings.Contains(list.Body, "13800001234") || strings.Contains(list.Body, "wang@") || !strings.Contains(b.Get("/desk").Body, `href="/inbox"`) {
		t.Error("the list shows what is personal, or there is no way to it")
	}
	for login, want := range map[string]int{"shanghai": 200, "lead": 200, "office": 200, "auditor": 403, "admin": 403, "executive": 403} {
		if page := w.As(login).Get("/inbox"); page.Status != want {
			t.Errorf("%s: %d, want %d", login, page.Status, want)
		}
	}
	if page := w.As("shanghai").Get("/inbox/mail?n=2"); page.Status != http.StatusForbidden && page.Status != http.StatusNotFound {
		t.Errorf("the message of a case of another branch: %d", page.Status)
	}
	for _, path := range []string{"/inbox", "/inbox?state=new"} { // a branch: what names its cases, nothing else
		if page := b.Get(path); page.Status != http.StatusOK || strings.Contains(page.Text(), "投诉年费") || strings.Contains(page.Text(), "退信") || strings.Contains(page.Text(), "Re: TS") != (path == "/inbox") {
			t.Errorf("the handler of a branch at %s: %s", path, page.Text())
		}
	}
	for _, path := range []string{"/inbox/mail?n=1", "/complaints/new?mail=1"} {
		if page := b.Get(path); page.Status != http.StatusForbidden {
			t.Errorf("the handler of a branch at %s: %d", path, page.Status)
		}
	}
	one := h.Get("/inbox/mail?n=1")
	if !strings.Contains(one.Text(), "年费没有告知") || strings.Contains(one.Body, "onerror") || strings.Contains(one.Body, "alert(1)") || strings.Contains(one.Body, "13800001234") {
		t.Errorf("the message: %s", one.Text())
	}
	form := h.Get("/complaints/new?mail=1")
	for _, want := range []string{`value="2026-03-30"`, `value="王秀兰"`, `value="wang@mail.example"`, "13800001234", `name="mail" value="1"`, "正在登记一封来信"} {
		if !strings.Contains(form.Body, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	a := h.Post("/complaints/new", "mail", "1", "form", "f", "channel", "email", "received_on", "2026-03-30", "nature", "complaint", "complainant.name", "王秀兰", "complainant.email", "wang@mail.example", "narrative", "年费没有告知")
	if a.Status != http.StatusSeeOther || !strings.HasSuffix(a.Location(), "/receipt") {
		t.Fatalf("register: %d %s", a.Status, a.Text())
	}
	if a := b.Post("/inbox/file", "n", "2", "number", "TS1"); a.Status != http.StatusNotFound || !strings.Contains(a.Text(), "没有编号") {
		t.Errorf("a wrong number: %d %s", a.Status, a.Text())
	}
	two := b.Get("/inbox/mail?n=2")
	_, number, _ := strings.Cut(two.Body, `name="number" value="`)
	number, _, _ = strings.Cut(number, `"`)
	at := "/complaints/" + known.String()
	for login, want := range map[string]bool{"handler": true, "auditor": false} {
		page := w.As(login).Get(at)
		if !strings.Contains(page.Text(), "来信 1 封待确认") || strings.Contains(page.Body, "/inbox/mail?n=2") != want || strings.Contains(page.Body, `action="/inbox/file"`) != want {
			t.Errorf("the case as %s sees it: %s", login, page.Text())
		}
	}
	if a := b.Post("/inbox/file", "n", "2", "number", number, "case", known.String()); a.Location() != at {
		t.Errorf("file: %d %s", a.Status, a.Text())
	}
	if page := b.Get(at); !strings.Contains(page.Text(), "补充材料") || strings.Contains(page.Text(), "封待确认") {
		t.Error("the contact is not on the case")
	}
	if a := h.Post("/inbox/dismiss", "n", "3"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", a.Status)
	}
	if a := h.Post("/inbox/dismiss", "n", "3", "why", "自动回复"); a.Status != http.StatusSeeOther {
		t.Errorf("dismiss: %d %s", a.Status, a.Text())
	}
	s, err := w.App.BoxState(t.Context())
	if err != nil || s.Counts[storage.InboxRegistered] != 1 || s.Counts[storage.InboxFiled] != 1 || s.Counts[storage.InboxDismissed] != 1 || len(s.Counts) != 3 {
		t.Errorf("%v %v", s.Counts, err)
	}
	for _, page := range []servertest.Answer{list, one, form, two} {
		for _, wrong := range webtest.Markup(page.Body) {
			t.Error(wrong)
		}
	}
}

// The pages in a browser, in both widths.
func TestInboxInBrowser(t *testing.T) {
	w := servertest.New(t, nil)
	letters(t, w)
	p := webtest.Start(t, w.URL)
	p.SignIn("/inbox", "office", servertest.Password)
	p.Look("/inbox", "/inbox/mail?n=1", "/complaints/1", "/complaints/new?mail=1")
}

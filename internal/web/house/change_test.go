package house_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder for pictures of the pages")

// second makes the person of Shanghai another administrator.
func second(t *testing.T, w *servertest.World) *servertest.Browser {
	t.Helper()
	if err := w.App.SetPerson(ctx, party.System, party.Person{ID: "shanghai", Login: "shanghai", Name: "王沪", Unit: "01", Roles: []party.Role{party.Administrator}}, ""); err != nil {
		t.Fatal(err)
	}
	return w.As("shanghai")
}

// clean opens a page in both languages and looks at its markup.
func clean(t *testing.T, b *servertest.Browser, path string, want ...string) {
	t.Helper()
	for _, lang := range []string{"zh", "en"} {
		b.Lang = lang
		a := b.Get(path)
		if a.Status != 200 || strings.Contains(a.Body, "⟦") {
			t.Errorf("%s %s: %d %s", lang, path, a.Status, a.Text())
		}
		for _, wrong := range webtest.Markup(a.Body) {
			t.Errorf("%s %s: %s", lang, path, wrong)
		}
		for _, text := range want {
			if !strings.Contains(a.Text(), text) {
				t.Errorf("%s %s lacks %s: %s", lang, path, text, a.Text())
			}
		}
	}
	b.Lang = "zh"
}

// A change leads to its page and waits; the second person sees it beside the room,
// compares and confirms it; others are kept away.
func TestChangesWait(t *testing.T) {
	w := servertest.New(t, nil)
	first, other := w.As("admin"), second(t, w)
	if a := first.Post("/settings/value/warning.days", "value", "20,1"); a.Status != 422 || !strings.Contains(a.Text(), "请写明更改的理由") {
		t.Errorf("without a reason: %d %s", a.Status, a.Text())
	}
	path := first.Post("/settings/value/warning.days", "value", "20,1", "reason", "提早提醒").Location()
	if !strings.HasPrefix(path, "/changes/") {
		t.Fatalf("proposed, and led to %q", path)
	}
	clean(t, first, path, "提早提醒")
	clean(t, first, "/changes")
	clean(t, other, path, "提早提醒", "20, 1")
	clean(t, other, "/changes")
	clean(t, w.As("auditor"), path, "20, 1")
	for _, tt := range []struct {
		name   string
		b      *servertest.Browser
		path   string
		fields []string
		status int
		want   string
	}{
		{"one's own", first, path + "/confirm", nil, 403, "您是提出人"},
		{"the office", w.As("office"), path + "/confirm", nil, 403, "没有此项权限"},
		{"a handler", w.As("handler"), path + "/confirm", nil, 403, ""},
		{"declined without a reason", other, path + "/decline", nil, 422, "请写明不同意的理由"},
		{"withdrawn by another", other, path + "/withdraw", nil, 403, "只有提出人"},
		{"one that is not there", other, "/changes/9999/confirm", nil, 404, ""},
		{"no number", other, "/changes/x/confirm", nil, 404, ""},
		{"confirmed", other, path + "/confirm", nil, 303, ""},
		{"again", other, path + "/confirm", nil, 409, "已有结果"},
	} {
		if a := tt.b.Post(tt.path, tt.fields...); a.Status != tt.status || !strings.Contains(a.Text(), tt.want) {
			t.Errorf("%s: %d %s", tt.name, a.Status, a.Text())
		}
	}
	if w.App.SoonDays() != 20 {
		t.Error("confirmed, and not in force")
	}
	clean(t, other, path)
	for _, fields := range [][]string{{"name", "新人", "login", "xinren", "unit", "0101", "roles", "handler", "reason", "增员"}} {
		a := first.Post("/people/person/new", fields...)
		if a.Status != 200 || shown.FindString(a.Body) == "" || !strings.Contains(a.Text(), "复核同意后以上内容才有效") {
			t.Errorf("hired: %d %s", a.Status, a.Text())
		}
	}
	if a := first.Post("/settings/tokens", "name", "对接", "person", "handler", "scopes", "write", "reason", "对接"); a.Status != 200 || !strings.Contains(a.Text(), "复核同意后") {
		t.Errorf("a token: %d %s", a.Status, a.Text())
	}
	if a := first.Post("/people/person/handler/state", "state", "off"); a.Status != 422 || !strings.Contains(a.Text(), "请写明更改的理由") {
		t.Errorf("disabled without a reason: %d %s", a.Status, a.Text())
	}
	if a := first.Post("/people/person/handler/state", "state", "off", "why", "离职"); !strings.HasPrefix(a.Location(), "/changes/") {
		t.Errorf("disabled: %d %s", a.Status, a.Text())
	}
	clean(t, other, "/changes", "新人", "李雯")
	clean(t, other, "/changes?about=setting")
}

// The main way in a browser; no serious barrier and nothing over the edge, wide and
// narrow, light and dark.
func TestChangesInABrowser(t *testing.T) {
	w := servertest.New(t, nil)
	first, other := w.As("admin"), second(t, w)
	person := first.Post("/people/person/lead", "name", "陈立", "login", "lead", "title", "分行行长", "unit", "0101", "roles", "branch_lead", "roles", "handler", "reason", "兼任投诉处理，分行编制不足，自四月起。").Location()
	first.Post("/people/unit/new", "id", "0103", "name", "广州分行", "parent", "01", "level", "branch", "region", "广州", "reason", "新设")
	p := webtest.Start(t, w.URL)
	enter := func(b *servertest.Browser, lang string) {
		for name, value := range map[string]string{"xb_session": b.Token(), "xb_lang": lang} {
			if err := p.Cookie(w.URL, name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, look := range []struct {
		name, lang    string
		dark          bool
		width, height int64
	}{{"wide", "zh", false, 1440, 900}, {"wide-dark", "en", true, 1440, 900}, {"phone", "zh", false, 390, 844}, {"phone-dark", "en", true, 390, 844}} {
		enter(other, look.lang)
		p.Size(look.width, look.height)
		if err := p.Dark(look.dark); err != nil {
			t.Fatal(err)
		}
		for name, path := range map[string]string{"list": "/changes", "one": person, "setting": "/settings/value/warning.days", "person": "/people/person/lead"} {
			p.Open(path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, "change-"+name+"-"+look.name+".png"))
			}
		}
	}
	enter(other, "zh")
	p.Open("/changes")
	p.Want("广州分行", "陈立")
	p.Open(person)
	p.Want("兼任投诉处理")
	p.Send(`form[action$="/confirm"] .btn-primary`)
	p.WaitFor("更改已经生效")
}

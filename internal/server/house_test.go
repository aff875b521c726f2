package server_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder for pictures of the house's pages")

// housePages are the pages of the house and of the door, with who looks at them.
var housePages = []struct{ name, login, path string }{
	{"people", "admin", "/people"}, {"people-unit", "admin", "/people?unit=0101"}, {"people-none", "handler", "/people?q=无此人"},
	{"person", "admin", "/people/person/handler"}, {"person-read", "handler", "/people/person/lead"}, {"person-new", "admin", "/people/person/new?unit=0101"},
	{"unit", "admin", "/people/unit/0101"}, {"unit-new", "admin", "/people/unit/new?parent=0101"},
	{"settings", "admin", "/settings"}, {"setting", "admin", "/settings/value/warning.days"}, {"setting-money", "admin", "/settings/value/redress.limit.office"}, {"setting-choice", "admin", "/settings/value/totp.policy"},
	{"calendar", "admin", "/settings/calendar"}, {"rules", "office", "/settings/rules"}, {"duties", "auditor", "/settings/duties"}, {"tokens", "admin", "/settings/tokens"},
	{"audit", "auditor", "/audit"}, {"signs", "auditor", "/audit/signs"}, {"me", "handler", "/me"},
	{"password", "handler", "/account/password"}, {"authenticator", "handler", "/account/authenticator"},
}

// Every page of the house answers in both languages with sound markup and,
// in English, with no Chinese but data.
func TestHousePages(t *testing.T) {
	w := seeded(t)
	browsers := map[string]*servertest.Browser{}
	for _, page := range housePages {
		if browsers[page.login] == nil {
			browsers[page.login] = w.As(page.login)
		}
		for _, lang := range []string{"zh", "en"} {
			b := browsers[page.login]
			b.Lang = lang
			a := b.Get(page.path)
			if a.Status != 200 {
				t.Errorf("%s: %d %s", page.path, a.Status, a.Text())
				continue
			}
			for _, wrong := range webtest.Markup(a.Body) {
				if !chineseName(wrong) {
					t.Errorf("%s %s: %s", page.path, lang, wrong)
				}
			}
		}
	}
}

// chineseName says that a complaint is about the frame's or a choice's own data:
// names of people and units stay Chinese.
func chineseName(wrong string) bool {
	for _, p := range servertest.People {
		if strings.Contains(wrong, p.Name) {
			return true
		}
	}
	for _, u := range servertest.Units {
		if strings.Contains(wrong, u.Name) {
			return true
		}
	}
	return false
}

func seeded(t *testing.T) *servertest.World {
	t.Helper()
	w := servertest.New(t, nil)
	b := w.Browser()
	b.Post("/sign-in", "name", "handler", "password", "wrong-password-1")
	b.Post("/sign-in", "name", "nobody", "password", "wrong-password-1")
	admin := w.As("admin")
	if a := admin.Post("/settings/tokens", "name", "核心系统对接", "person", "handler", "scopes", "read", "expires", "2026-12-31"); a.Status != 200 || !strings.Contains(a.Body, "xb_") {
		t.Fatal(a.Status, a.Text())
	}
	if a := admin.Post("/settings/value/follow_up.days", "value", "5"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	return w
}

// The pages as people see them: no serious barrier, nothing wider than the
// window, and with -pictures a picture of each.
func TestHouseInBrowser(t *testing.T) {
	w := seeded(t)
	p := webtest.Start(t, w.URL)
	tokens := map[string]string{}
	for i, page := range housePages {
		if tokens[page.login] == "" {
			tokens[page.login] = w.As(page.login).Token()
		}
		if err := p.Cookie(w.URL, "xb_session", tokens[page.login]); err != nil {
			t.Fatal(err)
		}
		looks := []look{{"zh", false, 1440}, {"en", true, 390}}
		if *pictures == "" {
			looks = looks[i%2 : i%2+1]
		}
		for _, l := range looks {
			if err := p.Cookie(w.URL, "xb_lang", l.lang); err != nil {
				t.Fatal(err)
			}
			if err := p.Dark(l.dark); err != nil {
				t.Fatal(err)
			}
			p.Size(l.width, 900)
			p.Open(page.path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, page.name+"-"+l.lang+".png"))
			}
		}
	}
}

type look struct {
	lang  string
	dark  bool
	width int64
}

package desk_test

import (
	"flag"
	"path/filepath"
	"testing"

	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder to write pictures of the pages to")

// Pages that people look at: run with -pictures DIR.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures")
	}
	w, _ := full(t)
	for _, look := range []struct {
		name, login, path string
	}{
		{"desk", "handler", "/desk?tab=mine"}, {"all", "office", "/desk?tab=all&from=2026-03-01&unit=0101"}, {"empty", "shanghai", "/desk"}, {"complaints", "office", "/complaints"},
		{"register", "handler", "/complaints/new?channel=nfra"}, {"receipt", "handler", "/complaints/3/receipt"}, {"search", "office", "/search?q=存款"}, {"nothing", "office", "/search?q=龘龘"},
		{"approvals", "office", "/approvals"},
	} {
		for _, size := range []struct {
			name  string
			width int64
			dark  bool
			lang  string
		}{{"wide", 1720, false, "zh"}, {"phone", 390, false, "zh"}, {"dark", 1440, true, "zh"}, {"en", 1440, false, "en"}, {"phone-dark-en", 390, true, "en"}} {
			p := page(t, w, look.login, size.lang)
			p.Size(size.width, 900)
			if err := p.Dark(size.dark); err != nil {
				t.Fatal(err)
			}
			p.Open(look.path)
			if look.name == "desk" && size.width == 1720 {
				p.Press("jj")
				p.WaitFor(map[string]string{"zh": "最近联系", "en": "Last contact"}[size.lang])
			}
			if look.name == "register" {
				p.Fill("complainant.phone", "13800001234")
				p.Fill("narrative", narrative)
				p.WaitFor(map[string]string{"zh": "可能是同一件事", "en": "Perhaps the same matter"}[size.lang])
			}
			p.Screenshot(filepath.Join(*pictures, look.name+"-"+size.name+".png"))
			if look.name == "desk" && size.width == 1720 {
				p.Press("xa")
				p.WaitFor(map[string]string{"zh": "批量分派", "en": "Assign several"}[size.lang])
				p.Fill("person", "chaoyang")
				p.ClickOn("#assign .btn-primary")
				p.Screenshot(filepath.Join(*pictures, "assign-"+size.name+".png"))
			}
			if look.name == "complaints" {
				p.Click(map[string]string{"zh": "筛选", "en": "Filter"}[size.lang])
				p.Screenshot(filepath.Join(*pictures, "filter-"+size.name+".png"))
			}
		}
	}
}

// page is a tab in which a person is signed in.
func page(t testing.TB, w *servertest.World, login, lang string) *webtest.Page {
	p := webtest.Start(t, w.URL)
	if err := p.Cookie(w.URL, "xb_session", w.As(login).Token()); err != nil {
		t.Fatal(err)
	}
	if err := p.Cookie(w.URL, "xb_lang", lang); err != nil {
		t.Fatal(err)
	}
	return p
}

package casefile_test

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web/casefile"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder for pictures of the pages")

// Every page in both languages: balanced, every message there.
func TestPagesInBothLanguages(t *testing.T) {
	w := newWorld(t)
	plain, rich := w.plain(), w.transfer()
	for _, path := range []string{"", "/print", "/access", "?show=contact"} {
		for _, id := range []complaint.ID{plain, rich} {
			w.page(t, "office", "/complaints/"+id.String()+path)
		}
	}
	for _, v := range complaint.Verbs() {
		w.page(t, "office", "/complaints/"+rich.String()+"/do/"+v.Name)
		w.page(t, "office", "/complaints/"+plain.String()+"/do/"+v.Name)
	}
}

// page asks for a page in both languages and looks at its markup. What people
// wrote stays Chinese, and says so.
func (w world) page(t *testing.T, login, path string) {
	t.Helper()
	b := w.As(login)
	for _, lang := range []string{"zh", "en"} {
		b.Lang = lang
		a := b.Get(path)
		if a.Status != 200 {
			t.Errorf("%s %s: %d %s", lang, path, a.Status, a.Text())
			continue
		}
		for _, wrong := range webtest.Markup(a.Body) {
			t.Errorf("%s %s: %s", lang, path, wrong)
		}
		if strings.Contains(a.Body, "13800001234") || strings.Contains(a.Body, "13900005678") || strings.Contains(a.Body, "王秀兰") {
			t.Errorf("%s %s shows personal data in clear", lang, path)
		}
	}
}

// Nothing that the domain can do is without a form.
func TestEveryVerbHasAForm(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	var forms []string
	for _, r := range casefile.Routes(nil, nil) {
		if name, ok := strings.CutPrefix(r.Path, "/complaints/{id}/do/"); ok {
			forms = append(forms, name)
		}
	}
	body := w.As("office").Get("/complaints/" + id.String()).Body
	for _, v := range complaint.Verbs() {
		if !slices.Contains(forms, v.Name) {
			t.Errorf("%s has no form", v.Name)
		}
	}
	for _, name := range []string{"record-contact", "find", "extend", "propose-redress", "merge", "split", "assign"} {
		if !strings.Contains(body, "/do/"+name) {
			t.Errorf("the page leads nowhere to %s", name)
		}
	}
}

func TestLook(t *testing.T) {
	if *pictures == "" {
		t.Skip("pictures are for people: go test -run Look -pictures DIR")
	}
	w := newWorld(t)
	rich, plain := w.transfer(), w.plain()
	for _, shot := range []struct{ name, path string }{{"rich", "/complaints/" + rich.String()}, {"plain", "/complaints/" + plain.String()}, {"find", "/complaints/" + plain.String() + "/do/find?n=1"},
		{"fault", "/complaints/" + plain.String() + "/do/find-fault"}, {"close", "/complaints/" + plain.String() + "/do/close"}, {"amend", "/complaints/" + plain.String() + "/do/amend"},
		{"letter", "/complaints/" + plain.String() + "/letters/preview?kind=acknowledgement"}, {"print", "/complaints/" + rich.String() + "/print"}, {"access", "/complaints/" + rich.String() + "/access"}} {
		for _, at := range []struct {
			name, lang string
			width      int64
			dark       bool
		}{{"zh", "zh", 1440, false}, {"en-dark", "en", 1440, true}, {"phone", "zh", 390, false}} {
			p := webtest.Start(t, w.URL)
			w.ok(p.Cookie(w.URL, "xb_session", w.As("office").Token()))
			w.ok(p.Cookie(w.URL, "xb_lang", at.lang))
			w.ok(p.Dark(at.dark))
			p.Size(at.width, 900)
			p.Open(shot.path)
			p.Screenshot(filepath.Join(*pictures, shot.name+"-"+at.name+".png"))
		}
	}
}

func BenchmarkCasePage(b *testing.B) {
	w := newWorld(b)
	id := w.transfer()
	desk := w.As("office")
	for b.Loop() {
		if a := desk.Get("/complaints/" + id.String()); a.Status != 200 {
			b.Fatal(a.Status)
		}
	}
}

package laws_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder to write pictures of the pages to")

// realTexts imports what lies beside the repository, if anything does.
func realTexts(t testing.TB, w *servertest.World) {
	files, _ := filepath.Glob("../../../../shared/data/laws/*.md")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.ImportLaw(t.Context(), party.System, app.LawFile{Name: filepath.Base(f), Data: b}); err != nil {
			t.Fatal(err)
		}
	}
}

// Pages that people look at: run with -pictures DIR.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures")
	}
	w := world(t)
	at := imported(t, w)
	realTexts(t, w)
	for _, look := range []struct{ name, path string }{
		{"list", "/laws"}, {"show", "/laws/nfra-2020-3"}, {"summary", "/laws/nfra-2022-9"}, {"article", "/laws/nfra-2020-3/articles/18"}, {"search", "/laws/search?q=拒赔要不要书面说明理由"},
		{"compare", at + "/compare?from=1&to=2"}, {"import", "/laws/import"},
	} {
		for _, size := range []struct {
			name  string
			width int64
			dark  bool
			lang  string
		}{{"wide", 1440, false, "zh"}, {"phone", 390, true, "zh"}, {"dark-en", 1440, true, "en"}} {
			p := tab(t, w, "office", size.lang)
			p.Size(size.width, 900)
			if err := p.Dark(size.dark); err != nil {
				t.Fatal(err)
			}
			p.Open(look.path)
			p.Screenshot(filepath.Join(*pictures, look.name+"-"+size.name+".png"))
		}
	}
}

func tab(t testing.TB, w *servertest.World, login, lang string) *webtest.Page {
	p := webtest.Start(t, w.URL)
	for name, value := range map[string]string{"xb_session": w.As(login).Token(), "xb_lang": lang} {
		if err := p.Cookie(w.URL, name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

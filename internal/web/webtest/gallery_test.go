package webtest

import (
	"flag"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

var pictures = flag.String("pictures", "", "folder for pictures of the gallery")

func TestMain(m *testing.M) {
	flag.Parse()
	Main(m)
}

func gallery(t *testing.T) *httptest.Server {
	t.Helper()
	h, err := Gallery()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// Every page of the base in both languages, light and dark, on a desk and on a
// phone: no serious barrier, no complaint in the console, nothing wider than the window.
func TestGalleryInBrowser(t *testing.T) {
	server := gallery(t)
	p := Start(t, server.URL)
	for name := range Samples() {
		for _, look := range []struct {
			lang, theme string
			width       int64
		}{{"zh", "light", 1440}, {"zh", "dark", 1440}, {"zh", "light", 390}, {"en", "light", 1440}, {"en", "dark", 390}} {
			if err := p.Cookie(server.URL, "xb_lang", look.lang); err != nil {
				t.Fatal(err)
			}
			if err := p.Dark(look.theme == "dark"); err != nil {
				t.Fatal(err)
			}
			p.Size(look.width, 900)
			p.Open("/gallery/" + name)
			p.Axe()
			if wide, err := call[int](p, "return document.documentElement.scrollWidth"); err != nil || int64(wide) > look.width {
				t.Errorf("%s at %d is %d wide (%v)", name, look.width, wide, err)
			}
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, strings.ReplaceAll(name, "/", "-")+"-"+look.lang+"-"+look.theme+"-"+map[int64]string{1440: "desk", 390: "phone"}[look.width]+".png"))
			}
		}
	}
}

package web_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/web"
	"xiaobao/internal/web/webtest"
)

// Every page of the base, in both languages: balanced, without gaps in the
// catalogue, and English where it should be.
func TestEveryPage(t *testing.T) {
	server, err := webtest.Gallery()
	if err != nil {
		t.Fatal(err)
	}
	for name := range webtest.Samples() {
		for _, lang := range web.Langs {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				r := httptest.NewRequest("GET", "/gallery/"+name, nil)
				r.Header.Set("Accept-Language", string(lang))
				w := httptest.NewRecorder()
				server.ServeHTTP(w, r)
				body := w.Body.String()
				if w.Code != 200 || !strings.Contains(body, `lang="`+lang.Tag()+`"`) {
					t.Fatalf("%d %.300s", w.Code, body)
				}
				for _, wrong := range webtest.Markup(body) {
					t.Error(wrong)
				}
			})
		}
	}
}

// The rooms' own packages bring samples of their pages; those of the base stand here.
func TestBasePagesHaveSamples(t *testing.T) {
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	samples := webtest.Samples()
	base := slices.DeleteFunc(site.Pages(), func(name string) bool {
		return !strings.HasPrefix(name, "sign/") && !strings.HasPrefix(name, "fault/")
	})
	if len(base) == 0 {
		t.Fatal("no pages")
	}
	for _, name := range base {
		if samples[name] == nil {
			t.Errorf("page %s has no sample view", name)
		}
	}
}

func BenchmarkWorklistOf16(b *testing.B) {
	server, err := webtest.Gallery()
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/desk", nil)
	for b.Loop() {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

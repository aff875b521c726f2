package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssets(t *testing.T) {
	s := site(t, io.Discard)
	for _, name := range []string{"app.css", "app.js", "chart.js", "icons.svg", "favicon.svg", "swagger.css", "swagger.js", "swagger-start.js"} {
		path, err := s.assets.URL(name)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", path, nil)
		plain := httptest.NewRecorder()
		s.Assets().ServeHTTP(plain, r)
		r.Header.Set("Accept-Encoding", "gzip, br")
		packed := httptest.NewRecorder()
		s.Assets().ServeHTTP(packed, r)
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(z)
		if err != nil || string(unpacked) != plain.Body.String() || len(unpacked) == 0 {
			t.Errorf("%s: packed and plain differ (%v)", name, err)
		}
		if !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") || plain.Header().Get("Content-Type") == "" {
			t.Errorf("%s: headers %v", name, plain.Header())
		}
	}
}

func TestAssetsUnknown(t *testing.T) {
	s := site(t, io.Discard)
	for _, path := range []string{"/assets/app.css", "/assets/", "/assets/../web.go", "/assets/manifest.json"} {
		w := httptest.NewRecorder()
		s.Assets().ServeHTTP(w, &http.Request{Method: "GET", URL: &url.URL{Path: path}})
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if _, err := s.assets.URL("no.css"); err == nil {
		t.Error("an asset that does not exist has an address")
	}
}

func TestReadAssetsSaysWhatIsMissing(t *testing.T) {
	for want, files := range map[string]fstest.MapFS{
		"make assets":   {".keep": {}},
		"manifest":      {"manifest.json": {Data: []byte("{")}},
		"asset app.css": {"manifest.json": {Data: []byte(`{"app.css":{"file":"app.1.css"}}`)}},
	} {
		if _, err := readAssets(files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
}

// The styles that scripts and templates live by survived the cutting down.
func TestStylesAreWhole(t *testing.T) {
	s := site(t, io.Discard)
	path, _ := s.assets.URL("app.css")
	w := httptest.NewRecorder()
	s.Assets().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	css := w.Body.String()
	for _, want := range []string{".due-over", ".rows", "--xb-chart-1", "--xb-heat-0", "prefers-color-scheme:dark", "data-bs-theme=auto", "@media print", "@page"} {
		if !strings.Contains(css, want) {
			t.Errorf("app.css lacks %s", want)
		}
	}
	if strings.Contains(css, "@import") || strings.Contains(css, "url(http") {
		t.Error("app.css asks another server")
	}
}

func TestSecure(t *testing.T) {
	h := Secure(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	tests := []struct {
		method, site string
		want         int
	}{{"POST", "cross-site", 403}, {"POST", "same-origin", 204}, {"GET", "cross-site", 204}, {"POST", "", 204}}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, "/", nil)
		if tt.site != "" {
			r.Header.Set("Sec-Fetch-Site", tt.site)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s from %q: %d, want %d", tt.method, tt.site, w.Code, tt.want)
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("policy %q", csp)
		}
	}
}

func TestPreferences(t *testing.T) {
	s := site(t, io.Discard)
	post := func(body string) *http.Response {
		r := httptest.NewRequest("POST", "/preferences", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.Preferences().ServeHTTP(w, r)
		return w.Result()
	}
	got := post("lang=en&theme=dark&type=huge&back=%2Fdesk%3Fa%3D1")
	if got.StatusCode != 303 || got.Header.Get("Location") != "/desk?a=1" {
		t.Errorf("%d %s", got.StatusCode, got.Header.Get("Location"))
	}
	kept := map[string]string{}
	for _, c := range got.Cookies() {
		kept[c.Name] = c.Value
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", c)
		}
	}
	if len(kept) != 2 || kept[cookieLang] != "en" || kept[cookieTheme] != "dark" {
		t.Errorf("kept %v", kept)
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/desk?x=1": "/desk?x=1", "": "/", "desk": "/", "//evil.example": "/", "https://evil.example/": "/",
		"/\\evil.example": "/", "/a\r\nSet-Cookie: x": "/", "/\tx": "/", "javascript:alert(1)": "/",
	} {
		if got := LocalPath(in); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", in, got, want)
		}
	}
}

// Wherever a link wants to lead, the browser stays here.
func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/desk", "//x", "/\\x", "http://x", "/%2f/x", "/./\\x"} {
		f.Add(seed)
	}
	here, _ := url.Parse("https://here.example/a/b")
	f.Fuzz(func(t *testing.T, back string) {
		u, err := here.Parse(LocalPath(back))
		if err != nil || u.Host != here.Host || u.Scheme != here.Scheme {
			t.Errorf("%q leads to %v (%v)", back, u, err)
		}
	})
}

func TestFlashShowsOnce(t *testing.T) {
	s := site(t, io.Discard)
	w := httptest.NewRecorder()
	s.Flash(w, "good", "count.span", "From", "2026-04-28", "Due", "2026-05-19")
	r := httptest.NewRequest("GET", "/sign-in", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	shown := httptest.NewRecorder()
	if err := s.SignIn(shown, r, Sign{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.Body.String(), "2026-04-28 起算，2026-05-19 届满") {
		t.Error("the message is not on the page")
	}
	if c := shown.Result().Cookies(); len(c) != 1 || c[0].Name != cookieFlash || c[0].MaxAge >= 0 {
		t.Errorf("the message stays: %v", c)
	}
}

func TestFlashRefusesForgeries(t *testing.T) {
	for _, value := range []string{"%%", "bm9wZQ", "eyJrIjoiZXZpbCIsInQiOiJ4In0"} { // not base64; not JSON; unknown kind
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: cookieFlash, Value: value})
		if n := takeFlash(httptest.NewRecorder(), r); n != nil {
			t.Errorf("%s became %+v", value, n)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
)

// with puts routes of a test beside those of the house.
func with(routes ...web.Route) func(*server.Options) {
	return func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route { return append(server.Rooms(site, a), routes...) }
	}
}

func public(method, path string, handler func(http.ResponseWriter, *http.Request) error) web.Route {
	return web.Route{Method: method, Path: path, Need: web.Public, Handler: handler}
}

func TestPanicBecomesAPlainPage(t *testing.T) {
	w := servertest.New(t, with(public("GET", "/boom", func(http.ResponseWriter, *http.Request) error { panic("secret inside") })))
	a := w.Browser().Get("/boom?phone=13800000000")
	if a.Status != 500 || strings.Contains(a.Body, "secret inside") || !strings.Contains(a.Text(), "程序出错") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if id := a.Header.Get("X-Request-Id"); id == "" || !strings.Contains(w.Log.String(), id) || !strings.Contains(w.Log.String(), "secret inside") {
		t.Errorf("the log does not know the request %q", id)
	}
	if strings.Contains(w.Log.String(), "13800000000") {
		t.Error("the log holds the query")
	}
	if a := w.Browser().Get("/sign-in"); a.Status != 200 {
		t.Errorf("after the panic: %d", a.Status)
	}
}

func TestInternalErrorsStayInside(t *testing.T) {
	w := servertest.New(t, with(public("GET", "/broken", func(http.ResponseWriter, *http.Request) error {
		return io.ErrUnexpectedEOF
	})))
	if a := w.Browser().Get("/broken"); a.Status != 500 || strings.Contains(a.Body, "EOF") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

func TestCrossOriginPostIsRefused(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.As("handler")
	for _, tt := range []struct {
		name, header, value string
		want                int
	}{
		{"same site", "Sec-Fetch-Site", "same-origin", 303},
		{"other site", "Sec-Fetch-Site", "cross-site", 403},
		{"old browser, other origin", "Origin", "https://evil.example", 403},
		{"no browser", "", "", 303},
	} {
		r, err := http.NewRequest("POST", w.URL+"/me/sessions", strings.NewReader("id=others"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.header != "" {
			r.Header.Set(tt.header, tt.value)
		}
		if a := b.Do(r); a.Status != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, a.Status, tt.want)
		}
	}
}

func TestBodies(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) error {
		if _, err := web.FormOf(r); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	large := public("POST", "/large", echo)
	large.MaxBody = 20 << 20
	w := servertest.New(t, with(public("POST", "/small", echo), large))
	b := w.Browser()
	for _, tt := range []struct {
		path string
		size int
		want int
	}{{"/small", 1 << 10, 204}, {"/small", 9 << 20, 204}, {"/small", 11 << 20, 413}, {"/large", 11 << 20, 204}, {"/large", 21 << 20, 413}} {
		for _, known := range []bool{true, false} { // with a length in the header, and in chunks
			body := io.Reader(strings.NewReader("a=" + strings.Repeat("x", tt.size)))
			if !known {
				body = io.MultiReader(body)
			}
			r, err := http.NewRequest("POST", w.URL+tt.path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := b.Client.Do(r)
			if err != nil { // the server may close the connection before all is sent
				if tt.want != 413 {
					t.Errorf("%s %d: %v", tt.path, tt.size, err)
				}
				continue
			}
			_ = resp.Body.Close()
			want := tt.want
			if !known && tt.path == "/large" && want == 204 {
				want = resp.StatusCode // ParseForm itself stops at 10 MB for forms of unknown length
			}
			if resp.StatusCode != want {
				t.Errorf("%s %d known=%v: %d, want %d", tt.path, tt.size, known, resp.StatusCode, want)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	w := servertest.New(t, func(o *server.Options) { o.Secure = true })
	a := w.Browser().Get("/sign-in")
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-store", "X-Request-Id": "",
	} {
		if got := a.Header.Get(name); got == "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	a = w.Browser().Post("/sign-in", "name", "handler", "password", servertest.Password)
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"__Host-xb_session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
}

func TestMethodsAndUnknownPaths(t *testing.T) {
	w := servertest.New(t, nil)
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"HEAD", "/sign-in", 200, ""}, {"OPTIONS", "/sign-in", 204, "GET, POST, HEAD, OPTIONS"}, {"PUT", "/sign-in", 405, "GET, POST, HEAD, OPTIONS"},
		{"GET", "/sign-out", 405, "POST, OPTIONS"}, {"GET", "/no/such", 404, ""}, {"POST", "/no/such", 404, ""}, {"OPTIONS", "/no/such", 404, ""},
		{"BREW", "/sign-in", 405, "GET, POST, HEAD, OPTIONS"}, {"GET", "/assets/none.css", 404, ""}, {"GET", "/assets/../healthz", 301, ""}, {"GET", "/healthz", 200, ""}, {"GET", "/readyz", 200, ""},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		rec := httptest.NewRecorder()
		w.Handler.ServeHTTP(rec, r)
		if rec.Code/100 != tt.status/100 || tt.status != 301 && rec.Code != tt.status || rec.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d allow %q, want %d %q", tt.method, tt.path, rec.Code, rec.Header().Get("Allow"), tt.status, tt.allow)
		}
	}
}

func TestNotReadyWithoutDatabase(t *testing.T) {
	w := servertest.New(t, nil)
	rec := httptest.NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.Handler.ServeHTTP(rec, httptest.NewRequest("GET", "/readyz", nil).WithContext(ctx))
	if rec.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// What the shipped dashboard and alerts ask for is what the program tells.
func TestDashboardAsksForWhatIsThere(t *testing.T) {
	w := servertest.New(t, nil)
	w.Browser().Get("/sign-in")
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.RemoteAddr = "127.0.0.1:4000"
	rec := httptest.NewRecorder()
	w.Handler.ServeHTTP(rec, r)
	told := map[string]bool{}
	for line := range strings.Lines(rec.Body.String()) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "# HELP "), " ")
		told[name] = true
	}
	metric := regexp.MustCompile(`\b(xiaobao|process|go)_[a-z_]+\b`)
	for _, file := range []string{"grafana/xiaobao.json", "prometheus/alerts.yml"} {
		raw, err := os.ReadFile("../../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		names := metric.FindAllString(string(raw), -1)
		if len(names) == 0 {
			t.Errorf("%s asks for nothing", file)
		}
		for _, name := range names {
			if name = strings.TrimSuffix(name, "_bucket"); !told[name] {
				t.Errorf("%s asks for %s, which is not told", file, name)
			}
		}
		if strings.HasSuffix(file, ".json") && !json.Valid(raw) {
			t.Errorf("%s is not JSON", file)
		}
	}
}

func TestMetrics(t *testing.T) {
	get := func(w *servertest.World, from, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = from
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		rec := httptest.NewRecorder()
		w.Handler.ServeHTTP(rec, r)
		return rec
	}
	open := servertest.New(t, nil)
	open.Browser().Get("/people/person/someone-secret")
	rec := get(open, "127.0.0.1:4000", "")
	body := rec.Body.String()
	for _, want := range []string{`xiaobao_requests_total{method="GET",route="/people/person/{id}",status="303"} 1`, "xiaobao_ledger_events 13", "xiaobao_request_seconds_bucket"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(body, "someone-secret") {
		t.Error("a path stands in the metrics")
	}
	if rec := get(open, "10.0.0.5:4000", ""); rec.Code != 403 {
		t.Errorf("from elsewhere: %d", rec.Code)
	}
	guarded := servertest.New(t, func(o *server.Options) { o.Token = "s3cret" })
	for token, want := range map[string]int{"": 403, "wrong": 403, "s3cret": 200} {
		if rec := get(guarded, "127.0.0.1:4000", token); rec.Code != want {
			t.Errorf("token %q: %d, want %d", token, rec.Code, want)
		}
	}
}

func TestTrueAddress(t *testing.T) {
	var got string
	w := servertest.New(t, func(o *server.Options) {
		o.Proxy = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		o.Rooms = func(*web.Site, *app.App) []web.Route {
			return []web.Route{public("GET", "/ip", func(w http.ResponseWriter, r *http.Request) error { got = web.ClientIP(r); return nil })}
		}
	})
	for _, tt := range []struct{ from, forwarded, want string }{
		{"203.0.113.7:99", "", "203.0.113.7"},
		{"203.0.113.7:99", "198.51.100.1", "203.0.113.7"}, // nobody of ours says so
		{"10.0.0.2:99", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.2:99", "1.1.1.1, 198.51.100.1, 10.0.0.9", "198.51.100.1"}, // the client may have put in 1.1.1.1
		{"10.0.0.2:99", "rubbish", "10.0.0.2"},
		{"10.0.0.2:99", "2001:db8::1", "2001:db8::1"},
	} {
		r := httptest.NewRequest("GET", "/ip", nil)
		r.RemoteAddr = tt.from
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		w.Handler.ServeHTTP(httptest.NewRecorder(), r)
		if got != tt.want {
			t.Errorf("%s via %q: %s, want %s", tt.from, tt.forwarded, got, tt.want)
		}
	}
}

func TestPagesArePacked(t *testing.T) {
	w := servertest.New(t, nil)
	get := func(method, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/sign-in", nil)
		r.Header.Set("Accept-Encoding", encoding)
		rec := httptest.NewRecorder()
		w.Handler.ServeHTTP(rec, r)
		return rec
	}
	plain, packed := get("GET", ""), get("GET", "gzip, br")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Content-Length") != "" || packed.Body.Len() >= plain.Body.Len() {
		t.Fatalf("%v, %d of %d bytes", packed.Header(), packed.Body.Len(), plain.Body.Len())
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(unpacked, plain.Body.Bytes()) {
		t.Errorf("unpacked differs (%v)", err)
	}
	if head := get("HEAD", "gzip"); head.Header().Get("Content-Encoding") != "" {
		t.Error("an answer without a body is packed")
	}
}

func TestServeEndsGracefully(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	w := servertest.New(t, nil)
	s, err := server.New(server.Options{App: w.App, Rooms: func(*web.Site, *app.App) []web.Route {
		return []web.Route{public("GET", "/slow", func(w http.ResponseWriter, r *http.Request) error {
			close(begun)
			<-finish
			_, err := io.WriteString(w, "done")
			return err
		})}
	}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, s, l, 10*time.Second) }()
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String() + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answer <- string(b)
	}()
	<-begun
	stop()
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// Every route, by every role and by nobody: the door is open exactly where the
// matrix says so.
func TestAuthorizationMatrix(t *testing.T) {
	w := servertest.New(t, nil)
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := server.Table(server.Rooms(site, w.App))
	if len(table) < 20 {
		t.Fatalf("only %d routes", len(table))
	}
	logins := map[string]party.Actor{"": {}}
	browsers := map[string]*servertest.Browser{"": w.Browser()}
	for _, login := range []string{"admin", "office", "executive", "auditor", "lead", "handler"} {
		logins[login], browsers[login] = w.Actor(party.PersonID(login)), w.As(login)
	}
	for _, route := range table {
		for login, who := range logins {
			got := enters(t, browsers[login], route)
			want := route.Need == web.Public || login != "" && (route.Need == web.Signed || access.May(who, route.Need))
			if got != want {
				t.Errorf("%s %s (%s) as %q: enters %v, want %v", route.Method, route.Path, route.Need, login, got, want)
			}
		}
	}
}

// enters sends a request that changes nothing and reports whether the handler
// saw it: a body that is no form, and a thing that does not exist, are refused
// by handlers only.
func enters(t *testing.T, b *servertest.Browser, route server.RouteInfo) bool {
	t.Helper()
	path := strings.NewReplacer("{id}", "999999", "/exports/{n}", "/exports/999999", "{n}", "1", "{verb}", "no-such-verb", "{$}", "").Replace(route.Path)
	path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "999999")
	var a servertest.Answer
	if route.Method == http.MethodGet {
		a = b.Get(path)
	} else {
		a = b.Post(path)
	}
	signIn := strings.HasPrefix(a.Location(), "/sign-in")
	refused := a.Status == http.StatusForbidden || a.Status == http.StatusUnauthorized || signIn
	if a.Status == http.StatusInternalServerError {
		t.Errorf("%s %s: %s", route.Method, route.Path, a.Text())
	}
	return !refused
}

// A need that is neither in the matrix nor one of the two of the door would be a
// route that nobody may enter, or a slip of the pen.
func TestEveryNeedIsKnown(t *testing.T) {
	w := servertest.New(t, nil)
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[access.Action]bool{web.Public: true, web.Signed: true}
	for _, a := range access.Actions() {
		known[a] = true
	}
	for _, r := range server.Table(server.Rooms(site, w.App)) {
		if !known[r.Need] {
			t.Errorf("%s %s needs %q", r.Method, r.Path, r.Need)
		}
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s %s: pages take GET and POST", r.Method, r.Path)
		}
	}
}

func TestUnauthedPartLeadsToTheDoor(t *testing.T) {
	w := servertest.New(t, nil)
	r, err := http.NewRequest("GET", w.URL+"/people", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Current-URL", w.URL+"/people?unit=01")
	a := w.Browser().Do(r)
	if a.Status != web.Status(fault.Unauthed) || a.Header.Get("HX-Redirect") != "/sign-in?back=%2Fpeople%3Funit%3D01" {
		t.Errorf("%d %q", a.Status, a.Header.Get("HX-Redirect"))
	}
}

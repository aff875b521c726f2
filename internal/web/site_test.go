package web

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"xiaobao/internal/fault"
)

func site(t testing.TB, log io.Writer) *Site {
	t.Helper()
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHandleTurnsErrorsIntoPages(t *testing.T) {
	var log bytes.Buffer
	s := site(t, &log)
	tests := []struct {
		name, method, accept string
		err                  error
		status               int
		want                 string
		logged               bool
	}{
		{"fault", "GET", "zh", fault.New(fault.NotFound, "没有编号为 7 的投诉"), 404, "没有编号为 7 的投诉", false},
		{"stale", "POST", "zh", fault.New(fault.Stale, "刚被修改"), 409, "已被他人修改", false},
		{"recused", "GET", "en", fault.New(fault.Recused, "您是被投诉人"), 403, `<p lang="zh-CN">您是被投诉人</p>`, false},
		{"translated", "GET", "en", &fault.Error{Kind: fault.TooLarge, Key: "fault.form_large", Text: "太大"}, 413, "What you sent is too large", false},
		{"internal", "GET", "zh", errors.New("disk /dev/sda is full"), 500, "程序内部出错，操作没有保存。", true},
		{"rate", "POST", "zh", fault.New(fault.TooMany, "请 15 分钟后再试"), 429, "请 15 分钟后再试", false},
		{"signed out post", "POST", "zh", fault.New(fault.Unauthed, "登录已失效"), 401, "登录已失效", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log.Reset()
			r := httptest.NewRequest(tt.method, "/x", nil)
			r.Header.Set("Accept-Language", tt.accept)
			w := httptest.NewRecorder()
			s.Handle(func(http.ResponseWriter, *http.Request) error { return tt.err }).ServeHTTP(w, r)
			body := w.Body.String()
			if w.Code != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s", w.Code, body)
			}
			if strings.Contains(body, "/dev/sda") {
				t.Error("the inside of the program stands on a page")
			}
			if logged := strings.Contains(log.String(), "page failed"); logged != tt.logged {
				t.Errorf("logged = %v: %s", logged, log.String())
			}
		})
	}
}

func TestSignedOutGoesToTheDoorAndBack(t *testing.T) {
	s := site(t, io.Discard)
	w := httptest.NewRecorder()
	s.Fail(w, httptest.NewRequest("GET", "/complaints?tab=mine", nil), fault.New(fault.Unauthed, "请登录"))
	if got := w.Header().Get("Location"); w.Code != 303 || got != "/sign-in?back=%2Fcomplaints%3Ftab%3Dmine" {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestPartialUpdatesFailInPlace(t *testing.T) {
	s := site(t, io.Discard)
	tests := []struct {
		kind         fault.Kind
		header, want string
	}{
		{fault.Stale, "HX-Retarget", "#notes"},
		{fault.Internal, "HX-Retarget", "#notes"},
		{fault.Unauthed, "HX-Redirect", "/sign-in?back=%2Fdesk%3Ftab%3Dmine"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/complaints/7/preview", nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", "https://here.example/desk?tab=mine")
		w := httptest.NewRecorder()
		s.Fail(w, r, fault.New(tt.kind, "刚被修改"))
		if w.Code != Status(tt.kind) || w.Header().Get(tt.header) != tt.want || strings.Contains(w.Body.String(), "<html") {
			t.Errorf("%s: %d %v %s", tt.kind, w.Code, w.Header(), w.Body)
		}
	}
}

func TestAgainKeepsInput(t *testing.T) {
	s := site(t, io.Discard)
	h := s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		form, err := FormOf(r)
		if err != nil {
			return err
		}
		var wrong fault.Fields
		wrong.Add("password", "请输入密码")
		err = wrong.Err()
		return Again("sign/in", Sign{Form: form.Refuse(err), Back: "/desk"}, err)
	})
	r := httptest.NewRequest("POST", "/sign-in", strings.NewReader(url.Values{"name": {"李雯<b>"}, "password": {"secret-9"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body := w.Body.String()
	for _, want := range []string{`value="李雯&lt;b&gt;"`, `href="#f-password"`, `aria-invalid="true"`, `aria-describedby="f-password-wrong"`, "有 1 处需要更正"} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if w.Code != 422 || strings.Contains(body, "secret-9") {
		t.Errorf("status %d, or the password came back", w.Code)
	}
}

func TestRenderLeavesNoHalfPage(t *testing.T) {
	broken := fstest.MapFS{"page/desk/broken.html": {Data: []byte(`{{define "title"}}x{{end}}{{define "main"}}<p>begin{{.Nothing}}{{end}}`)}}
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, broken)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, "desk/broken", struct{}{})
	}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "begin") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if err := s.Render(w, httptest.NewRequest("GET", "/", nil), "no/page", nil); err == nil {
		t.Error("a page that does not exist was rendered")
	}
}

// A page is joined with the shared templates when it is first shown: in each language
// by itself, and only once though many ask at the same moment.
func TestFirstShownToManyAtOnce(t *testing.T) {
	s := site(t, io.Discard)
	bodies := make([]string, 16)
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
			r.Header.Set("Accept-Language", string(Langs[i%2]))
			s.NotFound().ServeHTTP(w, r)
			bodies[i] = w.Body.String()
		})
	}
	all.Wait()
	for i, body := range bodies {
		if body != bodies[i%2] || !strings.Contains(body, `lang="`+Langs[i%2].Tag()+`"`) || !strings.Contains(body, "</html>") {
			t.Errorf("page %d: %.200s", i, body)
		}
	}
}

func TestNewRefusesABrokenTemplate(t *testing.T) {
	for name, text := range map[string]string{"page/desk/a.html": `{{define "main"}}{{nofunc}}{{end}}`, "part/b.html": `{{if}}`} {
		_, err := New(Options{}, fstest.MapFS{name: {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRooms(t *testing.T) {
	v := &Viewer{Rooms: map[string]bool{"desk": true, "complaints": true, "register": true}, Counts: map[string]int{"desk": 3}}
	for path, want := range map[string]string{"/desk": "desk", "/complaints": "complaints", "/complaints/7": "complaints", "/complaints/new": "register", "/complaintsx": "", "/": ""} {
		here := ""
		links := roomLinks(v, path)
		for _, l := range links {
			if l.Here {
				here += l.ID
			}
		}
		if here != want || len(links) != 3 {
			t.Errorf("%s: in %q of %d rooms, want %q", path, here, len(links), want)
		}
	}
}

func TestFormOf(t *testing.T) {
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	_ = parts.WriteField("name", " 王 ")
	_ = parts.Close()
	r := httptest.NewRequest("POST", "/", &body)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	f, err := FormOf(r)
	if err != nil || f.Get("name") != "王" {
		t.Errorf("multipart: %v, %v", f, err)
	}
	tests := []struct {
		name, kind, body string
		want             fault.Kind
	}{
		{"too large", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 100), fault.TooLarge},
		{"broken", "application/x-www-form-urlencoded", "a=%zz", fault.Invalid},
		{"cut off", "multipart/form-data; boundary=b", "--b\r\nContent-Disp", fault.Invalid},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", tt.kind)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 50)
		if _, err := FormOf(r); !fault.Is(err, tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestInput(t *testing.T) {
	var wrong fault.Fields
	wrong.Add("allegations[1].text", "请写明事实")
	in := Input{Form: NewForm("allegations[1].text", "  x").Refuse(wrong.Err()), Name: "allegations[1].text", HelpKey: "h"}
	if in.ID() != "f-allegations-1-text" || in.Value() != "  x" || in.Wrong() != "请写明事实" {
		t.Errorf("%s %q %s", in.ID(), in.Value(), in.Wrong())
	}
	if got := in.About(); got != "f-allegations-1-text-help f-allegations-1-text-wrong" {
		t.Error(got)
	}
	if got := in.As("password").Value(); got != "" {
		t.Errorf("a password came back: %q", got)
	}
	var none Input
	if none.Value() != "" || none.Wrong() != "" || none.Chosen("x") {
		t.Error("an input without a form holds something")
	}
}

package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
)

// office is a file of Word's or Excel's shape whose parts unpack to size bytes.
func office(t testing.TB, part string, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, n := range map[string]int{"[Content_Types].xml": 10, part: size} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, zeros{}, int64(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

// Read gives spaces for ever.
func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

var png = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")

// Attachments are known by their content: what could run, what is packed to
// burst and what is not what it says is refused in a sentence that names it.
func TestAttachmentsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register("handler", complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰"}, Narrative: narrative})
	c := w.comes("handler")
	before := w.fold(id).Version
	for _, tt := range []struct {
		file string
		data []byte
		want string
	}{
		{"空.pdf", nil, "空"}, {"照片.png", []byte("这不是图片"), "照片.png"}, {"合同.pdf", png, "扩展名"}, {"木马.png.exe", png, "木马.png.exe"}, {"程序.txt", []byte("MZ\x90\x00\x03"), "程序.txt"},
		{"网页.txt", []byte("<!doctype html><script>alert(1)</script>"), "网页.txt"}, {"图.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "图.svg"},
		{"包.zip", office(t, "a", 10), "压缩包"}, {"半截.docx", office(t, "word/document.xml", 4000)[:200], "半截.docx"},
		{"没有后缀", png, "没有后缀"}, {strings.Repeat("长", 300) + ".png", png, "200 字"}, {"坏\xff名.png", png, ""}, {"控\x07制.png", png, ""},
	} {
		t.Run(fmt.Sprintf("%.12q", tt.file), func(t *testing.T) {
			w := world{w.World, t}
			w.plainAnswer(tt.file, c.Upload(caseAt(id)+"/files", "file", tt.file, tt.data), http.StatusUnprocessableEntity, tt.want)
		})
	}
	w.plainAnswer("a bomb", c.Upload(caseAt(id)+"/files", "file", "炸弹.xlsx", office(t, "xl/worksheets/sheet1.xml", 300<<20)), http.StatusRequestEntityTooLarge, "炸弹.xlsx")
	w.plainAnswer("no file", c.Upload(caseAt(id)+"/files", "other", "a.png", png), http.StatusUnprocessableEntity, "请选择")
	w.plainAnswer("no upload", c.Post(caseAt(id)+"/files", "file", "a.png"), http.StatusUnprocessableEntity, "请选择")
	if got := w.fold(id); got.Version != before || len(got.Files) != 0 {
		t.Errorf("version %d became %d with %d files", before, got.Version, len(got.Files))
	}
	w.sound()
}

// Names of files are kept as names: no path, no header of their own. What is
// downloaded is what was uploaded, as a file that the browser does not open.
func TestAttachmentsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register("handler", complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰"}, Narrative: narrative})
	c := w.comes("handler")
	names := []string{`..\..\..\windows\照片.png`, "../../../../etc/passwd.png", `a"; filename="evil.html.png`, "<script>alert(1)<&>.png", "=HYPERLINK(1).png", "双录 第 12 分钟.png"}
	for i, name := range names {
		data := append(bytes.Clone(png), byte(i))
		if a := c.Upload(caseAt(id)+"/files", "file", name, data); a.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", name, a.Status, clipped(a.Text()))
		}
		a := c.Get(fmt.Sprintf("%s/files/%d", caseAt(id), i+1))
		if a.Body != string(data) {
			t.Errorf("%s: %d, %d bytes came back of %d", name, a.Status, len(a.Body), len(data))
		}
		w.safeDownload(name, a)
	}
	if a := c.Upload(caseAt(id)+"/files", "file", "again.png", append(bytes.Clone(png), 0)); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusConflict || !strings.Contains(a.Text(), "已经上传过") {
		t.Errorf("the same file again: %d %s", a.Status, clipped(a.Text()))
	}
	large := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("保存"), 2<<20)...) // 12 MB, as a scanned contract has
	if a := c.Upload(caseAt(id)+"/files", "file", "扫描件.pdf", large); a.Status != http.StatusSeeOther {
		t.Errorf("a file of %d MB: %d %s", len(large)>>20, a.Status, clipped(a.Text()))
	}
	if page := c.open(caseAt(id)).page.Body; strings.Contains(page, "<script>alert") {
		t.Error("the name of a file runs on the page")
	}
	w.sound()
}

// safeDownload fails unless the answer is an attachment with the plain name.
func (w world) safeDownload(name string, a servertest.Answer) {
	w.t.Helper()
	kind, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || strings.ContainsAny(params["filename"], "/\\\r\n") && !strings.ContainsAny(name, "/\\") {
		w.t.Errorf("%s: disposition %q, %v", name, a.Header.Get("Content-Disposition"), err)
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Type": "image/png", "Cache-Control": "no-store"} {
		if got := a.Header.Get(header); got != want {
			w.t.Errorf("%s: %s is %q", name, header, got)
		}
	}
	if strings.ContainsAny(params["filename"], `/\`) {
		w.t.Errorf("%s: the download is named with a path: %q", name, params["filename"])
	}
	if len(a.Header.Values("Content-Disposition")) != 1 {
		w.t.Errorf("%s: headers %v", name, a.Header)
	}
}

// What people write is text wherever it is shown, printed or sent: no markup, no
// formula, no header.
func TestTextIsInert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)> {{.}} ${7*7} =cmd|' /C calc'!A0 javascript:alert(3)`
	c := w.comes("handler")
	f := c.filled().fill("complainant.name", `<b onmouseover=alert(4)>王`).fill("narrative", evil+narrative).fill("demand", evil).fill("points[0]", evil).fill("respondents[0].name", `<i>刘</i>`)
	c = f.send(http.StatusSeeOther)
	c.does(1, complaint.Accept{})
	c.does(1, complaint.RecordContact{Channel: "phone", Summary: evil, ReplyNext: evil[:60]})
	c.does(1, complaint.AddNote{Text: evil})
	auditor := w.comes("auditor")
	for _, path := range []string{"/complaints/1", "/complaints/1/print", "/complaints/1/receipt", "/desk", "/complaints", "/desk/preview/1", "/search?q=alert", "/search?q=%3Cscript%3E", "/complaints/1/do/find", "/complaints/1/letters/preview?kind=acknowledgement", "/audit"} {
		for _, who := range []*clerk{c, auditor} {
			a := who.Get(path)
			if a.Status >= 500 {
				t.Errorf("%s: %d", path, a.Status)
			}
			for _, live := range []string{"<script>alert", "<img src=x", "<b onmouse", "<i>刘", `href="javascript:`} {
				if strings.Contains(a.Body, live) {
					t.Errorf("%s: %q is markup", path, live)
				}
			}
		}
	}
	if policy := c.Get("/complaints/1").Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe-inline") {
		t.Errorf("policy %q", policy)
	}
	c.does(1, complaint.IssueLetter{What: complaint.Acknowledgement})
	if text := docx(w, c.Get("/complaints/1/letters/1/docx").Body); !strings.Contains(text, "王") || strings.Contains(text, "onmouseover=alert(4)>王<") {
		t.Errorf("letter: %s", text)
	}
	p := w.screen()
	p.comes("handler")
	p.Open("/complaints/1")
	p.Want("alert(2)", "{{.}} ${7*7}") // as text; anything that ran would stand in the console
	p.Axe()
}

// Cookies that nobody here has set are as none.
func TestStrangeCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.comes("handler")
	for _, cookie := range []string{"xb_lang=xx", "xb_lang=../../en", "xb_theme=<script>", "xb_type=\x80", "xb_flash=!!!", "xb_flash=" + strings.Repeat("A", 3000), "xb_flash=eyJrIjoiYmFkIiwidCI6IjxzY3JpcHQ+In0",
		"xb_session=" + strings.Repeat("x", 3000), "xb_session=", "xb_portal=zzz", "a=b; a=c; ;;;"} {
		for _, token := range []string{"", "; xb_session=" + good.Token()} {
			r, err := http.NewRequest(http.MethodGet, w.URL+"/sign-in", nil)
			w.ok(err)
			r.Header.Set("Cookie", cookie+token)
			a := w.Browser().Do(r)
			if a.Status != http.StatusOK && a.Status != http.StatusSeeOther || strings.Contains(a.Body, "<script>") && !strings.Contains(a.Body, "src=") {
				t.Errorf("%.40q: %d", cookie, a.Status)
			}
		}
	}
}

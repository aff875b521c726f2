package reviews_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signintech/gopdf"
)

// scanPDF is a PDF of pages without text.
func scanPDF(pages int) []byte {
	doc := gopdf.GoPdf{}
	doc.Start(gopdf.Config{PageSize: gopdf.Rect{W: 200, H: 200}})
	for range pages {
		doc.AddPage()
	}
	return doc.GetBytesPdf()
}

// A scan of several pages is recognised behind the page, which says how far it is,
// lets the submitter stop it and go on, and comes with the findings at the end.
func TestReadingShows(t *testing.T) {
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("pdftoppm is not installed")
	}
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nwhile [ ! -e %q ]; do sleep 0.02; done\nprintf '1\\t1\\t0\\t0\\t0\\t0\\t0\\t0\\t800\\t600\\t-1\\t\\n4\\t1\\t1\\t1\\t1\\t0\\t10\\t10\\t700\\t40\\t-1\\t\\n5\\t1\\t1\\t1\\t1\\t1\\t10\\t10\\t700\\t40\\t95\\t稳赚不赔，保本保息！\\n'\n", filepath.Join(dir, "go"))
	if err := os.WriteFile(filepath.Join(dir, "tesseract"), []byte(script), 0o700); err != nil { // #nosec G306: a program
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	w := newWorld(t)
	b := w.As(sub)
	a := b.Upload("/reviews/new", "files", "扫描.pdf", scanPDF(3), posterFields...)
	if a.Status != 303 {
		t.Fatalf("upload: %d %s", a.Status, a.Text())
	}
	at := strings.SplitN(a.Location(), "#", 2)[0]
	says := func(who, path, want string) {
		t.Helper()
		if a := w.As(who).Get(path); !strings.Contains(a.Text(), want) {
			t.Errorf("%s does not say %q:\n%s", path, want, a.Text())
		}
	}
	says(sub, at, "正在识别 0/3 页")
	says(sub, "/reviews?tab=mine", "正在识别，未读取")
	if part := w.htmx(b, at+"/reading"); part.Header.Get("HX-Refresh") != "" || !strings.Contains(part.Body, "0/3") {
		t.Errorf("the part: %v %s", part.Header, part.Text())
	}
	b.Lang = "en"
	if a := b.Get(at); !strings.Contains(a.Text(), "Recognising page 0 of 3") {
		t.Errorf("in English: %s", a.Text())
	}
	b.Lang = ""
	if a := w.As(rev).Post(at + "/stop-reading"); a.Status == 303 {
		t.Error("a stranger stopped it")
	}
	if a := b.Post(at + "/stop-reading"); a.Status != 303 {
		t.Fatalf("stop: %d %s", a.Status, a.Text())
	}
	w.App.WaitJobs(false)
	says(sub, at, "识别已停止")
	says(sub, "/reviews?tab=mine", "识别已停止，未读取")
	w.ok(os.WriteFile(filepath.Join(dir, "go"), nil, 0o600))
	if a := b.Post(at + "/read-again"); a.Status != 303 {
		t.Fatalf("go on: %d %s", a.Status, a.Text())
	}
	w.App.WaitJobs(false)
	if part := w.htmx(b, at+"/reading"); part.Header.Get("HX-Refresh") != "true" {
		t.Error("the page does not come back when all is read")
	}
	says(sub, at, "保本保息")
	if a := w.As(sub).Get("/reviews?tab=mine"); strings.Contains(a.Text(), "未读取") {
		t.Error("the list calls it unread when it has been read")
	}
	if r := w.get(at); len(r.Findings) == 0 || r.Materials[0].Reading.Pages != 3 {
		t.Errorf("%d findings, %+v", len(r.Findings), r.Materials[0].Reading)
	}
}

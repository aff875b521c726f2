package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// watched is the body of a form that looks at a folder whenever it is read from.
type watched struct {
	io.Reader
	t    *testing.T
	dir  string
	seen int
}

func (w *watched) Read(b []byte) (int, error) {
	w.seen++
	left, err := os.ReadDir(w.dir)
	if err != nil || len(left) > 0 {
		w.t.Fatalf("while the form comes in, the temporary folder holds %v %v", left, err)
	}
	return w.Reader.Read(b)
}

func multipartForm(t *testing.T, write func(m *multipart.Writer)) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = new(bytes.Buffer)
	m := multipart.NewWriter(body)
	write(m)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return body, m.FormDataContentType()
}

// A large upload never has a name in the temporary folder, so that nothing of it is
// left whenever the program is killed; when the request ends its files are gone.
func TestUploadsHaveNoName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	large, small := strings.Repeat("大文件的内容", 400_000), "小"
	body, kind := multipartForm(t, func(m *multipart.Writer) {
		for name, text := range map[string]string{"大.txt": large, "小.txt": small} {
			w, err := m.CreateFormFile("file", name)
			if err == nil {
				_, err = io.WriteString(w, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		_, _ = m.CreateFormFile("file", "") // none was chosen
		_ = m.WriteField("note", "说明")
	})
	watch := &watched{Reader: body, t: t, dir: dir}
	r, done := web.Receive(httptest.NewRequest(http.MethodPost, "/files?q=1", watch))
	r.Header.Set("Content-Type", kind)
	form, err := web.FormOf(r)
	if err != nil || form.Get("note") != "说明" || form.Get("q") != "" || r.FormValue("q") != "1" {
		t.Fatalf("%v %v", form, err)
	}
	files := web.Files(r, "file")
	if len(files) != 2 || watch.seen < 10 {
		t.Fatalf("%d files, %d readings", len(files), watch.seen)
	}
	for _, f := range files {
		want := map[string]string{"大.txt": large, "小.txt": small}[f.Filename]
		for range 2 { // each reader begins at the beginning
			if got, err := io.ReadAll(f.Open()); err != nil || string(got) != want || f.Size != int64(len(want)) {
				t.Errorf("%s: %d bytes of %d, %v", f.Filename, len(got), len(want), err)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("while the request lasts: %v %v", left, err)
	}
	if _, err := web.FormOf(r); err != nil || len(web.Files(r, "file")) != 2 {
		t.Errorf("reading the form twice: %v", err)
	}
	done()
	if _, err := io.ReadAll(files[0].Open()); err == nil {
		t.Error("the file can be read after the request")
	}
}

// What is no form, too long or too much is said.
func TestUploadsAreBounded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func(m *multipart.Writer)
		cut   int
		want  fault.Kind
	}{
		{"cut off", func(m *multipart.Writer) { _ = m.WriteField("a", strings.Repeat("x", 999)) }, 300, fault.Invalid},
		{"too many parts", func(m *multipart.Writer) {
			for range 1100 {
				_ = m.WriteField("a", "x")
			}
		}, 0, fault.TooLarge},
		{"too many words", func(m *multipart.Writer) {
			for range 3 {
				_ = m.WriteField("a", strings.Repeat("x", 4<<20))
			}
		}, 0, fault.TooLarge},
	} {
		body, kind := multipartForm(t, tt.write)
		body.Truncate(body.Len() - tt.cut)
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.Header.Set("Content-Type", kind)
		if _, err := web.FormOf(r); !fault.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	body, kind := multipartForm(t, func(m *multipart.Writer) { _, _ = m.CreateFormFile("f", "a") })
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header.Set("Content-Type", strings.Replace(kind, "boundary", "border", 1))
	if _, err := web.FormOf(r); !fault.Is(err, fault.Invalid) {
		t.Errorf("no boundary: %v", err)
	}
}

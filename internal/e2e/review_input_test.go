package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"xiaobao/internal/review"
)

// locked is a Word file with a password: a compound file with an encrypted package.
func locked(t testing.TB) []byte {
	t.Helper()
	name, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String("EncryptedPackage")
	if err != nil {
		t.Fatal(err)
	}
	return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + name + "\x00\x00" + strings.Repeat("\x00", 600))
}

// What cannot be read is refused in a sentence that names the file, and nothing of
// it is kept; the review can go on. S3.1
func TestReviewMaterialRefused(t *testing.T) {
	t.Parallel()
	w := reviewWorld(t)
	c := w.comes("handler")
	at := c.submits("海报")
	good := attached{name: "海报.txt", data: []byte(promise)}
	var many []attached
	for i := range review.MaxFiles + 1 {
		many = append(many, attached{name: fmt.Sprintf("第%d页.txt", i+1), data: []byte(promise)})
	}
	version, size := w.review(at).Version, w.size()
	for _, tt := range []struct {
		name  string
		files []attached
		want  []string
	}{
		{"with a password", []attached{{name: "加密.docx", data: locked(t)}}, []string{"加密.docx", "取消密码"}},
		{"broken PDF", []attached{{name: "坏.pdf", data: []byte("%PDF-1.7\n1 0 obj\n<</Type/Catalog")}}, []string{"坏.pdf"}},
		{"cut off", []attached{{name: "半截.docx", data: wordWithHeader(t, []string{promise}, promise)[:300]}}, []string{"半截.docx", "损坏"}},
		{"bomb", []attached{{name: "炸弹.docx", data: office(t, "word/document.xml", 200<<20)}}, []string{"炸弹.docx"}},
		{"empty", []attached{{name: "空.docx"}}, []string{"空.docx", "空的"}},
		{"a program as PDF", []attached{{name: "合同.pdf", data: []byte("MZ\x90\x00\x03\x00\x00\x00" + strings.Repeat("\x01\x02\x7f", 500))}}, []string{"合同.pdf", "不是文字文件"}},
		{"archive", []attached{{name: "材料.zip", data: packed(t, map[string]string{"a.txt": promise})}}, []string{"材料.zip", "解压"}},
		{"old Office", []attached{{name: "旧.doc", data: append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...)}}, []string{"旧.doc", "另存"}},
		{"one of two", []attached{good, {name: "空.txt"}}, []string{"空.txt", "空的"}},
		{"too many", many, []string{"最多 20 个文件"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{w.World, t}
			c.w = w
			f := c.open(at).form(at + "/material")
			for _, file := range tt.files {
				f.bring("files", file.name, file.data)
			}
			a := f.post()
			w.plainAnswer(tt.name, a, http.StatusUnprocessableEntity, tt.want[0])
			c.sees(tt.want...)
		})
	}
	c.w = w
	if r := w.review(at); r.Version != version || len(r.Materials) != 0 || w.size() != size {
		t.Errorf("version %d became %d with %d materials, %d events became %d", version, r.Version, len(r.Materials), size, w.size())
	}
	c.open(at).form(at+"/material").bring("files", good.name, good.data).send(http.StatusSeeOther).sees("海报.txt", "保本")
	if r := w.review(at); len(r.Materials) != 1 || len(r.Findings) == 0 {
		t.Errorf("after the refusals: %d materials, %d findings", len(r.Materials), len(r.Findings))
	}
	w.sound()
}

// A file is read by what it is, whatever its name says; macros are named and never run.
func TestReviewMaterialByContent(t *testing.T) {
	t.Parallel()
	w := reviewWorld(t)
	c := w.comes("handler")
	macros := wordParts([]string{"欢迎参加活动"}, promise)
	macros["word/vbaProject.bin"] = "Sub AutoOpen()"
	for _, tt := range []struct {
		file, want string
		data       []byte
	}{
		{"海报.docm", "文件含宏", packed(t, macros)},
		{"其实是PDF.docx", "保本", pdfWithTable(t, []string{"欢迎参加活动"}, promise)},
		{"其实是表格.pdf", "保本", workbook(t, []string{"欢迎参加活动"}, promise)},
		{"其实是文字.xlsx", "保本", []byte(promise)},
	} {
		t.Run(tt.file, func(t *testing.T) {
			w := world{w.World, t}
			c.w = w
			at := c.submits(tt.file, attached{name: tt.file, data: tt.data})
			c.sees(tt.file, tt.want)
			if r := w.review(at); len(r.Materials) != 1 || len(r.Findings) == 0 {
				t.Errorf("%d materials, %d findings", len(r.Materials), len(r.Findings))
			}
		})
	}
}

// A draft whose first material was refused stands, says why and takes another.
func TestReviewDraftWithRefusedMaterial(t *testing.T) {
	t.Parallel()
	w := reviewWorld(t)
	c := w.comes("handler")
	at := c.submits("海报", attached{name: "加密.docx", data: locked(t)})
	c.sees("材料没有收下", "取消密码")
	if a := c.Post(at+"/hand-in", "version", fmt.Sprint(w.review(at).Version)); a.Status != http.StatusConflict && a.Status != http.StatusUnprocessableEntity {
		t.Errorf("handed in without a material: %d", a.Status)
	}
	c.open(at).form(at+"/material").fill("text", promise).send(http.StatusSeeOther)
	c.open(at).form(at + "/hand-in").send(http.StatusSeeOther)
	if a := c.open("/reviews/recheck").form("/reviews/recheck").bring("files", "加密.docx", locked(t)).post(); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "取消密码") {
		t.Errorf("re-check: %d\n%s", a.Status, clipped(a.Text()))
	}
}

package extract_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
)

func TestRefused(t *testing.T) {
	ole := func(stream string) string {
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(stream)
		if err != nil {
			t.Fatal(err)
		}
		return "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + wide + "\x00\x00"
	}
	for _, tt := range []struct{ name, data, want string }{
		{"a.rtf", `{\rtf1 保本}`, ".docx"},
		{"a.doc", ole("WordDocument"), "旧版 Word"},
		{"a.xls", ole("Workbook"), ".xlsx"},
		{"a.ppt", ole("PowerPoint Document"), ".pptx"},
		{"a.docx", ole("EncryptedPackage"), "取消密码"},
		{"a.wps", ole("Other"), "原来的程序"},
		{"a.ofd", string(office(t, map[string]string{"OFD.xml": "<x/>"})), "OFD"},
		{"a.odt", string(office(t, map[string]string{"content.xml": "<x/>"})), "OpenDocument"},
		{"a.xlsb", string(office(t, map[string]string{"xl/workbook.bin": "x"})), "xlsb"},
		{"a.zip", string(office(t, map[string]string{"a.txt": "x"})), "解压"},
		{"a.docx", "PK\x03\x04 cut off", "损坏"},
		{"a.pdf", "%PDF-1.7 nothing", "找不到页面"},
		{"a.png", "\x89PNG\r\n\x1a\n", "tesseract"},
		{"a.txt", "", "空的"},
		{"a.bin", strings.Repeat("\x01\x02\x03\x04\x7f\x05", 300), "不是文字文件"},
		{"a.mht", "MIME-Version: 1.0\r\n", "HTML"},
		{"a.docx", string(word(t, `<w:p><w:t>&lol;</w:t></w:p>`)), "损坏"},
		{"a.docx", string(word(t, strings.Repeat(`<w:tbl>`, 5000))), "嵌套过深"},
	} {
		_, err := extract.Read(context.Background(), strings.NewReader(tt.data), int64(len(tt.data)), tt.name, extract.Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), tt.want) || !strings.Contains(fault.Message(err), tt.name) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestZipBomb(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	zeros := bytes.Repeat([]byte{' '}, 1<<20)
	for range 64 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	_, err = extract.Read(context.Background(), bytes.NewReader(b.Bytes()), int64(b.Len()), "弹.docx", extract.Options{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "弹.docx") {
		t.Errorf("%v", err)
	}
}

// huge is a file of zeros that takes no memory.
type huge struct{ head string }

func (h huge) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(h.head)) {
		copy(p, h.head[off:])
	}
	return len(p), nil
}

var _ io.ReaderAt = huge{}

func TestLargeFiles(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		size       int64
		kind       fault.Kind
	}{
		{"a.pdf", "%PDF-1.7\n", 190 << 20, fault.Invalid},
		{"a.pdf", "%PDF-1.7\n", 201 << 20, fault.TooLarge},
		{"a.txt", "保本", 100 << 20, fault.TooLarge},
		{"a.html", "<html><body>", 100 << 20, fault.TooLarge},
		{"a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 100 << 20, fault.Invalid},
	} {
		if _, err := extract.Read(context.Background(), huge{tt.head}, tt.size, tt.name, extract.Options{}); !fault.Is(err, tt.kind) {
			t.Errorf("%s of %d: %v", tt.name, tt.size, err)
		}
	}
}

func TestBoundsAreSaid(t *testing.T) {
	ctx := context.Background()
	text := word(t, strings.Repeat(par(strings.Repeat("长", 100)), 50))
	d, err := extract.Read(ctx, bytes.NewReader(text), int64(len(text)), "a.docx", extract.Options{MaxText: 1000})
	if err != nil || len(d.Text) > 1000 || len(d.Warnings) != 1 {
		t.Errorf("%d bytes, %v, %v", len(d.Text), d.Warnings, err)
	}
	many := pdfFile("<</Type/Catalog/Pages 2 0 R>>", "<</Kids[<</Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>><</Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>>]>>", stream("", "BT /F1 9 Tf 50 600 Td (x) Tj ET"), latinFont)
	d, err = extract.Read(ctx, bytes.NewReader(many), int64(len(many)), "a.pdf", extract.Options{MaxPages: 1})
	if err != nil || d.Pages != 1 || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "只读取了前 1 页") {
		t.Errorf("%+v %v", d, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	data := onePage(latinFont, "BT /F1 9 Tf (x) Tj ET")
	if _, err := extract.Read(ctx, bytes.NewReader(data), int64(len(data)), "a.pdf", extract.Options{}); err == nil {
		t.Error("read in spite of the end of its time")
	}
}

// Traps of PDF: what a file claims is not believed, and circles end.
func TestPDFTraps(t *testing.T) {
	page := "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>"
	base := func(content string, more ...string) []byte {
		return pdfFile(append([]string{"<</Type/Catalog/Pages 2 0 R>>", "<</Kids[3 0 R]>>", page, stream("", content), latinFont}, more...)...)
	}
	text := "BT /F1 9 Tf 50 600 Td (x) Tj ET "
	for name, data := range map[string][]byte{
		"form that draws itself": base(text+"/X Do", stream("/Subtype/Form/Resources<</XObject<</X 6 0 R>>>>", "/X Do /X Do")),
		"deep arrays":            base(text + strings.Repeat("[", 100000)),
		"states without end":     base(text + strings.Repeat("q ", 100000)),
		"reference to itself":    base(text, "6 0 R"),
		"huge numbers":           base(text + "1e309 99999999999999999999999 -.-5 Tf 99999999999999999999 0 0 9 9 9 cm (y) Tj"),
		"huge table":             bytes.Replace(base(text), []byte("xref\n0 "), []byte("xref\n999999999 9999999999 "), 1),
	} {
		if d := read(t, name, data); !strings.Contains(d.Text, "x") {
			t.Errorf("%s: %q %v", name, d.Text, d.Warnings)
		}
	}
}

// Cut and bent files of every format give a document or a fault, and each block
// is its part of the text.
func TestBentFiles(t *testing.T) {
	for name, data := range samples(t) {
		for i := range 60 {
			bent := bytes.Clone(data)
			switch i % 3 {
			case 0:
				bent = bent[:len(bent)*i/60]
			case 1:
				bent[len(bent)*i/61] ^= byte(i) | 1
			case 2:
				copy(bent[len(bent)*i/61:], bytes.Repeat([]byte{byte(i)}, 16))
			}
			readAny(t, name, bent)
		}
	}
}

// readAny asks only that a reading ends well or with a fault.
func readAny(t *testing.T, name string, data []byte) {
	t.Helper()
	d, err := extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), name, extract.Options{MaxText: 1 << 20})
	if err != nil && fault.KindOf(err) == fault.Internal {
		t.Errorf("%s: %v is not for people", name, err)
	}
	if err == nil {
		whole(t, d)
	}
}

func samples(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"a.docx": word(t, par("保本")+`<w:tbl><w:tr><w:tc>`+par("格")+`</w:tc></w:tr></w:tbl>`), "a.xlsx": workbook(t),
		"a.pptx": slides(t, `<p:sld>`+sp("1", "", "保本")+`</p:sld>`), "a.html": []byte(webPage), "a.txt": []byte("保本\n收益"),
		"a.pdf": onePage(chineseFont("GBK-EUC-H"), fmt.Sprintf("BT /F1 12 Tf 50 700 Td <%x> Tj ET", "\xb1\xa3\xb1\xbe")),
	}
}

func FuzzRead(f *testing.F) {
	for name, data := range samples(f) {
		f.Add(name, data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) { readAny(t, name, data) })
}

// FuzzReadParts puts the bytes where a packed file would hide them from the fuzzer.
func FuzzReadParts(f *testing.F) {
	f.Add("word/document.xml", `<w:document>`+par("保本")+`</w:document>`)
	f.Add("xl/workbook.xml", `<workbook><sheets><sheet name="a" r:id="1"/></sheets></workbook>`)
	f.Add("ppt/presentation.xml", `<p:presentation/>`)
	f.Fuzz(func(t *testing.T, name, data string) {
		if len(name) < 200 && len(name) > 0 && !strings.HasSuffix(name, "/") {
			readAny(t, "a.docx", office(t, map[string]string{name: data, "word/styles.xml": data, "word/numbering.xml": data}))
		}
	})
}

// FuzzPDFContent bends what a page draws.
func FuzzPDFContent(f *testing.F) {
	f.Add("BT /F1 12 Tf 50 700 Td [(abc) -300 <41>] TJ T* (x) ' ET q 1 0 0 1 5 5 cm 0.5 g 0 0 9 9 re f Q BI ID x EI")
	f.Fuzz(func(t *testing.T, content string) {
		readAny(t, "a.pdf", onePage(chineseFont("GBK-EUC-H"), content))
		readAny(t, "a.pdf", onePage(latinFont, content))
	})
}

package extract_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/signintech/gopdf"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"xiaobao/internal/document"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/document/fonts"
)

// pdfFile writes objects, numbered from 1, as a PDF; object 1 is the catalog.
func pdfFile(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// onePage is a PDF of one page 600 by 800 with a font F1 and the content given.
func onePage(font, content string, more ...string) []byte {
	return pdfFile(append([]string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", stream("", content), font}, more...)...)
}

// chineseFont is a composite font that the file does not carry and that has no
// map to Unicode.
func chineseFont(encoding string) string {
	return "<</Type/Font/Subtype/Type0/BaseFont/SimSun/Encoding/" + encoding + "/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000>>]>>"
}

func TestPDFChineseWithoutMap(t *testing.T) {
	const want = "保本理财 年化4.5%"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ encoding, text string }{
		{"GBK-EUC-H", gbk}, {"GBKp-EUC-H", gbk}, {"GB-EUC-H", gbk}, {"GBK2K-H", gbk}, {"GBpc-EUC-H", gbk}, {"UniGB-UCS2-H", wide}, {"UniGB-UTF16-H", wide},
	} {
		d := read(t, "a.pdf", onePage(chineseFont(tt.encoding), fmt.Sprintf("BT /F1 12 Tf 50 700 Td <%x> Tj ET", tt.text)))
		if got := strings.ReplaceAll(d.Text, " ", ""); got != strings.ReplaceAll(want, " ", "") || d.Blocks[0].Page != 1 || d.Blocks[0].Size != 12 {
			t.Errorf("%s: %q %+v %v", tt.encoding, d.Text, d.Blocks, d.Warnings)
		}
	}
	// CIDs of Adobe-GB1 themselves: 保 1036, 本 1063, 中 4559, 年 2893.
	d := read(t, "a.pdf", onePage(chineseFont("Identity-H"), "BT /F1 12 Tf 50 700 Td <040C042711CF0B4D> Tj ET"))
	if d.Text != "保本中年" {
		t.Errorf("CIDs: %q", d.Text)
	}
}

func TestPDFUnknownCodesAreSaid(t *testing.T) {
	font := strings.Replace(chineseFont("Identity-H"), "GB1", "Identity", 1)
	d := read(t, "a.pdf", onePage(font, "BT /F1 12 Tf 50 700 Td <000100020003> Tj ET"))
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "第 1 页有 3 个字无法识别") {
		t.Errorf("%v", d.Warnings)
	}
}

const latinFont = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"

func TestPDFLines(t *testing.T) {
	long := "0123456789 0123456789 0123456789 0123456789 0123456789 0123"
	for _, tt := range []struct{ name, content, want string }{
		{"drawn in any order", "BT /F1 10 Tf 50 600 Td (second) Tj 0 50 Td (first) Tj ET", "first\nsecond"},
		{"pieces of a line", "BT /F1 10 Tf 50 600 Td [(a) -100 (b) -900 (c)] TJ ET", "ab c"},
		{"drawn twice", "BT /F1 10 Tf 50 600 Td (bold) Tj 0.3 0 Td (bold) Tj ET", "bold"},
		{"paragraph goes on", "BT /F1 10 Tf 14 TL 50 600 Td (" + long + ") Tj T* (" + long + ") Tj T* (end.) Tj ET", long + " " + long + " end."},
		{"sentence ends", "BT /F1 10 Tf 14 TL 50 600 Td (" + long + ".!) Tj T* (" + long + ") Tj ET", long + ".!\n" + long},
		{"table row stays whole", "BT /F1 10 Tf 50 600 Td (rate) Tj 200 0 Td (4%) Tj -200 -14 Td (fee) Tj 200 0 Td (1%) Tj ET", "rate 4%\nfee 1%"},
		{"inline image", "BI /W 1 /H 1 ID \x00 EI BT /F1 10 Tf 50 600 Td (after) Tj ET", "after"},
		{"outside the page", "BT /F1 10 Tf 50 600 Td (in) Tj 0 5000 Td (out) Tj ET", "in"},
		{"turned", "BT /F1 10 Tf 0 1 -1 0 300 300 Tm (up) Tj ET BT /F1 10 Tf 50 100 Td (flat) Tj ET", "flat\nup"},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, read(t, "a.pdf", onePage(latinFont, tt.content)).Text, tt.want) })
	}
}

func TestPDFColumns(t *testing.T) {
	var b strings.Builder
	b.WriteString("BT /F1 10 Tf 50 700 Td (A title over both of the columns of this page that is rather long indeed, so that it crosses the middle) Tj ET ")
	var left, right []string
	for i := range 8 {
		l, r := fmt.Sprintf("left column line %d with words.!", i), fmt.Sprintf("right column line %d with words.!", i)
		fmt.Fprintf(&b, "BT /F1 10 Tf 50 %d Td (%s) Tj 270 7 Td (%s) Tj ET ", 650-20*i, l, r)
		left, right = append(left, l), append(right, r)
	}
	got := read(t, "a.pdf", onePage(latinFont, b.String())).Text
	if want := strings.Join(append(left, right...), "\n"); !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "A title") {
		t.Errorf("got\n%s", got)
	}
}

// Some writers map glyphs to radicals that look like the characters meant.
func TestPDFRadicals(t *testing.T) {
	font := strings.Replace(chineseFont("Identity-H"), "/DescendantFonts", "/ToUnicode 6 0 R/DescendantFonts", 1)
	cmap := stream("", "1 begincodespacerange <0000> <ffff> endcodespacerange 2 beginbfchar <0001> <2EDB> <0002> <2F3E> endbfchar 1 beginbfrange <0003> <0004> <4E0A> endbfrange")
	d := read(t, "a.pdf", onePage(font, "BT /F1 12 Tf 50 700 Td <0001000200030004> Tj ET", cmap))
	if d.Text != "风户上下" {
		t.Errorf("%q", d.Text)
	}
}

func TestPDFFaintAndSmall(t *testing.T) {
	d := read(t, "a.pdf", onePage(latinFont, "BT /F1 24 Tf 50 600 Td (rate) Tj 5 Tf /F1 5 Tf (small) Tj ET "+
		"0.9 g BT /F1 10 Tf 50 500 Td (pale) Tj ET 0 0 0.5 rg 40 390 200 30 re f 1 g BT /F1 10 Tf 50 400 Td (white on blue) Tj ET"))
	same(t, shown(d), "line|1|第 1 页|rate|24\nline|1|第 1 页|small|5\nline|1|第 1 页|pale|10|faint\nline|1|第 1 页|white on blue|10")
	if b := d.Blocks[0].Box; b == nil || b.X < 0.08 || b.X > 0.09 || b.Y < 0.2 || b.Y > 0.25 || b.W <= 0 || b.H <= 0 {
		t.Errorf("box %+v", b)
	}
}

func TestPDFRotatedPage(t *testing.T) {
	data := bytes.Replace(onePage(latinFont, "BT /F1 10 Tf 0 1 -1 0 300 300 Tm (flat when shown) Tj ET"), []byte("/MediaBox[0 0 600 800]"), []byte("/MediaBox[0 0 600 80]/Rotate 90"), 1)
	d := read(t, "a.pdf", bytes.Replace(data, []byte("600 80]"), []byte("600 800]"), 1))
	if d.Text != "flat when shown" || d.Blocks[0].Box.X > 0.5 {
		t.Errorf("%q %+v", d.Text, d.Blocks)
	}
}

func TestPDFMended(t *testing.T) {
	content := "BT /F1 10 Tf 50 600 Td (still here) Tj ET"
	good := onePage(latinFont, content)
	for name, data := range map[string][]byte{
		"wrong startxref":    bytes.Replace(good, []byte("startxref\n"), []byte("startxref\n9"), 1),
		"cut off":            good[:bytes.Index(good, []byte("xref\n0"))],
		"offsets are off":    bytes.Replace(good, []byte("%PDF-1.7\n"), []byte("%PDF-1.7\n%more\n"), 1),
		"wrong length":       bytes.Replace(good, []byte(fmt.Sprintf("/Length %d", len(content))), []byte("/Length 3"), 1),
		"bytes before":       append([]byte("junk\n"), good...),
		"circle of tables":   bytes.Replace(good, []byte("/Root 1 0 R"), []byte("/Root 1 0 R/Prev 9"), 1),
		"page tree a circle": bytes.Replace(good, []byte("/Kids[3 0 R]"), []byte("/Kids[2 0 R 3 0 R]"), 1),
	} {
		if d := read(t, name+".pdf", data); d.Text != "still here" {
			t.Errorf("%s: %q %v", name, d.Text, d.Warnings)
		}
	}
}

func TestPDFPacked(t *testing.T) {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	fmt.Fprint(w, "BT /F1 10 Tf 50 600 Td (packed) Tj ET")
	w.Close()
	data := pdfFile("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream", z.Len(), z.String()), latinFont)
	if d := read(t, "a.pdf", data); d.Text != "packed" {
		t.Errorf("%q", d.Text)
	}
}

func TestPDFReadsOurLetters(t *testing.T) {
	var b bytes.Buffer
	body := strings.Repeat("您反映的理财产品收益与宣传不符一事，我行已经核实。", 12)
	l := document.Letter{Issuer: "示例银行", Title: "关于投诉处理情况的告知", Blocks: []document.Block{{Kind: document.Paragraph, Text: body}}}
	if _, err := document.WritePDF(&b, l); err != nil {
		t.Fatal(err)
	}
	d := read(t, "信.pdf", b.Bytes())
	if !strings.Contains(d.Text, "关于投诉处理情况的告知") || !strings.Contains(d.Text, body) {
		t.Errorf("a paragraph of several lines is one line:\n%s", d.Text)
	}
}

func TestPDFWithoutText(t *testing.T) {
	data := onePage(latinFont, "q 600 0 0 800 0 0 cm /Im Do Q")
	_, err := extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), "扫描.pdf", extract.Options{})
	if err == nil || !strings.Contains(err.Error(), "没有文字层") || !strings.Contains(err.Error(), "tesseract") {
		t.Errorf("%v", err)
	}
	two := pdfFile("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 6 0 R]>>", "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		stream("", "BT /F1 10 Tf 50 600 Td (text) Tj ET"), latinFont, "<</Type/Page>>")
	if d := read(t, "b.pdf", two); d.Pages != 2 || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "第 2 页没有文字层") {
		t.Errorf("%+v", d)
	}
}

func TestPDFForms(t *testing.T) {
	data := pdfFile("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]>>", `<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[
<</Subtype/Widget/FT/Btn/AS/Yes/T(\376\377T\014a\017)/Rect[0 0 9 9]>> <</Subtype/Widget/FT/Btn/AS/Off/T(no)/Rect[0 0 9 9]>> <</Subtype/Text/Contents(check)/Rect[0 0 9 9]>>]>>`,
		stream("", "BT /F1 10 Tf 50 600 Td (text) Tj ET"), latinFont)
	same(t, shown(read(t, "a.pdf", data)), "line|1|第 1 页|text|10\nattribute|1|第 1 页 表单|已勾选：同意\ncomment|1|第 1 页 批注|check")
}

func TestPDFHeadersAndFooters(t *testing.T) {
	kids, objects := "", []string{"", "", latinFont}
	for i := range 6 {
		content := fmt.Sprintf("BT /F1 9 Tf 50 780 Td (Example Bank contract) Tj 0 -700 Td (clause %c goes here.) Tj ET BT /F1 9 Tf 290 30 Td (%d / 6) Tj ET", 'a'+i, i+1)
		n := len(objects) + 1
		objects = append(objects, fmt.Sprintf("<</Type/Page/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>", n+1), stream("", content))
		kids += fmt.Sprintf("%d 0 R ", n)
	}
	objects[0], objects[1] = "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids["+kids+"]>>"
	d := read(t, "a.pdf", pdfFile(objects...))
	count := map[extract.Kind]int{}
	for _, b := range d.Blocks {
		count[b.Kind]++
	}
	if count[extract.Header] != 6 || count[extract.Footer] != 6 || count[extract.Line] != 6 {
		t.Errorf("%v\n%s", count, shown(d))
	}
}

func TestPDFLocked(t *testing.T) {
	make := func(user string) []byte {
		doc := gopdf.GoPdf{}
		doc.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4, Protection: gopdf.PDFProtectionConfig{UseProtection: true, Permissions: gopdf.PermissionsPrint, OwnerPass: []byte("owner"), UserPass: []byte(user)}})
		if err := doc.AddTTFFontData("f", fonts.Regular()); err != nil {
			t.Fatal(err)
		}
		doc.AddPage()
		if err := errors.Join(doc.SetFont("f", "", 12), doc.Text("禁止修改的合同")); err != nil {
			t.Fatal(err)
		}
		return doc.GetBytesPdf()
	}
	if d := read(t, "a.pdf", make("")); d.Text != "禁止修改的合同" {
		t.Errorf("%q %v", d.Text, d.Warnings)
	}
	data := make("secret")
	_, err := extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), "密.pdf", extract.Options{})
	if err == nil || !strings.Contains(err.Error(), "密码") {
		t.Errorf("%v", err)
	}
}

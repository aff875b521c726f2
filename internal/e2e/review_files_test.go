package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/signintech/gopdf"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"xiaobao/internal/document"
	"xiaobao/internal/document/fonts"
)

// carrier makes a file of one format: lines of text with one more in a place
// that readers of plain text miss.
type carrier struct {
	name  string
	place string // where the finding says that the hidden line stands
	make  func(t testing.TB, lines []string, hidden string) []byte
}

// carriers are all formats that are read, the picture last.
var carriers = []carrier{
	{"海报.docx", "表 1 第 1 行 第 2 列", wordWithTable}, {"抬头.docx", "页眉", wordWithHeader}, {"折页.pdf", "第 1 页", pdfWithTable}, {"费率表.xlsx", "工作表“收益” B4", workbook}, {"路演.pptx", "第 2 张", slides},
	{"活动页.html", "表 1 第 1 行 第 2 列", webPage}, {"短文.txt", "第 2 行", gbkText}, {"展架.png", "由图片识别", picture},
}

// packed is an Office file of the parts.
func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(parts[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	packageTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>`
	relations    = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	relation     = `<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`
	wordSpaces   = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	slideSpaces  = ` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

func rels(list ...string) string {
	var b strings.Builder
	for i := 0; i+2 < len(list); i += 3 {
		fmt.Fprintf(&b, relation, list[i], list[i+1], list[i+2])
	}
	return fmt.Sprintf(relations, b.String())
}

func wordParagraph(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }

func wordParts(lines []string, hidden string) map[string]string {
	var body strings.Builder
	for _, line := range lines {
		body.WriteString(wordParagraph(line))
	}
	return map[string]string{
		"[Content_Types].xml": packageTypes, "_rels/.rels": rels("r1", "officeDocument", "word/document.xml"), "word/_rels/document.xml.rels": rels("r1", "header", "header1.xml"),
		"word/document.xml": `<w:document` + wordSpaces + `><w:body>` + body.String() + `<w:sectPr><w:headerReference w:type="default" r:id="r1"/></w:sectPr></w:body></w:document>`,
		"word/header1.xml":  `<w:hdr` + wordSpaces + `>` + wordParagraph(hidden) + `</w:hdr>`,
	}
}

func wordWithTable(t testing.TB, lines []string, hidden string) []byte {
	parts := wordParts(lines, "示例银行")
	table := `<w:tbl><w:tr><w:tc>` + wordParagraph("收益") + `</w:tc><w:tc>` + wordParagraph(hidden) + `</w:tc></w:tr></w:tbl>`
	parts["word/document.xml"] = strings.Replace(parts["word/document.xml"], `<w:sectPr>`, table+`<w:sectPr>`, 1)
	return packed(t, parts)
}

func wordWithHeader(t testing.TB, lines []string, hidden string) []byte {
	return packed(t, wordParts(lines, hidden))
}

// pdfWithTable has the line in a cell; the letters are those of an embedded font.
func pdfWithTable(t testing.TB, lines []string, hidden string) []byte {
	t.Helper()
	var b bytes.Buffer
	blocks := []document.Block{{Kind: document.Grid, Rows: [][]string{{"项目", "说明"}, {"收益", hidden}}}}
	for _, line := range lines {
		blocks = append(blocks, document.Block{Kind: document.Paragraph, Text: line})
	}
	missing, err := document.WritePDF(&b, document.Letter{Title: "产品折页", Blocks: blocks})
	if err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	return b.Bytes()
}

func workbook(t testing.TB, lines []string, hidden string) []byte {
	t.Helper()
	f := excelize.NewFile()
	err := f.SetSheetName("Sheet1", "收益")
	for i, line := range lines {
		if err == nil {
			err = f.SetCellValue("收益", fmt.Sprintf("A%d", i+1), line)
		}
	}
	if err == nil {
		err = f.SetCellValue("收益", "B4", hidden)
	}
	var b bytes.Buffer
	if err == nil {
		err = f.Write(&b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func slide(lines ...string) string {
	var shapes strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&shapes, `<p:sp><p:nvSpPr><p:cNvPr id="%d" name="框"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="100" y="%d"/><a:ext cx="500" cy="50"/></a:xfrm></p:spPr><p:txBody><a:p><a:r><a:rPr sz="2400"/><a:t>%s</a:t></a:r></a:p></p:txBody></p:sp>`, i+2, 100*(i+1), line)
	}
	return `<p:sld` + slideSpaces + `><p:cSld><p:spTree>` + shapes.String() + `</p:spTree></p:cSld></p:sld>`
}

func slides(t testing.TB, lines []string, hidden string) []byte {
	return packed(t, map[string]string{
		"[Content_Types].xml": packageTypes, "_rels/.rels": rels("r1", "officeDocument", "ppt/presentation.xml"),
		"ppt/presentation.xml":            `<p:presentation` + slideSpaces + `><p:sldIdLst><p:sldId id="256" r:id="r1"/><p:sldId id="257" r:id="r2"/></p:sldIdLst><p:sldSz cx="1000" cy="500"/></p:presentation>`,
		"ppt/_rels/presentation.xml.rels": rels("r1", "slide", "slides/slide1.xml", "r2", "slide", "slides/slide2.xml"),
		"ppt/slides/slide1.xml":           slide(lines...), "ppt/slides/slide2.xml": slide(hidden),
	})
}

func webPage(_ testing.TB, lines []string, hidden string) []byte {
	return []byte(`<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>活动</title><script>var a = "零风险"</script></head><body><table><tr><td>收益</td><td>` + hidden + `</td></tr></table><p>` + strings.Join(lines, "</p><p>") + `</p></body></html>`)
}

func gbkText(t testing.TB, lines []string, hidden string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(strings.Join(slices.Insert(slices.Clone(lines), 1, hidden), "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// program finds a program that a test needs; without it the test is skipped.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed", name)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// picture draws the lines as a PNG, which only recognition reads.
func picture(t testing.TB, lines []string, hidden string) []byte {
	t.Helper()
	program(t, "tesseract")
	draw := program(t, "pdftoppm")
	doc := gopdf.GoPdf{}
	doc.Start(gopdf.Config{PageSize: gopdf.Rect{W: 900, H: 400}})
	doc.AddPage()
	err := doc.AddTTFFontData("f", fonts.Bold())
	if err == nil {
		err = doc.SetFont("f", "", 20)
	}
	for i, line := range append([]string{hidden}, lines...) {
		if err == nil {
			doc.SetXY(30, 40+float64(i)*50)
			err = doc.Text(line)
		}
	}
	at := filepath.Join(t.TempDir(), "a")
	if err == nil {
		err = os.WriteFile(at+".pdf", doc.GetBytesPdf(), 0o600)
	}
	if err == nil {
		err = exec.Command(draw, "-r", "150", "-png", "-singlefile", at+".pdf", at).Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(at + ".png")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

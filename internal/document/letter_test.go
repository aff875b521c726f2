package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/ledongthuc/pdf"

	"xiaobao/internal/document"
)

var update = flag.Bool("update", false, "write golden files anew")

// sample is a letter with every kind of block.
func sample() document.Letter {
	return document.Letter{
		Issuer: "安和银行股份有限公司东城支行", Number: "安和银消函〔2026〕128号", Title: "消费投诉处理决定书", To: "尊敬的王女士",
		Blocks: []document.Block{
			{Kind: document.Paragraph, Text: "您于2026年4月3日就“账户被限制非柜面交易”提出的投诉（编号：TS-2026-000128）我行已收悉。经全面核查，现将核查结果、处理决定及其依据和理由告知如下，请您知悉。"},
			{Kind: document.Heading, Text: "一、核查情况"},
			{Kind: document.Grid, Rows: [][]string{{"序号", "投诉事项", "核查结果"}, {"1", "未经告知限制账户非柜面交易", "部分属实：限制符合规定，但未及时短信告知。"}, {"2", "客服人员态度生硬", "属实。"}}},
			{Kind: document.List, Items: []string{"自即日起恢复您尾号6217的借记卡（卡种：VISA Platinum）的全部非柜面交易功能；", "向您退还因此产生的转账手续费人民币1,234.50元，于2026年5月8日前转入您的账户。"}},
			{Kind: document.SmallNote, Text: "附：《账户限制核查说明》一份，详见https://www.example.com/consumer/complaints/notice?id=TS-2026-000128。"},
		},
		Signer: "安和银行股份有限公司东城支行", Seal: true, Date: "2026年5月1日", Footer: "投诉电话：95500　地址：北京市东城区示例大街1号",
	}
}

// long is a letter of several pages.
func long() document.Letter {
	l := sample()
	var rows [][]string
	for range 30 {
		rows = append(rows, []string{"事项", strings.Repeat("核查过程记录，", 12)})
	}
	l.Blocks = append(l.Blocks, document.Block{Kind: document.Grid, Rows: append([][]string{{"编号", "内容"}}, rows...)},
		document.Block{Kind: document.Paragraph, Text: strings.Repeat("我行将持续改进服务（含线上与线下渠道），切实保护您的合法权益。", 30)})
	return l
}

func docx(t testing.TB, l document.Letter) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := document.WriteDOCX(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pdfBytes(t testing.TB, l document.Letter) []byte {
	t.Helper()
	var b bytes.Buffer
	missing, err := document.WritePDF(&b, l)
	if err != nil || len(missing) > 0 {
		t.Fatalf("missing %q, error %v", string(missing), err)
	}
	return b.Bytes()
}

// docxText reads a document's paragraphs, one a line.
func docxText(t testing.TB, data []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	in, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var b strings.Builder
	text := false
	for d := xml.NewDecoder(in); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			text = e.Name.Local == "t"
		case xml.CharData:
			if text {
				b.Write(e)
			}
		case xml.EndElement:
			text = false
			if e.Name.Local == "p" {
				b.WriteByte('\n')
			}
		}
	}
}

// pdfText reads a PDF's characters in the order they were drawn.
func pdfText(t testing.TB, data []byte) string {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range r.NumPage() {
		text, err := r.Page(i + 1).GetPlainText(nil)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(text)
	}
	return b.String()
}

// squeeze drops all space, which line breaking may move.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func TestLetterGolden(t *testing.T) {
	path := filepath.Join("testdata", "letter.txt")
	got := sample().Text()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// Both formats carry exactly the letter's text, in its order.
func TestFormatsCarryTheSameText(t *testing.T) {
	for name, l := range map[string]document.Letter{"sample": sample(), "long": long()} {
		if diff := cmp.Diff(l.Text(), docxText(t, docx(t, l))); diff != "" {
			t.Errorf("%s in DOCX: %s", name, diff)
		}
		data := pdfBytes(t, l)
		show(t, name, data)
		if name == "long" {
			continue // footers and repeated table headers stand between its pages
		}
		want := squeeze(l.Text()) + squeeze(l.Footer) + "第1页/共1页"
		if got := squeeze(pdfText(t, data)); got != want {
			t.Errorf("%s in PDF:\n got %s\nwant %s", name, got, want)
		}
	}
}

// An independent reader finds the text too, if the machine has one.
func TestPdftotextReads(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	cmd := exec.Command(tool, "-raw", "-", "-")
	cmd.Stdin = bytes.NewReader(pdfBytes(t, sample()))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(sample().Text()) {
		if !strings.Contains(squeeze(string(out)), squeeze(line)) {
			t.Errorf("%q is not in the text that pdftotext reads", line)
		}
	}
}

// show writes a PDF where LETTERS points, for people to look at.
func show(t testing.TB, name string, data []byte) {
	t.Helper()
	if dir := os.Getenv("LETTERS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDraftIsMarked(t *testing.T) {
	l := sample()
	if strings.Contains(pdfText(t, pdfBytes(t, l)), "草稿") {
		t.Error("a final letter is marked as a draft")
	}
	l.Draft = true
	data := pdfBytes(t, l)
	show(t, "draft", data)
	if !strings.Contains(pdfText(t, data), "草稿") || !bytes.Contains(docxPart(t, docx(t, l), "word/header1.xml"), []byte("草稿")) {
		t.Error("a draft is not marked")
	}
}

// A mark says on every page who took the paper out.
func TestMarkIsOnEveryPage(t *testing.T) {
	l := long()
	l.Mark = "陈立 2026-03-31 18:00:00"
	data := pdfBytes(t, l)
	show(t, "mark", data)
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.NumPage() {
		text, err := r.Page(i + 1).GetPlainText(nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(squeeze(text), squeeze(l.Mark)); n < 6 {
			t.Errorf("page %d is marked %d times", i+1, n)
		}
	}
}

func docxPart(t testing.TB, data []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(z, name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every part is well-formed whatever stands in the letter, and the same letter
// gives the same bytes, so that its digest can be kept.
func TestDOCXIsSound(t *testing.T) {
	l := sample()
	l.Title, l.Footer = "<&\"'>\x01\u000b", "]]>&"
	l.Blocks = append(l.Blocks, document.Block{Kind: document.Grid}, document.Block{Kind: document.Paragraph, Text: "\xff<w:p>"})
	data := docx(t, l)
	if !bytes.Equal(data, docx(t, l)) {
		t.Error("the same letter gave different bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		d := xml.NewDecoder(bytes.NewReader(docxPart(t, data, f.Name)))
		for err = nil; err == nil; {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if diff := cmp.Diff(l.Text(), docxText(t, data)); diff != "" {
		t.Error(diff)
	}
}

// The same letter gives the same PDF, also when several are printed at once.
func TestPDFIsStable(t *testing.T) {
	want := pdfBytes(t, sample())
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			var b bytes.Buffer
			if _, err := document.WritePDF(&b, sample()); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("another PDF of %d bytes instead of %d, error %v", b.Len(), len(want), err)
			}
		})
	}
	group.Wait()
}

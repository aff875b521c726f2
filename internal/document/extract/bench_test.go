package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/document"
	"xiaobao/internal/document/extract"
)

// contract is a letter as long as a contract of 300 pages.
func contract() document.Letter {
	l := document.Letter{Issuer: "示例银行", Title: "个人消费贷款合同"}
	clause := "借款人应当按照合同约定的用途使用贷款，年化利率以借款凭证记载为准，逾期罚息按照合同利率上浮百分之五十计收，贷款人不得从本金中预先扣除利息。"
	for i := range 1500 {
		l.Blocks = append(l.Blocks, document.Block{Kind: document.Paragraph, Text: fmt.Sprintf("第%d条 %s", i+1, strings.Repeat(clause, 2))})
	}
	return l
}

func benchmark(b *testing.B, name string, data []byte) {
	b.SetBytes(int64(len(data)))
	var d extract.Document
	for b.Loop() {
		var err error
		if d, err = extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), name, extract.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/file")
	b.ReportMetric(float64(d.Pages), "pages")
	b.ReportMetric(float64(len([]rune(d.Text))), "chars")
}

func BenchmarkReadDOCX(b *testing.B) {
	var f bytes.Buffer
	if err := document.WriteDOCX(&f, contract()); err != nil {
		b.Fatal(err)
	}
	benchmark(b, "合同.docx", f.Bytes())
}

func BenchmarkReadPDF(b *testing.B) {
	var f bytes.Buffer
	if _, err := document.WritePDF(&f, contract()); err != nil {
		b.Fatal(err)
	}
	benchmark(b, "合同.pdf", f.Bytes())
}

// A sheet of a million cells, of which the bound lets the first 300,000 in.
func BenchmarkReadXLSX(b *testing.B) {
	var rows strings.Builder
	for r := range 100_000 {
		rows.WriteString("<row>")
		for c := range 10 {
			fmt.Fprintf(&rows, "<c><v>%d</v></c>", r*10+c)
		}
		rows.WriteString("</row>")
	}
	benchmark(b, "表.xlsx", office(b, map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="表" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   "<worksheet><sheetData>" + rows.String() + "</sheetData></worksheet>"}))
}

package extract_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func workbook(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	percent, err := f.NewStyle(&excelize.Style{NumFmt: 10})
	money := `"人民币"#,##0.00"元"`
	cash, err2 := f.NewStyle(&excelize.Style{CustomNumFmt: &money})
	_, err3 := f.NewSheet("内部")
	err = errors.Join(err, err2, err3,
		f.SetSheetName("Sheet1", "费率"),
		f.SetCellValue("费率", "A1", "产品说明"), f.MergeCell("费率", "A1", "C1"),
		f.SetCellValue("费率", "B2", 0.045), f.SetCellStyle("费率", "B2", "B2", percent),
		f.SetCellValue("费率", "C2", 12345.6), f.SetCellStyle("费率", "C2", "C2", cash),
		f.SetCellValue("费率", "A3", "保本\n保息"), f.SetRowVisible("费率", 3, false),
		f.AddComment("费率", excelize.Comment{Cell: "A1", Author: "李四", Text: "要改"}),
		f.SetHeaderFooter("费率", &excelize.HeaderFooterOptions{OddHeader: `&C&"宋体,Bold"&14某某银行&P`}),
		f.SetCellValue("内部", "AB7", "成本"), f.SetSheetVisible("内部", false))
	var b bytes.Buffer
	if err = errors.Join(err, f.Write(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSX(t *testing.T) {
	d := read(t, "a.xlsx", workbook(t))
	same(t, shown(d), `cell|0|工作表“费率” A1|产品说明
cell|0|工作表“费率” B2|4.50%
cell|0|工作表“费率” C2|人民币12,345.60元
cell|0|工作表“费率” A3|保本
cell|0|工作表“费率” A3|保息
header|0|工作表“费率” 页眉|某某银行
comment|0|工作表“费率” A1 批注|要改
cell|0|工作表“内部” AB7|成本`)
	all := strings.Join(d.Warnings, "\n")
	if !strings.Contains(all, "“费率”有 1 行是隐藏的") || !strings.Contains(all, "“内部”是隐藏的") {
		t.Errorf("%v", d.Warnings)
	}
}

// slides makes a presentation from the shapes of each slide.
func slides(t testing.TB, shapes ...string) []byte {
	parts := map[string]string{"ppt/presentation.xml": `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldSz cx="1000" cy="500"/><p:sldIdLst>`}
	rels := "<Relationships>"
	for i, s := range shapes {
		n := string(rune('1' + i))
		parts["ppt/presentation.xml"] += `<p:sldId id="25` + n + `" r:id="r` + n + `"/>`
		rels += `<Relationship Id="r` + n + `" Type="x/slide" Target="slides/slide` + n + `.xml"/>`
		parts["ppt/slides/slide"+n+".xml"] = s
	}
	parts["ppt/presentation.xml"] += `</p:sldIdLst></p:presentation>`
	parts["ppt/_rels/presentation.xml.rels"] = rels + "</Relationships>"
	parts["ppt/slides/_rels/slide1.xml.rels"] = `<Relationships><Relationship Id="n" Type="x/notesSlide" Target="../notesSlides/n1.xml"/></Relationships>`
	parts["ppt/notesSlides/n1.xml"] = `<p:notes><a:p><a:r><a:t>口头说保本</a:t></a:r></a:p></p:notes>`
	return office(t, parts)
}

func sp(y, title, text string) string {
	return `<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:nvPr>` + title + `</p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="100" y="` + y + `"/><a:ext cx="500" cy="50"/></a:xfrm></p:spPr><p:txBody>` +
		`<a:p><a:r><a:rPr sz="2400" b="1"/><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
}

func TestPPTX(t *testing.T) {
	table := `<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>费率</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>1%</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>`
	d := read(t, "a.pptx", slides(t, `<p:sld>`+sp("400", "", "下")+sp("250", "", "上")+sp("450", `<p:ph type="title"/>`, "标题")+table+`<p:pic><p:cNvPr id="2" descr="收益曲线"/></p:pic></p:sld>`, `<p:sld show="0">`+sp("1", "", "第二")+`</p:sld>`))
	same(t, shown(d), `heading|1|第 1 张|标题|24|bold
paragraph|1|第 1 张|上|24|bold
paragraph|1|第 1 张|下|24|bold
cell|1|第 1 张 表 1 第 1 行 第 1 列|费率
cell|1|第 1 张 表 1 第 1 行 第 2 列|1%
attribute|1|第 1 张 图片说明|收益曲线
comment|1|第 1 张 备注|口头说保本
paragraph|2|第 2 张|第二|24|bold`)
	if b := d.Blocks[1].Box; d.Pages != 2 || b == nil || b.Y != 0.5 || b.X != 0.1 || len(d.Warnings) != 1 {
		t.Errorf("%+v %v", d.Blocks[1], d.Warnings)
	}
}

const webPage = `<!DOCTYPE html><html><head><meta charset="gbk"><title>理财 专区</title><style>p{color:red}</style><script>var a="保本"</script></head>
<body><h1>稳健<b>理财</b></h1><p>年化 4%<br>非保本<p>第二段<div style="display: none">隐藏</div><div hidden>也隐藏<span>里</span></div>
<table><tr><td>费率</td><td>1%</td></tr></table><img src=x alt="海报"><label><input type=checkbox checked> 同意共享信息</label><footer>某某银行</footer></body></html>`

func TestHTML(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(webPage)
	if err != nil {
		t.Fatal(err)
	}
	d := read(t, "a.html", []byte(gbk))
	same(t, shown(d), `heading|0|网页标题|理财 专区
heading|0||稳健理财
paragraph|0||年化 4%
paragraph|0||非保本
paragraph|0||第二段
cell|0|表 1 第 1 行 第 1 列|费率
cell|0|表 1 第 1 行 第 2 列|1%
attribute|0|图片说明|海报
paragraph|0||同意共享信息
attribute|0|表单|默认勾选：同意共享信息
footer|0||某某银行`)
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "2 处隐藏") {
		t.Errorf("%v", d.Warnings)
	}
}

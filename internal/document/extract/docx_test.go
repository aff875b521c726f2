package extract_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/document"
	"xiaobao/internal/document/extract"
)

// office packs parts into an Office file.
func office(t testing.TB, parts map[string]string) []byte {
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

func read(t testing.TB, name string, data []byte) extract.Document {
	t.Helper()
	d, err := extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), name, extract.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if t, ok := t.(*testing.T); ok {
		whole(t, d)
	}
	return d
}

// shown writes blocks as kind, page, place and text, one a line.
func shown(d extract.Document) string {
	var b strings.Builder
	for _, x := range d.Blocks {
		fmt.Fprintf(&b, "%s|%d|%s|%s", x.Kind, x.Page, x.Place, d.Text[x.Start:x.End])
		if x.Size > 0 {
			fmt.Fprintf(&b, "|%g", x.Size)
		}
		if x.Bold {
			b.WriteString("|bold")
		}
		if x.Faint {
			b.WriteString("|faint")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got = strings.TrimSpace(got); got != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(want))
	}
}

const wordNS = `xmlns:w="w" xmlns:w14="w14" xmlns:mc="mc" xmlns:wps="wps" xmlns:v="v" xmlns:wp="wp" xmlns:r="r"`

const wordStyles = `<w:styles ` + wordNS + `><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="21"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/><w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="mine"><w:name w:val="章标题"/><w:basedOn w:val="1"/></w:style>
<w:style w:type="character" w:styleId="small"><w:name w:val="small"/><w:rPr><w:sz w:val="10"/></w:rPr></w:style></w:styles>`

func word(t testing.TB, body string, more ...string) []byte {
	parts := map[string]string{"word/document.xml": `<w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`, "word/styles.xml": wordStyles}
	for i := 0; i+1 < len(more); i += 2 {
		parts[more[i]] = more[i+1]
	}
	return office(t, parts)
}

func run(text string) string { return `<w:r><w:t>` + text + `</w:t></w:r>` }
func par(text string) string { return `<w:p>` + run(text) + `</w:p>` }

func TestDOCX(t *testing.T) {
	box := `<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:docPr id="1" descr="海报：稳赚不赔"/><wps:txbx><w:txbxContent>` + par("框内保本") + `</w:txbxContent></wps:txbx></w:drawing></mc:Choice>` +
		`<mc:Fallback><w:pict><v:textbox><w:txbxContent>` + par("框内保本") + `</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>`
	for _, tt := range []struct{ name, body, want string }{
		{"heading and styles", `<w:p><w:pPr><w:pStyle w:val="mine"/></w:pPr>` + run("第一章") + `</w:p>` + par("正文"), "heading|0||第一章|16|bold\nparagraph|0||正文|10.5"},
		{"looks of one paragraph", `<w:p>` + run("年化4%") + `<w:r><w:rPr><w:rStyle w:val="small"/></w:rPr><w:t>不保本</w:t></w:r><w:r><w:rPr><w:color w:val="E0E0E0"/></w:rPr><w:t>有风险</w:t></w:r></w:p>`,
			"paragraph|0||年化4%|10.5\nparagraph|0||不保本|5\nparagraph|0||有风险|10.5|faint"},
		{"white on dark is plain", `<w:p><w:pPr><w:shd w:fill="000080"/></w:pPr><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>白字</w:t></w:r></w:p>`, "paragraph|0||白字|10.5"},
		{"text box once, after its anchor", `<w:p><w:r>` + box + `</w:r>` + run("段落") + `</w:p>`, "paragraph|0||段落|10.5\nattribute|0|图片说明|海报：稳赚不赔\ntextbox|0|文本框|框内保本|10.5"},
		{"old text box", `<w:p><w:r><w:pict><v:textbox><w:txbxContent>` + par("旧框") + `</w:txbxContent></v:textbox></w:pict></w:r></w:p>`, "textbox|0|文本框|旧框|10.5"},
		{"table", `<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>` + par("费率") + `</w:tc><w:tc>` + par("备注") + `</w:tc></w:tr><w:tr><w:tc>` + par("一") + `</w:tc></w:tr></w:tbl>`,
			"cell|0|表 1 第 1 行 第 1 列|费率|10.5\ncell|0|表 1 第 1 行 第 3 列|备注|10.5\ncell|0|表 1 第 2 行 第 1 列|一|10.5"},
		{"pages", par("一") + `<w:p><w:r><w:br w:type="page"/></w:r></w:p><w:p><w:r><w:lastRenderedPageBreak/><w:t>二</w:t></w:r></w:p><w:p><w:r><w:t>二末</w:t></w:r><w:r><w:lastRenderedPageBreak/><w:t>三</w:t></w:r></w:p>`,
			"paragraph|1||一|10.5\nparagraph|2||二|10.5\nparagraph|2||二末|10.5\nparagraph|3||三|10.5"},
		{"revisions", `<w:p>` + run("可以") + `<w:del><w:r><w:delText>不可以</w:delText></w:r></w:del><w:ins>` + run("赎回") + `</w:ins></w:p>`, "paragraph|0||可以赎回|10.5"},
		{"hidden", `<w:p>` + run("看得见") + `<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r></w:p>`, "paragraph|0||看得见|10.5"},
		{"ticked control", `<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr><w:sdtContent>` + run("☒") + `</w:sdtContent></w:sdt>` + run("同意共享信息") + `</w:p>`,
			"paragraph|0||☒同意共享信息|10.5\nattribute|0||已勾选：同意共享信息"},
		{"unticked control", `<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="0"/></w14:checkbox></w:sdtPr><w:sdtContent>` + run("☐") + `</w:sdtContent></w:sdt>` + run("同意") + `</w:p>`, "paragraph|0||☐同意|10.5"},
		{"box of an old form", `<w:p><w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData></w:fldChar></w:r>` + run("自动续费") + `</w:p>`, "paragraph|0||自动续费|10.5\nattribute|0||已勾选：自动续费"},
		{"picture font and soft break", `<w:p><w:r><w:sym w:font="Wingdings 2" w:char="F052"/><w:t>同意</w:t><w:br/><w:t>下一行</w:t></w:r></w:p>`, "paragraph|0||☑同意|10.5\nparagraph|0||下一行|10.5"},
		{"field codes", `<w:p><w:r><w:instrText>PAGEREF _Toc1</w:instrText></w:r>` + run("目录") + `</w:p>`, "paragraph|0||目录|10.5"},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, shown(read(t, "a.docx", word(t, tt.body))), tt.want) })
	}
}

func TestDOCXSaysWhatIsLeftOut(t *testing.T) {
	d := read(t, "a.docx", word(t, `<w:p>`+run("甲")+`<w:del><w:r><w:delText>乙</w:delText></w:r></w:del><w:ins>`+run("丙")+`</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>丁</w:t></w:r></w:p>`, "word/vbaProject.bin", "x"))
	all := strings.Join(d.Warnings, "\n")
	for _, want := range []string{"1 处修订删除", "1 处修订插入", "1 处隐藏文字", "含宏"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q does not say %s", all, want)
		}
	}
}

func TestDOCXParts(t *testing.T) {
	rels := `<Relationships>`
	for i, r := range []string{"header1", "header2", "footer1", "footnotes", "comments"} {
		rels += fmt.Sprintf(`<Relationship Id="r%d" Type="http://x/relationships/%s" Target="%s.xml"/>`, i, strings.TrimRight(r, "12"), r)
	}
	d := read(t, "a.docx", word(t, par("正文"),
		"word/_rels/document.xml.rels", rels+`</Relationships>`,
		"word/header1.xml", `<w:hdr>`+par("某某银行")+`</w:hdr>`, "word/header2.xml", `<w:hdr>`+par("某某银行")+`</w:hdr>`, "word/footer1.xml", `<w:ftr>`+par("内部资料")+`</w:ftr>`,
		"word/footnotes.xml", `<w:footnotes><w:footnote w:type="separator" w:id="-1">`+par("x")+`</w:footnote><w:footnote w:id="1">`+par("过往业绩不代表未来")+`</w:footnote></w:footnotes>`,
		"word/comments.xml", `<w:comments><w:comment w:author="张三">`+par("改一下")+`</w:comment></w:comments>`,
		"word/diagrams/data1.xml", `<dgm><a:p><a:r><a:t>图中</a:t></a:r><a:r><a:t>字</a:t></a:r></a:p></dgm>`))
	same(t, shown(d), `paragraph|0||正文|10.5
header|0|页眉|某某银行|10.5
footer|0|页脚|内部资料|10.5
footnote|0|脚注 1|过往业绩不代表未来|10.5
comment|0|批注（张三）|改一下|10.5
textbox|0|图示|图中字`)
}

func TestDOCXNumbers(t *testing.T) {
	item := func(level int, text string) string {
		return fmt.Sprintf(`<w:p><w:pPr><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="7"/></w:numPr></w:pPr>%s</w:p>`, level, run(text))
	}
	body := item(0, "总则") + item(1, "目的") + item(1, "范围") + `<w:p/>` + item(0, "附则") + item(1, "施行") + item(2, "点")
	d := read(t, "a.docx", word(t, body, "word/numbering.xml", `<w:numbering><w:abstractNum w:abstractNumId="3">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1章"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val=""/></w:lvl></w:abstractNum>
<w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num></w:numbering>`))
	same(t, d.Text, "第一章 总则\n一.1 目的\n一.2 范围\n第二章 附则\n二.1 施行\n点")
}

func TestDOCXReadsOurLetters(t *testing.T) {
	var b bytes.Buffer
	l := document.Letter{Title: "关于投诉处理情况的告知", Issuer: "示例银行", Blocks: []document.Block{{Kind: document.Heading, Text: "一、经过"}}}
	if err := document.WriteDOCX(&b, l); err != nil {
		t.Fatal(err)
	}
	if d := read(t, "信.docx", b.Bytes()); !strings.Contains(d.Text, "关于投诉处理情况的告知") || d.Blocks[0].Size == 0 {
		t.Errorf("%+v", d)
	}
}

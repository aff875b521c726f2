package document_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

// book builds a workbook with the library that our reader is independent of.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setRows(t testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
}

func style(t testing.TB, f *excelize.File, cell string, format string, id int) {
	t.Helper()
	s := excelize.Style{NumFmt: id}
	if format != "" {
		s.CustomNumFmt = &format
	}
	n, err := f.NewStyle(&s)
	if err == nil {
		err = f.SetCellStyle("Sheet1", cell, cell, n)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestXLSXValues(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", []any{"事项", "值"})
		put := func(row int, name string, v any, format string, id int) {
			cell := fmt.Sprintf("B%d", row)
			if err := f.SetCellValue("Sheet1", fmt.Sprintf("A%d", row), name); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
			style(t, f, cell, format, id)
		}
		put(2, "内置日期", 46143, "", 14)
		put(3, "中文日期", 46143.5, `yyyy"年"m"月"d"日" h:mm`, 0)
		put(4, "日期文字", "2026年5月1日", "", 0)
		put(5, "月日", 46143, `m"月"d"日";@`, 0)
		put(6, "时间", 0.75, "h:mm", 0)
		put(7, "金额", 1234.5, `#,##0.00"元"`, 0)
		put(8, "浮点", 0.1+0.2, "", 0)
		put(9, "长数字", 622203123456789012, "0", 0)
		put(10, "大数", 1e20, "", 0)
		put(11, "红色负数", -3, `0.00;[Red]-0.00`, 0)
		put(12, "真假", true, "", 0)
		put(13, "早期日期", 59, "", 14)
		put(14, "富文本", "", "", 0)
		if err := f.SetCellRichText("Sheet1", "B14", []excelize.RichTextRun{{Text: "前"}, {Text: "后\r\n行", Font: &excelize.Font{Bold: true}}}); err != nil {
			t.Fatal(err)
		}
		put(15, "转义", "a_x0041_b" /* the format's escape of A */, "", 0)
		put(16, "空格", "  两边  ", "", 0)
	})
	rows, table, err := read(t, data, "台账.xlsx", document.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows {
		got[r.Get("事项")] = r.Get("值")
	}
	want := map[string]string{"内置日期": "2026-05-01", "中文日期": "2026-05-01 12:00:00", "日期文字": "2026年5月1日", "月日": "2026-05-01", "时间": "18:00:00",
		"金额": "1234.5", "浮点": "0.3", "长数字": "622203123456789012", "大数": "100000000000000000000", "红色负数": "-3", "真假": "是", "早期日期": "1900-02-28",
		"富文本": "前后\n行", "转义": "aAb", "空格": "两边"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := table.Report().Counts[document.NoteDigits]; n != 2 {
		t.Errorf("%d notes on lost digits, want 2", n)
	}
}

// A ledger as offices keep it: title over merged cells, a two-row header with
// line breaks, several sheets, one hidden, one empty.
func TestXLSXLedger(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", []any{"2026年第二季度消费投诉台账"}, []any{"填报单位：城东支行", nil, nil, nil, "填报人：李某"}, []any{},
			[]any{"序号", "投诉人信息", nil, "投诉\n时间", "诉求 Demand\nText"}, []any{nil, "姓名", "联系\n电话"},
			[]any{1, "王某", "13800000000", "2026/5/1", "退费"}, []any{}, []any{2, "李某", nil, "2026/5/2", "更正"})
		for _, s := range []string{"停用", "空表", "第二页"} {
			if _, err := f.NewSheet(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.MergeCell("Sheet1", "A1", "E1"); err != nil {
			t.Fatal(err)
		}
		setRows(t, f, "停用", []any{"甲", "乙"}, []any{"x", "y"})
		setRows(t, f, "第二页", []any{"甲", "乙"}, []any{"一", "二"})
		if err := f.SetSheetVisible("停用", false); err != nil {
			t.Fatal(err)
		}
	})
	rows, table, err := read(t, data, "台账.xlsx", document.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"序号", "投诉人信息/姓名", "投诉人信息/联系电话", "投诉时间", "诉求Demand Text"}, rows[0].Header); diff != "" {
		t.Error(diff)
	}
	want := [][]string{{"1", "王某", "13800000000", "2026/5/1", "退费"}, {"2", "李某", "", "2026/5/2", "更正"}, {"一", "二"}}
	if diff := cmp.Diff(want, cells(rows)); diff != "" {
		t.Error(diff)
	}
	if rows[1].Place() != "工作表“Sheet1”第 8 行" || rows[2].Sheet != "第二页" || rows[2].Number != 2 {
		t.Errorf("places %s, %s", rows[1].Place(), rows[2].Place())
	}
	counts := table.Report().Counts
	for _, code := range []document.NoteCode{document.NoteTitleRows, document.NoteHidden, document.NoteEmptySheet} {
		if counts[code] != 1 {
			t.Errorf("%d notes %s, want 1: %v", counts[code], code, table.Report().Notes)
		}
	}
}

func TestHeaderOptions(t *testing.T) {
	data := []byte("说明甲,说明乙,说明丙\n编号,投诉人,日期\n1,王某,2026-05-01\n")
	for _, test := range []struct {
		name string
		o    document.TableOptions
		want string
	}{
		{"first plausible row", document.TableOptions{}, "说明甲"},
		{"known names", document.TableOptions{HeaderHints: []string{"投诉人", "日期"}}, "编号"},
		{"told", document.TableOptions{HeaderRow: 2}, "编号"},
	} {
		rows, _, err := read(t, data, "a.csv", test.o)
		if err != nil || rows[0].Header[0] != test.want {
			t.Errorf("%s: header %v, error %v, want %s", test.name, rows, err, test.want)
		}
	}
}

// part is a part of a hand-made workbook.
type part struct{ name, text string }

func pack(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = w.Write([]byte(p.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	bookXML = `<workbook xmlns:r="r"><sheets><sheet name="甲" r:id="x"/></sheets></workbook>`
	relsXML = `<Relationships><Relationship Id="x" Target="worksheets/sheet1.xml"/></Relationships>`
)

func handmade(t testing.TB, sheet string, more ...part) []byte {
	t.Helper()
	return pack(t, append([]part{{"xl/workbook.xml", bookXML}, {"xl/_rels/workbook.xml.rels", relsXML}, {"xl/worksheets/sheet1.xml", sheet}}, more...)...)
}

func TestXLSXBadInput(t *testing.T) {
	const head = `<worksheet><sheetData><row><c t="inlineStr"><is><t>甲</t></is></c><c t="inlineStr"><is><t>乙</t></is></c></row>`
	o := document.TableOptions{MaxUncompressed: 1 << 20, MaxCell: 1000, MaxColumns: 10}
	for _, test := range []struct {
		name string
		data []byte
		kind fault.Kind
		want string
	}{
		{"bomb by its own account", handmade(t, head+strings.Repeat("<row/>", 1<<18)), fault.TooLarge, "解压后超过 1.0 MB"},
		{"one endless text", handmade(t, head+"<row><c><v>"+strings.Repeat("a", 5<<20)), fault.TooLarge, "一段文字超过"},
		{"cut off", handmade(t, head), fault.Invalid, "已损坏"},
		{"not well formed", handmade(t, head+"<row><c></row"), fault.Invalid, "已损坏"},
		{"entity bomb", handmade(t, `<!DOCTYPE x [<!ENTITY a "aaaa">]>`+head+`<row><c><v>&a;</v></c></row>`), fault.Invalid, "已损坏"},
		{"row beyond the end", handmade(t, head+`<row r="99999999"><c><v>1</v></c></row></sheetData></worksheet>`), fault.Invalid, "行号超过"},
		{"macro", handmade(t, head, part{"xl/vbaProject.bin", "x"}), fault.Invalid, "宏"},
		{"no sheets", pack(t, part{"xl/workbook.xml", "<workbook/>"}), fault.Invalid, "没有工作表"},
		{"sheet missing", pack(t, part{"xl/workbook.xml", bookXML}, part{"xl/_rels/workbook.xml.rels", relsXML}), fault.Invalid, "缺少工作表“甲”"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "one endless text" {
				o.MaxUncompressed = 8 << 20
			}
			_, _, err := read(t, test.data, "a.xlsx", o)
			if err == nil || fault.KindOf(err) != test.kind || !strings.Contains(fault.Message(err), test.want) {
				t.Errorf("got %v, want %v with %q", err, test.kind, test.want)
			}
		})
	}
}

func TestXLSXBadRows(t *testing.T) {
	const head = `<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>甲</t></is></c><c t="inlineStr"><is><t>乙</t></is></c></row>`
	sheet := head + `<row r="2"><c t="s"><v>7</v></c></row><row r="3" hidden="1"><c><f>1/0</f></c><c t="e"><v>#N/A</v></c></row>` +
		`<row r="4"><c r="XFD4"><v>1</v></c></row><row r="5"><c t="inlineStr"><is><t>` + strings.Repeat("长", 1001) + `</t></is></c></row>` +
		`<row r="6"><c><v>1e3</v></c><c r="B6"><v>x</v></c></row></sheetData></worksheet>`
	rows, table, err := read(t, handmade(t, sheet), "a.xlsx", document.TableOptions{MaxCell: 1000, MaxColumns: 10})
	if err != nil {
		t.Fatal(err)
	}
	var rejected []int
	for _, r := range rows {
		if r.Err != nil {
			rejected = append(rejected, r.Number)
		}
	}
	if diff := cmp.Diff([]int{2, 4, 5}, rejected); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1000", "x"}, rows[4].Cells); diff != "" {
		t.Error(diff)
	}
	if c := table.Report().Counts; c[document.NoteFormula] != 1 || c[document.NoteHidden] != 1 {
		t.Errorf("notes %v", table.Report().Notes)
	}
}

func TestBombByRatioIsRefused(t *testing.T) {
	data := handmade(t, `<worksheet><sheetData>`+strings.Repeat("<row/>", 8<<20))
	_, _, err := read(t, data, "a.xlsx", document.TableOptions{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "压缩得不正常") {
		t.Errorf("got %v", err)
	}
}

// A table that begins far down is found; the empty rows are counted.
func TestTableFarDown(t *testing.T) {
	const cell = `<c t="inlineStr"><is><t>%s</t></is></c>`
	row := func(a, b string) string { return "<row>" + fmt.Sprintf(cell, a) + fmt.Sprintf(cell, b) + "</row>" }
	for name, data := range map[string][]byte{
		"a.xlsx": handmade(t, "<worksheet><sheetData>"+strings.Repeat("<row/>", 5000)+row("甲", "乙")+strings.Repeat("<row/>", 50)+row("一", "二")+"</sheetData></worksheet>"),
		"a.csv":  []byte(strings.Repeat("\n", 5000) + "甲,乙\n" + strings.Repeat(",\n", 50) + "一,二\n"),
	} {
		rows, table, err := read(t, data, name, document.TableOptions{})
		if err != nil || len(rows) != 1 || rows[0].Number != 5052 || table.Report().Empty != 5050 {
			t.Errorf("%s: rows %v, error %v, empty %d", name, rows, err, table.Report().Empty)
		}
	}
}

// A directory that lies about sizes must not unpack more than the limit.
func TestXLSXLyingDirectory(t *testing.T) {
	data := handmade(t, `<worksheet><sheetData>`+strings.Repeat(" ", 8<<20))
	for i := 0; i+46 < len(data); i++ { // central directory entries: set the claimed size to 100
		if string(data[i:i+4]) == "PK\x01\x02" && data[i+46+3] == 'w' && strings.HasPrefix(string(data[i+46:]), "xl/worksheets") {
			copy(data[i+24:], "\x64\x00\x00\x00")
		}
	}
	began := time.Now()
	_, _, err := read(t, data, "a.xlsx", document.TableOptions{MaxUncompressed: 1 << 20})
	if err == nil || fault.KindOf(err) == fault.Internal {
		t.Errorf("got %v after %v, want a fault", err, time.Since(began))
	}
}

func FuzzReadXLSX(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>甲</t></is></c></row><row><c s="1"><v>46143.5</v></c></row></sheetData></worksheet>`),
		[]byte(`<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>`),
		[]byte(`<sst><si><t>a_x000D_</t><rPh><t>x</t></rPh></si></sst>`))
	f.Fuzz(func(t *testing.T, sheet, styles, texts []byte) {
		checkTable(t, handmade(t, string(sheet), part{"xl/styles.xml", string(styles)}, part{"xl/sharedStrings.xml", string(texts)}), "a.xlsx")
	})
}

func FuzzReadXLSXContainer(f *testing.F) {
	f.Add(handmade(f, `<worksheet><sheetData><row><c t="inlineStr"><is><t>甲</t></is></c></row></sheetData></worksheet>`))
	f.Fuzz(func(t *testing.T, data []byte) { checkTable(t, data, "a.xlsx") })
}

func BenchmarkReadXLSX(b *testing.B) {
	data := book(b, func(f *excelize.File) {
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		row := make([]any, 20)
		for i := range 13_000 {
			for j := range row {
				row[j] = fmt.Sprintf("第%d列的内容%d", j, i)
				if i == 0 {
					row[j] = fmt.Sprintf("列名%d", j)
				}
			}
			if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
	})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		rows := 0
		table, err := document.ReadTable(bytes.NewReader(data), int64(len(data)), "a.xlsx", document.TableOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range table.Rows() {
			if rows++; err != nil {
				b.Fatal(err)
			}
		}
		if rows != 12_999 {
			b.Fatalf("%d rows", rows)
		}
	}
}

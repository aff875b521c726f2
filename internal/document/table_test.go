package document_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

// read reads a whole table from bytes.
func read(t *testing.T, data []byte, name string, o document.TableOptions) (rows []document.Row, table *document.Table, err error) {
	t.Helper()
	table, err = document.ReadTable(bytes.NewReader(data), int64(len(data)), name, o)
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { _ = table.Close() })
	for row, err := range table.Rows() {
		if err != nil {
			return rows, table, err
		}
		rows = append(rows, row)
	}
	return rows, table, nil
}

func cells(rows []document.Row) [][]string {
	var got [][]string
	for _, r := range rows {
		got = append(got, r.Cells)
	}
	return got
}

const petition = "编号,主题,内容\r\n1,自来水,\"第一行\r\n第二行，含\"\"引号\"\"\"\r\n\r\n2,道路,坑洼\r\n"

func encode(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCSVEncodings(t *testing.T) {
	utf16 := func(end unicode.Endianness, bom unicode.BOMPolicy) []byte {
		return encode(t, unicode.UTF16(end, bom), petition)
	}
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"utf-8", []byte(petition), "utf-8"},
		{"utf-8 with mark", []byte("\ufeff" + petition), "utf-8"},
		{"gb18030", encode(t, simplifiedchinese.GB18030, petition), "gb18030"},
		{"gbk", encode(t, simplifiedchinese.GBK, petition), "gb18030"},
		{"utf-16 little", utf16(unicode.LittleEndian, unicode.UseBOM), "utf-16le"},
		{"utf-16 big", utf16(unicode.BigEndian, unicode.UseBOM), "utf-16be"},
		{"utf-16 little without mark", utf16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, table, err := read(t, test.data, "上传.csv", document.TableOptions{})
			if err != nil {
				t.Fatal(err)
			}
			want := [][]string{{"1", "自来水", "第一行\n第二行，含\"引号\""}, {"2", "道路", "坑洼"}}
			if diff := cmp.Diff(want, cells(rows)); diff != "" {
				t.Error(diff)
			}
			if table.Encoding != test.want {
				t.Errorf("encoding %s, want %s", table.Encoding, test.want)
			}
			if rows[1].Number != 4 || rows[1].Line != 5 || rows[1].Get("主题") != "道路" {
				t.Errorf("second row is number %d line %d, want 4 and 5", rows[1].Number, rows[1].Line)
			}
			if r := table.Report(); r.Rows != 2 || r.Empty != 1 {
				t.Errorf("report %+v", r)
			}
		})
	}
}

func TestCSVOddities(t *testing.T) {
	for _, test := range []struct {
		name, file, data string
		want             [][]string
		notes            document.NoteCode // that must be there
		count            int
	}{
		{"semicolons", "a.csv", "甲;乙\n1;2\n3;4\n", [][]string{{"1", "2"}, {"3", "4"}}, "", 0},
		{"tabs", "a.tsv", "甲\t乙\n1,5\t2\n", [][]string{{"1,5", "2"}}, "", 0},
		{"comma with semicolons inside", "a.csv", "甲,乙\na;b;c,2\nd;e,4\n", [][]string{{"a;b;c", "2"}, {"d;e", "4"}}, "", 0},
		{"bare quote", "a.csv", "甲,乙\n他说\"好\",2\n", [][]string{{"他说\"好\"", "2"}}, document.NoteQuotes, 1},
		{"text after quote", "a.csv", "甲,乙\n\"他\"说,2\n", [][]string{{"他说", "2"}}, document.NoteQuotes, 1},
		{"long row", "a.csv", "甲,乙\n1,2,3\n", [][]string{{"1", "2", "3"}}, document.NoteRagged, 1},
		{"short row", "a.csv", "甲,乙,丙\n1,2\n", [][]string{{"1", "2", ""}}, document.NoteRagged, 1},
		{"trailing commas", "a.csv", "甲,乙\n1,2,,,\n", [][]string{{"1", "2"}}, document.NoteRagged, 0},
		{"control characters", "a.csv", "甲,乙\na\x01b\u202e,\u200b2\n", [][]string{{"ab", "2"}}, document.NoteControl, 1},
		{"exponent", "a.csv", "卡号,乙\n6.22203E+18,2\n", [][]string{{"6.22203E+18", "2"}}, document.NoteDigits, 1},
		{"nameless column", "a.csv", ",甲,乙\n0,1,2\n", [][]string{{"0", "1", "2"}}, document.NoteColumn, 1},
		{"repeated column", "a.csv", "甲,甲,甲(2)\n0,1,2\n", [][]string{{"0", "1", "2"}}, document.NoteColumn, 2},
		{"title above", "a.csv", "2026年投诉台账,,\n填报单位：某支行,,\n编号,投诉人,日期\n1,王某,2026-05-01\n", [][]string{{"1", "王某", "2026-05-01"}}, document.NoteTitleRows, 1},
		{"old Mac lines", "a.csv", "甲,乙\r1,2\r3,4", [][]string{{"1", "2"}, {"3", "4"}}, "", 0},
		{"apostrophe of our own export", "a.csv", "甲,乙\n'=1+1,'abc\n", [][]string{{"=1+1", "'abc"}}, "", 0},
		{"some broken bytes", "a.csv", "甲,乙\n" + strings.Repeat("很长的正文", 40) + "\xe4\xb8,2\n", [][]string{{strings.Repeat("很长的正文", 40) + "\ufffd", "2"}}, document.NoteUndecodable, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, table, err := read(t, []byte(test.data), test.file, document.TableOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, cells(rows)); diff != "" {
				t.Error(diff)
			}
			if n := table.Report().Counts[test.notes]; n != test.count {
				t.Errorf("%d notes %q, want %d: %v", n, test.notes, test.count, table.Report().Notes)
			}
		})
	}
}

func TestRefusedTables(t *testing.T) {
	small := document.TableOptions{MaxBytes: 10_000, MaxRows: 3, MaxCell: 10, MaxColumns: 4}
	for _, test := range []struct {
		name, file, data string
		kind             fault.Kind
		want             string // part of the sentence
	}{
		{"empty", "a.csv", "", fault.Invalid, "是空的"},
		{"blank", "a.csv", "\n\n,,\n", fault.Invalid, "没有数据"},
		{"only numbers", "a.csv", "1,2\n3,4\n", fault.Invalid, "没有找到表头"},
		{"too big", "a.csv", strings.Repeat("甲,乙\n", 4000), fault.TooLarge, "超过上限"},
		{"too many rows", "a.csv", "甲,乙\n" + strings.Repeat("1,2\n", 5), fault.TooLarge, "3 行的上限"},
		{"old xls", "a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), fault.Invalid, "旧版 Excel"},
		{"password", "a.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), fault.Invalid, "密码"},
		{"html called xls", "a.xls", "<html><table><tr><td>1</td></tr></table></html>", fault.Invalid, "网页"},
		{"csv called xlsx", "a.xlsx", "甲,乙\n1,2\n", fault.Invalid, "扩展名改为 .csv"},
		{"picture called csv", "a.csv", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", fault.Invalid, "PNG"},
		{"binary called csv", "a.csv", string(bytes.Repeat([]byte{0, 1, 2, 3, 254, 200, 7}, 100)), fault.Invalid, "不是表格"},
		{"archive", "a.zip", "PK\x03\x04" + strings.Repeat("\x00", 40), fault.Invalid, "压缩包"},
		{"broken zip", "a.xlsx", "PK\x03\x04" + strings.Repeat("\x00", 22) + "\x0b\x00\x00\x00xl/workbook", fault.Invalid, "损坏"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := read(t, []byte(test.data), test.file, small)
			if err == nil || fault.KindOf(err) != test.kind || !strings.Contains(fault.Message(err), test.want) {
				t.Errorf("got %v (%v), want %v with %q", err, fault.KindOf(err), test.kind, test.want)
			}
		})
	}
}

// A row that cannot be taken is given out with its reason; the others go on.
func TestRejectedRows(t *testing.T) {
	o := document.TableOptions{MaxCell: 10, MaxColumns: 3}
	data := "甲,乙\n1,很长很长很长很长很长很长\n2,好\n1,2,3,4\n3,\"没有闭合\n4,好\n"
	rows, table, err := read(t, []byte(data), "a.csv", o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		text := "ok"
		if r.Err != nil {
			text = fault.Message(r.Err)
		}
		got = append(got, text)
	}
	want := []string{
		"第 2 行：第 2 列的文字超过 10 字，这一行没有接收。请缩短，或把全文作为附件上传。",
		"ok",
		"第 4 行：这一行超过 3 列的上限，没有接收。请检查分隔符和引号。",
		"第 5 行：从文件第 5 行开始的引号没有闭合，后面的内容分不开行。请在原文件中补上引号，或另存为 .xlsx 后重新导入。",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := table.Report(); r.Rejected != 3 || r.Rows != 4 {
		t.Errorf("report %+v", r)
	}
}

// realFile returns a file of the shared data, which stands beside the repository.
func realFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../shared/data", path))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("XIAOBAO_REQUIRE_ALL") == "" {
		t.Skipf("the shared data is not beside the repository: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRealTables(t *testing.T) {
	for _, test := range []struct {
		path, column string
		rows         int
		header       string
	}{
		{"complaints/petitions_4326.csv", "留言详情", 4326, "留言编号,留言主题,留言时间,留言详情,反对数,点赞数"},
		{"complaints/cfpb_metadata_28156.csv", "Product", 28156, "第1列,Complaint ID,Product,Sub-product,Issue,Sub-issue,State,ZIP code,Date received,Date sent to company,Company response,Timely response?,Consumer disputed?"},
		{"complaints/cfpb_narratives.csv", "", 5923, ""},
	} {
		t.Run(test.path, func(t *testing.T) {
			rows, table, err := read(t, realFile(t, test.path), test.path, document.TableOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != test.rows {
				t.Errorf("%d rows, want %d", len(rows), test.rows)
			}
			if test.header != "" && strings.Join(rows[0].Header, ",") != test.header {
				t.Errorf("header %v", rows[0].Header)
			}
			r := table.Report()
			t.Logf("encoding %s, counts %v, empty %d", table.Encoding, r.Counts, r.Empty)
			if r.Rejected != 0 || r.Counts[document.NoteRagged] != 0 || r.Counts[document.NoteQuotes] != 0 {
				t.Errorf("report %+v", r.Counts)
			}
			for _, row := range rows {
				if test.column != "" && row.Get(test.column) == "" {
					t.Fatalf("%s: no %s", row.Place(), test.column)
				}
			}
		})
	}
}

func BenchmarkReadCSV(b *testing.B) {
	data := realFile(b, "complaints/cfpb_metadata_28156.csv")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		table, err := document.ReadTable(bytes.NewReader(data), int64(len(data)), "a.csv", document.TableOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range table.Rows() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{petition, "甲;乙\n1;2", "\ufeffa\tb\n\"x", "a,b\n\"\"\"\",'=1", "\xff\xfea\x00,\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkTable(t, data, "a.csv") })
}

// checkTable is what holds for any input whatever: an error is a sentence for a
// person, limits hold, row numbers rise, and a row without error is clean.
func checkTable(t *testing.T, data []byte, name string) {
	o := document.TableOptions{MaxRows: 50, MaxColumns: 20, MaxCell: 100, MaxUncompressed: 1 << 20}
	rows, _, err := read(t, data, name, o)
	if err != nil && fault.KindOf(err) == fault.Internal {
		t.Fatalf("internal error: %v", err)
	}
	last := map[string]int{}
	for _, r := range rows {
		if r.Number <= last[r.Sheet] && name == "a.csv" {
			t.Fatalf("row %d after %d", r.Number, last[r.Sheet])
		}
		last[r.Sheet] = r.Number
		if len(r.Cells) < len(r.Header) || len(r.Cells) > o.MaxColumns {
			t.Fatalf("%d cells under %d names", len(r.Cells), len(r.Header))
		}
		for _, c := range r.Cells {
			if len([]rune(c)) > o.MaxCell || strings.ContainsAny(c, "\x00\x01\r\u202e") {
				t.Fatalf("cell %q", c)
			}
		}
	}
}

package document

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// What the mark does can always be undone, and no marked cell is a formula.
func TestSafeTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`['=+\-@＝]{0,3}[0-9.a乙]{0,4}`).Draw(t, "cell")
		safe := safeText(s)
		if runnable(safe) {
			t.Fatalf("%q still runs as %q", s, safe)
		}
		if got := bareText(safe); got != s {
			t.Fatalf("%q became %q, came back as %q", s, safe, got)
		}
	})
}

func TestSafeText(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "平安": "平安", "=1+1": "'=1+1", "+86 138": "'+86 138", "-12.50": "-12.50", "-1+2": "'-1+2", "@x": "'@x",
		"\t=1": "'\t=1", "＝1": "'＝1", "it's": "it's", "'quoted'": "'quoted'",
	} {
		if got := safeText(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

var hostile = [][]string{
	{"1", "=HYPERLINK(\"http://x\")", "-12.5"},
	{"2", "第一行\n第二行", "+86"},
	{"3", "'=1", "007"},
	{"4", "含\"引号\"，和,逗号", "622203123456789012"},
}

// A rejected file that is given back and sent in again reads the same.
func TestWriteReadsBack(t *testing.T) {
	columns := []Column{{Name: "编号", Number: true}, {Name: "正文", Width: 40}, {Name: "值"}}
	for _, format := range []Format{CSV, XLSX} {
		var b bytes.Buffer
		n, err := WriteTable(&b, format, "退回/2026", columns, slices.Values(hostile))
		if err != nil || n.Rows != 4 || n.Cut != 0 {
			t.Fatalf("%s: %+v, %v", format, n, err)
		}
		table, err := ReadTable(bytes.NewReader(b.Bytes()), int64(b.Len()), "a."+string(format), TableOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for row, err := range table.Rows() {
			if err != nil || row.Err != nil {
				t.Fatal(err, row.Err)
			}
			got = append(got, row.Cells)
		}
		if diff := cmp.Diff(hostile, got); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
		if diff := cmp.Diff([]string{"编号", "正文", "值"}, table.Header()); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

func TestWriteCSVAsSpreadsheetsSeeIt(t *testing.T) {
	var b bytes.Buffer
	if _, err := WriteTable(&b, CSV, "", []Column{{Name: "=甲"}, {Name: "乙"}, {Name: "丙"}}, slices.Values(hostile)); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for _, cell := range record {
			if runnable(cell) {
				t.Errorf("cell %q would run", cell)
			}
		}
	}
}

func TestWriteXLSXTypes(t *testing.T) {
	long := strings.Repeat("长", 40_000)
	var b bytes.Buffer
	n, err := WriteTable(&b, XLSX, "数据", []Column{{Name: "数", Number: true}, {Name: "文"}}, slices.Values([][]string{{"12.5", "=1+1"}, {"=1", long}}))
	if err != nil || n.Cut != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeUnset, "B2": excelize.CellTypeInlineString, "A3": excelize.CellTypeInlineString} {
		if got, err := f.GetCellType("数据", cell); err != nil || got != want {
			t.Errorf("%s: type %v, error %v, want %v", cell, got, err, want)
		}
		if formula, err := f.GetCellFormula("数据", cell); err != nil || formula != "" {
			t.Errorf("%s: formula %q, error %v", cell, formula, err)
		}
	}
	cut, err := f.GetCellValue("数据", "B3")
	if err != nil || utf16Len(cut) > xlsxMaxCell || !strings.HasSuffix(cut, cutMark) {
		t.Errorf("cut cell has %d units, error %v", utf16Len(cut), err)
	}
}

func TestSheetName(t *testing.T) {
	for name, want := range map[string]string{"": "数据", "a/b:c": "a／b：c", "'x'": "x", strings.Repeat("长", 40): strings.Repeat("长", 31)} {
		if got := sheetName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

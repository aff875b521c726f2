package document_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"xiaobao/internal/document"
)

var mark = document.Mark{Who: "周&敏/", Unit: "总行", At: time.Date(2026, 3, 31, 2, 15, 0, 0, time.UTC), N: 12}

func marked(t *testing.T, m document.Mark, f document.Format, cells ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	rows := make([][]string, len(cells))
	for i, c := range cells {
		rows[i] = []string{c}
	}
	if _, err := document.WriteMarked(&b, f, "总览", []document.Column{{Name: "内容"}}, slices.Values(rows), m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The mark stands in a sheet, in the foot of the printed page and in the properties.
func TestMarkedWorkbook(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		m := mark
		m.Hidden = hidden
		book, err := excelize.OpenReader(bytes.NewReader(marked(t, m, document.XLSX, "一")))
		if err != nil {
			t.Fatal(err)
		}
		if visible, err := book.GetSheetVisible("导出说明"); err != nil || visible == hidden {
			t.Errorf("hidden %v: visible %v, %v", hidden, visible, err)
		}
		rows, err := book.GetRows("导出说明")
		if err != nil || rows[0][1] != "周&敏/" || rows[2][1] != "2026-03-31 10:15:00" || rows[3][1] != "E12" {
			t.Errorf("sheet %v, %v", rows, err)
		}
		foot, err := book.GetHeaderFooter("总览")
		if err != nil || !strings.Contains(foot.OddFooter, "周&&敏/") || !strings.Contains(foot.OddFooter, "第 12 号") {
			t.Errorf("foot %+v, %v", foot, err)
		}
		props, err := book.GetDocProps()
		if err != nil || !strings.Contains(props.Description, "第 12 号") || props.Creator != "周&敏/" {
			t.Errorf("properties %+v, %v", props, err)
		}
	}
	if got := mark.FileName("overview", "csv"); got != "overview-E12-周&敏-20260331T101500.csv" {
		t.Errorf("file name %s", got)
	}
}

// No cell of an export becomes a formula, in either format; numbers stay numbers.
func TestExportedCellsAreNoFormulas(t *testing.T) {
	bad := []string{"=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1a", "＠x", `=HYPERLINK("http://x","点我")`}
	csv := string(marked(t, mark, document.CSV, bad...))
	for _, cell := range bad {
		if strings.Contains(csv, "\n"+cell) || strings.Contains(csv, "\n\""+cell) {
			t.Errorf("%q stands bare in CSV", cell)
		}
	}
	book, err := excelize.OpenReader(bytes.NewReader(marked(t, mark, document.XLSX, bad...)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range bad {
		cell, _ := excelize.CoordinatesToCellName(1, i+2)
		formula, err := book.GetCellFormula("总览", cell)
		kind, _ := book.GetCellType("总览", cell)
		if err != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%q: formula %q, type %v, %v", bad[i], formula, kind, err)
		}
	}
	if got := string(marked(t, mark, document.CSV, "-12.50")); !strings.Contains(got, "\n-12.50") {
		t.Errorf("a negative number was marked: %q", got)
	}
}

package document

import (
	"bufio"
	"encoding/csv"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"xiaobao/internal/fault"
)

// Column is a column of a table that is given out.
type Column struct {
	Name   string
	Width  float64 // in characters; 0 = 16
	Number bool    // cells that are plain numbers become numbers in XLSX
}

// Written tells what WriteTable has written.
type Written struct {
	Rows int // data rows
	Cut  int // cells that XLSX could not hold and that end in a mark saying so
}

// The bounds of the XLSX format.
const (
	xlsxMaxCell = 32_767
	cutMark     = "……（Excel 单元格放不下，此处截断；全文请用 CSV 导出）"
)

// WriteTable writes a table with a header row as XLSX, or as CSV in UTF-8 with
// a byte order mark so that Excel and WPS open it rightly. Rows are streamed.
//
// No cell becomes a formula when the file is opened: XLSX cells are typed as
// text, CSV cells that a spreadsheet program would run begin with an apostrophe,
// which ReadTable takes away again.
func WriteTable(w io.Writer, f Format, sheet string, columns []Column, rows iter.Seq[[]string]) (Written, error) {
	if f == CSV {
		return writeCSV(w, columns, rows)
	}
	return writeXLSX(w, sheet, columns, rows, nil)
}

func writeCSV(w io.Writer, columns []Column, rows iter.Seq[[]string]) (n Written, err error) {
	buf := bufio.NewWriter(w)
	_, _ = buf.WriteString("\ufeff") // bufio keeps the error for Flush
	out := csv.NewWriter(buf)
	out.UseCRLF = true
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = safeText(c.Name)
	}
	if err := out.Write(head); err != nil {
		return n, err
	}
	for row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = safeText(cell)
		}
		if err := out.Write(safe); err != nil {
			return n, err
		}
		n.Rows++
	}
	if out.Flush(); out.Error() != nil {
		return n, out.Error()
	}
	return n, buf.Flush()
}

var plainDecimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// runnable is whether a spreadsheet program may take a bare cell for a formula.
func runnable(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("=+-@\t\r＝＋－＠", r) && !plainDecimal.MatchString(s)
}

// safeText marks a CSV cell as text with an apostrophe where it is needed, and
// where a cell already looks marked, so that bareText gives every text back.
func safeText(s string) string {
	if s != "" && (runnable(s) || s[0] == '\'' && (runnable(s[1:]) || strings.HasPrefix(s, "''"))) {
		return "'" + s
	}
	return s
}

// bareText takes the mark of safeText away.
func bareText(s string) string {
	if len(s) > 1 && s[0] == '\'' && (runnable(s[1:]) || s[1] == '\'') {
		return s[1:]
	}
	return s
}

// writeXLSX writes a workbook; more adds to it, nil for nothing.
func writeXLSX(w io.Writer, sheet string, columns []Column, rows iter.Seq[[]string], more func(book *excelize.File, sheet string) error) (n Written, err error) {
	space := newSheetSpace()
	defer space.close()
	book := excelize.NewFile(excelize.Options{TmpDir: space.dir, UnzipSizeLimit: excelize.UnzipSizeLimit, UnzipXMLSizeLimit: excelize.StreamChunkSize})
	defer book.Close()
	sheet = sheetName(sheet)
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return n, err
	}
	if more != nil { // before the stream begins: what belongs to the sheet is written when it ends
		if err := more(book, sheet); err != nil {
			return n, err
		}
	}
	out, styles, err := startSheet(book, sheet, columns)
	if err != nil {
		return n, err
	}
	for row := range rows {
		if n.Rows+2 > maxSheetRows {
			return n, fault.New(fault.TooLarge, "数据超过 Excel 的 %d 行上限。请改用 CSV 导出，或缩小范围。", maxSheetRows)
		}
		cells := make([]any, len(row))
		for i, cell := range row {
			number := i < len(columns) && columns[i].Number
			value, cut := xlsxValue(cell, number)
			n.Cut += cut
			cells[i] = excelize.Cell{StyleID: styles.of(number), Value: value}
		}
		n.Rows++
		if err := out.SetRow("A"+strconv.Itoa(n.Rows+1), cells); err != nil {
			return n, err
		}
		space.wrote(row)
	}
	if err := out.Flush(); err != nil {
		return n, err
	}
	return n, book.Write(w)
}

type sheetStyles struct{ text, number int }

func (s sheetStyles) of(number bool) int {
	if number {
		return s.number
	}
	return s.text
}

// startSheet sets widths, the frozen header and the styles.
func startSheet(book *excelize.File, sheet string, columns []Column) (*excelize.StreamWriter, sheetStyles, error) {
	var styles sheetStyles
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return nil, styles, err
	}
	text := "@"
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	head := 0
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&styles.text, excelize.Style{CustomNumFmt: &text, Alignment: top}},
		{&styles.number, excelize.Style{Alignment: &excelize.Alignment{Vertical: "top"}}},
		{&head, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}, Alignment: top}},
	} {
		if *s.id, err = book.NewStyle(&s.style); err != nil {
			return nil, styles, err
		}
	}
	names := make([]any, len(columns))
	for i, c := range columns {
		if c.Width <= 0 {
			c.Width = 16
		}
		if err := out.SetColWidth(i+1, i+1, min(c.Width, 255)); err != nil {
			return nil, styles, err
		}
		names[i] = excelize.Cell{StyleID: head, Value: cleanXML(c.Name)}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, styles, err
	}
	return out, styles, out.SetRow("A1", names)
}

// xlsxValue returns the value of a cell and whether (1) the text had to be cut.
func xlsxValue(s string, number bool) (any, int) {
	if number && plainDecimal.MatchString(s) {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return v, 0
		}
	}
	s = cleanXML(s)
	if units := utf16Len(s); units > xlsxMaxCell {
		r := []rune(s)
		for keep := xlsxMaxCell - utf16Len(cutMark); utf16Len(string(r)) > keep; {
			r = r[:len(r)-max(1, (utf16Len(string(r))-keep)/2)]
		}
		return string(r) + cutMark, 1
	}
	return s, 0
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// cleanXML leaves out what XML cannot hold.
func cleanXML(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

var sheetForbidden = strings.NewReplacer(":", "：", `\`, "＼", "/", "／", "?", "？", "*", "＊", "[", "［", "]", "］")

// sheetName makes a text a sheet name: 31 characters, some forbidden.
func sheetName(s string) string {
	s = strings.Trim(sheetForbidden.Replace(cleanXML(s)), "'")
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s == "" {
		return "数据"
	}
	return s
}

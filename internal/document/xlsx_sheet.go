package document

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"xiaobao/internal/fault"
)

// maxSheetRows is the last row number a worksheet can have; empty rows count, so
// it also bounds the time that a sheet of nothing but empty rows can take.
const maxSheetRows = 1 << 20

// xlsxSheet streams the rows of one worksheet part.
type xlsxSheet struct {
	book  *workbook
	title string
	d     *xml.Decoder
	clean cellCleaner

	row     rawRow
	cell    xlsxCell
	text    strings.Builder
	into    bool // character data belongs to the cell
	phon    bool // inside a phonetic reading
	col     int  // column of the cell, from 0
	hidden  int  // hidden rows read so far
	lost    int  // numbers of the row with more digits than the program keeps
	formula int  // formulas of the row without a value, and error values
	done    bool
}

// xlsxCell is what the cell's element says about its value.
type xlsxCell struct {
	kind    string // the t attribute: s, str, inlineStr, b, e, d, n or ""
	style   int
	open    bool // between <c> and </c>
	formula bool
	value   bool
}

func newXLSXSheet(w *workbook, name string, r io.Reader) *xlsxSheet {
	return &xlsxSheet{book: w, title: name, d: xml.NewDecoder(r), clean: cellCleaner{maxCell: w.t.opt.MaxCell}}
}

func (s *xlsxSheet) name() string { return s.title }

func (s *xlsxSheet) next() (rawRow, error) {
	for !s.done {
		tok, err := s.d.RawToken()
		if err == io.EOF {
			return rawRow{}, broken(io.ErrUnexpectedEOF, s.book.t.base(), "工作表“"+s.title+"”")
		}
		if err != nil {
			return rawRow{}, broken(err, s.book.t.base(), "工作表“"+s.title+"”")
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if s.start(e); s.row.number > maxSheetRows {
				return rawRow{}, fault.New(fault.Invalid, "工作表“%s”的行号超过 %d，文件可能已损坏。请用 Excel 打开并另存为 .xlsx 后重新导入。", s.title, maxSheetRows)
			}
		case xml.EndElement:
			if s.end(e.Name.Local) {
				return s.finish(), nil
			}
		case xml.CharData:
			if s.into && s.text.Len() <= 4*s.clean.maxCell+4 {
				s.text.Write(e)
			}
		}
	}
	if s.hidden > 0 {
		s.book.t.note(Note{Code: NoteHidden, Sheet: s.title, Text: fmt.Sprintf("工作表“%s”有 %d 行被隐藏或筛选掉，已照常读取。", s.title, s.hidden)})
		s.hidden = 0
	}
	return rawRow{}, io.EOF
}

func (s *xlsxSheet) start(e xml.StartElement) {
	switch e.Name.Local {
	case "row":
		s.startRow(e)
	case "c":
		s.startCell(e)
	case "v":
		s.into, s.cell.value = true, true
	case "t":
		s.into, s.cell.value = !s.phon, true
	case "rPh":
		s.phon = true
	case "f":
		s.cell.formula = true
	}
}

func (s *xlsxSheet) startRow(e xml.StartElement) {
	number := s.row.number + 1
	if n, err := strconv.Atoi(attr(e, "", "r")); err == nil && n > 0 {
		number = n
	}
	if h := attr(e, "", "hidden"); h == "1" || h == "true" {
		s.hidden++
	}
	s.row, s.cell = rawRow{number: number}, xlsxCell{}
	s.col = -1
}

func (s *xlsxSheet) startCell(e xml.StartElement) {
	s.cell, s.col = xlsxCell{open: true}, s.col+1
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "r":
			if col := columnIndex(a.Value); col >= 0 {
				s.col = col
			}
		case "t":
			s.cell.kind = a.Value
		case "s":
			s.cell.style, _ = strconv.Atoi(a.Value)
		}
	}
	s.text.Reset()
}

// end closes an element; true when a row is complete.
func (s *xlsxSheet) end(local string) bool {
	switch local {
	case "v", "t":
		s.into = false
	case "rPh":
		s.phon = false
	case "c":
		s.endCell()
	case "sheetData":
		s.done = true
	case "row":
		return true
	}
	return false
}

func (s *xlsxSheet) endCell() {
	if s.cell.formula && !s.cell.value {
		s.formula++
	}
	if !s.cell.value || !s.cell.open {
		return
	}
	s.cell.open = false
	text := s.clean.clean(s.value(s.text.String()), s.col)
	if text == "" {
		return
	}
	if s.col >= s.book.t.opt.MaxColumns {
		s.row.err = fault.New(fault.TooLarge, "这一行超过 %d 列的上限，没有接收。请删去右侧多余的列。", s.book.t.opt.MaxColumns)
		return
	}
	for len(s.row.cells) <= s.col {
		s.row.cells = append(s.row.cells, "")
	}
	s.row.cells[s.col] = text
}

// value turns the stored text of a cell into what a person sees, except that
// numbers keep all their digits and dates are written year first.
func (s *xlsxSheet) value(raw string) string {
	switch s.cell.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw))
		if err != nil || i < 0 || i >= len(s.book.strings) {
			s.row.err = fault.New(fault.Invalid, "第 %d 列的文字在文件里找不到，这一行没有接收。请用 Excel 打开并另存后重新导入。", s.col+1)
			return ""
		}
		return s.book.strings[i]
	case "str", "inlineStr":
		return unescapeX(raw)
	case "b":
		if raw == "1" || raw == "true" {
			return "是"
		}
		return "否"
	case "e":
		s.formula++
		return raw
	case "d":
		return strings.TrimSuffix(strings.Replace(raw, "T", " ", 1), " 00:00:00")
	}
	return s.number(strings.TrimSpace(raw))
}

func (s *xlsxSheet) number(raw string) string {
	kind := noDate
	if s.cell.style >= 0 && s.cell.style < len(s.book.dates) {
		kind = s.book.dates[s.cell.style]
	}
	if kind != noDate {
		if text, ok := s.book.epoch.text(raw, kind); ok {
			return text
		}
	}
	text, lost := plainNumber(raw)
	if lost {
		s.lost++
	}
	return text
}

func (s *xlsxSheet) finish() rawRow {
	notes, err := s.clean.notes()
	if s.lost > 0 {
		notes = append(notes, Note{Code: NoteDigits, Text: fmt.Sprintf("有 %d 个数字超过 15 位，Excel 已把末几位变成 0；卡号、证件号请设为文本格式", s.lost)})
	}
	if s.formula > 0 {
		notes = append(notes, Note{Code: NoteFormula, Text: fmt.Sprintf("有 %d 个公式没有结果或出错", s.formula)})
	}
	s.row.notes = notes
	if err != nil {
		s.row.err = err
	}
	s.lost, s.formula = 0, 0
	return s.row
}

// columnIndex returns the column of a reference such as "AB12", from 0; -1 when
// it is none.
func columnIndex(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<14 {
			return 1 << 14
		}
	}
	return n - 1
}

package document

import (
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"xiaobao/internal/fault"
)

// Format is the file format of a table.
type Format string

// The formats of tables.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv" // also TSV and other separators
)

// TableOptions are the limits and hints for reading a table. The zero value of
// a field stands for its default.
type TableOptions struct {
	MaxBytes        int64 // size of the file; default 64 MiB
	MaxUncompressed int64 // sum of what is unpacked from an XLSX; default 256 MiB
	MaxRows         int   // data rows over all sheets; default 200,000
	MaxColumns      int   // columns of a row; default 512
	MaxCell         int   // characters of a cell; default 100,000
	MaxNotes        int   // notes kept with their text, the rest is counted; default 1,000

	HeaderRow     int      // row number of the header in each sheet; 0 = find it
	HeaderHints   []string // column names the caller knows; they help to find the header
	Separator     rune     // of a CSV; 0 = find it
	Encoding      string   // of a CSV: utf-8, gb18030, utf-16le, utf-16be, windows-1252; "" = find it
	IncludeHidden bool     // read hidden sheets too
}

func (o TableOptions) withDefaults() TableOptions {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.MaxUncompressed <= 0 {
		o.MaxUncompressed = 256 << 20
	}
	def(&o.MaxRows, 200_000)
	def(&o.MaxColumns, 512)
	def(&o.MaxCell, 100_000)
	def(&o.MaxNotes, 1_000)
	return o
}

// Row is one data row.
type Row struct {
	Sheet  string   // name of the sheet; "" in a CSV
	Number int      // row number as a spreadsheet program shows it, from 1
	Line   int      // line in the file where the row starts, for a CSV; 0 in XLSX
	Header []string // column names of the sheet, shared between rows
	Cells  []string // as many as Header, or more when the row is longer
	Err    error    // set when the row cannot be taken, such as an over-long cell
	Notes  []Note   // what was changed or is doubtful in this row
}

// Get returns the cell under the column name, "" when there is none.
func (r Row) Get(column string) string {
	if i := slices.Index(r.Header, column); i >= 0 && i < len(r.Cells) {
		return r.Cells[i]
	}
	return ""
}

// Place says where the row is, for a person: 工作表“X”第 7 行.
func (r Row) Place() string { return place(r.Sheet, r.Number) }

func place(sheet string, row int) string {
	if sheet == "" {
		return fmt.Sprintf("第 %d 行", row)
	}
	return fmt.Sprintf("工作表“%s”第 %d 行", sheet, row)
}

// Note is something a person should know about how the table was read.
type Note struct {
	Code  NoteCode
	Sheet string
	Row   int    // 0 = the whole sheet or file
	Text  string // Chinese sentence
}

// NoteCode tells kinds of notes apart, for counting and tests.
type NoteCode string

// The kinds of notes.
const (
	NoteTitleRows   NoteCode = "title_rows"   // rows above the header left out
	NoteHidden      NoteCode = "hidden"       // hidden sheet left out or hidden rows read
	NoteEmptySheet  NoteCode = "empty_sheet"  // sheet without rows
	NoteColumn      NoteCode = "column"       // nameless or repeated column
	NoteRagged      NoteCode = "ragged"       // row longer or shorter than the header
	NoteControl     NoteCode = "control"      // control characters taken out
	NoteUndecodable NoteCode = "undecodable"  // bytes that are no character of the encoding
	NoteQuotes      NoteCode = "quotes"       // quotation marks not as the format wants them
	NoteDigits      NoteCode = "digits_lost"  // long number the spreadsheet program has rounded
	NoteFormula     NoteCode = "formula"      // formula without a value, or an error value
	NoteEncoding    NoteCode = "encoding"     // encoding was guessed
	NoteRowsSkipped NoteCode = "rows_skipped" // empty rows left out
)

// Report sums up a reading. It is complete when Rows has ended.
type Report struct {
	Rows     int              // data rows given out, rejected ones included
	Rejected int              // rows given out with Err
	Empty    int              // rows without any text, left out
	Counts   map[NoteCode]int // all notes by kind
	Notes    []Note           // the first MaxNotes of them
}

// Table is an open table; its rows are read once, in order.
type Table struct {
	Name      string // as given to ReadTable
	Format    Format
	Encoding  string // of a CSV, such as "gb18030"
	Separator rune   // of a CSV

	opt    TableOptions
	source sheetSource
	report Report
	head   *sheetReader // the sheet being read, header found
	header []string
	err    error
	close  func() error
}

// sheetSource gives the sheets of a file in order; ok is false after the last.
type sheetSource interface {
	nextSheet() (s sheet, ok bool, err error)
}

// sheet gives raw rows in order; io.EOF after the last.
type sheet interface {
	name() string
	next() (rawRow, error)
}

// rawRow is a row before the header is known.
type rawRow struct {
	number, line int
	cells        []string
	notes        []Note // Sheet and Row are filled in later
	err          error  // the row's own error
}

func (r rawRow) empty() bool {
	return r.err == nil && !slices.ContainsFunc(r.cells, func(s string) bool { return s != "" })
}

// ReadTable opens an XLSX or CSV file of size bytes. name is the file's name:
// content that does not fit its extension is refused. The header of the first
// sheet has been found when ReadTable returns. Errors are *fault.Error.
func ReadTable(r io.ReaderAt, size int64, name string, o TableOptions) (*Table, error) {
	o = o.withDefaults()
	t := &Table{Name: name, opt: o, report: Report{Counts: map[NoteCode]int{}}}
	if err := t.open(r, size); err != nil {
		return nil, err
	}
	if err := t.advance(); err != nil {
		return nil, err
	}
	if t.head == nil {
		return nil, fault.New(fault.Invalid, "文件“%s”里没有数据：没有一个可见的工作表有内容。请检查后重新选择文件。", t.base())
	}
	return t, nil
}

func (t *Table) base() string { return filepath.Base(strings.ReplaceAll(t.Name, `\`, "/")) }

func (t *Table) open(r io.ReaderAt, size int64) error {
	if size == 0 {
		return fault.New(fault.Invalid, "文件“%s”是空的（0 字节）。请重新选择文件。", t.base())
	}
	if size > t.opt.MaxBytes {
		return fault.New(fault.TooLarge, "文件“%s”有 %s，超过上限 %s。请拆成几个文件分别导入。", t.base(), bytesText(size), bytesText(t.opt.MaxBytes))
	}
	head := make([]byte, min(size, SniffLen))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return fault.Wrap(fault.Invalid, err, "文件“%s”读不出来。请重新选择文件。", t.base())
	}
	format, err := tableFormat(head, t.base())
	if err != nil {
		return err
	}
	t.Format = format
	if format == XLSX {
		return t.openXLSX(r, size)
	}
	return t.openCSV(r, size)
}

// advance moves to the next sheet that has a header; head is nil after the last.
func (t *Table) advance() error {
	for {
		s, ok, err := t.source.nextSheet()
		if err != nil || !ok {
			t.head = nil
			return err
		}
		h, err := t.readHead(s)
		if err != nil {
			return err
		}
		if h != nil {
			t.head, t.header = h, h.header
			return nil
		}
		t.note(Note{Code: NoteEmptySheet, Sheet: s.name(), Text: fmt.Sprintf("工作表“%s”没有内容，已跳过。", s.name())})
	}
}

// Header returns the column names of the sheet being read, or last read.
func (t *Table) Header() []string { return t.header }

// Rows gives the data rows of all sheets in order. It stops at the first error
// that concerns the file as a whole; a row that cannot be taken is given out
// with its Err set and reading goes on.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for t.err == nil && t.head != nil {
			row, ok, err := t.nextRow()
			if err != nil {
				t.err = err
				yield(Row{}, err)
				return
			}
			if ok && !yield(row, nil) {
				return
			}
		}
	}
}

func (t *Table) nextRow() (Row, bool, error) {
	raw, err := t.head.next()
	if err == io.EOF {
		return Row{}, false, t.advance()
	}
	if err != nil {
		return Row{}, false, err
	}
	if raw.empty() {
		t.countEmpty()
		return Row{}, false, nil
	}
	if t.report.Rows++; t.report.Rows > t.opt.MaxRows {
		return Row{}, false, fault.New(fault.TooLarge, "%s：数据超过 %d 行的上限，前 %d 行之后没有读取。请拆成几个文件分别导入。",
			place(t.head.sheet.name(), raw.number), t.opt.MaxRows, t.opt.MaxRows)
	}
	return t.finish(raw), true, nil
}

func (t *Table) countEmpty() {
	t.report.Empty++
	t.report.Counts[NoteRowsSkipped]++
}

// finish fits a raw row to the header and collects its notes.
func (t *Table) finish(raw rawRow) Row {
	h := t.head
	row := Row{Sheet: h.sheet.name(), Number: raw.number, Line: raw.line, Header: h.header, Cells: raw.cells, Err: raw.err}
	for len(row.Cells) > len(h.header) && row.Cells[len(row.Cells)-1] == "" {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	notes := raw.notes
	if n := len(row.Cells); n > len(h.header) {
		notes = append(notes, Note{Code: NoteRagged, Text: fmt.Sprintf("有 %d 列，比表头的 %d 列多", n, len(h.header))})
	} else if n < len(h.header) && t.Format == CSV {
		notes = append(notes, Note{Code: NoteRagged, Text: fmt.Sprintf("只有 %d 列，比表头的 %d 列少", n, len(h.header))})
	}
	for len(row.Cells) < len(h.header) {
		row.Cells = append(row.Cells, "")
	}
	for _, n := range notes {
		n.Sheet, n.Row, n.Text = row.Sheet, row.Number, row.Place()+n.Text+"。"
		row.Notes = append(row.Notes, n)
		t.note(n)
	}
	if row.Err != nil {
		t.report.Rejected++
		row.Err = fault.Wrap(fault.KindOf(row.Err), row.Err, "%s：%s", row.Place(), fault.Message(row.Err))
	}
	return row
}

func (t *Table) note(n Note) {
	t.report.Counts[n.Code]++
	if len(t.report.Notes) < t.opt.MaxNotes {
		t.report.Notes = append(t.report.Notes, n)
	}
}

// Report returns what has been read so far.
func (t *Table) Report() Report { return t.report }

// Close frees what the table holds. It need not be read to its end.
func (t *Table) Close() error {
	t.head = nil
	if t.close == nil {
		return nil
	}
	return t.close()
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d 字节", n)
}

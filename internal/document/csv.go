package document

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// maxRowRunes bounds a CSV row: a quotation mark that is never closed must not
// pull the rest of a large file into memory.
const maxRowRunes = 4 << 20

// maxCSVRows bounds the rows of a CSV, empty ones included, and with them the
// time that a file of nothing but line feeds takes.
const maxCSVRows = 4 << 20

func (t *Table) openCSV(r io.ReaderAt, size int64) error {
	enc, bom, guessed, err := t.opt.Encoding, int64(0), false, error(nil)
	if encodingOf(enc) == nil {
		if enc != "" {
			return fault.New(fault.Invalid, "不认识的编码“%s”。可用：utf-8、gb18030、utf-16le、utf-16be、windows-1252。", clip(enc, 20))
		}
		if enc, bom, guessed, err = detectEncoding(r, size, t.base()); err != nil {
			return err
		}
	}
	if guessed {
		t.note(encodingNote(enc))
	}
	text := func() io.Reader { return decoder(io.NewSectionReader(r, bom, size-bom), enc) }
	t.Encoding, t.Separator = enc, t.opt.Separator
	if t.Separator == 0 {
		t.Separator = sniffSeparator(text(), t.base())
	}
	t.source = &csvSource{csv: newCSVReader(text(), t.Separator, t.opt)}
	return nil
}

// csvSource is a file with one sheet.
type csvSource struct {
	csv  *csvReader
	done bool
}

func (s *csvSource) nextSheet() (sheet, bool, error) {
	if s.done {
		return nil, false, nil
	}
	s.done = true
	return s.csv, true, nil
}

// csvReader reads comma separated values as RFC 4180 says and as spreadsheet
// programs write them, and forgives, with a note, what it can read but the RFC
// does not allow: quotation marks inside bare cells and text after a closing one.
type csvReader struct {
	in          *bufio.Reader
	comma       rune
	opt         TableOptions
	clean       cellCleaner
	row, line   int
	cell        strings.Builder
	cells       []string
	runes       int // of the row
	cellRunes   int
	quoted      bool // the cell began with a quotation mark
	odd         bool // the cell has a quotation mark where none may be
	lazy        int  // such cells in the row
	any         bool // the row has begun
	tooManyCols bool
	pending     error
}

func newCSVReader(r io.Reader, comma rune, o TableOptions) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(r, 64<<10), comma: comma, opt: o, line: 1, clean: cellCleaner{maxCell: o.MaxCell}}
}

func (c *csvReader) name() string { return "" }

func (c *csvReader) next() (rawRow, error) {
	start := c.line
	c.cells, c.runes, c.lazy, c.any, c.tooManyCols = nil, 0, 0, false, false
	end, err := c.readRow()
	if err != nil {
		return rawRow{}, err
	}
	if end && !c.any {
		return rawRow{}, io.EOF
	}
	if c.row++; c.row > maxCSVRows {
		return rawRow{}, fault.New(fault.TooLarge, "文件超过 %d 行（含空行）。请删去空行或拆成几个文件后重新导入。", maxCSVRows)
	}
	row := rawRow{number: c.row, line: start, cells: c.cells}
	row.notes, row.err = c.clean.notes()
	if c.lazy > 0 {
		row.notes = append(row.notes, Note{Code: NoteQuotes, Text: fmt.Sprintf("有 %d 格的引号不合 CSV 格式，已按原文保留", c.lazy)})
	}
	if c.pending != nil {
		row.err, c.pending = c.pending, nil
	}
	return row, nil
}

// readRow reads to the end of a row; end is true at the end of the file.
func (c *csvReader) readRow() (end bool, err error) {
	for {
		r, err := c.rune()
		if err == io.EOF {
			if c.any {
				c.endCell()
			}
			return true, nil
		}
		if err != nil {
			return true, err
		}
		c.any = true
		switch {
		case r == '"' && c.cell.Len() == 0 && !c.quoted:
			if done, err := c.readQuoted(); done || err != nil {
				return done, err
			}
		case r == c.comma:
			c.endCell()
		case r == '\n':
			c.endCell()
			return false, nil
		default:
			c.odd = c.odd || r == '"' || c.quoted
			c.add(r)
		}
	}
}

// readQuoted reads to the closing quotation mark; end is true when the file
// ended first.
func (c *csvReader) readQuoted() (end bool, err error) {
	from := c.line
	for {
		r, err := c.rune()
		if err == io.EOF {
			c.odd = true
			c.pending = fault.New(fault.Invalid, "从文件第 %d 行开始的引号没有闭合，后面的内容分不开行。请在原文件中补上引号，或另存为 .xlsx 后重新导入。", from)
			c.endCell()
			return true, nil
		}
		if err != nil {
			return true, err
		}
		if r == '"' {
			if next, _, err := c.in.ReadRune(); err == nil && next != '"' {
				_ = c.in.UnreadRune()
				c.quoted = true
				return false, nil
			} else if err != nil {
				c.quoted = true
				return false, nil
			}
		}
		c.add(r)
	}
}

// rune reads one character; \r\n and a lone \r count as \n.
func (c *csvReader) rune() (rune, error) {
	r, _, err := c.in.ReadRune()
	if err == io.EOF {
		return 0, io.EOF
	}
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "读到文件第 %d 行时出错。请检查文件后重新导入。", c.line)
	}
	if r == '\r' {
		if next, _, err := c.in.ReadRune(); err == nil && next != '\n' {
			_ = c.in.UnreadRune()
		}
		r = '\n'
	}
	if r == '\n' {
		c.line++
	}
	if c.runes++; c.runes > maxRowRunes {
		return 0, fault.New(fault.TooLarge, "第 %d 行（文件第 %d 行附近）超过 %d 字，可能是引号没有闭合。请检查该处后重新导入。", c.row+1, c.line, maxRowRunes)
	}
	return r, nil
}

func (c *csvReader) add(r rune) {
	if c.cellRunes++; c.cellRunes <= c.opt.MaxCell+1 {
		c.cell.WriteRune(r)
	}
}

func (c *csvReader) endCell() {
	if c.odd {
		c.lazy++
	}
	switch {
	case len(c.cells) < c.opt.MaxColumns:
		c.cells = append(c.cells, bareText(c.clean.clean(c.cell.String(), len(c.cells))))
	case strings.TrimSpace(c.cell.String()) != "" && !c.tooManyCols:
		c.tooManyCols = true
		c.pending = fault.New(fault.TooLarge, "这一行超过 %d 列的上限，没有接收。请检查分隔符和引号。", c.opt.MaxColumns)
	}
	c.cell.Reset()
	c.cellRunes, c.quoted, c.odd = 0, false, false
}

// sniffSeparator reads the beginning of a text and returns the separator under
// which most rows have the same number of cells, and more than one. A comma
// (a tab for .tsv) wins a draw.
func sniffSeparator(r io.Reader, name string) rune {
	head, _ := io.ReadAll(io.LimitReader(r, 64<<10))
	for len(head) > 0 && !utf8.Valid(head[max(0, len(head)-1):]) {
		head = head[:len(head)-1]
	}
	order := []rune{',', '\t', ';', '|'}
	if strings.HasSuffix(strings.ToLower(name), ".tsv") {
		order = []rune{'\t', ',', ';', '|'}
	}
	best, bestScore := order[0], 0.0
	for _, comma := range order {
		if score := separatorScore(string(head), comma); score > bestScore*1.0001 {
			best, bestScore = comma, score
		}
	}
	return best
}

func separatorScore(head string, comma rune) float64 {
	c := newCSVReader(strings.NewReader(head), comma, TableOptions{}.withDefaults())
	widths, rows, lazy := map[int]int{}, 0, 0
	for rows < 100 {
		row, err := c.next()
		if err != nil {
			break
		}
		lazy += c.lazy
		if !row.empty() {
			widths[len(row.cells)]++
			rows++
		}
	}
	best := 0.0
	for width, n := range widths {
		if width > 1 {
			best = max(best, float64(n)/float64(rows)*(1+float64(min(width, 20))/100))
		}
	}
	return best / float64(1+lazy)
}

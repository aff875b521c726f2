package document

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// headWindow is how many non-empty rows are looked at to find the header: title,
// subtitle, "filled in by" and a unit line stand above it at most.
const headWindow = 20

// sheetReader is a sheet whose header is known; ahead holds the data rows that
// were read to find it.
type sheetReader struct {
	sheet  sheet
	header []string
	ahead  []rawRow
}

func (s *sheetReader) next() (rawRow, error) {
	if len(s.ahead) > 0 {
		row := s.ahead[0]
		s.ahead = s.ahead[1:]
		return row, nil
	}
	return s.sheet.next()
}

// readHead finds the header of a sheet; nil when the sheet has no text at all.
func (t *Table) readHead(s sheet) (*sheetReader, error) {
	window, err := t.readWindow(s, max(headWindow, t.opt.HeaderRow))
	if err != nil || len(window) == 0 {
		return nil, err
	}
	at := findHeader(window, t.opt)
	if at < 0 {
		return nil, fault.New(fault.Invalid, "%s没有找到表头。请在数据上方保留一行列名（如“投诉人”“投诉时间”）后重新导入。", sheetText(s.name()))
	}
	t.noteAbove(s.name(), window[:at])
	names, rows := window[at].cells, window[at+1:]
	if len(rows) > 0 && secondHeader(names, rows[0].cells) {
		names, rows = joinHeaders(names, rows[0].cells), rows[1:]
	}
	h := &sheetReader{sheet: s, ahead: rows}
	h.header = t.nameColumns(s.name(), window[at].number, names, rows)
	return h, nil
}

func sheetText(name string) string {
	if name == "" {
		return "文件里"
	}
	return "工作表“" + name + "”里"
}

// readWindow reads up to n rows that have text; empty ones are only counted.
func (t *Table) readWindow(s sheet, n int) ([]rawRow, error) {
	var window []rawRow
	for len(window) < n {
		row, err := s.next()
		if err == io.EOF {
			return window, nil
		}
		if err != nil {
			return nil, err
		}
		if row.empty() {
			t.countEmpty()
			continue
		}
		window = append(window, row)
	}
	return window, nil
}

func (t *Table) noteAbove(sheet string, above []rawRow) {
	var titles []string
	for _, r := range above {
		titles = append(titles, clip(strings.Join(slices.DeleteFunc(slices.Clone(r.cells), func(s string) bool { return s == "" }), " "), 40))
	}
	if len(titles) > 0 {
		t.note(Note{Code: NoteTitleRows, Sheet: sheet,
			Text: fmt.Sprintf("%s表头上方有 %d 行说明文字没有当作数据：%s。", sheetText(sheet), len(titles), strings.Join(titles, "；"))})
	}
}

// findHeader returns the index of the header row in the window, or -1. A header
// is a row of short, different, non-numeric texts that spans (nearly) the width
// of the rows around it; known column names decide between two such rows.
func findHeader(window []rawRow, o TableOptions) int {
	if o.HeaderRow > 0 {
		return slices.IndexFunc(window, func(r rawRow) bool { return r.number == o.HeaderRow })
	}
	width := 0
	for _, r := range window {
		width = max(width, filledCells(r.cells))
	}
	best, bestScore := -1, 0.0
	for i, r := range window {
		if score := headerScore(r.cells, width, o.HeaderHints); score > bestScore {
			best, bestScore = i, score
		}
	}
	return best
}

func filledCells(cells []string) int {
	n := 0
	for _, c := range cells {
		if c != "" {
			n++
		}
	}
	return n
}

// headerScore is 0 for a row that cannot be a header. Known names weigh 2 each,
// other plausible names 1 over the width; so the first of equal rows wins.
func headerScore(cells []string, width int, hints []string) float64 {
	seen, plausible, known := map[string]bool{}, 0, 0
	for _, c := range cells {
		if c == "" {
			continue
		}
		if name := columnName(c); slices.ContainsFunc(hints, func(h string) bool { return strings.EqualFold(columnName(h), name) }) {
			known++
		}
		if looksLikeName(c) && !seen[c] {
			plausible++
		}
		seen[c] = true
	}
	if known == 0 && (plausible*2 <= width || plausible*3 < len(seen)*2) {
		return 0
	}
	return float64(2*known) + float64(plausible)/float64(width)
}

var numberLike = regexp.MustCompile(`^[-+¥$￥]?[0-9][0-9,./:：\-年月日时分秒 TZ%]*(e[+-]?[0-9]+)?$`)

// looksLikeName is whether a cell may be a column name: short, and neither a
// number, a date nor a sentence.
func looksLikeName(s string) bool {
	return utf8.RuneCountInString(s) <= 40 && !numberLike.MatchString(s) && !strings.ContainsAny(s, "。！；")
}

// columnName joins a name that was broken over lines in its cell. Between
// Chinese characters the break vanishes, between Latin words it is a space.
func columnName(s string) string {
	words := strings.Fields(s)
	var b strings.Builder
	for i, w := range words {
		if i > 0 && endsASCII(words[i-1]) && w[0] < utf8.RuneSelf {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

func endsASCII(s string) bool { return s != "" && s[len(s)-1] < utf8.RuneSelf }

// secondHeader is whether the row below a header is its lower half: all its
// texts are names and stand only where the upper row has a group (a name with
// empty cells right of it), and some upper name has nothing below it.
func secondHeader(upper, lower []string) bool {
	under := 0
	for i, c := range lower {
		if c == "" {
			continue
		}
		if !looksLikeName(c) || !inGroup(upper, i) {
			return false
		}
		under++
	}
	alone := slices.IndexFunc(upper, func(s string) bool { return s != "" }) >= 0 && (len(lower) == 0 || lower[0] == "")
	return under >= 2 && alone
}

func inGroup(upper []string, i int) bool {
	at := func(i int) string {
		if i < len(upper) {
			return upper[i]
		}
		return ""
	}
	return at(i) == "" || (i+1 < len(upper) && at(i+1) == "")
}

// joinHeaders names the columns of a two-row header "group/name".
func joinHeaders(upper, lower []string) []string {
	names := make([]string, max(len(upper), len(lower)))
	group := ""
	for i := range names {
		up, low := "", ""
		if i < len(upper) {
			up = upper[i]
		}
		if i < len(lower) {
			low = lower[i]
		}
		if up != "" {
			group = up
		}
		switch {
		case low == "":
			names[i] = up
		case group == "":
			names[i] = low
		default:
			names[i] = group + "/" + low
		}
	}
	return names
}

// nameColumns makes the names unique and gives nameless columns that hold data
// the name 第N列. Trailing nameless columns without data are left out.
func (t *Table) nameColumns(sheet string, row int, names []string, rows []rawRow) []string {
	used := len(names)
	for used > 0 && names[used-1] == "" && !columnHasData(rows, used-1) {
		used--
	}
	header := make([]string, used)
	for i := range header {
		name := columnName(names[i])
		if name == "" {
			name = fmt.Sprintf("第%d列", i+1)
			t.note(Note{Code: NoteColumn, Sheet: sheet, Row: row, Text: fmt.Sprintf("%s第 %d 列没有列名，暂称“%s”。", sheetText(sheet), i+1, name)})
		}
		if slices.Contains(header[:i], name) {
			again := freshName(header[:i], name)
			t.note(Note{Code: NoteColumn, Sheet: sheet, Row: row, Text: fmt.Sprintf("%s列名“%s”重复，第 %d 列暂称“%s”。", sheetText(sheet), name, i+1, again)})
			name = again
		}
		header[i] = name
	}
	return header
}

// freshName numbers a repeated name so that no column has it yet.
func freshName(taken []string, name string) string {
	for n := 2; ; n++ {
		if again := fmt.Sprintf("%s(%d)", name, n); !slices.Contains(taken, again) {
			return again
		}
	}
}

func columnHasData(rows []rawRow, i int) bool {
	return slices.ContainsFunc(rows, func(r rawRow) bool { return i < len(r.cells) && r.cells[i] != "" })
}

// clip shortens s to n characters for a message.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

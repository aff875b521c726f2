package document

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// cellCleaner makes raw cell text safe: line ends become \n, outer space goes,
// invisible characters that could hide or reorder text are taken out and told.
type cellCleaner struct {
	maxCell int
	removed int // invisible characters taken out of the row so far
	broken  int // undecodable places of the row so far
	digits  int // cells in exponent notation: the digits are gone
	err     error
}

var exponent = regexp.MustCompile(`^[0-9]\.[0-9]+E\+[0-9]{2,}$`)

func (c *cellCleaner) clean(s string, column int) string {
	if plainASCII(s) {
		s = strings.TrimSpace(s)
	} else {
		s = c.cleanSlow(s)
	}
	if len(s) > c.maxCell && utf8.RuneCountInString(s) > c.maxCell {
		c.tooLong(column)
		s = string([]rune(s)[:c.maxCell])
	}
	if exponent.MatchString(s) {
		c.digits++
	}
	return s
}

func (c *cellCleaner) tooLong(column int) {
	if c.err == nil {
		c.err = fault.New(fault.TooLarge, "第 %d 列的文字超过 %d 字，这一行没有接收。请缩短，或把全文作为附件上传。", column+1, c.maxCell)
	}
}

func (c *cellCleaner) cleanSlow(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for _, r := range s {
		switch {
		case r == '\r':
			b.WriteByte('\n')
		case invisible(r):
			c.removed++
		case r == utf8.RuneError:
			c.broken++
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// invisible is whether r can hide or reorder text: controls but tab and line
// feed, byte order marks, zero-width and direction marks, non-characters.
func invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r), r == '\ufeff', r == '\u200b', r == '\u2060', r == '\u00ad':
		return true
	case r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xfff9 && r <= 0xfffb, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c == 0x7f || (c < 0x20 && c != '\t' && c != '\n') {
			return false
		}
	}
	return true
}

// notes returns what happened to the row's cells and starts afresh.
func (c *cellCleaner) notes() (notes []Note, err error) {
	add := func(n int, code NoteCode, format string) {
		if n > 0 {
			notes = append(notes, Note{Code: code, Text: fmt.Sprintf(format, n)})
		}
	}
	add(c.removed, NoteControl, "去掉了 %d 个看不见的控制字符")
	add(c.broken, NoteUndecodable, "有 %d 处乱码，原字已无法辨认")
	add(c.digits, NoteDigits, "有 %d 个数字是科学计数法，原来的末几位已丢失；请在原表中把该列设为文本后重新导出")
	err = c.err
	*c = cellCleaner{maxCell: c.maxCell}
	return notes, err
}

package extract

import (
	"encoding/xml"
	"strconv"
	"strings"

	"xiaobao/internal/document"
)

// lists counts the numbered paragraphs of a file.
type lists struct {
	abstract map[string]string // of a list id
	levels   map[string][]level
	counts   map[string]*[9]int
}

// level is how a level of a list is numbered.
type level struct {
	format, text string
	start        int
}

// readLists reads the numbering of a file.
func readLists(p *document.Parts) (*lists, error) {
	l := &lists{abstract: map[string]string{}, levels: map[string][]level{}, counts: map[string]*[9]int{}}
	abstract, num, at := "", "", -1
	return l, p.Walk("word/numbering.xml", func(tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		if !ok {
			return nil
		}
		val := document.Attr(e, "val")
		switch e.Name.Local {
		case "abstractNum":
			abstract = document.Attr(e, "abstractNumId")
			l.levels[abstract] = make([]level, 9)
		case "num":
			num, abstract = document.Attr(e, "numId"), ""
		case "abstractNumId":
			l.abstract[num] = val
		case "lvl":
			at, _ = strconv.Atoi(document.Attr(e, "ilvl"))
		default:
			if levels := l.levels[abstract]; abstract != "" && at >= 0 && at < len(levels) {
				levels[at].take(e.Name.Local, val)
			}
		}
		return nil
	})
}

func (v *level) take(name, val string) {
	switch name {
	case "start":
		v.start, _ = strconv.Atoi(val)
	case "numFmt":
		v.format = val
	case "lvlText":
		v.text = val
	}
}

// next counts a paragraph and returns its number as Word prints it, with a space
// behind; "" for one without.
func (l *lists) next(c *para) string {
	num, at := c.num, c.level
	if num == "" && c.style != nil {
		num, at = c.style.num, c.style.level
	}
	abstract, ok := l.abstract[num]
	levels := l.levels[abstract]
	if !ok || num == "0" || at < 0 || at >= len(levels) {
		return ""
	}
	n := l.counts[abstract]
	if n == nil {
		n = &[9]int{}
		for i, v := range levels {
			n[i] = v.start - 1
		}
		l.counts[abstract] = n
	}
	n[at]++
	for i := at + 1; i < len(levels); i++ {
		n[i] = levels[i].start - 1
	}
	if f := levels[at].format; f == "bullet" || f == "none" || levels[at].text == "" {
		return ""
	}
	text := levels[at].text
	for i := range at + 1 {
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(i+1), ordinal(max(n[i], levels[i].start), levels[i].format))
	}
	return text + " "
}

const chineseDigits = "〇一二三四五六七八九"

func itoa(n int) string { return strconv.Itoa(n) }

// ordinal writes a number in a format of Word's lists; formats it does not know
// are written in digits.
func ordinal(n int, format string) string {
	switch format {
	case "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand":
		return chinese(n)
	case "ideographDigital", "taiwaneseDigital":
		return chineseByDigit(n)
	case "lowerLetter", "upperLetter":
		s := strings.Repeat(string(rune('a'+(n-1)%26)), min((n-1)/26+1, 8))
		if format == "upperLetter" {
			return strings.ToUpper(s)
		}
		return s
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n >= 1 && n <= 20 {
			return string(rune('①' + n - 1))
		}
	}
	return strconv.Itoa(n)
}

func chineseByDigit(n int) string {
	digits := []rune(chineseDigits)
	var b strings.Builder
	for _, d := range strconv.Itoa(n) {
		b.WriteRune(digits[d-'0'])
	}
	return b.String()
}

// chinese writes 1 to 9999 as 十二, 一百零三.
func chinese(n int) string {
	if n < 1 || n > 9999 {
		return strconv.Itoa(n)
	}
	digits, units := []rune(chineseDigits), []string{"", "十", "百", "千"}
	var b strings.Builder
	s := strconv.Itoa(n)
	zero := false
	for i, d := range s {
		if d == '0' {
			zero = true
			continue
		}
		if zero {
			b.WriteString("零")
			zero = false
		}
		b.WriteRune(digits[d-'0'])
		b.WriteString(units[len(s)-1-i])
	}
	out := b.String()
	if n >= 10 && n < 20 {
		return strings.TrimPrefix(out, "一")
	}
	return out
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, m := range []struct {
		n int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= m.n; n -= m.n {
			b.WriteString(m.s)
		}
	}
	return b.String()
}

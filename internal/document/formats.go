package document

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// Formats says how the cells of a workbook show their numbers.
type Formats struct {
	styles []shownAs
	epoch  epoch
}

// shownAs is what a number format does to a number.
type shownAs struct {
	date     dateKind
	percent  bool
	decimals int // -1: as many as the number has
	groups   bool
	before   string // literal text, such as 人民币
	after    string // such as 元
}

// ReadFormats reads the number formats of a workbook.
func ReadFormats(p *Parts) (*Formats, error) {
	f := &Formats{}
	custom, in := map[int]string{}, false
	err := p.Walk("xl/styles.xml", func(tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			switch {
			case e.Name.Local == "numFmt":
				if id, err := strconv.Atoi(Attr(e, "numFmtId")); err == nil {
					custom[id] = Attr(e, "formatCode")
				}
			case e.Name.Local == "cellXfs":
				in = true
			case e.Name.Local == "xf" && in:
				id, _ := strconv.Atoi(Attr(e, "numFmtId"))
				f.styles = append(f.styles, formatOf(id, custom[id]))
			}
		case xml.EndElement:
			in = in && e.Name.Local != "cellXfs"
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, p.Walk("xl/workbook.xml", func(tok xml.Token) error {
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "workbookPr" {
			f.epoch.mac = Attr(e, "date1904") == "1" || Attr(e, "date1904") == "true"
		}
		return nil
	})
}

// builtIn are the number formats that files name by id only (ECMA-376 part 1, 18.8.30).
var builtIn = map[int]string{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"}

func formatOf(id int, code string) shownAs {
	s := shownAs{date: formatKind(id, code), decimals: -1}
	if code == "" {
		code = builtIn[id]
	}
	code, _, _ = strings.Cut(formatBracket.ReplaceAllString(code, ""), ";")
	if s.date != noDate || code == "" || strings.ContainsAny(code, "/Ee@") || strings.Contains(code, "General") {
		return s
	}
	var quoted, seen bool
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '_' || c == '*' || c == '\\') && i+1 < len(code):
			if i++; c == '\\' {
				s.literal(code[i], seen)
			}
		case quoted || c >= 0x80 || c == '$' || c == '-' || c == '+':
			s.literal(c, seen)
		case c == '%':
			s.percent = true
		case c == ',':
			s.groups = true
		case c == '0' || c == '#' || c == '?':
			if s.decimals = max(s.decimals, 0); seen && strings.IndexByte(code[:i], '.') >= 0 {
				s.decimals++
			}
			seen = true
		}
	}
	return s
}

func (s *shownAs) literal(c byte, behind bool) {
	if behind {
		s.after += string([]byte{c})
	} else {
		s.before += string([]byte{c})
	}
}

// Show writes a stored number as the cell of that style shows it; what is no
// number is left as it is.
func (f *Formats) Show(raw string, style int) string {
	s := shownAs{decimals: -1}
	if style >= 0 && style < len(f.styles) {
		s = f.styles[style]
	}
	if s.date != noDate {
		if text, ok := f.epoch.text(raw, s.date); ok {
			return text
		}
	}
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || s.decimals < 0 && !s.percent || math.Abs(v) > 1e15 || math.IsNaN(v) {
		text, _ := plainNumber(raw)
		return text
	}
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	if s.percent {
		v *= 100
	}
	text := strconv.FormatFloat(v, 'f', max(s.decimals, 0), 64)
	if s.groups {
		text = grouped(text)
	}
	if s.percent {
		text += "%"
	}
	return sign + s.before + text + s.after
}

// grouped writes 12345.6 as 12,345.6.
func grouped(s string) string {
	whole, frac, dot := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + frac
	}
	return whole
}

// UnescapeX decodes _xHHHH_, by which workbooks write characters XML cannot.
func UnescapeX(s string) string { return unescapeX(s) }

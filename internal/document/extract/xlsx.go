package extract

import (
	"context"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/document"
)

// Bounds of a workbook beside those of its text.
const (
	maxCells  = 300_000
	maxShared = 1_000_000
)

// readXLSX reads every sheet of a workbook as it is shown: rates as percentages,
// dates as dates. Hidden sheets and rows are read and said, for they go out with
// the file.
func readXLSX(ctx context.Context, p *document.Parts, o Options) (Document, error) {
	x := &xlsx{ctx: ctx, p: p, out: newBuilder("xlsx", o)}
	sheets, err := x.sheets()
	if err == nil {
		err = x.shared()
	}
	if err == nil {
		x.formats, err = document.ReadFormats(p)
	}
	if err != nil {
		return Document{}, err
	}
	for _, s := range sheets {
		if err := x.sheet(s); err != nil {
			return Document{}, err
		}
		if x.out.full {
			break
		}
	}
	return x.out.done(), nil
}

// xlsx is a workbook being read.
type xlsx struct {
	ctx     context.Context
	p       *document.Parts
	out     *builder
	strings []string
	formats *document.Formats
	cells   int
}

type sheetRef struct{ name, state, part string }

// sheets lists the sheets in the order of their tabs.
func (x *xlsx) sheets() ([]sheetRef, error) {
	const book = "xl/workbook.xml"
	links, err := x.p.Relations(book)
	if err != nil {
		return nil, err
	}
	var out []sheetRef
	err = x.p.Walk(book, func(tok xml.Token) error {
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "sheet" && len(out) < 1000 {
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					out = append(out, sheetRef{document.Attr(e, "name"), document.Attr(e, "state"), links[a.Value].Target})
				}
			}
		}
		return nil
	})
	return out, err
}

// shared reads the texts that cells point to; phonetic readings are left out.
func (x *xlsx) shared() error {
	var text strings.Builder
	in, phonetic := false, false
	return x.p.Walk("xl/sharedStrings.xml", func(tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			in = e.Name.Local == "t" && !phonetic
			phonetic = phonetic || e.Name.Local == "rPh"
		case xml.CharData:
			if in && text.Len() < 1<<18 {
				text.Write(e)
			}
		case xml.EndElement:
			in = false
			switch e.Name.Local {
			case "rPh":
				phonetic = false
			case "si":
				x.strings = append(x.strings, text.String())
				text.Reset()
			}
		}
		if len(x.strings) > maxShared {
			x.out.warn("工作簿的不同文字超过 %d 条，后面的没有读取；请拆成几个文件分别送审。", maxShared)
			return errFull
		}
		return nil
	})
}

// sheetReader is a sheet being read.
type sheetReader struct {
	*xlsx
	name     string
	row, col int
	kind     string // of the cell's value
	style    int
	text     strings.Builder
	in       bool
	phonetic bool
	hidden   int
	section  Kind // Header or Footer while in one
}

func (x *xlsx) sheet(ref sheetRef) error {
	if ref.state == "hidden" || ref.state == "veryHidden" {
		x.out.warn("工作表“%s”是隐藏的，已照常读取；如不对外，请删除后再送审。", ref.name)
	}
	s := &sheetReader{xlsx: x, name: ref.name}
	n := 0
	err := x.p.Walk(ref.part, func(tok xml.Token) error {
		if n++; n%4096 == 0 && x.ctx.Err() != nil {
			return x.ctx.Err()
		}
		switch e := tok.(type) {
		case xml.StartElement:
			s.start(e)
		case xml.EndElement:
			s.end(e.Name.Local)
		case xml.CharData:
			if s.in && s.text.Len() < 1<<18 {
				s.text.Write(e)
			}
		}
		if x.out.full || x.cells > maxCells {
			return errFull
		}
		return nil
	})
	if x.cells > maxCells && !x.out.full {
		x.out.full = true
		x.out.warn("工作簿超过 %d 个单元格，后面的没有读取；请拆成几个文件分别送审。", maxCells)
	}
	if s.hidden > 0 {
		x.out.warn("工作表“%s”有 %d 行是隐藏的，已照常读取；如不对外，请删除后再送审。", ref.name, s.hidden)
	}
	if err != nil || x.out.full {
		return err
	}
	return s.beside(ref.part)
}

func (s *sheetReader) start(e xml.StartElement) {
	switch e.Name.Local {
	case "row":
		s.row, s.col = s.row+1, 0
		if n, err := strconv.Atoi(document.Attr(e, "r")); err == nil && n > 0 {
			s.row = n
		}
		if h := document.Attr(e, "hidden"); h == "1" || h == "true" {
			s.hidden++
		}
	case "c":
		s.cell(e)
	case "v":
		s.in = true
	case "t":
		s.in = !s.phonetic
	case "rPh":
		s.phonetic = true
	case "oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter":
		s.in = true
		s.text.Reset()
	}
}

func (s *sheetReader) cell(e xml.StartElement) {
	s.col, s.kind, s.style = s.col+1, "", 0
	s.text.Reset()
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "r":
			if col := columnOf(a.Value); col > 0 {
				s.col = col
			}
		case "t":
			s.kind = a.Value
		case "s":
			s.style, _ = strconv.Atoi(a.Value)
		}
	}
}

func (s *sheetReader) end(local string) {
	switch local {
	case "v", "t":
		s.in = false
	case "rPh":
		s.phonetic = false
	case "c":
		if s.cells++; s.text.Len() > 0 {
			s.out.add(s.value(), Block{Kind: Cell, Place: s.place(columnName(s.col) + strconv.Itoa(s.row))})
		}
	case "oddHeader", "evenHeader", "firstHeader":
		s.band(Header, "页眉")
	case "oddFooter", "evenFooter", "firstFooter":
		s.band(Footer, "页脚")
	}
}

func (s *sheetReader) place(at string) string { return "工作表“" + s.name + "” " + at }

// band writes a header or footer out without its codes, such as &C and &P.
func (s *sheetReader) band(kind Kind, place string) {
	s.in = false
	var out strings.Builder
	codes := strings.Split(s.text.String(), "&")
	out.WriteString(codes[0])
	for _, c := range codes[1:] {
		switch {
		case c == "":
		case c[0] == '"':
			_, rest, _ := strings.Cut(c[1:], `"`)
			out.WriteString(rest)
		case c[0] >= '0' && c[0] <= '9':
			out.WriteString(strings.TrimLeft(c, "0123456789"))
		default:
			out.WriteString(" " + c[1:])
		}
	}
	s.out.add(out.String(), Block{Kind: kind, Place: s.place(place)})
}

// value is what a cell shows.
func (s *sheetReader) value() string {
	raw := s.text.String()
	switch s.kind {
	case "s":
		if i, err := strconv.Atoi(strings.TrimSpace(raw)); err == nil && i >= 0 && i < len(s.strings) {
			return document.UnescapeX(s.strings[i])
		}
		return ""
	case "str", "inlineStr":
		return document.UnescapeX(raw)
	case "b":
		return map[bool]string{true: "是", false: "否"}[raw == "1" || raw == "true"]
	case "e":
		return raw
	}
	return s.formats.Show(strings.TrimSpace(raw), s.style)
}

// beside reads the notes and drawings of a sheet.
func (s *sheetReader) beside(part string) error {
	links, err := s.p.Relations(part)
	if err != nil {
		return err
	}
	for _, t := range slices.Concat(targets(links, "comments"), targets(links, "threadedComment")) {
		if err := s.comments(t); err != nil {
			return err
		}
	}
	for _, t := range targets(links, "drawing") {
		if err := drawn(s.p, t, s.out, Block{Kind: TextBox, Place: s.place("文本框")}); err != nil {
			return err
		}
	}
	return nil
}

func (s *sheetReader) comments(part string) error {
	var text strings.Builder
	at, in := "", false
	return s.p.Walk(part, func(tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			in = e.Name.Local == "t" || e.Name.Local == "text" && strings.Contains(part, "threaded")
			if ref := document.Attr(e, "ref"); ref != "" {
				at = ref
			}
		case xml.CharData:
			if in {
				text.Write(e)
			}
		case xml.EndElement:
			in = false
			if e.Name.Local == "comment" || e.Name.Local == "threadedComment" {
				s.out.add(text.String(), Block{Kind: Comment, Place: s.place(at + " 批注")})
				text.Reset()
			}
		}
		return nil
	})
}

// columnOf is the column of a reference such as AB12, from 1; 0 for none.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && n < 1<<15; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n
}

func columnName(n int) string {
	var b []byte
	for ; n > 0; n = (n - 1) / 26 {
		b = append(b, byte('A'+(n-1)%26))
	}
	slices.Reverse(b)
	return string(b)
}

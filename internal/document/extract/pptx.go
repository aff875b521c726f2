package extract

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/document"
)

// readPPTX reads the slides of a presentation in order, each shape from the top
// and the left; speaker notes count as comments.
func readPPTX(ctx context.Context, p *document.Parts, o Options) (Document, error) {
	x := &pptx{ctx: ctx, p: p, out: newBuilder("pptx", o)}
	slides, err := x.slides()
	if err != nil {
		return Document{}, err
	}
	if len(slides) > o.MaxPages {
		x.out.warn("文件有 %d 张幻灯片，只读取了前 %d 张；请拆成几个文件分别送审。", len(slides), o.MaxPages)
		slides = slides[:o.MaxPages]
	}
	x.out.doc.Pages = len(slides)
	for i, part := range slides {
		if err := x.slide(part, i+1); err != nil {
			return Document{}, err
		}
		if x.out.full {
			break
		}
	}
	return x.out.done(), ctx.Err()
}

// pptx is a presentation being read.
type pptx struct {
	ctx           context.Context
	p             *document.Parts
	out           *builder
	width, height float64
}

// slides lists the slides in the order they are shown.
func (x *pptx) slides() ([]string, error) {
	const main = "ppt/presentation.xml"
	links, err := x.p.Relations(main)
	if err != nil {
		return nil, err
	}
	var out []string
	err = x.p.Walk(main, func(tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		switch {
		case ok && e.Name.Local == "sldSz":
			x.width, _ = strconv.ParseFloat(document.Attr(e, "cx"), 64)
			x.height, _ = strconv.ParseFloat(document.Attr(e, "cy"), 64)
		case ok && e.Name.Local == "sldId":
			for _, a := range e.Attr {
				if l := links[a.Value]; a.Name.Local == "id" && l.Type == "slide" {
					out = append(out, l.Target)
				}
			}
		}
		return nil
	})
	return out, err
}

// shape is a shape of a slide with its paragraphs.
type shape struct {
	x, y, w, h float64
	placed     bool
	title      bool
	alt        string
	lines      []shapeLine
}

type shapeLine struct {
	text  string
	size  float64
	bold  bool
	place string // within a table
}

func (x *pptx) slide(part string, n int) error {
	place := "第 " + strconv.Itoa(n) + " 张"
	s := &slideReader{}
	err := x.p.Walk(part, func(tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			s.start(e)
		case xml.EndElement:
			s.end(e.Name.Local)
		case xml.CharData:
			if s.text {
				s.line.WriteString(string(e))
			}
		}
		return x.ctx.Err()
	})
	if err != nil {
		return err
	}
	if s.hidden {
		x.out.warn("%s幻灯片是隐藏的，已照常读取；如不对外，请删除后再送审。", place)
	}
	slices.SortStableFunc(s.shapes, func(a, b *shape) int {
		return cmp.Or(-cmp.Compare(truth(a.title), truth(b.title)), cmp.Compare(truth(!a.placed), truth(!b.placed)), cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x))
	})
	for _, sh := range s.shapes {
		x.emit(sh, n, place)
	}
	return x.beside(part, n, place)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (x *pptx) emit(s *shape, page int, place string) {
	b := Block{Kind: Paragraph, Page: page}
	if s.title {
		b.Kind = Heading
	}
	if s.placed && x.width > 0 && x.height > 0 {
		b.Box = &Box{share(s.x, x.width), share(s.y, x.height), share(s.w, x.width), share(s.h, x.height)}
	}
	for _, l := range s.lines {
		at := b
		at.Place, at.Size, at.Bold = place, l.size, l.bold
		if l.place != "" {
			at.Kind, at.Place = Cell, place+" "+l.place
		}
		x.out.add(l.text, at)
	}
	if s.alt != "" {
		x.out.add(s.alt, Block{Kind: Attribute, Page: page, Place: place + " 图片说明", Box: b.Box})
	}
}

// beside reads the notes, diagrams and comments of a slide.
func (x *pptx) beside(part string, page int, place string) error {
	links, err := x.p.Relations(part)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		link, place string
		kind        Kind
	}{{"diagramData", " 图示", TextBox}, {"chart", " 图表", TextBox}, {"notesSlide", " 备注", Comment}} {
		for _, t := range targets(links, m.link) {
			if err := drawn(x.p, t, x.out, Block{Kind: m.kind, Page: page, Place: place + m.place}); err != nil {
				return err
			}
		}
	}
	return nil
}

// slideReader follows the tokens of a slide.
type slideReader struct {
	shapes   []*shape
	current  []*shape // of groups in one another, the innermost last
	hidden   bool
	text     bool
	inText   bool // within a paragraph
	line     strings.Builder
	size     float64
	bold     bool
	table    int
	row, col int
	inTable  bool
}

func (s *slideReader) top() *shape {
	if len(s.current) == 0 {
		return nil
	}
	return s.current[len(s.current)-1]
}

func (s *slideReader) start(e xml.StartElement) {
	switch e.Name.Local {
	case "sld":
		s.hidden = document.Attr(e, "show") == "0"
	case "sp", "pic", "graphicFrame", "cxnSp":
		sh := &shape{}
		s.current, s.shapes = append(s.current, sh), append(s.shapes, sh)
	case "cNvPr":
		if sh := s.top(); sh != nil {
			sh.alt = strings.TrimSpace(document.Attr(e, "descr"))
		}
	case "ph":
		if sh := s.top(); sh != nil {
			kind := document.Attr(e, "type")
			sh.title = kind == "title" || kind == "ctrTitle"
		}
	case "off", "ext":
		s.frame(e)
	case "tbl":
		s.inTable, s.row = true, 0
		s.table++
	case "tr":
		s.row, s.col = s.row+1, 0
	case "tc":
		s.col++
	default:
		s.run(e)
	}
}

// run takes what belongs to a paragraph.
func (s *slideReader) run(e xml.StartElement) {
	switch e.Name.Local {
	case "p":
		s.inText, s.size, s.bold = true, 0, false
		s.line.Reset()
	case "t":
		s.text = s.inText
	case "br":
		s.line.WriteByte('\n')
	case "rPr":
		if n, err := strconv.ParseFloat(document.Attr(e, "sz"), 64); err == nil && s.size == 0 {
			s.size = n / 100
		}
		s.bold = s.bold || document.Attr(e, "b") == "1"
	}
}

func (s *slideReader) frame(e xml.StartElement) {
	sh := s.top()
	if sh == nil || s.inText {
		return
	}
	get := func(name string) float64 { v, _ := strconv.ParseFloat(document.Attr(e, name), 64); return v }
	if e.Name.Local == "off" && !sh.placed {
		sh.x, sh.y, sh.placed = get("x"), get("y"), true
	}
	if e.Name.Local == "ext" && document.Attr(e, "cx") != "" && sh.w == 0 {
		sh.w, sh.h = get("cx"), get("cy")
	}
}

func (s *slideReader) end(local string) {
	switch local {
	case "t":
		s.text = false
	case "p":
		s.inText = false
		if sh := s.top(); sh != nil {
			l := shapeLine{text: s.line.String(), size: s.size, bold: s.bold}
			if s.inTable {
				l.place = fmt.Sprintf("表 %d 第 %d 行 第 %d 列", s.table, s.row, s.col)
			}
			sh.lines = append(sh.lines, l)
		}
		s.line.Reset()
	case "tbl":
		s.inTable = false
	case "sp", "pic", "graphicFrame", "cxnSp":
		s.current = s.current[:max(len(s.current)-1, 0)]
	}
}

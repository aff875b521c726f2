package extract

import (
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"xiaobao/internal/document"
)

// readDOCX reads a Word file: body, then headers, footers, notes, diagrams and
// comments. Deletions under revision and hidden text are left out and said.
func readDOCX(ctx context.Context, p *document.Parts, o Options) (Document, error) {
	x := &docx{ctx: ctx, out: newBuilder("docx", o)}
	const main = "word/document.xml"
	links, err := p.Relations(main)
	if err == nil {
		x.styles, err = readStyles(p)
	}
	if err == nil {
		x.lists, err = readLists(p)
	}
	if err == nil {
		err = x.part(p, main, Paragraph, "")
	}
	if err != nil {
		return Document{}, err
	}
	x.countPages()
	if err := x.others(p, links); err != nil {
		return Document{}, err
	}
	x.say()
	return x.out.done(), nil
}

// docx is a Word file being read.
type docx struct {
	ctx    context.Context
	out    *builder
	styles map[string]*style
	lists  *lists

	kind    Kind   // of the part being read
	place   string // of the part being read
	note    int    // footnote or comment being read
	page    int    // from 0
	pages   bool   // the file marks its pages
	broke   bool   // a page break that the next rendered break repeats
	skip    int    // depth inside what is not read
	chosen  []bool // of each mc:AlternateContent: its first choice was read
	boxes   int    // depth of text boxes
	stack   []*para
	tables  []table
	table   int // tables begun so far
	run     look
	inRun   bool
	text    bool // character data is text
	sdt     []checkbox
	deleted int
	insert  int
	hidden  int
	form    bool // inside a form field that is a box
}

// table is a table being read.
type table struct {
	n, row, col int
	span        int
	fill        string // ground of the cell
}

// checkbox is a content control that may be a ticked box.
type checkbox struct{ ticked bool }

// para is a paragraph being read: its pieces, each of one look.
type para struct {
	style  *style
	num    string // list number id
	level  int
	fill   string
	place  string
	kind   Kind
	page   int
	inPPr  bool
	pieces []piece
	ticks  int // ticked boxes
	alts   []string
	after  []*para // of text boxes anchored here
}

type piece struct {
	text strings.Builder
	look look
	page int
}

// part reads one part of the file.
func (x *docx) part(p *document.Parts, name string, kind Kind, place string) error {
	x.kind, x.place = kind, place
	x.stack, x.tables, x.skip, x.chosen, x.sdt, x.text, x.inRun = nil, nil, 0, nil, nil, false, false
	n := 0
	return p.Walk(name, func(tok xml.Token) error {
		if n++; n%4096 == 0 && x.ctx.Err() != nil {
			return x.ctx.Err()
		}
		switch e := tok.(type) {
		case xml.StartElement:
			x.start(e)
		case xml.EndElement:
			x.end(e.Name.Space, e.Name.Local)
		case xml.CharData:
			if x.text && x.skip == 0 {
				x.write(string(e))
			}
		}
		if x.out.full {
			return errFull
		}
		return nil
	})
}

// start opens an element. What is not read is skipped with all it holds.
func (x *docx) start(e xml.StartElement) {
	if x.skip > 0 || x.leaveOut(e) {
		x.skip++
		return
	}
	switch e.Name.Local {
	case "p", "pPr", "r", "rPr", "pPrChange", "rPrChange", "txbxContent", "AlternateContent":
		x.open(e)
	case "tbl", "tr", "tc", "gridSpan":
		x.openTable(e)
	case "t":
		x.text = true
	case "tab", "ptab", "cr", "br", "noBreakHyphen", "sym", "lastRenderedPageBreak", "pageBreakBefore":
		x.mark(e)
	case "sdt":
		x.sdt = append(x.sdt, checkbox{})
	case "checkBox", "ddList", "textInput":
		x.form = e.Name.Local == "checkBox"
	case "checked", "default":
		x.check(e)
	case "docPr", "textpath":
		x.picture(e)
	case "footnote", "endnote", "comment":
		x.openNote(e)
	default:
		x.property(e)
	}
}

// leaveOut reports whether an element and all in it is not read.
func (x *docx) leaveOut(e xml.StartElement) bool {
	switch e.Name.Local {
	case "del", "moveFrom":
		if x.prefixed(e, "w") && !x.inProperties() {
			x.deleted++
			return true
		}
	case "ins", "moveTo":
		if x.prefixed(e, "w") && !x.inProperties() {
			x.insert++
		}
	case "Fallback":
		return len(x.chosen) > 0 && x.chosen[len(x.chosen)-1]
	case "Choice":
		if n := len(x.chosen); n > 0 {
			seen := x.chosen[n-1]
			x.chosen[n-1] = true
			return seen
		}
	case "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "tcPrChange", "trPrChange", "instrText", "rt", "tabs", "footnotePr", "endnotePr":
		return true
	case "footnote", "endnote":
		kind := document.Attr(e, "type")
		return kind != "" && kind != "normal"
	}
	return false
}

func (x *docx) prefixed(e xml.StartElement, prefix string) bool {
	return e.Name.Space == prefix || e.Name.Space == ""
}

// inProperties: a mark of revision within the properties of a run or a row says
// only that its mark was touched.
func (x *docx) inProperties() bool { return x.run.open || x.current() != nil && x.current().inPPr }

func (x *docx) open(e xml.StartElement) {
	switch e.Name.Local {
	case "p":
		if e.Name.Space == "a" {
			return
		}
		x.stack = append(x.stack, x.newPara())
	case "pPr":
		if c := x.current(); c != nil {
			c.inPPr = true
		}
	case "r":
		if c := x.current(); c != nil {
			x.inRun, x.run = true, c.style.look()
		}
	case "rPr":
		x.run.open = true
	case "txbxContent":
		x.boxes++
	case "AlternateContent":
		x.chosen = append(x.chosen, false)
	}
}

func (x *docx) newPara() *para {
	p := &para{style: x.styles[""], kind: x.kind, place: x.placeNow(), page: x.page}
	switch {
	case x.boxes > 0:
		p.kind = TextBox
	case len(x.tables) > 0 && x.kind == Paragraph:
		p.kind = Cell
	}
	if n := len(x.tables); n > 0 {
		p.fill = x.tables[n-1].fill
	}
	return p
}

// placeNow is where the reading stands, as people say it.
func (x *docx) placeNow() string {
	place := x.place
	if x.note > 0 {
		place += " " + strconv.Itoa(x.note)
	}
	if n := len(x.tables); n > 0 {
		t := x.tables[n-1]
		place = strings.TrimSpace(place + fmt.Sprintf(" 表 %d 第 %d 行 第 %d 列", t.n, t.row, t.col))
	}
	if x.boxes > 0 {
		place = strings.TrimSpace(place + " 文本框")
	}
	return place
}

func (x *docx) current() *para {
	if len(x.stack) == 0 {
		return nil
	}
	return x.stack[len(x.stack)-1]
}

func (x *docx) openTable(e xml.StartElement) {
	if e.Name.Local == "tbl" {
		if e.Name.Space == "a" {
			return
		}
		x.table++
		x.tables = append(x.tables, table{n: x.table})
		return
	}
	if len(x.tables) == 0 {
		return
	}
	t := &x.tables[len(x.tables)-1]
	switch e.Name.Local {
	case "tr":
		t.row, t.col, t.span = t.row+1, 0, 1
	case "tc":
		t.col, t.span, t.fill = t.col+max(t.span, 1), 1, ""
	case "gridSpan":
		if n, err := strconv.Atoi(document.Attr(e, "val")); err == nil {
			t.span = min(max(n, 1), 1000)
		}
	}
}

// mark takes the elements that stand for a character or a new page.
func (x *docx) mark(e xml.StartElement) {
	switch e.Name.Local {
	case "tab", "ptab":
		x.write(" ")
	case "noBreakHyphen":
		x.write("-")
	case "cr":
		x.write("\n")
	case "br":
		if document.Attr(e, "type") != "page" {
			x.write("\n")
			return
		}
		x.newPage(true)
	case "pageBreakBefore":
		if document.Attr(e, "val") == "" || on(e) {
			x.newPage(true)
		}
	case "lastRenderedPageBreak":
		if !x.broke {
			x.newPage(false)
		}
		x.broke = false
	case "sym":
		x.write(symbol(document.Attr(e, "font"), document.Attr(e, "char")))
	}
}

func (x *docx) newPage(broke bool) {
	x.pages, x.broke = true, broke
	x.page++
	if c := x.current(); c != nil && len(c.pieces) == 0 {
		c.page = x.page
	}
}

// write adds text to the current paragraph.
func (x *docx) write(s string) {
	c := x.current()
	if c == nil || s == "" {
		return
	}
	if x.inRun && x.run.hidden {
		if strings.TrimSpace(s) != "" {
			x.hidden++
		}
		return
	}
	if strings.TrimSpace(s) != "" {
		x.broke = false
	}
	look := x.run
	if !x.inRun {
		look = c.style.look()
	}
	if look.fill == "" {
		look.fill = c.fill
	}
	n := len(c.pieces)
	if n == 0 || !c.pieces[n-1].look.like(look) || c.pieces[n-1].page != x.page {
		c.pieces = append(c.pieces, piece{look: look, page: x.page})
		n++
	}
	c.pieces[n-1].text.WriteString(s)
}

// end closes an element.
func (x *docx) end(space, local string) {
	if x.skip > 0 {
		x.skip--
		return
	}
	switch local {
	case "t":
		x.text = false
	case "r":
		x.inRun = false
	case "rPr":
		x.run.open = false
	case "pPr":
		if c := x.current(); c != nil {
			c.inPPr = false
		}
	case "p":
		if space != "a" {
			x.endPara()
		}
	case "sdt":
		x.endBox()
	case "tbl":
		if n := len(x.tables); n > 0 && space != "a" {
			x.tables = x.tables[:n-1]
		}
	case "txbxContent":
		x.boxes = max(x.boxes-1, 0)
	case "AlternateContent":
		x.chosen = x.chosen[:max(len(x.chosen)-1, 0)]
	}
}

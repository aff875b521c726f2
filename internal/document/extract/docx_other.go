package extract

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/document"
)

// property takes a property of a run, a paragraph, a list or a cell.
func (x *docx) property(e xml.StartElement) {
	c := x.current()
	val := document.Attr(e, "val")
	if c == nil || !c.inPPr && !x.run.open {
		if n := len(x.tables); n > 0 && e.Name.Local == "shd" {
			x.tables[n-1].fill = ink(document.Attr(e, "fill"))
		}
		return
	}
	switch {
	case x.run.open && !c.inPPr:
		x.runProperty(e, val)
	case x.run.open: // of the paragraph's mark, which nobody sees
	case e.Name.Local == "pStyle":
		if s := x.styles[val]; s != nil {
			c.style = s
		}
	case e.Name.Local == "numId":
		c.num = val
	case e.Name.Local == "ilvl":
		c.level, _ = strconv.Atoi(val)
	case e.Name.Local == "shd":
		c.fill = ink(document.Attr(e, "fill"))
	}
}

func (x *docx) runProperty(e xml.StartElement, val string) {
	if e.Name.Local != "rStyle" {
		x.run.set(e)
		return
	}
	s := x.styles[val]
	if s == nil {
		return
	}
	if s.has.size {
		x.run.size = s.own.size
	}
	if s.has.colour {
		x.run.colour = s.own.colour
	}
	x.run.bold = x.run.bold || s.has.bold && s.own.bold
	x.run.hidden = x.run.hidden || s.own.hidden
}

// check takes w14:checked of a content control and w:checked or w:default of a
// form field of old.
func (x *docx) check(e xml.StartElement) {
	if n := len(x.sdt); n > 0 && e.Name.Space == "w14" {
		x.sdt[n-1].ticked = on(e)
		return
	}
	c := x.current()
	if c == nil || !x.form {
		return
	}
	if c.ticks = 0; on(e) && (e.Name.Local == "checked" || document.Attr(e, "val") == "1") {
		c.ticks = 1
	}
}

func (x *docx) endBox() {
	n := len(x.sdt)
	if n == 0 {
		return
	}
	if c := x.current(); c != nil && x.sdt[n-1].ticked {
		c.ticks++
	}
	x.sdt = x.sdt[:n-1]
}

// picture takes the alternative text of a picture and the words of a WordArt.
func (x *docx) picture(e xml.StartElement) {
	c := x.current()
	if c == nil {
		return
	}
	for _, name := range []string{"descr", "string"} {
		if s := strings.TrimSpace(document.Attr(e, name)); s != "" {
			c.alts = append(c.alts, s)
		}
	}
}

func (x *docx) openNote(e xml.StartElement) {
	x.note++
	if e.Name.Local == "comment" {
		x.place, x.note = "批注", 0
		if who := document.Attr(e, "author"); who != "" {
			x.place = "批注（" + who + "）"
		}
	}
}

// countPages says how many pages the file marks; one that marks none has none.
func (x *docx) countPages() {
	if x.pages {
		x.out.doc.Pages = x.page + 1
		return
	}
	for i := range x.out.doc.Blocks {
		x.out.doc.Blocks[i].Page = 0
	}
}

// others reads what stands beside the body.
func (x *docx) others(p *document.Parts, links map[string]document.Relation) error {
	from := len(x.out.doc.Blocks)
	for _, m := range []struct {
		link  string
		kind  Kind
		place string
	}{{"header", Header, "页眉"}, {"footer", Footer, "页脚"}, {"footnotes", Footnote, "脚注"}, {"endnotes", Footnote, "尾注"}, {"comments", Comment, "批注"}} {
		x.note = 0
		for _, part := range targets(links, m.link) {
			start := len(x.out.doc.Blocks)
			if err := x.part(p, part, m.kind, m.place); err != nil {
				return err
			}
			x.once(from, start)
		}
	}
	x.note = 0
	err := x.drawings(p)
	for i := range x.out.doc.Blocks[from:] {
		x.out.doc.Blocks[from+i].Page = 0
	}
	return err
}

// targets lists the parts that links of a type lead to, sorted.
func targets(links map[string]document.Relation, kind string) []string {
	var out []string
	for _, l := range links {
		if l.Type == kind && !slices.Contains(out, l.Target) {
			out = append(out, l.Target)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return out
}

// once drops the header or footer just read when one before says the same: a file
// has one for each kind of page.
func (x *docx) once(from, start int) {
	blocks := x.out.doc.Blocks
	if start == len(blocks) || x.kind != Header && x.kind != Footer || start == from {
		return
	}
	text := x.out.text.String()
	fresh := text[blocks[start].Start:]
	if before := "\n" + text[blocks[from].Start:blocks[start].Start]; strings.Contains(before, "\n"+fresh+"\n") {
		cut := text[:blocks[start-1].End]
		x.out.doc.Blocks = blocks[:start]
		x.out.text.Reset()
		x.out.text.WriteString(cut)
	}
}

// drawings reads the words of diagrams and charts, which are parts of their own.
func (x *docx) drawings(p *document.Parts) error {
	for _, part := range slices.Concat(p.Named("word/diagrams/data"), p.Named("word/charts/chart")) {
		place := "图示"
		if strings.Contains(part, "charts") {
			place = "图表"
		}
		if err := drawn(p, part, x.out, Block{Kind: TextBox, Place: place}); err != nil {
			return err
		}
	}
	return nil
}

// drawn reads the paragraphs of a drawing.
func drawn(p *document.Parts, part string, out *builder, b Block) error {
	var line strings.Builder
	in := false
	return p.Walk(part, func(tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			in = e.Name.Space == "a" && e.Name.Local == "t"
		case xml.CharData:
			if in {
				line.Write(e)
			}
		case xml.EndElement:
			in = false
			if e.Name.Space == "a" && e.Name.Local == "p" {
				out.add(line.String(), b)
				line.Reset()
			}
		}
		return nil
	})
}

// say tells what was left out.
func (x *docx) say() {
	if x.deleted > 0 {
		x.out.warn("文件里有 %d 处修订删除的内容，没有读取；请确认后接受修订再送审。", x.deleted)
	}
	if x.insert > 0 {
		x.out.warn("文件里有 %d 处修订插入的内容，已按接受修订读取。", x.insert)
	}
	if x.hidden > 0 {
		x.out.warn("文件里有 %d 处隐藏文字，读者看不到，没有读取。", x.hidden)
	}
}

// symbols are the boxes and ticks that Word writes in picture fonts.
var symbols = map[string]string{
	"wingdings/fe": "☑", "wingdings/fd": "☒", "wingdings/a8": "☐", "wingdings/6f": "☐", "wingdings/fc": "✓", "wingdings/fb": "✗",
	"wingdings 2/52": "☑", "wingdings 2/53": "☒", "wingdings 2/54": "☒", "wingdings 2/a3": "☐", "wingdings 2/50": "✓", "wingdings 2/4f": "✗",
}

// symbol is a character of a picture font; one that is not known stands as ■.
func symbol(font, char string) string {
	n, err := strconv.ParseUint(char, 16, 32)
	if err != nil {
		return ""
	}
	if s, ok := symbols[strings.ToLower(font)+"/"+strconv.FormatUint(n&0xff, 16)]; ok {
		return s
	}
	if n >= 0xf000 && n <= 0xf0ff {
		return "■"
	}
	return string(rune(n))
}

package extract

import (
	"slices"
	"strings"
)

func (x *docx) endPara() {
	c := x.current()
	if c == nil {
		return
	}
	x.stack = x.stack[:len(x.stack)-1]
	if outer := x.current(); outer != nil {
		outer.after = append(append(outer.after, c), c.after...)
		c.after = nil
		return
	}
	x.emit(c)
	for _, p := range c.after {
		x.emit(p)
	}
}

// emit writes a paragraph out: its number, then its pieces one after another.
func (x *docx) emit(c *para) {
	b := Block{Kind: c.kind, Place: c.place}
	if c.kind == Paragraph && c.style.heading() {
		b.Kind = Heading
	}
	number := ""
	if slices.ContainsFunc(c.pieces, func(p piece) bool { return strings.TrimSpace(p.text.String()) != "" }) {
		number = x.lists.next(c)
	}
	fresh := true
	for i := range c.pieces {
		p := &c.pieces[i]
		b.Page, b.Size, b.Bold, b.Faint = p.page+1, p.look.size, p.look.bold, p.look.faint()
		fresh = x.emitPiece(number+p.text.String(), b, fresh)
		number = ""
	}
	for range c.ticks {
		x.out.add("已勾选："+short(c.text()), Block{Kind: Attribute, Page: c.page + 1, Place: c.place})
	}
	for _, alt := range c.alts {
		x.out.add(alt, Block{Kind: Attribute, Page: c.page + 1, Place: strings.TrimSpace(c.place + " 图片说明")})
	}
}

// emitPiece writes a piece of a paragraph; fresh says that it begins a line, and
// the answer whether the next one does.
func (x *docx) emitPiece(text string, b Block, fresh bool) bool {
	first, rest, more := strings.Cut(text, "\n")
	switch {
	case !fresh:
		x.out.extend(first, b)
	case strings.TrimSpace(first) != "":
		x.out.add(first, b)
		fresh = false
	}
	if !more {
		return fresh
	}
	i := strings.LastIndexByte(rest, '\n')
	x.out.add(rest, b)
	return strings.TrimSpace(rest[i+1:]) == ""
}

func (c *para) text() string {
	var b strings.Builder
	for i := range c.pieces {
		b.WriteString(c.pieces[i].text.String())
	}
	return b.String()
}

// short clips a label to thirty characters.
func short(s string) string {
	r := []rune(strings.Join(strings.Fields(strings.TrimLeft(s, "☒☑☐□■√✓✔ ")), " "))
	return string(r[:min(len(r), 30)])
}

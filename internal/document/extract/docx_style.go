package extract

import (
	"encoding/xml"
	"strconv"
	"strings"

	"xiaobao/internal/document"
	"xiaobao/internal/document/pdf"
)

// look is how a run of text looks.
type look struct {
	size   float64 // points
	bold   bool
	hidden bool
	colour string // RRGGBB, "" for automatic
	fill   string // ground, "" for white
	open   bool   // within the properties of a run
}

// like reports whether two looks may share a block: a reader would not tell them
// apart by size or contrast.
func (l look) like(o look) bool {
	if l.faint() != o.faint() || l.bold != o.bold {
		return false
	}
	small, large := min(l.size, o.size), max(l.size, o.size)
	return small == large || small > 0.8*large
}

func (l look) faint() bool {
	if l.colour == "" {
		return false
	}
	ground := 1.0
	if v, ok := luminance(l.fill); ok {
		ground = v
	}
	ink, ok := luminance(l.colour)
	return ok && pdf.Contrast(ink, ground) < pdf.FaintContrast
}

// luminance is the relative luminance of a colour RRGGBB.
func luminance(rgb string) (float64, bool) {
	v, err := strconv.ParseUint(rgb, 16, 32)
	if len(rgb) != 6 || err != nil {
		return 0, false
	}
	part := func(shift int) float64 { return float64(v>>shift&0xff) / 255 }
	return pdf.Luminance(part(16), part(8), part(0)), true
}

// style is a paragraph or run style of the file, what it rests on taken in.
type style struct {
	name    string
	parent  string
	outline int // 0 to 8 for headings, -1 for body
	num     string
	level   int
	own     look
	has     struct{ size, bold, colour, outline, hidden, num bool }
}

func (s *style) look() look {
	if s == nil {
		return look{}
	}
	return s.own
}

func (s *style) heading() bool { return s != nil && s.outline >= 0 }

// highlights are the grounds that w:highlight names.
var highlights = map[string]string{"yellow": "FFFF00", "green": "00FF00", "cyan": "00FFFF", "magenta": "FF00FF", "blue": "0000FF", "red": "FF0000",
	"darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000",
	"darkGray": "808080", "lightGray": "C0C0C0", "black": "000000", "white": "FFFFFF"}

// on reads a switch such as w:b: present means on unless it says otherwise.
func on(e xml.StartElement) bool {
	switch document.Attr(e, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// ink reads a colour attribute, "" for automatic.
func ink(v string) string {
	if len(v) != 6 {
		return ""
	}
	return v
}

// set takes one property of a run.
func (l *look) set(e xml.StartElement) {
	val := document.Attr(e, "val")
	switch e.Name.Local {
	case "sz":
		if n, err := strconv.ParseFloat(val, 64); err == nil && n > 0 && n < 4000 {
			l.size = n / 2
		}
	case "b":
		l.bold = on(e)
	case "color":
		l.colour = ink(val)
	case "vanish", "webHidden":
		l.hidden = e.Name.Local == "vanish" && on(e)
	case "shd":
		l.fill = ink(document.Attr(e, "fill"))
	case "highlight":
		l.fill = highlights[val]
	}
}

// readStyles reads the styles by id; "" is the default paragraph style.
func readStyles(p *document.Parts) (map[string]*style, error) {
	base := &style{outline: -1, own: look{size: 10}}
	all := map[string]*style{}
	var cur *style
	deflt := ""
	err := p.Walk("word/styles.xml", func(tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		if !ok {
			if end, ok := tok.(xml.EndElement); ok && (end.Name.Local == "style" || end.Name.Local == "rPrDefault") {
				cur = nil
			}
			return nil
		}
		switch e.Name.Local {
		case "rPrDefault":
			cur = base
		case "style":
			cur = &style{outline: -1}
			id := document.Attr(e, "styleId")
			all[id] = cur
			if document.Attr(e, "type") == "paragraph" && document.Attr(e, "default") == "1" {
				deflt = id
			}
		default:
			cur.take(e)
		}
		return nil
	})
	done := map[string]bool{"": true}
	root := all[deflt]
	if root == nil {
		root = &style{outline: -1}
	}
	root.rest(base)
	done[deflt] = true
	for id := range all {
		settle(all, done, id, base, 0)
	}
	all[""] = root
	return all, err
}

// take reads one property of a style.
func (s *style) take(e xml.StartElement) {
	if s == nil {
		return
	}
	val := document.Attr(e, "val")
	switch e.Name.Local {
	case "name":
		s.name = strings.ToLower(val)
		s.byName()
	case "basedOn":
		s.parent = val
	case "outlineLvl":
		if n, err := strconv.Atoi(val); err == nil && n < 9 {
			s.outline, s.has.outline = n, true
		}
	case "numId":
		s.num, s.has.num = val, true
	case "ilvl":
		s.level, _ = strconv.Atoi(val)
	case "sz":
		s.has.size = true
	case "b":
		s.has.bold = true
	case "color":
		s.has.colour = true
	case "vanish":
		s.has.hidden = true
	}
	s.own.set(e)
}

// byName tells headings of files that do not give outline levels.
func (s *style) byName() {
	n := strings.ReplaceAll(s.name, " ", "")
	if rest, ok := strings.CutPrefix(n, "heading"); ok && len(rest) == 1 && rest[0] >= '1' && rest[0] <= '9' {
		s.outline, s.has.outline = int(rest[0]-'1'), true
	}
	if n == "title" || n == "标题" || n == "heading" || strings.HasPrefix(n, "标题") && len(n) == len("标题1") {
		s.outline, s.has.outline = 0, true
	}
}

// settle lets a style inherit; circles end.
func settle(all map[string]*style, done map[string]bool, id string, base *style, depth int) {
	s := all[id]
	if s == nil || done[id] || depth > 50 {
		return
	}
	done[id] = true
	parent := base
	if p := all[s.parent]; p != nil && s.parent != id {
		settle(all, done, s.parent, base, depth+1)
		parent = p
	}
	s.rest(parent)
}

// rest takes from the style below what this one does not say.
func (s *style) rest(p *style) {
	if !s.has.size {
		s.own.size = p.own.size
	}
	if !s.has.bold {
		s.own.bold = p.own.bold
	}
	if !s.has.colour {
		s.own.colour = p.own.colour
	}
	if !s.has.hidden {
		s.own.hidden = p.own.hidden
	}
	if !s.has.outline {
		s.outline = p.outline
	}
	if !s.has.num {
		s.num, s.level = p.num, p.level
	}
}

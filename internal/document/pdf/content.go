package pdf

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// Span is a run of text of one look on one base line. Its place is in points from
// the upper left corner of the page as it is shown.
type Span struct {
	Text  string
	X, Y  float64 // where the base line begins
	W     float64 // along the base line
	Size  float64
	Angle int  // of the base line in degrees, clockwise: 0, 90, 180, 270, or -1 for others
	Down  bool // set from top to bottom
	Bold  bool
	Faint bool // hardly told from its ground
}

// FaintContrast is the contrast (WCAG 2.2) below which text is hardly told from
// its ground; the standard asks 3 for large text.
const FaintContrast = 2.0

// Luminance is the relative luminance of a colour, each part from 0 to 1.
func Luminance(r, g, b float64) float64 {
	part := func(c float64) float64 {
		if c = min(max(c, 0), 1); c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

// Contrast is that of two luminances, from 1 to 21.
func Contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// unknown is the luminance of what is not a plain colour.
const unknown = -1.0

type matrix [6]float64

// mul applies m, then n.
func (m matrix) mul(n matrix) matrix {
	return matrix{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5]}
}

func (m matrix) at(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

var identity = matrix{1, 0, 0, 1, 0, 0}

// state is the graphics state as far as text needs it.
type state struct {
	ctm                              matrix
	ink, alpha                       float64 // of filling
	tint                             bool    // one number says how much ink there is
	plain                            bool    // the colour space is one of numbers
	font                             *font
	size, char, word, lead, rise, hz float64
	mode                             int
}

// rect is a ground that was painted, in the place of the page.
type rect struct{ x0, y0, x1, y1, ink float64 }

// Bounds of what one page may ask for.
const (
	maxOps     = 3_000_000
	maxForms   = 12 // in one another
	maxStates  = 500
	maxGrounds = 2000
	maxSpans   = 200_000
)

// painter follows the operators of a page.
type painter struct {
	f       *File
	page    *Page
	s       state
	stack   []state
	tm, tlm matrix
	path    rect
	grounds []rect
	args    []any
	ops     int
	flip    matrix // from the space of the page to its place as shown
	cancel  bool
}

// run follows a stream of operators with its resources.
func (p *painter) run(data []byte, res Dict, depth int) {
	l := &lexer{data: data}
	floor := len(p.stack)
	for p.ops < maxOps && !p.cancel {
		v, err := l.value(0)
		if err != nil {
			p.args = p.args[:0]
			if !l.fill() {
				break
			}
			continue
		}
		o, ok := v.(op)
		if !ok {
			if len(p.args) < 64 {
				p.args = append(p.args, v)
			}
			continue
		}
		if o == eof {
			break
		}
		if p.ops++; p.ops%1024 == 0 && p.f.ctx.Err() != nil {
			p.cancel = true
		}
		if o == "BI" {
			inline(l)
		} else {
			p.do(o, res, depth)
		}
		p.args = p.args[:0]
	}
	if len(p.stack) > floor { // a form that does not give back what it took
		p.s, p.stack = p.stack[floor], p.stack[:floor]
	}
}

// inline passes over an image within the operators.
func inline(l *lexer) {
	for tok := l.token(); tok != op("ID") && tok != eof; tok = l.token() {
	}
	for l.pos < len(l.data) {
		i := bytes.Index(l.data[l.pos:], []byte("EI"))
		if i < 0 {
			l.pos = len(l.data)
			return
		}
		l.pos += i + 2
		before, after := l.data[max(l.pos-3, 0)], l.peek()
		if class[before] == space && (class[after] == space || l.pos >= len(l.data)) {
			return
		}
	}
}

func (p *painter) num(i int) float64 {
	if i >= len(p.args) {
		return 0
	}
	switch v := p.args[i].(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

func (p *painter) six() matrix {
	return matrix{p.num(0), p.num(1), p.num(2), p.num(3), p.num(4), p.num(5)}
}

func (p *painter) nameArg() Name {
	if len(p.args) == 0 {
		return ""
	}
	n, _ := p.args[len(p.args)-1].(Name)
	return n
}

// do follows one operator.
func (p *painter) do(o op, res Dict, depth int) {
	switch o {
	case "q":
		if len(p.stack) < maxStates {
			p.stack = append(p.stack, p.s)
		}
	case "Q":
		if n := len(p.stack); n > 0 {
			p.s, p.stack = p.stack[n-1], p.stack[:n-1]
		}
	case "cm":
		p.s.ctm = p.six().mul(p.s.ctm)
	case "gs":
		p.external(p.f.dict(p.f.dict(res["ExtGState"])[p.nameArg()]))
	case "Do":
		p.xobject(p.f.is(p.f.dict(res["XObject"])[p.nameArg()]), res, depth)
	case "BT", "Tc", "Tw", "Tz", "TL", "Tf", "Tr", "Ts", "Td", "TD", "Tm", "T*":
		p.setText(o, res)
	case "Tj", "TJ", "'", `"`:
		p.showText(o)
	case "g", "rg", "k", "cs", "sc", "scn":
		p.colour(o, res)
	case "re", "m", "l", "c", "v", "y", "f", "F", "f*", "B", "B*", "b", "b*", "n", "S", "s":
		p.draw(o)
	case "sh":
		p.ground(rect{-math.MaxFloat32, -math.MaxFloat32, math.MaxFloat32, math.MaxFloat32, unknown})
	}
}

func (p *painter) external(d Dict) {
	if a, ok := p.f.number(d["ca"]); ok {
		p.s.alpha = min(max(a, 0), 1)
	}
	if ft := p.f.array(d["Font"]); len(ft) == 2 {
		p.s.font = p.f.font(ft[0])
		p.s.size, _ = p.f.number(ft[1])
	}
}

func (p *painter) setText(o op, res Dict) {
	switch o {
	case "BT":
		p.tm, p.tlm = identity, identity
	case "Tc":
		p.s.char = p.num(0)
	case "Tw":
		p.s.word = p.num(0)
	case "Tz":
		p.s.hz = p.num(0) / 100
	case "TL":
		p.s.lead = p.num(0)
	case "Tf":
		if len(p.args) == 2 {
			n, _ := p.args[0].(Name)
			if v, ok := p.f.dict(res["Font"])[n]; ok {
				p.s.font = p.f.font(v)
			}
			p.s.size = p.num(1)
		}
	case "Tr":
		p.s.mode = int(p.num(0))
	case "Ts":
		p.s.rise = p.num(0)
	case "Td":
		p.move(p.num(0), p.num(1))
	case "TD":
		p.s.lead = -p.num(1)
		p.move(p.num(0), p.num(1))
	case "Tm":
		p.tm = p.six()
		p.tlm = p.tm
	case "T*":
		p.move(0, -p.s.lead)
	}
}

func (p *painter) move(x, y float64) {
	p.tlm = matrix{1, 0, 0, 1, x, y}.mul(p.tlm)
	p.tm = p.tlm
}

func (p *painter) showText(o op) {
	if o == "'" || o == `"` {
		if o == `"` && len(p.args) == 3 {
			p.s.word, p.s.char = p.num(0), p.num(1)
		}
		p.move(0, -p.s.lead)
	}
	if len(p.args) == 0 {
		return
	}
	switch v := p.args[len(p.args)-1].(type) {
	case string:
		p.show(v)
	case Array:
		for _, item := range v {
			switch item := item.(type) {
			case string:
				p.show(item)
			case int64:
				p.kern(float64(item))
			case float64:
				p.kern(item)
			}
		}
	}
}

func (p *painter) kern(n float64) {
	d := -n / 1000 * p.s.size
	if p.s.font != nil && p.s.font.down {
		p.tm = matrix{1, 0, 0, 1, 0, d}.mul(p.tm)
		return
	}
	p.tm = matrix{1, 0, 0, 1, d * p.s.hz, 0}.mul(p.tm)
}

// show draws a string.
func (p *painter) show(s string) {
	ft := p.s.font
	if ft == nil || math.IsNaN(p.s.size) {
		return
	}
	for len(s) > 0 {
		c, n := ft.next(s)
		s = s[n:]
		w := c.width*p.s.size + p.s.char
		if c.space {
			w += p.s.word
		}
		p.glyph(c, w)
		if ft.down {
			p.tm = matrix{1, 0, 0, 1, 0, -math.Abs(p.s.size) - p.s.char}.mul(p.tm)
		} else {
			p.tm = matrix{1, 0, 0, 1, w * p.s.hz, 0}.mul(p.tm)
		}
	}
}

// glyph puts a character on the page.
func (p *painter) glyph(c char, w float64) {
	m := matrix{p.s.hz, 0, 0, 1, 0, p.s.rise}.mul(p.tm).mul(p.s.ctm).mul(p.flip)
	x, y := m.at(0, 0)
	size := math.Abs(p.s.size) * math.Hypot(m[2], m[3])
	if ft := p.s.font; ft.scale != 0.001 && !ft.composite {
		size *= ft.scale * 1000 // the face of a Type 3 font has its own measure
	}
	if !(size > 0.1 && size < 5000) || x < -size || y < -size || x > p.page.Width+size || y > p.page.Height+size {
		return
	}
	if c.text == "" && !c.space {
		p.page.Unknown++
		c.text = string(utf8.RuneError)
	}
	s := Span{Text: c.text, X: x, Y: y, W: math.Abs(w) * math.Hypot(m[0], m[1]), Size: size, Down: p.s.font.down, Angle: angle(m, p.s.size), Bold: p.s.font.bold || p.s.mode == 2}
	if s.Down {
		s.W = size
	}
	p.page.chars++
	if strings.TrimSpace(c.text) == "" {
		return // gaps are told by place
	}
	s.Faint = p.s.mode != 3 && p.faint(x+s.W/2, y-size/3)
	p.join(s)
}

// angle is how the base line runs on the shown page.
func angle(m matrix, size float64) int {
	dx, dy := m[0], m[1]
	if size < 0 {
		dx, dy = -dx, -dy
	}
	switch {
	case math.Abs(dy) < 0.05*math.Abs(dx) && dx > 0:
		return 0
	case math.Abs(dx) < 0.05*math.Abs(dy) && dy > 0:
		return 90
	case math.Abs(dy) < 0.05*math.Abs(dx):
		return 180
	case math.Abs(dx) < 0.05*math.Abs(dy):
		return 270
	}
	return -1
}

// join appends a character to the last span where it goes on. Text that is turned
// or runs downwards is read as it is drawn.
func (p *painter) join(s Span) {
	defer func() { p.page.lastX, p.page.lastY = s.X, s.Y }()
	n := len(p.page.Spans)
	if n > 0 {
		last := &p.page.Spans[n-1]
		alike := last.Angle == s.Angle && last.Down == s.Down && last.Bold == s.Bold && last.Faint == s.Faint && math.Abs(s.Size-last.Size) < 0.02*s.Size
		gap := s.X - last.X - last.W
		switch {
		case !alike:
		case s.Angle == 0 && !s.Down:
			if math.Abs(s.Y-last.Y) < 0.05*s.Size && gap > -0.3*s.Size && gap < 0.15*s.Size {
				last.Text += s.Text
				last.W = s.X + s.W - last.X
				return
			}
		case math.Hypot(s.X-p.page.lastX, s.Y-p.page.lastY) < 1.6*s.Size:
			last.Text += s.Text
			return
		}
	}
	if n < maxSpans {
		p.page.Spans = append(p.page.Spans, s)
	}
}

// faint compares the ink with what was painted below a point.
func (p *painter) faint(x, y float64) bool {
	if p.s.ink == unknown {
		return false
	}
	ground := 1.0
	for i := len(p.grounds) - 1; i >= 0; i-- {
		if g := p.grounds[i]; g.x0 <= x && x <= g.x1 && g.y0 <= y && y <= g.y1 {
			ground = g.ink
			break
		}
	}
	if ground == unknown {
		return false
	}
	ink := p.s.ink*p.s.alpha + ground*(1-p.s.alpha)
	return Contrast(ink, ground) < FaintContrast
}

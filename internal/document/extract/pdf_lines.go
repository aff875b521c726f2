package extract

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/document/pdf"
)

// line is a line of a page in reading order.
type line struct {
	pieces []bit
	y      float64 // of the base line
	x0, x1 float64
	size   float64 // of most of its text
	wide   bool    // holds a gap as between cells of a table
	region *region
}

// bit is a part of a line that has one look.
type bit struct {
	text        string
	x0, x1      float64
	size        float64
	bold, faint bool
}

// region is the column a line stands in: where its lines begin and end.
type region struct{ x0, x1 float64 }

// row is the spans on one base line, from left to right.
type row struct {
	spans []pdf.Span
	y     float64
}

func (l *line) first() rune { r, _ := utf8.DecodeRuneInString(l.pieces[0].text); return r }
func (l *line) last() rune {
	r, _ := utf8.DecodeLastRuneInString(l.pieces[len(l.pieces)-1].text)
	return r
}

// follows reports whether a line goes on with the paragraph of the line before:
// that one is full, this one is not indented, and no sentence ended between.
func (l *line) follows(before *line) bool {
	r := l.region
	gap := l.y - before.y
	return r != nil && r == before.region && l.x1 > before.x0 && !l.wide && !before.wide && r.x1-r.x0 > 12*l.size &&
		math.Abs(l.size-before.size) < 0.1*l.size && gap > 0 && gap < 2.5*l.size &&
		before.x1 > r.x1-2.2*l.size && l.x0 < r.x0+l.size &&
		!strings.ContainsRune("。！？；：!?;:", before.last())
}

// layout puts the spans of a page into lines in reading order. Text that is turned
// or runs downwards comes behind, as it was drawn.
func layout(p *pdf.Page) []line {
	var flat, other []pdf.Span
	for _, s := range p.Spans {
		if s.Angle == 0 && !s.Down {
			flat = append(flat, s)
		} else {
			other = append(other, s)
		}
	}
	out := order(rows(undouble(flat)), 0)
	for _, s := range other {
		b := bit{text: s.Text, x0: s.X, x1: s.X + s.Size, size: s.Size, bold: s.Bold, faint: s.Faint}
		out = append(out, line{pieces: []bit{b}, y: s.Y + s.Size, size: s.Size})
	}
	return out
}

// undouble drops text drawn twice to look bold or to cast a shadow.
func undouble(spans []pdf.Span) []pdf.Span {
	type spot struct {
		text string
		x, y int
	}
	seen := map[spot]int{}
	out := spans[:0]
	for _, s := range spans {
		x, y := int(s.X/3), int(s.Y/3)
		twin := -1
		for d := range 9 {
			if i, ok := seen[spot{s.Text, x + d%3 - 1, y + d/3 - 1}]; ok && math.Abs(out[i].X-s.X) < 0.2*s.Size && math.Abs(out[i].Y-s.Y) < 0.2*s.Size {
				twin = i
			}
		}
		if twin >= 0 {
			out[twin].Bold, out[twin].Faint = true, out[twin].Faint && s.Faint
			continue
		}
		seen[spot{s.Text, x, y}] = len(out)
		out = append(out, s)
	}
	return out
}

// rows groups spans by their base line, raised ones with those beside them.
func rows(spans []pdf.Span) []row {
	slices.SortStableFunc(spans, func(a, b pdf.Span) int { return cmp.Compare(a.Y, b.Y) })
	var out []row
	tall := 0.0
	for _, s := range spans {
		if n := len(out); n > 0 && s.Y-out[n-1].y < 0.45*max(s.Size, tall) {
			out[n-1].spans = append(out[n-1].spans, s)
			tall = max(tall, s.Size)
			continue
		}
		out = append(out, row{[]pdf.Span{s}, s.Y})
		tall = s.Size
	}
	for _, r := range out {
		slices.SortStableFunc(r.spans, func(a, b pdf.Span) int { return cmp.Compare(a.X, b.X) })
	}
	return out
}

// order reads rows from the top, columns one after another.
func order(rows []row, depth int) []line {
	if len(rows) == 0 {
		return nil
	}
	if from, to, x, ok := columns(rows); ok && depth < 5 {
		left, right := split(rows[from:to], x)
		return slices.Concat(order(rows[:from], depth+1), order(left, depth+1), order(right, depth+1), order(rows[to:], depth+1))
	}
	out := make([]line, 0, len(rows))
	r := &region{}
	var starts, ends []float64
	for _, row := range rows {
		l := newLine(row)
		l.region = r
		starts, ends = append(starts, l.x0), append(ends, l.x1)
		out = append(out, l)
	}
	slices.Sort(starts)
	slices.Sort(ends)
	r.x0, r.x1 = starts[len(starts)/10], ends[len(ends)-1-len(ends)/10]
	return out
}

// A page is set in columns where this many rows have running text on both sides
// of one gap; the cells of a table are shorter.
const (
	columnRows  = 5
	columnRunes = 12
)

// columns finds the longest run of rows with a gap at one place; ok is false when
// the rows are not set in columns.
func columns(rows []row) (from, to int, x float64, ok bool) {
	for _, at := range starts(rows) {
		start := 0
		for i := 0; i <= len(rows); i++ {
			if i < len(rows) && !crossed(rows[i], at) {
				continue
			}
			if i-start > to-from && running(rows[start:i], at) {
				from, to, x, ok = start, i, at, true
			}
			start = i + 1
		}
	}
	for ok && from < to && !slices.ContainsFunc(rows[from].spans, func(s pdf.Span) bool { return s.X >= x }) {
		from++ // what stands above the second column is read before it anyway
	}
	return from, to, x, ok
}

// starts lists where a second column may begin: places, the most usual first,
// where many spans do.
func starts(rows []row) []float64 {
	type place struct {
		x float64
		n int
	}
	left := math.MaxFloat64
	count := map[int]*place{}
	for _, r := range rows {
		for _, s := range r.spans {
			left = min(left, s.X)
			p := count[int(s.X/4)]
			if p == nil {
				p = &place{x: s.X - 0.8*s.Size}
				count[int(s.X/4)] = p
			}
			p.n++
			p.x = min(p.x, s.X-0.8*s.Size)
		}
	}
	places := slices.SortedFunc(maps.Values(count), func(a, b *place) int { return cmp.Or(b.n-a.n, cmp.Compare(a.x, b.x)) })
	var out []float64
	for _, p := range places {
		if p.n >= columnRows && p.x > left+60 && len(out) < 8 {
			out = append(out, p.x)
		}
	}
	return out
}

func crossed(r row, x float64) bool {
	return slices.ContainsFunc(r.spans, func(s pdf.Span) bool { return s.X < x && s.X+s.W > x+0.2*s.Size })
}

// running reports whether there is running text on both sides of x, the one
// beside the other.
func running(rows []row, x float64) bool {
	type side struct {
		rows, runes int
		y0, y1      float64
	}
	var sides [2]side
	for _, r := range rows {
		var n [2]int
		for _, s := range r.spans {
			n[truth(s.X >= x)] += utf8.RuneCountInString(s.Text)
		}
		for i := range sides {
			if s := &sides[i]; n[i] > 0 {
				if s.rows == 0 {
					s.y0 = r.y
				}
				s.rows, s.runes, s.y1 = s.rows+1, s.runes+n[i], r.y
			}
		}
	}
	l, g := sides[0], sides[1]
	shared := min(l.y1, g.y1) - max(l.y0, g.y0)
	return l.rows >= columnRows && g.rows >= columnRows && l.runes >= columnRunes*l.rows && g.runes >= columnRunes*g.rows &&
		shared >= 0.5*min(l.y1-l.y0, g.y1-g.y0)
}

func split(rows []row, x float64) (left, right []row) {
	for _, r := range rows {
		i, _ := slices.BinarySearchFunc(r.spans, x, func(s pdf.Span, x float64) int { return cmp.Compare(s.X, x) })
		if i > 0 {
			left = append(left, row{r.spans[:i], r.y})
		}
		if i < len(r.spans) {
			right = append(right, row{r.spans[i:], r.y})
		}
	}
	return left, right
}

// newLine joins the spans of a row, a space where there is a gap.
func newLine(r row) line {
	l := line{y: r.y, x0: r.spans[0].X}
	weight := map[float64]int{}
	for i, s := range r.spans {
		text := s.Text
		if i > 0 {
			before := r.spans[i-1]
			gap := s.X - before.X - before.W
			l.wide = l.wide || gap > 2*s.Size
			last, _ := utf8.DecodeLastRuneInString(before.Text)
			next, _ := utf8.DecodeRuneInString(text)
			if gap > 0.8*s.Size || gap > 0.2*s.Size && (latin(last) || latin(next)) {
				text = " " + text
			}
		}
		l.append(s, text)
		l.x1 = max(l.x1, s.X+s.W)
		weight[math.Round(s.Size*2)/2] += utf8.RuneCountInString(text)
	}
	most := 0
	for size, n := range weight {
		if n > most || n == most && size > l.size {
			l.size, most = size, n
		}
	}
	return l
}

func (l *line) append(s pdf.Span, text string) {
	size := math.Round(s.Size*10) / 10
	if n := len(l.pieces); n > 0 {
		p := &l.pieces[n-1]
		if small, large := min(p.size, size), max(p.size, size); p.bold == s.Bold && p.faint == s.Faint && small > 0.8*large {
			p.text += text
			p.x1 = max(p.x1, s.X+s.W)
			return
		}
	}
	l.pieces = append(l.pieces, bit{text, s.X, s.X + s.W, size, s.Bold, s.Faint})
}

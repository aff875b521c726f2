package check

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"xiaobao/internal/text"
)

// figure is a named figure: 年化利率 3.6%.
type figure struct {
	label  string // id
	name   string // as written
	of     string // what stands before the name in its clause: one for whom, for when
	value  text.Decimal
	unit   string
	phone  string
	span   text.Span // name and value
	as     text.Span // the value
	tier   bool      // a range, a bound or a cell of a table: others may well differ
	ranged bool      // the start of a range
	to     text.Decimal
}

// telephone is the unit of names whose value is a telephone number.
const telephone = "电话"

var phone = regexp.MustCompile(`(?:400|800)[-\s]?\d{3}[-\s]?\d{4}|0\d{2,3}[-\s]?\d{7,8}|\b(?:95|96)\d{3,4}\b`)

// figuresIn returns the named figures of the text in order.
func (c *run) figuresIn() []figure {
	var out []figure
	for _, l := range c.Labels {
		for _, h := range c.found[labelGroup+l.ID] {
			if f, ok := c.figureAt(l, h.Span); ok {
				out = append(out, f)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y figure) int { return cmp.Compare(x.span.Start, y.span.Start) })
	return out
}

// figureAt reads the value beside a name.
func (c *run) figureAt(l label, name text.Span) (figure, bool) {
	f := figure{label: l.ID, name: name.In(c.Text), of: c.whose(name.Start), span: name}
	if b, ok := c.blockAt(name.Start); ok && b.Kind == "cell" {
		f.tier = true
	}
	if slices.Contains(l.Units, telephone) {
		return c.phoneAfter(f)
	}
	i, _ := slices.BinarySearchFunc(c.numbers, name.End, func(n text.Number, at int) int { return cmp.Compare(n.Start, at) })
	if i < len(c.numbers) && slices.Contains(l.Units, c.numbers[i].Unit) && c.joins(&f, name.End, c.numbers[i].Start) {
		return c.valued(f, i), true
	}
	if l.After && i > 0 && c.numbers[i-1].End == name.Start && slices.Contains(l.Units, c.numbers[i-1].Unit) {
		f.of = c.whose(c.numbers[i-1].Start)
		return c.valued(f, i-1), true
	}
	return f, false
}

// valued takes a number, and the end of a range that it begins.
func (c *run) valued(f figure, i int) figure {
	n := c.numbers[i]
	f.value, f.unit, f.as, f.to = n.Value, n.Unit, n.Span, n.Value
	f.span.Start, f.span.End = min(f.span.Start, n.Start), max(f.span.End, n.End)
	if i+1 < len(c.numbers) && c.numbers[i+1].Unit == n.Unit {
		switch strings.TrimSpace(c.Text[n.End:c.numbers[i+1].Start]) {
		case "-", "~", "～", "—", "–", "至", "到", "－", "——":
			f.tier, f.ranged, f.to = true, true, c.numbers[i+1].Value
		}
	}
	tail := c.Text[n.End:min(len(c.Text), n.End+len("起"))]
	if f.span.End == n.End && slices.Contains([]string{"起", "以", "或"}, tail) { // not 1万元起购, where the name follows
		f.tier = true
	}
	return f
}

// joins reports whether what stands between a name and a number joins them, and
// marks a bound such as 最低.
func (c *run) joins(f *figure, from, to int) bool {
	if to < from || to-from > 4*int(c.Limits["value_gap"]) {
		return false
	}
	gap := c.Text[from:to]
	for gap != "" {
		word := ""
		for _, list := range []string{"joins", "open"} {
			for _, w := range c.Words[list] {
				if len(w) > len(word) && strings.HasPrefix(gap, w) {
					word = w
					f.tier = f.tier || list == "open"
				}
			}
		}
		if word == "" {
			return false
		}
		gap = gap[len(word):]
	}
	return true
}

func (c *run) phoneAfter(f figure) (figure, bool) {
	end := min(len(c.Text), f.span.End+60)
	for end < len(c.Text) && !boundary(c.Text, end) {
		end++
	}
	m := phone.FindStringIndex(c.Text[f.span.End:end])
	if m == nil || !c.joins(&f, f.span.End, f.span.End+m[0]) {
		return f, false
	}
	f.as = text.Span{Start: f.span.End + m[0], End: f.span.End + m[1]}
	f.phone = strings.NewReplacer("-", "", " ", "").Replace(f.as.In(c.Text))
	f.unit, f.span.End = telephone, f.as.End
	return f, true
}

// whose is what stands before a figure's name in its clause, without the words
// that say nothing.
func (c *run) whose(at int) string {
	from := max(0, at-90)
	for from < at && !boundary(c.Text, from) {
		from++
	}
	s := c.Text[from:at]
	if i := strings.LastIndexAny(s, "，。；：！？、,;:!?\n\r|（(【】）)*•·"); i >= 0 {
		for i++; i < len(s) && !boundary(s, i); i++ {
		}
		s = s[i:]
	}
	s = strings.TrimSpace(text.Fold(s))
	for again := true; again; {
		again = false
		for _, w := range c.Words["neutral"] {
			for _, cut := range []func(string, string) (string, bool){strings.CutPrefix, strings.CutSuffix} {
				if rest, ok := cut(s, w); ok {
					s, again = strings.TrimSpace(rest), true
				}
			}
		}
	}
	return s
}

// key groups the figures that should agree.
func (f figure) key() string { return f.label + "|" + f.of + "|" + f.unit }

// equal reports whether two figures say the same.
func (f figure) equal(g figure) bool {
	return f.phone == g.phone && f.value.Cmp(g.value) == 0 && f.to.Cmp(g.to) == 0
}

// holds reports whether a value lies in what the figure says.
func (f figure) holds(d text.Decimal) bool { return f.value.Cmp(d) <= 0 && d.Cmp(f.to) <= 0 }

func (f figure) said(s string) string { return f.as.In(s) }

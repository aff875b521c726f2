// Package check finds in a material what words alone do not tell: a benefit
// without a risk warning near it, small or faint warnings, figures that disagree,
// text that is hard to read, boxes ticked beforehand, dates, and what the form
// says otherwise. What counts as what is data: data/check.toml.
//
//	data.go   the data          benefit.go  benefit, risk, type size
//	figures.go, agree.go  figures and whether they agree
//	words.go  jargon, readability, boxes, marks    dates.go  dates    form.go  form against text
package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/text"
	"xiaobao/internal/text/match"
)

// Pack is what the findings name as their pack; the rule is "check.<sort>".
const Pack = "check"

// Block is one piece of a material in reading order: bytes of the text, what it
// is (paragraph heading cell header footer footnote textbox comment line
// attribute), page from 1 (0 unknown), place as people say it, size in points
// (0 unknown).
type Block struct {
	Start, End int
	Kind       string
	Page       int
	Place      string
	Size       float64
	Bold       bool
	Faint      bool
}

// Other is another material of the same product that was cleared.
type Other struct{ Title, Number, Text string } // Title "" where it must not be told

// Material is what is checked. Kind is the kind of review, Line the business line
// ("" unknown), Form the submitted form, AsOf the planned day of publication.
type Material struct {
	Text   string
	Blocks []Block
	Kind   string
	Line   string
	Form   map[string]string
	AsOf   calendar.Date
	Others []Other
}

// hit is a word of a group where it stands.
type hit struct {
	text.Span
	n int // of the word in its list
}

// run is one check of one material.
type run struct {
	Material
	*lexicon
	found     map[string][]hit // group of words -> where, in order
	sentences []text.Span
	numbers   []text.Number
	elderly   bool
	out       []review.Finding
	count     map[string]int
}

// Run returns what the checks find, in the order of the text. Comments of
// editors are no part of what consumers see and are left out. The time is linear
// in the text but for what its few labelled figures cost.
func Run(m Material) []review.Finding {
	c := &run{Material: m, lexicon: lex(), count: map[string]int{}}
	if !utf8.ValidString(m.Text) { // a reading of a document is valid
		return nil
	}
	c.Blocks = c.usable(m.Blocks)
	c.Text = c.visible()
	c.locate()
	c.elderly = c.has(m.Form["audience"], "elderly")
	for _, check := range []func(){c.benefits, c.types, c.figures, c.forms, c.words, c.readability, c.boxes, c.marks, c.dates, c.message} {
		check()
	}
	slices.SortStableFunc(c.out, func(x, y review.Finding) int { return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End)) })
	return c.out
}

// usable are the blocks that lie inside the text, in order.
func (c *run) usable(in []Block) []Block {
	out := slices.DeleteFunc(slices.Clone(in), func(b Block) bool {
		return b.Start < 0 || b.End > len(c.Text) || b.Start >= b.End || !boundary(c.Text, b.Start) || !boundary(c.Text, b.End)
	})
	slices.SortStableFunc(out, func(x, y Block) int { return cmp.Compare(x.Start, y.Start) })
	return out
}

// visible is the text with blanks in place of what editors noted beside it.
func (c *run) visible() string {
	if !slices.ContainsFunc(c.Blocks, isComment) {
		return c.Text
	}
	b := []byte(c.Text)
	for _, x := range c.Blocks {
		if isComment(x) {
			for i := x.Start; i < x.End; i++ {
				b[i] = ' '
			}
		}
	}
	return string(b)
}

func isComment(b Block) bool { return b.Kind == "comment" }

func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

// locate finds the words, sentences and numbers once.
func (c *run) locate() {
	c.found = map[string][]hit{}
	c.matcher.Each(c.Text, func(m match.Match) bool {
		o := c.owner[m.Pattern]
		h := hit{text.Span{Start: m.Start, End: m.End}, o.n}
		list := c.found[o.group]
		for n := len(list); n > 0 && list[n-1].Start >= h.Start; n-- { // a longer word of the group ends here
			list = list[:n-1]
		}
		if n := len(list); n == 0 || list[n-1].End <= h.Start {
			list = append(list, h)
		}
		c.found[o.group] = list
		return true
	})
	c.sentences = text.Sentences(c.Text)
	c.numbers = text.Numbers(c.Text)
}

// block returns the index of the block that holds an offset, -1 for none.
func (c *run) block(at int) int {
	i, found := slices.BinarySearchFunc(c.Blocks, at, func(b Block, at int) int { return cmp.Compare(b.Start, at) })
	if !found {
		i--
	}
	if i < 0 || c.Blocks[i].End <= at {
		return -1
	}
	return i
}

func (c *run) blockAt(at int) (Block, bool) {
	if i := c.block(at); i >= 0 {
		return c.Blocks[i], true
	}
	return Block{}, false
}

// sentence returns the sentence that holds a place.
func (c *run) sentence(at text.Span) text.Span {
	i, found := slices.BinarySearchFunc(c.sentences, at.Start, func(s text.Span, at int) int { return cmp.Compare(s.Start, at) })
	if !found {
		i--
	}
	if i < 0 || c.sentences[i].End <= at.Start {
		return at
	}
	return c.sentences[i]
}

// numbersIn returns the numbers inside a window.
func (c *run) numbersIn(w text.Span) []text.Number {
	i, _ := slices.BinarySearchFunc(c.numbers, w.Start, func(n text.Number, at int) int { return cmp.Compare(n.Start, at) })
	j := i
	for j < len(c.numbers) && c.numbers[j].End <= w.End {
		j++
	}
	return c.numbers[i:j]
}

// first returns where a group stands first at or after an offset.
func (c *run) first(group string, from int) (text.Span, bool) {
	list := c.found[group]
	i, _ := slices.BinarySearchFunc(list, from, func(h hit, at int) int { return cmp.Compare(h.Start, at) })
	if i == len(list) {
		return text.Span{}, false
	}
	return list[i].Span, true
}

// inside reports whether a group stands inside a window.
func (c *run) inside(group string, w text.Span) bool {
	s, ok := c.first(group, w.Start)
	return ok && s.End <= w.End
}

// wants reports whether a sort of finding is asked of this material and still
// has room.
func (c *run) wants(id string) bool {
	s := c.sorts[id]
	return under(c.Kind, s.Kinds) && (c.Line == "" || under(c.Line, s.Lines)) && c.count[id] < s.Most
}

// add notes a finding; fill are the {…} of its why and their values, in pairs.
func (c *run) add(id string, at text.Span, fill ...string) {
	if !c.wants(id) {
		return
	}
	c.count[id]++
	s := c.sorts[id]
	at = c.clip(at)
	for i := 0; i < len(fill); i += 2 {
		fill[i] = "{" + fill[i] + "}"
	}
	f := review.Finding{Pack: Pack, Rule: Pack + "." + id, Edition: c.Edition, Severity: s.Severity, Title: s.Title, Start: at.Start, End: at.End, Quote: at.In(c.Text),
		Why: strings.NewReplacer(append(fill, "{quote}", at.In(c.Text))...).Replace(s.Why), Source: s.Source, Advice: s.Advice, Same: s.Same}
	f.Cites, f.Grade = c.cites(s)
	if b, ok := c.blockAt(at.Start); ok && at.End > at.Start {
		f.Page, f.Place = b.Page, b.Place
	}
	c.out = append(c.out, f)
}

// clip shortens a span to what a finding quotes.
func (c *run) clip(at text.Span) text.Span {
	n := int(c.Limits["quote"])
	for i := range at.In(c.Text) {
		if n == 0 {
			return text.Span{Start: at.Start, End: at.Start + i}
		}
		n--
	}
	return at
}

// cites returns the articles in force on the day and the worst of their grades.
func (c *run) cites(s *Sort) (out []review.Cite, grade string) {
	for _, ref := range s.Cite {
		id, number, _ := strings.Cut(ref, " ")
		in, ok := regulation.Embedded().Instrument(id)
		if !ok || !c.AsOf.IsZero() && !in.InForce(c.AsOf) {
			continue
		}
		out = append(out, review.Cite{Instrument: id, Article: number})
		for _, a := range in.Articles {
			if a.Number == number {
				grade = max(grade, a.Grade)
			}
		}
	}
	return out, grade
}

// near reports whether two places belong together: so few characters apart, or
// in neighbouring blocks, on one page where pages are known.
func (c *run) near(a, b text.Span) bool {
	i, j := c.block(a.Start), c.block(b.Start)
	if i >= 0 && j >= 0 {
		if p, q := c.Blocks[i].Page, c.Blocks[j].Page; p > 0 && q > 0 && p != q {
			return false
		}
		if max(i-j, j-i) <= int(c.Limits["near_blocks"]) {
			return true
		}
	}
	return c.distance(a, b) <= int(c.Limits["near_chars"])
}

// distance is how many characters stand between two places; more than the limit
// is not counted out.
func (c *run) distance(a, b text.Span) int {
	if b.Start < a.Start {
		a, b = b, a
	}
	if b.Start <= a.End {
		return 0
	}
	if limit := int(c.Limits["near_chars"]); b.Start-a.End > 4*limit {
		return limit + 1
	}
	return utf8.RuneCountInString(c.Text[a.End:b.Start])
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

package rule

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/text"
)

// window returns the place in which a condition is tried about a hit.
func (v *view) window(c *bound, at text.Span) text.Span {
	switch c.within {
	case inClause:
		return clause(v.Text, at)
	case inSentence:
		return v.sentence(at)
	case inParagraph:
		return paragraph(v.Text, at)
	case inSection:
		s, _ := v.segment(at.Start)
		return text.Span{Start: s.Start, End: s.End}
	case inDocument:
		return text.Span{End: len(v.Text)}
	}
	return chars(v.Text, at, c.chars)
}

// sentence returns the sentence of a hit. The text is cut into sentences once,
// when the first hit asks.
func (v *view) sentence(at text.Span) text.Span {
	if v.starts == nil {
		v.starts = cut(v.Text)
	}
	i, found := slices.BinarySearch(v.starts, int32(at.Start))
	if !found {
		i--
	}
	w := text.Span{Start: int(v.starts[i]), End: len(v.Text)}
	if i+1 < len(v.starts) {
		w.End = int(v.starts[i+1])
	}
	w.End = max(w.End, at.End) // a word with noise may cross the end
	return w
}

// holds reports whether a condition holds about a hit and which words say so.
func (v *view) holds(c *bound, at text.Span) ([]text.Span, bool) {
	w := v.window(c, at)
	var words []text.Span
	for _, p := range c.all {
		found := v.within(c, []phrase{p}, w, at, 1)
		if len(found) == 0 {
			return nil, false
		}
		words = append(words, found...)
	}
	if len(c.any) > 0 {
		found := v.within(c, c.any, w, at, c.atLeast)
		if len(found) < c.atLeast {
			return nil, false
		}
		words = append(words, found...)
	}
	if c.number != nil {
		n, ok := v.number(c, w, at)
		if !ok {
			return nil, false
		}
		words = append(words, n...)
	}
	if c.regex != nil {
		found, ok := v.expression(c, w, at)
		if !ok {
			return nil, false
		}
		words = append(words, found)
	}
	return words, true
}

// within returns up to n places of the phrases in a window, on the side of the
// hit that the condition asks for and not overlapping the hit.
func (v *view) within(c *bound, list []phrase, w, at text.Span, n int) []text.Span {
	var out []text.Span
	for _, p := range list {
		v.inside(p, w, func(h hit) bool {
			if v.side(c, h.at, at) && alone(v.Text, h.at) && !v.excused(c.unless, h.at, nil) {
				out = append(out, h.at)
			}
			return len(out) < n
		})
		if len(out) >= n {
			break
		}
	}
	return out
}

// inside calls yield for the places of a phrase inside a window.
func (v *view) inside(p phrase, w text.Span, yield func(hit) bool) {
	list := v.scratch.at[p.lits[0]]
	i, _ := slices.BinarySearchFunc(list, w.Start, func(s text.Span, from int) int { return cmp.Compare(s.Start, from) })
	for ; i < len(list) && list[i].End <= w.End; i++ {
		h := hit{at: list[i], words: list[i : i+1 : i+1]}
		if v.follow(&h, p) && h.at.End <= w.End && !yield(h) {
			return
		}
	}
}

// side reports whether a word stands on the side of the hit that the condition
// asks for; a word inside the hit is no neighbour.
func (v *view) side(c *bound, word, at text.Span) bool {
	switch c.order {
	case "after":
		return word.Start >= at.End
	case "before":
		return word.End <= at.Start
	}
	return word.End <= at.Start || word.Start >= at.End
}

// expression tries the regular expression inside the window, as written and with
// full-width letters and digits made half-width.
func (v *view) expression(c *bound, w, at text.Span) (text.Span, bool) {
	switch c.order {
	case "after":
		w.Start = at.End
	case "before":
		w.End = at.Start
	}
	s := v.Text[w.Start:min(w.End, w.Start+maxParagraph)]
	if m := c.regex.FindStringIndex(s); m != nil {
		return text.Span{Start: w.Start + m[0], End: w.Start + m[1]}, true
	}
	half, offsets := halfWidth(s)
	if offsets == nil {
		return text.Span{}, false
	}
	if m := c.regex.FindStringIndex(half); m != nil {
		return text.Span{Start: w.Start + offsets[m[0]], End: w.Start + offsets[m[1]]}, true
	}
	return text.Span{}, false
}

// halfWidth returns s with full-width ASCII made half-width, and for every byte
// of the result where it came from; no offsets when nothing changed.
func halfWidth(s string) (string, []int) {
	if !strings.ContainsFunc(s, isWide) {
		return s, nil
	}
	var b strings.Builder
	offsets := make([]int, 0, len(s)+1)
	for i, r := range s {
		if isWide(r) {
			r -= 0xFEE0
		}
		for n := b.Len(); n < b.Len()+len(string(r)); n++ {
			offsets = append(offsets, i)
		}
		b.WriteRune(r)
	}
	return b.String(), append(offsets, len(s))
}

func isWide(r rune) bool { return 0xFF01 <= r && r <= 0xFF5E }

// lacks returns one empty hit when the document has none of the elements that
// the rule demands.
func (v *view) lacks(r *compiled, t *trace) []hit {
	if v.Text == "" {
		return nil
	}
	if len(r.find) > 0 && !v.any(r, r.find, func(h hit) bool { return v.conditions(r, &h, t) }) {
		t.say(text.Span{}, false, "文中没有触发的词（%s），或者它们旁边的条件不满足，规则不适用。", strings.Join(clipList(r.Literals), "、"))
		return nil
	}
	if len(r.Sections) > 0 && !slices.ContainsFunc(v.Segments, func(s Segment) bool { return prefixed(s.Section, r.Sections) }) {
		t.say(text.Span{}, false, "文中没有 %v 栏目，规则不适用。", r.Sections)
		return nil
	}
	if v.any(r, r.missing, func(hit) bool { return true }) {
		t.say(text.Span{}, false, "要求的要素已经写了。")
		return nil
	}
	t.say(text.Span{}, true, "全文没有写要求的要素：命中。")
	return []hit{{}}
}

// any reports whether one of the phrases stands where the rule looks, is excused
// by nothing and is what the caller wants.
func (v *view) any(r *compiled, list []phrase, wanted func(hit) bool) bool {
	found := false
	for _, p := range list {
		v.each(p, func(h hit) bool {
			found = v.place(r, h.at, nil) && (r.inflected || alone(v.Text, h.at)) && !v.excused(r.unless, h.at, nil) && wanted(h)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

package rule

import (
	"cmp"
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/text"
	"xiaobao/internal/text/match"
)

// scratch is what one scan works in; it is used again by the next.
type scratch struct {
	at      [][]text.Span // literal -> where it stands, in order
	touched []int32       // literals that stand in the text
	marked  []bool        // rules to try
	marks   []int32
}

func newScratch(literals, rules int) *scratch {
	return &scratch{at: make([][]text.Span, literals), marked: make([]bool, rules)}
}

func (s *scratch) reset() {
	for _, lit := range s.touched {
		s.at[lit] = s.at[lit][:0]
	}
	for _, r := range s.marks {
		s.marked[r] = false
	}
	s.touched, s.marks = s.touched[:0], s.marks[:0]
}

// Scan returns what the rules find, in the order of the text; findings of
// shadow rules are not among them. packs names the packs to use, none means all
// that check; packs of signals are used when they are named. The time is linear in the text and the number of its hits.
func (b *Book) Scan(d Doc, packs ...string) []Finding { return b.run(d, On, packs) }

// ScanShadow returns only what the shadow rules find.
func (b *Book) ScanShadow(d Doc, packs ...string) []Finding { return b.run(d, Shadow, packs) }

func (b *Book) run(d Doc, state Switch, packs []string) []Finding {
	v := b.read(d)
	defer v.close()
	var out []Finding
	for _, n := range v.scratch.marks {
		r := b.rules[n]
		if r.state != state || !chosen(r, packs) || !r.InForce(d.On) || !r.Applies(d.Kind, d.Product) {
			continue
		}
		for _, h := range v.hits(r, nil) {
			out = append(out, v.finding(r, h))
		}
	}
	slices.SortStableFunc(out, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End))
	})
	return out
}

// chosen reports whether a rule's pack is asked for.
func chosen(r *compiled, packs []string) bool {
	if len(packs) == 0 {
		return !r.signal
	}
	return slices.Contains(packs, r.Pack)
}

// view is a document that is being scanned.
type view struct {
	Doc
	book    *Book
	scratch *scratch
	starts  []int32 // of the sentences, nil until asked for
}

// read finds every literal of the book in the document.
func (b *Book) read(d Doc) *view {
	v := &view{Doc: d, book: b, scratch: b.pool.Get().(*scratch)}
	s := v.scratch
	b.matcher.Each(d.Text, func(m match.Match) bool {
		span := text.Span{Start: m.Start, End: m.End}
		if !whole(b.words[m.Pattern], d.Text[m.Start:m.End]) {
			return true
		}
		if len(s.at[m.Pattern]) == 0 {
			s.touched = append(s.touched, int32(m.Pattern))
			v.mark(m.Pattern)
		}
		s.at[m.Pattern] = append(s.at[m.Pattern], span)
		return true
	})
	for _, n := range b.always {
		s.marks = append(s.marks, n)
	}
	slices.Sort(s.marks)
	return v
}

// mark notes the rules for which a literal opens a window.
func (v *view) mark(lit int) {
	if lit >= len(v.book.opened) {
		return
	}
	for _, n := range v.book.opened[lit] {
		if !v.scratch.marked[n] {
			v.scratch.marked[n] = true
			v.scratch.marks = append(v.scratch.marks, n)
		}
	}
}

func (v *view) close() {
	v.scratch.reset()
	v.book.pool.Put(v.scratch)
}

// hit is a place where a rule's words stand, with the words that weighed.
type hit struct {
	at    text.Span
	words []text.Span
}

func (v *view) finding(r *compiled, h hit) Finding {
	return Finding{Pack: r.Pack, Rule: r.ID, Version: r.Version, Title: r.Title, Severity: r.Severity,
		Start: h.at.Start, End: h.at.End, Quote: v.Text[h.at.Start:h.at.End], Words: h.words,
		Cite: inForce(r.Cite, v.On), Source: r.Source, Grade: r.Grade, Advice: r.Advice, Rewrite: r.Rewrite, Shadow: r.state == Shadow, Same: r.Same}
}

// inForce returns the citations whose instrument is in force on the day.
func inForce(cites []Cite, on calendar.Date) []Cite {
	if on.IsZero() {
		return cites
	}
	var out []Cite
	for _, c := range cites {
		if in, ok := regulation.Embedded().Instrument(c.Instrument); ok && in.InForce(on) {
			out = append(out, c)
		}
	}
	return out
}

// hits returns the places where a rule applies; t, when not nil, is told why.
func (v *view) hits(r *compiled, t *trace) []hit {
	if r.Whole {
		return v.lacks(r, t)
	}
	var out []hit
	for _, c := range v.candidates(r, t) {
		if n := len(out); n > 0 && c.at.Start < out[n-1].at.End {
			t.say(c.at, true, "和前面的命中重叠，并入一处。")
			continue
		}
		if h, ok := v.judge(r, c, t); ok {
			out = append(out, h)
			if r.once && t == nil {
				return out
			}
		}
	}
	if r.once && len(out) > 1 {
		out = out[:1]
	}
	return out
}

// candidates returns where the words to find stand, leftmost and longest first.
func (v *view) candidates(r *compiled, t *trace) []hit {
	var out []hit
	for _, p := range r.find {
		v.each(p, func(h hit) bool {
			if r.inflected || alone(v.Text, h.at) {
				out = append(out, h)
			} else {
				t.say(h.at, false, "“%s”只是一个更长的英文词或者数字的一部分，不算。", v.quote(h.at))
			}
			return true
		})
	}
	slices.SortFunc(out, func(x, y hit) int {
		return cmp.Or(cmp.Compare(x.at.Start, y.at.Start), cmp.Compare(y.at.End, x.at.End))
	})
	return out
}

// each calls yield for every place of a phrase, in the order of the text.
func (v *view) each(p phrase, yield func(hit) bool) {
	for _, head := range v.scratch.at[p.lits[0]] {
		h := hit{at: head, words: []text.Span{head}}
		if v.follow(&h, p) && !yield(h) {
			return
		}
	}
}

// follow extends a hit of the head by the other parts of the phrase.
func (v *view) follow(h *hit, p phrase) bool {
	for _, lit := range p.lits[1:] {
		list := v.scratch.at[lit]
		i, _ := slices.BinarySearchFunc(list, h.at.End, func(s text.Span, end int) int { return cmp.Compare(s.Start, end) })
		if i == len(list) || list[i].Start > h.at.End+4*p.gap {
			return false
		}
		limit := chars(v.Text, text.Span{Start: h.at.End, End: h.at.End}, p.gap).End
		if list[i].Start > limit || sentenceEnds(v.Text[h.at.End:list[i].Start]) {
			return false
		}
		h.at.End = list[i].End
		h.words = append(h.words, list[i])
	}
	return true
}

// judge tries the conditions of a rule on a hit of its words.
func (v *view) judge(r *compiled, h hit, t *trace) (hit, bool) {
	t.say(h.at, true, "找到“%s”。", v.quote(h.at))
	if !v.place(r, h.at, t) || v.excused(r.unless, h.at, t) || !v.meant(r, h, t) {
		return h, false
	}
	if !v.conditions(r, &h, t) {
		return h, false
	}
	t.say(h.at, true, "各项条件都满足：命中。")
	slices.SortFunc(h.words, func(x, y text.Span) int { return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End)) })
	h.words = slices.Compact(h.words)
	return h, true
}

// conditions tries what must and must not stand about a hit, and adds the words
// that weighed.
func (v *view) conditions(r *compiled, h *hit, t *trace) bool {
	for i := range r.need {
		words, ok := v.holds(&r.need[i], h.at)
		t.condition(h.at, ok, "需要", r.need[i].words, v.show(words))
		if !ok {
			return false
		}
		h.words = append(h.words, words...)
	}
	for i := range r.absent {
		words, found := v.holds(&r.absent[i], h.at)
		t.condition(h.at, !found, "不能有", r.absent[i].words, v.show(words))
		if found {
			return false
		}
	}
	return true
}

// segment returns the segment in which a place lies.
func (v *view) segment(at int) (Segment, bool) {
	i, found := slices.BinarySearchFunc(v.Segments, at, func(s Segment, at int) int { return cmp.Compare(s.Start, at) })
	if !found {
		i--
	}
	if i < 0 || v.Segments[i].End <= at {
		return Segment{Start: 0, End: len(v.Text)}, false
	}
	return v.Segments[i], true
}

// place reports whether the rule is written for the section and the speaker.
func (v *view) place(r *compiled, at text.Span, t *trace) bool {
	if len(r.Sections)+len(r.Speakers) == 0 {
		return true
	}
	s, _ := v.segment(at.Start)
	if len(r.Sections) > 0 && !prefixed(s.Section, r.Sections) {
		t.say(at, false, "这里的栏目是“%s”，规则只看 %v，不算。", s.Section, r.Sections)
		return false
	}
	if len(r.Speakers) > 0 && s.Speaker != "" && !slices.Contains(r.Speakers, s.Speaker) {
		t.say(at, false, "这句话是%s说的，规则只看%s说的，不算。", speakerName(s.Speaker), speakerName(r.Speakers[0]))
		return false
	}
	return true
}

func speakerName(s string) string {
	switch s {
	case "staff":
		return "工作人员"
	case "consumer":
		return "消费者"
	}
	return "不知何人"
}

// excused reports whether a whitelisted word covers the place or crosses its
// border.
func (v *view) excused(list []phrase, at text.Span, t *trace) bool {
	for _, p := range list {
		excuse := false
		v.nearby(p, at, func(h hit) bool {
			w := h.at
			inside := w.Start >= at.Start && w.End <= at.End
			excuse = w.Start < at.End && w.End > at.Start && (!inside || w == at)
			if excuse {
				t.say(at, false, "白名单里的“%s”盖住了它，不算。", v.quote(w))
			}
			return !excuse
		})
		if excuse {
			return true
		}
	}
	return false
}

// nearby calls yield for the places of a phrase that may touch a place.
func (v *view) nearby(p phrase, at text.Span, yield func(hit) bool) {
	list := v.scratch.at[p.lits[0]]
	const reach = 1000 // bytes: more than the longest word with noise and gaps that matter
	i, _ := slices.BinarySearchFunc(list, at.Start-reach, func(s text.Span, from int) int { return cmp.Compare(s.Start, from) })
	for ; i < len(list) && list[i].Start < at.End; i++ {
		h := hit{at: list[i], words: list[i : i+1]}
		if len(p.lits) > 1 {
			h.words = slices.Clone(h.words)
		}
		if v.follow(&h, p) && !yield(h) {
			return
		}
	}
}

func (v *view) quote(at text.Span) string { return clip(v.Text[at.Start:at.End], 40) }

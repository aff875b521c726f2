package rule

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/text"
)

// meant reports whether the words are meant as they stand: neither denied nor
// quoted, as far as the rule cares.
func (v *view) meant(r *compiled, h hit, t *trace) bool {
	if r.negation != "ignored" {
		why, no := v.denied(h)
		switch {
		case no && r.negation == "excuses":
			t.say(h.at, false, "同一小句里有“%s”，是否定的说法，不算。", why)
			return false
		case !no && r.negation == "required":
			t.say(h.at, false, "规则要找否定的说法，这里没有否定，不算。")
			return false
		}
	}
	if r.quotation == "excuses" {
		if why := v.quotation(h.at); why != "" {
			t.say(h.at, false, "%s，不算。", why)
			return false
		}
	}
	return true
}

// denied reports whether the clause denies the hit, and by which word.
func (v *view) denied(h hit) (string, bool) {
	l := chinese()
	c := near(v.Text, h.at)
	head := h.words[0]
	why, odd := l.denied(v.Text[c.Start:head.Start])
	for i := 1; i < len(h.words); i++ { // between the parts of a phrase
		if w, no := l.denied(v.Text[h.words[i-1].End:h.words[i].Start]); no {
			why, odd = w, true
		}
	}
	if odd {
		return why, true
	}
	if w := l.deniedAfter(v.Text[h.at.End:c.End]); w != "" {
		return w, true
	}
	return "", false
}

// quotation says why the place quotes what somebody forbids or says elsewhere,
// "" when it does not.
func (v *view) quotation(at text.Span) string {
	if s, ok := v.segment(at.Start); ok && s.Quoted {
		return "这一段是引用的文字"
	}
	s := v.sentence(at)
	before := v.Text[max(s.Start, at.Start-maxQuoted):at.Start]
	if open := strings.LastIndex(before, "《"); open >= 0 && !strings.Contains(before[open:], "》") && strings.Contains(v.Text[at.End:min(s.End, at.End+maxQuoted)], "》") {
		return "这几个字在书名号里"
	}
	if w := v.forbidden(text.Span{Start: s.Start, End: at.Start}); w != "" {
		return "前面有“" + w + "”，说的是禁止的事"
	}
	if citesLaw(before) && v.last(v.book.prohibitions, text.Span{Start: at.End, End: s.End}) != nil {
		return "这句话在引用法规的禁止性规定"
	}
	if w := v.forbiddenList(at); w != "" {
		return "这是“" + w + "”下面列举的一项，说的是禁止的事"
	}
	return ""
}

// maxQuoted is how far the marks of a title and the name of a law may stand from
// a hit, in bytes.
const maxQuoted = 600

// forbidden returns the last prohibition in a window, "" when there is none or
// something after it, up to the window's end, breaks off.
func (v *view) forbidden(w text.Span) string {
	p := v.last(v.book.prohibitions, w)
	if p == nil {
		return ""
	}
	for _, lit := range v.book.noProhibition {
		for _, no := range v.at(lit, text.Span{Start: max(w.Start, p.Start-maxWordRunes), End: w.End}) {
			if no.Start <= p.Start && p.End <= no.End {
				return v.forbidden(text.Span{Start: w.Start, End: p.Start})
			}
		}
	}
	if v.last(v.book.breakers, text.Span{Start: p.End, End: w.End}) != nil {
		return ""
	}
	return v.Text[p.Start:p.End]
}

// at returns the places of a literal inside a window.
func (v *view) at(lit int32, w text.Span) []text.Span {
	list := v.scratch.at[lit]
	if len(list) == 0 {
		return nil
	}
	i, _ := slices.BinarySearchFunc(list, w.Start, func(s text.Span, from int) int { return cmp.Compare(s.Start, from) })
	j, _ := slices.BinarySearchFunc(list[i:], w.End, func(s text.Span, to int) int {
		if s.End <= to {
			return -1
		}
		return 1
	})
	return list[i : i+j]
}

// last returns the last place of any of the literals inside a window, nil when
// there is none.
func (v *view) last(lits []int32, w text.Span) *text.Span {
	var out *text.Span
	for _, lit := range lits {
		if list := v.at(lit, w); len(list) > 0 {
			if p := &list[len(list)-1]; out == nil || p.Start > out.Start {
				out = p
			}
		}
	}
	return out
}

// citesLaw reports whether 《…》第…条 stands in s.
func citesLaw(s string) bool {
	_, rest, ok := strings.Cut(s, "》第")
	return ok && strings.Contains(rest, "条")
}

// maxList is how far back the sentence that opens a list is looked for, in bytes.
const maxList = 4096

// forbiddenList returns the prohibition in the sentence that opens the list in
// which the place is an item: "不得有下列行为：", then lines （一）… It is "" when
// the place is no item of such a list.
func (v *view) forbiddenList(at text.Span) string {
	floor := max(0, at.Start-maxList)
	body := v.Text[floor:at.Start]
	line := body[strings.LastIndexByte(body, '\n')+1:]
	if !isItem(line) {
		if open := strings.LastIndex(line, "下列"); open >= 0 && strings.Contains(line[open:], "：") {
			return v.forbidden(text.Span{Start: at.Start - len(line), End: at.Start - len(line) + open})
		}
		return ""
	}
	for end := at.Start - len(line) - 1; end > floor; {
		start := floor + strings.LastIndexByte(v.Text[floor:end], '\n') + 1
		s := strings.TrimSpace(v.Text[start:end])
		switch {
		case s == "" || isItem(s):
		case strings.HasSuffix(s, "：") || strings.HasSuffix(s, ":"):
			return v.forbidden(text.Span{Start: v.sentence(text.Span{Start: end - 1, End: end}).Start, End: end})
		default:
			return ""
		}
		end = start - 1
	}
	return ""
}

// isItem reports whether a line begins as an item of a list does: （一）, (1), 1.,
// 一、, ①, -, *.
func isItem(line string) bool {
	const enough = 64 // bytes: a mark is short
	line = line[:min(len(line), enough)]
	s := strings.TrimLeft(line, " \t　>#*-·•")
	if s != strings.TrimLeft(line, " \t　") {
		return true
	}
	r := []rune(text.Fold(s))
	open := len(r) > 0 && (r[0] == '(' || r[0] == '（')
	if open {
		r = r[1:]
	}
	n := 0
	for n < len(r) && n < 4 && (isArabic(r[n]) || r[n] == '十') {
		n++
	}
	return n > 0 && n < len(r) && (open && (r[n] == ')' || r[n] == '）') || !open && strings.ContainsRune("、.．)）", r[n])) ||
		strings.ContainsAny(firstRune(s), "①②③④⑤⑥⑦⑧⑨⑩")
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func sentenceEnds(gap string) bool { return strings.ContainsFunc(gap, sentenceStop) }

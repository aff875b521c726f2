package assist

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text/mask"
	"xiaobao/internal/text/match"
)

// Known is a value of the case that must not leave, with what stands in its place.
type Known struct {
	Label string // such as 客户; without brackets
	Value string
}

// Veil puts placeholders such as 【客户】 and 【手机1】 in the place of personal
// data, and back. One Veil serves one question: the same words get the same
// placeholder in every text. It is not safe for concurrent use.
type Veil struct {
	known  []Known
	spread *match.Matcher // with characters put between
	plain  *match.Matcher // without
	byWord map[string]string
	words  map[string]hidden // by placeholder
	counts map[string]int    // by label
}

// hidden is what a placeholder stands for.
type hidden struct{ label, words string }

// labels name what text/mask finds.
var labels = map[mask.Kind]string{mask.Mobile: "手机", mask.Landline: "电话", mask.Identity: "证件", mask.BankCard: "卡号", mask.Account: "账号", mask.Credit: "信用代码",
	mask.Policy: "合同号", mask.Plate: "车牌", mask.Email: "邮箱", mask.Address: "地址", mask.Name: "姓名"}

const (
	literalLabel = "原文" // what looked like a placeholder before
	numberLabel  = "号码"
)

var (
	bracketed = regexp.MustCompile(`【[^【】\n]{1,16}】`)
	// longNumber is a number of seven digits, or of eleven with blanks and dashes
	// between: a date with an hour is shorter.
	longNumber = regexp.MustCompile(`[0-9０-９](?:[ \-]?[0-9０-９]){10,}[XxＸｘ]?|[0-9０-９]{7,}[XxＸｘ]?`)
)

// NewVeil returns a veil that hides the given values wherever they stand, also
// with other characters put between, and whatever text/mask and long digits show.
func NewVeil(known ...Known) (*Veil, error) {
	v := &Veil{byWord: map[string]string{}, words: map[string]hidden{}, counts: map[string]int{}}
	var patterns []string
	for _, k := range known {
		k.Value = strings.TrimSpace(k.Value)
		if n := utf8.RuneCountInString(k.Value); n < 2 || !utf8.ValidString(k.Value) || k.Value == "匿名" {
			continue
		} else if n > match.MaxPattern {
			k.Value = string([]rune(k.Value)[:match.MaxPattern])
		}
		if !slices.Contains(patterns, k.Value) {
			v.known, patterns = append(v.known, k), append(patterns, k.Value)
		}
	}
	var err error
	if v.spread, err = match.New(patterns, match.Folded(), match.Noise(2)); err != nil {
		return nil, err
	}
	v.plain, err = match.New(patterns, match.Folded())
	return v, err
}

// stretch is a part of a text that is hidden whole.
type stretch struct {
	start, end int
	label      string
	sure       int // the surest label names a stretch made of several
}

// Hide returns s with placeholders.
func (v *Veil) Hide(s string) string {
	var b strings.Builder
	at := 0
	for _, x := range merge(v.find(s)) {
		b.WriteString(s[at:x.start])
		b.WriteString(v.placeholder(x.label, s[x.start:x.end]))
		at = x.end
	}
	b.WriteString(s[at:])
	return b.String()
}

func (v *Veil) find(s string) []stretch {
	var out []stretch
	v.spread.Each(s, func(m match.Match) bool {
		out = append(out, stretch{m.Start, m.End, v.known[m.Pattern].Label, 4})
		return true
	})
	for _, h := range mask.New().Find(s) {
		out = append(out, stretch{h.Start, h.End, labels[h.Kind], 3})
	}
	for _, at := range longNumber.FindAllStringIndex(s, -1) {
		out = append(out, stretch{at[0], at[1], numberLabel, 2})
	}
	for _, at := range bracketed.FindAllStringIndex(s, -1) {
		out = append(out, stretch{at[0], at[1], literalLabel, 1})
	}
	return out
}

// merge makes one of stretches that overlap, so that no end of either is left.
func merge(all []stretch) []stretch {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var out []stretch
	for _, x := range all {
		if n := len(out); n > 0 && x.start < out[n-1].end {
			last := &out[n-1]
			last.end = max(last.end, x.end)
			if x.sure > last.sure {
				last.label, last.sure = x.label, x.sure
			}
			continue
		}
		out = append(out, x)
	}
	return out
}

// placeholder returns what stands for words, the same for the same words. The
// first of the case's own values needs no number.
func (v *Veil) placeholder(label, words string) string {
	if p, ok := v.byWord[words]; ok {
		return p
	}
	v.counts[label]++
	n := strconv.Itoa(v.counts[label])
	if v.counts[label] == 1 && slices.ContainsFunc(v.known, func(k Known) bool { return k.Label == label }) {
		n = ""
	}
	p := "【" + label + n + "】"
	v.byWord[words], v.words[p] = p, hidden{label, words}
	return p
}

// Show puts the words back into a text. as may change what is shown of them; nil
// shows them as they were. strange are placeholders that nobody gave out, which
// stay as they are.
func (v *Veil) Show(s string, as func(label, words string) string) (out string, strange []string) {
	out = bracketed.ReplaceAllStringFunc(s, func(p string) string {
		h, ok := v.words[p]
		switch {
		case p == Unverified:
			return p
		case !ok:
			strange = append(strange, p)
			return p
		case as == nil || h.label == literalLabel:
			return h.words
		}
		return as(h.label, h.words)
	})
	return out, strange
}

// Leak names the first known value that stands in a text although it is hidden,
// "" for none. It is the last look before a text leaves.
func (v *Veil) Leak(s string) (label string) {
	v.plain.Each(bracketed.ReplaceAllString(s, "\n"), func(m match.Match) bool {
		label = v.known[m.Pattern].Label
		return false
	})
	return label
}

// Unverified stands for what a model made up; a reply with it cannot be sent.
const Unverified = "【请核实】"

// Foreign replaces personal data in an answer that no placeholder stands for:
// the model made it up. It returns how many there were.
func Foreign(s string) (string, int) {
	var b strings.Builder
	at, n := 0, 0
	var all []stretch
	for _, h := range mask.New().Find(s) {
		all = append(all, stretch{start: h.Start, end: h.End})
	}
	for _, x := range longNumber.FindAllStringIndex(s, -1) {
		all = append(all, stretch{start: x[0], end: x[1]})
	}
	for _, x := range merge(all) {
		if strings.ContainsAny(s[x.start:x.end], "【】") {
			continue // a placeholder, which Show judges
		}
		b.WriteString(s[at:x.start])
		b.WriteString(Unverified)
		at = x.end
		n++
	}
	b.WriteString(s[at:])
	return b.String(), n
}

// Package match finds many words in a text at once: a character-wise
// double-array Aho–Corasick automaton.
//
// The alphabet is the set of characters that occur in the patterns, numbered by
// falling frequency; any other sends the automaton to the root, so text that
// shares no character with a pattern costs one table look-up a character. That
// table also does the folding: every written form of a character has the number
// of its plain form, so nothing is copied and offsets are those of the text.
package match

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"xiaobao/internal/fault"
	"xiaobao/internal/text"
)

// Match is one occurrence: byte offsets in the text as given, and the pattern's
// index in the list given to New.
type Match struct{ Start, End, Pattern int }

// MaxPattern is how many characters a pattern may have.
const MaxPattern = 255

// Option changes what counts as an occurrence.
type Option func(*options)

type options struct {
	folded bool
	noise  int
}

// Folded lets a pattern occur in any form that text.FoldRune makes equal: width,
// case, traditional, circled, Chinese or Arabic digits, look-alikes.
func Folded() Option { return func(o *options) { o.folded = true } }

// Noise lets up to n inserted pieces stand between two characters of a pattern.
// A piece is a space, an invisible character, a connecting or enclosing mark
// (see IsNoise), or pinyin in brackets, as in 保(bao)本. What ends a clause or a
// line is never noise: 不能保。本金 does not hold 保本, nor does "保. 本". Between
// two Latin letters nothing is noise either: "this map" does not hold "sm".
// A pattern that holds a noise character itself is looked for as it is written.
func Noise(n int) Option { return func(o *options) { o.noise = n } }

// Matcher is immutable and safe for concurrent use.
type Matcher struct {
	main    *automaton // nil when no pattern is for it
	literal *automaton // patterns that hold noise characters, under Noise
}

// New builds a matcher; the number of a match is the index in patterns. Equal
// patterns are all reported. An empty pattern, one that is not UTF-8 and one
// longer than MaxPattern is an Invalid fault.
func New(patterns []string, opts ...Option) (*Matcher, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	var main, literal []word
	for i, p := range patterns {
		if err := check(i, p); err != nil {
			return nil, err
		}
		w := word{[]rune(p), i}
		if o.folded {
			for k, r := range w.runes {
				w.runes[k] = text.FoldRune(r)
			}
		}
		if o.noise > 0 && holdsNoise(w.runes) {
			literal = append(literal, w)
		} else {
			main = append(main, w)
		}
	}
	m := &Matcher{}
	var err error
	if m.main, err = newAutomaton(main, o); err != nil {
		return nil, err
	}
	o.noise = 0
	m.literal, err = newAutomaton(literal, o)
	return m, err
}

func check(i int, p string) error {
	switch {
	case p == "":
		return fault.New(fault.Invalid, "第 %d 个词是空的，请删去或填写", i+1)
	case !utf8.ValidString(p):
		return fault.New(fault.Invalid, "第 %d 个词 %q 不是 UTF-8 文字，请另存为 UTF-8 后重试", i+1, p)
	case utf8.RuneCountInString(p) > MaxPattern:
		return fault.New(fault.Invalid, "第 %d 个词超过 %d 个字，请缩短", i+1, MaxPattern)
	}
	return nil
}

// Each calls yield for every occurrence, overlapping ones included, until yield
// returns false. It allocates nothing. Occurrences come roughly by their end;
// All sorts them.
func (m *Matcher) Each(text string, yield func(Match) bool) {
	for _, a := range []*automaton{m.main, m.literal} {
		if a != nil && !a.each(text, yield) {
			return
		}
	}
}

// States says how many states were laid out and in how many cells of 8 bytes.
func (m *Matcher) States() (used, cells int) {
	for _, a := range []*automaton{m.main, m.literal} {
		if a == nil {
			continue
		}
		for _, c := range a.cells {
			if c != empty && c.code() != 0 {
				used++
			}
		}
		cells += len(a.cells)
	}
	return used, cells
}

// All returns every occurrence, by start, then end, then pattern.
func (m *Matcher) All(text string) []Match {
	var out []Match
	m.Each(text, func(x Match) bool {
		out = append(out, x)
		return true
	})
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(a.Start-b.Start, a.End-b.End, a.Pattern-b.Pattern)
	})
	return out
}

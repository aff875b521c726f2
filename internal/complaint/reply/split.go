package reply

import (
	"strings"

	"xiaobao/internal/text"
	"xiaobao/internal/text/readable"
)

type span struct{ start, end int }

func (s span) in(text string) string { return text[s.start:s.end] }

// sentences returns the sentences of a text with their closing marks.
func sentences(s string) []span { return spans(readable.Sentences(s)) }

// clauses returns the stretches between any marks.
func clauses(s string) []span { return spans(readable.Clauses(s)) }

func split(s, marks string) []span { return spans(readable.Split(s, marks)) }

func spans(in []text.Span) []span {
	out := make([]span, len(in))
	for i, p := range in {
		out[i] = span{p.Start, p.End}
	}
	return out
}

// sentenceAt returns the sentence around an offset.
func sentenceAt(s string, at int) span {
	for _, x := range sentences(s) {
		if at < x.end {
			return x
		}
	}
	return span{0, len(s)}
}

// first finds the first of some words, -1 when none stands in the text.
func first(s string, list []string) (at int, word string) {
	at = -1
	for _, w := range list {
		if i := strings.Index(s, w); i >= 0 && (at < 0 || i < at) {
			at, word = i, w
		}
	}
	return at, word
}

func has(s string, list []string) bool {
	for _, w := range list {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// count counts the occurrences of some words.
func count(s string, list []string) int {
	n := 0
	for _, w := range list {
		n += strings.Count(s, w)
	}
	return n
}

// before returns up to n characters before an offset, within the line.
func before(s string, at, n int) string {
	from := at
	for ; n > 0 && from > 0; n-- {
		from--
		for from > 0 && s[from]&0xC0 == 0x80 {
			from--
		}
	}
	return s[from:at]
}

// after returns up to n characters after an offset.
func after(s string, at, n int) string {
	for i := range s[at:] {
		if n == 0 {
			return s[at : at+i]
		}
		n--
	}
	return s[at:]
}

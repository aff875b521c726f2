package match

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
)

// naive says in the plainest way what an occurrence is.
type naive struct {
	text   string
	folded bool
	noise  int
}

func (n naive) form(r rune) rune {
	if n.folded {
		return text.FoldRune(r)
	}
	return r
}

func (n naive) all(patterns []string) []Match {
	found := map[Match]bool{}
	for id, p := range patterns {
		var want []rune
		for _, r := range p {
			want = append(want, n.form(r))
		}
		m := n
		if slices.ContainsFunc(want, IsNoise) {
			m.noise = 0
		}
		for start := range n.text {
			if r, size := utf8.DecodeRuneInString(n.text[start:]); m.form(r) == want[0] && (r != utf8.RuneError || size > 1) {
				m.rest(start+size, want[0], want[1:], 0, false, func(end int) { found[Match{start, end, id}] = true })
			}
		}
	}
	out := make([]Match, 0, len(found))
	for m := range found {
		out = append(out, m)
	}
	return sorted(out)
}

// rest reads want behind the character before, pieces of noise being passed.
// skipped says that a bracketed pinyin was passed whole; then all are.
func (n naive) rest(i int, before rune, want []rune, pieces int, skipped bool, found func(end int)) {
	if len(want) == 0 {
		found(i)
		return
	}
	r, size := utf8.DecodeRuneInString(n.text[i:])
	if r == utf8.RuneError && size < 2 {
		return
	}
	i += size
	f := n.form(r)
	if f == want[0] {
		if pieces == 0 || !latin(before) || !latin(f) {
			n.rest(i, f, want[1:], 0, skipped, found)
		}
		return
	}
	stop := (r == '.' || r == '．' || f == '.') && (i == len(n.text) || strings.ContainsRune(" \t\r\n", rune(n.text[i])))
	if pieces == n.noise || stop || !IsNoise(r) && !IsNoise(f) {
		return
	}
	end := 0
	if strings.ContainsRune(openers, r) || strings.ContainsRune(openers, f) {
		end = pinyin(n.text, i)
	}
	if end > 0 {
		n.rest(end, before, want, pieces+1, true, found)
	}
	if end == 0 || !skipped {
		n.rest(i, before, want, pieces+1, skipped, found)
	}
}

func latin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func sorted(m []Match) []Match {
	slices.SortFunc(m, func(a, b Match) int {
		return cmp.Or(a.Start-b.Start, a.End-b.End, a.Pattern-b.Pattern)
	})
	return m
}

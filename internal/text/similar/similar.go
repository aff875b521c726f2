// Package similar compares two texts: how much of what is rare in one stands in
// the other, with the words they share, and whether they are nearly the same.
//
// It needs no word list: Chinese is compared by pairs of neighbouring characters,
// other letters and digits by whole words. What is frequent everywhere counts
// little; how frequent a pair is, the caller says (Frequencies) or it is left out.
package similar

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Score says how much two texts have in common.
type Score struct {
	Value  float64  // 0 to 1: cosine of the weighted pairs
	Near   float64  // 0 to 1: share of common pieces of three characters (Jaccard); from NearDuplicate on they are the same text
	Shared []string // the longest common words of at least two characters, rarest first, at most MaxShared
}

// MaxShared is how many common words a Score names.
const MaxShared = 8

// NearDuplicate is from which Near on two texts count as copies of one another.
const NearDuplicate = 0.5

// Frequencies says how common a pair (or a word) is: the share of texts that have
// it, 0 when it was never met. A nil Frequencies takes all as equally rare.
type Frequencies func(pair string) float64

// unseen is the share that a pair never met is taken to have.
const unseen = 1e-4

func (f Frequencies) weight(pair string) float64 {
	if hollow(pair) {
		return 0
	}
	if f == nil {
		return 1
	}
	return -math.Log(min(0.999, max(unseen, f(pair))))
}

// hollow reports whether a pair says nothing of what a text is about.
func hollow(pair string) bool {
	if empty[pair] {
		return true
	}
	first, n := utf8.DecodeRuneInString(pair)
	last, _ := utf8.DecodeLastRuneInString(pair)
	return n > 1 && (particles[first] || particles[last])
}

// Text is a text made ready to be compared with many.
type Text struct {
	runs    []run
	pairs   map[string]float64 // pair -> weight
	order   []string           // the pairs that weigh something, as they first stand, so that sums are the same each time
	length  float64            // of the vector of weights
	weigher Frequencies
}

// run is a stretch of letters without a separator, folded.
type run struct {
	text []rune
	han  bool
}

// New makes a text ready.
func New(s string, f Frequencies) *Text {
	t := &Text{runs: runs(s), pairs: map[string]float64{}, weigher: f}
	var sum float64
	for _, r := range t.runs {
		for _, p := range r.pairs() {
			if _, known := t.pairs[p]; known {
				continue
			}
			w := f.weight(p)
			t.pairs[p] = w
			if w > 0 {
				t.order = append(t.order, p)
				sum += w * w
			}
		}
	}
	t.length = math.Sqrt(sum)
	return t
}

// pieces are the stretches of three characters.
func (t *Text) pieces() map[string]bool {
	out := map[string]bool{}
	for _, r := range t.runs {
		for i := 0; i+3 <= len(r.text); i++ {
			out[string(r.text[i:i+3])] = true
		}
	}
	return out
}

// Pairs returns the pairs and words of the text with what each weighs; words that
// say nothing weigh 0.
func (t *Text) Pairs() map[string]float64 { return t.pairs }

// Compare compares two texts without knowledge of what is frequent.
func Compare(a, b string) Score { return New(a, nil).Compare(New(b, nil)) }

// Compare compares with another text that was made ready with the same frequencies.
func (t *Text) Compare(o *Text) Score {
	value := t.Value(o)
	if value == 0 {
		return Score{}
	}
	return Score{Value: value, Near: jaccard(t.pieces(), o.pieces()), Shared: t.shared(o)}
}

// Value is the Value of Compare alone: for sifting many.
func (t *Text) Value(o *Text) float64 {
	if t.length == 0 || o.length == 0 {
		return 0
	}
	var dot float64
	for _, p := range t.order {
		dot += t.pairs[p] * o.pairs[p]
	}
	return min(1, dot/(t.length*o.length))
}

func jaccard(a, b map[string]bool) float64 {
	both := 0
	for p := range a {
		if b[p] {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// word is a stretch that both texts have.
type word struct {
	text   string
	weight float64
}

// shared finds the maximal stretches of t of which every pair stands in o, and
// which stand in o as they are; of one that does not, the longest beginnings that do.
func (t *Text) shared(o *Text) []string {
	found := map[string]float64{}
	folded := o.folded()
	for _, r := range t.runs {
		if !r.han {
			if w := string(r.text); strings.Contains(folded, "\n"+w+"\n") && t.pairs[w] > 0 {
				found[w] = t.pairs[w]
			}
			continue
		}
		for from := 0; from+1 < len(r.text); {
			to := longest(r.text, from, folded)
			if to-from < 2 {
				from++
				continue
			}
			if w, weight := t.trim(r.text[from:to]); weight > 0 {
				found[w] = max(found[w], weight)
			}
			from = max(from+1, to-1)
		}
	}
	return rarest(found)
}

// longest returns where the longest stretch from a place that stands in s ends.
func longest(text []rune, from int, s string) int {
	to := from
	for to < len(text) && strings.Contains(s, string(text[from:to+1])) {
		to++
	}
	return to
}

// trim takes characters that say nothing off both ends of a word and returns it with its weight.
func (t *Text) trim(w []rune) (string, float64) {
	for len(w) > 2 && (particles[w[0]] || empty[string(w[:2])]) {
		w = w[1:]
	}
	for len(w) > 2 && (particles[w[len(w)-1]] || empty[string(w[len(w)-2:])]) {
		w = w[:len(w)-1]
	}
	if len(w) == 2 && (particles[w[0]] || particles[w[1]]) {
		return "", 0
	}
	var sum float64
	for i := 0; i+2 <= len(w); i++ {
		sum += t.weigher.weight(string(w[i : i+2]))
	}
	return string(w), sum
}

// rarest orders words by weight and leaves out those that a heavier one contains.
func rarest(found map[string]float64) []string {
	words := make([]word, 0, len(found))
	for w, weight := range found {
		words = append(words, word{w, weight})
	}
	slices.SortFunc(words, func(a, b word) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text))
	})
	var out []string
	for _, w := range words {
		if len(out) < MaxShared && !slices.ContainsFunc(out, func(o string) bool { return strings.Contains(o, w.text) }) {
			out = append(out, w.text)
		}
	}
	return out
}

// folded is the text with its runs on lines of their own.
func (t *Text) folded() string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, r := range t.runs {
		b.WriteString(string(r.text))
		b.WriteByte('\n')
	}
	return b.String()
}

package classify

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// MaxWords is how many words an answer names.
const MaxWords = 6

// letter is a character of the text with what it spoke for the label.
type letter struct {
	start, end int32
	word       bool // false: it separates words
	han        bool
	weight     float32
}

// explain finds the words that spoke for label y. Every n-gram's weight against
// the mean of all labels is shared out among its characters; neighbours that both
// speak for the label become one word.
func (m *Model) explain(text string, y int) []Weighed {
	letters := m.letters(text, y)
	var top, all float32
	for _, l := range letters {
		top = max(top, l.weight)
		all += max(0, l.weight)
	}
	if top <= 0 {
		return nil
	}
	var spans [][2]int
	for i := 0; i < len(letters); {
		if letters[i].weight < weighty*top {
			i++
			continue
		}
		from, to := i, i+1
		for to < len(letters) && letters[to].weight >= weighty*top && letters[to].word && letters[from].word {
			to++
		}
		from, to = whole(letters, from, to)
		if n := len(spans); n > 0 && from < spans[n-1][1] { // widened into the word before: one word
			from, spans = spans[n-1][0], spans[:n-1]
		}
		spans = append(spans, [2]int{from, to})
		i = to
	}
	out := make([]Weighed, len(spans))
	for i, s := range spans {
		out[i] = weigh(text, letters[s[0]:s[1]], all)
	}
	return heaviest(out)
}

// weighty is the least share of the heaviest character's weight that makes a
// character part of a word that is shown.
const weighty = 0.3

// letters returns the characters of the text that features are made of, with
// their weights.
func (m *Model) letters(text string, y int) []letter {
	out := make([]letter, 0, min(len(text)/2+8, maxRunes))
	mask := uint32(1)<<m.bits - 1
	var a, b rune
	for i, raw := range text {
		if len(out) == maxRunes {
			break
		}
		r, word := foldRune(raw)
		out = append(out, letter{start: int32(i), end: int32(i + utf8.RuneLen(raw)), word: word, han: unicode.Is(unicode.Han, raw)})
		n := len(out)
		if !word {
			if tone(r) {
				out[n-1].weight = m.against(mix(r, 0, 0)&mask, y)
			}
			a, b = 0, 0
			continue
		}
		out[n-1].weight += m.against(mix(r, 0, 0)&mask, y)
		if b != 0 {
			share(out[n-2:], m.against(mix(b, r, 0)&mask, y)/2)
			if a != 0 {
				share(out[n-3:], m.against(mix(a, b, r)&mask, y)/3)
			}
		}
		a, b = b, r
	}
	return out
}

func share(letters []letter, w float32) {
	for i := range letters {
		letters[i].weight += w
	}
}

// against is how much more a bucket speaks for label y than for the mean label.
func (m *Model) against(bucket uint32, y int) float32 {
	scale := m.scale[bucket]
	if scale == 0 {
		return 0
	}
	k := len(m.bias)
	row := m.cells[int(bucket)*k : int(bucket)*k+k]
	sum := 0
	for _, v := range row {
		sum += int(v)
	}
	return scale * (float32(row[y]) - float32(sum)/float32(k))
}

// whole widens a lone Chinese character to the neighbour that speaks louder, and
// Latin letters and digits to the whole word, so that a person can read it.
func whole(letters []letter, from, to int) (int, int) {
	for from > 0 && latin(letters[from-1]) && latin(letters[from]) {
		from--
	}
	for to < len(letters) && latin(letters[to]) && latin(letters[to-1]) {
		to++
	}
	if to-from > 1 || !letters[from].han {
		return from, to
	}
	before := from > 0 && letters[from-1].han
	after := to < len(letters) && letters[to].han
	switch {
	case after && (!before || letters[to].weight >= letters[from-1].weight):
		return from, to + 1
	case before:
		return from - 1, to
	}
	return from, to
}

func latin(l letter) bool { return l.word && !l.han }

func weigh(text string, letters []letter, all float32) Weighed {
	w := Weighed{Start: int(letters[0].start), End: int(letters[len(letters)-1].end)}
	w.Text = text[w.Start:w.End]
	for _, l := range letters {
		w.Weight += float64(max(0, l.weight) / all)
	}
	return w
}

// heaviest keeps the words that weighed most. A word that stands in the text more
// than once is named at its first place with all its weight.
func heaviest(words []Weighed) []Weighed {
	at := make(map[string]int, len(words))
	out := words[:0]
	for _, w := range words {
		if i, ok := at[w.Text]; ok {
			out[i].Weight += w.Weight
			continue
		}
		at[w.Text] = len(out)
		out = append(out, w)
	}
	slices.SortStableFunc(out, func(a, b Weighed) int { return cmp.Compare(b.Weight, a.Weight) })
	return slices.Clip(out[:min(MaxWords, len(out))])
}

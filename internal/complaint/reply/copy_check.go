package reply

import (
	"strconv"
	"unicode/utf8"
)

// shingles are the runs of some characters of a text, without the sentences that
// the composer gives to every letter.
func (l *lexicon) shingles(s string) map[string]bool {
	n := int(l.limits["copy_shingle"])
	out := make(map[string]bool, len(s)/3)
	for _, x := range sentences(s) {
		text := x.in(s)
		if l.fixed[text] {
			continue
		}
		var at []int
		for i := range text {
			at = append(at, i)
		}
		at = append(at, len(text))
		for i := 0; i+n < len(at); i++ {
			out[text[at[i]:at[i+n]]] = true
		}
	}
	return out
}

// alike is the share of the smaller set that both have.
func alike(a, b map[string]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return 0
	}
	hit := 0
	for s := range a {
		if b[s] {
			hit++
		}
	}
	return float64(hit) / float64(len(a))
}

// copies compares the answers with each other and with those of other letters.
func (c *run) copies() {
	type answer struct {
		n    int
		have map[string]bool
	}
	var before []answer
	for _, p := range c.parts {
		if p.part != Answer || utf8.RuneCountInString(p.text) < int(c.limits["copy_least"]) {
			continue
		}
		a := answer{p.point, c.shingles(p.text)}
		if len(a.have) < int(c.limits["copy_least"])/2 {
			continue
		}
		for _, b := range before {
			if share := alike(a.have, b.have); share >= c.limits["copy_within"] {
				c.add("copied_within", p.at(0, 0), "", nil, "{n}", strconv.Itoa(b.n), "{percent}", strconv.Itoa(int(share*100)))
				break
			}
		}
		before = append(before, a)
		for _, r := range c.Recent {
			if share := alike(a.have, c.shingles(r.Text)); share >= c.limits["copy_letter"] {
				c.add("copied_letter", p.at(0, 0), "", nil, "{number}", r.Number, "{percent}", strconv.Itoa(int(share*100)))
				break
			}
		}
	}
}

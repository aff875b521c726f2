package match

import "unicode/utf8"

// rare reads a character that is neither ASCII nor of three bytes. Bytes that
// are not UTF-8 belong to no character: one of them is passed, with code 0.
func (a *automaton) rare(text string, i int) (c uint16, next int) {
	r, n := utf8.DecodeRuneInString(text[i:])
	switch {
	case r == utf8.RuneError && n == 1:
		return 0, i + 1
	case r < 1<<16:
		return a.code[r], i + n
	}
	if c, ok := a.astral[r]; ok {
		return c, i + n
	}
	if a.noise > 0 && (r >= 0x1F300 && r <= 0x1FAFF || r >= 0xE0100 && r <= 0xE01EF) {
		return noiseCode, i + n // pictures, variation selectors
	}
	return 0, i + n
}

// three returns the character of three bytes at i, 0 for anything else, and less
// than 0x800 for one that should have been written in fewer. One load and one
// comparison do it; near the end of the text rare reads.
func three(s string, i int) uint32 {
	if i+4 > len(s) {
		return 0
	}
	w := uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
	if w&0xC0C0F0 != 0x8080E0 {
		return 0
	}
	return w&0xF<<12 | w>>8&0x3F<<6 | w>>16&0x3F
}

// each calls yield for every occurrence and reports whether all were wanted.
func (a *automaton) each(text string, yield func(Match) bool) bool {
	if a.noise > 0 {
		return a.eachNoisy(text, yield)
	}
	cells, code, root := a.cells, a.code, a.cells[0]
	rb := root.base()
	n, k := root, uint32(0) // the state, and where it stands unless it is the root
	for i := 0; i < len(text); {
		var c uint16
		if b := text[i]; b < 0x80 {
			c = code[b]
			i++
		} else if r := three(text, i); r >= 0x800 {
			c = code[uint16(r)]
			i += 3
		} else {
			c, i = a.rare(text, i)
		}
		if c == 0 {
			n = root
			continue
		}
		k = n.base() + uint32(c)
		to := cells[k]
		for to.code() != c {
			f := n.fail()
			if f == 0 {
				k = rb + uint32(c)
				if to = cells[k]; to.code() != c {
					to = root
				}
				break
			}
			n = cells[f]
			k = n.base() + uint32(c)
			to = cells[k]
		}
		n = to
		if n&hasOut == 0 {
			continue
		}
		for hit := &a.out[k]; ; hit = &a.more[hit.next] {
			start := i - int(hit.bytes)
			if !a.exact {
				start = a.back(text, i, int(hit.runes))
			}
			if !yield(Match{start, i, int(hit.pattern)}) {
				return false
			}
			if hit.next < 0 {
				break
			}
		}
	}
	return true
}

// report yields the words that end at end.
func (a *automaton) report(text string, end int, hit *output, yield func(Match) bool) bool {
	for yield(Match{a.back(text, end, int(hit.runes)), end, int(hit.pattern)}) {
		if hit.next < 0 {
			return true
		}
		hit = &a.more[hit.next]
	}
	return false
}

// back goes n characters back from end, over noise. What lies there was read as
// characters before, so that only their first bytes need to be looked for.
func (a *automaton) back(text string, end, n int) int {
	for n > 0 {
		for end--; text[end]&0xC0 == 0x80; {
			end--
		}
		if a.noise == 0 || !a.skips(text, end) {
			n--
		}
	}
	return end
}

// skips reports whether the character at i is noise.
func (a *automaton) skips(text string, i int) bool {
	if r := three(text, i); r >= 0x800 {
		return a.code[uint16(r)] >= firstClass
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	if r < 1<<16 {
		return a.code[r] >= firstClass
	}
	return a.astral[r] == 0
}

// eachNoisy is each that passes over noise.
func (a *automaton) eachNoisy(text string, yield func(Match) bool) bool {
	cells, code, root := a.cells, a.code, a.cells[0]
	n, k, gap, before, base := root, uint32(0), 0, uint16(0), root.base()
	for i := 0; i < len(text); {
		var c uint16
		if b := text[i]; b < 0x80 {
			c = code[b]
			i++
		} else if r := three(text, i); r >= 0x800 {
			c = code[uint16(r)]
			i += 3
		} else {
			c, i = a.rare(text, i)
		}
		if c == 0 {
			n, gap = root, 0
			continue
		}
		if c >= firstClass {
			if n == root {
				continue
			}
			if gap++; gap > a.noise || c == period && ends(text, i) {
				n, gap = root, 0
			} else if c == bracket && !a.across(text, i, thread{k, gap, before}, yield) {
				return false
			}
			continue
		}
		if gap > 0 {
			if gap = 0; a.letter[c] && a.letter[before] {
				n = root
			}
		}
		before = c
		k = n.base() + uint32(c)
		to := cells[k]
		for to.code() != c {
			f := n.fail()
			if f == 0 {
				if k = base + uint32(c); cells[k].code() == c {
					to = cells[k]
				} else {
					to, k = root, 0
				}
				break
			}
			n = cells[f]
			k = n.base() + uint32(c)
			to = cells[k]
		}
		n = to
		if n&hasOut != 0 && !a.report(text, i, &a.out[k], yield) {
			return false
		}
	}
	return true
}

// ends reports whether a full stop before i ends a sentence: in 保.本 it does not.
func ends(text string, i int) bool {
	return i == len(text) || text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t'
}

// thread is where a scan stands.
type thread struct {
	state  uint32
	gap    int
	before uint16
}

// across follows the words that may go on behind a bracketed pinyin, whose
// bracket ends at i. The main scan reads the letters in it as letters; this one
// skips them, and every further one, as long as a word that began before it may
// still end. So each occurrence is found once, and the work is bounded by the
// longest pattern.
func (a *automaton) across(text string, i int, t thread, yield func(Match) bool) bool {
	open, read := i, 0
	for i = pinyin(text, i); i > 0 && i < len(text); {
		var c uint16
		c, i = a.rare(text, i)
		if c == 0 {
			return true
		}
		if c >= firstClass {
			if t.gap++; t.gap > a.noise || c == period && ends(text, i) {
				return true
			}
			if end := pinyin(text, i); c == bracket && end > 0 {
				i = end
			}
			continue
		}
		if t.gap > 0 && a.letter[c] && a.letter[t.before] {
			return true
		}
		t.gap, t.before = 0, c
		read++
		if t.state = a.step(t.state, c); int(a.depth[t.state]) <= read {
			return true
		}
		for hit := &a.out[t.state]; int(hit.runes) > read; hit = &a.more[hit.next] {
			if !yield(Match{a.back(text, open, int(hit.runes)-read), i, int(hit.pattern)}) {
				return false
			}
			if hit.next < 0 {
				break
			}
		}
	}
	return true
}

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
	t := s[i : i+4]
	w := uint32(t[0]) | uint32(t[1])<<8 | uint32(t[2])<<16 | uint32(t[3])<<24
	if w&0xC0C0F0 != 0x8080E0 {
		return 0
	}
	return w&0xF<<12 | w>>8&0x3F<<6 | w>>16&0x3F
}

// reached is a state with words, and where in the text it was reached.
type reached struct {
	end   int
	state uint32
}

// batch is how many states with words are gathered before their words are told:
// the scan then neither branches on them nor waits for what stands about them.
const batch = 64

// each calls yield for every occurrence and reports whether all were wanted.
func (a *automaton) each(text string, yield func(Match) bool) bool {
	if a.noise > 0 {
		return a.eachNoisy(text, yield)
	}
	var found [batch]reached
	for i, k, n := 0, uint32(0), 0; i < len(text); {
		i, k, n = a.gather(&found, text, i, k)
		for j := range found[:n] {
			if !a.report(text, found[j].end, &a.out[found[j].state], yield) {
				return false
			}
		}
	}
	return true
}

// gather reads on from state k at i until the text ends or found is full, and
// returns where it stands and how many it found.
func (a *automaton) gather(found *[batch]reached, text string, i int, k uint32) (int, uint32, int) {
	cells, code, first := a.cells, a.code, a.first
	s, n := cells[k], 0
	for i < len(text) && n < batch {
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
		p, q, to := s.base()+uint32(c), s.other()+uint32(c), first[c]
		sp, sq, next := cells[p], cells[q], cells[to]
		atQ, atP := same(sq, c), same(sp, c)
		to ^= (to ^ q) & atQ
		next ^= (next ^ sq) & cell(int32(atQ))
		to ^= (to ^ p) & atP
		next ^= (next ^ sp) & cell(int32(atP))
		if uint32(s)&uint32(deep)&^(atP|atQ) != 0 {
			to = a.step(a.fails[a.fails[k]], c)
			next = cells[to]
		}
		k, s = to, next
		found[n&(batch-1)] = reached{i, k}
		n += int(s / hasOut & 1)
	}
	return i, k, n
}

// same is all ones where a cell has the code c, else 0.
func same(n cell, c uint16) uint32 {
	return uint32(int32(uint32(n.code()^c)-1) >> 31)
}

// report yields the words that end at end.
func (a *automaton) report(text string, end int, hit *output, yield func(Match) bool) bool {
	for {
		start := end - int(hit.bytes)
		if !a.exact {
			start = a.back(text, end, int(hit.runes))
		}
		if !yield(Match{start, end, int(hit.pattern)}) {
			return false
		}
		if hit.next < 0 {
			return true
		}
		hit = &a.more[hit.next]
	}
}

// back goes n characters back from end, over noise. What lies there was read as
// characters before, so that only their first bytes need to be looked for.
func (a *automaton) back(text string, end, n int) int {
	for n > 0 {
		if end >= 3 && text[end-1]&0xC0 == 0x80 && text[end-2]&0xC0 == 0x80 && text[end-3]&0xF0 == 0xE0 {
			end -= 3
		} else {
			for end--; text[end]&0xC0 == 0x80; {
				end--
			}
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
	cells, code, first := a.cells, a.code, a.first
	n, k, gap, before := cells[0], uint32(0), 0, uint16(0)
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
		if c >= firstClass {
			if k == 0 {
				continue
			}
			if gap++; gap > a.noise || c == period && ends(text, i) {
				n, k, gap = cells[0], 0, 0
			} else if c == bracket && !a.across(text, i, thread{k, gap, before}, yield) {
				return false
			}
			continue
		}
		if gap > 0 {
			if gap = 0; a.letter[c] && a.letter[before] {
				n, k = cells[0], 0
			}
		}
		before = c
		p, q, to := n.base()+uint32(c), n.other()+uint32(c), first[c]
		to ^= (to ^ q) & same(cells[q], c)
		to ^= (to ^ p) & same(cells[p], c)
		if n&deep != 0 && to != p && to != q {
			to = a.step(a.fails[a.fails[k]], c)
		}
		k = to
		n = cells[k]
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

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

// each calls yield for every occurrence and reports whether all were wanted.
func (a *automaton) each(text string, yield func(Match) bool) bool {
	if a.noise > 0 {
		return a.eachNoisy(text, yield)
	}
	nodes, code := a.nodes, a.code
	s := int32(0)
	for i := 0; i < len(text); {
		var c uint16
		b := text[i]
		switch {
		case b < 0x80:
			c = code[b]
			i++
		case b>>4 == 0xE && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80 && (b != 0xE0 || text[i+1] >= 0xA0):
			c = code[uint16(b)<<12|uint16(text[i+1]&0x3F)<<6|uint16(text[i+2]&0x3F)]
			i += 3
		default:
			c, i = a.rare(text, i)
		}
		if c == 0 {
			s = 0
			continue
		}
		for {
			n := &nodes[s]
			k := n.base + int32(c)
			if uint32(k) < uint32(len(nodes)) && nodes[k].check == s {
				s = k
				break
			}
			if s == 0 {
				break
			}
			s = n.fail
		}
		if nodes[s].out >= 0 && !a.report(text, i, nodes[s].out, yield) {
			return false
		}
	}
	return true
}

// report yields the words that end at end.
func (a *automaton) report(text string, end int, out int32, yield func(Match) bool) bool {
	for ; out >= 0; out = a.outs[out].next {
		o := &a.outs[out]
		start := end - int(o.bytes)
		if !a.exact {
			start = a.back(text, end, o.runes)
		}
		if !yield(Match{start, end, int(o.pattern)}) {
			return false
		}
	}
	return true
}

// back goes n characters back from end, over noise.
func (a *automaton) back(text string, end int, n int32) int {
	for n > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:end])
		end -= size
		if a.noise == 0 || !a.skips(r) {
			n--
		}
	}
	return end
}

func (a *automaton) skips(r rune) bool {
	if r < 1<<16 {
		return a.code[r] >= firstClass
	}
	return a.astral[r] == 0
}

// eachNoisy is each that passes over noise.
func (a *automaton) eachNoisy(text string, yield func(Match) bool) bool {
	nodes, code := a.nodes, a.code
	s, gap, before := int32(0), 0, uint16(0)
	for i := 0; i < len(text); {
		var c uint16
		b := text[i]
		switch {
		case b < 0x80:
			c = code[b]
			i++
		case b>>4 == 0xE && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80 && (b != 0xE0 || text[i+1] >= 0xA0):
			c = code[uint16(b)<<12|uint16(text[i+1]&0x3F)<<6|uint16(text[i+2]&0x3F)]
			i += 3
		default:
			c, i = a.rare(text, i)
		}
		if c == 0 {
			s, gap = 0, 0
			continue
		}
		if c >= firstClass {
			if s == 0 {
				continue
			}
			if gap++; gap > a.noise || c == period && ends(text, i) {
				s, gap = 0, 0
			} else if c == bracket && !a.across(text, i, thread{s, gap, before}, yield) {
				return false
			}
			continue
		}
		if gap > 0 {
			if gap = 0; a.letter[c] && a.letter[before] {
				s = 0
			}
		}
		before = c
		for {
			n := &nodes[s]
			k := n.base + int32(c)
			if uint32(k) < uint32(len(nodes)) && nodes[k].check == s {
				s = k
				break
			}
			if s == 0 {
				break
			}
			s = n.fail
		}
		if nodes[s].out >= 0 && !a.report(text, i, nodes[s].out, yield) {
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
	state  int32
	gap    int
	before uint16
}

// across follows the words that may go on behind a bracketed pinyin, whose
// bracket ends at i. The main scan reads the letters in it as letters; this one
// skips them, and every further one, as long as a word that began before it may
// still end. So each occurrence is found once, and the work is bounded by the
// longest pattern.
func (a *automaton) across(text string, i int, t thread, yield func(Match) bool) bool {
	open, read := i, int32(0)
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
		if t.state = a.step(t.state, c); int32(a.depth[t.state]) <= read {
			return true
		}
		for out := a.nodes[t.state].out; out >= 0; out = a.outs[out].next {
			o := &a.outs[out]
			if o.runes <= read {
				break
			}
			if !yield(Match{a.back(text, open, o.runes-read), i, int(o.pattern)}) {
				return false
			}
		}
	}
	return true
}

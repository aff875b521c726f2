package match

import (
	"cmp"
	"slices"
	"unicode"

	"xiaobao/internal/fault"
	"xiaobao/internal/text"
)

// word is a pattern with its index in the caller's list.
type word struct {
	runes  []rune
	number int
}

type node struct {
	base  int32 // child c of this state is state base+c, if check agrees
	check int32 // parent state
	fail  int32
	out   int32 // index into outs, or -1
}

type output struct {
	pattern int32
	runes   int32
	bytes   int32 // of the pattern as given; holds for the text when forms are exact
	next    int32 // next shorter output that ends at the same place, or -1
}

// Codes above all characters of an alphabet.
const (
	noiseCode  = 0xFFFF // is skipped
	bracket    = 0xFFFE // is skipped and may open a bracketed pinyin
	period     = 0xFFFD // is skipped unless a space or the end follows
	firstClass = 0xFFF0
)

// automaton finds one list of words in one way of reading.
type automaton struct {
	code   []uint16 // character of the BMP -> code, 0 when outside the alphabet
	astral map[rune]uint16
	nodes  []node
	outs   []output
	letter []bool   // by code: a Latin letter
	depth  []uint16 // by state: characters read; only under noise
	exact  bool     // text and pattern agree byte by byte
	noise  int
}

func newAutomaton(words []word, o options) (*automaton, error) {
	if len(words) == 0 {
		return nil, nil
	}
	a := &automaton{code: make([]uint16, 1<<16), exact: !o.folded && o.noise == 0, noise: o.noise}
	alphabet := byFrequency(words)
	if len(alphabet) >= firstClass-1 {
		return nil, fault.New(fault.Invalid, "词表用了 %d 个不同的字，超过 %d 个，请分成几张词表", len(alphabet), firstClass-2)
	}
	a.letter = make([]bool, len(alphabet)+1)
	for i, r := range alphabet {
		a.put(r, uint16(i+1))
		a.letter[i+1] = r < unicode.MaxASCII && unicode.IsLetter(r)
	}
	if o.noise > 0 {
		a.putNoise()
	}
	if o.folded {
		text.EachFold(func(from, to rune) {
			if c := a.of(to); c != 0 {
				a.put(from, c)
			}
		})
	}
	t := newTrie(words, a)
	state := a.layOut(t)
	if a.noise > 0 {
		a.depth = make([]uint16, len(a.nodes))
	}
	a.link(t, state)
	return a, nil
}

// byFrequency gives common characters small codes, so that children lie close.
func byFrequency(words []word) []rune {
	freq := map[rune]int{}
	for _, w := range words {
		for _, r := range w.runes {
			freq[r]++
		}
	}
	alphabet := make([]rune, 0, len(freq))
	for r := range freq {
		alphabet = append(alphabet, r)
	}
	slices.SortFunc(alphabet, func(a, b rune) int {
		return cmp.Or(cmp.Compare(freq[b], freq[a]), cmp.Compare(a, b))
	})
	return alphabet
}

func (a *automaton) put(r rune, c uint16) {
	if r < 1<<16 {
		a.code[r] = c
		return
	}
	if a.astral == nil {
		a.astral = map[rune]uint16{}
	}
	a.astral[r] = c
}

func (a *automaton) of(r rune) uint16 {
	if r < 1<<16 {
		return a.code[r]
	}
	return a.astral[r]
}

type trieNode struct {
	kids []edge
	outs []int32 // words that end here
}

type edge struct {
	code uint16
	to   int32
}

type trie struct {
	nodes []trieNode
	words []word
}

func newTrie(words []word, a *automaton) trie {
	t := trie{nodes: make([]trieNode, 1, 4*len(words)), words: words}
	for i, w := range words {
		s := int32(0)
		for _, r := range w.runes {
			s = t.child(s, a.of(r))
		}
		t.nodes[s].outs = append(t.nodes[s].outs, int32(i))
	}
	return t
}

func (t *trie) child(s int32, c uint16) int32 {
	k, ok := slices.BinarySearchFunc(t.nodes[s].kids, c, func(e edge, c uint16) int { return int(e.code) - int(c) })
	if !ok {
		t.nodes = append(t.nodes, trieNode{})
		t.nodes[s].kids = slices.Insert(t.nodes[s].kids, k, edge{c, int32(len(t.nodes) - 1)})
	}
	return t.nodes[s].kids[k].to
}

// layOut places the trie breadth first, so that the states near the root, which
// are the ones that text visits, lie close together. It returns each trie node's
// state.
func (a *automaton) layOut(t trie) []int32 {
	state := make([]int32, len(t.nodes))
	a.grow(1 << 16)
	a.nodes[0].check = 0
	last, free := int32(0), int32(1)
	for queue := []int32{0}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		kids := t.nodes[at].kids
		if len(kids) == 0 {
			a.nodes[state[at]].base = -1 << 20
			continue
		}
		for a.nodes[free].check >= 0 {
			free++
			a.grow(int(free) + 1<<16)
		}
		b := a.place(kids, max(free-int32(kids[0].code), 0))
		a.nodes[state[at]].base = b
		for _, e := range kids {
			s := b + int32(e.code)
			a.nodes[s].check = state[at]
			state[e.to] = s
			last = max(last, s)
			queue = append(queue, e.to)
		}
	}
	a.nodes = slices.Clone(a.nodes[:last+1])
	return state
}

func (a *automaton) grow(n int) {
	for len(a.nodes) < n {
		a.nodes = append(a.nodes, node{check: -1, out: -1})
	}
}

// place finds the first base from b on at which all children fit.
func (a *automaton) place(kids []edge, b int32) int32 {
search:
	for ; ; b++ {
		a.grow(int(b) + 1<<16)
		for _, e := range kids {
			if s := b + int32(e.code); s == 0 || a.nodes[s].check >= 0 {
				continue search
			}
		}
		return b
	}
}

// link sets failure links and outputs, breadth first.
func (a *automaton) link(t trie, state []int32) {
	for queue := []int32{0}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		s := state[at]
		for _, e := range t.nodes[at].kids {
			f := int32(0)
			if at != 0 {
				f = a.step(a.nodes[s].fail, e.code)
			}
			k := state[e.to]
			a.nodes[k].fail = f
			if a.noise > 0 {
				a.depth[k] = a.depth[s] + 1
			}
			a.nodes[k].out = a.emit(t, e.to, a.nodes[f].out)
			queue = append(queue, e.to)
		}
	}
}

// emit chains the words that end at a trie node before those of its suffixes.
func (a *automaton) emit(t trie, at, next int32) int32 {
	for _, i := range slices.Backward(t.nodes[at].outs) {
		w := t.words[i]
		a.outs = append(a.outs, output{int32(w.number), int32(len(w.runes)), int32(len(string(w.runes))), next})
		next = int32(len(a.outs) - 1)
	}
	return next
}

func (a *automaton) step(s int32, c uint16) int32 {
	for {
		n := &a.nodes[s]
		if k := n.base + int32(c); uint32(k) < uint32(len(a.nodes)) && a.nodes[k].check == s {
			return k
		}
		if s == 0 {
			return 0
		}
		s = n.fail
	}
}

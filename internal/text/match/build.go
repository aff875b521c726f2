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

// cell is a state in one word: the code of the character that leads to it, whether
// words end here, its base (child c is the cell base+c if that has code c; no two
// states share a base), the base of its failure state, and whether that one fails
// to another state than the root. So a step looks at three cells it can name
// beforehand - child, child of the failure state, child of the root - and chooses
// among them without a branch that could be guessed wrongly.
type cell uint64

const (
	hasOut   cell = 1 << 16
	deep     cell = 1 << 17
	baseAt        = 18
	otherAt       = 41
	maxCells      = 1<<23 - 1
	empty    cell = 0xFFFF // no character's code
)

func (c cell) code() uint16  { return uint16(c) }
func (c cell) base() uint32  { return uint32(c>>baseAt) & maxCells }
func (c cell) other() uint32 { return uint32(c >> otherAt) }

// output is a word that ends at a state; no runes in a state without.
type output struct {
	pattern int32
	runes   uint16
	bytes   uint16 // of the pattern as given; holds for the text when forms are exact
	next    int32  // in more: the next shorter word that ends at the same place, or -1
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
	code   *[1 << 16]uint16 // character of the BMP -> code, 0 when outside the alphabet
	astral map[rune]uint16
	cells  []cell
	fails  []uint32 // by state: its failure state
	first  []uint32 // by code: the root's child, the root itself where it has none
	out    []output // by state: the longest word that ends there
	more   []output // those words again that are a next
	letter []bool   // by code: a Latin letter
	depth  []uint16 // by state: characters read; only under noise
	exact  bool     // text and pattern agree byte by byte
	noise  int
}

func newAutomaton(words []word, o options) (*automaton, error) {
	if len(words) == 0 {
		return nil, nil
	}
	a := &automaton{code: new([1 << 16]uint16), exact: !o.folded && o.noise == 0, noise: o.noise}
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
	state, err := a.layOut(t, len(alphabet))
	if err != nil {
		return nil, err
	}
	a.out = make([]output, len(a.cells))
	a.fails = make([]uint32, len(a.cells))
	if a.noise > 0 {
		a.depth = make([]uint16, len(a.cells))
	}
	a.link(t, state)
	a.settle(len(alphabet))
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
// state. Behind the last state enough empty cells follow for any code.
func (a *automaton) layOut(t trie, alphabet int) ([]uint32, error) {
	state := make([]uint32, len(t.nodes))
	var bases []bool // taken
	taken := func(b uint32) bool { return int(b) < len(bases) && bases[b] }
	last, free := uint32(0), uint32(1)
	for queue := []int32{0}; len(queue) > 0; queue = queue[1:] {
		kids := t.nodes[queue[0]].kids
		if len(kids) == 0 {
			continue
		}
		for a.grow(free); a.cells[free] != 0; a.grow(free) {
			free++
		}
		b := uint32(max(int64(free)-int64(kids[0].code), 0))
		for taken(b) || !a.fits(kids, b) {
			b++
		}
		if int(b)+alphabet >= maxCells {
			return nil, fault.New(fault.Invalid, "词表太大（%d 个词），请分成几张词表", len(t.words))
		}
		bases = append(bases, make([]bool, max(0, int(b)+1-len(bases)))...)
		bases[b] = true
		a.cells[state[queue[0]]] |= cell(b) << baseAt
		for _, e := range kids {
			s := b + uint32(e.code)
			a.cells[s] = cell(e.code)
			state[e.to], last = s, max(last, s)
			queue = append(queue, e.to)
		}
	}
	a.grow(last + uint32(alphabet) + 1)
	a.cells = slices.Clone(a.cells[:last+uint32(alphabet)+1])
	return state, nil
}

func (a *automaton) grow(last uint32) {
	if n := int(last) + 1 - len(a.cells); n > 0 {
		a.cells = append(a.cells, make([]cell, n)...)
	}
}

// fits reports whether all children find an empty cell from base b on.
func (a *automaton) fits(kids []edge, b uint32) bool {
	a.grow(b + uint32(kids[len(kids)-1].code))
	for _, e := range kids {
		if s := b + uint32(e.code); s == 0 || a.cells[s] != 0 {
			return false
		}
	}
	return true
}

// link sets failure states and outputs, breadth first. A state without children
// takes over the base of its failure state, which is where it would look next; and
// a failure state that knows no child beyond those of the state itself is passed
// over, since it would fail at the same character.
func (a *automaton) link(t trie, state []uint32) {
	kids := make([][]edge, len(a.cells))   // by state: where its base leads
	suffix := make([]uint32, len(a.cells)) // by state: that of its longest suffix, which is what a child's is found from
	kids[0] = t.nodes[0].kids
	for queue := []int32{0}; len(queue) > 0; queue = queue[1:] {
		s := state[queue[0]]
		for _, e := range t.nodes[queue[0]].kids {
			f := uint32(0)
			if s != 0 {
				f = a.step(suffix[s], e.code)
			}
			k := state[e.to]
			suffix[k] = f
			if a.noise > 0 {
				a.depth[k] = a.depth[s] + 1
			}
			if a.emit(t, e.to, k, f); a.out[k].runes > 0 {
				a.cells[k] |= hasOut
			}
			if kids[k] = t.nodes[e.to].kids; len(kids[k]) == 0 {
				kids[k] = kids[f]
				a.cells[k] |= cell(a.cells[f].base()) << baseAt
				f = a.fails[f]
			}
			for f != 0 && within(kids[f], kids[k]) {
				f = a.fails[f]
			}
			a.fails[k] = f
			queue = append(queue, e.to)
		}
	}
}

// settle marks the empty cells and writes into every other what a step wants to
// know of its failure state.
func (a *automaton) settle(alphabet int) {
	a.first = make([]uint32, alphabet+1)
	rb := a.cells[0].base()
	for c := 1; c <= alphabet; c++ {
		if k := rb + uint32(c); a.cells[k].code() == uint16(c) {
			a.first[c] = k
		}
	}
	for k := range a.cells {
		if k > 0 && a.cells[k] == 0 {
			a.cells[k] = empty
			continue
		}
		f := a.fails[k]
		a.cells[k] |= cell(a.cells[f].base()) << otherAt
		if a.fails[f] != 0 {
			a.cells[k] |= deep
		}
	}
}

// within reports whether every code of some is one of all; both are sorted.
func within(some, all []edge) bool {
	i := 0
	for _, e := range some {
		for i < len(all) && all[i].code < e.code {
			i++
		}
		if i == len(all) || all[i].code != e.code {
			return false
		}
	}
	return true
}

// emit sets the words that end at a trie node's state k before those of its
// failure state f, whose first word gets a place that can be pointed to.
func (a *automaton) emit(t trie, at int32, k, f uint32) {
	own := t.nodes[at].outs
	if len(own) == 0 {
		a.out[k] = a.out[f]
		return
	}
	next := int32(-1)
	if a.out[f].runes > 0 {
		next = a.again(a.out[f])
	}
	for n, i := range slices.Backward(own) {
		w := t.words[i]
		o := output{int32(w.number), uint16(len(w.runes)), uint16(len(string(w.runes))), next}
		if n == 0 {
			a.out[k] = o
			break
		}
		next = a.again(o)
	}
}

func (a *automaton) again(o output) int32 {
	a.more = append(a.more, o)
	return int32(len(a.more) - 1)
}

// step returns the state behind s and the character of code c.
func (a *automaton) step(s uint32, c uint16) uint32 {
	for {
		if k := a.cells[s].base() + uint32(c); a.cells[k].code() == c {
			return k
		}
		if s == 0 {
			return 0
		}
		s = a.fails[s]
	}
}

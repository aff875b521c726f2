package rule

import (
	"maps"
	"slices"
	"sync"

	"xiaobao/internal/fault"
	"xiaobao/internal/text"
	"xiaobao/internal/text/match"
)

// Switch is what the institution decided about a rule.
type Switch string

// The switches. A rule without one is as its pack wrote it.
const (
	On     Switch = "on"
	Off    Switch = "off"
	Shadow Switch = "shadow" // it runs, and its findings are shown to those who keep the rules only
)

// Book is the packs that work together, compiled into one matcher. It is
// immutable and safe for concurrent use.
type Book struct {
	packs   []*Pack
	rules   []*compiled
	byID    map[string]*compiled
	opened  [][]int32 // literal -> rules for which it opens a window, ascending
	always  []int32   // rules that look at every document
	words   []string  // literal -> as first written
	matcher *match.Matcher
	pool    *sync.Pool

	prohibitions, noProhibition, breakers []int32 // literals of the language
}

// compiled is a rule whose words are numbers of the book's literals.
type compiled struct {
	*Rule
	find, missing, unless []phrase
	need, absent          []bound
	state                 Switch
	signal                bool
}

// phrase is a term as literals of the book.
type phrase struct {
	lits []int32
	gap  int
}

// bound is a condition as literals of the book.
type bound struct {
	*condition
	any, all, near, unless []phrase
}

// noise is how many inserted pieces (a space, a mark, a bracketed syllable of
// pinyin) a word survives between two of its own characters.
const noise = 3

// NewBook compiles packs. Two rules with one id are a fault of kind Conflict.
func NewBook(packs ...*Pack) (*Book, error) {
	b := &Book{packs: slices.Clone(packs), byID: map[string]*compiled{}}
	c := &compiler{book: b, lit: map[string]int32{}}
	seen := map[string]bool{}
	for _, p := range packs {
		if seen[p.ID] {
			return nil, fault.New(fault.Conflict, "有两个编号为“%s”的规则包：请去掉一个，或者改编号。", p.ID)
		}
		seen[p.ID] = true
		for _, r := range p.Rules {
			if have := b.byID[r.ID]; have != nil {
				return nil, fault.New(fault.Conflict, "规则编号“%s”在规则包 %s 和 %s 里各有一条：请给其中一条改编号。", r.ID, have.Pack, p.ID)
			}
			c.add(p, r)
		}
	}
	l := chinese()
	b.prohibitions, b.noProhibition, b.breakers = c.literals(l.Prohibitions), c.literals(l.NoProhibition), c.literals(l.ProhibitionBreakers)
	m, err := match.New(c.words, match.Folded(), match.Noise(noise))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "规则里的词无法编成词表：请检查最近改动的词。")
	}
	b.matcher, b.words = m, c.words
	b.pool = &sync.Pool{New: func() any { return newScratch(len(c.words), len(b.rules)) }}
	return b, nil
}

// With returns the book with other switches; rules that are not named are as
// their packs wrote them. The matcher is shared.
func (b *Book) With(switches map[string]Switch) *Book {
	out := *b
	out.byID = make(map[string]*compiled, len(b.byID))
	out.rules = make([]*compiled, len(b.rules))
	for i, r := range b.rules {
		c := *r
		c.state = written(r.Rule)
		if s, ok := switches[r.ID]; ok {
			c.state = s
		}
		out.rules[i], out.byID[r.ID] = &c, &c
	}
	return &out
}

func written(r *Rule) Switch {
	if r.Off {
		return Off
	}
	return On
}

// Packs returns the packs in the order in which they were given.
func (b *Book) Packs() []*Pack { return slices.Clone(b.packs) }

// Rule returns the rule of an id with its switch.
func (b *Book) Rule(id string) (*Rule, Switch, bool) {
	c := b.byID[id]
	if c == nil {
		return nil, Off, false
	}
	return c.Rule, c.state, true
}

// Literals returns how many different words the book looks for.
func (b *Book) Literals() int { return len(b.words) }

// Words returns every word the book looks for, as it was first written.
func (b *Book) Words() []string { return slices.Clone(b.words) }

type compiler struct {
	book  *Book
	lit   map[string]int32 // by folded word
	words []string
}

func (c *compiler) add(p *Pack, r *Rule) {
	out := &compiled{Rule: r, state: written(r), signal: p.Signal}
	out.find, out.missing = c.phrases(r.find), c.phrases(r.missing)
	out.unless = append(c.phrases(r.unless), c.phrases(p.plain)...)
	out.need, out.absent = c.bounds(r.need), c.bounds(r.absent)
	b := c.book
	n := int32(len(b.rules))
	b.rules = append(b.rules, out)
	b.byID[r.ID] = out
	if r.Whole {
		b.always = append(b.always, n)
		return
	}
	heads := map[int32]bool{}
	for _, f := range out.find {
		heads[f.lits[0]] = true
	}
	for lit := range maps.Keys(heads) {
		for len(b.opened) <= int(lit) {
			b.opened = append(b.opened, nil)
		}
		b.opened[lit] = append(b.opened[lit], n)
	}
}

func (c *compiler) bounds(list []condition) []bound {
	out := make([]bound, len(list))
	for i := range list {
		out[i] = bound{condition: &list[i], any: c.phrases(list[i].any), all: c.phrases(list[i].all),
			near: c.phrases(list[i].near), unless: c.phrases(list[i].unless)}
	}
	return out
}

func (c *compiler) phrases(terms []term) []phrase {
	out := make([]phrase, len(terms))
	for i, t := range terms {
		out[i] = phrase{lits: make([]int32, len(t.parts)), gap: t.gap}
		for k, part := range t.parts {
			out[i].lits[k] = c.literal(part)
		}
	}
	return out
}

func (c *compiler) literals(words []string) []int32 {
	out := make([]int32, len(words))
	for i, w := range words {
		out[i] = c.literal(w)
	}
	return out
}

func (c *compiler) literal(word string) int32 {
	key := text.Fold(word)
	n, ok := c.lit[key]
	if !ok {
		n = int32(len(c.words))
		c.lit[key] = n
		c.words = append(c.words, word)
	}
	return n
}

package law

import (
	"cmp"
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
)

//go:embed data/lay.toml
var layTOML string

type layDoc struct {
	Stop    []string     `toml:"stop"`
	Lay     []layEntry   `toml:"lay"`
	Context []layContext `toml:"context"`
}

// layContext is a line of business: when the question is of it, its instruments
// weigh more; when the question is of another, they weigh less.
type layContext struct {
	Say         []string `toml:"say"`
	Products    []string `toml:"products"` // codes of the case that the question comes from
	Instruments []string `toml:"instruments"`
}

type layEntry struct {
	Say []string `toml:"say"`
	Law []string `toml:"law"`
	Why string   `toml:"why"`
}

var layData = sync.OnceValue(func() layDoc {
	var d layDoc
	if md, err := toml.Decode(layTOML, &d); err != nil || len(md.Undecoded()) > 0 {
		panic("law: data/lay.toml cannot be read") // part of the program and tested with it
	}
	slices.SortStableFunc(d.Stop, func(a, b string) int { return len(b) - len(a) })
	return d
})

// Search is a question to the library.
type Search struct {
	Words      string        // in the law's words or in lay words
	On         calendar.Date // articles in force on this day; zero: the newest
	Instrument string        // id, "" for all
	Limit      int           // most hits; 0 means 10
	Exact      bool          // the words as they stand: no lay words, no single characters
	Product    string        // code of the product that the question is about, "" when nobody said
}

// Results is what was found, the best first.
type Results struct {
	Hits    []Hit     `json:"hits"`
	Widened []Widened `json:"widened,omitempty"` // lay words that were understood
}

// Hit is one article. Score grows with how well it answers; it says nothing
// across questions.
type Hit struct {
	Article
	Score float64 `json:"score"`
	Marks []Mark  `json:"marks,omitempty"` // in Text() of the article, or in Summary where there are no words
}

// Mark is a place that the question found, in bytes.
type Mark struct{ Start, End int }

// Widened is a lay word, what was searched in its place, and why.
type Widened struct {
	Say string   `json:"say"`
	Law []string `json:"law"`
	Why string   `json:"why"`
}

// Weights of the ranking, chosen on the questions marked dev.
const (
	k1        = 1.2
	norm      = 0.4 // how much longer articles are held back
	wTitle    = 0.4
	wHeading  = 0.6
	wSummary  = 0.8
	wSingle   = 0.15 // single characters beside pairs
	wLegal    = 0.8  // the law's words for a lay word
	wContext  = 1.15 // instruments of the line of business that the question is of
	wElse     = 0.9  // instruments of another line, when the question is of some
	again     = 0.97 // each further article of one instrument
	maxWords  = 400  // characters of a question that count
	usualHits = 10
)

type doc struct {
	entry *Entry
	part  int // index in entry.Versions, -1 for a summary alone
	prov  int // index in the version's provisions, or in the summaries
	size  float64
}

type posting struct {
	doc int32
	tf  float32 // over all fields, weighted
	raw float32 // pairs in title and text alone, for Exact
}

type index struct {
	docs  []doc
	posts map[uint64][]posting
	mean  float64
}

// newIndex makes the search index of a library: under 200 ms for 40 laws.
func newIndex(l *Library) *index {
	ix := &index{posts: map[uint64][]posting{}}
	for _, e := range l.entries {
		summaries := map[string]string{}
		for _, s := range e.Summaries {
			summaries[s.Number] = s.Text
		}
		for vi, v := range e.Versions {
			for pi, p := range v.Text.Provisions {
				ix.add(doc{entry: e, part: vi, prov: pi}, e.Title, p.Chapter(), p.Text(), summaries[p.Number])
			}
		}
		for si, s := range e.Summaries {
			ix.add(doc{entry: e, part: -1, prov: si}, e.Title, "", "", s.Text)
		}
	}
	for _, d := range ix.docs {
		ix.mean += d.size / float64(len(ix.docs))
	}
	return ix
}

func (ix *index) add(d doc, title, heading, text, summary string) {
	id := int32(len(ix.docs))
	tf := map[uint64]*posting{}
	put := func(s string, w, raw float32) (n float64) {
		grams(s, func(g uint64) {
			p := tf[g]
			if p == nil {
				p = &posting{doc: id}
				tf[g] = p
			}
			p.tf += w
			p.raw += raw
			n++
		})
		return n
	}
	put(title, wTitle, 1)
	put(heading, wHeading, 0)
	d.size = put(text, 1, 1) + put(summary, wSummary, 0)
	for g, p := range tf {
		ix.posts[g] = append(ix.posts[g], *p)
	}
	ix.docs = append(ix.docs, d)
}

// grams yields the single characters and pairs of a text; marks and spaces part
// them.
func grams(s string, yield func(uint64)) {
	last := rune(0)
	for _, r := range s {
		if r = fold(r); r == 0 {
			last = 0
			continue
		}
		yield(uint64(r))
		if last != 0 {
			yield(pair(last, r))
		}
		last = r
	}
}

func pair(a, b rune) uint64 { return uint64(a)<<32 | uint64(b) }

func single(g uint64) bool { return g>>32 == 0 }

// fold is a character as it is searched: half width, lower case; 0 for what
// parts words.
func fold(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '%' {
		return 0
	}
	return unicode.ToLower(r)
}

// query is the weighted grams of a question.
func query(s Search) (map[uint64]float64, []Widened) {
	words := clip(s.Words, maxWords)
	q := map[uint64]float64{}
	put := func(text string, w float64) {
		grams(text, func(g uint64) {
			if single(g) {
				if s.Exact {
					return
				}
				q[g] = max(q[g], w*wSingle)
				return
			}
			q[g] = max(q[g], w)
		})
	}
	if s.Exact {
		put(words, 1)
		return q, nil
	}
	widened := widen(words)
	for _, stop := range layData().Stop {
		words = strings.ReplaceAll(words, stop, " ")
	}
	put(words, 1)
	for _, w := range widened {
		for _, t := range w.Law {
			put(t, wLegal)
		}
	}
	return q, widened
}

func widen(words string) []Widened {
	var out []Widened
	for _, e := range layData().Lay {
		i := slices.IndexFunc(e.Say, func(say string) bool { return strings.Contains(words, say) })
		if i >= 0 {
			out = append(out, Widened{Say: e.Say[i], Law: e.Law, Why: e.Why})
		}
	}
	return out
}

// Search finds the articles that answer a question. One that names an article
// (消保法第二十六条) gets that article first.
func (l *Library) Search(s Search) Results {
	if s.Limit <= 0 {
		s.Limit = usualHits
	}
	q, widened := query(s)
	ix := l.search()
	out := Results{Widened: widened, Hits: l.named(s)}
	for _, h := range ix.spread(ix.best(s, q), s) {
		if len(out.Hits) >= s.Limit {
			break
		}
		a := ix.docs[h.doc].article()
		if slices.ContainsFunc(out.Hits, func(o Hit) bool { return o.Instrument == a.Instrument && o.Number == a.Number }) {
			continue
		}
		out.Hits = append(out.Hits, Hit{Article: a, Score: h.score, Marks: marks(a, ix.telling(q))})
	}
	return out
}

// spread weighs articles by their instruments: those of the line of business come
// first, and each further article of one instrument a little later, so that a law
// whose title has the words of the question does not take every place.
func (ix *index) spread(list []scored, s Search) []scored {
	list = list[:min(len(list), considered)]
	if s.Exact || s.Instrument != "" {
		return list
	}
	weight := contexts(s)
	for i, h := range list {
		if w, ok := weight[ix.docs[h.doc].entry.ID]; ok {
			list[i].score *= w
		}
	}
	order := func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc)) }
	slices.SortFunc(list, order)
	seen := map[string]int{}
	for i, h := range list {
		id := ix.docs[h.doc].entry.ID
		list[i].score *= math.Pow(again, float64(seen[id]))
		seen[id]++
	}
	slices.SortFunc(list, order)
	return list
}

// considered is how many articles are weighed by their instruments.
const considered = 200

// contexts are the weights of instruments that follow from what the question is of.
func contexts(s Search) map[string]float64 {
	out := map[string]float64{}
	of := false
	for _, c := range layData().Context {
		if !slices.Contains(c.Products, s.Product) && !slices.ContainsFunc(c.Say, func(say string) bool { return strings.Contains(s.Words, say) }) {
			continue
		}
		of = true
		for _, id := range c.Instruments {
			out[id] = wContext
		}
	}
	for _, c := range layData().Context {
		for _, id := range c.Instruments {
			if out[id] == 0 && of {
				out[id] = wElse
			}
		}
	}
	return out
}

// named are the articles that the question itself cites.
func (l *Library) named(s Search) []Hit {
	var out []Hit
	for _, c := range l.names.Citations(s.Words, "") {
		if a, ok := l.Article(c.Instrument, c.Article, s.On); ok && c.Article != "" && len(out) < s.Limit {
			out = append(out, Hit{Article: a, Score: math.MaxFloat32})
		}
	}
	return out
}

type scored struct {
	doc   int32
	score float64
}

func (ix *index) best(s Search, q map[uint64]float64) []scored {
	sums := make([]float64, len(ix.docs))
	n := float64(len(ix.docs))
	for g, w := range q {
		list := ix.posts[g]
		idf := math.Log(1 + (n-float64(len(list))+0.5)/(float64(len(list))+0.5))
		for _, p := range list {
			tf := float64(p.tf)
			if s.Exact {
				tf = float64(p.raw)
			}
			tf /= 1 - norm + norm*ix.docs[p.doc].size/ix.mean
			sums[p.doc] += w * idf * tf * (k1 + 1) / (tf + k1)
		}
	}
	var out []scored
	for i, sum := range sums {
		if sum > 0 && ix.docs[i].in(s) {
			out = append(out, scored{int32(i), sum})
		}
	}
	slices.SortFunc(out, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc)) })
	return out
}

// in reports whether an article may be found: of the instrument asked for, in
// force on the day; a summary only where its words are not here.
func (d doc) in(s Search) bool {
	switch {
	case s.Instrument != "" && d.entry.ID != s.Instrument:
		return false
	case d.part >= 0:
		return slices.ContainsFunc(d.entry.At(s.On), func(v Version) bool { return v.N == d.entry.Versions[d.part].N })
	case d.entry.State(s.On) != InForce:
		return false
	}
	number := d.entry.Summaries[d.prov].Number
	for _, v := range d.entry.At(s.On) {
		if slices.ContainsFunc(v.Text.Provisions, func(p Provision) bool { return p.Number == number }) {
			return false
		}
	}
	return true
}

func (d doc) article() Article {
	e := d.entry
	if d.part < 0 {
		s := e.Summaries[d.prov]
		return Article{Provision: Provision{Number: s.Number}, Instrument: e.ID, Title: e.Title, Summary: s.Text, Grade: s.Grade, From: e.From, Until: e.Until}
	}
	v := e.Versions[d.part]
	a := Article{Provision: v.Text.Provisions[d.prov], Instrument: e.ID, Title: e.Title, Verbatim: true, Part: v.Text.Part, From: v.From, Until: v.Until}
	for _, s := range e.Summaries {
		if s.Number == a.Number {
			a.Summary, a.Grade = s.Text, s.Grade
		}
	}
	return a
}

// common is the share of articles above which a pair of characters is too usual
// to be marked.
const common = 0.1

// telling are the pairs of a question that tell articles apart.
func (ix *index) telling(q map[uint64]float64) map[uint64]float64 {
	out := map[uint64]float64{}
	for g, w := range q {
		if !single(g) && float64(len(ix.posts[g])) <= max(2, common*float64(len(ix.docs))) {
			out[g] = w
		}
	}
	return out
}

// marks are the places of the pairs of the question, joined where they touch.
func marks(a Article, q map[uint64]float64) []Mark {
	text := a.Text()
	if !a.Verbatim {
		text = a.Summary
	}
	var out []Mark
	last, lastAt := rune(0), 0
	for i, r := range text {
		f := fold(r)
		if last != 0 && f != 0 && q[pair(last, f)] > 0 {
			end := i + utf8.RuneLen(r)
			if n := len(out); n > 0 && out[n-1].End >= lastAt {
				out[n-1].End = end
			} else {
				out = append(out, Mark{lastAt, end})
			}
		}
		last, lastAt = f, i
	}
	return out
}

package law

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

// Library is the texts that were imported together with the summaries that come
// with the program. It is immutable; share it freely.
type Library struct {
	names   *Names
	entries []*Entry // by rank and title
	byID    map[string]*Entry
	search  func() *index
}

// Entry is one instrument of the library.
type Entry struct {
	ID        string
	Title     string
	Short     string
	Number    string
	Issuer    string
	Kind      string        // law, regulation, judicial, rule, notice, standard
	Region    string        // of a local rule
	From      calendar.Date // first day in force that is known, zero: not known
	Until     calendar.Date // last day in force, zero: none
	Grade     string        // of the summaries, "" without
	Note      string
	Summaries []regulation.Article // our own words, by article
	Versions  []Version            // texts, by part, then the oldest first
}

// Article is one article of the library as it was in force on a day: its words,
// or only our summary of it.
type Article struct {
	Provision
	Instrument string        `json:"instrument"`
	Title      string        `json:"title"`             // of the instrument
	Summary    string        `json:"summary,omitempty"` // our own words
	Grade      string        `json:"grade,omitempty"`   // of the summary
	Verbatim   bool          `json:"verbatim"`          // the words of the text are here
	Part       string        `json:"part,omitempty"`
	From       calendar.Date `json:"from,omitempty"`  // of the version
	Until      calendar.Date `json:"until,omitempty"` // of the version
}

// Link is where the pages show the article.
func (a Article) Link() string { return Link(a.Instrument, a.Number) }

// Label writes the number as laws do.
func (a Article) Label() string { return Label(a.Number) }

// New builds a library. versions are all imports that were not withdrawn, in the
// order of their import: of two with the same part and first day, the later one
// replaces the other.
func New(rules *regulation.Library, versions []Version) *Library {
	l := &Library{byID: map[string]*Entry{}, names: NewNames(rules, versions)}
	for _, in := range rules.Instruments() {
		if in.Kind != "house" {
			l.byID[in.ID] = &Entry{ID: in.ID, Title: in.Title, Short: in.Short, Number: in.Number, Issuer: in.Issuer, Kind: in.Kind, Region: in.Region,
				From: in.From, Until: in.Until, Grade: in.Grade, Note: in.Note, Summaries: in.Articles}
		}
	}
	for _, v := range versions {
		l.add(v)
	}
	for _, e := range l.byID {
		e.settle()
		l.entries = append(l.entries, e)
	}
	slices.SortFunc(l.entries, func(a, b *Entry) int {
		return cmp.Or(rank(a.Kind)-rank(b.Kind), cmp.Compare(a.Title, b.Title))
	})
	l.search = sync.OnceValue(func() *index { return newIndex(l) })
	return l
}

func rank(kind string) int {
	return slices.Index([]string{"law", "regulation", "rule", "judicial", "notice", "standard"}, kind)
}

func (l *Library) add(v Version) {
	e := l.byID[v.Instrument]
	if e == nil {
		t := v.Text
		e = &Entry{ID: v.Instrument, Title: t.Title, Kind: either(l.names.Kind(v.Instrument), t.Kind)}
		if full := l.names.Title(v.Instrument); full != "" && len(full) > len(t.Title) {
			e.Title = full
		}
		l.byID[v.Instrument] = e
	}
	same := func(o Version) bool { return o.Text.Part == v.Text.Part && o.From == v.From }
	if i := slices.IndexFunc(e.Versions, same); i >= 0 {
		e.Versions[i] = v
		return
	}
	e.Versions = append(e.Versions, v)
}

// settle orders the versions, ends each on the day before the next of its part,
// and fills what the newest text knows.
func (e *Entry) settle() {
	slices.SortFunc(e.Versions, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Text.Part, b.Text.Part), cmp.Compare(a.From, b.From))
	})
	for i := range e.Versions {
		v := &e.Versions[i]
		v.Until = v.Text.Until
		if i+1 < len(e.Versions) && e.Versions[i+1].Text.Part == v.Text.Part {
			if end := e.Versions[i+1].From.AddDays(-1); v.Until.IsZero() || end < v.Until {
				v.Until = end
			}
		}
	}
	if len(e.Versions) == 0 {
		return
	}
	last := e.Versions[len(e.Versions)-1]
	e.Number, e.Issuer, e.Kind = either(e.Number, last.Text.Number), either(e.Issuer, last.Text.Issuer), either(e.Kind, last.Text.Kind)
	if len(e.Summaries) == 0 { // nothing but the texts says when it was in force
		e.From, e.Until = e.firstDay(), last.Until
	}
}

func (e *Entry) firstDay() calendar.Date {
	from := calendar.Date(0)
	for _, v := range e.Versions {
		first := v.From
		if !v.Text.Effective.IsZero() && v.Text.Effective < first {
			first = v.Text.Effective
		}
		if from.IsZero() || first < from {
			from = first
		}
	}
	return from
}

// State says how an instrument stands on a day.
type State string

// The states.
const (
	InForce  State = "in_force"
	NotYet   State = "not_yet"
	NoLonger State = "no_longer"
)

// State says how the instrument stands on a day; on zero means its newest state.
func (e *Entry) State(on calendar.Date) State {
	switch {
	case !on.IsZero() && on < e.From:
		return NotYet
	case !e.Until.IsZero() && (on.IsZero() || on > e.Until):
		return NoLonger
	}
	return InForce
}

// Coverage says how much of an instrument's text the library has on a day.
type Coverage string

// The coverages. Of a code only some books may have been imported: Partial.
const (
	Verbatim    Coverage = "verbatim"
	Partial     Coverage = "partial"
	SummaryOnly Coverage = "summary"
)

// Coverage says whether the text in force on a day is here.
func (e *Entry) Coverage(on calendar.Date) Coverage {
	vs := e.At(on)
	switch {
	case len(vs) == 0:
		return SummaryOnly
	case vs[0].Text.Part != "":
		return Partial
	}
	return Verbatim
}

// At returns the versions in force on a day, one for each part; on zero means
// the newest of each part.
func (e *Entry) At(on calendar.Date) []Version {
	var out []Version
	for i, v := range e.Versions {
		newest := i+1 == len(e.Versions) || e.Versions[i+1].Text.Part != v.Text.Part
		if on.IsZero() && newest || !on.IsZero() && v.InForce(on) {
			out = append(out, v)
		}
	}
	return out
}

// Version returns the import of a number.
func (e *Entry) Version(n int64) (Version, bool) {
	i := slices.IndexFunc(e.Versions, func(v Version) bool { return v.N == n })
	if i < 0 {
		return Version{}, false
	}
	return e.Versions[i], true
}

// Articles returns the articles as they were in force on a day (zero: the
// newest), with our summaries beside them; summaries of articles whose words
// are not here come as articles of their own.
func (e *Entry) Articles(on calendar.Date) []Article {
	var out []Article
	have := map[string]int{}
	for _, v := range e.At(on) {
		for _, p := range v.Text.Provisions {
			have[p.Number] = len(out)
			out = append(out, Article{Provision: p, Instrument: e.ID, Title: e.Title, Verbatim: true, Part: v.Text.Part, From: v.From, Until: v.Until})
		}
	}
	for _, s := range e.Summaries {
		if i, ok := have[s.Number]; ok {
			out[i].Summary, out[i].Grade = s.Text, s.Grade
			continue
		}
		out = append(out, Article{Provision: Provision{Number: s.Number}, Instrument: e.ID, Title: e.Title, Summary: s.Text, Grade: s.Grade, From: e.From, Until: e.Until})
	}
	slices.SortStableFunc(out, func(a, b Article) int { return order(a.Number) - order(b.Number) })
	return out
}

// order is the place of a number among articles; topics come last.
func order(number string) int {
	main, sub, _ := strings.Cut(strings.ReplaceAll(number, "~", "-"), "-")
	n, err := strconv.Atoi(main)
	if err != nil {
		return 1 << 30
	}
	k, _ := strconv.Atoi(sub)
	return n*1000 + k
}

// Entries returns all instruments, laws first.
func (l *Library) Entries() []*Entry { return slices.Clone(l.entries) }

// Entry returns the instrument of an id.
func (l *Library) Entry(id string) (*Entry, bool) {
	e, ok := l.byID[id]
	return e, ok
}

// Names returns what the library's instruments are called.
func (l *Library) Names() *Names { return l.names }

// Article returns an article as it was in force on a day (zero: the newest).
// number may name a paragraph ("18.3"); the article is returned.
func (l *Library) Article(instrument, number string, on calendar.Date) (Article, bool) {
	e, ok := l.byID[instrument]
	if !ok {
		return Article{}, false
	}
	number, _, _ = strings.Cut(number, ".")
	for _, a := range e.Articles(on) {
		if a.Number == number {
			return a, true
		}
	}
	return Article{}, false
}

// Digest is a hash over the words of a text, spaces and line breaks left out, so
// that the same text from two sources is known again.
func Digest(t Text) string {
	h := sha256.New()
	for _, p := range t.Provisions {
		h.Write([]byte(p.Number + "\n" + squeeze(p.Text()) + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

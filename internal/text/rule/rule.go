// Package rule is the rule language: packs of rules written in TOML that a
// compliance officer can read, and the engine that finds in a text what they
// describe. README.md shows the format by example.
//
// Literals open windows, conditions inside the window decide, whitelists,
// negation and quotation excuse. One rule object serves review, call inspection
// and complaints alike; every rule carries its own examples, and a rule whose
// examples fail does not load.
package rule

import (
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text"
)

// Severity says what a finding asks of the reader.
type Severity string

// The severities: an error must be mended or overridden by name, a warning
// must be looked at, a hint may be.
const (
	Error Severity = "error"
	Warn  Severity = "warn"
	Info  Severity = "info"
)

// The grades of a rule's source, as in package regulation. A rule of GradeC is
// off until somebody switches it on.
const (
	GradeA = "A"
	GradeB = "B"
	GradeC = "C"
)

// Cite points to an article of an instrument known to package regulation.
type Cite struct {
	Instrument string `json:"instrument"` // id, such as "ad-law"
	Article    string `json:"article"`    // "25", "25.1" or a topic
}

// String returns the citation as packs write it: "ad-law 25".
func (c Cite) String() string { return c.Instrument + " " + c.Article }

// Segment is a stretch of a document of which something is known.
type Segment struct {
	Start, End int    // byte offsets
	Section    string // such as "title", "footnote"; "" when unknown
	Speaker    string // "staff" or "consumer"; "" when unknown
	Quoted     bool   // a quotation of somebody else, such as a law
}

// Doc is a text to scan.
type Doc struct {
	Text     string
	Kind     string        // complaint, contact, reply, call, marketing.sms, contract, law ...; "" = any
	On       calendar.Date // the day whose rules apply; none = whatever the day
	Product  string        // code of the product line; "" = unknown
	Segments []Segment     // in order, not overlapping; may leave gaps
}

// Finding is one place where a rule applies. Start and End are byte offsets into
// the text; both are 0 and Quote is empty when the document lacks something.
type Finding struct {
	Pack     string      `json:"pack"`
	Rule     string      `json:"rule"`
	Version  string      `json:"version"`
	Title    string      `json:"title"`
	Severity Severity    `json:"severity"`
	Start    int         `json:"start"`
	End      int         `json:"end"`
	Quote    string      `json:"quote"`
	Words    []text.Span `json:"words"` // what weighed: the hit and the neighbours that conditions asked for
	Cite     []Cite      `json:"cite"`  // only instruments in force on the day of the document
	Source   string      `json:"source,omitempty"`
	Grade    string      `json:"grade"`
	Advice   string      `json:"advice"`
	Rewrite  string      `json:"rewrite,omitempty"` // safe replacement of the quote, "" when there is none
	Shadow   bool        `json:"shadow,omitempty"`
	Same     string      `json:"same,omitempty"` // the matter, see Merge
	Also     []Also      `json:"also,omitempty"` // rules that said the same; only after Merge
}

// Pack is a file of rules that belong together. It is immutable.
type Pack struct {
	ID      string  `json:"id"`
	Version string  `json:"version"`
	Title   string  `json:"title"`
	Owner   string  `json:"owner,omitempty"`
	Note    string  `json:"note,omitempty"`
	Signal  bool    `json:"signal"` // tells what a text is about; names nothing to mend
	File    string  `json:"-"`      // where it was read from
	Rules   []*Rule `json:"rules"`

	plain []term // whitelist of the whole pack
}

// Rule returns the rule of an id, or nil.
func (p *Pack) Rule(id string) *Rule {
	for _, r := range p.Rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Rule is one rule. Its fields describe it for people; how it finds is private.
type Rule struct {
	Pack      string        `json:"pack"`
	ID        string        `json:"id"`
	Version   string        `json:"version"`
	Title     string        `json:"title"`
	Severity  Severity      `json:"severity"`
	Cite      []Cite        `json:"cite,omitempty"`
	Source    string        `json:"source,omitempty"` // row of the requirement or duty, such as "S4.13" or "CP-44"
	Grade     string        `json:"grade"`
	Note      string        `json:"note,omitempty"`
	From      calendar.Date `json:"from,omitzero"`   // first day; none = always
	To        calendar.Date `json:"to,omitzero"`     // last day; none = still in force
	Kinds     []string      `json:"kinds,omitempty"` // prefixes of the document's kind; none = all
	Sections  []string      `json:"sections,omitempty"`
	Speakers  []string      `json:"speakers,omitempty"`
	Products  []string      `json:"products,omitempty"`
	Advice    string        `json:"advice,omitempty"`
	Rewrite   string        `json:"rewrite,omitempty"`
	Same      string        `json:"same,omitempty"` // the matter: rules of one matter that hit one place make one finding, see Merge
	Off       bool          `json:"off"`            // as written: grade C, or off = true
	Examples  []Example     `json:"examples,omitempty"`
	Literals  []string      `json:"literals"`            // what opens a window, groups expanded
	Line      int           `json:"-"`                   // of the pack file, 0 when unknown
	Whole     bool          `json:"whole"`               // looks at the whole document for what is missing
	Reasoning []string      `json:"reasoning,omitempty"` // the conditions in words, for pages

	find      []term
	missing   []term
	unless    []term
	need      []condition
	absent    []condition
	once      bool
	inflected bool // literals of Latin letters may stand inside a word
	negation  string
	quotation string
}

// InForce reports whether the rule applies on a day; every rule does on no day.
func (r *Rule) InForce(on calendar.Date) bool {
	return on.IsZero() || on >= r.From && (r.To.IsZero() || on <= r.To)
}

// Applies reports whether the rule is written for documents of a kind and
// product. What is unknown of a document restricts nothing.
func (r *Rule) Applies(kind, product string) bool {
	return (kind == "" || prefixed(kind, r.Kinds)) && (product == "" || prefixed(product, r.Products))
}

// prefixed reports whether code is one of the prefixes or lies below one: the
// code "marketing.sms" lies below "marketing". No prefixes allow everything.
func prefixed(code string, prefixes []string) bool {
	if len(prefixes) == 0 {
		return true
	}
	for _, p := range prefixes {
		if code == p || strings.HasPrefix(code, p) && code[len(p)] == '.' {
			return true
		}
	}
	return false
}

// Example is a text of which the rule's author says whether the rule hits it.
type Example struct {
	Text    string        `json:"text"`
	Hit     bool          `json:"hit"`
	Quote   string        `json:"quote,omitempty"` // what the hit quotes; "" = anything
	Kind    string        `json:"kind,omitempty"`  // of the document; "" = the rule's first kind
	Section string        `json:"section,omitempty"`
	Speaker string        `json:"speaker,omitempty"`
	Product string        `json:"product,omitempty"`
	On      calendar.Date `json:"on,omitzero"` // none = a day on which the rule is in force
	Quoted  bool          `json:"quoted,omitempty"`
	Why     string        `json:"why,omitempty"`
}

// Doc returns the example as the document that the rule is tried on.
func (e Example) Doc(r *Rule) Doc {
	d := Doc{Text: e.Text, Kind: e.Kind, On: e.On, Product: e.Product}
	if d.Kind == "" && len(r.Kinds) > 0 {
		d.Kind = r.Kinds[0]
	}
	if d.Product == "" && len(r.Products) > 0 {
		d.Product = r.Products[0]
	}
	if e.Section != "" || e.Speaker != "" || e.Quoted {
		d.Segments = []Segment{{End: len(e.Text), Section: e.Section, Speaker: e.Speaker, Quoted: e.Quoted}}
	} else if len(r.Sections) > 0 {
		d.Segments = []Segment{{End: len(e.Text), Section: r.Sections[0]}}
	}
	return d
}

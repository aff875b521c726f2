package reply

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text/rule"
)

// run is one check of one reply.
type run struct {
	*Checker
	Facts
	*lexicon
	reply complaint.Reply
	parts []paragraph
	hard  bool // to read
	out   []Finding
}

// Check returns what is wrong with a reply, errors first within each paragraph,
// in the order of the letter. Findings about the letter as a whole come first;
// they have no place. A text that is too large or no text is a fault.
func (k *Checker) Check(r complaint.Reply, f Facts) ([]Finding, error) {
	if err := Bounds(r); err != nil {
		return nil, err
	}
	c := &run{Checker: k, Facts: f, lexicon: lex(), reply: r, parts: paragraphs(r)}
	c.structure()
	c.tone()
	c.readable()
	for _, p := range c.parts {
		if strings.TrimSpace(p.text) == "" {
			continue
		}
		c.places(p)
		c.dates(p)
		c.amounts(p)
		c.remedies(p)
		c.citations(p)
		c.persons(p)
		c.language(p)
		c.reading(p)
	}
	c.copies()
	c.whole()
	slices.SortStableFunc(c.out, byPlace)
	return c.out, nil
}

var partOrder = map[Part]int{"": 0, Opening: 1, Answer: 2, Decision: 3, Options: 4, Remedies: 5, Closing: 6}

var severityOrder = map[rule.Severity]int{rule.Error: 0, rule.Warn: 1, rule.Info: 2}

func byPlace(a, b Finding) int {
	return cmp.Or(cmp.Compare(partOrder[a.Part], partOrder[b.Part]), cmp.Compare(a.Point, b.Point),
		cmp.Compare(severityOrder[a.Severity], severityOrder[b.Severity]), cmp.Compare(a.Start, b.Start))
}

// add notes a finding of a kind; pairs fill the places of its sentence.
func (c *run) add(kind string, at Place, quote string, mend *Mend, pairs ...string) {
	k, ok := c.kinds[kind]
	if !ok {
		return // a test holds that every kind stands in the data
	}
	for i := 1; i < len(pairs); i += 2 {
		pairs[i] = clip(pairs[i], 60)
	}
	say := strings.NewReplacer(append([]string{"{quote}", clip(quote, 60)}, pairs...)...).Replace(k.Text)
	c.out = append(c.out, Finding{ID: idOf(kind, "", at, cmp.Or(quote, say)), Kind: kind, Severity: k.Severity, Title: k.Title, Place: at, Quote: quote,
		Text: say, Advice: k.Advice, Cite: k.cites(), Source: k.Source, Grade: k.Grade, Mend: mend})
}

func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// put is a mend that replaces a place.
func put(at Place, text string) *Mend { return &Mend{at, text} }

// in makes the place of words inside a paragraph.
func (p paragraph) in(s span) Place { return p.at(s.start, s.end) }

// language runs the packs of rules over a paragraph.
func (c *run) language(p paragraph) {
	if c.Rules == nil {
		return
	}
	doc := rule.Doc{Text: p.text, Kind: "reply", On: c.Today, Product: c.Case.Codes.Product, Segments: []rule.Segment{{End: len(p.text), Section: string(p.part), Speaker: "staff"}}}
	for _, f := range c.Rules.Scan(doc, c.Packs...) {
		at := p.at(f.Start, f.End)
		out := Finding{ID: idOf("rule", f.Rule, at, f.Quote), Kind: "rule", Severity: f.Severity, Title: f.Title, Place: at, Quote: f.Quote, Text: f.Title + "：" + clip(f.Quote, 60),
			Advice: f.Advice, Cite: f.Cite, Source: f.Source, Grade: f.Grade, Rule: f.Rule}
		if f.Rewrite != "" && f.End > f.Start {
			out.Mend = put(at, f.Rewrite)
		}
		c.out = append(c.out, out)
	}
}

// whole looks at the letter's length.
func (c *run) whole() {
	n := 0
	for _, p := range c.parts {
		n += utf8.RuneCountInString(p.text)
	}
	if n > int(c.limits["letter_long"]) {
		c.add("too_long", Place{}, "", nil, "{what}", "全信", "{count}", strconv.Itoa(n))
	}
}

// Apply makes the mend of a finding. The words must still stand where they stood.
func Apply(r complaint.Reply, f Finding) (complaint.Reply, bool) {
	m := f.Mend
	if m == nil {
		return r, false
	}
	text := ""
	for _, p := range paragraphs(r) {
		if p.part == m.Part && p.point == m.Point {
			text = p.text
		}
	}
	if m.Start < 0 || m.End < m.Start || m.End > len(text) {
		return r, false
	}
	return set(r, m.Part, m.Point, text[:m.Start]+m.Text+text[m.End:]), true
}

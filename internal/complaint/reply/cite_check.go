package reply

import (
	"strings"

	"xiaobao/internal/law"
)

// citations looks up every citation of a paragraph: it must exist and have been
// in force when the answer is given or the complaint was received, unless the
// text says that it speaks of an earlier day (S4.6).
func (c *run) citations(p paragraph) {
	if c.Laws == nil {
		return
	}
	for _, r := range c.Laws.ResolveText(p.text, c.Today) {
		if r.Start < 0 || r.End > len(p.text) || r.Start >= r.End {
			continue
		}
		place, quote := p.at(r.Start, r.End), p.text[r.Start:r.End]
		switch kind := c.cited(r); {
		case kind == "":
		case kind == "citation_unknown" && !c.lawlike(r.Title):
		case kind == "citation_not_in_force" && has(before(p.text, r.Start, 12)+after(p.text, r.End, 6), c.Then):
		default:
			c.add(kind, place, quote, nil, "{say}", r.Say)
		}
	}
}

// cited is the kind of finding that a resolution makes, "" when it stands.
func (c *run) cited(r law.Resolution) string {
	switch r.Status {
	case law.Unknown:
		return "citation_unknown"
	case law.NoArticle, law.NoParagraph:
		return "citation_article"
	case law.Unchecked:
		if c.wholly(r.Instrument) {
			return "citation_article"
		}
		return "citation_unchecked"
	case law.NotYetInForce, law.NotInForce:
		if then := c.Laws.Resolve(r.Citation, c.Case.ReceivedOn); !c.Case.ReceivedOn.IsZero() && r.Status == law.NotInForce && then.Status != law.NotInForce {
			return "" // in force when the complaint was received
		}
		return "citation_not_in_force"
	}
	return ""
}

// wholly reports whether our own summaries cover every article of an instrument,
// so that an article without one does not exist.
func (c *run) wholly(instrument string) bool {
	e, ok := c.Laws.Entry(instrument)
	most := 0
	if ok {
		for _, a := range e.Summaries {
			number, _, _ := strings.Cut(a.Number, ".")
			most = max(most, chineseInt(number))
		}
	}
	return most > 0 && most == len(e.Summaries)
}

// lawlike reports whether a title is one that a law library should know, not a
// contract or a rule of the house.
func (c *run) lawlike(title string) bool {
	if has(title, c.HouseRules) {
		return false
	}
	for _, w := range c.Instruments {
		if strings.HasSuffix(title, w) {
			return true
		}
	}
	return false
}

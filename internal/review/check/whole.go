package check

import (
	"slices"

	"xiaobao/internal/review"
	"xiaobao/internal/text/rule"
)

// Whole is all that the program finds in a material by itself: what the rules of
// the packs find and what Run finds, with what says the same of the same place
// made one finding. Packs that the book does not have are left out. The findings
// stand in the order of the text.
func Whole(book *rule.Book, packs []string, m Material) []review.Finding {
	var out []review.Finding
	if use := Installed(book, packs); len(use) > 0 {
		at := &run{Material: m}
		at.Blocks = at.usable(m.Blocks)
		d := rule.Doc{Text: m.Text, Kind: m.Kind, On: m.AsOf, Product: m.Line, Segments: m.segments()}
		for _, f := range book.Scan(d, use...) {
			out = append(out, at.placed(f))
		}
	}
	return Merge(append(out, Run(m)...))
}

// Installed are those of the named packs that the book has.
func Installed(book *rule.Book, names []string) []string {
	have := book.Packs()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !slices.ContainsFunc(have, func(p *rule.Pack) bool { return p.ID == name })
	})
}

// Merge makes one finding of those of one matter on one place, as rule.Merge does
// for findings of rules alone.
func Merge(found []review.Finding) []review.Finding {
	return rule.Join(found, func(f review.Finding) rule.Spot {
		return rule.Spot{Same: f.Same, Start: f.Start, End: f.End, Severity: rule.Severity(f.Severity), Cites: len(f.Cites), Rule: f.Rule}
	}, func(f *review.Finding, o review.Finding) {
		if f.Start == f.End && o.Start < o.End {
			f.Start, f.End, f.Quote, f.Page, f.Place, f.Rewrite = o.Start, o.End, o.Quote, o.Page, o.Place, ""
		}
		if f.Why == "" {
			f.Why = o.Why
		}
		f.Cites = rule.Union(f.Cites, o.Cites)
		for _, a := range append([]review.Also{{Pack: o.Pack, Rule: o.Rule, Edition: o.Edition, Title: o.Title, Severity: o.Severity}}, o.Also...) {
			if !f.Of(a.Rule) {
				f.Also = append(f.Also, a)
			}
		}
	})
}

// segments tells the rules which part of the material a passage stands in.
func (m Material) segments() []rule.Segment {
	var out []rule.Segment
	for _, b := range m.Blocks {
		if b.End > b.Start {
			out = append(out, rule.Segment{Start: b.Start, End: b.End, Section: b.Kind})
		}
	}
	return out
}

// placed is a rule's finding with its place in the material.
func (c *run) placed(f rule.Finding) review.Finding {
	out := review.Finding{Pack: f.Pack, Rule: f.Rule, Edition: f.Version, Severity: review.Severity(f.Severity), Title: f.Title, Start: f.Start, End: f.End,
		Quote: f.Quote, Source: f.Source, Grade: f.Grade, Advice: f.Advice, Rewrite: f.Rewrite, Same: f.Same}
	if b, ok := c.blockAt(f.Start); ok && f.End > f.Start {
		out.Page, out.Place = b.Page, b.Place
	}
	for _, c := range f.Cite {
		out.Cites = append(out.Cites, review.Cite{Instrument: c.Instrument, Article: c.Article})
	}
	return out
}

package app

import (
	"context"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
)

// LawCiters is what rests on an article or on an instrument.
type LawCiters struct {
	Clocks []regulation.Clock      `json:"clocks,omitempty"`
	Duties []regulation.Obligation `json:"duties,omitempty"`
	Rules  []LawRule               `json:"rules,omitempty"`
	Cases  []storage.Row           `json:"cases,omitempty"` // in the person's reach, the newest first
	More   int                     `json:"more,omitempty"`  // cases that are not listed: beyond the reach, or beyond the limit
}

// LawRule is a rule of a pack that cites an article.
type LawRule struct {
	Pack     string `json:"pack"`
	Rule     string `json:"rule"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
}

// None reports whether nothing cites it.
func (c LawCiters) None() bool {
	return len(c.Clocks)+len(c.Duties)+len(c.Rules)+len(c.Cases)+c.More == 0
}

// citedCases is how many cases are listed beside an article.
const citedCases = 20

// CitedBy returns what rests on an article, or with "" on the whole instrument:
// clocks, duties, rules, and the cases that name it in a finding or a decision.
// Of cases beyond the person's reach only the number is told.
func (a *App) CitedBy(ctx context.Context, who party.Actor, instrument, article string) (out LawCiters, err error) {
	article, _, _ = strings.Cut(article, ".")
	same := func(in, number string) bool {
		number, _, _ = strings.Cut(number, ".")
		return in == instrument && (article == "" || number == article)
	}
	set := a.Rules(a.Today())
	for _, c := range set.Clocks() {
		if same(c.Cite.Instrument, c.Cite.Article) {
			out.Clocks = append(out.Clocks, c)
		}
	}
	for _, d := range set.Obligations() {
		if slices.ContainsFunc(d.Cites, func(c regulation.Citation) bool { return same(c.Instrument, c.Article) }) {
			out.Duties = append(out.Duties, d)
		}
	}
	if out.Rules, err = a.citingRules(ctx, same); err != nil || !access.May(who, access.ReadComplaint) {
		return out, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		rows, total, err := tx.CitingCases(who, instrument, article, citedCases)
		out.Cases, out.More = rows, total-len(rows)
		return err
	})
	return out, err
}

func (a *App) citingRules(ctx context.Context, same func(instrument, number string) bool) ([]LawRule, error) {
	book, err := a.Rulebook(ctx)
	if err != nil {
		return nil, err
	}
	var out []LawRule
	for _, p := range book.Packs() {
		for _, r := range p.Rules {
			for _, c := range r.Cite {
				if same(c.Instrument, c.Article) {
					out = append(out, LawRule{Pack: p.ID, Rule: r.ID, Title: r.Title, Severity: string(r.Severity)})
					break
				}
			}
		}
	}
	return out, nil
}

// LawText resolves the citations of one article's own words: 本法第十七条 and
// other instruments, so that pages can link them.
func LawText(lib *law.Library, instrument, text string) []law.Citation {
	return lib.Names().Citations(text, instrument)
}

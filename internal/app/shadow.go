package app

import (
	"context"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/text/rule"
)

// shadowed reports whether some rule is in the shadow state, as this copy of the
// program last saw the rulebook. It costs no question to the database: what is
// counted here is an estimate of how often a rule would speak.
func (a *App) shadowed() bool {
	s := &a.rulebook
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.switches {
		if w.New == rule.Shadow {
			return true
		}
	}
	return false
}

// hear counts what shadow rules would have said of words that were written into a
// case: each text once, when it is written, not each time it is read. The words
// are kept already, so that a count that fails harms nobody.
func (a *App) hear(ctx context.Context, c complaint.Case, cmd complaint.Command) {
	docs, packs := written(c, cmd, a.Today())
	if len(docs) == 0 || !a.shadowed() {
		return
	}
	book, err := a.Rulebook(ctx)
	if err != nil {
		return
	}
	var found []rule.Finding
	for _, d := range docs {
		found = append(found, book.ScanShadow(d, packs...)...)
	}
	_ = a.countShadows(ctx, found)
}

// written are the texts that a command has put into a case, with the packs that
// read such texts.
func written(c complaint.Case, cmd complaint.Command, today calendar.Date) ([]rule.Doc, []string) {
	switch d := cmd.(type) {
	case complaint.Register:
		return []rule.Doc{{Text: c.Narrative, Kind: "complaint", On: c.ReceivedOn, Product: c.Codes.Product}, {Text: c.Demand, Kind: "complaint", On: c.ReceivedOn, Product: c.Codes.Product}}, guide.Packs
	case *complaint.RecordContact:
		return written(c, *d, today)
	case complaint.RecordContact:
		return []rule.Doc{{Text: d.Summary, Kind: "contact", On: calendar.FromTime(d.At), Product: c.Codes.Product}}, guide.Packs
	case *complaint.ProposeDecision:
		return written(c, *d, today)
	case complaint.ProposeDecision:
		r := wording(c, d)
		parts := []string{r.Opening}
		for _, answer := range r.Answers {
			parts = append(parts, answer.Text)
		}
		parts = append(parts, r.Decision, r.Options, r.Closing)
		return []rule.Doc{{Text: strings.Join(parts, "\n"), Kind: "reply", On: today, Product: c.Codes.Product}}, replyPacks
	}
	return nil, nil
}

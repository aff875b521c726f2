package app

import (
	"context"

	"xiaobao/internal/access"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
)

// RuleVerdicts is what reviewers made of a rule, in the reader's reach.
type RuleVerdicts struct {
	Accepted, Edited, Dismissed int
	Last                        []JudgedFinding // the newest dismissals
}

// Judged is how many were judged.
func (v RuleVerdicts) Judged() int { return v.Accepted + v.Edited + v.Dismissed }

// Doubt is the share dismissed in per mille, -1 for none judged.
func (v RuleVerdicts) Doubt() int { return share(v.Dismissed, v.Judged()) }

// JudgedFinding is a finding with the review that it stands in.
type JudgedFinding struct {
	Review  review.ID
	Number  string
	Finding review.Finding
}

// lastDismissals is how many dismissals a rule shows.
const lastDismissals = 8

// RuleVerdicts says how often reviewers accept and dismiss what a rule finds, and
// why they dismissed it last: a rule that is dismissed again and again is wrong.
func (a *App) RuleVerdicts(ctx context.Context, who party.Actor, id string) (RuleVerdicts, error) {
	var out RuleVerdicts
	if !access.May(who, access.ReadReview) {
		return out, nil
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		f := storage.ReviewFilter{Who: who, Today: a.Today(), Stat: storage.ReviewStat{Rule: id}}
		cells, err := tx.ReviewFindings(f)
		if err != nil {
			return err
		}
		for _, c := range cells {
			switch {
			case c.Rule != id:
			case c.Verdict == review.Accepted:
				out.Accepted += c.N
			case c.Verdict == review.Edited:
				out.Edited += c.N
			case c.Verdict == review.Dismissed:
				out.Dismissed += c.N
			}
		}
		list, err := tx.JudgedFindings(f, id, review.Dismissed, lastDismissals)
		for _, j := range list {
			r, err := tx.Review(j.Review)
			if err != nil {
				return err
			}
			if found, ok := r.Finding(j.N); ok {
				out.Last = append(out.Last, JudgedFinding{r.ID, r.Number, found})
			}
		}
		return err
	})
	return out, err
}

// JudgedText is a reviewed text with what persons judged in it: what a changed
// pack is tried against.
type JudgedText struct {
	Number string
	Doc    rule.Doc
	Judged []review.Finding
}

// JudgedTexts hands the reviewed texts in reach whose findings were judged to fn,
// newest first, up to so many judged findings. The texts are those of business
// materials and name no consumer.
func (a *App) JudgedTexts(ctx context.Context, who party.Actor, limit int, fn func(JudgedText) error) error {
	if err := access.Can(who, access.ReadReview, access.Target{}).Err(); err != nil {
		return err
	}
	type version struct {
		id review.ID
		n  int
	}
	judged, order, reviews := map[version][]review.Finding{}, []version{}, map[review.ID]review.Review{}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		list, err := tx.JudgedFindings(storage.ReviewFilter{Who: who, Today: a.Today()}, "", "", limit)
		if err != nil {
			return err
		}
		for _, j := range list {
			r, known := reviews[j.Review]
			if !known {
				if r, err = tx.Review(j.Review); err != nil {
					return err
				}
				reviews[j.Review] = r
			}
			f, ok := r.Finding(j.N)
			if !ok {
				continue
			}
			v := version{r.ID, f.Material}
			if judged[v] == nil {
				order = append(order, v)
			}
			judged[v] = append(judged[v], f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, v := range order {
		r := reviews[v.id]
		m := r.Materials[v.n-1]
		d, err := a.extraction(ctx, r.ID, m)
		if err != nil {
			return err
		}
		on := r.PublishOn()
		if n := len(m.Scans); n > 0 {
			on = m.Scans[n-1].AsOf
		}
		if err := fn(JudgedText{r.Number, rule.Doc{Text: d.Text, Kind: r.Kind, On: on, Product: r.Form["line"], Segments: segments(d)}, judged[v]}); err != nil {
			return err
		}
	}
	return nil
}

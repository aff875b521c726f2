package demo_test

import (
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// showsReviews finds reviews in every state, of every kind of material, with findings
// of the rules judged each way.
func (w world) showsReviews(t *testing.T) {
	if w.result.Reviews < 30 {
		t.Errorf("only %d reviews", w.result.Reviews)
	}
	seen := map[string]map[string]int{"state": {}, "kind": {}, "verdict": {}, "answer": {}, "format": {}, "other": {}}
	today := calendar.FromTime(at(2026, 11, 22, 10.5))
	for _, r := range w.reviews(t) {
		seen["state"][string(r.StateOn(today))]++
		seen["kind"][r.Kind]++
		for _, f := range r.Findings {
			seen["verdict"][string(f.Verdict)]++
			if f.First != "" {
				seen["other"]["judged again"]++
			}
		}
		for _, p := range r.Points {
			seen["answer"][string(p.Given)]++
		}
		for _, m := range r.Materials {
			for _, f := range m.Files {
				seen["format"][f.Type]++
			}
		}
		for group, is := range map[string]bool{"prior": r.Prior != 0, "replaced": r.Next != 0, "urgent": r.Urgent, "sent back": r.Rounds > 0, "head after branch": r.Stage == review.Head, "two versions": len(r.Materials) > 1} {
			if is {
				seen["other"][group]++
			}
		}
	}
	need(t, seen, "state", review.States)
	var kinds []string
	for _, k := range review.MaterialKinds() {
		kinds = append(kinds, k.ID)
	}
	need(t, seen, "kind", kinds)
	need(t, seen, "verdict", append([]review.Verdict{""}, review.Verdicts...))
	need(t, seen, "answer", review.Answers)
	need(t, seen, "format", []string{"docx", "pdf"})
	need(t, seen, "other", []string{"prior", "replaced", "urgent", "sent back", "head after branch", "two versions", "judged again"})
	w.statistics(t, today)
	w.whole(t)
	t.Logf("%v", seen)
}

// reviews folds every review.
func (w world) reviews(t *testing.T) []review.Review {
	t.Helper()
	var out []review.Review
	err := w.store.View(ctx, func(tx *storage.Tx) error {
		for id := review.ID(1); id <= review.ID(w.result.Reviews); id++ {
			r, err := tx.Review(id)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// statistics of the demo have something to say in every column.
func (w world) statistics(t *testing.T, today calendar.Date) {
	t.Helper()
	who, err := w.app.Actor(ctx, "p1")
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.app.ReviewStats(ctx, who, app.ReviewStatQuery{Span: calendar.Interval{From: today.AddDays(-130), To: today}})
	if err != nil {
		t.Fatal(err)
	}
	g := s.All
	for what, n := range map[string]int{"submitted": g.Submitted, "decided": g.Decided, "cleared": g.Cleared, "conditional": g.Conditional, "vetoed": g.Vetoed, "late": g.Late, "back": g.Back,
		"adopted": g.Points[1].Adopted, "rules": len(s.Rules), "both": s.Both, "differ": s.Differ, "months": len(s.Months), "units": len(s.Units)} {
		if n == 0 {
			t.Errorf("the statistics have no %s: %+v", what, g)
		}
	}
}

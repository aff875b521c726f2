package app_test

import (
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// The counts are those of the lists, on both engines and for every reach.
func TestOverviewCountsAsLists(t *testing.T) {
	each(t, func(w world) {
		day := w.today()
		for i := range 12 {
			by := []party.PersonID{"bj", "sh", "cy", "office"}[i%4]
			d := complaint.Register{ReceivedOn: day.AddDays(-7 * i), Codes: complaint.Codes{Product: "credit_card", Reason: "pricing"}}
			if i%5 == 4 {
				d.Respondents, d.Codes = []complaint.Respondent{{Unit: "010101"}}, complaint.Codes{}
			}
			w.register(by, d)
		}
		told := w.register("bj", complaint.Register{ReceivedOn: day.AddDays(-3)})
		w.settle(told.ID)
		w.finish(told.ID)
		for _, id := range []party.PersonID{"office", "bjlead", "cy", "sh", "audit", "exec"} {
			who := w.who(id)
			o, err := w.app.Overview(ctx, who, "year")
			w.ok(err)
			all := w.count(who, storage.Filter{})
			over := w.count(who, storage.Filter{DueTo: day.AddDays(-1)})
			uncoded := w.count(who, storage.Filter{}) - w.count(who, storage.Filter{Reason: "pricing"})
			got := map[string]int{}
			for _, r := range o.Reasons {
				got[r.ID] = r.N
			}
			if o.Open != all || o.Overdue != over || got[""] != uncoded {
				w.Errorf("%s: open %d of %d, overdue %d of %d, uncoded %d of %d", id, o.Open, all, o.Overdue, over, got[""], uncoded)
			}
			for _, a := range o.Ages {
				if n := w.count(who, storage.Filter{Received: a.Received}); n != a.N {
					w.Errorf("%s: age %d to %d: %d, the list has %d", id, a.From, a.To, a.N, n)
				}
			}
			rows, _, err := w.app.ToldCases(ctx, who, storage.ToldFilter{Span: o.Period.Span}, 0, 100)
			w.ok(err)
			if len(rows) != o.Period.Told || o.Period.Told > 0 && o.Period.MedianDays != 3 {
				w.Errorf("%s: told %d, rows %d, median %d", id, o.Period.Told, len(rows), o.Period.MedianDays)
			}
		}
		if _, err := w.app.Overview(ctx, party.Actor{ID: "person/x", Roles: []party.Role{party.Administrator}}, "year"); !fault.Is(err, fault.Forbidden) {
			w.Errorf("the administrator counts: %v", err)
		}
	})
}

func (w world) count(who party.Actor, f storage.Filter) (n int) {
	w.Helper()
	f.Who, f.Reach = who, storage.All
	w.ok(w.s.View(ctx, func(tx *storage.Tx) (err error) {
		n, err = tx.Count(f)
		return err
	}))
	return n
}

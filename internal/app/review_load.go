package app

import (
	"cmp"
	"context"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// loadDays is how many days back the turns of a load are counted.
const loadDays = 90

// ReviewLoad is who has how much to review, in the reader's reach.
type ReviewLoad struct {
	Org    *Org
	Days   int // the turns are of so many days
	People []ReviewLoadRow
	Units  []ReviewLoadRow
}

// ReviewLoadRow is the load of a reviewer, or of a submitting unit.
type ReviewLoadRow struct {
	storage.ReviewLoad
	Done   int
	Median int // days from submission to opinion, 0 when Done is 0
}

// ReviewLoad counts open reviews by reviewer and unit, most loaded first.
func (a *App) ReviewLoad(ctx context.Context, who party.Actor) (ReviewLoad, error) {
	out := ReviewLoad{Days: loadDays}
	if err := access.Can(who, access.ReadReview, access.Target{}).Err(); err != nil {
		return out, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		if out.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		people, units, err := tx.ReviewLoads(who, a.Today(), a.soonDays(), a.Today().AddDays(-loadDays))
		out.People, out.Units = loadRows(people), loadRows(units)
		return err
	})
	return out, err
}

func loadRows(list []storage.ReviewLoad) []ReviewLoadRow {
	out := make([]ReviewLoadRow, len(list))
	for i, l := range list {
		out[i] = ReviewLoadRow{ReviewLoad: l, Done: len(l.Turns)}
		if len(l.Turns) > 0 {
			slices.Sort(l.Turns)
			out[i].Median = l.Turns[len(l.Turns)/2]
		}
	}
	slices.SortStableFunc(out, func(x, y ReviewLoadRow) int {
		return cmp.Or(cmp.Compare(y.Overdue, x.Overdue), cmp.Compare(y.Open, x.Open), cmp.Compare(y.Done, x.Done))
	})
	return out
}

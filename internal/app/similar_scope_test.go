package app_test

import (
	"fmt"
	"slices"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// A case that the reader may not see never appears among the similar ones: not of
// another branch, not with the reader or the reader's unit recused, not one that was
// merged into another. A person's own case stays in sight wherever it is handled.
func TestSimilarHides(t *testing.T) {
	each(t, func(w world) {
		like := func(i int) string { return fmt.Sprintf("%s第%d次反映。", promised, i) }
		open := w.register("bj", complaint.Register{Narrative: like(1)})
		other := w.register("sh", complaint.Register{Narrative: like(2)})
		person := w.register("office", complaint.Register{Narrative: like(3), Unit: "0101", Respondents: []complaint.Respondent{{Person: "bj"}}})
		unit := w.register("office", complaint.Register{Narrative: like(4), Respondents: []complaint.Respondent{{Unit: "010101"}}})
		merged := w.register("bj", complaint.Register{Narrative: like(5)})
		w.ok(w.app.Merge(ctx, w.who("bjlead"), merged.ID, open.ID, "同一事项"))
		own := w.register("bj", complaint.Register{Narrative: like(6), Unit: "0102"}) // taken in here, handled there
		asked := w.register("bj", complaint.Register{Narrative: like(7)})

		for _, test := range []struct {
			who  party.PersonID
			want []complaint.ID
		}{
			{"bj", []complaint.ID{open.ID, unit.ID, own.ID}},
			{"bjlead", []complaint.ID{open.ID, person.ID, unit.ID}},
			{"cy", nil},
			{"sh", []complaint.ID{other.ID, own.ID}},
			{"office", []complaint.ID{open.ID, other.ID, person.ID, unit.ID, own.ID}},
		} {
			for limit := range 9 {
				found, _, err := w.app.SimilarText(ctx, w.who(test.who), like(7), limit)
				w.ok(err)
				got := slices.DeleteFunc(similarIDs(found), func(id complaint.ID) bool { return id == asked.ID })
				slices.Sort(got)
				if limit == 8 && !slices.Equal(got, test.want) {
					w.Errorf("%s finds %v, want %v", test.who, got, test.want)
				}
				for _, id := range got {
					if !slices.Contains(test.want, id) {
						w.Errorf("%s with limit %d finds %d", test.who, limit, id)
					}
				}
				if len(found) > limit {
					w.Errorf("%d found, limit %d", len(found), limit)
				}
			}
		}
	})
}

// Hidden cases take no place from visible ones: more of them than the index looks
// at for one word stand before the only one that the reader may see, which is found
// with the same score as if they were not there.
func TestSimilarHiddenTakeNoPlace(t *testing.T) {
	if testing.Short() {
		t.Skip("registers some hundred cases")
	}
	each(t, func(w world) {
		mine := w.register("bj", complaint.Register{Narrative: promised})
		alone, _, err := w.app.SimilarText(ctx, w.who("bj"), promised+"请答复。", 5)
		w.ok(err)
		for i := range 260 {
			w.register("sh", complaint.Register{Narrative: fmt.Sprintf("%s补充%d。", promised, i)})
		}
		for _, who := range []party.PersonID{"bj", "bjlead"} {
			found, _, err := w.app.SimilarText(ctx, w.who(who), promised+"请答复。", 5)
			w.ok(err)
			if got := similarIDs(found); !slices.Equal(got, []complaint.ID{mine.ID}) || found[0].Score.Near != alone[0].Score.Near {
				w.Errorf("%s finds %v, want %d with near %.2f", who, got, mine.ID, alone[0].Score.Near)
			}
		}
		found, _, err := w.app.SimilarText(ctx, w.who("cy"), promised, 5)
		if w.ok(err); len(found) != 0 {
			w.Errorf("a sub-branch without cases finds %v", similarIDs(found))
		}
	})
}

package app

import (
	"cmp"
	"context"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	versions "xiaobao/internal/review/compare"
	"xiaobao/internal/storage"
	"xiaobao/internal/text"
)

// Standing is what a circulating text is to what was cleared.
type Standing string

// The standings, best first.
const (
	StandsCleared  Standing = "cleared" // equals a version whose clearance is in force
	StandsExpired  Standing = "expired" // equals one whose clearance has run out
	StandsEnded    Standing = "ended"   // equals one whose clearance was revoked or replaced
	StandsOther    Standing = "other"   // equals a version that was reviewed and not the one cleared
	StandsRefused  Standing = "refused" // equals one that was vetoed or withdrawn
	StandsPending  Standing = "pending" // equals one that is still in review
	StandsDiffers  Standing = "differs" // is near a version and differs from it
	StandsUnknown  Standing = "unknown" // nothing like it was ever reviewed
	recheckLooked           = 12        // versions compared in full
	recheckNearest          = 300       // ‰ of the text from which a version is called near
)

// Standings lists the standings, best first.
var Standings = []Standing{StandsCleared, StandsExpired, StandsEnded, StandsOther, StandsRefused, StandsPending, StandsDiffers, StandsUnknown}

// RecheckHit is one reviewed version that the text was held against. Row is zero
// when the review is out of the reader's reach: then only its number and standing show.
type RecheckHit struct {
	Review   review.ID
	Number   string
	Title    string // "" out of reach
	Material int
	State    review.State
	Cleared  string // number of the clearance, "" for none
	Until    string
	Standing Standing
	Result   versions.Recheck // Changes is nil out of reach
	Reach    bool
}

// Recheck is the answer about one text (回检).
type Recheck struct {
	Standing Standing
	Hits     []RecheckHit // best first
}

// Recheck says which reviewed material a circulating text is, what differs and
// whether the clearance holds today. Anybody on duty may ask; of reviews out of
// reach only number and standing are told, so that a branch learns that a poster
// is not cleared without reading another's file.
func (a *App) Recheck(ctx context.Context, who party.Actor, d extract.Document) (Recheck, error) {
	out := Recheck{Standing: StandsUnknown}
	if err := access.Can(who, access.RecheckMaterial, access.Target{}).Err(); err != nil {
		return out, err
	}
	if versions.Key(d.Body()) == "" {
		return out, fault.New(fault.Invalid, "没有读到文字，不能回检")
	}
	near, err := a.nearVersions(ctx, d.Body(), 0)
	if err != nil {
		return out, err
	}
	sum := MaterialSum(d.Body())
	for _, p := range near {
		hit, ok, err := a.recheckOne(ctx, who, p, sum, d)
		if err != nil {
			return out, err
		}
		if ok {
			out.Hits = append(out.Hits, hit)
		}
	}
	slices.SortStableFunc(out.Hits, func(x, y RecheckHit) int {
		return cmp.Or(cmp.Compare(rankOf(x.Standing), rankOf(y.Standing)), cmp.Compare(y.Result.Share+y.Result.Kept, x.Result.Share+x.Result.Kept), cmp.Compare(y.Review, x.Review))
	})
	if len(out.Hits) > 0 {
		out.Standing = out.Hits[0].Standing
	}
	return out, nil
}

func rankOf(s Standing) int { return slices.Index(Standings, s) }

// nearVersions returns the versions that equal a text or share most passages
// with it, leaving out one review.
func (a *App) nearVersions(ctx context.Context, s string, but review.ID) ([]storage.Print, error) {
	var out []storage.Print
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		same, err := tx.SameMaterial(MaterialSum(s), recheckLooked)
		if err != nil {
			return err
		}
		near, err := tx.NearMaterials(a.store.PrintTokens(text.Fold(s)), recheckLooked)
		for _, p := range append(same, near...) {
			known := slices.ContainsFunc(out, func(o storage.Print) bool { return o.Review == p.Review && o.N == p.N })
			if !known && p.Review != but {
				out = append(out, p)
			}
		}
		return err
	})
	return out, err
}

// recheckOne holds the text against one version; false when it is not near.
func (a *App) recheckOne(ctx context.Context, who party.Actor, p storage.Print, sum string, d extract.Document) (RecheckHit, bool, error) {
	var r review.Review
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		r, err = tx.Review(p.Review)
		return err
	})
	if err != nil || r.State == review.Draft || p.N > len(r.Materials) {
		return RecheckHit{}, false, err
	}
	m := r.Materials[p.N-1]
	old, err := a.extraction(ctx, r.ID, m)
	if err != nil {
		return RecheckHit{}, false, err
	}
	hit := RecheckHit{Review: r.ID, Number: r.Number, Material: p.N, State: r.StateOn(a.Today()), Result: versions.Against(old.Body(), d.Body()), Reach: mayReview(who, access.ReadReview, r) == nil}
	hit.Result.Equal = hit.Result.Equal || m.Reading.Sum == sum
	hit.Result.Edges(old.Edges(), d.Edges())
	if !hit.Result.Equal && max(hit.Result.Share, hit.Result.Kept) < recheckNearest {
		return hit, false, nil
	}
	if r.Clearance != nil {
		hit.Cleared, hit.Until = r.Clearance.Number, r.Clearance.Until.String()
	}
	hit.Standing = standing(r, hit)
	if hit.Reach {
		hit.Title = r.Title
	} else {
		hit.Result.Changes = nil
	}
	return hit, true, nil
}

// standing says what an equal text is to the review.
func standing(r review.Review, hit RecheckHit) Standing {
	cleared := r.Clearance != nil && r.Clearance.Material == hit.Material
	switch {
	case !hit.Result.Equal:
		return StandsDiffers
	case cleared && (hit.State == review.Approved || hit.State == review.Conditional):
		return StandsCleared
	case cleared && hit.State == review.Expired:
		return StandsExpired
	case cleared:
		return StandsEnded
	case r.Clearance != nil:
		return StandsOther
	case r.Open():
		return StandsPending
	}
	return StandsRefused
}

// Alike returns reviewed versions that equal the current material of a review or
// are near it: duplicates of a submission, and how like ones were decided.
func (a *App) Alike(ctx context.Context, who party.Actor, id review.ID) ([]RecheckHit, error) {
	r, err := a.readableReview(ctx, who, id)
	if err != nil {
		return nil, err
	}
	m, ok := r.Current()
	if !ok || m.Reading == nil {
		return nil, nil
	}
	d, err := a.extraction(ctx, id, m)
	if err != nil {
		return nil, err
	}
	near, err := a.nearVersions(ctx, d.Body(), id)
	if err != nil {
		return nil, err
	}
	var out []RecheckHit
	for _, p := range near {
		hit, ok, err := a.recheckOne(ctx, who, p, m.Reading.Sum, d)
		if err != nil {
			return nil, err
		}
		seen := slices.ContainsFunc(out, func(o RecheckHit) bool { return o.Review == hit.Review })
		if ok && hit.Reach && !seen {
			out = append(out, hit)
		}
	}
	return out, nil
}

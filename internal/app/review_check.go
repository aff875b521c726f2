package app

import (
	"context"

	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/storage"
)

// How many cleared materials of the product a new one is held against, and how
// long each may be: a scan stays quick.
const (
	othersLooked = 5
	othersChars  = 60_000
)

// checked is a document as the checks beyond words take it.
func checked(d extract.Document, kind review.Kind, form map[string]string, on calendar.Date, others []check.Other) check.Material {
	m := check.Material{Text: d.Text, Kind: kind.ID, Line: form["line"], Form: form, AsOf: on, Others: others, Blocks: make([]check.Block, len(d.Blocks))}
	for i, b := range d.Blocks {
		m.Blocks[i] = check.Block{Start: b.Start, End: b.End, Kind: string(b.Kind), Page: b.Page, Place: b.Place, Size: b.Size, Bold: b.Bold, Faint: b.Faint}
	}
	return m
}

// clearedTexts returns what else of the product circulates with a clearance. The
// material that this one replaces is left out: it differs on purpose.
func (a *App) clearedTexts(ctx context.Context, r review.Review) ([]check.Other, error) {
	if r.Product == "" {
		return nil, nil
	}
	var list []review.Review
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		ids, err := tx.ClearedOf(r.Product, a.Today(), othersLooked+2)
		for _, id := range ids {
			if id == r.ID || id == r.Prior || len(list) == othersLooked {
				continue
			}
			x, err := tx.Review(id)
			if err != nil {
				return err
			}
			list = append(list, x)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []check.Other
	for _, x := range list {
		m, ok := clearedMaterial(x)
		if !ok || m.Reading == nil || m.Reading.Chars > othersChars || m.Reading.Extract == "" {
			continue // erased, or too long to be read on the way
		}
		d, err := a.extraction(ctx, x.ID, m)
		if err != nil {
			return nil, err
		}
		out = append(out, check.Other{Title: titleFor(r, x), Number: x.Clearance.Number, Text: d.Text})
	}
	return out, nil
}

// titleFor is the title of a review as those who read another one may know it: of
// one that not all of them reach, the number is told and nothing else.
func titleFor(reader, x review.Review) string {
	if x.Unit != reader.Unit || len(x.Recused) > 0 {
		return ""
	}
	return x.Title
}

// clearedMaterial is the version that was cleared.
func clearedMaterial(r review.Review) (review.Material, bool) {
	if r.Clearance == nil {
		return review.Material{}, false
	}
	for _, m := range r.Materials {
		if m.N == r.Clearance.Material {
			return m, true
		}
	}
	return review.Material{}, false
}

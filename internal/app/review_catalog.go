package app

import (
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/text/rule"
)

// CheckDocument lets the rules of a kind's packs and the checks beyond words run
// over a document as of a day; others are cleared materials of its product, nil
// for none. What says the same of the same place is one finding.
func CheckDocument(book *rule.Book, d extract.Document, kind review.Kind, form map[string]string, on calendar.Date, others []check.Other) []review.Finding {
	return check.Whole(book, kind.Packs, checked(d, kind, form, on, others))
}

// segments tells the rules which part of the document a passage stands in.
func segments(d extract.Document) []rule.Segment {
	var out []rule.Segment
	for _, b := range d.Blocks {
		if b.End > b.Start {
			out = append(out, rule.Segment{Start: b.Start, End: b.End, Section: string(b.Kind)})
		}
	}
	return out
}

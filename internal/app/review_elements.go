package app

import (
	"context"
	"strings"

	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/text/rule"
)

// FoundElement is something that a material has to say and does.
type FoundElement struct {
	Rule  string
	Name  string // what the rule demands
	Quote string // how the material says it
	Place string
	Start int // byte in the read text
}

// quoted is how many characters of the place are shown.
const quoted = 40

// Elements says where the required elements of the current material stand, by the
// rules of today as of its publication; what is missing are findings.
func (a *App) Elements(ctx context.Context, who party.Actor, id review.ID) ([]FoundElement, error) {
	r, err := a.readableReview(ctx, who, id)
	if err != nil {
		return nil, err
	}
	m, ok := r.Current()
	kind, known := review.KindOf(r.Kind)
	if !ok || m.Reading == nil || !known {
		return nil, nil
	}
	d, err := a.extraction(ctx, id, m)
	if err != nil {
		return nil, err
	}
	book, err := a.Rulebook(ctx)
	if err != nil {
		return nil, err
	}
	use := check.Installed(book, kind.Packs)
	if len(use) == 0 {
		return nil, nil
	}
	var out []FoundElement
	for _, e := range book.Elements(rule.Doc{Text: d.Text, Kind: kind.ID, On: a.asOf(r), Product: r.Form["line"], Segments: segments(d)}, use...) {
		if n := len(out); n > 0 && out[n-1].Start == e.At.Start {
			continue // rules of two packs that ask for the same
		}
		f := FoundElement{Rule: e.Rule, Name: e.Name, Start: e.At.Start, Quote: passage(d.Text[e.At.Start:], e.At.End-e.At.Start)}
		if b, ok := d.At(e.At.Start); ok {
			f.Place = b.Place
		}
		out = append(out, f)
	}
	return out, nil
}

// passage is the words of length n at the start of a text with what follows them
// on their line, cut to what is shown.
func passage(s string, n int) string {
	if end := strings.IndexByte(s[n:], '\n'); end >= 0 {
		s = s[:n+end]
	}
	r := []rune(strings.TrimSpace(s))
	if len(r) > quoted {
		return string(r[:quoted]) + "…"
	}
	return string(r)
}

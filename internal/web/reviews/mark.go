package reviews

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/review"
	"xiaobao/internal/text"
)

// piece is a stretch of the document; N is 0 outside findings.
type piece struct {
	Parts []part
	N     int // number of the finding that is shown on a click
	Link  string
	Class string // severity and what became of it
	Title string
	Here  bool
}

// part is a stretch at whose end the numbers of the findings stand that begin in it.
type part struct {
	Text string
	Nums []int
}

// marks are the findings that stand in the text, by their place.
type marks struct {
	list []findingRow
	here int
}

func newMarks(found []findingRow, here int) marks {
	m := marks{here: here}
	for _, f := range found {
		if f.End > f.Start {
			m.list = append(m.list, f)
		}
	}
	slices.SortStableFunc(m.list, func(a, b findingRow) int { return cmp.Compare(a.Start, b.Start) })
	return m
}

// cut cuts the bytes from start to end of a text at the findings in it. Where
// they overlap, the worst one colours the piece; each shows its number where it begins.
func (m marks) cut(s string, start, end int) []piece {
	start, end = min(start, len(s)), min(end, len(s))
	in := m.between(start, end)
	if strings.TrimSpace(s[start:end]) == "" {
		return nil
	}
	edges := []int{start, end}
	for _, f := range in {
		edges = append(edges, max(f.Start, start), min(f.End, end))
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []piece
	for i := 0; i+1 < len(edges); i++ {
		p := m.piece(s, in, edges[i], edges[i+1])
		if n := len(out) - 1; n >= 0 && out[n].N == p.N && p.N > 0 { // one link, however many findings begin in it
			out[n].Parts = append(out[n].Parts, p.Parts...)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (m marks) between(start, end int) []findingRow {
	var out []findingRow
	for _, f := range m.list {
		if f.Start >= end {
			break
		}
		if f.End > start {
			out = append(out, f)
		}
	}
	return out
}

func (m marks) piece(s string, in []findingRow, from, to int) piece {
	var p piece
	stretch := part{Text: s[from:to]}
	var top findingRow
	for _, f := range in {
		if f.Start > from || f.End <= from {
			continue
		}
		if f.Start == from {
			stretch.Nums = append(stretch.Nums, f.N)
		}
		if top.N == 0 || f.weight() > top.weight() || f.N == m.here {
			top = f
		}
	}
	p.Parts = []part{stretch}
	if top.N > 0 {
		p.N, p.Link, p.Title, p.Here = top.N, top.Link, top.SeverityName+" · "+top.Title, top.N == m.here
		p.Class = "hit-" + top.Severity + " " + top.Mark()
	}
	return p
}

// weight orders findings that overlap: open before judged, worse before lesser.
func (f findingRow) weight() int {
	w := 3 - slices.Index(review.Severities, review.Severity(f.Severity))
	if f.Verdict == "" {
		w += 4
	}
	if f.Verdict == string(review.Dismissed) {
		w = 0
	}
	return w
}

// Mark is the class of what became of a finding.
func (f findingRow) Mark() string {
	switch f.Verdict {
	case "":
		return "is-open"
	case string(review.Dismissed):
		return "is-dismissed"
	}
	return "is-accepted"
}

// delta is one piece of a comparison: "same", "ins" or "del".
type delta struct{ Kind, Text string }

// deltas turns the pieces of a diff into what the pages show.
func deltas(list []text.Piece) []delta {
	out := make([]delta, len(list))
	for i, p := range list {
		kind := "same"
		switch {
		case p.Side < 0:
			kind = "del"
		case p.Side > 0:
			kind = "ins"
		}
		out[i] = delta{kind, p.Text}
	}
	return out
}

package reviews

import (
	"net/http"

	"xiaobao/internal/app"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/review/compare"
	"xiaobao/internal/web"
)

// diffView is a version against another, by clause.
type diffView struct {
	V, Against int
	Changes    []clause
	Counts     []web.Result
	Equal      bool
}

// clause is one clause of a comparison. Same ones are folded into a number.
type clause struct {
	Kind       string // changed, added, removed, moved, same
	Place, Was string
	Pieces     []delta
	Folded     int
}

// shownClauses bounds the changes on one page.
const shownClauses = 400

func clauses(d extract.Document) []compare.Block {
	out := make([]compare.Block, 0, len(d.Blocks))
	for _, b := range d.Blocks {
		out = append(out, compare.Block{Start: b.Start, End: b.End, Text: d.Text[b.Start:b.End], Place: b.Place})
	}
	return out
}

func (m *room) diff(r *http.Request, p app.ReviewPage, d extract.Document, ver, against int) (*diffView, error) {
	old, err := m.document(r, p, against)
	if err != nil {
		return nil, err
	}
	v := &diffView{V: ver, Against: against}
	v.Changes, v.Counts = changes(compare.Versions(clauses(old), clauses(d)))
	v.Equal = len(v.Counts) == 0
	return v, nil
}

// changes turns a comparison into what the page shows, with a count by kind.
func changes(list []compare.Change) (out []clause, counts []web.Result) {
	n := map[compare.Kind]int{}
	for _, c := range list {
		n[c.Kind]++
		if c.Kind == compare.Same {
			if last := len(out) - 1; last >= 0 && out[last].Kind == "same" {
				out[last].Folded++
				continue
			}
			out = append(out, clause{Kind: "same", Folded: 1})
			continue
		}
		if len(out) < shownClauses {
			out = append(out, clauseOf(c))
		}
	}
	for _, kind := range []compare.Kind{compare.Changed, compare.Added, compare.Removed, compare.Moved} {
		if n[kind] > 0 {
			counts = append(counts, web.Result{Label: "reviews.diff." + string(kind), N: n[kind]})
		}
	}
	return out, counts
}

func clauseOf(c compare.Change) clause {
	v := clause{Kind: string(c.Kind), Place: c.New.Place}
	switch c.Kind {
	case compare.Changed:
		v.Pieces = deltas(c.Pieces)
	case compare.Added:
		v.Pieces = []delta{{"ins", c.New.Text}}
	case compare.Removed:
		v.Place, v.Pieces = c.Old.Place, []delta{{"del", c.Old.Text}}
	default:
		v.Was, v.Pieces = c.Old.Place, []delta{{"same", c.New.Text}}
	}
	return v
}

package rule

import (
	"cmp"
	"slices"
)

// Also is a rule that said the same of the same place as the finding that names it.
type Also struct {
	Pack     string   `json:"pack"`
	Rule     string   `json:"rule"`
	Version  string   `json:"version"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
}

// Spot is what decides whether two findings say the same: the matter, "" for
// none, and the place, which is empty for what a document lacks.
type Spot struct {
	Same       string
	Start, End int
	Severity   Severity
	Cites      int
	Rule       string
}

func (s Spot) whole() bool { return s.Start == s.End }

// Merge makes one finding of those that say the same of the same place: rules of
// one matter (same = "…" in the pack) whose hits overlap. What the document lacks
// goes into the first hit of its matter. The severest speaks, of these the one
// that quotes most, of these the one with most articles; the others stand in its
// Also, and their articles behind its own. The order is kept.
func Merge(found []Finding) []Finding {
	return Join(found, func(f Finding) Spot {
		return Spot{f.Same, f.Start, f.End, f.Severity, len(f.Cite), f.Rule}
	}, func(f *Finding, o Finding) {
		if f.Start == f.End && o.Start < o.End {
			f.Start, f.End, f.Quote, f.Words, f.Rewrite = o.Start, o.End, o.Quote, o.Words, ""
		}
		f.Cite = Union(f.Cite, o.Cite)
		for _, a := range append([]Also{{o.Pack, o.Rule, o.Version, o.Title, o.Severity}}, o.Also...) {
			if a.Rule != f.Rule && !slices.ContainsFunc(f.Also, func(have Also) bool { return have.Rule == a.Rule }) {
				f.Also = append(f.Also, a)
			}
		}
	})
}

// Join is Merge for findings of any kind. spot tells of a finding what decides,
// take adds another to the one that speaks for both. The list is not changed.
func Join[F any](list []F, spot func(F) Spot, take func(*F, F)) []F {
	groups := grouped(list, spot)
	out := make([]F, 0, len(groups))
	for _, g := range groups {
		slices.SortStableFunc(g.members, func(x, y F) int { return speaks(spot(x), spot(y)) })
		face := g.members[0]
		for _, o := range g.members[1:] {
			take(&face, o)
		}
		out = append(out, face)
	}
	slices.SortStableFunc(out, func(x, y F) int {
		a, b := spot(x), spot(y)
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return out
}

// group is findings that say the same, with the stretch that they cover.
type group[F any] struct {
	members  []F
	same     string
	from, to int
}

func (g *group[F]) whole() bool { return g.from == g.to }

func grouped[F any](list []F, spot func(F) Spot) []*group[F] {
	var out []*group[F]
	of := map[string][]*group[F]{} // by matter
	for _, f := range list {
		s := spot(f)
		i := slices.IndexFunc(of[s.Same], func(g *group[F]) bool {
			return s.whole() && g.whole() || s.Start < g.to && g.from < s.End
		})
		if s.Same == "" || i < 0 {
			g := &group[F]{[]F{f}, s.Same, s.Start, s.End}
			out = append(out, g)
			if s.Same != "" {
				of[s.Same] = append(of[s.Same], g)
			}
			continue
		}
		g := of[s.Same][i]
		g.members, g.from, g.to = append(g.members, f), min(g.from, s.Start), max(g.to, s.End)
	}
	return slices.DeleteFunc(out, func(g *group[F]) bool { return g.movesTo(of[g.same]) })
}

// movesTo adds what the document lacks to the first hit of the matter, and
// reports whether there is one.
func (g *group[F]) movesTo(list []*group[F]) bool {
	if g.same == "" || !g.whole() {
		return false
	}
	var first *group[F]
	for _, o := range list {
		if !o.whole() && (first == nil || o.from < first.from) {
			first = o
		}
	}
	if first != nil {
		first.members = append(first.members, g.members...)
	}
	return first != nil
}

// speaks orders findings by which of them speaks for all.
func speaks(x, y Spot) int {
	return cmp.Or(cmp.Compare(weight(x.Severity), weight(y.Severity)), cmp.Compare(y.End-y.Start, x.End-x.Start),
		cmp.Compare(y.Cites, x.Cites), cmp.Compare(x.Rule, y.Rule))
}

func weight(s Severity) int { return slices.Index([]Severity{Error, Warn, Info}, s) }

// Union is a with what only b has behind it; neither is changed.
func Union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

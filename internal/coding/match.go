package coding

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
)

// Cell is a part of a report whose rows can be opened. The zero Cell is everything
// that counts; several cells are read as "and".
type Cell struct {
	LeftOut string // rule; then all else is empty
	All     bool   // what is left out too
	Key     string // cases of one situation only
	Scheme  string
	Facet   string
	Value   string // a code with all below it, a state in angle brackets, "<has>" for any code, "<older>", "<moved>", "" for any
}

// String writes the cell for an address.
func (c Cell) String() string {
	switch {
	case c.All:
		return "all"
	case c.LeftOut != "":
		return "out/" + c.LeftOut
	case c.Scheme == "":
		return "counted"
	}
	return "in/" + c.Scheme + "/" + c.Facet + "/" + c.Value
}

// ParseCell reads what String wrote.
func ParseCell(s string) (Cell, bool) {
	parts := strings.SplitN(s, "/", 4)
	switch {
	case s == "all":
		return Cell{All: true}, true
	case s == "counted":
		return Cell{}, true
	case parts[0] == "out" && len(parts) == 2:
		return Cell{LeftOut: parts[1]}, true
	case parts[0] == "in" && len(parts) == 4:
		return Cell{Scheme: parts[1], Facet: parts[2], Value: parts[3]}, true
	}
	return Cell{}, false
}

// Match returns the groups that lie in all of the cells.
func (c *Catalogue) Match(kind Institution, basis Basis, groups []Group, cells ...Cell) []Group {
	k := newCoder(c, kind, basis)
	var out []Group
	for _, g := range groups {
		if !slices.ContainsFunc(cells, func(cell Cell) bool { return !k.in(g, cell) }) {
			out = append(out, g)
		}
	}
	return out
}

func (k *coder) in(g Group, cell Cell) bool {
	switch {
	case cell.All:
		return true
	case g.LeftOut != cell.LeftOut || cell.Key != "" && cell.Key != g.Key:
		return false
	case cell.Scheme == "":
		return true
	}
	key := ParseKey(g.Key)
	one := k.code(key, g.Since, cell.Scheme, cell.Facet)
	switch cell.Value {
	case "", one.Value():
		return true
	case "<has>":
		return one.Has()
	case "<" + string(one.State) + ">":
		return true
	case "<older>", "<moved>":
		older, moved := k.older(key, g.Since, one)
		return older && (moved || cell.Value == "<older>")
	}
	return one.Has() && k.below(one, g.Since, cell.Value)
}

// Decided reports whether the cases of a group have a code in a facet.
func (c *Catalogue) Decided(basis Basis, g Group, scheme, facet string) bool {
	return newCoder(c, "", basis).code(ParseKey(g.Key), g.Since, scheme, facet).Has()
}

// below reports whether a code stands below another.
func (k *coder) below(one Coding, on calendar.Date, top string) bool {
	f, _ := k.table(one.Scheme, k.basis, on).Scheme.Facet(one.Facet)
	return slices.ContainsFunc(f.Path(one.Code), func(c Code) bool { return c.ID == top })
}

// Open is a situation in which a person must pick, the table be mended or the
// entry completed: all cases with one key, in one facet.
type Open struct {
	Coding
	Key   string
	Entry Entry
	N     int
}

// Queue returns the situations without a code, those with most cases first.
func (c *Catalogue) Queue(kind Institution, groups []Group) []Open {
	k := newCoder(c, kind, AtRegistration)
	found := map[string]*Open{}
	for _, g := range groups {
		if g.LeftOut != "" {
			continue
		}
		key := ParseKey(g.Key)
		for _, s := range c.Schemes(kind) {
			for _, f := range s.Facets {
				one := k.code(key, g.Since, s.ID, f.ID)
				if one.Has() {
					continue
				}
				at := s.ID + "/" + f.ID + "/" + g.Key + strings.Join(one.Candidates, "|")
				if found[at] == nil {
					found[at] = &Open{Coding: one, Key: g.Key, Entry: key.Entry}
				}
				found[at].N += g.N
			}
		}
	}
	out := make([]Open, 0, len(found))
	for _, o := range found {
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b Open) int {
		return cmp.Or(cmp.Compare(slices.Index(States, a.State), slices.Index(States, b.State)), cmp.Compare(b.N, a.N), cmp.Compare(a.Scheme, b.Scheme),
			cmp.Compare(a.Facet, b.Facet), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// Move is a number of cases that a proposal codes otherwise.
type Move struct {
	Scheme, Facet string
	From, To      string // codes, or states in angle brackets
	N             int    // of all that count
	Official      int    // of these, registered from the day of release on
}

// Change returns what the proposal for a scheme moves, most first. from is the day
// from which it would be in force.
func (c *Catalogue) Change(scheme string, from calendar.Date, groups []Group) []Move {
	k := newCoder(c, "", Newest)
	moves := map[Move]*Move{}
	for _, g := range groups {
		if g.LeftOut != "" {
			continue
		}
		key := ParseKey(g.Key)
		draft := k.table(scheme, WithDraft, g.Since)
		for _, f := range draft.Scheme.Facets {
			before, after := k.code(key, g.Since, scheme, f.ID).Value(), draft.Code(key, f).Value()
			if before == after {
				continue
			}
			at := Move{Scheme: scheme, Facet: f.ID, From: before, To: after}
			if moves[at] == nil {
				moves[at] = &Move{Scheme: scheme, Facet: f.ID, From: before, To: after}
			}
			moves[at].N += g.N
			if g.Since >= from {
				moves[at].Official += g.N
			}
		}
	}
	out := make([]Move, 0, len(moves))
	for _, m := range moves {
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Facet, b.Facet), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out
}

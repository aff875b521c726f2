package law

import "xiaobao/internal/text"

// Change is how one article differs between two versions.
type Change struct {
	Number string       `json:"number"`
	Kind   string       `json:"kind"` // added, removed, changed
	Old    string       `json:"old,omitempty"`
	New    string       `json:"new,omitempty"`
	Pieces []text.Piece `json:"pieces,omitempty"` // of a changed article, in order
}

// Compare says what changed by article from one text to another. Differences of
// spaces alone are none.
func Compare(from, to Text) []Change {
	var out []Change
	old := map[string]Provision{}
	for _, p := range from.Provisions {
		old[p.Number] = p
	}
	seen := map[string]bool{}
	for _, p := range to.Provisions {
		seen[p.Number] = true
		was, ok := old[p.Number]
		switch {
		case !ok:
			out = append(out, Change{Number: p.Number, Kind: "added", New: p.Text()})
		case squeeze(was.Text()) != squeeze(p.Text()):
			out = append(out, Change{Number: p.Number, Kind: "changed", Old: was.Text(), New: p.Text(), Pieces: text.Diff(was.Text(), p.Text())})
		}
	}
	for _, p := range from.Provisions {
		if !seen[p.Number] {
			out = append(out, Change{Number: p.Number, Kind: "removed", Old: p.Text()})
		}
	}
	return out
}

// Package compare says what changed between two versions of a material, clause by
// clause, and whether what circulates is what was cleared (回检).
package compare

import (
	"strings"

	"xiaobao/internal/text"
)

// Block is one clause, paragraph or cell of a material.
type Block struct {
	Start, End int // bytes in the material
	Text       string
	Place      string // as people say it
}

// Kind is what became of a clause.
type Kind string

// The kinds of changes. Moved stands elsewhere with the same words.
const (
	Same    Kind = "same"
	Changed Kind = "changed"
	Added   Kind = "added"
	Removed Kind = "removed"
	Moved   Kind = "moved"
)

// Change is one clause of the comparison in the order of the new version; a
// removed one stands where it stood. Old is zero for an added clause, New for a
// removed one. Pieces is set for a changed one.
type Change struct {
	Kind   Kind
	Old    Block
	New    Block
	Pieces []text.Piece
}

// maxEdits bounds how many clauses may differ before two versions are taken as
// strangers: then everything old is removed and everything new added.
const maxEdits = 4000

// alike is the share of common character pairs from which two clauses are two
// wordings of one.
const alike = 0.45

// Versions compares two versions. Clauses are equal when they read the same:
// width, case, traditional forms and white space do not count. Clauses without
// text are left out.
func Versions(old, new []Block) []Change {
	a, b := keyed(old), keyed(new)
	pairs, ok := text.Align(keys(a), keys(b), maxEdits)
	if !ok {
		pairs = nil
	}
	var out []Change
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(a), len(b)}) {
		out = append(out, gap(a[i:p[0]], b[j:p[1]])...)
		if p[0] < len(a) {
			out = append(out, Change{Kind: Same, Old: a[p[0]].Block, New: b[p[1]].Block})
		}
		i, j = p[0]+1, p[1]+1
	}
	return moved(out)
}

type key struct {
	Block
	key string
}

func keyed(list []Block) []key {
	out := make([]key, 0, len(list))
	for _, b := range list {
		if k := Key(b.Text); k != "" {
			out = append(out, key{b, k})
		}
	}
	return out
}

func keys(list []key) []string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = k.key
	}
	return out
}

// Key is a clause as a reader sees it: folded, without white space.
func Key(s string) string { return strings.Join(strings.Fields(text.Fold(s)), "") }

// maxGap bounds the clauses on either side of a gap that are weighed against each
// other; in a larger gap they stand as removed and added.
const maxGap = 200

// gap pairs the clauses between two equal ones by likeness, in order.
func gap(a, b []key) []Change {
	match := map[int]int{}
	if len(a) <= maxGap && len(b) <= maxGap && len(a) > 0 && len(b) > 0 {
		match = pair(a, b)
	}
	var out []Change
	j := 0
	for i, x := range a {
		k, ok := match[i]
		if !ok {
			out = append(out, Change{Kind: Removed, Old: x.Block})
			continue
		}
		for ; j < k; j++ {
			out = append(out, Change{Kind: Added, New: b[j].Block})
		}
		out = append(out, Change{Kind: Changed, Old: x.Block, New: b[k].Block, Pieces: text.Diff(x.Text, b[k].Text)})
		j = k + 1
	}
	for ; j < len(b); j++ {
		out = append(out, Change{Kind: Added, New: b[j].Block})
	}
	return out
}

// pair finds the pairs in order with the greatest likeness in sum.
func pair(a, b []key) map[int]int {
	x, y := grams(a), grams(b)
	like := make([][]float64, len(a))
	best := make([][]float64, len(a)+1)
	for i := range best {
		best[i] = make([]float64, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		like[i] = make([]float64, len(b))
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if like[i][j] = dice(x[i], y[j]); like[i][j] >= alike {
				best[i][j] = max(best[i][j], best[i+1][j+1]+like[i][j])
			}
		}
	}
	out := map[int]int{}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case like[i][j] >= alike && best[i][j] == best[i+1][j+1]+like[i][j]:
			out[i] = j
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			i++
		default:
			j++
		}
	}
	return out
}

func grams(list []key) []map[[2]rune]int {
	out := make([]map[[2]rune]int, len(list))
	for i, k := range list {
		out[i] = bigrams(k.key)
	}
	return out
}

func bigrams(s string) map[[2]rune]int {
	out := map[[2]rune]int{}
	last := rune(0)
	for _, r := range s {
		out[[2]rune{last, r}]++
		last = r
	}
	return out
}

// dice is twice the common pairs over all pairs, 0 to 1.
func dice(a, b map[[2]rune]int) float64 {
	common, all := 0, 0
	for g, n := range a {
		common += min(n, b[g])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(common) / float64(all)
}

// moved makes one change of a clause that was taken away here and stands there.
func moved(list []Change) []Change {
	gone := map[string][]int{}
	for i, c := range list {
		if c.Kind == Removed {
			k := Key(c.Old.Text)
			gone[k] = append(gone[k], i)
		}
	}
	drop := map[int]bool{}
	for i, c := range list {
		if c.Kind != Added {
			continue
		}
		k := Key(c.New.Text)
		if from := gone[k]; len(from) > 0 {
			list[i] = Change{Kind: Moved, Old: list[from[0]].Old, New: c.New}
			drop[from[0]], gone[k] = true, from[1:]
		}
	}
	out := list[:0]
	for i, c := range list {
		if !drop[i] {
			out = append(out, c)
		}
	}
	return out
}

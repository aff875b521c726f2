package text

import (
	"slices"
	"unicode"
)

// Piece is a part of two compared texts: in both (Side 0), only in the old (-1),
// only in the new (1).
type Piece struct {
	Side int    `json:"side"`
	Text string `json:"text"`
}

// maxEdits bounds the differences that Diff follows, in characters. Texts that
// differ more are shown whole, one after the other.
const maxEdits = 2000

// Diff compares two texts by characters (Myers, An O(ND) Difference Algorithm,
// 1986), so that a rewritten sentence reads as one: islands of agreement of fewer
// than three letters between changes are taken into them.
func Diff(old, new string) []Piece {
	a, b := []rune(old), []rune(new)
	pairs, ok := align(len(a), len(b), func(i, j int) bool { return a[i] == b[j] }, maxEdits)
	if !ok {
		return compact([]Piece{{-1, old}, {1, new}})
	}
	var out []Piece
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(a), len(b)}) {
		out = put(out, -1, a[i:p[0]])
		out = put(out, 1, b[j:p[1]])
		if p[0] < len(a) && p[1] < len(b) {
			out = put(out, 0, a[p[0]:p[0]+1])
		}
		i, j = p[0]+1, p[1]+1
	}
	return compact(out)
}

func put(out []Piece, side int, r []rune) []Piece {
	if len(r) == 0 {
		return out
	}
	if n := len(out); n > 0 && out[n-1].Side == side {
		out[n-1].Text += string(r)
		return out
	}
	return append(out, Piece{side, string(r)})
}

// compact joins the changes around short islands of agreement.
func compact(in []Piece) []Piece {
	var out []Piece
	var was, now string
	flush := func() {
		if was != "" {
			out = append(out, Piece{-1, was})
		}
		if now != "" {
			out = append(out, Piece{1, now})
		}
		was, now = "", ""
	}
	for k, p := range in {
		switch island := p.Side == 0 && k > 0 && k+1 < len(in) && letters(p.Text) < 3; {
		case island:
			was, now = was+p.Text, now+p.Text
		case p.Side == 0:
			flush()
			out = append(out, p)
		case p.Side < 0:
			was += p.Text
		default:
			now += p.Text
		}
	}
	flush()
	return out
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// Align returns which element of the new list stands for which of the old one,
// in order: a longest common subsequence of equal elements. Lists that differ in
// more than max elements are not followed; the answer is false then.
func Align(old, new []string, max int) ([][2]int, bool) {
	return align(len(old), len(new), func(i, j int) bool { return old[i] == new[j] }, max)
}

// align is Myers' greedy algorithm over n and m elements.
func align(n, m int, equal func(i, j int) bool, max int) ([][2]int, bool) {
	head := 0
	for head < n && head < m && equal(head, head) {
		head++
	}
	tail := 0
	for tail < n-head && tail < m-head && equal(n-1-tail, m-1-tail) {
		tail++
	}
	middle, ok := edits(n-head-tail, m-head-tail, func(i, j int) bool { return equal(head+i, head+j) }, max)
	if !ok {
		return nil, false
	}
	out := make([][2]int, 0, head+len(middle)+tail)
	for i := range head {
		out = append(out, [2]int{i, i})
	}
	for _, p := range middle {
		out = append(out, [2]int{head + p[0], head + p[1]})
	}
	for i := range tail {
		out = append(out, [2]int{n - tail + i, m - tail + i})
	}
	return out, true
}

// edits finds the shortest script and returns the pairs that stay. Row d of the
// trace holds the furthest x on each diagonal -d..d after d edits.
func edits(n, m int, equal func(i, j int) bool, max int) ([][2]int, bool) {
	limit := min(n+m, max)
	v := make([]int32, 2*limit+3)
	at := limit + 1
	var trace [][]int32
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			x := start(v[at-d-1:], d, k)
			for x < n && x-k < m && equal(x, x-k) {
				x++
			}
			v[at+k] = int32(x)
			if x >= n && x-k >= m {
				return backtrack(trace, n, m), true
			}
		}
		trace = append(trace, append([]int32(nil), v[at-d:at+d+1]...))
	}
	return nil, false
}

// start is where diagonal k begins after d edits, from the row before; row[0] is
// diagonal -d-1 of it.
func start(row []int32, d, k int) int {
	if d == 0 {
		return 0
	}
	left, right := row[k-1+d+1], row[k+1+d+1]
	if k == -d || k != d && left < right {
		return int(right)
	}
	return int(left) + 1
}

// backtrack walks the rows back to the start. trace[d] is the row after d edits;
// the end was reached with one edit more than it has rows.
func backtrack(trace [][]int32, n, m int) [][2]int {
	var out [][2]int
	x, y := n, m
	for d := len(trace); d > 0; d-- {
		row, k := trace[d-1], x-y
		left, right := int32(-1), int32(-1)
		if i := k - 1 + d - 1; i >= 0 && i < len(row) {
			left = row[i]
		}
		if i := k + 1 + d - 1; i >= 0 && i < len(row) {
			right = row[i]
		}
		px, pk := int(left), k-1
		if k == -d || k != d && left < right {
			px, pk = int(right), k+1
		}
		for x > px && y > px-pk {
			x, y = x-1, y-1
			out = append(out, [2]int{x, y})
		}
		x, y = px, px-pk
	}
	for x > 0 && y > 0 {
		x, y = x-1, y-1
		out = append(out, [2]int{x, y})
	}
	slices.Reverse(out)
	return out
}

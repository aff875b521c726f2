package law

import "unicode"

// Change is how one article differs between two versions.
type Change struct {
	Number string `json:"number"`
	Kind   string `json:"kind"` // added, removed, changed
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Pieces []Diff `json:"pieces,omitempty"` // of a changed article, in order
}

// Diff is a piece of a changed article: in both (0), only in the old (-1), only
// in the new (1).
type Diff struct {
	Side int    `json:"side"`
	Text string `json:"text"`
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
			out = append(out, Change{Number: p.Number, Kind: "changed", Old: was.Text(), New: p.Text(), Pieces: diff(was.Text(), p.Text())})
		}
	}
	for _, p := range from.Provisions {
		if !seen[p.Number] {
			out = append(out, Change{Number: p.Number, Kind: "removed", Old: p.Text()})
		}
	}
	return out
}

// maxDiff bounds the table of a comparison; longer articles are shown whole.
const maxDiff = 4 << 20

// diff aligns two texts by the longest common subsequence of their characters.
func diff(a, b string) []Diff {
	x, y := []rune(a), []rune(b)
	if len(x)*len(y) > maxDiff {
		return []Diff{{-1, a}, {1, b}}
	}
	w := len(y) + 1
	t := make([]int32, (len(x)+1)*w)
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				t[i*w+j] = t[(i+1)*w+j+1] + 1
			} else {
				t[i*w+j] = max(t[(i+1)*w+j], t[i*w+j+1])
			}
		}
	}
	return tidy(walk(x, y, t, w))
}

func walk(x, y []rune, t []int32, w int) []Diff {
	var out []Diff
	put := func(side int, r rune) {
		if n := len(out); n > 0 && out[n-1].Side == side {
			out[n-1].Text += string(r)
			return
		}
		out = append(out, Diff{side, string(r)})
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			put(0, x[i])
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && t[(i+1)*w+j] >= t[i*w+j+1]:
			put(-1, x[i])
			i++
		default:
			put(1, y[j])
			j++
		}
	}
	return out
}

// tidy takes short islands of agreement into the change around them, so that a
// rewritten sentence reads as one.
func tidy(in []Diff) []Diff {
	var out []Diff
	var was, now string
	flush := func() {
		if was != "" {
			out = append(out, Diff{-1, was})
		}
		if now != "" {
			out = append(out, Diff{1, now})
		}
		was, now = "", ""
	}
	for k, d := range in {
		island := d.Side == 0 && k > 0 && k+1 < len(in) && words(d.Text) < 3
		switch {
		case island:
			was, now = was+d.Text, now+d.Text
		case d.Side == 0:
			flush()
			out = append(out, d)
		case d.Side < 0:
			was += d.Text
		default:
			now += d.Text
		}
	}
	flush()
	return out
}

func words(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

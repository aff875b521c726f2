package reply

import "xiaobao/internal/text"

// Change is a stretch of a text that is kept, put in or taken out.
type Change struct {
	Op   string `json:"op" enum:"keep,add,cut"`
	Text string `json:"text"`
}

var ops = map[int]string{-1: "cut", 0: "keep", 1: "add"}

// Diff tells how one wording became another, see text.Diff.
func Diff(was, is string) []Change {
	var out []Change
	for _, p := range text.Diff(was, is) {
		out = append(out, Change{ops[p.Side], p.Text})
	}
	return out
}

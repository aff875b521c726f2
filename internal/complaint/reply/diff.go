package reply

// Change is a stretch of a text that is kept, put in or taken out.
type Change struct {
	Op   string `json:"op" enum:"keep,add,cut"`
	Text string `json:"text"`
}

// Diff tells how one wording became another, clause by clause.
func Diff(was, is string) []Change {
	a, b := pieces(was), pieces(is)
	common := make([][]int, len(a)+1) // length of the longest common rest
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []Change
	add := func(op, text string) {
		if n := len(out); n > 0 && out[n-1].Op == op {
			out[n-1].Text += text
			return
		}
		out = append(out, Change{op, text})
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add("keep", a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			add("cut", a[i])
			i++
		default:
			add("add", b[j])
			j++
		}
	}
	return out
}

// pieces cuts a text into clauses; together they are the text.
func pieces(s string) []string {
	var out []string
	from := 0
	for _, c := range clauses(s) {
		out = append(out, s[from:c.end])
		from = c.end
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

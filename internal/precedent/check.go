package precedent

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Finding is one thing by which somebody may be recognised.
type Finding struct {
	Field      string // of the content; "facts" for a rare combination
	Kind       string // known, name, number, mobile, address, unit, place, date, amount, rare ...
	Text       string // as it stands, or the rare facts
	Start, End int    // bytes of the field
	N          int    // of a rare combination: closed cases with it
	Cleared    string // why it names nobody, "" while nobody said so
}

// Hard reports whether it comes from the case itself: it must be rewritten.
func (f Finding) Hard() bool { return f.Kind == kindKnown }

// Key names the finding wherever it stands in the text.
func (f Finding) Key() string { return f.Kind + "|" + f.Text }

func hardKey(key string) bool { return strings.HasPrefix(key, kindKnown+"|") }

func keyText(key string) string {
	_, text, _ := strings.Cut(key, "|")
	return text
}

// Sentence says what to do about it.
func (f Finding) Sentence() string {
	switch {
	case f.Kind == kindRare:
		return "同样组合（" + f.Text + "）的已办结投诉只有 " + strconv.Itoa(f.N) + " 件，熟悉情况的人可能认出当事人；请隐去其中一项，或说明为何不会"
	case f.Hard():
		return "“" + f.Text + "”来自原投诉的当事人、经办人员或号码，请改写"
	}
	return "“" + f.Text + "”可能指向具体的人、号码、机构或日期，请改写，或说明为何不指向任何人"
}

// Open are the findings that nobody has answered for.
func Open(list []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(list), func(f Finding) bool { return f.Cleared != "" })
}

// Rare tells how many closed cases share facts, 0 and more.
type Rare struct {
	Text string // the facts in words
	N    int
}

// Check lists what still looks like a name, number, address, unit, place or day,
// and the combination of facts when it is rare. What was cleared says why.
func (c *Cleaner) Check(p Precedent, rare *Rare) []Finding {
	var out []Finding
	for _, part := range p.Content.Parts() {
		list := c.look(part.Text)
		for _, f := range list {
			f.Field = part.Field
			f.Cleared = p.Cleared[f.Key()]
			out = append(out, f)
		}
	}
	if rare != nil && rare.N < Crowd() {
		f := Finding{Field: "facts", Kind: kindRare, Text: rare.Text, N: rare.N}
		f.Cleared = p.Cleared[f.Key()]
		out = append(out, f)
	}
	return out
}

// look finds in one text, in order.
func (c *Cleaner) look(s string) []Finding {
	hits := c.find(s)
	covered := func(start, end int) bool {
		return slices.ContainsFunc(hits, func(h hit) bool { return h.start < end && start < h.end })
	}
	var more []hit
	findPlaces(hideMarks(s), func(start, end int) {
		if !covered(start, end) {
			more = append(more, hit{start: start, end: end, kind: kindPlace})
		}
	})
	hits = append(hits, settle(more)...)
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	out := make([]Finding, 0, len(hits))
	for _, h := range hits {
		out = append(out, Finding{Kind: h.kind, Text: s[h.start:h.end], Start: h.start, End: h.end})
	}
	return out
}

func itoa(n int) string { return strconv.Itoa(n) }

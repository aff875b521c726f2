package rule

import "xiaobao/internal/text"

// Change is a place that one book finds and the other does not.
type Change struct {
	Doc     int     `json:"doc"` // index of the text
	Finding Finding `json:"finding"`
	Excerpt string  `json:"excerpt"`
}

// Backtest says what a change of the rules does to a corpus.
type Backtest struct {
	Docs   int            `json:"docs"`
	Before int            `json:"before"` // findings of the old book
	After  int            `json:"after"`
	New    []Change       `json:"new"`    // what the new book finds in addition, at most Keep
	Missed []Change       `json:"missed"` // what it finds no more, at most Keep
	Gained map[string]int `json:"gained"` // by rule, all of them
	Lost   map[string]int `json:"lost"`
	Keep   int            `json:"-"`
}

// NewBacktest returns an empty back-test that keeps so many changes each way.
func NewBacktest(keep int) *Backtest {
	return &Backtest{Gained: map[string]int{}, Lost: map[string]int{}, Keep: keep, New: []Change{}, Missed: []Change{}}
}

// Add scans one more text with both books; a nil book finds nothing. Shadow
// rules count on the new side: that is what a back-test is for.
func (t *Backtest) Add(old, fresh *Book, d Doc) {
	before, after := findings(old, d), findings(fresh, d)
	t.Before, t.After = t.Before+len(before), t.After+len(after)
	t.New = t.differ(t.New, t.Gained, d, after, before)
	t.Missed = t.differ(t.Missed, t.Lost, d, before, after)
	t.Docs++
}

func findings(b *Book, d Doc) []Finding {
	if b == nil {
		return nil
	}
	var all []string
	for _, p := range b.packs {
		all = append(all, p.ID)
	}
	return append(b.Scan(d, all...), b.ScanShadow(d, all...)...)
}

type place struct {
	rule       string
	start, end int
}

// differ notes the findings of a that b has not.
func (t *Backtest) differ(list []Change, count map[string]int, d Doc, a, b []Finding) []Change {
	have := make(map[place]bool, len(b))
	for _, f := range b {
		have[place{f.Rule, f.Start, f.End}] = true
	}
	for _, f := range a {
		if have[place{f.Rule, f.Start, f.End}] {
			continue
		}
		count[f.Rule]++
		if len(list) < t.Keep {
			list = append(list, Change{Doc: t.Docs, Finding: f, Excerpt: Excerpt(d.Text, f)})
		}
	}
	return list
}

// Excerpt returns the words around a finding, the hit between 【 and 】.
func Excerpt(s string, f Finding) string {
	at := text.Span{Start: f.Start, End: f.End}
	w := chars(s, at, 20)
	if f.Quote == "" {
		return clip(s, 40)
	}
	return s[w.Start:at.Start] + "【" + s[at.Start:at.End] + "】" + s[at.End:w.End]
}

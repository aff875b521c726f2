package rule

import (
	"fmt"
	"strings"
)

// Failure is an example that a rule does not bear out.
type Failure struct {
	Rule    *Rule
	Field   string // "hits" or "passes"
	Number  int    // of the example in its list, from 1
	Example Example
	Found   []Finding
	Text    string // what is wrong, for a person
}

// Try runs the examples of every rule, each rule alone and whatever its switch,
// and returns those that fail.
func (p *Pack) Try() []Failure {
	b, err := NewBook(p)
	if err != nil {
		return []Failure{{Rule: p.Rules[0], Field: "find", Text: err.Error()}}
	}
	var out []Failure
	for _, r := range p.Rules {
		n := map[bool]int{}
		for _, e := range r.Examples {
			n[e.Hit]++
			if f, bad := b.tryExample(r, e); bad {
				f.Number = n[e.Hit]
				f.Text = fmt.Sprintf("第 %d 个例句“%s”%s", f.Number, clip(e.Text, 60), f.Text)
				out = append(out, f)
			}
		}
	}
	return out
}

func (b *Book) tryExample(r *Rule, e Example) (Failure, bool) {
	d := e.Doc(r)
	f := Failure{Rule: r, Field: "passes", Example: e}
	if e.Hit {
		f.Field = "hits"
	}
	x, err := b.Explain(d, r.ID)
	if err != nil {
		f.Text = err.Error()
		return f, true
	}
	f.Found = x.Findings
	switch {
	case e.Hit && !x.Hit:
		f.Text = "应当命中而没有命中：" + lastWord(x)
	case !e.Hit && x.Hit:
		f.Text = fmt.Sprintf("不应命中而命中了“%s”。", clip(x.Findings[0].Quote, 40))
	case e.Hit && e.Quote != "" && !quoted(x.Findings, e.Quote):
		f.Text = fmt.Sprintf("应当命中“%s”，实际命中的是“%s”。", e.Quote, clip(x.Findings[0].Quote, 40))
	default:
		return f, false
	}
	return f, true
}

func quoted(found []Finding, quote string) bool {
	for _, f := range found {
		if f.Quote == quote {
			return true
		}
	}
	return false
}

// lastWord is what spoke against each hit of the words.
func lastWord(x Explanation) string {
	var against []string
	for _, s := range x.Steps {
		if !s.OK {
			against = append(against, s.Text)
		}
	}
	if len(against) == 0 {
		return "原因不明，请用 rules explain 查看。"
	}
	return strings.Join(clipList(against), "")
}

package review

import (
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// working are the states in which the reviewer judges: a version that came with
// the answers is judged too, also after the last answer was confirmed.
var working = []State{InReview, Answered, Confirmed}

// AddFinding records what a person found, beside the machine's findings.
type AddFinding struct {
	Severity Severity `json:"severity" enum:"error,warn,info"`
	Title    string   `json:"title" maxLength:"120"`
	Start    int      `json:"start,omitempty" minimum:"0" doc:"Byte offset in the read text"`
	End      int      `json:"end,omitempty" minimum:"0"`
	Quote    string   `json:"quote,omitempty" maxLength:"2000"`
	Page     int      `json:"page,omitempty"`
	Place    string   `json:"place,omitempty" maxLength:"80"`
	Cites    []Cite   `json:"cites,omitempty"`
	Advice   string   `json:"advice" maxLength:"2000"`
	Rewrite  string   `json:"rewrite,omitempty" maxLength:"2000"`
}

// Action implements Command.
func (AddFinding) Action() access.Action { return access.HandleReview }

// Decide implements Command.
func (d AddFinding) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("添加问题", working...); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	m, _ := r.Current()
	var f fault.Fields
	f.Need(one(Severities, d.Severity), "severity", "请选择严重程度")
	text(&f, "title", d.Title, "问题", true, 120)
	text(&f, "quote", d.Quote, "原文", false, 2000)
	text(&f, "advice", d.Advice, "修改建议", true, 2000)
	text(&f, "rewrite", d.Rewrite, "建议改写", false, 2000)
	f.Need(d.Start >= 0 && d.Start <= d.End, "start", "标记的位置不正确")
	for _, c := range d.Cites {
		_, ok := env.Rules.Article(c.Instrument, c.Article)
		f.Need(ok, "cites", "没有找到条文 %s 第%s条，请核对", c.Instrument, c.Article)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&FindingAdded{Finding: Finding{N: r.nextFinding(), Material: m.N, Severity: d.Severity, Title: strings.TrimSpace(d.Title), Start: d.Start, End: d.End,
		Quote: d.Quote, Page: d.Page, Place: d.Place, Cites: d.Cites, Advice: d.Advice, Rewrite: d.Rewrite}}}, nil
}

func (r Review) nextFinding() int {
	n := 0
	for _, f := range r.Findings {
		n = max(n, f.N)
	}
	return n + 1
}

// JudgeFinding accepts, edits or dismisses findings; several at once get the
// same verdict (S4.17: a person confirms).
type JudgeFinding struct {
	N        []int    `json:"n" doc:"Numbers of the findings"`
	Verdict  Verdict  `json:"verdict" enum:"accepted,edited,dismissed"`
	Severity Severity `json:"severity,omitempty" enum:"error,warn,info"`
	Advice   string   `json:"advice,omitempty" maxLength:"2000"`
	Rewrite  string   `json:"rewrite,omitempty" maxLength:"2000"`
	Why      string   `json:"why,omitempty" maxLength:"1000" doc:"Reason; asked for when a finding is dismissed"`
}

// Action implements Command.
func (JudgeFinding) Action() access.Action { return access.HandleReview }

// Decide implements Command. A finding that an opinion already speaks of keeps its verdict.
func (d JudgeFinding) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("判断问题", working...); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Need(len(d.N) > 0, "n", "请选择问题")
	f.Need(one(Verdicts, d.Verdict), "verdict", "请选择采纳、修改或排除")
	f.Need(d.Severity == "" || one(Severities, d.Severity), "severity", "请选择严重程度")
	f.Need(d.Verdict != Edited || len(d.N) == 1, "n", "修改一次只能针对一个问题")
	text(&f, "advice", d.Advice, "修改建议", d.Verdict == Edited, 2000)
	text(&f, "rewrite", d.Rewrite, "建议改写", false, 2000)
	text(&f, "why", d.Why, "排除原因", d.Verdict == Dismissed, 1000)
	var out []Event
	for _, n := range d.N {
		_, ok := r.Finding(n)
		f.Need(ok, "n", "没有第 %d 个问题", n)
		f.Need(!r.spokenOf(n), "n", "第 %d 个问题已写入审查意见，不能再改判断", n)
		out = append(out, &FindingJudged{N: n, Verdict: d.Verdict, Severity: d.Severity, Advice: d.Advice, Rewrite: d.Rewrite, Why: d.Why})
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// spokenOf reports whether a point of an opinion rests on the finding.
func (r Review) spokenOf(n int) bool {
	return slices.ContainsFunc(r.Points, func(p Point) bool { return one(p.Findings, n) })
}

// CheckItem answers a line of the kind's checklist.
type CheckItem struct {
	Item    string      `json:"item" maxLength:"64"`
	Verdict ItemVerdict `json:"verdict" enum:"ok,problem,not_applicable"`
	Note    string      `json:"note,omitempty" maxLength:"1000"`
}

// Action implements Command.
func (CheckItem) Action() access.Action { return access.HandleReview }

// Decide implements Command.
func (d CheckItem) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("填写审查要点", working...); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	kind, _ := KindOf(r.Kind)
	f.Need(slices.ContainsFunc(kind.Items(), func(i Item) bool { return i.ID == d.Item }), "item", "这类材料没有要点 %s", d.Item)
	f.Need(one(ItemVerdicts, d.Verdict), "verdict", "请选择符合、有问题或不适用")
	text(&f, "note", d.Note, "说明", d.Verdict == ItemProblem, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ItemChecked{Item: d.Item, Verdict: d.Verdict, Note: d.Note}}, nil
}

// Left counts the findings on the current material that nobody has judged.
func (r Review) Left() (n int) {
	m, _ := r.Current()
	for i := range r.Findings {
		if r.Findings[i].Material == m.N && r.Findings[i].Verdict == "" {
			n++
		}
	}
	return n
}

// Unjudged returns the findings on the current material that nobody has judged.
func (r Review) Unjudged() []Finding {
	m, _ := r.Current()
	return slices.DeleteFunc(r.FindingsOf(m.N), func(f Finding) bool { return f.Verdict != "" })
}

// Unchecked returns the required lines of the checklist without an answer.
func (r Review) Unchecked() []Item {
	kind, _ := KindOf(r.Kind)
	return slices.DeleteFunc(kind.Items(), func(i Item) bool {
		_, done := r.Checklist[i.ID]
		return done || !i.Required
	})
}

package review

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// maxPoints bounds one opinion.
const maxPoints = 100

// GiveOpinion gives the written opinion: its points rest on accepted findings,
// or are the reviewer's own (审查意见).
type GiveOpinion struct {
	Conclusion Conclusion    `json:"conclusion" enum:"agree,after_change,disagree"`
	Summary    string        `json:"summary" maxLength:"4000"`
	Points     []OpinionItem `json:"points,omitempty"`
}

// OpinionItem is one point of an opinion.
type OpinionItem struct {
	Findings []int  `json:"findings,omitempty"`
	Text     string `json:"text" maxLength:"2000"`
	Must     bool   `json:"must,omitempty" doc:"Has to be adopted; other points are advice"`
}

// Action implements Command.
func (GiveOpinion) Action() access.Action { return access.HandleReview }

// Decide implements Command. Everything found has been judged and every
// required point checked before an opinion is given: it is given on the whole.
func (d GiveOpinion) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("出具意见", working...); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	m, _ := r.Current()
	var f fault.Fields
	f.Need(one(Conclusions, d.Conclusion), "conclusion", "请选择审查结论")
	text(&f, "summary", d.Summary, "综合意见", true, 4000)
	f.Need(m.Reading != nil && len(m.Scans) > 0, "findings", "第 %d 版材料还没有机器检查结果，请先检查", m.N)
	if n := r.Left(); n > 0 {
		f.Add("findings", "还有 %d 个问题没有判断（采纳、修改或排除）", n)
	}
	for _, i := range r.Unchecked() {
		f.Add("checklist."+i.ID, "审查要点“%s”还没有结论", i.Name)
	}
	f.Need(d.Conclusion != AfterChange || len(d.Points) > 0, "points", "修改后同意的，请写明修改意见")
	f.Need(d.Conclusion != Agree || !slices.ContainsFunc(d.Points, func(p OpinionItem) bool { return p.Must }), "conclusion", "有必须采纳的意见时，结论不能是同意")
	given := r.points(&f, d.Points)
	r.allSpoken(&f, m.N, given)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&OpinionGiven{N: len(r.Opinions) + 1, Conclusion: d.Conclusion, Material: m.N, Summary: d.Summary, Points: given}}, nil
}

// points checks the points of an opinion and numbers them.
func (r Review) points(f *fault.Fields, items []OpinionItem) []PointGiven {
	f.Need(len(items) <= maxPoints, "points", "一份意见最多 %d 条", maxPoints)
	var out []PointGiven
	for i, p := range items {
		field := "points[" + itoa(i) + "]"
		text(f, field+".text", p.Text, "意见内容", true, 2000)
		for _, n := range p.Findings {
			found, ok := r.Finding(n)
			f.Need(ok && (found.Verdict == Accepted || found.Verdict == Edited), field+".findings", "第 %d 个问题没有被采纳，不能写入意见", n)
		}
		out = append(out, PointGiven{N: len(r.Points) + i + 1, Findings: p.Findings, Text: p.Text, Must: p.Must})
	}
	return out
}

// allSpoken makes sure that no accepted error is left out of the opinion.
func (r Review) allSpoken(f *fault.Fields, material int, given []PointGiven) {
	for i := range r.Findings {
		x := &r.Findings[i]
		if x.Material != material || x.Severity != Error || x.Verdict == Dismissed {
			continue
		}
		said := r.spokenOf(x.N) || slices.ContainsFunc(given, func(p PointGiven) bool { return one(p.Findings, x.N) })
		f.Need(said, "points", "已采纳的严重问题“%s”没有写入意见", x.Title)
	}
}

// AnswerPoint answers one point of an opinion: adopt, adopt otherwise, or not
// adopt with the reason (采纳、变通采纳、不采纳).
type AnswerPoint struct {
	N      int        `json:"n" minimum:"1"`
	Answer PointState `json:"answer" enum:"adopted,otherwise,not_adopted"`
	Text   string     `json:"text,omitempty" maxLength:"2000" doc:"How it was adopted, or why not"`
}

// Action implements Command.
func (AnswerPoint) Action() access.Action { return access.SubmitReview }

// Decide implements Command. What is adopted shows in a new version of the material.
func (d AnswerPoint) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("答复意见", Opinion); err != nil {
		return nil, err
	}
	if err := r.mustSubmit(env); err != nil {
		return nil, err
	}
	p, ok := r.point(d.N)
	var f fault.Fields
	f.Need(ok && p.State == PointOpen, "n", "没有待答复的第 %d 条意见", d.N)
	f.Need(one(Answers, d.Answer), "answer", "请选择采纳、变通采纳或不采纳")
	text(&f, "text", d.Text, "说明", d.Answer != Adopted, 2000)
	m, _ := r.Current()
	given := r.Opinions[max(p.Opinion, 1)-1]
	f.Need(!ok || d.Answer == NotAdopted || !p.Must || m.N > given.Material, "files", "第 %d 条意见须修改材料：请先上传修改后的版本，再答复采纳", d.N)
	f.Need(m.Reading != nil, "files", "新材料还没有读取完毕，请稍候再答复")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&PointAnswered{N: d.N, Answer: d.Answer, Text: d.Text}}, nil
}

func (r Review) point(n int) (Point, bool) {
	i := slices.IndexFunc(r.Points, func(p Point) bool { return p.N == n })
	if i < 0 {
		return Point{}, false
	}
	return r.Points[i], true
}

// CheckPoint confirms that an answer does, or sends it back (复核).
type CheckPoint struct {
	N    int    `json:"n" minimum:"1"`
	OK   bool   `json:"ok"`
	Text string `json:"text,omitempty" maxLength:"1000"`
}

// Action implements Command.
func (CheckPoint) Action() access.Action { return access.HandleReview }

// Decide implements Command. A point that has to be adopted and was not can
// only be raised: the reviewer does not waive it alone.
func (d CheckPoint) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("确认答复", Opinion, Answered, Escalated); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	p, ok := r.point(d.N)
	var f fault.Fields
	f.Need(ok && one(Answers, p.State), "n", "没有待确认的第 %d 条答复", d.N)
	f.Need(!d.OK || !p.Must || p.State != NotAdopted, "ok", "第 %d 条是必须采纳的意见：不采纳的，请退回或提请上级决定", d.N)
	text(&f, "text", d.Text, "说明", !d.OK, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&PointChecked{N: d.N, OK: d.OK, Text: d.Text}}, nil
}

// RaisePoint brings a point that was not adopted before the superior (提请决定).
type RaisePoint struct {
	N   int    `json:"n" minimum:"1"`
	Why string `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (RaisePoint) Action() access.Action { return access.HandleReview }

// Decide implements Command.
func (d RaisePoint) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("提请决定", Opinion, Answered, Escalated); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	p, ok := r.point(d.N)
	var f fault.Fields
	f.Need(ok && (p.State == NotAdopted || p.State == Otherwise), "n", "只有未采纳或变通采纳的意见可以提请决定")
	text(&f, "why", d.Why, "提请理由", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&PointRaised{N: d.N, Why: d.Why}}, nil
}

// SettlePoint is the superior's decision on a raised point.
type SettlePoint struct {
	N      int    `json:"n" minimum:"1"`
	Upheld bool   `json:"upheld" doc:"The opinion stands and has to be adopted"`
	Why    string `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (SettlePoint) Action() access.Action { return access.DecideReview }

// Decide implements Command. Neither the reviewer nor the submitter decides.
func (d SettlePoint) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("决定", Escalated); err != nil {
		return nil, err
	}
	if err := r.mustDecide(env); err != nil {
		return nil, err
	}
	p, ok := r.point(d.N)
	var f fault.Fields
	f.Need(ok && p.State == PointEscalated, "n", "第 %d 条意见没有提请决定", d.N)
	text(&f, "why", d.Why, "决定理由", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&PointSettled{N: d.N, Upheld: d.Upheld, Why: d.Why}}, nil
}

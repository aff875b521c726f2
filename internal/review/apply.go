package review

import (
	"maps"
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// add appends without touching a backing array that another Review may share.
func add[T any](list []T, v T) []T { return append(slices.Clip(list), v) }

// edit changes a copy of the elements for which is says true.
func edit[T any](list []T, is func(T) bool, change func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		if is(list[i]) {
			change(&list[i])
		}
	}
	return list
}

func (e *Drafted) apply(r *Review, m Meta) {
	r.ID, r.Number, r.Kind, r.Product, r.Unit, r.Path, r.Prior = e.ID, e.Number, e.What, e.Product, e.Unit, e.Path, e.Prior
	r.Title, r.Form = e.Title, e.Form
	r.State, r.Stage = Draft, Local
	r.CreatedBy, r.CreatedAt = m.By, m.At
}

func (e *Changed) apply(r *Review, _ Meta) { r.Product, r.Title, r.Form = e.Product, e.Title, e.Form }

func (e *MaterialAdded) apply(r *Review, m Meta) {
	r.Materials = add(r.Materials, Material{N: e.N, Text: e.Text, Files: e.Files, Note: e.Note, At: m.At, By: m.By})
}

func (r *Review) onMaterial(n int, change func(*Material)) {
	r.Materials = edit(r.Materials, func(m Material) bool { return m.N == n }, change)
}

func (e *MaterialRead) apply(r *Review, _ Meta) {
	r.onMaterial(e.N, func(m *Material) {
		m.Reading = &Reading{Extract: e.Extract, Sum: e.Sum, Chars: e.Chars, Pages: e.Pages, Warnings: e.Warnings, Prints: e.Prints}
	})
}

func (e *Scanned) apply(r *Review, m Meta) {
	r.onMaterial(e.Material, func(mat *Material) {
		mat.Scans = add(mat.Scans, Scan{At: m.At, AsOf: e.AsOf, Rules: e.Rules, Found: e.Count})
	})
	r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool {
		return f.Material == e.Material && f.By == "" && f.Verdict == ""
	})
	r.Findings = append(slices.Clip(r.Findings), e.Findings...)
	for _, c := range e.Judged { // the list is this event's own by now: no copy for each
		if i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.N == c.N }); i >= 0 {
			r.Findings[i].judged(c.Verdict, c.Reason, r.Stage, m)
			r.Findings[i].Carried = c.From
		}
	}
}

func (e *HandedIn) apply(r *Review, m Meta) {
	r.State, r.SubmittedAt, r.SubmittedOn = Submitted, m.At, e.On
	r.Urgent, r.UrgentWhy, r.Pauses = e.Urgent, e.Why, nil
	r.turn(e.On)
	if r.Reviewer != "" { // a further round goes back to the same reviewer
		r.State = InReview
	}
}

func (e *Taken) apply(r *Review, _ Meta) {
	if r.Reviewer != "" && r.Reviewer != e.Person {
		r.Handled = add(r.Handled, r.Reviewer)
	}
	r.Reviewer, r.Deputy = e.Person, e.Deputy
	if r.State == Submitted {
		r.State = InReview
	}
}

func (e *RecusalAdded) apply(r *Review, m Meta) {
	r.Recused = add(r.Recused, Recusal{Person: e.Person, Why: e.Why, At: m.At})
	if r.Deputy == e.Person {
		r.Deputy = ""
	}
	if r.Reviewer == e.Person {
		r.Reviewer = r.Deputy // the deputy steps in; without one it waits again
		r.Deputy = ""
		if r.Reviewer == "" && r.State == InReview {
			r.State = Submitted
		}
	}
}

func (e *SentBack) apply(r *Review, m Meta) {
	r.State, r.Rounds = Draft, r.Rounds+1
	r.endTurn(m.At, func(t *Turn, on calendar.Date) { t.Back = on })
}

func (e *QuestionAsked) apply(r *Review, m Meta) {
	r.Asked = add(r.Asked, Question{N: e.N, Text: e.Text, By: m.By, At: m.At})
	r.State = Questions
	r.Pauses = add(r.Pauses, calendar.Interval{From: e.On.AddDays(1)})
}

func (e *QuestionAnswered) apply(r *Review, m Meta) {
	r.Asked = edit(r.Asked, func(q Question) bool { return q.N == e.N }, func(q *Question) {
		q.Answer, q.AnsweredBy, q.AnsweredAt = e.Text, m.By, m.At
	})
	if slices.ContainsFunc(r.Asked, func(q Question) bool { return q.AnsweredAt.IsZero() }) {
		return
	}
	r.State = InReview
	r.Pauses = edit(r.Pauses, func(v calendar.Interval) bool { return v.To.IsZero() }, func(v *calendar.Interval) { v.To = e.On })
}

func (e *FindingAdded) apply(r *Review, m Meta) { r.Findings = add(r.Findings, e.finding(r.Stage, m)) }

// finding is the finding as a person added it: it needs no other judgement.
func (e *FindingAdded) finding(in Stage, m Meta) Finding {
	f := e.Finding
	f.By = m.By
	f.judged(Accepted, "", in, m)
	return f
}

func (e *FindingJudged) apply(r *Review, m Meta) {
	r.Findings = edit(r.Findings, func(f Finding) bool { return f.N == e.N }, func(f *Finding) { e.on(f, r.Stage, m) })
}

func (e *FindingJudged) on(f *Finding, in Stage, m Meta) {
	f.judged(e.Verdict, e.Why, in, m)
	if e.Verdict == Edited {
		f.Advice, f.Rewrite = e.Advice, e.Rewrite
	}
	if e.Severity != "" {
		f.Severity = e.Severity
	}
}

func (e *ItemChecked) apply(r *Review, m Meta) {
	list := maps.Clone(r.Checklist)
	if list == nil {
		list = map[string]ItemAnswer{}
	}
	list[e.Item] = ItemAnswer{Verdict: e.Verdict, Note: e.Note, By: m.By, At: m.At}
	r.Checklist = list
}

func (e *OpinionGiven) apply(r *Review, m Meta) {
	o := Issued{N: e.N, Conclusion: e.Conclusion, Summary: e.Summary, Material: e.Material, By: m.By, At: m.At, Stage: r.Stage}
	for _, p := range e.Points {
		o.Points = append(o.Points, p.N)
		r.Points = add(r.Points, Point{N: p.N, Opinion: e.N, Findings: p.Findings, Text: p.Text, Must: p.Must, State: PointOpen})
	}
	r.Opinions = add(r.Opinions, o)
	r.endTurn(m.At, func(t *Turn, on calendar.Date) { t.Opinion = on })
	r.settle()
}

func (r *Review) onPoint(n int, change func(*Point)) {
	r.Points = edit(r.Points, func(p Point) bool { return p.N == n }, change)
	r.settle()
}

func (e *PointAnswered) apply(r *Review, m Meta) {
	r.onPoint(e.N, func(p *Point) { p.State, p.Given, p.Answer, p.By, p.At = e.Answer, e.Answer, e.Text, m.By, m.At })
}

func (e *PointChecked) apply(r *Review, _ Meta) {
	r.onPoint(e.N, func(p *Point) {
		p.Checked, p.State = e.Text, PointConfirmed
		if !e.OK {
			p.State, p.Returned = PointOpen, p.Returned+1
		}
	})
}

func (e *PointRaised) apply(r *Review, _ Meta) {
	r.onPoint(e.N, func(p *Point) { p.State, p.Checked = PointEscalated, e.Why })
}

func (e *PointSettled) apply(r *Review, _ Meta) {
	r.onPoint(e.N, func(p *Point) {
		p.Settled, p.State = e.Why, Waived
		if e.Upheld {
			p.State, p.Must = PointOpen, true
		}
	})
}

// settle derives the state of a review in its opinion phase from its points.
func (r *Review) settle() {
	has := func(s ...PointState) bool {
		return slices.ContainsFunc(r.Points, func(p Point) bool { return one(s, p.State) })
	}
	switch {
	case has(PointEscalated):
		r.State = Escalated
	case has(PointOpen):
		r.State = Opinion
	case has(Adopted, Otherwise, NotAdopted):
		r.State = Answered
	default:
		r.State = Confirmed
	}
}

func (e *PassedUp) apply(r *Review, m Meta) {
	r.Handled = add(r.Handled, r.Reviewer)
	r.Stage, r.State, r.Reviewer, r.Deputy = Head, Submitted, "", ""
	r.SubmittedAt, r.SubmittedOn, r.Pauses = m.At, e.On, nil
	r.turn(e.On)
}

func (e *ClearanceGiven) apply(r *Review, m Meta) {
	r.State = Approved
	if len(e.Conditions) > 0 {
		r.State = Conditional
	}
	r.Clearance = &Clearance{Number: e.Number, Material: e.Material, Scope: e.Scope, Channels: e.Channels, From: e.From, Until: e.Until, Conditions: e.Conditions, By: m.By, At: m.At}
}

func (e *VetoCast) apply(r *Review, m Meta) {
	r.State, r.Veto = Vetoed, &Closing{Why: e.Why, By: m.By, At: m.At}
}

func (e *TakenBack) apply(r *Review, m Meta) {
	r.State, r.Closed = Withdrawn, &Closing{Why: e.Why, By: m.By, At: m.At}
}

func (e *ClearanceEnded) apply(r *Review, m Meta) {
	r.State, r.Next, r.Closed = Ended, e.By, &Closing{Why: e.Why, By: m.By, At: m.At}
}

// creator is who submits.
func (r Review) creator() party.PersonID { return (party.Actor{ID: r.CreatedBy}).Person() }

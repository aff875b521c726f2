package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

type reviewLetterIn struct {
	ReviewIn
	Format string `query:"format" enum:"docx,pdf" default:"pdf"`
}

type reviewStatsIn struct {
	From string `query:"from" format:"date" doc:"First day; the first of this year when absent"`
	To   string `query:"to" format:"date" doc:"Last day; today when absent"`
	Unit string `query:"unit" maxLength:"32" doc:"A submitting unit with all below it"`
	Kind string `query:"kind" maxLength:"40" doc:"A kind or the beginning of one, such as marketing"`
}

// ReviewStatsView is the statistics of reviews. Shares are per mille, -1 where
// nothing was counted; times are working days.
type ReviewStatsView struct {
	From   calendar.Date     `json:"from"`
	To     calendar.Date     `json:"to"`
	All    ReviewGroupView   `json:"all"`
	Units  []ReviewGroupView `json:"units" doc:"By the unit that submits"`
	Kinds  []ReviewGroupView `json:"kinds"`
	Months []ReviewMonthView `json:"months"`
	Rules  []ReviewRuleView  `json:"rules" doc:"Most hit first"`
	Both   int               `json:"both" doc:"Findings that a branch and head office both had before them"`
	Differ int               `json:"differ" doc:"Of these, judged otherwise by head office"`
}

// ReviewGroupView is the numbers of one unit or kind.
type ReviewGroupView struct {
	ID          string            `json:"id"`
	Submitted   int               `json:"submitted" doc:"First submitted in the period"`
	Decided     int               `json:"decided"`
	Cleared     int               `json:"cleared"`
	Conditional int               `json:"conditional"`
	Vetoed      int               `json:"vetoed"`
	Took        ReviewSpreadView  `json:"took" doc:"First submission to decision"`
	Desk        ReviewSpreadView  `json:"desk" doc:"A desk's turn, days of questions left out"`
	Turns       int               `json:"turns" doc:"Turns of desks that ended in the period"`
	Late        int               `json:"late"`
	Back        int               `json:"back" doc:"Sent back"`
	OnTime      int               `json:"on_time" doc:"‰"`
	Must        ReviewAnswersView `json:"must" doc:"Points that have to be adopted"`
	Advice      ReviewAnswersView `json:"advice"`
}

// ReviewSpreadView is how long something took.
type ReviewSpreadView struct {
	N      int `json:"n"`
	Median int `json:"median"`
	P90    int `json:"p90"`
}

// ReviewAnswersView counts points by their answer.
type ReviewAnswersView struct {
	Open       int `json:"open"`
	Adopted    int `json:"adopted"`
	Otherwise  int `json:"otherwise"`
	NotAdopted int `json:"not_adopted"`
	Rate       int `json:"rate" doc:"‰ adopted or adopted otherwise, of those answered"`
}

// ReviewMonthView is one month.
type ReviewMonthView struct {
	Month     string `json:"month"`
	Submitted int    `json:"submitted"`
	Decided   int    `json:"decided"`
}

// ReviewRuleView is how often a rule hit and what reviewers made of it.
type ReviewRuleView struct {
	Pack      string `json:"pack"`
	Rule      string `json:"rule"`
	Title     string `json:"title"`
	Hits      int    `json:"hits"`
	Accepted  int    `json:"accepted"`
	Edited    int    `json:"edited"`
	Dismissed int    `json:"dismissed"`
	Doubt     int    `json:"doubt" doc:"‰ dismissed of those judged"`
	Reviewers int    `json:"reviewers" doc:"Who judged it often enough to be compared"`
	Low       int    `json:"low" doc:"‰ dismissed by the one who dismisses least"`
	High      int    `json:"high" doc:"‰ dismissed by the one who dismisses most"`
	Both      int    `json:"both"`
	Differ    int    `json:"differ"`
}

func (s *rest) reviewStats() {
	answer(s, get("/reviews/stats", "review-stats", tagReview, "Statistics of reviews (审查统计)", access.ReadReview, "ReviewStats").
		says("Counts only what the reader may open. Shares are per mille, -1 where nothing was counted; times are working days."),
		func(ctx context.Context, who party.Actor, in *reviewStatsIn) (*out[ReviewStatsView], error) {
			q, err := in.query(s.Today())
			if err != nil {
				return nil, err
			}
			r, err := s.ReviewStats(ctx, who, q)
			if err != nil {
				return nil, err
			}
			return body(reviewStatsView(r)), nil
		})
	answer(s, get("/reviews/{review}/letter", "review-letter", tagReview, "The opinion letter (消保审查意见书)", access.ReadReview, "ReviewLetter").
		says("Rendered from the events: the same state of the ledger gives the same bytes, and the foot names that state. 409 before the first opinion."),
		func(ctx context.Context, who party.Actor, in *reviewLetterIn) (*huma.StreamResponse, error) {
			return s.stream(s.ReviewLetter(ctx, who, review.ID(in.Review), in.Format))
		})
}

// query reads the period; without one it is this year until today.
func (in reviewStatsIn) query(today calendar.Date) (app.ReviewStatQuery, error) {
	q := app.ReviewStatQuery{Span: app.PeriodSpan("year", today), Unit: party.UnitID(in.Unit), Kind: in.Kind}
	var f fault.Fields
	for name, d := range map[string]struct {
		text string
		to   *calendar.Date
	}{"from": {in.From, &q.Span.From}, "to": {in.To, &q.Span.To}} {
		if d.text == "" {
			continue
		}
		v, err := calendar.Parse(d.text)
		f.Need(err == nil, name, "%s 不是正确的日期，例如 2026-05-01", d.text)
		*d.to = v
	}
	return q, f.Err()
}

func reviewStatsView(r app.ReviewStats) ReviewStatsView {
	return ReviewStatsView{From: r.Query.Span.From, To: r.Query.Span.To, All: reviewGroupView(r.All), Units: each(r.Units, reviewGroupView), Kinds: each(r.Kinds, reviewGroupView), Both: r.Both, Differ: r.Differ,
		Months: each(r.Months, func(m app.ReviewMonth) ReviewMonthView { return ReviewMonthView(m) }),
		Rules: each(r.Rules, func(x app.ReviewRule) ReviewRuleView {
			return ReviewRuleView{Pack: x.Pack, Rule: x.Rule, Title: x.Title, Hits: x.Hits, Accepted: x.Accepted, Edited: x.Edited, Dismissed: x.Dismissed, Doubt: x.Doubt(),
				Reviewers: x.Reviewers, Low: x.Low, High: x.High, Both: x.Both, Differ: x.Differ}
		})}
}

func reviewGroupView(g app.ReviewGroup) ReviewGroupView {
	answers := func(a app.ReviewAnswers) ReviewAnswersView {
		return ReviewAnswersView{Open: a.Open, Adopted: a.Adopted, Otherwise: a.Otherwise, NotAdopted: a.NotAdopted, Rate: a.Rate()}
	}
	return ReviewGroupView{ID: g.ID, Submitted: g.Submitted, Decided: g.Decided, Cleared: g.Cleared, Conditional: g.Conditional, Vetoed: g.Vetoed, Took: ReviewSpreadView(g.Took), Desk: ReviewSpreadView(g.Desk),
		Turns: g.Turns, Late: g.Late, Back: g.Back, OnTime: g.OnTime(), Must: answers(g.Points[1]), Advice: answers(g.Points[0])}
}

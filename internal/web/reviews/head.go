package reviews

import (
	"net/http"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// headView is the top of every page of a review.
type headView struct {
	ID            string
	Link          string
	Version       int64
	Number, Title string
	Kind          string
	State, Dot    string
	Stage         string
	Urgent        bool
	UrgentWhy     string
	Due           web.Due
	HasDue        bool
	Unit, Creator string
	Reviewer      string
	Deputy        string
	Product       string
	ProductLink   string
	PublishOn     string
	Rounds        int
	Prior, Next   *priorView
	Step          step
	Acts          []ActGroup
	Not           []Act
}

// step is what comes next and who does it.
type step struct {
	Text string
	Link string // where it is done, "" when others act
	Name string
	Post string // instead of Link: one button
}

func (m *room) head(r *http.Request, p app.ReviewPage) headView {
	k, rv := m.talk(r), p.Review
	v := headView{ID: rv.ID.String(), Link: path(rv.ID, ""), Version: rv.Version, Number: rv.Number, Title: rv.Title, Kind: k.kind(rv.Kind), State: k.label("state", string(p.State)), Dot: stateKind(p.State),
		Stage: k.label("stage", string(rv.Stage)), Urgent: rv.Urgent, UrgentWhy: rv.UrgentWhy, Unit: p.Org.Tree.Name(rv.Unit), Creator: k.name(p.Org, rv.CreatedBy), Product: rv.Product, PublishOn: rv.PublishOn().String(), Rounds: rv.Rounds}
	if rv.Reviewer != "" {
		v.Reviewer = p.Org.Name("person/" + string(rv.Reviewer))
	}
	if rv.Deputy != "" {
		v.Deputy = p.Org.Name("person/" + string(rv.Deputy))
	}
	if rv.Product != "" && access.May(web.Actor(r), access.ReadProduct) {
		v.ProductLink = "/products/" + rv.Product
	}
	if v.HasDue = p.HasDue; v.HasDue {
		v.Due = m.due(k, p)
	}
	v.Prior, v.Next = m.related(r, rv.Prior), m.related(r, rv.Next)
	v.Acts, v.Not = m.acts(r, p)
	v.Step = m.step(r, p)
	return v
}

// related names another review that this one belongs to; its number only when
// the reader may see it.
func (m *room) related(r *http.Request, id review.ID) *priorView {
	if id == 0 {
		return nil
	}
	p, err := m.a.Review(r.Context(), web.Actor(r), id)
	if err != nil {
		return nil
	}
	return &priorView{ID: id.String(), Link: path(id, ""), Number: p.Review.Number, Title: p.Review.Title}
}

// due is the limit of the opinion with its count.
func (m *room) due(k talk, p app.ReviewPage) web.Due {
	left := p.Due.Due.Sub(p.Today)
	out := web.Due{On: p.Due.Due.String(), Unknown: p.Due.Due.IsZero(), Left: left, Soon: left <= m.a.SoonDays()}
	var away []calendar.Interval
	var reasons []string
	for _, v := range p.Review.Pauses {
		if v.To.IsZero() {
			v.To = p.Today
		}
		away, reasons = append(away, v), append(reasons, k.t("reviews.pause"))
	}
	c := &web.Count{From: p.Review.SubmittedOn.String(), Due: p.Due.Due.String(), Cite: p.Clock.Cite.String()}
	for _, d := range regulation.ExplainNamed(p.Clock, p.Review.SubmittedOn, away, reasons, p.Env.Cal) {
		c.Days = append(c.Days, web.CountDay{Date: d.Date.String(), N: d.N, Why: k.day(d)})
	}
	out.Count = c
	return out
}

// day says what a day did for the count.
func (k talk) day(d regulation.DayCount) string {
	if k.lang != web.English {
		return d.Why
	}
	return strings.TrimSpace(k.t("case.day."+string(d.Kind)) + " " + d.Date.Time().Weekday().String()[:3])
}

// step says what comes next, as the reader sees it.
func (m *room) step(r *http.Request, p app.ReviewPage) step {
	k, rv := m.talk(r), p.Review
	do := func(verb, text, at string, args ...any) (step, bool) {
		if !m.can(p, verb) {
			return step{}, false
		}
		return step{Text: k.t("reviews.step."+text, args...), Link: "#" + at, Name: k.t("reviews.verb." + verb)}, true
	}
	if s, ok := do("take", "take", ""); ok {
		s.Link, s.Post = "", path(rv.ID, "/take")
		return s
	}
	for _, c := range []struct {
		on             bool
		verb, text, at string
		n              int
	}{
		{true, "hand-in", "hand-in", "submit", 0},
		{rv.Left() > 0, "judge-finding", "judge", "focus", rv.Left()},
		{rv.State == review.InReview && len(rv.Unchecked()) > 0, "check-item", "check", "checklist", len(rv.Unchecked())},
		{rv.State == review.InReview, "give-opinion", "opinion", "opinion", 0},
		{true, "answer-question", "question", "questions", 0},
		{true, "answer-point", "answer", "points", len(rv.OpenPoints())},
		{rv.State == review.Answered, "check-point", "confirm", "points", 0},
		{true, "settle-point", "settle", "points", 0},
		{true, "clear", "clear", "decide", 0},
		{rv.State == review.Submitted, "assign-reviewer", "assign", "people", 0},
	} {
		if s, ok := do(c.verb, c.text, c.at, "Count", c.n); ok && c.on {
			return s
		}
	}
	if w := rv.Waits(); w != "" {
		return step{Text: k.t("reviews.waits." + w)}
	}
	return step{}
}

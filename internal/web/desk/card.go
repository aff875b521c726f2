package desk

import (
	"slices"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/web"
)

// cardView is one request for approval.
type cardView struct {
	ID, Number, Link string
	N                int
	Version          int64
	Kind             string // label
	Icon             string
	Name, About      string // data, masked
	Due              web.Due
	Marks            []mark
	By, At           string
	Why              string // data
	Rule             string // who may grant it
	Limit            string // the reader's limit, of redress
	Dates            []moved
	Money            *moneyView
	Decision         string // data
	Wording          web.Wording
	Forecast         string // the highest level with its way, "" when it is quiet
	ForecastKind     string
	Deviation        string // data: why the redress is outside of what comparable cases were given
	Findings         []findingView
	Refusal          string // data
	Refused          string // data: why this person may not
	Post             string // path of the two verbs
	Form             *web.Form
}

// moved is a date before and after.
type moved struct {
	Name         string
	Before       string
	After        string
	Days         int // later by
	Cite         string
	MustBeTold   bool
	BeforePassed bool
}

type moneyView struct {
	Items              []moneyItem
	Sum, Granted, Then int64
	Demanded           int64 // in dispute
}

type moneyItem struct {
	What   string
	Text   string // data
	Amount int64
}

type findingView struct {
	N          int
	Text       string // data
	Outcome    string
	Class      string
	Why, Basis string // data
}

// carder turns requests into cards for one reader.
type carder struct {
	lister
	who   party.Actor
	rules regulation.Set
}

var kindIcons = map[complaint.ApprovalKind]string{complaint.ForExtension: "clock", complaint.ForDecision: "gavel", complaint.ForRedress: "coin", complaint.ForRefusal: "ban"}

func (k carder) card(a app.ApprovalCard) cardView {
	row := k.row(a.Row)
	at, _ := web.DateTime(a.AskedAt)
	id := a.Case.ID.String()
	v := cardView{ID: id, Number: a.Case.Number, Link: "/complaints/" + id, N: a.N, Version: a.Case.Version, Kind: k.label("approval", string(a.Kind)), Icon: kindIcons[a.Kind],
		Name: a.Case.Complainant.Name, About: row.About, Due: row.Due, Marks: row.Marks, By: k.org.Name(a.AskedBy), At: at, Why: a.Request.Why, Rule: k.text("desk.rule." + a.Request.Rule),
		Post: "/approvals/" + id + "/" + strconv.Itoa(a.N), Form: web.NewForm()}
	if a.Refused != nil {
		v.Refused = reason(a.Refused)
	}
	k.forecast(&v, a.Forecasts)
	switch a.Kind {
	case complaint.ForExtension:
		v.Dates = k.moves(a)
	case complaint.ForRedress:
		v.Money = k.money(a)
		v.Deviation = a.Request.Deviation
		v.Limit = k.text("desk.limit", "Text", web.Money(complaint.RedressLimit(k.rules, k.who.Roles)))
	case complaint.ForDecision:
		v.Decision, v.Findings = a.Request.Decision.Text, k.findings(a.Case)
		v.Money = k.granted(a.Case)
		v.Wording = web.WordingOf(a.Case, a.Request, k.text, k.org.Name)
	case complaint.ForRefusal:
		v.Refusal, v.Why = a.Request.Refusal.Text, ""
	}
	return v
}

var levelMarks = map[complaint.Level]string{complaint.LevelWatch: "mark-warn", complaint.LevelHigh: "mark-bad"}

// forecast names the highest level of escalation, and the way it points to.
func (k carder) forecast(v *cardView, list []guide.Forecast) {
	most := -1
	for _, f := range list {
		if n := slices.Index(complaint.Levels, f.Level); n > most && f.Points > 0 && levelMarks[f.Level] != "" {
			most = n
			v.Forecast, v.ForecastKind = k.label("escalation", string(f.Of))+" · "+k.label("level", string(f.Level)), levelMarks[f.Level]
		}
	}
}

// moves returns the dates that the request moves.
func (k carder) moves(a app.ApprovalCard) []moved {
	var out []moved
	for _, after := range a.After {
		for _, before := range a.Before {
			if before.Kind != after.Kind || before.Reference != after.Reference || before.Due == after.Due || !after.Live() {
				continue
			}
			m := moved{Name: k.label("deadline", string(after.Kind)), Before: before.Due.String(), After: after.Due.String(), Cite: after.Clock.Cite.String(),
				MustBeTold: a.Request.Tell, BeforePassed: before.Due < k.today}
			if !before.Due.IsZero() && !after.Due.IsZero() {
				m.Days = after.Due.Sub(before.Due)
			}
			out = append(out, m)
		}
	}
	return out
}

func (k carder) money(a app.ApprovalCard) *moneyView {
	granted := a.Case.RedressTotal()
	v := &moneyView{Sum: a.Amount, Granted: granted, Then: granted + a.Amount, Demanded: a.Case.Amount}
	for _, r := range a.Request.Redress {
		v.Items = append(v.Items, k.item(r))
	}
	return v
}

// granted is the redress that a decision rests on, nil when there is none.
func (k carder) granted(c complaint.Case) *moneyView {
	if len(c.Redress) == 0 {
		return nil
	}
	v := &moneyView{Then: c.RedressTotal(), Demanded: c.Amount}
	for _, r := range c.Redress {
		v.Items = append(v.Items, k.item(r))
	}
	return v
}

func (k carder) item(r complaint.Redress) moneyItem {
	return moneyItem{What: k.label("redress", r.What), Text: r.Text, Amount: r.Amount}
}

var outcomeMarks = map[complaint.Outcome]string{complaint.Upheld: "mark-bad", complaint.Partly: "mark-warn"}

func (k carder) findings(c complaint.Case) []findingView {
	var out []findingView
	for _, p := range c.Live() {
		f := findingView{N: p.N, Text: p.Text}
		if p.Finding != nil {
			f.Outcome, f.Class = k.label("outcome", string(p.Finding.Outcome)), outcomeMarks[p.Finding.Outcome]
			f.Why, f.Basis = p.Finding.Explanation, p.Finding.Basis
		}
		out = append(out, f)
	}
	return out
}

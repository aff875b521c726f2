package casefile

import (
	"cmp"
	"net/http"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/web"
)

// Outlook is what may happen next and what to ask, beside the case.
type Outlook struct {
	Forecasts []ForecastLine // watch and high first; low ones without points are left to Quiet
	Quiet     []string       // ways without any reason
	Questions []QuestionLine
	More      []QuestionLine
	Fetch     []QuestionLine
	Wants     []WantLine
	Says      string // the demand in the consumer's words
	Talk      Sums
	Sheet     string // path of the sheet
	Agent     *AgentPanel
}

// ForecastLine is one way of escalation with its reasons.
type ForecastLine struct {
	Of, Name, Level, Kind string
	Points                int
	Reasons               []ReasonLine
	Steps                 []LowerLine
	Ack, Why              string
	Stale                 bool
	Do                    string // form to agree or set another level; "" when not allowed
}

// ReasonLine is one ground with its points and the words that were seen.
type ReasonLine struct {
	Text   string
	Points int
	Quotes []string
}

// LowerLine is what lowers a forecast.
type LowerLine struct{ Text, Source, Verb, Do string }

// QuestionLine is one question, or one thing that we look up.
type QuestionLine struct{ Text, Why, Source, Verb, Do string }

// WantLine is a request with what may lie behind it.
type WantLine struct{ Ask, Interest, Check string }

// Sums is the talk in money, drawn on one scale of a thousand parts.
type Sums struct {
	Known                  bool // a sheet is written
	Opening, Floor, Offer  int64
	Gap                    int64
	Agreed                 bool
	Options, Rounds        int
	Range                  complaint.RedressRange
	Coded                  bool
	AtOpening, AtFloor     int
	AtOffer, AtLow, AtHigh int
	AtMedian               int
}

// AgentPanel is the suspicion with the sentence that says what it does not do.
type AgentPanel struct {
	State, Kind, Why, By, Confirmed, Until string
	Signs                                  []string
	Seen                                   []SignLine
	Past                                   []string
	Flag, Confirm, Lift                    Action
	Link                                   string
	Here                                   bool // on the page of the sheet, where what was seen is listed
}

// SignLine is a sign that the program sees, with the cases it was seen in.
type SignLine struct {
	Name   string
	Quotes []string
	Cases  []Relation
}

var levelKinds = map[complaint.Level]string{complaint.LevelWatch: "warn", complaint.LevelHigh: "bad"}

// outlook adds what may happen next to the page of a case.
func (m *room) outlook(r *http.Request, p app.CasePage, acts map[string]Action) (Outlook, error) {
	k, who := m.talk(r), web.Actor(r)
	var v Outlook
	n, err := m.app.NegotiationOf(r.Context(), who, p)
	if err != nil {
		return v, err
	}
	v.Talk, v.Sheet, v.Says = sums(n), path(p.Case.ID, "/negotiation"), p.Case.Demand
	v.Agent = k.agentPanel(p, acts)
	if !p.Case.Open() {
		return v, nil
	}
	look, err := m.app.Outlook(r.Context(), who, p.Case.ID)
	if err != nil {
		return v, err
	}
	k.forecasts(&v, p, look.Forecasts)
	k.questions(&v, p, look.Asking)
	return v, nil
}

func (k talk) forecasts(v *Outlook, p app.CasePage, list []guide.Forecast) {
	slices.SortStableFunc(list, func(a, b guide.Forecast) int {
		return cmp.Or(cmp.Compare(slices.Index(complaint.Levels, b.Level), slices.Index(complaint.Levels, a.Level)), cmp.Compare(b.Points, a.Points))
	})
	for _, f := range list {
		name := k.label("escalation", string(f.Of))
		if f.Points == 0 && f.Ack == nil {
			v.Quiet = append(v.Quiet, name)
			continue
		}
		line := ForecastLine{Of: string(f.Of), Name: name, Level: k.label("level", string(f.Level)), Kind: levelKinds[f.Level], Points: f.Points, Stale: f.Stale}
		for _, reason := range f.Reasons {
			line.Reasons = append(line.Reasons, ReasonLine{Text: k.either(reason.Text, reason.TextEn), Points: reason.Points, Quotes: reason.Quotes})
		}
		for _, s := range f.Steps {
			lower := LowerLine{Text: k.either(s.Text, s.TextEn), Source: s.Source, Verb: k.verb(s.Verb)}
			if may(p, access.HandleComplaint) {
				lower.Do = path(p.Case.ID, "/do/"+s.Verb)
			}
			line.Steps = append(line.Steps, lower)
		}
		if a := f.Ack; a != nil {
			key := "neg.forecast.acked"
			if a.Level != a.Shown {
				key = "neg.forecast.overridden"
			}
			line.Ack, line.Why = k.t(key, "Name", k.name(p, a.By), "Text", k.label("level", string(a.Level)), "Date", a.At.In(zone).Format("01-02")), a.Why
		}
		if may(p, access.HandleComplaint) {
			line.Do = web.Link(path(p.Case.ID, "/do/acknowledge-forecast"), "of", f.Of, "shown", f.Rule, "points", f.Points)
		}
		v.Forecasts = append(v.Forecasts, line)
	}
}

// firstQuestions is how many questions stand open: a longer list is not asked.
const firstQuestions = 4

// answerAt is where the answer to a question is entered.
func answerAt(p app.CasePage, q guide.Question) string {
	to := path(p.Case.ID, "/do/"+q.Verb)
	if q.Point > 0 {
		to = web.Link(to, "n", q.Point)
	}
	if q.Field != "" {
		to += "#" + web.FieldID(q.Field)
	}
	return to
}

func (k talk) questions(v *Outlook, p app.CasePage, a guide.Asking) {
	for _, q := range a.Questions {
		line := QuestionLine{Text: k.either(q.Text, q.TextEn), Why: k.either(q.Why, q.WhyEn), Source: q.Source, Verb: k.verb(q.Verb)}
		if may(p, access.HandleComplaint) {
			line.Do = answerAt(p, q)
		}
		if len(v.Questions) < firstQuestions {
			v.Questions = append(v.Questions, line)
		} else {
			v.More = append(v.More, line)
		}
	}
	for _, f := range a.Fetch {
		v.Fetch = append(v.Fetch, QuestionLine{Text: k.either(f.Text, f.TextEn), Why: k.either(f.Why, f.WhyEn)})
	}
	for _, w := range a.Wants {
		v.Wants = append(v.Wants, WantLine{Ask: k.label("request", w.Request), Interest: k.either(w.Interest, w.InterestEn), Check: k.either(w.Check, w.CheckEn)})
	}
}

// sums draws the talk in money on one scale.
func sums(n app.Negotiation) Sums {
	c := n.Page.Case
	s := Sums{Known: c.Talk != nil, Range: n.Range, Coded: c.Codes.Complete(), Rounds: len(c.Rounds)}
	if c.Talk != nil {
		s.Opening, s.Floor, s.Options = c.Talk.Opening, c.Talk.Floor, len(c.Talk.Options)
	}
	for _, m := range n.Moves {
		s.Gap, s.Agreed = m.Gap, m.Round.Response == complaint.TalkAccepted
		if m.Round.OfferAmount > 0 {
			s.Offer = m.Round.OfferAmount
		}
	}
	top := max(s.Opening, s.Floor, s.Offer, n.Range.High, 1)
	at := func(fen int64) int { return int(20 + float64(fen)/float64(top)*960) }
	s.AtOpening, s.AtFloor, s.AtOffer = at(s.Opening), at(s.Floor), at(s.Offer)
	s.AtLow, s.AtMedian, s.AtHigh = at(n.Range.Low), at(n.Range.Median), at(n.Range.High)
	return s
}

// Width is how wide the range is drawn; a range of one sum still shows.
func (s Sums) Width() int { return max(s.AtHigh-s.AtLow, 8) }

// agentPanel is nil for those who need not know of suspicions.
func (k talk) agentPanel(p app.CasePage, acts map[string]Action) *AgentPanel {
	if !may(p, access.ReadAgent) {
		return nil
	}
	v := &AgentPanel{Flag: acts["flag-agent"], Confirm: acts["confirm-agent"], Lift: acts["lift-agent"], Link: path(p.Case.ID, "/negotiation#agent")}
	alive := p.Case.Agent(p.Today)
	for _, a := range p.Case.Agents {
		state := a.State(p.Today)
		if alive != nil && a.N == alive.N {
			v.State, v.Why, v.By, v.Until = k.label("agent_state", string(state)), a.Why, k.name(p, a.By), a.Until.String()
			if v.Kind = "wait"; state == complaint.AgentConfirmed {
				v.Kind, v.Confirmed = "warn", k.name(p, a.ConfirmedBy)
			}
			for _, s := range a.Signs {
				v.Signs = append(v.Signs, k.label("agent_sign", s))
			}
			continue
		}
		v.Past = append(v.Past, a.At.In(zone).Format("2006-01-02")+" "+k.label("agent_state", string(state)))
	}
	return v
}

package api

import (
	"context"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/party"
)

func (s *rest) negotiating() {
	answer(s, get("/complaints/{id}/outlook", "get-outlook", tagCase, "What may happen next, and what to ask (升级预判、追问)", access.ReadComplaint, "Outlook").
		says("Levels are sums of points with their reasons, not probabilities (S4.15). Questions are what a decision still lacks; nothing is asked that the institution holds (rule 2020-3 art. 13)."), s.outlook)
	answer(s, get("/complaints/{id}/negotiation", "get-negotiation", tagCase, "The negotiation sheet with the range of comparable cases (谈判表)", access.ReadComplaint, "Negotiation", "NegotiationOf").
		says("The range comes from closed cases in the reader's reach: same product, reason and class of amount. The reading is recorded."), s.negotiation)
	answer(s, get("/complaints/{id}/agent", "get-agent-signs", tagCase, "Suspicions of organised agents and the signs seen now (疑似代理维权)", access.ReadAgent, "AgentSigns").
		says("A suspicion changes no deadline, no check and no command: whoever complains is owed the answer."), s.agentSigns)
}

// ReasonView is one ground of a forecast.
type ReasonView struct {
	ID     string   `json:"id"`
	Text   string   `json:"text"`
	TextEn string   `json:"text_en"`
	Points int      `json:"points"`
	Quotes []string `json:"quotes,omitempty" doc:"The words that were seen"`
}

// LowerView is what lowers a forecast.
type LowerView struct {
	ID     string `json:"id"`
	Verb   string `json:"verb" doc:"Verb of /complaints/{id}/{verb}"`
	Source string `json:"source" doc:"Row it rests on"`
	Text   string `json:"text"`
	TextEn string `json:"text_en"`
}

// ForecastAckView is a person's word on a forecast.
type ForecastAckView struct {
	Of     complaint.Escalation `json:"of"`
	Shown  complaint.Level      `json:"shown"`
	Points int                  `json:"points"`
	Level  complaint.Level      `json:"level"`
	Why    string               `json:"why,omitempty"`
	By     string               `json:"by"`
	At     time.Time            `json:"at"`
}

// ForecastView is how near one way of escalation seems.
type ForecastView struct {
	Of      complaint.Escalation `json:"of"`
	Source  string               `json:"source"`
	Points  int                  `json:"points"`
	Rule    complaint.Level      `json:"rule" doc:"What the points say"`
	Level   complaint.Level      `json:"level" doc:"What holds: a person's word while no new reason has come"`
	Reasons []ReasonView         `json:"reasons"`
	Steps   []LowerView          `json:"steps" doc:"What lowers it"`
	Ack     *ForecastAckView     `json:"ack,omitempty"`
	Stale   bool                 `json:"stale,omitempty" doc:"New reasons have come since the person spoke"`
}

// QuestionView is one question to ask next.
type QuestionView struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	TextEn string `json:"text_en"`
	Why    string `json:"why"`
	WhyEn  string `json:"why_en"`
	Verb   string `json:"verb" doc:"Verb that takes the answer"`
	Field  string `json:"field,omitempty" doc:"Field of it"`
	Source string `json:"source"`
	Point  int    `json:"point,omitempty" doc:"Allegation that it is about"`
}

// FetchView is what the institution looks up itself.
type FetchView struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	TextEn string `json:"text_en"`
	Why    string `json:"why"`
	WhyEn  string `json:"why_en"`
}

// WantView is what may lie behind a request.
type WantView struct {
	Request    string `json:"request"`
	Interest   string `json:"interest"`
	InterestEn string `json:"interest_en"`
	Check      string `json:"check" doc:"Question that checks it"`
	CheckEn    string `json:"check_en"`
}

// OutlookView is what may happen next to a case, and what to ask.
type OutlookView struct {
	Forecasts []ForecastView `json:"forecasts"`
	Questions []QuestionView `json:"questions"`
	Fetch     []FetchView    `json:"fetch" doc:"Looked up by the institution instead of asked for"`
	Wants     []WantView     `json:"wants"`
	Restate   string         `json:"restate,omitempty" doc:"The need in one sentence, as it may be said back"`
}

func (s *rest) outlook(ctx context.Context, who party.Actor, in *idIn) (*out[OutlookView], error) {
	o, err := s.Outlook(ctx, who, complaint.ID(in.ID))
	if err != nil {
		return nil, err
	}
	v := OutlookView{Restate: o.Asking.Restate, Forecasts: []ForecastView{}, Questions: each(o.Asking.Questions, func(q guide.Question) QuestionView { return QuestionView(q) }),
		Fetch: each(o.Asking.Fetch, func(x guide.Fetch) FetchView { return FetchView(x) }), Wants: each(o.Asking.Wants, func(x guide.Want) WantView { return WantView(x) })}
	for _, f := range o.Forecasts {
		v.Forecasts = append(v.Forecasts, ForecastView{Of: f.Of, Source: f.Source, Points: f.Points, Rule: f.Rule, Level: f.Level, Ack: (*ForecastAckView)(f.Ack), Stale: f.Stale,
			Reasons: each(f.Reasons, func(r guide.Reason) ReasonView {
				return ReasonView{ID: r.ID, Text: r.Text, TextEn: r.TextEn, Points: r.Points, Quotes: r.Quotes}
			}),
			Steps: each(f.Steps, func(x guide.LowerStep) LowerView { return LowerView(x) })})
	}
	return &out[OutlookView]{Body: v}, nil
}

// ComparableView is one closed case behind the range.
type ComparableView struct {
	ID       complaint.ID  `json:"id"`
	Number   string        `json:"number"`
	Amount   int64         `json:"amount" doc:"In dispute, fen"`
	Redress  int64         `json:"redress" doc:"Fen"`
	ClosedOn calendar.Date `json:"closed_on"`
}

// AuthorityView is what a role may approve.
type AuthorityView struct {
	Role  party.Role `json:"role"`
	Limit int64      `json:"limit" doc:"Fen"`
}

// NegotiationView is the negotiation sheet.
type NegotiationView struct {
	Sheet     *complaint.Talk        `json:"sheet,omitempty" doc:"Absent while none is written"`
	Rounds    []complaint.Round      `json:"rounds"`
	Gap       int64                  `json:"gap" doc:"Between the last ask and the last offer, fen"`
	Range     complaint.RedressRange `json:"range"`
	Class     string                 `json:"class" doc:"Class of the sum in dispute: none, small, middle, large, huge"`
	Days      int                    `json:"days" doc:"How far back comparable cases are looked for"`
	Cases     []ComparableView       `json:"cases"`
	Authority []AuthorityView        `json:"authority"`
	Own       int64                  `json:"own" doc:"What the holder of the token may approve, fen"`
}

func (s *rest) negotiation(ctx context.Context, who party.Actor, in *idIn) (*out[NegotiationView], error) {
	n, err := s.Negotiation(ctx, who, complaint.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return &out[NegotiationView]{Body: negotiationView(n)}, nil
}

func negotiationView(n app.Negotiation) NegotiationView {
	c := n.Page.Case
	v := NegotiationView{Sheet: c.Talk, Rounds: append([]complaint.Round{}, c.Rounds...), Range: n.Range, Class: n.Class.ID, Days: n.Days, Own: n.Own, Cases: []ComparableView{},
		Authority: each(n.Authority, func(a guide.Authority) AuthorityView { return AuthorityView(a) })}
	for _, k := range n.Cases {
		v.Cases = append(v.Cases, ComparableView(k))
	}
	if len(n.Moves) > 0 {
		v.Gap = n.Moves[len(n.Moves)-1].Gap
	}
	return v
}

// AgentFlagView is one suspicion.
type AgentFlagView struct {
	N           int                  `json:"n"`
	State       complaint.AgentState `json:"state"`
	Signs       []string             `json:"signs"`
	Why         string               `json:"why"`
	By          string               `json:"by"`
	At          time.Time            `json:"at"`
	Until       calendar.Date        `json:"until" doc:"Last day on which it says anything"`
	ConfirmedBy string               `json:"confirmed_by,omitempty"`
	LiftedBy    string               `json:"lifted_by,omitempty"`
	LiftedWhy   string               `json:"lifted_why,omitempty"`
}

// AgentSignView is one sign that the program sees now.
type AgentSignView struct {
	ID     string   `json:"id"`
	Cases  []string `json:"cases,omitempty" doc:"Numbers of the other people's cases in reach"`
	Quotes []string `json:"quotes,omitempty"`
}

// AgentView is what is known of a suspicion.
type AgentView struct {
	Flags []AgentFlagView `json:"flags"`
	Signs []AgentSignView `json:"signs"`
}

func (s *rest) agentSigns(ctx context.Context, who party.Actor, in *idIn) (*out[AgentView], error) {
	a, err := s.AgentSigns(ctx, who, complaint.ID(in.ID))
	if err != nil {
		return nil, err
	}
	v := AgentView{Flags: []AgentFlagView{}, Signs: []AgentSignView{}}
	for _, f := range a.Flags {
		v.Flags = append(v.Flags, AgentFlagView{N: f.N, State: f.State(s.Today()), Signs: f.Signs, Why: complaint.MaskNumbers(f.Why), By: f.By, At: f.At, Until: f.Until,
			ConfirmedBy: f.ConfirmedBy, LiftedBy: f.LiftedBy, LiftedWhy: f.LiftedWhy})
	}
	for _, x := range a.Signs {
		line := AgentSignView{ID: x.ID, Quotes: x.Quotes}
		for _, id := range x.Cases {
			line.Cases = append(line.Cases, a.Cases[id])
		}
		v.Signs = append(v.Signs, line)
	}
	return &out[AgentView]{Body: v}, nil
}

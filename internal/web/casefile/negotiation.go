package casefile

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// NegotiationView is the page of the sheet, and its print.
type NegotiationView struct {
	Head        Head
	Act         map[string]Action
	Talk        Sums
	OpeningText string
	FloorText   string
	Interests   []string
	How         string // what counts as comparable
	Cases       []CaseLine
	Options     []OptionLine
	Concessions []complaint.Concession
	Rounds      []RoundLine
	Authority   []AuthorityLine
	Own         int64
	Granted     int64
	Phrases     []SaidLine
	Turns       []TurnLine
	Usual       []SaidLine
	Errors      []TurnLine
	Agent       *AgentPanel
	Institution string
	Printed, By string
	Print       string
}

// CaseLine is one case behind the range.
type CaseLine struct {
	Number, Link, Closed string
	Amount, Redress      int64
	Inside               bool
}

// OptionLine is one option with whose approval it needs.
type OptionLine struct {
	complaint.Option
	Needs   string
	Own     bool
	Outside bool
}

// RoundLine is one round with the moves.
type RoundLine struct {
	guide.Move
	Response, Kind, By string
}

// AuthorityLine is what a role may approve.
type AuthorityLine struct {
	Name  string
	Limit int64
	Here  bool
}

// SaidLine is a sentence with its source.
type SaidLine struct{ Text, Source string }

// TurnLine is a situation with what to say and what to avoid.
type TurnLine struct{ Text, Say, Avoid, Source string }

var responseKinds = map[complaint.TalkResponse]string{complaint.TalkAccepted: "good", complaint.TalkRefused: "bad", complaint.TalkCounter: "warn"}

// negotiation is the page of the sheet.
func (m *room) negotiation(w http.ResponseWriter, r *http.Request) error {
	v, err := m.talkSheet(r, false)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "case/negotiation", v)
}

// negotiationPaper prints it, without suspicions and without the talk's helps.
func (m *room) negotiationPaper(w http.ResponseWriter, r *http.Request) error {
	v, err := m.talkSheet(r, true)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "paper/negotiation", v)
}

func (m *room) talkSheet(r *http.Request, print bool) (NegotiationView, error) {
	id, err := idOf(r)
	if err != nil {
		return NegotiationView{}, err
	}
	who := web.Actor(r)
	var n app.Negotiation
	if print {
		page, err := m.app.PrintComplaint(r.Context(), who, id)
		if err != nil {
			return NegotiationView{}, err
		}
		n, err = m.app.NegotiationOf(r.Context(), who, page)
		if err != nil {
			return NegotiationView{}, err
		}
	} else if n, err = m.app.Negotiation(r.Context(), who, id); err != nil {
		return NegotiationView{}, err
	}
	k := m.talk(r)
	v := k.sheetView(n, m.head(r, n.Page), m.actions(r, n.Page), who)
	v.Institution, v.Printed, v.By = m.app.Institution(), m.app.Now().In(zone).Format("2006-01-02 15:04"), who.Name
	if !print && may(n.Page, access.ReadAgent) {
		v.Agent, err = m.agentSigns(r, k, n.Page, v.Act)
	}
	return v, err
}

func (k talk) sheetView(n app.Negotiation, head Head, acts map[string]Action, who party.Actor) NegotiationView {
	c := n.Page.Case
	v := NegotiationView{Head: head, Act: acts, Talk: sums(n), Own: n.Own, Granted: c.RedressTotal(), Print: path(c.ID, "/negotiation/print"),
		How: k.t("neg.range.how", "Name", k.either(n.Class.Name, n.Class.NameEn), "Count", n.Days)}
	if c.Talk != nil {
		v.OpeningText, v.FloorText, v.Interests, v.Concessions = c.Talk.OpeningText, c.Talk.FloorText, c.Talk.Interests, c.Talk.Concessions
		for _, o := range c.Talk.Options {
			v.Options = append(v.Options, k.option(o, n))
		}
	}
	for _, x := range n.Cases {
		v.Cases = append(v.Cases, CaseLine{Number: x.Number, Link: path(x.ID, ""), Closed: x.ClosedOn.String(), Amount: x.Amount, Redress: x.Redress, Inside: n.Range.Holds(x.Redress)})
	}
	for _, m := range n.Moves {
		v.Rounds = append(v.Rounds, RoundLine{Move: m, Response: k.label("talk_response", string(m.Round.Response)), Kind: responseKinds[m.Round.Response], By: k.name(n.Page, m.Round.By)})
	}
	for _, a := range n.Authority {
		v.Authority = append(v.Authority, AuthorityLine{Name: k.t("neg.role." + string(a.Role)), Limit: a.Limit, Here: who.Has(a.Role)})
	}
	k.helps(&v, n)
	return v
}

func (k talk) option(o complaint.Option, n app.Negotiation) OptionLine {
	line := OptionLine{Option: o, Own: o.Amount <= n.Own, Outside: o.Amount > 0 && !n.Range.Holds(o.Amount)}
	if role, ok := guide.NeedsOf(n.Authority, o.Amount); ok {
		line.Needs = k.t("neg.role." + string(role))
	}
	return line
}

// helps are the sentences and the ways to turn a stuck talk.
func (k talk) helps(v *NegotiationView, n app.Negotiation) {
	for _, p := range n.Phrases {
		v.Phrases = append(v.Phrases, SaidLine{k.either(p.Text, p.TextEn), p.Source})
	}
	for _, t := range n.Turns {
		v.Turns = append(v.Turns, TurnLine{k.either(t.Text, t.TextEn), k.either(t.Say, t.SayEn), k.either(t.Avoid, t.AvoidEn), t.Source})
	}
	for _, u := range n.Usual {
		v.Usual = append(v.Usual, SaidLine{k.either(u.Text, u.TextEn), u.Source})
	}
	for _, e := range n.Errors {
		v.Errors = append(v.Errors, TurnLine{k.either(e.Text, e.TextEn), k.either(e.Instead, e.InsteadEn), "", e.Source})
	}
}

// agentSigns adds what the program sees now to the panel of the suspicion.
func (m *room) agentSigns(r *http.Request, k talk, p app.CasePage, acts map[string]Action) (*AgentPanel, error) {
	seen, err := m.app.AgentSigns(r.Context(), web.Actor(r), p.Case.ID)
	if err != nil {
		return nil, err
	}
	v := k.agentPanel(p, acts)
	v.Here = true
	var ids []any
	for _, s := range seen.Signs {
		line := SignLine{Name: k.label("agent_sign", s.ID), Quotes: s.Quotes}
		for _, id := range s.Cases {
			line.Cases = append(line.Cases, Relation{Number: seen.Cases[id], Link: path(id, "")})
		}
		v.Seen, ids = append(v.Seen, line), append(ids, "sign", s.ID)
	}
	v.Flag.Link = web.Link(v.Flag.Link, ids...)
	return v, nil
}

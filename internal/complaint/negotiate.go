package complaint

import (
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Talk is the negotiation sheet of a case (S1.3): what the consumer opened with,
// where the floor seems to be, the interests behind, what we can offer and how
// the rounds went. All of it is free text or money, so all of it is sealed.
type Talk struct {
	Opening     int64        `json:"opening,omitempty" doc:"What the consumer asks for first, fen; 0 when it is no money"`
	OpeningText string       `json:"opening_text,omitempty" maxLength:"1000" doc:"The opening ask in the consumer's words"`
	Floor       int64        `json:"floor,omitempty" doc:"Sum with which the consumer would seem to be content, fen; an estimate, 0 when unknown"`
	FloorText   string       `json:"floor_text,omitempty" maxLength:"1000" doc:"What the estimate rests on"`
	Interests   []string     `json:"interests,omitempty" doc:"Interests behind the position: money, respect, safety, time"`
	Options     []Option     `json:"options,omitempty" doc:"Ways to choose from, at least two (S1.4)"`
	Concessions []Concession `json:"concessions,omitempty" doc:"What may be given, in this order, and what for"`
}

// Option is one way that the consumer may choose.
type Option struct {
	Title   string `json:"title" maxLength:"200"`
	Amount  int64  `json:"amount,omitempty" doc:"Fen; 0 for an option that is no money"`
	Benefit string `json:"benefit" maxLength:"500" doc:"What the consumer has of it"`
	Basis   string `json:"basis" maxLength:"500" doc:"Rule, clause or fact it rests on"`
}

// Concession is one thing that may be given for another.
type Concession struct {
	Give string `json:"give" maxLength:"300"`
	Get  string `json:"get,omitempty" maxLength:"300"`
}

// TalkResponse is how the consumer answered an offer.
type TalkResponse string

// The responses.
const (
	TalkHeard    TalkResponse = "heard" // only listened to; nothing was offered
	TalkThinking TalkResponse = "thinking"
	TalkCounter  TalkResponse = "counter"
	TalkRefused  TalkResponse = "refused"
	TalkAccepted TalkResponse = "accepted"
)

// TalkResponses lists the responses.
var TalkResponses = []TalkResponse{TalkHeard, TalkThinking, TalkCounter, TalkRefused, TalkAccepted}

// Round is one round of the talk: ask, offer, response.
type Round struct {
	N           int           `json:"n,omitempty"`
	On          calendar.Date `json:"on"`
	Ask         string        `json:"ask,omitempty"`
	AskAmount   int64         `json:"ask_amount,omitempty"`
	Offer       string        `json:"offer,omitempty"`
	OfferAmount int64         `json:"offer_amount,omitempty"`
	Subject     bool          `json:"subject,omitempty"` // offered subject to approval, and said so
	Response    TalkResponse  `json:"response"`
	Note        string        `json:"note,omitempty"`
	By          string        `json:"by,omitempty"`
}

// RedressRange is what comparable closed cases were given, in fen. Without
// Known there were too few of them to speak of a range.
type RedressRange struct {
	Known  bool  `json:"known"`
	Cases  int   `json:"cases"`
	Needed int   `json:"needed" doc:"Fewest cases that make a range; a setting"`
	Low    int64 `json:"low" doc:"Lower quartile, fen"`
	Median int64 `json:"median" doc:"Fen"`
	High   int64 `json:"high" doc:"Upper quartile, fen"`
}

// Holds reports whether a sum lies in the range; everything does while none is known.
func (r RedressRange) Holds(sum int64) bool { return !r.Known || r.Low <= sum && sum <= r.High }

// PlanTalk writes the negotiation sheet; it replaces the one before.
type PlanTalk struct {
	Opening     int64        `json:"opening,omitempty" doc:"What the consumer asks for first, fen; 0 when it is no money"`
	OpeningText string       `json:"opening_text,omitempty" maxLength:"1000"`
	Floor       int64        `json:"floor,omitempty" doc:"Estimated floor, fen; 0 when unknown"`
	FloorText   string       `json:"floor_text,omitempty" maxLength:"1000" doc:"What the estimate rests on"`
	Interests   []string     `json:"interests,omitempty"`
	Options     []Option     `json:"options,omitempty" doc:"None yet, or at least two (S1.4)"`
	Concessions []Concession `json:"concessions,omitempty"`
}

// Action implements Command.
func (PlanTalk) Action() access.Action { return access.HandleComplaint }

// minOptions is how many ways a person needs to have a choice at all.
const minOptions = 2

// Decide implements Command. One option is no choice: either none is ready yet
// or there are two, each with its benefit and its basis (S1.4).
func (d PlanTalk) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	amount(&f, "opening", d.Opening)
	amount(&f, "floor", d.Floor)
	text(&f, "opening_text", d.OpeningText, "对方的诉求", d.Opening == 0, 1000)
	text(&f, "floor_text", d.FloorText, "底线的判断依据", d.Floor > 0, 1000)
	f.Need(d.Opening == 0 || d.Floor <= d.Opening, "floor", "估计的底线高于对方的开价，请核对")
	d.Interests = lines(d.Interests)
	f.Need(len(d.Interests) <= maxItems && len(d.Concessions) <= maxItems && len(d.Options) <= maxItems, "options", "每一类最多 %d 项", maxItems)
	for i, s := range d.Interests {
		text(&f, "interests["+itoa(i)+"]", s, "背后的关切", false, 300)
	}
	d.checkOptions(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&TalkPlanned{Talk: Talk(d)}}, nil
}

// lines splits texts of several lines, as a form sends them, and leaves empty ones out.
func lines(texts []string) (out []string) {
	for _, s := range texts {
		for l := range strings.Lines(s) {
			if l = strings.TrimSpace(l); l != "" {
				out = append(out, l)
			}
		}
	}
	return out
}

func (d PlanTalk) checkOptions(f *fault.Fields) {
	f.Need(len(d.Options) == 0 || len(d.Options) >= minOptions, "options", "只有一个方案，消费者就没有选择；请再准备一个，写明对消费者的好处和依据")
	for i, o := range d.Options {
		field := "options[" + itoa(i) + "]"
		text(f, field+".title", o.Title, "方案", true, 200)
		text(f, field+".benefit", o.Benefit, "对消费者的好处", true, 500)
		text(f, field+".basis", o.Basis, "依据", true, 500)
		amount(f, field+".amount", o.Amount)
	}
	for i, g := range d.Concessions {
		field := "concessions[" + itoa(i) + "]"
		text(f, field+".give", g.Give, "可以让步的内容", true, 300)
		text(f, field+".get", g.Get, "换取的内容", false, 300)
	}
}

// RecordRound keeps one round of the talk.
type RecordRound struct {
	On          calendar.Date `json:"on"`
	Ask         string        `json:"ask,omitempty" maxLength:"1000" doc:"What the consumer asked for"`
	AskAmount   int64         `json:"ask_amount,omitempty" doc:"Fen"`
	Offer       string        `json:"offer,omitempty" maxLength:"1000" doc:"What we offered; empty when we only listened"`
	OfferAmount int64         `json:"offer_amount,omitempty" doc:"Fen"`
	Subject     bool          `json:"subject,omitempty" doc:"Offered subject to approval, and said so"`
	Response    TalkResponse  `json:"response" enum:"heard,thinking,counter,refused,accepted"`
	Note        string        `json:"note,omitempty" maxLength:"2000"`
}

// Action implements Command.
func (RecordRound) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. Nothing is offered before there are two options, and
// no sum beyond one's authority is promised without a word on the approval.
func (d RecordRound) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到投诉的日期")
	offered := d.Offer != "" || d.OfferAmount != 0
	text(&f, "ask", d.Ask, "对方的要求", !offered, 1000)
	text(&f, "offer", d.Offer, "我方方案", d.OfferAmount != 0, 1000)
	text(&f, "note", d.Note, "备注", false, 2000)
	amount(&f, "ask_amount", d.AskAmount)
	amount(&f, "offer_amount", d.OfferAmount)
	f.Need(one(TalkResponses, d.Response), "response", "请选择对方的回应")
	f.Need(offered || d.Response == TalkHeard, "response", "这一轮没有提出方案，对方的回应请选择“仅倾听”")
	f.Need(!offered || d.Response != TalkHeard, "response", "已经提出方案，请选择对方的回应")
	f.Need(!offered || c.Talk != nil && len(c.Talk.Options) >= minOptions, "offer", "提出方案之前，请先在谈判表中准备至少两个方案")
	if limit := max(RedressLimit(env.Rules, env.By.Roles), c.granted()); offered && !d.Subject {
		f.Need(d.OfferAmount <= limit, "subject", "%s 元超过您可以答应的 %s 元；请先申请补偿并获批准，或当场说明须经批准并勾选“以批准为准”", yuan(d.OfferAmount), yuan(limit))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&TalkRound{Round: Round{N: len(c.Rounds) + 1, On: d.On, Ask: d.Ask, AskAmount: d.AskAmount, Offer: d.Offer, OfferAmount: d.OfferAmount,
		Subject: d.Subject, Response: d.Response, Note: d.Note}}}, nil
}

// deviates checks a proposed sum against the range of comparable cases: outside
// of it the reason must be given, so that equals are not treated unequally
// unseen. Redress without money is not measured.
func (d ProposeRedress) deviates(f *fault.Fields, c Case, env Env, sum int64) error {
	text(f, "deviation", d.Deviation, "偏离理由", false, 1000)
	if env.Range == nil || sum == 0 {
		return nil
	}
	r, err := env.Range(c)
	if err != nil {
		return err
	}
	total := sum + c.granted()
	f.Need(r.Holds(total) || d.Deviation != "", "deviation", "累计补偿 %s 元不在同类已办结投诉的区间 %s 至 %s 元之内（%d 件，中位数 %s 元），请写明偏离理由",
		yuan(total), yuan(r.Low), yuan(r.High), r.Cases, yuan(r.Median))
	return nil
}

// TalkPlanned is the negotiation sheet as it then stood.
type TalkPlanned struct {
	Talk Talk `json:"talk" seal:"true"`
}

// Kind implements Event.
func (*TalkPlanned) Kind() string { return "complaint.TalkPlanned" }

func (e *TalkPlanned) apply(c *Case, _ Meta) { t := e.Talk; c.Talk = &t }

// TalkRound is one round of the talk.
type TalkRound struct {
	Round Round `json:"round" seal:"true"`
}

// Kind implements Event.
func (*TalkRound) Kind() string { return "complaint.TalkRound" }

func (e *TalkRound) apply(c *Case, m Meta) {
	r := e.Round
	r.N, r.By = len(c.Rounds)+1, m.By
	c.Rounds = add(c.Rounds, r)
}

// maskTalk hides long numbers in what was written about the talk.
func (c *Case) maskTalk(h *hider) {
	if c.Talk != nil {
		t := *c.Talk
		t.OpeningText, t.FloorText = h.text(t.OpeningText), h.text(t.FloorText)
		t.Interests = edit(t.Interests, func(string) bool { return true }, func(s *string) { *s = h.text(*s) })
		t.Options = edit(t.Options, func(Option) bool { return true }, func(o *Option) {
			o.Title, o.Benefit, o.Basis = h.text(o.Title), h.text(o.Benefit), h.text(o.Basis)
		})
		t.Concessions = edit(t.Concessions, func(Concession) bool { return true }, func(g *Concession) { g.Give, g.Get = h.text(g.Give), h.text(g.Get) })
		c.Talk = &t
	}
	c.Rounds = edit(c.Rounds, func(Round) bool { return true }, func(r *Round) {
		r.Ask, r.Offer, r.Note = h.text(r.Ask), h.text(r.Offer), h.text(r.Note)
	})
}

package complaint

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

// regime of a reference: that of its channel; the house's own for a matter that
// is no complaint and for a receipt before the channel's rule was in force.
func (c Case) regime(rules regulation.Set, r Reference) string {
	regime := regimeOf(r)
	if c.Nature != Complaint || len(rules.Ladder(regime)) == 0 {
		return "house"
	}
	return regime
}

// step returns the place on its ladder that a reference has reached.
func (c Case) step(rules regulation.Set, r Reference) (ladder []regulation.Clock, at int) {
	ladder = rules.Ladder(c.regime(rules, r))
	at = slices.IndexFunc(ladder, func(k regulation.Clock) bool { return k.ID == r.Stage })
	return ladder, max(0, at)
}

// clock returns the clock that a reference runs on.
func (c Case) clock(rules regulation.Set, r Reference) regulation.Clock {
	ladder, at := c.step(rules, r)
	if len(ladder) == 0 {
		return regulation.Clock{}
	}
	return ladder[at]
}

// lowest returns the references of a regime that stand on its lowest step, with
// the ladder and that step: an extension moves them together, and never a later
// arrival that has its own, younger clock and stands higher already.
func (c Case) lowest(rules regulation.Set, regime string) (references []int, ladder []regulation.Clock, at int) {
	for _, r := range c.LiveReferences() {
		if c.regime(rules, r) != regime {
			continue
		}
		steps, step := c.step(rules, r)
		if len(references) == 0 || step < at {
			references, ladder, at = nil, steps, step
		}
		if step == at {
			references = append(references, r.N)
		}
	}
	return references, ladder, at
}

// NextStage returns the next step of a regime's ladder, false at its end.
func (c Case) NextStage(rules regulation.Set, regime string) (regulation.Clock, bool) {
	_, ladder, at := c.lowest(rules, regime)
	if at+1 >= len(ladder) {
		return regulation.Clock{}, false
	}
	return ladder[at+1], true
}

// Regimes returns the ladders that the case's references run on, without repetition.
func (c Case) Regimes(rules regulation.Set) []string {
	var out []string
	for _, r := range c.LiveReferences() {
		if g := c.regime(rules, r); !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// Extend asks for the next step of a ladder (15 -> 30 -> 60 days for complaints
// to the institution or from the NFRA, 15 -> 60 for transfers of the PBC). A step
// with an approver waits for the approval; the consumer is told by a letter.
type Extend struct {
	Regime string `json:"regime" enum:"nfra,pbc,house"`
	Why    string `json:"why" maxLength:"1000" doc:"Why the case is complex, or the special reason"`
}

// Action implements Command.
func (Extend) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. A limit that has passed cannot be extended.
func (d Extend) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "延期理由", true, 1000)
	f.Need(slices.Contains(c.Regimes(env.Rules), d.Regime), "regime", "本投诉没有适用 %s 时限的来源", d.Regime)
	if err := f.Err(); err != nil {
		return nil, err
	}
	references, ladder, at := c.lowest(env.Rules, d.Regime)
	if at+1 >= len(ladder) {
		return nil, fault.New(fault.Conflict, "已到最长期限，不能再延期（%s：最长 %d 日）", ladder[at].Cite, ladder[at].Days)
	}
	if p, waiting := c.Pending(ForExtension); waiting {
		return nil, fault.New(fault.Conflict, "延期申请（第 %d 号）正在等待审批", p.N)
	}
	if err := c.notExpired(references, env); err != nil {
		return nil, err
	}
	next := ladder[at+1]
	if next.Approver == regulation.ApproverNone {
		return []Event{&StageReached{Regime: d.Regime, Clock: next.ID, References: references, Tell: next.NotifyConsumer, Why: d.Why}}, nil
	}
	return []Event{&Requested{N: len(c.Approvals) + 1, What: ForExtension, Rule: next.Approver, Regime: d.Regime, Clock: next.ID, Extends: references, Tell: next.NotifyConsumer, Why: d.Why, FromState: c.State}}, nil
}

// notExpired refuses to lengthen a limit that has passed already.
func (c Case) notExpired(references []int, env Env) error {
	for _, d := range c.Deadlines(env.Rules, env.Cal) {
		if (d.Kind == DecideBy || d.Kind == ReplyBy) && slices.Contains(references, d.Reference) && d.Live() && !d.Due.IsZero() && env.Today() > d.last() {
			return fault.New(fault.Conflict, "期限已于 %s 届满，不能再延期；请尽快作出决定并说明超期原因", d.last())
		}
	}
	return nil
}

// StartExclusion begins time that the limit does not count: external appraisal
// or mediation. The expected end makes the due date one that can be planned with.
type StartExclusion struct {
	What       ExclusionKind `json:"what" enum:"appraisal,mediation"`
	From       calendar.Date `json:"from"`
	ExpectedTo calendar.Date `json:"expected_to" doc:"Expected last day; replaced by the real one"`
	Body       string        `json:"body" maxLength:"120" doc:"Appraiser or mediation body"`
	Consent    bool          `json:"consent,omitempty" doc:"The consumer consents to mediation, which both apply for (art. 23)"`
	Number     string        `json:"number,omitempty" maxLength:"64" doc:"The body's own case number"`
	Why        string        `json:"why,omitempty" maxLength:"1000"`
}

// Action implements Command.
func (StartExclusion) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. A mediation also stands on the ladder of the dispute.
func (d StartExclusion) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Need(one(ExclusionKinds, d.What), "what", "请选择鉴定或调解")
	notFuture(&f, "from", d.From, env.Today())
	notBefore(&f, "from", d.From, c.ReceivedOn, "收到投诉的日期")
	f.Need(!d.ExpectedTo.IsZero() && d.ExpectedTo >= d.From, "expected_to", "请填写预计结束日期，不早于开始日期")
	max := int(env.setting("exclusion.max_days"))
	f.Need(max == 0 || d.ExpectedTo.Sub(d.From) <= max, "expected_to", "预计时间超过 %d 天，请核对；期满仍未结束的，可以再次登记", max)
	text(&f, "body", d.Body, "鉴定或调解机构", true, 120)
	text(&f, "why", d.Why, "原因", false, 1000)
	f.Need(d.What != Mediation || d.Consent, "consent", "调解须经消费者同意并由双方共同申请（《银行业保险业消费投诉处理管理办法》第二十三条）")
	for _, x := range c.Exclusions {
		f.Need(!x.To.IsZero() || x.What != d.What, "what", "同类不计期间（第 %d 项）还没有结束", x.N)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	start := &ExclusionStarted{N: len(c.Exclusions) + 1, What: d.What, From: d.From, ExpectedTo: d.ExpectedTo, Body: d.Body, Why: d.Why}
	if d.What != Mediation {
		return []Event{start}, nil
	}
	if open, ok := c.openRung(); ok {
		if open.Rung == RungMediation {
			start.Rung = open.N
		}
		return []Event{start}, nil
	}
	start.Rung = len(c.Ladder) + 1
	return []Event{&LadderMoved{N: start.Rung, Rung: RungMediation, Body: d.Body, Number: d.Number, On: d.From, Why: d.Why}, start}, nil
}

// EndExclusion ends it on its last day. The mediation's rung of the ladder ends with it.
type EndExclusion struct {
	N           int           `json:"n" minimum:"1"`
	To          calendar.Date `json:"to" doc:"Last day that does not count"`
	Result      string        `json:"result" maxLength:"2000"`
	Settled     bool          `json:"settled,omitempty" doc:"The mediation reached an agreement"`
	Enforceable bool          `json:"enforceable,omitempty" doc:"The agreement can be enforced"`
}

// Action implements Command.
func (EndExclusion) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d EndExclusion) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.Exclusions, func(x Exclusion) bool { return x.N == d.N && x.To.IsZero() })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "没有进行中的第 %d 项不计期间", d.N)
	}
	var f fault.Fields
	notFuture(&f, "to", d.To, env.Today())
	notBefore(&f, "to", d.To, c.Exclusions[i].From, "开始日期")
	text(&f, "result", d.Result, "结果", true, 2000)
	f.Need(!d.Enforceable || d.Settled, "enforceable", "没有达成结果的不能标为可强制执行")
	if err := f.Err(); err != nil {
		return nil, err
	}
	out := []Event{&ExclusionEnded{N: d.N, To: d.To, Result: d.Result}}
	if open, ok := c.openRung(); ok && open.N == c.Exclusions[i].Rung {
		out = append(out, &LadderEnded{N: open.N, On: max(d.To, open.On), Settled: d.Settled, Enforceable: d.Enforceable, Result: d.Result})
	}
	return out, nil
}

// AgreeDate keeps a date that both sides agreed on (art. 21 last paragraph).
type AgreeDate struct {
	Due   calendar.Date `json:"due"`
	Proof string        `json:"proof" maxLength:"500" doc:"Where the agreement is kept"`
}

// Action implements Command.
func (AgreeDate) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AgreeDate) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Need(d.Due >= env.Today(), "due", "约定日期不能早于今天")
	text(&f, "proof", d.Proof, "约定的凭据", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Agreed{Due: d.Due, Proof: d.Proof}}, nil
}

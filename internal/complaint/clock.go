package complaint

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

// stage returns the clock that a regime's ladder has reached.
func (c Case) stage(rules regulation.Set, regime string) (regulation.Clock, bool) {
	ladder := rules.Ladder(regime)
	if len(ladder) == 0 {
		return regulation.Clock{}, false
	}
	if id := c.Stages[regime]; id != "" {
		for _, clock := range ladder {
			if clock.ID == id {
				return clock, true
			}
		}
	}
	return ladder[0], true
}

// NextStage returns the next step of a regime's ladder, false at its end.
func (c Case) NextStage(rules regulation.Set, regime string) (regulation.Clock, bool) {
	now, ok := c.stage(rules, regime)
	if !ok {
		return regulation.Clock{}, false
	}
	ladder := rules.Ladder(regime)
	i := slices.IndexFunc(ladder, func(k regulation.Clock) bool { return k.ID == now.ID })
	if i+1 >= len(ladder) {
		return regulation.Clock{}, false
	}
	return ladder[i+1], true
}

// Regimes returns the ladders that the case's references run on, without repetition.
func (c Case) Regimes() []string {
	var out []string
	for _, r := range c.LiveReferences() {
		if g := regimeOf(r); !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// Extend asks for the next step of a ladder (15 -> 30 -> 60 days for complaints
// to the institution or from the NFRA, 15 -> 60 for transfers of the PBC). A step
// with an approver waits for the approval; the consumer is told by a letter.
type Extend struct {
	Regime string `json:"regime" enum:"nfra,pbc"`
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
	f.Need(slices.Contains(c.Regimes(), d.Regime), "regime", "本投诉没有适用 %s 时限的来源", d.Regime)
	if err := f.Err(); err != nil {
		return nil, err
	}
	next, ok := c.NextStage(env.Rules, d.Regime)
	if !ok {
		return nil, fault.New(fault.Conflict, "已到最长期限，不能再延期（%s）", mostDays(c, env.Rules, d.Regime))
	}
	if p, waiting := c.Pending(ForExtension); waiting {
		return nil, fault.New(fault.Conflict, "延期申请（第 %d 号）正在等待审批", p.N)
	}
	for _, dl := range c.Deadlines(env.Rules, env.Cal) {
		if dl.Kind == DecideBy && dl.Regime == d.Regime && dl.Live() && !dl.Due.IsZero() && env.Today() > dl.last() {
			return nil, fault.New(fault.Conflict, "期限已于 %s 届满，不能再延期；请尽快作出决定并说明超期原因", dl.last())
		}
	}
	if next.Approver == regulation.ApproverNone {
		return []Event{&StageReached{Regime: d.Regime, Clock: next.ID, Why: d.Why}}, nil
	}
	return []Event{&Requested{N: len(c.Approvals) + 1, What: ForExtension, Rule: next.Approver, Regime: d.Regime, Clock: next.ID, Why: d.Why, FromState: c.State}}, nil
}

func mostDays(c Case, rules regulation.Set, regime string) string {
	k, _ := c.stage(rules, regime)
	return k.Cite.String() + "：最长 " + itoa(k.Days) + " 日"
}

// StartExclusion begins time that the limit does not count: external appraisal
// or mediation. The expected end makes the due date one that can be planned with.
type StartExclusion struct {
	What       ExclusionKind `json:"what" enum:"appraisal,mediation"`
	From       calendar.Date `json:"from"`
	ExpectedTo calendar.Date `json:"expected_to" doc:"Expected last day; replaced by the real one"`
	Body       string        `json:"body" maxLength:"120" doc:"Appraiser or mediation body"`
	Consent    bool          `json:"consent,omitempty" doc:"The consumer consents to mediation, which both apply for (art. 23)"`
	Why        string        `json:"why,omitempty" maxLength:"1000"`
}

// Action implements Command.
func (StartExclusion) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
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
	f.Need(d.What != Mediation || d.Consent, "consent", "调解须经消费者同意并由双方共同申请（《银行业保险业消费投诉处理管理办法》第二十三条）")
	for _, x := range c.Exclusions {
		f.Need(!x.To.IsZero() || x.What != d.What, "what", "同类不计期间（第 %d 项）还没有结束", x.N)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ExclusionStarted{N: len(c.Exclusions) + 1, What: d.What, From: d.From, ExpectedTo: d.ExpectedTo, Body: d.Body, Why: d.Why}}, nil
}

// EndExclusion ends it on its last day.
type EndExclusion struct {
	N      int           `json:"n" minimum:"1"`
	To     calendar.Date `json:"to" doc:"Last day that does not count"`
	Result string        `json:"result" maxLength:"2000"`
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
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ExclusionEnded{N: d.N, To: d.To, Result: d.Result}}, nil
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

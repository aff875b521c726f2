package complaint

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// ClimbLadder puts the dispute on another rung (S4.1, S4.14): mediation,
// arbitration, litigation, or back to a plain dispute between the parties.
type ClimbLadder struct {
	Rung   Rung          `json:"rung" enum:"dispute,mediation,complaint,arbitration,litigation"`
	Body   string        `json:"body" maxLength:"120" doc:"Mediation body, arbitration commission or court"`
	Number string        `json:"number,omitempty" maxLength:"64" doc:"Its case number"`
	On     calendar.Date `json:"on"`
	Why    string        `json:"why,omitempty" maxLength:"1000"`
}

// Action implements Command.
func (ClimbLadder) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. One rung runs at a time: the earlier one is ended
// with its result first, so that the history stays readable.
func (d ClimbLadder) Decide(c Case, env Env) ([]Event, error) {
	if c.Number == "" || c.State == Merged {
		return nil, c.mustBeOpen()
	}
	var f fault.Fields
	f.Need(one(Rungs, d.Rung), "rung", "请选择解决途径")
	notFuture(&f, "on", d.On, env.Today())
	needsBody := d.Rung == RungMediation || d.Rung == RungArbitration || d.Rung == RungLitigation
	text(&f, "body", d.Body, "受理机构", needsBody, 120)
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到投诉的日期")
	text(&f, "number", d.Number, "案号", false, 64)
	text(&f, "why", d.Why, "说明", false, 1000)
	if open, ok := c.openRung(); ok {
		f.Add("rung", "上一途径（%s %s）还没有登记结果", Label("rung", string(open.Rung), "zh"), open.Body)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&LadderMoved{N: len(c.Ladder) + 1, Rung: d.Rung, Body: d.Body, Number: d.Number, On: d.On, Why: d.Why}}, nil
}

// openRung returns the rung that the dispute stands on now.
func (c Case) openRung() (LadderEntry, bool) {
	i := slices.IndexFunc(c.Ladder, func(l LadderEntry) bool { return l.EndedOn.IsZero() })
	if i < 0 {
		return LadderEntry{}, false
	}
	return c.Ladder[i], true
}

// EndLadder is the result of a rung; a mediation's excluded time ends with it.
type EndLadder struct {
	N           int           `json:"n" minimum:"1"`
	On          calendar.Date `json:"on"`
	Settled     bool          `json:"settled,omitempty"`
	Enforceable bool          `json:"enforceable,omitempty" doc:"Judicially confirmed, notarised or awarded: it can be enforced"`
	Result      string        `json:"result" maxLength:"2000"`
}

// Action implements Command.
func (EndLadder) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d EndLadder) Decide(c Case, env Env) ([]Event, error) {
	i := slices.IndexFunc(c.Ladder, func(l LadderEntry) bool { return l.N == d.N && l.EndedOn.IsZero() })
	if c.State == Merged {
		return nil, c.mustBeOpen()
	}
	if i < 0 {
		return nil, fault.New(fault.NotFound, "没有进行中的第 %d 项解决途径", d.N)
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.Ladder[i].On, "开始日期")
	text(&f, "result", d.Result, "结果", true, 2000)
	f.Need(!d.Enforceable || d.Settled, "enforceable", "没有达成结果的不能标为可强制执行")
	if err := f.Err(); err != nil {
		return nil, err
	}
	out := []Event{&LadderEnded{N: d.N, On: d.On, Settled: d.Settled, Enforceable: d.Enforceable, Result: d.Result}}
	for _, x := range c.Exclusions {
		if x.Rung == d.N && x.To.IsZero() {
			out = append(out, &ExclusionEnded{N: x.N, To: max(d.On, x.From), Result: d.Result})
		}
	}
	return out, nil
}

// Withdraw ends the procedure on the day the withdrawal was received (art. 15).
type Withdraw struct {
	On  calendar.Date `json:"on"`
	How string        `json:"how" enum:"written,recorded_call,portal,in_person"`
	Why string        `json:"why,omitempty" maxLength:"1000"`
}

// Action implements Command.
func (Withdraw) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. Duties to senders stay; without any the case is
// closed by the same act.
func (d Withdraw) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	var f fault.Fields
	if d.On.IsZero() {
		d.On = env.Today()
	}
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.ReceivedOn, "收到投诉的日期")
	f.Need(one(WithdrawalModes, d.How), "how", "请选择撤回方式")
	text(&f, "why", d.Why, "撤回原因", false, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	out := []Event{&Withdrew{Withdrawal: Withdrawal{On: d.On, How: d.How, Why: d.Why}}}
	after := c.ApplyAll(out, Meta{At: env.At, By: env.By.ID})
	if len(Failing(after.Checks())) == 0 {
		out = append(out, &CaseClosed{On: d.On})
	}
	return out, nil
}

// RequestReexam takes in a written application for re-examination (核查, art. 20).
type RequestReexam struct {
	On      calendar.Date `json:"on" doc:"Day on which the superior received it"`
	Grounds string        `json:"grounds" maxLength:"4000"`
	Late    string        `json:"late,omitempty" maxLength:"500" doc:"Why a late application is taken all the same"`
}

// Action implements Command.
func (RequestReexam) Action() access.Action { return access.RemindComplaint }

// Decide implements Command. It goes to the superior of the unit that decided;
// head office has none. The window counts from the consumer's receipt of the decision.
func (d RequestReexam) Decide(c Case, env Env) ([]Event, error) {
	switch {
	case c.Number == "" || c.State == Merged:
		return nil, c.mustBeOpen()
	case c.Decision == nil || c.noticeOf(DecisionLetter).IsZero():
		return nil, fault.New(fault.Conflict, "处理决定还没有告知，不能申请核查")
	case c.Decision.HeadOffice:
		return nil, fault.New(fault.Conflict, "处理决定由总部作出，没有上级机构核查；可告知消费者通过调解、仲裁或诉讼解决（第二十条）")
	case slices.ContainsFunc(c.Reexams, func(r Reexamination) bool { return !r.Decided }):
		return nil, fault.New(fault.Conflict, "已有核查正在办理")
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.noticeOf(DecisionLetter), "告知决定的日期")
	text(&f, "grounds", d.Grounds, "核查理由", true, 4000)
	if clock, err := env.Rules.Clock("nfra.reexam.apply"); err == nil {
		last := c.noticeOf(DecisionLetter).AddDays(clock.Days)
		f.Need(d.On <= last || d.Late != "", "on", "申请晚于收到决定后 %d 日（%s）；仍要受理的，请说明原因", clock.Days, last)
	}
	up := env.Tree.InstitutionAbove(c.Decision.Unit)
	f.Need(up != "", "", "作出决定的机构没有上级")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ReexamRequested{N: len(c.Reexams) + 1, On: d.On, Unit: up, Path: env.Tree.Path(up), Grounds: d.Grounds}, &Offered{Unit: up, Path: env.Tree.Path(up), Why: "核查"}}, nil
}

// DecideReexam is the superior's decision: it reviews the process, the time
// limits and the result (art. 20).
type DecideReexam struct {
	N        int    `json:"n" minimum:"1"`
	Changed  bool   `json:"changed,omitempty" doc:"The result is changed"`
	Process  string `json:"process" maxLength:"2000" doc:"Review of the process"`
	InTime   string `json:"in_time" maxLength:"1000" doc:"Review of the time limits"`
	Decision string `json:"decision" maxLength:"4000"`
}

// Action implements Command.
func (DecideReexam) Action() access.Action { return access.ApproveComplaint }

// Decide implements Command. Who decided first does not re-examine.
func (d DecideReexam) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.Reexams, func(r Reexamination) bool { return r.N == d.N && !r.Decided })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "没有待决定的第 %d 次核查", d.N)
	}
	if c.Decision != nil && (c.Decision.ProposedBy == env.By.ID || c.Decision.ApprovedBy == env.By.ID) {
		return nil, fault.New(fault.Forbidden, "您参与了原处理决定，不能核查自己的决定")
	}
	var f fault.Fields
	text(&f, "process", d.Process, "处理过程审查", true, 2000)
	text(&f, "in_time", d.InTime, "处理时限审查", true, 1000)
	text(&f, "decision", d.Decision, "核查决定", true, 4000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ReexamDecided{N: d.N, Changed: d.Changed, Process: d.Process, InTime: d.InTime, Decision: d.Decision}}, nil
}

// Reopen takes a finished case up again: the limit runs anew from that day.
type Reopen struct {
	On  calendar.Date `json:"on" doc:"Receipt of the new facts or of the order to redo"`
	Why string        `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (Reopen) Action() access.Action { return access.AssignComplaint }

// Decide implements Command.
func (d Reopen) Decide(c Case, env Env) ([]Event, error) {
	switch {
	case c.Number == "" || c.State == Merged:
		return nil, c.mustBeOpen()
	case c.Active():
		return nil, fault.New(fault.Conflict, "该投诉还在办理，不需要重新打开")
	}
	var f fault.Fields
	notFuture(&f, "on", d.On, env.Today())
	floor := max(c.ReceivedOn, c.endedOn())
	notBefore(&f, "on", d.On, floor, "上次告知或终止的日期")
	text(&f, "why", d.Why, "重新打开的原因", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ReopenedAgain{On: d.On, Why: d.Why}}, nil
}

// RecordFollowUp keeps the follow-up with the consumer (回访).
type RecordFollowUp struct {
	On           calendar.Date `json:"on"`
	Reached      bool          `json:"reached,omitempty"`
	Satisfaction int           `json:"satisfaction,omitempty" minimum:"0" maximum:"5" doc:"1 very dissatisfied to 5 very satisfied, 0 not said"`
	Comment      string        `json:"comment,omitempty" maxLength:"2000"`
}

// Action implements Command.
func (RecordFollowUp) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d RecordFollowUp) Decide(c Case, env Env) ([]Event, error) {
	if c.Number == "" || c.State == Merged || c.Active() {
		if err := c.mustBeOpen(); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Conflict, "处理决定告知后才能回访")
	}
	var f fault.Fields
	if d.On.IsZero() {
		d.On = env.Today()
	}
	notFuture(&f, "on", d.On, env.Today())
	notBefore(&f, "on", d.On, c.endedOn(), "告知或终止的日期")
	f.Need(d.Satisfaction >= 0 && d.Satisfaction <= 5, "satisfaction", "满意度应为 1 至 5 分")
	f.Need(d.Reached || d.Satisfaction == 0, "satisfaction", "没有联系上消费者，不能填写满意度")
	text(&f, "comment", d.Comment, "回访内容", !d.Reached, 2000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&FollowedUp{On: d.On, Reached: d.Reached, Satisfaction: d.Satisfaction, Comment: d.Comment}}, nil
}

package complaint

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// Check is one thing that must hold before a case is closed, and where to mend it.
type Check struct {
	ID   string // stable; also the anchor of the place on the case page
	OK   bool
	Text string // sentence: what is missing
	Mend string // the command that mends it, as in the API: "find", "give-notice" ...
}

// Checks lists what must hold before closing, in the order of the work.
func (c Case) Checks() []Check {
	none := func(id, mend, text string, missing bool) Check {
		return Check{ID: id, OK: !missing, Text: text, Mend: mend}
	}
	_, extension := c.Pending(ForExtension)
	_, redress := c.Pending(ForRedress)
	_, decision := c.Pending(ForDecision)
	_, refusal := c.Pending(ForRefusal)
	out := []Check{
		none("offer", "accept", "还有转办等待接收或退回", c.Offer != nil),
		none("approvals", "approve", "还有申请等待审批", extension || redress || decision || refusal),
		none("exclusions", "end-exclusion", "还有鉴定或调解没有登记结束", slices.ContainsFunc(c.Exclusions, func(x Exclusion) bool { return x.To.IsZero() })),
		none("answers", "answer-reference", "还有来文没有答复："+c.unanswered(), c.unanswered() != ""),
		none("major", "report-major", "重大投诉还没有报告", c.Major != nil && c.Major.ReportedOn.IsZero()),
		none("supervision", "answer-supervision", "还有督办没有答复", slices.ContainsFunc(c.Reminders, func(r Reminder) bool { return r.Kind == "supervise" && r.Done.IsZero() })),
	}
	if c.Ending == ByRefusal {
		out = append(out, none("notice", "give-notice", "还没有告知不予办理", c.noticeOf(NotHandledLetter).IsZero()))
	}
	if c.Ending == ByWithdrawal || c.Ending == ByRefusal || c.Ending == AsOther {
		return out
	}
	return append(out, c.decisionChecks()...)
}

func (c Case) decisionChecks() []Check {
	need := func(id, mend, text string, ok bool) Check { return Check{ID: id, OK: ok, Text: text, Mend: mend} }
	if c.Nature != Complaint {
		return []Check{need("other", "answer-other", "还没有答复", c.OtherReply != nil)}
	}
	unfound := slices.ContainsFunc(c.Live(), func(a Allegation) bool { return a.Finding == nil })
	unpaid := slices.ContainsFunc(c.Redress, func(r Redress) bool { return r.PerformedOn.IsZero() })
	reexam := slices.ContainsFunc(c.Reexams, func(r Reexamination) bool { return r.NoticedOn.IsZero() })
	return []Check{
		need("points", "find", "还有争议点没有核查结论", !unfound),
		need("decision", "propose-decision", "还没有经批准的处理决定", c.Decision != nil),
		need("notice", "give-notice", "还没有告知处理决定的凭证", !c.noticeOf(DecisionLetter).IsZero()),
		need("told", "give-notice", "还没有告知消费者："+c.untold(), len(c.Untold) == 0),
		need("redress", "perform-redress", "还有补偿没有履行", !unpaid),
		need("faults", "find-fault", "还没有定责", c.FaultKnown),
		need("codes", "amend", "产品类别和投诉原因还没有确认", c.Codes.Complete()),
		need("reexam", "decide-reexam", "核查决定还没有作出并告知", !reexam),
		need("steps", "finish-step", "七个步骤还没有走完", c.Current() == StepCount),
		need("follow_up", "record-follow-up", "还没有回访", len(c.FollowUps) > c.CycleFollows),
	}
}

func (c Case) untold() string {
	var out []string
	for _, u := range c.Untold {
		if name := Label("letter", string(u.Letter), "zh"); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, "、")
}

func (c Case) unanswered() string {
	out := ""
	for _, r := range c.LiveReferences() {
		if r.owed() && r.AnsweredOn.IsZero() {
			if out != "" {
				out += "、"
			}
			out += strings.TrimSpace(cmp.Or(r.Sender, "来文方") + " " + r.Number)
		}
	}
	return out
}

// Failing returns the checks that do not hold.
func Failing(checks []Check) []Check {
	return slices.DeleteFunc(slices.Clone(checks), func(k Check) bool { return k.OK })
}

// Close closes the case when every check holds.
type Close struct{}

// Action implements Command.
func (Close) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. The violations name the failing checks, so that a
// page can offer the one click that mends each.
func (Close) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	for _, k := range Failing(c.Checks()) {
		f.Add(k.ID, "%s", k.Text)
	}
	if err := f.Err(); err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "还不能办结，还有 %d 项没有完成：%s", len(f), f[0].Text)
	}
	return []Event{&CaseClosed{On: env.Today()}}, nil
}

// NextStep says what comes next, as the command and a reason for a person.
func (c Case) NextStep() (mend, why string) {
	switch {
	case !c.Open():
		return "", ""
	case c.Offer != nil:
		return "accept", "等待接收；接收前由现承办人负责"
	case c.State == New:
		return "accept", "请接收并开始办理"
	case c.State == Handling && c.Current() <= Collect:
		return "finish-step", "请完成“" + Guides()[c.Current()].Name + "”"
	}
	for _, k := range Failing(c.Checks()) {
		return k.Mend, k.Text
	}
	return "close", "检查已全部通过，可以办结"
}

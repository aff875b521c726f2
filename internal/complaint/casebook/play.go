package casebook

import (
	"cmp"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// Act is one command of the handling.
type Act struct {
	Day int        // natural days after the receipt; acts stand in the order of days
	By  party.Role // Handler is the owner of the case, others are above him
	// Do makes the command from the case as it stands and the day of the act.
	Do func(c complaint.Case, today calendar.Date) complaint.Command
}

// play collects acts while the days go on.
type play struct {
	day  int
	acts []Act
}

func (p *play) add(by party.Role, do func(complaint.Case, calendar.Date) complaint.Command) {
	p.acts = append(p.acts, Act{Day: p.day, By: by, Do: do})
}

func (p *play) plain(cmd complaint.Command) {
	p.add(party.Handler, func(complaint.Case, calendar.Date) complaint.Command { return cmd })
}

func (p *play) wait(days int) { p.day += days }

// approve lets somebody grant the last request.
func (p *play) approve(by party.Role) {
	p.add(by, func(c complaint.Case, _ calendar.Date) complaint.Command {
		return complaint.Approve{N: len(c.Approvals), Note: "同意"}
	})
}

// tell issues a letter and proves that the consumer has it.
func (p *play) tell(kind complaint.LetterKind, mode complaint.NoticeMode, proof string) {
	p.plain(complaint.IssueLetter{What: kind, Title: complaint.Label("letter", string(kind), "zh")})
	p.add(party.Handler, func(c complaint.Case, today calendar.Date) complaint.Command {
		return complaint.GiveNotice{Letter: len(c.Letters), Mode: mode, On: today, Proof: proof}
	})
}

// step finishes a step with every line ticked.
func (p *play) step(s complaint.Step, note string) {
	var lines []string
	for _, k := range complaint.Guides()[s].Checks {
		lines = append(lines, k.ID)
	}
	p.plain(complaint.FinishStep{Step: s, Checked: lines, Note: note})
}

// Acts returns the whole handling after the registration, from acceptance to
// closing. Playing only the first of them leaves a case in the middle of its way.
func (s Story) Acts() []Act {
	var p play
	p.plain(complaint.Accept{})
	p.plain(complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: s.Call, ReplyNext: s.Promise})
	p.step(complaint.Listen, "")
	p.step(complaint.Calm, "")
	p.step(complaint.Apologise, "")
	p.wait(1)
	if s.Withdrawn != "" {
		p.withdraw(s)
		return p.acts
	}
	p.appraise(s.Appraisal)
	p.wait(2)
	p.find(s)
	p.wait(1)
	p.redress(s)
	p.step(complaint.Propose, "")
	p.plain(complaint.ProposeDecision{Text: s.Decision})
	p.approve(party.BranchLead)
	p.wait(1)
	p.tell(complaint.DecisionLetter, complaint.Posted, "邮政特快专递回执")
	p.step(complaint.Agree, "")
	p.perform(s)
	p.answer(s)
	p.wait(4)
	p.followUp(s)
	p.plain(complaint.Close{})
	return p.acts
}

func (p *play) withdraw(s Story) {
	p.add(party.Handler, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.Withdraw{On: today, How: "recorded_call", Why: s.Withdrawn}
	})
	p.answer(s)
	if s.transferred() {
		p.plain(complaint.Close{})
	}
}

func (p *play) appraise(a *Appraisal) {
	if a == nil {
		return
	}
	p.add(party.Handler, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.StartExclusion{What: a.What, From: today, ExpectedTo: today.AddDays(a.Days), Body: a.Body, Consent: true}
	})
	p.tell(complaint.ExclusionLetter, complaint.Sent, "短信发送记录")
	p.wait(a.Days)
	p.add(party.Handler, func(c complaint.Case, today calendar.Date) complaint.Command {
		return complaint.EndExclusion{N: len(c.Exclusions), To: today, Result: a.Result, Settled: a.What == complaint.Mediation}
	})
}

func (p *play) find(s Story) {
	for i, point := range s.Points {
		p.plain(complaint.Find{N: i + 1, Finding: complaint.Finding{Outcome: point.Outcome, Evidence: point.Evidence, Basis: point.Basis, Explanation: point.Explanation}})
	}
	p.plain(complaint.FindFault{Finding: s.Fault.finding()})
	p.step(complaint.Collect, "")
}

func (p *play) redress(s Story) {
	if len(s.Redress) == 0 {
		return
	}
	var items []complaint.Redress
	for _, r := range s.Redress {
		items = append(items, complaint.Redress{What: r.What, Amount: r.Amount, Text: r.Text})
	}
	p.plain(complaint.ProposeRedress{Items: items, Why: cmp.Or(s.Fault.Note, "依核查结论给予补救")})
	p.approve(cmp.Or(s.Approver, party.BranchLead))
}

func (p *play) perform(s Story) {
	for i := range s.Redress {
		p.add(party.Handler, func(_ complaint.Case, today calendar.Date) complaint.Command {
			return complaint.PerformRedress{N: i + 1, On: today, Proof: "履行凭证已归档"}
		})
	}
}

// transferred reports whether a sender waits for an answer.
func (s Story) transferred() bool {
	ch, _ := party.ChannelOf(s.Channel)
	return ch.Sender
}

func (p *play) answer(s Story) {
	if !s.transferred() {
		return
	}
	p.plain(complaint.IssueLetter{What: complaint.RegulatorResponse, Reference: 1, Title: complaint.Label("letter", string(complaint.RegulatorResponse), "zh")})
	p.add(party.Handler, func(c complaint.Case, today calendar.Date) complaint.Command {
		return complaint.AnswerReference{N: 1, On: today, Letter: len(c.Letters), Proof: "转办系统签收回执"}
	})
}

func (p *play) followUp(s Story) {
	p.add(party.Handler, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.RecordFollowUp{On: today, Reached: s.Satisfied > 0, Satisfaction: s.Satisfied, Comment: s.Comment}
	})
	p.step(complaint.FollowUpStep, s.Comment)
}

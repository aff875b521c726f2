package demo

import (
	"context"
	"fmt"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// arrive plans the registration. Call centre and portal work on every day.
func (l *life) arrive() {
	l.at = l.arrives
	l.act(l.registrar, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		l.register.ReceivedOn = t.app.Today()
		if !l.register.OwnDue.IsZero() {
			l.register.OwnDue = max(l.register.OwnDue, l.register.ReceivedOn)
		}
		r, err := t.app.Register(ctx, by, l.register)
		if err != nil {
			return err
		}
		l.id = r.ID
		return nil
	})
}

// handOver plans that the case reaches whoever is to handle it.
func (l *life) handOver() bool {
	if l.end < offered {
		return false
	}
	if l.registrar != l.owner && !l.counter() {
		l.wait(1)
		l.do(l.registrar, complaint.Assign{Unit: l.unit, Why: one(l.rng, []string{"属地办理", "请核实后办理", "涉及贵部门产品，请接收", "首问负责转办"})})
	}
	if l.end < accepted {
		return false
	}
	l.wait(2.5)
	l.do(l.owner, complaint.Accept{})
	l.read(l.owner)
	return true
}

// counter reports whether it was taken in face to face: then the unit that is
// responsible takes it over without being asked.
func (l *life) counter() bool { return l.register.Channel == "counter" }

// contact plans the first call and the three steps of a first talk.
func (l *life) contact() bool {
	if l.end < contacted {
		return false
	}
	l.wait(2)
	if l.rng.IntN(2) == 0 {
		l.reveal(l.owner)
	}
	if l.rng.IntN(6) == 0 {
		l.do(l.owner, complaint.RecordContact{Channel: "phone", Outbound: true, Summary: "两次拨打无人接听，已发短信说明将再次联系。"})
		l.wait(2)
	}
	l.do(l.owner, complaint.RecordContact{Channel: one(l.rng, []string{"phone", "phone", "phone", "visit", "online"}), Outbound: true, Reached: true, Summary: l.call, ReplyNext: l.promise})
	for _, s := range []complaint.Step{complaint.Listen, complaint.Calm, complaint.Apologise} {
		l.step(l.owner, s)
	}
	l.judge()
	if ch := l.register.Channel; ch == "letter" || ch == "petition" || ch == "court" || ch == "counter" && l.rng.IntN(3) == 0 {
		l.attach(l.owner, one(l.rng, []string{"来信扫描件.png", "投诉书.png", "业务凭证照片.png"}))
	}
	if !l.counter() && l.rng.IntN(8) == 0 {
		l.tell(l.owner, complaint.Acknowledgement, complaint.Sent)
	}
	return true
}

// step plans that a step is finished with its required lines ticked, others as it comes.
func (l *life) step(who party.PersonID, s complaint.Step) {
	var lines []string
	for _, k := range complaint.Guides()[s].Checks {
		if k.Required || l.rng.IntN(2) == 0 {
			lines = append(lines, k.ID)
		}
	}
	l.doing(who, func(c complaint.Case, _ calendar.Date) complaint.Command {
		if c.Steps[s].Done {
			return nil
		}
		return complaint.FinishStep{Step: s, Checked: lines}
	})
}

// proofs are what proves a notice of each mode.
var proofs = map[complaint.NoticeMode]string{
	complaint.HandedOver: "本人签收回执 第%06d号", complaint.Posted: "邮政特快专递 EX%09dCN", complaint.Sent: "短信平台回执 MSG%010d",
	complaint.Called: "录音编号 REC%08d", complaint.Unreachable: "三次拨打无人接听并发送短信，呼叫记录 CDR%08d",
}

// tell plans a letter and the proof that the consumer has it.
func (l *life) tell(who party.PersonID, kind complaint.LetterKind, mode complaint.NoticeMode) {
	l.letter(who, kind)
	l.wait(1)
	proof := fmt.Sprintf(proofs[mode], l.rng.IntN(1000000))
	l.doing(who, func(c complaint.Case, today calendar.Date) complaint.Command {
		g := complaint.GiveNotice{Letter: len(c.Letters), Mode: mode, On: today, Proof: proof}
		if mode == complaint.Unreachable {
			g.Attempts = 3 + len(proof)%2
		}
		return g
	})
}

// collect plans the findings.
func (l *life) collect() bool {
	if l.end < found {
		return false
	}
	l.wait(20)
	l.read(l.owner)
	l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		for _, p := range l.kase.Live() {
			c, err := t.app.Do(ctx, by, l.id, 0, complaint.Find{N: p.N, Finding: l.finding(p.N)})
			if err != nil {
				return err
			}
			l.kase = c
		}
		return nil
	})
	l.wait(2)
	codes := l.codes
	l.doing(l.owner, func(c complaint.Case, _ calendar.Date) complaint.Command {
		if c.Codes.Complete() {
			return nil
		}
		return complaint.Amend{Codes: &codes, Why: "核查后补充分类"}
	})
	l.step(l.owner, complaint.Collect)
	fault := l.fault
	l.do(l.owner, complaint.FindFault{Finding: fault})
	return true
}

// decide plans redress and decision, each with its approval.
func (l *life) decide() bool {
	if l.end < asked {
		return false
	}
	l.wait(4)
	if len(l.redress) > 0 && l.end > asked {
		l.propose(l.owner, l.redress, "依核查结论和本行补偿标准")
		l.approve(l.grantor(l.refunded()))
	}
	l.step(l.owner, complaint.Propose)
	l.wait(4)
	l.do(l.owner, complaint.ProposeDecision{Text: l.decision})
	if l.end < decided {
		return false
	}
	l.read(l.staff.lead(l.unit))
	l.approve(l.staff.lead(l.unit))
	return true
}

// approve plans that the last request is granted.
func (l *life) approve(who party.PersonID) {
	l.wait(3)
	note := one(l.rng, []string{"同意", "同意，请尽快告知消费者", "同意。注意说明救济途径", ""})
	l.doing(who, func(c complaint.Case, _ calendar.Date) complaint.Command {
		return complaint.Approve{N: len(c.Approvals), Note: note}
	})
}

// sendBack plans that the last request is returned.
func (l *life) sendBack(who party.PersonID, why string) {
	l.wait(3)
	l.doing(who, func(c complaint.Case, _ calendar.Date) complaint.Command {
		return complaint.ReturnApproval{N: len(c.Approvals), Why: why}
	})
}

// grantor is who may approve a redress of a sum in fen, by the default authority limits.
func (l *life) grantor(fen int64) party.PersonID {
	switch {
	case fen > 2_000_000:
		return l.staff.executive()
	case fen > 200_000:
		return l.staff.office(l.unit)
	}
	return l.staff.lead(l.unit)
}

// notify plans that the consumer is told the decision and every sender answered.
func (l *life) notify(mode complaint.NoticeMode) bool {
	if l.end < noticed {
		return false
	}
	l.wait(3)
	if mode == complaint.Unreachable {
		l.do(l.owner, complaint.RecordContact{Channel: "phone", Outbound: true, Summary: "拨打登记电话，提示已停机。"})
	}
	l.tell(l.owner, complaint.DecisionLetter, mode)
	l.step(l.owner, complaint.Agree)
	l.wait(6)
	l.perform()
	l.answer(l.owner)
	return true
}

// perform plans that what was promised is given.
func (l *life) perform() {
	proof := fmt.Sprintf("转账流水 %012d", l.rng.Int64N(1e12))
	l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		for _, r := range l.kase.Redress {
			if !r.PerformedOn.IsZero() {
				continue
			}
			c, err := t.app.Do(ctx, by, l.id, 0, complaint.PerformRedress{N: r.N, On: t.app.Today(), Proof: proof})
			if err != nil {
				return err
			}
			l.kase = c
		}
		return nil
	})
}

// answer plans that every sender who waits is answered, those included whose
// letters came by a merge.
func (l *life) answer(who party.PersonID) {
	l.wait(2)
	proof := fmt.Sprintf("转办系统回执 %08d", l.rng.IntN(100000000))
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		for _, r := range l.kase.LiveReferences() {
			if r.Sender == "" || !r.AnsweredOn.IsZero() {
				continue
			}
			if err := l.reply(ctx, t, by, r, complaint.AnswerReference{N: r.N, On: t.app.Today(), Proof: proof}); err != nil {
				return err
			}
		}
		return nil
	})
}

// reply answers one sender: a regulator by letter, others in the system that they
// sent it through.
func (l *life) reply(ctx context.Context, t *teller, by party.Actor, r complaint.Reference, answer complaint.AnswerReference) error {
	if ch, ok := party.ChannelOf(r.Channel); ok && ch.Regulator {
		c, err := t.app.IssueLetter(ctx, by, l.id, 0, complaint.RegulatorResponse, r.N)
		if err != nil {
			return err
		}
		answer.Letter = len(c.Letters)
	}
	c, err := t.app.Do(ctx, by, l.id, 0, answer)
	if err == nil {
		l.kase = c
	}
	return err
}

// finish plans follow-up and closing.
func (l *life) finish() {
	if l.end < closed {
		return
	}
	l.wait(30)
	score := one(l.rng, []int{5, 5, 5, 4, 4, 4, 3, 3, 2, 1})
	reached := l.rng.IntN(10) > 0
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		f := complaint.RecordFollowUp{On: today, Reached: reached, Comment: l.comment}
		if reached {
			f.Satisfaction = score
		} else {
			f.Comment = "三次回访未接通，已短信告知可随时来电评价。"
		}
		return f
	})
	l.step(l.owner, complaint.FollowUpStep)
	l.wait(3)
	l.close(l.owner)
}

// close plans the closing.
func (l *life) close(who party.PersonID) { l.do(who, complaint.Close{}) }

// ordinary plans the whole way of most complaints.
func (l *life) ordinary(mode complaint.NoticeMode) {
	l.arrive()
	if l.handOver() && l.contact() && l.collect() && l.decide() && l.notify(mode) {
		l.finish()
	}
}

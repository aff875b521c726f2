package demo

import (
	"context"
	"fmt"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// fate is what is special about a life. It plans all steps.
type fate func(l *life)

// plain is the usual way, told in the mode given.
func plain(mode complaint.NoticeMode) fate { return func(l *life) { l.ordinary(mode) } }

// rest plans findings to closing, after what was special.
func (l *life) rest(mode complaint.NoticeMode) {
	if l.collect() && l.decide() && l.notify(mode) {
		l.finish()
	}
}

// start plans everything up to the first contact.
func (l *life) start() bool {
	l.arrive()
	return l.handOver() && l.contact()
}

// regime is the ladder of limits that the channel follows.
func (l *life) regime() string {
	ch, _ := party.ChannelOf(l.register.Channel)
	return ch.Regime
}

// onDay moves the plan to a day after the arrival.
func (l *life) onDay(n int) {
	day := calendar.FromTime(l.arrives).AddDays(n).Time().Add(hours(opens + l.rng.Float64()*4))
	if day.After(l.at) {
		l.at = day
	}
	l.at = office(l.cal, l.at)
}

// extended asks for the complex step; special asks for the last one too.
func extended(special, returned bool) fate {
	return func(l *life) {
		if l.regime() == "pbc" {
			pbcExtended(l)
			return
		}
		if !l.start() {
			return
		}
		l.onDay(7)
		if returned {
			l.do(l.owner, complaint.Extend{Regime: l.regime(), Why: "工作安排原因"})
			l.sendBack(l.staff.lead(l.unit), "理由不充分：人手紧张不属于情况复杂，请写明需要查证的事项。")
			l.wait(2)
		}
		l.do(l.owner, complaint.Extend{Regime: l.regime(), Why: "涉及三年前的业务记录和已离职人员，需向档案库调取原始凭证。"})
		if l.end == asked {
			return
		}
		l.approve(l.staff.lead(l.unit))
		l.tell(l.owner, complaint.ExtensionLetter, complaint.Sent)
		if special {
			l.onDay(22)
			l.do(l.owner, complaint.Extend{Regime: l.regime(), Why: "须等待合作机构提供交易对手材料，属于特别复杂情形。"})
			l.approve(l.staff.superior(l.unit))
			l.tell(l.owner, complaint.ExtensionLetter, complaint.Posted)
			l.wait(40)
		}
		l.wait(24)
		l.rest(complaint.Posted)
	}
}

// pbcExtended asks the head of complaint work for the long limit of the central bank.
func pbcExtended(l *life) {
	if !l.start() {
		return
	}
	l.onDay(7)
	l.do(l.owner, complaint.Extend{Regime: "pbc", Why: "需向清算机构调取跨行报文，情况复杂。"})
	if l.end == asked {
		return
	}
	l.approve(l.staff.office(l.unit))
	l.tell(l.owner, complaint.ExtensionLetter, complaint.Sent)
	l.wait(40)
	l.rest(complaint.Posted)
}

// appraised leaves out the days of an external appraisal.
func appraised(l *life) {
	if !l.start() {
		return
	}
	l.wait(6)
	body := one(l.rng, vocabulary().Appraisers)
	days := 10 + l.rng.IntN(8)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.StartExclusion{What: complaint.Appraisal, From: today, ExpectedTo: today.AddDays(days + 2), Body: body, Why: "消费者对凭证签名真实性有异议，双方同意委托鉴定。"}
	})
	l.tell(l.owner, complaint.ExclusionLetter, complaint.Sent)
	if l.end == contacted {
		return
	}
	l.sleep(float64(days))
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.EndExclusion{N: 1, To: today, Result: "鉴定意见：签名系本人书写。"}
	})
	l.rest(complaint.HandedOver)
}

// mediated goes to a mediation body; settled ends with an agreement that a court confirmed.
func mediated(settled bool) fate {
	return func(l *life) {
		if !l.start() {
			return
		}
		l.wait(8)
		body, number := one(l.rng, vocabulary().Mediators), fmt.Sprintf("调字%04d号", l.rng.IntN(10000))
		l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
			return complaint.StartExclusion{What: complaint.Mediation, From: today, ExpectedTo: today.AddDays(20), Body: body, Consent: true, Number: number, Why: "双方同意共同申请调解。"}
		})
		l.tell(l.owner, complaint.ExclusionLetter, complaint.Sent)
		if l.end == contacted {
			return
		}
		l.sleep(12 + l.rng.Float64()*5)
		end := complaint.EndExclusion{N: 1, Result: "双方分歧较大，调解终止。"}
		if settled {
			end.Result, end.Settled, end.Enforceable = "达成调解协议，经人民法院司法确认，具有强制执行效力。", true, true
		}
		l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command { end.To = today; return end })
		l.rest(complaint.HandedOver)
	}
}

// withdrawn ends on the day the consumer takes it back; a sender is still answered.
func withdrawn(l *life) {
	if !l.start() {
		return
	}
	l.wait(14)
	how := one(l.rng, complaint.WithdrawalModes)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.Withdraw{On: today, How: how, Why: one(l.rng, []string{"问题已经解决", "与网点达成一致", "消费者表示是误会"})}
	})
	l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		if l.kase.State == complaint.Closed {
			l.over = true
		}
		return nil
	})
	l.wait(2)
	l.tell(l.owner, complaint.WithdrawalLetter, complaint.Sent)
	l.answer(l.owner)
	l.wait(1)
	l.close(l.owner)
}

// refused is not handled: nobody entitled raised it.
func refused(l *life) {
	if !l.start() {
		return
	}
	l.wait(10)
	l.do(l.owner, complaint.Refuse{Reason: "not_entitled", Text: "经与账户本人核实，其未委托他人投诉，也不知情；来件所附授权书签名系伪造。"})
	if l.end == asked {
		return
	}
	l.approve(l.staff.lead(l.unit))
	if l.end < noticed {
		return
	}
	l.wait(3)
	l.tell(l.owner, complaint.NotHandledLetter, complaint.Posted)
	l.answer(l.owner)
	l.wait(2)
	l.close(l.owner)
}

// otherMatter is a consultation, suggestion, report or petition.
func otherMatter(l *life) {
	l.arrive()
	if !l.handOver() || l.end < found {
		return
	}
	l.wait(12)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.AnswerOther{On: today, Text: l.decision}
	})
	l.answer(l.owner)
	l.wait(6)
	if l.end == closed {
		l.close(l.owner)
	}
}

// reclassified came in as a consultation and turned out to be a complaint.
func reclassified(l *life) {
	l.register.Nature = complaint.Consultation
	l.arrive()
	if !l.handOver() {
		return
	}
	l.wait(2)
	l.do(l.owner, complaint.Reclassify{Nature: complaint.Complaint, Why: "来电人提出了退费的民事主张，属于消费投诉。"})
	if l.contact() {
		l.rest(complaint.Called)
	}
}

// reexamined is taken to the superior unit after the decision.
func reexamined(changed bool) fate {
	return func(l *life) {
		l.ordinary(complaint.Posted)
		if l.end < closed {
			return
		}
		l.sleep(5)
		up := l.staff.superior(l.unit)
		l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
			return complaint.RequestReexam{On: today, Grounds: "对核查结论不服，认为录像时段不完整，请求上级机构重新核查。"}
		})
		l.wait(5)
		l.do(up, complaint.Accept{})
		l.wait(30)
		d := complaint.DecideReexam{N: 1, Process: "原处理过程完整，逐项听取了双方意见。", InTime: "原处理在规定期限内作出并告知。", Decision: "维持原处理决定。"}
		if changed {
			d = complaint.DecideReexam{N: 1, Changed: true, Process: "补充调取了相邻机位录像，原核查遗漏该证据。", InTime: "期限符合规定。", Decision: "变更原结论为属实，责成原机构向消费者致歉并补偿。"}
		}
		l.do(up, d)
		l.wait(4)
		l.tell(up, complaint.ReexamLetter, complaint.Posted)
		l.wait(6)
		l.close(up)
	}
}

// reopened is taken up again after its end.
func reopened(l *life) {
	end := l.end
	l.end = closed
	l.ordinary(complaint.Called)
	l.end = end
	l.sleep(6)
	lead := l.staff.lead(l.unit)
	l.doing(lead, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.Reopen{On: today, Why: "消费者提供了新的转账凭证，需要重新核查。"}
	})
	l.wait(4)
	l.do(l.owner, complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "收到新凭证，已说明将重新核查。"})
	l.redress = nil
	l.rest(complaint.Posted)
}

// supervised is reminded, ordered to report and brought to the superior's notice.
func supervised(l *life) {
	if !l.start() {
		return
	}
	l.onDay(6)
	l.do(l.staff.office(headOffice), complaint.Remind{How: "remind", Text: "消费者再次来电询问进展，请尽快联系。"})
	l.wait(6)
	l.doing(l.staff.office(headOffice), func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.Remind{How: "supervise", Due: today.AddDays(3), Text: "请于三日内报告核查情况和拟处理意见。"}
	})
	if l.end == contacted {
		return
	}
	l.wait(8)
	l.do(l.owner, complaint.AnswerSupervision{Text: "已完成录像调取，拟于本周内提出处理决定。"})
	l.rest(complaint.Called)
}

// declined is sent back once and goes to another unit.
func declined(l *life) {
	l.arrive()
	l.wait(1)
	wrong := l.staff.handler("010020", 0)
	l.do(l.registrar, complaint.Assign{Person: wrong, Why: "请核实"})
	l.wait(3)
	l.do(wrong, complaint.Decline{Why: "不涉及本部门产品，请转属地分行。"})
	if l.handOver() && l.contact() {
		l.rest(complaint.Sent)
	}
}

// restarted brings new facts: the limit runs anew.
func restarted(l *life) {
	if !l.start() {
		return
	}
	l.onDay(5)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.AddFacts{On: today, Restart: true, Text: "消费者补充提交当日通话录音和聊天截图，主张经办人员曾书面承诺。"}
	})
	l.do(l.owner, complaint.AddPoint{Text: "经办人员曾作出书面承诺"})
	l.rest(complaint.HandedOver)
}

// agreed is decided on a day that both sides chose.
func agreed(l *life) {
	if !l.start() {
		return
	}
	l.onDay(6)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.AgreeDate{Due: today.AddDays(16), Proof: "双方签署的约定答复时间确认书"}
	})
	l.do(l.owner, complaint.AddNote{Text: "消费者出差，希望回来后当面沟通。"})
	l.wait(20)
	l.rest(complaint.HandedOver)
}

// disputed goes on to arbitration or court after the decision.
func disputed(rung complaint.Rung, body string) fate {
	return func(l *life) {
		end := l.end
		l.end = noticed
		l.ordinary(complaint.Posted)
		l.sleep(6)
		number := fmt.Sprintf("（示例）字第%04d号", l.rng.IntN(10000))
		l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
			return complaint.ClimbLadder{Rung: rung, Body: body, Number: number, On: today, Why: "消费者不服处理决定，另行主张。"}
		})
		if l.end = end; end < closed {
			return
		}
		l.sleep(25)
		l.doing(l.owner, func(c complaint.Case, today calendar.Date) complaint.Command {
			return complaint.EndLadder{N: len(c.Ladder), On: today, Settled: true, Enforceable: true, Result: "已作出生效文书，双方按文书履行完毕。"}
		})
		l.finish()
	}
}

// divided lets the part that is no complaint go on by itself (art. 32).
func divided(nature complaint.Nature, part string) fate {
	return func(l *life) {
		if !l.start() {
			return
		}
		l.wait(3)
		var child complaint.ID
		l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
			r, err := t.app.Split(ctx, by, l.id, 0, app.SplitInput{Nature: nature, Text: part, Why: "来件同时包含其他事项，依第三十二条分别办理。"})
			child = r.ID
			return err
		})
		l.wait(4)
		l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
			_, err := t.app.Do(ctx, by, child, 0, complaint.Accept{})
			return err
		})
		if l.end >= found {
			l.wait(10)
			l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
				_, err := t.app.Do(ctx, by, child, 0, complaint.AnswerOther{On: t.app.Today(), Text: "该事项已转有权部门按相应程序办理，并告知提出人。"})
				return err
			})
		}
		l.rest(complaint.Sent)
	}
}

// major is a joint complaint of many in person: it is reported at once (art. 29).
func major(l *life) {
	l.arrive()
	if !l.handOver() {
		return
	}
	l.wait(1)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.ReportMajor{On: today, To: "总行消费者权益保护部、属地监管局", Proof: "重大事项报告 示报字第1号"}
	})
	if l.contact() {
		l.rest(complaint.HandedOver)
	}
}

// recused has somebody kept away whose interest shows on the way (art. 17).
func recused(l *life) {
	if !l.start() {
		return
	}
	l.wait(3)
	l.do(l.staff.lead(l.unit), complaint.Recuse{Person: l.staff.handler("010020", 0), Why: "与投诉人系亲属"})
	l.rest(complaint.Posted)
}

// joins merges this arrival into the case of an earlier one.
func joins(first *life) fate {
	return func(l *life) {
		l.arrive()
		l.wait(3)
		l.act(l.staff.office(headOffice), func(ctx context.Context, t *teller, l *life, by party.Actor) error {
			return t.app.Merge(ctx, by, l.id, first.id, "同一投诉人就同一事项多头反映，合并办理。")
		})
	}
}

// gathers waits for the other arrivals before it goes on.
func gathers(days int) fate {
	return func(l *life) {
		if !l.start() {
			return
		}
		l.onDay(days)
		l.wait(10)
		// What came in meanwhile is on the case now.
		l.doing(l.owner, func(complaint.Case, calendar.Date) complaint.Command {
			return complaint.AddNote{Text: "同一事项多渠道来件已合并，统一核查、分别答复。"}
		})
		l.rest(complaint.Posted)
	}
}

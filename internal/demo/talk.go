package demo

import (
	"context"
	"errors"
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// propose plans a redress. Where like cases were given something else the reason
// is added, as a person would whom the form asks for it.
func (l *life) propose(who party.PersonID, items []complaint.Redress, why string) {
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		cmd := complaint.ProposeRedress{Items: items, Why: why}
		c, err := t.app.Do(ctx, by, l.id, 0, cmd)
		if asksWhy(err) {
			cmd.Deviation = "本件实际损失已逐笔核实，与同类案件金额构成不同。"
			c, err = t.app.Do(ctx, by, l.id, 0, cmd)
		}
		if err == nil {
			l.kase = c
		}
		return err
	})
}

// asksWhy reports whether a redress was refused for want of the reason of its deviation.
func asksWhy(err error) bool {
	var e *fault.Error
	return errors.As(err, &e) && slices.ContainsFunc(e.Violations, func(v fault.Violation) bool { return v.Field == "deviation" })
}

// negotiated talks over several rounds; settled ends with an accepted offer, else
// the last one was refused and the talk is stuck.
func negotiated(settled bool) fate {
	return func(l *life) {
		if !l.start() {
			return
		}
		opening := max(l.amount, 120_000)
		give := opening / 5 / 10_000 * 10_000
		l.wait(6)
		l.do(l.owner, complaint.PlanTalk{Opening: opening, OpeningText: l.register.Demand, Floor: opening / 4, FloorText: "两次通话都提到“至少把多收的退给我”，没有再坚持全额。",
			Interests: []string{"要一个说法，不是自己理解错了", "不想再请假跑网点"},
			Options: []complaint.Option{{Title: "退还核实的差额", Amount: give, Benefit: "三个工作日内到账，不用再来网点", Basis: "核查结论和本行收费减免规定"},
				{Title: "减免一年相关费用并更换服务人员", Amount: give / 2, Benefit: "今后一年不再为这项费用操心", Basis: "优惠减免管理办法"}},
			Concessions: []complaint.Concession{{Give: "由负责人当面致歉", Get: "双方确认事实经过"}, {Give: "差额连同利息一并退还", Get: "同意按本方案了结"}}})
		round := func(r complaint.RecordRound) {
			l.wait(5)
			l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command { r.On = today; return r })
		}
		round(complaint.RecordRound{Ask: "要求全额退还并赔偿误工", AskAmount: opening, Response: complaint.TalkHeard, Note: "先听完，复述诉求得到确认。"})
		round(complaint.RecordRound{Ask: "可以少一点，但要有书面说法", AskAmount: opening / 2, Offer: "退还核实的差额，或者减免一年费用，二选一", OfferAmount: give, Subject: true, Response: complaint.TalkCounter})
		if settled {
			round(complaint.RecordRound{Ask: "差额连同利息一起退就算了", AskAmount: give, Offer: "差额连同利息一并退还，负责人当面致歉", OfferAmount: give, Subject: true, Response: complaint.TalkAccepted})
			l.rest(complaint.HandedOver)
			return
		}
		round(complaint.RecordRound{Ask: "不接受，坚持一半", AskAmount: opening / 2, Offer: "差额连同利息一并退还，负责人当面致歉", OfferAmount: give, Subject: true, Response: complaint.TalkRefused, Note: "对方说会咨询律师，已告知调解途径。"})
	}
}

// escalating grows angrier from call to call; a person sets one level by a reason.
func escalating(l *life) {
	if !l.start() {
		return
	}
	call := func(text string) {
		l.wait(7)
		l.do(l.staff.office(headOffice), complaint.RecordContact{Channel: "phone", Reached: true, Summary: text})
	}
	call("消费者来电催问：“说好三天给我回话的，现在还没有人理我。”")
	call("消费者再次来电：“我说话客气，也不想闹到12378，可是你们再拖我就没办法了。你们的话我都录音了。”")
	call("消费者来电：“限你们明天之前给我答复，否则我就发抖音，让大家评评理。”")
	l.wait(1)
	l.do(l.staff.lead(l.unit), complaint.AckForecast{Of: complaint.ToMedia, Shown: complaint.LevelHigh, Points: 60, Level: complaint.LevelWatch, Why: "已由负责人回电，消费者同意等到约定日期，暂不发布。"})
}

// organised is a letter that reads like others, sent by one representative for
// people who do not know each other.
func organised(_ *planner, l *life) {
	d := &l.register
	d.Representative = &complaint.Representative{Kind: complaint.Agent, Name: "宋立新", Phone: "13600138000", Proof: "授权委托书原件"}
	d.Vulnerable, d.Points, d.Requests = nil, []string{"销售时夸大收益、隐瞒犹豫期", "未如实告知退保损失"}, []string{"surrender", "refund"}
	d.Codes = complaint.Codes{Product: "agency_insurance", Reason: "sales"}
	d.Narrative = "贵行在销售过程中存在夸大收益、隐瞒犹豫期以及未如实告知退保损失的行为，违反了相关规定，严重侵害本人知情权。综上所述，请求贵行依法全额退还已交保费。本人不接受电话沟通，请只与受托人联系并以书面形式回复处理结果。"
	d.Demand = "全额退还保费，书面答复"
}

// suspected is a case with a suspicion: proposed, then as the second person sees it.
func suspected(verdict complaint.Command) fate {
	return func(l *life) {
		l.end = contacted
		if !l.start() {
			return
		}
		l.wait(3)
		l.do(l.owner, complaint.FlagAgent{Signs: []string{"same_wording", "many_cases", "template", "no_talk"}, Why: "近期多件投诉措辞相同，受托人为同一人，尚未与本人通话核实。"})
		if verdict == nil {
			return
		}
		l.wait(4)
		l.do(l.staff.lead(l.unit), verdict)
	}
}

package demo

import (
	"fmt"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// sender writes who transferred it, with a number and mostly with a date of its own.
func (p *planner) sender(l *life, region string) {
	d := &l.register
	n, year := p.rng.IntN(100000), calendar.FromTime(l.arrives).Year()
	own := 0
	switch d.Channel {
	case "nfra":
		d.Sender, d.SenderNumber, own = "国家金融监督管理总局"+region+"监管局", fmt.Sprintf("12378-%d-%06d", year, n), 10+p.rng.IntN(4)
	case "pbc":
		d.Sender, d.SenderNumber, own = "中国人民银行"+region+"分行", fmt.Sprintf("12363-%d-%06d", year, n), 13
	case "hotline_12345":
		d.Sender, d.SenderNumber, own = region+"12345政务服务便民热线", fmt.Sprintf("GD%d%06d", year, n), 7
	case "petition":
		d.Sender, d.SenderNumber, own = region+"示例区信访局", fmt.Sprintf("信转〔%d〕%d号", year, n%1000), 20
	case "association":
		d.Sender, d.SenderNumber, own = region+"消费者权益保护委员会", fmt.Sprintf("消协%d-%05d", year, n), 10
	case "court":
		d.Sender, d.SenderNumber = "示例区人民法院", fmt.Sprintf("（%d）示诉前调%d号", year, n%10000)
	case "media":
		d.Sender, d.SenderNumber = one(p.rng, vocabulary().Media), fmt.Sprintf("采访函%d-%d", year, n%1000)
	}
	if own > 0 && p.rng.IntN(5) > 0 {
		d.OwnDue = calendar.FromTime(l.arrives).AddDays(own)
	}
}

// place says who takes it in and who is to handle it.
func (p *planner) place(l *life, w wish, about party.UnitID) {
	n := p.rng.IntN(1 << 20)
	blamed := p.rng.IntN(5) == 0
	branch := p.staff.tree.Superior(about)
	switch {
	case w.unit != "":
		l.unit = w.unit
	case l.codes.Product == "credit_card" && w.channel != "counter" && p.rng.IntN(4) > 0:
		l.unit = cardCentre
	case blamed || p.rng.IntN(2) == 0:
		l.unit = branch
	case w.channel != "counter" && p.rng.IntN(8) == 0:
		l.unit = consumerOffice
	default:
		l.unit = about
	}
	if blamed && !p.staff.tree.Within(l.unit, about) {
		l.register.Respondents = []complaint.Respondent{{Unit: about}}
	}
	l.owner = p.staff.handler(l.unit, n)
	switch w.channel {
	case "counter":
		l.registrar = p.staff.handler(about, n)
		l.register.Unit = l.unit
		if l.unit == about {
			l.registrar = l.owner
		}
	case "nfra", "pbc", "petition", "court", "association":
		l.registrar = p.staff.handler(consumerOffice, 1)
	default:
		l.registrar = p.staff.handler(consumerOffice, n)
	}
}

// showToday plans what a reader of today's worklist must find: due today and
// soon, overdue, waiting to be accepted, waiting for approval, just arrived.
func (p *planner) showToday() {
	way := plain(complaint.Called)
	for _, w := range []wish{
		{channel: "phone", ago: 15, end: contacted}, {channel: "app", ago: 15, end: found}, {channel: "phone", ago: 15, end: asked}, {channel: "web", ago: 15, end: decided},
		{channel: "app", ago: 14, end: found}, {channel: "phone", ago: 14, end: contacted}, {channel: "phone", ago: 13, end: asked}, {channel: "web", ago: 13, end: decided}, {channel: "nfra", ago: 12, end: found},
		{channel: "phone", ago: 17, end: contacted}, {channel: "app", ago: 18, end: found}, {channel: "phone", ago: 20, end: found}, {channel: "nfra", ago: 22, end: found}, {channel: "phone", ago: 24, end: asked}, {channel: "web", ago: 29, end: contacted}, {channel: "hotline_12345", ago: 36, end: decided},
		{channel: "phone", ago: 1, end: offered}, {channel: "app", ago: 2, end: offered}, {channel: "nfra", ago: 3, end: offered}, {channel: "phone", ago: 4, end: offered}, {channel: "email", ago: 3, end: offered}, {channel: "phone", ago: 5, end: accepted}, {channel: "web", ago: 4, end: accepted},
		{channel: "phone", ago: 9, end: asked}, {channel: "app", ago: 8, end: asked}, {channel: "phone", ago: 10, end: asked}, {channel: "counter", ago: 9, end: asked},
		{channel: "phone", ago: 9, end: asked, fate: extended(false, false)}, {channel: "nfra", ago: 10, end: asked, fate: extended(false, false)}, {channel: "pbc", ago: 10, end: asked, fate: pbcExtended},
		{channel: "phone", ago: 8, end: asked, fate: refused}, {channel: "web", ago: 9, end: asked, fate: refused},
		{channel: "phone", ago: 8, fate: awaitsRedress}, {channel: "app", ago: 9, fate: awaitsRedress}, {channel: "phone", ago: 7, fate: awaitsRedress},
		{channel: "phone", ago: 9, end: contacted, fate: appraised}, {channel: "counter", ago: 12, end: contacted, fate: mediated(true)}, {channel: "nfra", ago: 10, end: contacted, fate: supervised}, {channel: "phone", ago: 10, end: contacted, fate: supervised},
		{channel: "phone", ago: 8, fate: negotiated(false)}, {channel: "phone", ago: 10, fate: escalating},
		{channel: "letter", ago: 9, shape: organised, fate: suspected(complaint.ConfirmAgent{Note: "同意，按规定照常办理"})}, {channel: "letter", ago: 8, shape: organised, fate: suspected(nil)},
		{channel: "email", ago: 7, shape: organised, fate: suspected(complaint.LiftAgent{Why: "本人到网点确认委托，内容属实。"})},
		{channel: "phone", ago: 12, end: noticed}, {channel: "app", ago: 13, end: noticed}, {channel: "phone", ago: 9, fate: awaitsTelling}, {channel: "app", ago: 12, fate: awaitsTelling},
	} {
		if w.pace = 0.5; w.fate == nil {
			w.fate = way
		}
		if len(p.lives) < p.cases {
			p.add(w)
		}
	}
	for i, ch := range []party.ChannelID{"phone", "app", "web", "phone", "app", "email", "phone", "app", "phone", "web", "phone"} {
		if len(p.lives) < p.cases {
			p.add(wish{channel: ch, ago: i / 6, fate: way})
		}
	}
}

// special plans each kind of turn that a complaint may take, some long ago and
// ended, some under way.
func (p *planner) special() {
	branch, sub := party.UnitID("0131"), party.UnitID("011002")
	for _, s := range []struct {
		n int
		w wish
	}{
		{13, wish{fate: extended(false, false)}}, {6, wish{fate: extended(false, true)}}, {5, wish{fate: extended(true, false)}},
		{5, wish{channel: "pbc", fate: pbcExtended}}, {6, wish{fate: appraised}}, {6, wish{fate: mediated(true)}}, {5, wish{channel: "phone", fate: negotiated(true)}}, {4, wish{fate: mediated(false)}},
		{8, wish{fate: withdrawn}}, {4, wish{channel: "nfra", fate: withdrawn}}, {3, wish{channel: "hotline_12345", fate: withdrawn}}, {5, wish{fate: refused}},
		{27, wish{shape: asMatter, fate: otherMatter}}, {4, wish{channel: "phone", fate: reclassified}},
		{4, wish{unit: branch, fate: reexamined(false)}}, {4, wish{unit: sub, fate: reexamined(true)}}, {5, wish{fate: reopened}}, {6, wish{channel: "phone", fate: supervised}},
		{5, wish{channel: "phone", fate: declined}}, {6, wish{fate: restarted}}, {5, wish{fate: agreed}},
		{2, wish{fate: disputed(complaint.RungArbitration, "示例仲裁委员会")}}, {3, wish{fate: disputed(complaint.RungLitigation, "示例区人民法院")}},
		{3, wish{fate: divided(complaint.Report, "同时举报该网点外有人发放代理退保小广告。")}}, {2, wish{fate: divided(complaint.Consultation, "另询问存量房贷利率调整办法。")}},
		{1, wish{channel: "counter", ago: 6, shape: jointly(26), fate: major}}, {1, wish{channel: "counter", ago: 70, shape: jointly(31), fate: major}},
		{4, wish{channel: "counter", shape: jointly(5), fate: plain(complaint.HandedOver)}}, {3, wish{unit: branch, fate: recused}},
		{2, wish{channel: "court", fate: plain(complaint.Posted)}}, {2, wish{channel: "media", fate: plain(complaint.Called)}},
		{3, wish{channel: "petition", fate: plain(complaint.Posted)}}, {3, wish{channel: "association", fate: plain(complaint.Posted)}},
	} {
		for i := range s.n {
			w := s.w
			if w.ago == 0 {
				w.ago = 3 + (p.days-5)*(i*2+1)/(s.n*2) // spread over the whole time
			}
			p.add(w)
		}
	}
}

// awaitsRedress ends with a request for redress that waits for approval.
func awaitsRedress(l *life) {
	if !l.start() || !l.collect() {
		return
	}
	l.wait(3)
	items := l.redress
	if len(items) == 0 {
		items = []complaint.Redress{{What: "goodwill", Amount: 20000, Text: "交通费和误工补偿200元"}}
	}
	l.propose(l.owner, items, "事实清楚，建议先行补偿以化解争议。")
}

// awaitsTelling has an exclusion that the consumer still has to be told of.
func awaitsTelling(l *life) {
	l.end = contacted
	if !l.start() {
		return
	}
	l.wait(3)
	l.doing(l.owner, func(_ complaint.Case, today calendar.Date) complaint.Command {
		return complaint.StartExclusion{What: complaint.Appraisal, From: today, ExpectedTo: today.AddDays(20), Body: vocabulary().Appraisers[0], Why: "委托鉴定凭证签名。"}
	})
}

// asMatter makes it a matter that is no complaint.
func asMatter(p *planner, l *life) {
	m := tales().Matter[p.matters%len(tales().Matter)]
	p.matters++
	d := &l.register
	d.Nature, d.Narrative, d.Demand, d.Requests, d.Points, d.Amount = m.Nature, m.Text, "", nil, nil, 0
	d.Codes = complaint.Codes{Product: m.Product, Reason: "other"}
	d.Respondents, d.Representative, l.redress, l.decision = nil, nil, nil, m.Answer
}

// jointly makes it a complaint of so many people in person.
func jointly(count int) func(*planner, *life) {
	return func(p *planner, l *life) {
		j := &complaint.Joint{Count: count}
		for range min(count, 2+p.rng.IntN(4)) {
			j.Representatives = append(j.Representatives, consumer(p.rng, false).Name)
		}
		l.register.Joint, l.register.Representative = j, nil
	}
}

// gather plans grievances that arrive three to five times on different channels
// and become one case.
func (p *planner) gather() {
	for i, channels := range [][]party.ChannelID{{"phone", "nfra", "hotline_12345"}, {"app", "pbc", "nfra", "association"}, {"phone", "web", "nfra", "petition", "hotline_12345"},
		{"counter", "phone", "nfra"}, {"web", "hotline_12345", "media"}, {"phone", "nfra", "email", "pbc"}} {
		ago := 9 + i*16
		first := p.add(wish{channel: channels[0], ago: ago, pace: 0.8, fate: gathers(len(channels) + 1)})
		for k, ch := range channels[1:] {
			p.add(wish{channel: ch, ago: ago - k - 1, fate: joins(first), shape: func(p *planner, l *life) { sameGrievance(l, first) }})
		}
	}
}

// sameGrievance makes an arrival one of the same person about the same thing.
func sameGrievance(l, first *life) {
	d, same := &l.register, first.register
	d.Complainant, d.Codes, d.Amount, d.Demand, d.Requests, d.Points = same.Complainant, same.Codes, same.Amount, same.Demand, same.Requests, same.Points
	d.Representative, d.Vulnerable, d.Respondents = same.Representative, same.Vulnerable, same.Respondents
	d.Narrative = one(l.rng, []string{"已经打过电话，没有结果，再次反映：", "来件转述：", ""}) + same.Narrative
}

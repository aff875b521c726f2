package complaint_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/regulation"
)

var twoOptions = []complaint.Option{
	{Title: "退还差额", Amount: 50_000, Benefit: "三日内到账", Basis: "收费标准第三条"},
	{Title: "减免次年年费", Amount: 30_000, Benefit: "不用再跑网点", Basis: "优惠减免办法第二条"},
}

// S1.3, S1.4: opening ask, floor, interests; one option is no choice.
func TestNegotiationSheet(t *testing.T) {
	d := started(t, "2026-03-02")
	for _, test := range []struct {
		name string
		cmd  complaint.PlanTalk
		want string
	}{
		{"empty", complaint.PlanTalk{}, "请填写对方的诉求"},
		{"one option", complaint.PlanTalk{OpeningText: "退费", Options: twoOptions[:1]}, "消费者就没有选择"},
		{"option without basis", complaint.PlanTalk{OpeningText: "退费", Options: []complaint.Option{twoOptions[0], {Title: "道歉", Benefit: "被尊重"}}}, "请填写依据"},
		{"option without benefit", complaint.PlanTalk{OpeningText: "退费", Options: []complaint.Option{twoOptions[0], {Title: "道歉", Basis: "规范"}}}, "请填写对消费者的好处"},
		{"floor above the ask", complaint.PlanTalk{Opening: 1000, Floor: 2000, FloorText: "x"}, "底线高于"},
		{"floor without ground", complaint.PlanTalk{Opening: 2000, Floor: 1000}, "请填写底线的判断依据"},
		{"negative", complaint.PlanTalk{Opening: -1, OpeningText: "x"}, "不能为负数"},
		{"concession without content", complaint.PlanTalk{OpeningText: "x", Concessions: []complaint.Concession{{Get: "撤回"}}}, "可以让步的内容"},
	} {
		if _, err := d.try(test.cmd, "clerkBJ", "2026-03-03"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	d.do(complaint.PlanTalk{Opening: 100_000, OpeningText: "全额退费，电话 13800001234", Floor: 60_000, FloorText: "两次提到六百元", Interests: []string{"要个说法\n\n不想再跑"}, Options: twoOptions}, "clerkBJ", "2026-03-03")
	if got := d.c.Talk; got == nil || len(got.Options) != 2 || !cmp.Equal(got.Interests, []string{"要个说法", "不想再跑"}) {
		t.Errorf("sheet %+v", got)
	}
	if m := d.c.Masked(); strings.Contains(m.Talk.OpeningText, "13800001234") || !strings.Contains(d.c.Talk.OpeningText, "13800001234") {
		t.Errorf("masked %q, itself %q", m.Talk.OpeningText, d.c.Talk.OpeningText)
	}
	d.refused(complaint.PlanTalk{OpeningText: "x"}, "clerkSH", "2026-03-03", "")
}

// S1.3: what is offered has two options behind it and stays within one's authority.
func TestRounds(t *testing.T) {
	d := started(t, "2026-03-02")
	on := day("2026-03-03")
	d.do(complaint.RecordRound{On: on, Ask: "全额退费", AskAmount: 100_000, Response: complaint.TalkHeard}, "clerkBJ", "2026-03-03")
	d.refused(complaint.RecordRound{On: on, Offer: "退差额", OfferAmount: 100, Response: complaint.TalkThinking}, "clerkBJ", "2026-03-03", "至少两个方案")
	d.do(complaint.PlanTalk{OpeningText: "全额退费", Options: twoOptions}, "clerkBJ", "2026-03-03")
	d.refused(complaint.RecordRound{On: on, Ask: "x", Response: complaint.TalkAccepted}, "clerkBJ", "2026-03-03", "仅倾听")
	d.refused(complaint.RecordRound{On: on, Offer: "x", Response: complaint.TalkHeard}, "clerkBJ", "2026-03-03", "请选择对方的回应")
	d.refused(complaint.RecordRound{On: on, Response: complaint.TalkHeard}, "clerkBJ", "2026-03-03", "请填写对方的要求")
	d.refused(complaint.RecordRound{On: on.AddDays(1), Ask: "x", Response: complaint.TalkHeard}, "clerkBJ", "2026-03-03", "晚于今天")
	d.refused(complaint.RecordRound{On: on.AddDays(-9), Ask: "x", Response: complaint.TalkHeard}, "clerkBJ", "2026-03-03", "早于")
	limit := complaint.RedressLimit(regulation.Embedded().At(d.c.ReceivedOn), who("clerkBJ").Roles)
	offer := complaint.RecordRound{On: on, Ask: "一千元", AskAmount: 100_000, Offer: "退还差额", OfferAmount: limit + 1, Response: complaint.TalkCounter}
	d.refused(offer, "clerkBJ", "2026-03-03", "超过您可以答应的")
	offer.Subject = true
	d.do(offer, "clerkBJ", "2026-03-03")
	offer.Subject, offer.OfferAmount, offer.Response = false, limit, complaint.TalkAccepted
	d.do(offer, "clerkBJ", "2026-03-03")
	if got := d.c.Rounds; len(got) != 3 || got[2].N != 3 || got[2].By != "person/clerkBJ" || got[2].Response != complaint.TalkAccepted {
		t.Errorf("rounds %+v", got)
	}
}

// S1.3: a sum outside of what comparable cases were given needs its reason; the
// case's earlier redress counts in.
func TestDeviationNeedsAReason(t *testing.T) {
	known := complaint.RedressRange{Known: true, Cases: 9, Low: 20_000, Median: 30_000, High: 50_000}
	d := started(t, "2026-03-02")
	ask := func(sum int64, why string) complaint.ProposeRedress {
		return complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: sum, Text: "退还"}}, Why: "核查属实", Deviation: why}
	}
	for _, test := range []struct {
		name  string
		r     complaint.RedressRange
		cmd   complaint.ProposeRedress
		wants bool
	}{
		{"inside", known, ask(30_000, ""), false}, {"at the lower end", known, ask(20_000, ""), false}, {"at the upper end", known, ask(50_000, ""), false},
		{"above", known, ask(50_001, ""), true}, {"below", known, ask(19_999, ""), true}, {"above with a reason", known, ask(90_000, "消费者另有实际损失"), false},
		{"too few cases", complaint.RedressRange{Cases: 2, Low: 1, High: 2}, ask(90_000, ""), false}, {"no money", known, ask(0, ""), false},
	} {
		e := env(who("clerkBJ"), day("2026-03-03"), d.c.ReceivedOn)
		e.Range = func(complaint.Case) (complaint.RedressRange, error) { return test.r, nil }
		events, err := test.cmd.Decide(d.c, e)
		if asks := err != nil && strings.Contains(err.Error(), "请写明偏离理由"); asks != test.wants || err != nil && !asks {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && events[0].(*complaint.Requested).Deviation != test.cmd.Deviation {
			t.Errorf("%s: the reason is lost", test.name)
		}
	}
	e := env(who("clerkBJ"), day("2026-03-03"), d.c.ReceivedOn)
	lost := errors.New("the store is away")
	e.Range = func(complaint.Case) (complaint.RedressRange, error) { return known, lost }
	if _, err := ask(1, "").Decide(d.c, e); !errors.Is(err, lost) {
		t.Errorf("an error of the store becomes %v", err)
	}
	d.do(ask(40_000, ""), "clerkBJ", "2026-03-03").do(complaint.Approve{N: 1}, "leadCY", "2026-03-03")
	e.Range = func(complaint.Case) (complaint.RedressRange, error) { return known, nil }
	if _, err := ask(20_000, "").Decide(d.c, e); err == nil {
		t.Error("two halves do not count as the whole")
	}
}

// The range is monotone: between two sums that it holds it holds every sum.
func TestRangeHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum := rapid.Int64Range(0, 1_000_000)
		low := sum.Draw(t, "low")
		r := complaint.RedressRange{Known: rapid.Bool().Draw(t, "known"), Low: low, High: low + sum.Draw(t, "more")}
		a, b := sum.Draw(t, "a"), sum.Draw(t, "b")
		if mid := (a + b) / 2; r.Holds(a) && r.Holds(b) && !r.Holds(mid) {
			t.Fatalf("%+v holds %d and %d, not %d", r, a, b, mid)
		}
		if !r.Known && !r.Holds(a) {
			t.Fatal("an unknown range refuses")
		}
	})
}

// S4.15: a person agrees or sets another level with a reason; the last word stands.
func TestForecastAck(t *testing.T) {
	d := started(t, "2026-03-02")
	ack := complaint.AckForecast{Of: complaint.ToRegulator, Shown: complaint.LevelHigh, Points: 70}
	d.refused(complaint.AckForecast{Of: "moon", Shown: complaint.LevelHigh}, "clerkBJ", "2026-03-03", "请选择升级方向")
	d.refused(complaint.AckForecast{Of: complaint.ToMedia}, "clerkBJ", "2026-03-03", "刷新页面")
	d.refused(complaint.AckForecast{Of: complaint.ToMedia, Shown: complaint.LevelLow, Points: -1}, "clerkBJ", "2026-03-03", "刷新页面")
	d.do(ack, "clerkBJ", "2026-03-03")
	if got := d.c.ForecastAck(complaint.ToRegulator); got == nil || got.Level != complaint.LevelHigh || got.Points != 70 || got.By != "person/clerkBJ" {
		t.Errorf("agreed: %+v", got)
	}
	ack.Level = complaint.LevelWatch
	d.refused(ack, "clerkBJ", "2026-03-04", "请填写调整理由")
	ack.Why = "消费者明确表示愿意等到约定日期"
	d.do(ack, "clerkBJ", "2026-03-04")
	if got := d.c.ForecastAck(complaint.ToRegulator); got.Level != complaint.LevelWatch || got.Why != ack.Why {
		t.Errorf("overridden: %+v", got)
	}
	if d.c.ForecastAck(complaint.ToMedia) != nil {
		t.Error("a word on one way counts for another")
	}
}

// Field pain 10: a suspicion needs a second person, expires and can be lifted.
func TestAgentFlag(t *testing.T) {
	d := started(t, "2026-03-02")
	flag := complaint.FlagAgent{Signs: []string{"template", "shared_phone", "template"}, Why: "与 TS2026-000001 措辞相同"}
	d.refused(complaint.FlagAgent{Why: "x"}, "clerkBJ", "2026-03-03", "至少选择一项")
	d.refused(complaint.FlagAgent{Signs: []string{"rude"}, Why: "x"}, "clerkBJ", "2026-03-03", "没有这种迹象")
	d.refused(complaint.FlagAgent{Signs: []string{"template"}}, "clerkBJ", "2026-03-03", "看到的事实")
	d.refused(complaint.ConfirmAgent{}, "leadCY", "2026-03-03", "没有等待确认")
	d.refused(complaint.LiftAgent{Why: "x"}, "leadCY", "2026-03-03", "没有生效")
	d.do(flag, "leadCY", "2026-03-03")
	d.refused(flag, "clerkBJ", "2026-03-03", "已有一条")
	d.refused(complaint.ConfirmAgent{}, "leadCY", "2026-03-03", "须由另一人确认")
	d.refused(complaint.ConfirmAgent{}, "clerkBJ", "2026-03-03", "没有此项权限")
	state := func(on string) complaint.AgentState {
		if a := d.c.Agent(day(on)); a != nil {
			return a.State(day(on))
		}
		return ""
	}
	if got := state("2026-03-03"); got != complaint.AgentProposed {
		t.Errorf("one person's word is %q", got)
	}
	d.do(complaint.ConfirmAgent{Note: "同意"}, "leadBJ", "2026-03-10")
	days := int(mustSetting(t, "agent.flag_days"))
	last := day("2026-03-10").AddDays(days)
	if got := state("2026-03-10"); got != complaint.AgentConfirmed || d.c.Agents[0].Until != last || len(d.c.Agents[0].Signs) != 2 {
		t.Errorf("confirmed: %q, %+v", got, d.c.Agents[0])
	}
	if d.c.Agent(last) == nil || d.c.Agent(last.AddDays(1)) != nil || d.c.Agents[0].State(last.AddDays(1)) != complaint.AgentExpired {
		t.Error("it does not end after its days")
	}
	if d.c.Masked().Agents != nil {
		t.Error("every reader of the case sees the suspicion")
	}
	d.refused(complaint.LiftAgent{}, "clerkBJ", "2026-03-11", "撤销理由")
	d.do(complaint.LiftAgent{Why: "本人到场确认"}, "clerkBJ", "2026-03-11")
	if d.c.Agent(day("2026-03-11")) != nil || d.c.Agents[0].State(day("2026-03-11")) != complaint.AgentLifted {
		t.Errorf("lifted: %+v", d.c.Agents[0])
	}
	for kind, want := range map[complaint.Event]bool{&complaint.AgentFlagged{}: true, &complaint.AgentAgreed{}: true, &complaint.AgentCleared{}: true, &complaint.Noted{}: false} {
		if complaint.AboutAgents(kind) != want {
			t.Errorf("%T is about agents: %v", kind, !want)
		}
	}
}

func mustSetting(t *testing.T, id string) int64 {
	t.Helper()
	s, err := regulation.Embedded().At(day("2026-03-02")).Setting(id)
	if err != nil {
		t.Fatal(err)
	}
	return s.Int()
}

// A flag never removes or delays a duty to answer: whatever happens to a case,
// its deadlines, checks, hints, next step and every command's answer are the same
// with the flag and without it.
func TestFlagChangesNoDuty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		if len(l.desks) == 0 {
			return
		}
		plain := l.desks[0].c
		by := who("leadBJ")
		flagged := plain.ApplyAll([]complaint.Event{&complaint.AgentFlagged{N: 1, Until: l.today.AddDays(90), Signs: complaint.AgentSigns, Why: "措辞相同"}, &complaint.AgentAgreed{N: 1, Until: l.today.AddDays(90)}}, complaint.Meta{At: at(l.today), By: by.ID})
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			same(t, plain, flagged, l.today)
			e := env(who(rapid.SampledFrom(l.who).Draw(t, "who")), l.today, plain.ReceivedOn)
			cmd := l.command(t, plain)
			want, no := cmd.Decide(plain, e)
			got, also := cmd.Decide(flagged, e)
			if (no == nil) != (also == nil) || no != nil && no.Error() != also.Error() {
				t.Fatalf("%T: %v without the flag, %v with it", cmd, no, also)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%T does something else with the flag:\n%s", cmd, diff)
			}
			m := complaint.Meta{At: e.At, By: e.By.ID}
			plain, flagged = plain.ApplyAll(want, m), flagged.ApplyAll(got, m)
			l.today = l.today.AddDays(rapid.IntRange(0, 3).Draw(t, "days"))
		}
		same(t, plain, flagged, l.today)
	})
}

func same(t *rapid.T, plain, flagged complaint.Case, today calendar.Date) {
	rules := regulation.Embedded().At(plain.ReceivedOn)
	mend, why := plain.NextStep()
	mend2, why2 := flagged.NextStep()
	for name, pair := range map[string][2]any{
		"deadlines": {plain.Deadlines(rules, calendar.Official()), flagged.Deadlines(rules, calendar.Official())},
		"checks":    {plain.Checks(), flagged.Checks()}, "hints": {plain.Hints(today), flagged.Hints(today)},
		"next": {mend + why, mend2 + why2}, "open": {plain.Open(), flagged.Open()}, "active": {plain.Active(), flagged.Active()},
		"target": {plain.Target(), flagged.Target()},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Fatalf("the flag changes the %s:\n%s", name, diff)
		}
	}
}

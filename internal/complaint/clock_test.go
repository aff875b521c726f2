package complaint_test

import (
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// CP-07 to CP-09 (art. 18): 15, 30 and 60 days from receipt, each step by the right approver.
func TestClockLadder(t *testing.T) {
	d := started(t, "2026-03-02")
	want := func(due string) {
		t.Helper()
		if got := d.one(complaint.DecideBy).Due.String(); got != due {
			t.Errorf("due %s, want %s", got, due)
		}
	}
	want("2026-03-17")
	d.refused(complaint.Extend{Regime: "nfra"}, "clerkBJ", "2026-03-10", "延期理由")
	d.refused(complaint.Extend{Regime: "pbc", Why: "x"}, "clerkBJ", "2026-03-10", "没有适用 pbc")
	d.do(complaint.Extend{Regime: "nfra", Why: "涉及三家商户流水"}, "clerkBJ", "2026-03-10")
	want("2026-03-17") // not before the approval
	d.refused(complaint.Extend{Regime: "nfra", Why: "再延"}, "clerkBJ", "2026-03-10", "正在等待审批")
	d.refused(complaint.Approve{N: 2}, "leadCY", "2026-03-11", "没有第 2 号审批")
	d.do(complaint.Approve{N: 1}, "leadCY", "2026-03-11")
	want("2026-04-01")
	d.refused(complaint.Approve{N: 1}, "leadCY", "2026-03-11", "已经处理")

	d.do(complaint.Extend{Regime: "nfra", Why: "等待监管数据"}, "clerkBJ", "2026-03-20")
	for _, by := range []party.PersonID{"leadCY"} {
		d.refused(complaint.Approve{N: 2}, by, "2026-03-21", "须由上级机构或总部高级管理人员批准")
	}
	d.do(complaint.Approve{N: 2}, "leadBJ", "2026-03-21") // lead of the superior branch
	want("2026-05-01")
	d.refused(complaint.Extend{Regime: "nfra", Why: "还要延"}, "clerkBJ", "2026-03-25", "已到最长期限")
	if !d.one(complaint.DecideBy).Live() {
		t.Error("the limit is not live")
	}
}

// CP-09: who may grant the step to sixty days.
func TestSpecialApprover(t *testing.T) {
	for _, test := range []struct {
		name string
		unit party.UnitID // handling unit
		by   party.PersonID
		want string
	}{
		{"lead of the superior branch", "010101", "leadBJ", ""},
		{"office of the superior branch, seated in its department", "010101", "officeBJ", ""},
		{"head-office executive", "0101", "boss", ""},
		{"head-office consumer protection for a branch", "0101", "officeHQ", ""},
		{"own lead", "0101", "leadBJ", "上级机构或总部高级管理人员"},
		{"head-office case by its own office", "01", "officeHQ", "上级机构或总部高级管理人员"},
		{"a department is not below its head office", "01D", "officeHQ", "上级机构或总部高级管理人员"},
		{"head-office case by an executive", "01D", "boss", ""},
		{"a branch department's own lead is no superior", "0101D", "leadBJ", "上级机构或总部高级管理人员"},
	} {
		d := register(t, "office2HQ", "2026-03-02", complaint.Register{Unit: test.unit}).do(complaint.Accept{}, "office2HQ", "2026-03-02")
		d.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "office2HQ", "2026-03-03").do(complaint.Approve{N: 1}, "boss2", "2026-03-03")
		d.do(complaint.Extend{Regime: "nfra", Why: "特别复杂"}, "office2HQ", "2026-03-04")
		if test.want != "" {
			d.refused(complaint.Approve{N: 2}, test.by, "2026-03-05", test.want)
			continue
		}
		d.do(complaint.Approve{N: 2}, test.by, "2026-03-05")
		if got := d.one(complaint.DecideBy).Due.String(); got != "2026-05-01" {
			t.Errorf("%s: due %s", test.name, got)
		}
	}
}

// CP-37 (PBC 2020-5): 15 to 60 days in one step, by the head of complaint work only, with the reason.
func TestClockPBC(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "pbc", SenderNumber: "银京投〔2026〕17号"}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	d.refused(complaint.Extend{Regime: "pbc"}, "clerkBJ", "2026-03-03", "延期理由")
	d.do(complaint.Extend{Regime: "pbc", Why: "涉及多家机构"}, "clerkBJ", "2026-03-03")
	d.refused(complaint.Approve{N: 1}, "leadBJ", "2026-03-04", "投诉处理工作负责人")
	d.refused(complaint.Approve{N: 1}, "leadCY", "2026-03-04", "投诉处理工作负责人")
	d.do(complaint.Approve{N: 1}, "officeBJ", "2026-03-04")
	if got := d.one(complaint.DecideBy).Due.String(); got != "2026-05-01" {
		t.Errorf("due %s, want sixty days", got)
	}
	d.refused(complaint.Extend{Regime: "pbc", Why: "x"}, "clerkBJ", "2026-03-05", "已到最长期限")
	if len(d.c.Untold) != 1 {
		t.Errorf("the extension has to be told: %+v", d.c.Untold)
	}
}

// Art. 18: a limit that has passed is not extended, neither asked for nor approved.
func TestExpiredLimitIsNotExtended(t *testing.T) {
	d := started(t, "2026-03-02") // due 03-17, a working day
	d.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-03-17")
	d.refused(complaint.Approve{N: 1}, "leadCY", "2026-03-18", "已于 2026-03-17 届满")
	d.do(complaint.ReturnApproval{N: 1, Why: "已超期"}, "leadCY", "2026-03-18")
	d.refused(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-03-18", "已于 2026-03-17 届满")

	rolled := started(t, "2026-04-16") // due 05-01, rolled over the holiday to 05-06
	rolled.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-05-06")
	rolled.do(complaint.Approve{N: 1}, "leadCY", "2026-05-06")
	if got := rolled.one(complaint.DecideBy).Due.String(); got != "2026-05-16" {
		t.Errorf("due %s, want 2026-05-16", got)
	}
}

// CP-10, CP-19 (art. 18, 23): excluded days move the limit, mediation needs consent and stands on the ladder.
func TestExclusions(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.StartExclusion{What: complaint.Mediation, From: day("2026-03-05"), ExpectedTo: day("2026-03-10"), Body: "北京金融调解中心"}, "clerkBJ", "2026-03-05", "须经消费者同意")
	d.refused(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-05"), ExpectedTo: day("2026-03-01"), Body: "x"}, "clerkBJ", "2026-03-05", "预计结束日期")
	d.refused(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-05"), ExpectedTo: day("2027-03-01"), Body: "x"}, "clerkBJ", "2026-03-05", "预计时间超过 180 天")
	d.refused(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-01"), ExpectedTo: day("2026-03-10"), Body: "x"}, "clerkBJ", "2026-03-05", "早于收到投诉的日期")
	d.refused(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-06"), ExpectedTo: day("2026-03-10"), Body: "x"}, "clerkBJ", "2026-03-05", "晚于今天")
	d.do(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-05"), ExpectedTo: day("2026-03-14"), Body: "笔迹鉴定所", Why: "签名真伪"}, "clerkBJ", "2026-03-05")
	if dl := d.one(complaint.DecideBy); dl.Due.String() != "2026-03-27" || !dl.Provisional {
		t.Errorf("running: %s provisional %v, want 2026-03-27 and true", dl.Due, dl.Provisional)
	}
	d.refused(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-06"), ExpectedTo: day("2026-03-10"), Body: "x"}, "clerkBJ", "2026-03-07", "还没有结束")
	d.refused(complaint.EndExclusion{N: 7, To: day("2026-03-10"), Result: "x"}, "clerkBJ", "2026-03-10", "没有进行中")
	d.refused(complaint.EndExclusion{N: 1, To: day("2026-03-04"), Result: "x"}, "clerkBJ", "2026-03-10", "早于开始日期")
	d.do(complaint.EndExclusion{N: 1, To: day("2026-03-10"), Result: "签名系本人"}, "clerkBJ", "2026-03-11")
	if dl := d.one(complaint.DecideBy); dl.Due.String() != "2026-03-23" || dl.Provisional {
		t.Errorf("ended: %s provisional %v, want 2026-03-23 and false", dl.Due, dl.Provisional)
	}
	d.do(complaint.StartExclusion{What: complaint.Mediation, From: day("2026-03-12"), ExpectedTo: day("2026-03-31"), Body: "北京金融调解中心", Number: "调〔2026〕8", Consent: true}, "clerkBJ", "2026-03-12")
	if len(d.c.Ladder) != 1 || d.c.Ladder[0].Rung != complaint.RungMediation {
		t.Fatalf("mediation is not on the ladder: %+v", d.c.Ladder)
	}
	d.do(complaint.EndLadder{N: 1, On: day("2026-03-20"), Settled: true, Enforceable: true, Result: "达成协议并经司法确认"}, "clerkBJ", "2026-03-20")
	if x := d.c.Exclusions[1]; x.To != day("2026-03-20") {
		t.Errorf("the excluded time did not end with the mediation: %+v", x)
	}
	if got := d.one(complaint.DecideBy).Due.String(); got != "2026-04-01" {
		t.Errorf("due %s, want 2026-04-01 (15 counted, 6 and 9 excluded)", got)
	}
	rows := d.c.Explain(d.one(complaint.DecideBy), calendar.Official())
	n := 0
	for _, r := range rows {
		n = max(n, r.N)
	}
	if n != 15 {
		t.Errorf("the trace counts %d days, want 15", n)
	}
}

// Ending the excluded time of a mediation ends its rung too (S4.14).
func TestMediationEndsBothWays(t *testing.T) {
	d := started(t, "2026-03-02")
	d.do(complaint.ClimbLadder{Rung: complaint.RungMediation, Body: "行业协会", On: day("2026-03-03")}, "clerkBJ", "2026-03-03")
	d.do(complaint.StartExclusion{What: complaint.Mediation, From: day("2026-03-03"), ExpectedTo: day("2026-03-12"), Body: "行业协会", Consent: true}, "clerkBJ", "2026-03-03")
	if len(d.c.Ladder) != 1 || d.c.Exclusions[0].Rung != 1 {
		t.Fatalf("one mediation became two: %+v", d.c.Ladder)
	}
	d.refused(complaint.EndExclusion{N: 1, To: day("2026-03-08"), Result: "未成", Enforceable: true}, "clerkBJ", "2026-03-08", "可强制执行")
	d.do(complaint.EndExclusion{N: 1, To: day("2026-03-08"), Result: "达成和解", Settled: true}, "clerkBJ", "2026-03-08")
	if l := d.c.Ladder[0]; l.EndedOn != day("2026-03-08") || !l.Settled {
		t.Errorf("the rung did not end: %+v", l)
	}
}

// CP-11 (art. 18): new facts restart the limit, in its first step; a mere repeat does not.
func TestNewFactsRestart(t *testing.T) {
	d := started(t, "2026-03-02")
	d.do(complaint.AddFacts{On: day("2026-03-08"), Text: "再问一遍进度"}, "clerkBJ", "2026-03-08")
	if got := d.one(complaint.DecideBy).Due.String(); got != "2026-03-17" {
		t.Errorf("a repeat moved the limit to %s", got)
	}
	d.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-03-09").do(complaint.Approve{N: 1}, "leadCY", "2026-03-09")
	d.do(complaint.AddFacts{On: day("2026-03-10"), Restart: true, Text: "补充了转账失败的录屏，还说明有第二张卡"}, "clerkBJ", "2026-03-10")
	if got := d.one(complaint.DecideBy).Due.String(); got != "2026-03-25" {
		t.Errorf("due %s, want fifteen days from the new facts", got)
	}
	d.refused(complaint.AddFacts{On: day("2026-03-01"), Text: "x"}, "clerkBJ", "2026-03-10", "早于收到投诉的日期")
	d.refused(complaint.AddFacts{On: day("2026-03-11"), Text: "x"}, "clerkBJ", "2026-03-10", "晚于今天")
	d.decided("clerkBJ", "leadCY", "2026-03-12").told("clerkBJ", "2026-03-12")
	d.refused(complaint.AddFacts{On: day("2026-03-13"), Restart: true, Text: "新事实"}, "clerkBJ", "2026-03-13", "重新打开")
}

// CP-18 (art. 21): what both sides agreed on prevails, when it was agreed in time.
func TestAgreedDatePrevails(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.AgreeDate{Due: day("2026-03-01"), Proof: "录音"}, "clerkBJ", "2026-03-05", "不能早于今天")
	d.refused(complaint.AgreeDate{Due: day("2026-04-20")}, "clerkBJ", "2026-03-05", "约定的凭据")
	d.do(complaint.AgreeDate{Due: day("2026-04-20"), Proof: "录音 8812"}, "clerkBJ", "2026-03-05")
	if d.one(complaint.DecideBy).Live() || !d.one(complaint.AgreedBy).Live() {
		t.Error("the agreed date does not prevail")
	}
	late := started(t, "2026-03-02").do(complaint.AgreeDate{Due: day("2026-04-20"), Proof: "录音"}, "clerkBJ", "2026-03-18")
	if !late.one(complaint.DecideBy).Live() {
		t.Error("an agreement after the limit heals the delay")
	}
	sooner := started(t, "2026-03-02").do(complaint.AgreeDate{Due: day("2026-03-06"), Proof: "录音"}, "clerkBJ", "2026-03-03")
	next, _ := sooner.c.Next(env(who("clerkBJ"), day("2026-03-03"), day("2026-03-02")).Rules, calendar.Official())
	if next.Kind != complaint.FirstContactBy && next.Kind != complaint.AgreedBy {
		t.Errorf("next is %s", next.Kind)
	}
	if !sooner.one(complaint.DecideBy).Live() {
		t.Error("an earlier agreed date takes the statutory one away")
	}
}

// CP-49: Beijing wants the first contact in one working day, elsewhere the house's two; reaching out meets it.
func TestFirstContact(t *testing.T) {
	bj := register(t, "clerkBJ", "2026-03-06", complaint.Register{Channel: "web"}) // a Friday
	sh := register(t, "clerkSH", "2026-03-06", complaint.Register{Channel: "web"})
	if got := bj.one(complaint.FirstContactBy).Due.String(); got != "2026-03-09" {
		t.Errorf("Beijing: %s, want the Monday", got)
	}
	if got := sh.one(complaint.FirstContactBy).Due.String(); got != "2026-03-10" {
		t.Errorf("Shanghai: %s, want the Tuesday", got)
	}
	bj.refused(complaint.RecordContact{Channel: "pigeon", Summary: "x"}, "clerkBJ", "2026-03-09", "联系方式")
	bj.refused(complaint.RecordContact{Channel: "phone", Summary: "x", At: at(day("2026-03-10"))}, "clerkBJ", "2026-03-09", "晚于现在")
	bj.refused(complaint.RecordContact{Channel: "phone", Summary: "x", At: at(day("2026-03-05"))}, "clerkBJ", "2026-03-09", "早于收到")
	bj.refused(complaint.RecordContact{Channel: "phone"}, "clerkBJ", "2026-03-09", "联系内容")
	bj.do(complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "说明由我负责，三日内回音", ReplyNext: "三日内回音"}, "clerkBJ", "2026-03-09")
	if dl := bj.one(complaint.FirstContactBy); dl.Live() || dl.Late(day("2026-03-20")) {
		t.Errorf("contact in time: %+v", dl)
	}
	phone := register(t, "clerkBJ", "2026-03-06", complaint.Register{})
	if phone.one(complaint.FirstContactBy).Live() {
		t.Error("a call that was taken is a contact")
	}
}

// Five arrivals are five duties to answer, each with its own clock (S0.3).
func TestFiveReferences(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "nfra", SenderNumber: "京金投 1", OwnDue: day("2026-03-12")}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	for i, ch := range []party.ChannelID{"pbc", "hotline_12345", "petition", "association"} {
		d.do(complaint.AddReference{Channel: ch, Number: "文 " + string(rune('A'+i)), ReceivedOn: day("2026-03-03").AddDays(i)}, "clerkBJ", "2026-03-06")
	}
	d.refused(complaint.AddReference{Channel: "pbc", Number: "文 A", ReceivedOn: day("2026-03-06")}, "clerkBJ", "2026-03-06", "已经登记")
	d.refused(complaint.AddReference{Channel: "owl", ReceivedOn: day("2026-03-06")}, "clerkBJ", "2026-03-06", "来源渠道")
	d.refused(complaint.AddReference{Channel: "pbc", ReceivedOn: day("2026-03-07")}, "clerkBJ", "2026-03-06", "晚于今天")
	d.refused(complaint.AddReference{Channel: "pbc", ReceivedOn: day("2026-03-06"), OwnDue: day("2026-03-05")}, "clerkBJ", "2026-03-06", "早于收到日期")
	want := map[int]string{1: "2026-03-17", 2: "2026-03-18", 3: "2026-03-19", 4: "2026-03-20", 5: "2026-03-21"}
	for n, due := range d.due(complaint.DecideBy) {
		if due != want[n] {
			t.Errorf("reference %d: due %s, want %s", n, due, want[n])
		}
	}
	answers := d.due(complaint.AnswerBy)
	if len(answers) != 5 || answers[1] != "2026-03-12" {
		t.Errorf("answers: %v, want five and the sender's own date for the first", answers)
	}
	d.refused(complaint.AnswerReference{N: 9, On: day("2026-03-06"), Proof: "x"}, "clerkBJ", "2026-03-06", "没有第 9 件来文")
	d.refused(complaint.AnswerReference{N: 1, On: day("2026-03-01"), Proof: "x"}, "clerkBJ", "2026-03-06", "早于收到来文")
	d.refused(complaint.AnswerReference{N: 1, On: day("2026-03-06"), Proof: "x", Letter: 4}, "clerkBJ", "2026-03-06", "没有第 4 号复函")
	d.do(complaint.AnswerReference{N: 1, On: day("2026-03-06"), Proof: "回执 1"}, "clerkBJ", "2026-03-06")
	d.refused(complaint.AnswerReference{N: 1, On: day("2026-03-06"), Proof: "回执"}, "clerkBJ", "2026-03-06", "已于 2026-03-06 答复")
	live := 0
	for _, dl := range d.deadlines() {
		if dl.Kind == complaint.AnswerBy && dl.Live() {
			live++
		}
	}
	if live != 4 {
		t.Errorf("%d answers are still owed, want 4", live)
	}
}

// An extension moves the references that stand on the lowest step; a later
// arrival has its own young limit.
func TestExtensionMovesTheOlderReferences(t *testing.T) {
	d := started(t, "2026-03-02")
	d.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-03-09").do(complaint.Approve{N: 1}, "leadCY", "2026-03-09")
	d.do(complaint.AddReference{Channel: "nfra", Number: "京金投 9", ReceivedOn: day("2026-03-20")}, "clerkBJ", "2026-03-20")
	got := d.due(complaint.DecideBy)
	if got[1] != "2026-04-01" || got[2] != "2026-04-04" {
		t.Errorf("due %v, want the first at thirty days, the second at fifteen from its own receipt", got)
	}
	d.do(complaint.Extend{Regime: "nfra", Why: "转办件同样复杂"}, "clerkBJ", "2026-03-21").do(complaint.Approve{N: 2}, "leadCY", "2026-03-21")
	got = d.due(complaint.DecideBy)
	if got[1] != "2026-04-01" || got[2] != "2026-04-19" {
		t.Errorf("due %v, want only the second moved", got)
	}
}

// A receipt before the rule was in force runs on the house's own limit, which can be extended.
func TestOldReceiptRunsOnTheHouseClock(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{ReceivedOn: day("2019-06-03")}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	if dl := d.one(complaint.DecideBy); dl.Regime != "house" || dl.Due.IsZero() {
		t.Errorf("got %+v", dl)
	}
	fresh := register(t, "clerkBJ", "2019-06-03", complaint.Register{}).do(complaint.Accept{}, "clerkBJ", "2019-06-03")
	fresh.do(complaint.Extend{Regime: "house", Why: "复杂"}, "clerkBJ", "2019-06-05").do(complaint.Approve{N: 1}, "leadCY", "2019-06-06")
	if dl := fresh.one(complaint.DecideBy); dl.Clock.ID != "house.complex" {
		t.Errorf("got %s", dl.Clock.ID)
	}
}

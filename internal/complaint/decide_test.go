package complaint_test

import (
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// CP-14 (art. 19): no decision while an allegation is unanswered; nobody approves his own.
func TestDecision(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Points: []string{"限额没有告知", "三次询问无人说明"}}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "第 1 个争议点还没有核查结论")
	d.refused(complaint.Find{N: 3, Finding: finding}, "clerkBJ", "2026-03-03", "没有第 3 个争议点")
	d.refused(complaint.Find{N: 1, Finding: complaint.Finding{Outcome: "maybe", Evidence: "x", Basis: "x", Explanation: "x"}}, "clerkBJ", "2026-03-03", "请选择核查结论")
	d.refused(complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "x", Explanation: "x"}}, "clerkBJ", "2026-03-03", "请填写依据")
	d.do(complaint.Find{N: 1, Finding: finding}, "clerkBJ", "2026-03-03")
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "第 2 个争议点还没有核查结论")
	d.found("clerkBJ", "2026-03-03")
	d.refused(complaint.ProposeDecision{Text: " "}, "clerkBJ", "2026-03-03", "请填写处理决定")
	d.refused(complaint.AnswerOther{On: day("2026-03-03"), Text: "x"}, "clerkBJ", "2026-03-03", "这是消费投诉")
	d.do(complaint.ProposeDecision{Text: "恢复额度"}, "leadCY", "2026-03-03")
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "正在等待审批")
	for _, cmd := range []complaint.Command{complaint.Find{N: 1, Finding: finding}, complaint.AddPoint{Text: "x"}, complaint.ChangePoint{N: 1, Text: "x"}} {
		d.refused(cmd, "clerkBJ", "2026-03-03", "正在审批")
	}
	d.refused(complaint.Reclassify{Nature: complaint.Report, Why: "x"}, "clerkBJ", "2026-03-03", "正在审批")
	d.refused(complaint.Approve{N: 1}, "leadCY", "2026-03-03", "不能审批自己提出的申请")
	d.refused(complaint.ReturnApproval{N: 1, Why: "x"}, "leadCY", "2026-03-03", "不能审批自己提出的申请")
	d.refused(complaint.Approve{N: 1}, "clerkBJ", "2026-03-03", "没有此项权限")
	d.refused(complaint.ReturnApproval{N: 1}, "leadBJ", "2026-03-03", "退回原因")
	d.do(complaint.ReturnApproval{N: 1, Why: "理由不足"}, "leadBJ", "2026-03-03")
	if d.c.State != complaint.Handling {
		t.Errorf("state %s after return", d.c.State)
	}
	d.do(complaint.ProposeDecision{Text: "恢复额度并说明理由"}, "clerkBJ", "2026-03-04").do(complaint.Approve{N: 2, Note: "同意"}, "leadCY", "2026-03-04")
	if d.c.State != complaint.Decided || d.c.Decision.ApprovedBy != "person/leadCY" || d.c.Decision.HeadOffice {
		t.Errorf("state %s, decision %+v", d.c.State, d.c.Decision)
	}
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-04", "请告知消费者")
}

// S4.10, CP-24: a transfer of a regulator needs the fault before the decision, also when it arrives meanwhile.
func TestRegulatorNeedsFault(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "nfra"}).do(complaint.Accept{}, "clerkBJ", "2026-03-02").found("clerkBJ", "2026-03-03")
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "须先定责")
	d.do(noFault, "clerkBJ", "2026-03-03").do(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03")

	late := started(t, "2026-03-02").found("clerkBJ", "2026-03-03").do(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03")
	late.do(complaint.AddReference{Channel: "pbc", Number: "7", ReceivedOn: day("2026-03-04")}, "clerkBJ", "2026-03-04")
	late.refused(complaint.Approve{N: 1}, "leadCY", "2026-03-04", "须先定责")
	late.do(noFault, "clerkBJ", "2026-03-04").do(complaint.Approve{N: 1}, "leadCY", "2026-03-04")
}

func TestFindFault(t *testing.T) {
	d := started(t, "2026-03-02")
	for _, test := range []struct {
		name string
		f    complaint.FaultFinding
		want string
	}{
		{"nobody", complaint.FaultFinding{}, "至少填写一个责任方"},
		{"sum", complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultCompany, Percent: 60}}}, "合计为 60%"},
		{"none among others", complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultNone}, {Bearer: complaint.FaultTeam, Percent: 100}}}, "无责任"},
		{"none and company", complaint.FaultFinding{Company: true, Shares: []complaint.Share{{Bearer: complaint.FaultNone}}}, "不一致"},
		{"unit", complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "77", Percent: 100}}}, "机构 77 不存在"},
		{"percent", complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Percent: 140}, {Bearer: complaint.FaultCompany, Percent: -40}}}, "0 至 100"},
		{"bearer", complaint.FaultFinding{Shares: []complaint.Share{{Bearer: "god", Percent: 100}}}, "请选择责任方"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d.refused(complaint.FindFault{Finding: test.f}, "clerkBJ", "2026-03-03", test.want)
		})
	}
	for _, h := range complaint.Handlings() {
		if got := complaint.HandlingFor(complaint.FaultFinding{Evidence: h.Evidence, Team: h.Team, Company: h.Company}); got.Title != h.Title || len(got.Do) == 0 || got.Answer == "" {
			t.Errorf("cell %s: got %+v", h.Title, got)
		}
	}
	if n := len(complaint.Handlings()); n != 8 {
		t.Errorf("%d cells, want all eight", n)
	}
}

// S0.6: redress limits by role come from the settings and hold for the sum of the case.
func TestRedressLimits(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.ProposeRedress{Why: "x"}, "clerkBJ", "2026-03-03", "补偿或补救内容")
	d.refused(complaint.ProposeRedress{Why: "x", Items: []complaint.Redress{{What: "gold", Text: "x"}}}, "clerkBJ", "2026-03-03", "补偿方式")
	d.refused(complaint.ProposeRedress{Why: "x", Items: []complaint.Redress{{What: "refund", Text: "x", Amount: -1}}}, "clerkBJ", "2026-03-03", "不能为负数")
	d.refused(complaint.ProposeRedress{Why: "x", Items: []complaint.Redress{{What: "refund", Text: "x", Amount: 1 << 62}, {What: "refund", Text: "x", Amount: 1 << 62}}}, "clerkBJ", "2026-03-03", "金额过大")
	pay := func(fen int64) complaint.ProposeRedress {
		return complaint.ProposeRedress{Why: "退还多收手续费", Items: []complaint.Redress{{What: "refund", Text: "退还手续费", Amount: fen}}}
	}
	d.do(pay(200_000), "clerkBJ", "2026-03-03")
	d.refused(pay(1), "clerkBJ", "2026-03-03", "等待审批")
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "还有补偿申请")
	d.do(complaint.Approve{N: 1}, "leadCY", "2026-03-03") // exactly his limit of 2,000 yuan
	d.do(pay(1), "clerkBJ", "2026-03-04")
	d.refused(complaint.Approve{N: 2}, "leadCY", "2026-03-04", "累计 2000.01 元超过您的审批权限 2000 元")
	d.do(complaint.Approve{N: 2}, "officeBJ", "2026-03-04")
	d.do(pay(50_000_000), "clerkBJ", "2026-03-05")
	d.refused(complaint.Approve{N: 3}, "boss", "2026-03-05", "超过您的审批权限 500000 元")
	d.do(complaint.ReturnApproval{N: 3, Why: "金额不对"}, "boss", "2026-03-05")
	d.refused(complaint.PerformRedress{N: 3, On: day("2026-03-06"), Proof: "x"}, "clerkBJ", "2026-03-06", "没有待履行的第 3 项")
	d.refused(complaint.PerformRedress{N: 1, On: day("2026-03-06")}, "clerkBJ", "2026-03-06", "履行凭证")
	d.do(complaint.PerformRedress{N: 1, On: day("2026-03-06"), Proof: "转账回单 88"}, "clerkBJ", "2026-03-06")
	d.refused(complaint.PerformRedress{N: 1, On: day("2026-03-06"), Proof: "x"}, "clerkBJ", "2026-03-06", "没有待履行")
}

// CP-12 (art. 18): one ground only, another person approves, the raiser is told.
func TestRefusal(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.Refuse{Reason: "too_late", Text: "x"}, "clerkBJ", "2026-03-03", "只有一种法定情形")
	d.refused(complaint.Refuse{Reason: "not_entitled"}, "clerkBJ", "2026-03-03", "查明情况")
	d.do(complaint.Refuse{Reason: "not_entitled", Text: "投诉人为账户持有人邻居，未获授权"}, "leadCY", "2026-03-03")
	d.refused(complaint.Refuse{Reason: "not_entitled", Text: "x"}, "clerkBJ", "2026-03-03", "正在等待审批")
	d.refused(complaint.Approve{N: 1}, "leadCY", "2026-03-03", "不能审批自己")
	d.refused(complaint.Reclassify{Nature: complaint.Report, Why: "x"}, "clerkBJ", "2026-03-03", "不予办理申请在等待审批")
	d.found("clerkBJ", "2026-03-03")
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "不予办理申请")
	d.do(complaint.Extend{Regime: "nfra", Why: "x"}, "clerkBJ", "2026-03-03")
	d.do(complaint.Approve{N: 1}, "leadBJ", "2026-03-04")
	if a := d.c.Approvals[1]; a.State != complaint.Overtaken {
		t.Errorf("the extension still waits: %+v", a)
	}
	if !d.one(complaint.DecideBy).Live() {
		t.Error("until the raiser is told the limit runs on")
	}
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-04", "还没有告知不予办理")
	d.do(complaint.IssueLetter{What: complaint.NotHandledLetter}, "clerkBJ", "2026-03-04")
	d.do(complaint.GiveNotice{Letter: 1, Mode: complaint.Sent, On: day("2026-03-04"), Proof: "短信 5512"}, "clerkBJ", "2026-03-04")
	d.do(complaint.Close{}, "clerkBJ", "2026-03-05")
}

// Art. 2, 32: another matter has no statutory limit; it becomes a complaint with its clock from the receipt.
func TestOtherMatters(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Nature: complaint.Consultation, Narrative: "请问限额怎么调？能在手机上调吗？"}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	if len(d.due(complaint.DecideBy)) != 0 || len(d.due(complaint.ReplyBy)) != 1 {
		t.Errorf("deadlines of a consultation: %v", d.deadlines())
	}
	d.refused(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03", "不是消费投诉")
	d.refused(complaint.Refuse{Reason: "not_entitled", Text: "x"}, "clerkBJ", "2026-03-03", "不是消费投诉")
	d.refused(complaint.AnswerOther{On: day("2026-03-01"), Text: "x"}, "clerkBJ", "2026-03-03", "早于收到日期")
	d.refused(complaint.AnswerOther{On: day("2026-03-03")}, "clerkBJ", "2026-03-03", "答复内容")
	d.refused(complaint.Reclassify{Nature: complaint.Consultation, Why: "x"}, "clerkBJ", "2026-03-03", "没有变化")
	d.do(complaint.Reclassify{Nature: complaint.Complaint, Why: "要求赔偿损失"}, "clerkBJ", "2026-03-08")
	if got := d.one(complaint.DecideBy).Due.String(); got != "2026-03-17" || len(d.c.Live()) != 1 {
		t.Errorf("due %s with %d allegations, want fifteen days from the receipt and one", got, len(d.c.Live()))
	}
	d.do(complaint.Reclassify{Nature: complaint.Suggestion, Why: "只是建议"}, "clerkBJ", "2026-03-09")
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-09", "还没有答复")
	d.do(complaint.AnswerOther{On: day("2026-03-09"), Text: "感谢建议，已转产品部门。"}, "clerkBJ", "2026-03-09").do(complaint.Close{}, "clerkBJ", "2026-03-09")
}

// CP-17 (art. 21): each mode has its proof, and the letter belongs to the decision in force.
func TestNotice(t *testing.T) {
	d := started(t, "2026-03-02")
	for kind, want := range map[complaint.LetterKind]string{
		complaint.DecisionLetter: "处理决定还没有批准", complaint.ExtensionLetter: "还没有批准的延期", complaint.ExclusionLetter: "还没有登记鉴定或调解",
		complaint.NotHandledLetter: "不予办理还没有批准", complaint.WithdrawalLetter: "投诉没有撤回", complaint.ReexamLetter: "核查决定还没有作出",
		complaint.RegulatorResponse: "还没有处理结果", "poem": "没有这种文书",
	} {
		d.refused(complaint.IssueLetter{What: kind}, "clerkBJ", "2026-03-03", want)
	}
	d.do(complaint.IssueLetter{What: complaint.Acknowledgement}, "clerkBJ", "2026-03-03")
	d.decided("clerkBJ", "leadCY", "2026-03-05").do(complaint.IssueLetter{What: complaint.DecisionLetter}, "clerkBJ", "2026-03-05")
	d.refused(complaint.IssueLetter{What: complaint.RegulatorResponse, Reference: 1}, "clerkBJ", "2026-03-05", "请选择要答复的来文")
	for _, test := range []struct {
		n    complaint.GiveNotice
		want string
	}{
		{complaint.GiveNotice{Letter: 9, Mode: complaint.Sent, On: day("2026-03-05"), Proof: "x"}, "没有第 9 号文书"},
		{complaint.GiveNotice{Letter: 2, Mode: "owl", On: day("2026-03-05"), Proof: "x"}, "请选择告知方式"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.Sent, On: day("2026-03-04"), Proof: "x"}, "早于文书出具日期"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.Sent, On: day("2026-03-06"), Proof: "x"}, "晚于今天"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.HandedOver, On: day("2026-03-05")}, "签收凭证"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.Posted, On: day("2026-03-05")}, "邮寄凭证"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.Sent, On: day("2026-03-05")}, "发送编号"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.Called, On: day("2026-03-05")}, "通话录音"},
		{complaint.GiveNotice{Letter: 2, Mode: complaint.Unreachable, On: day("2026-03-05"), Proof: "三次未接", Attempts: 2}, "至少尝试 3 次"},
	} {
		d.refused(test.n, "clerkBJ", "2026-03-05", test.want)
	}
	d.do(complaint.GiveNotice{Letter: 2, Mode: complaint.Unreachable, On: day("2026-03-05"), Proof: "三次未接", Attempts: 3}, "clerkBJ", "2026-03-05")
	d.do(complaint.GiveNotice{Letter: 2, Mode: complaint.Posted, On: day("2026-03-30"), Proof: "EMS 1"}, "clerkBJ", "2026-03-30")
	if dl := d.one(complaint.DecideBy); dl.MetOn != day("2026-03-05") || dl.Late(day("2026-04-01")) {
		t.Errorf("a second copy made it late: %+v", dl)
	}
	d.do(complaint.Reopen{On: day("2026-03-31"), Why: "新证据"}, "clerkBJ", "2026-03-31").decided("clerkBJ", "leadCY", "2026-04-02")
	d.refused(complaint.GiveNotice{Letter: 2, Mode: complaint.Posted, On: day("2026-04-02"), Proof: "EMS 2"}, "clerkBJ", "2026-04-02", "早于现在的决定")
	d.told("clerkBJ", "2026-04-03")
	if d.c.State != complaint.Noticed {
		t.Errorf("state %s", d.c.State)
	}
}

// CP-13 (art. 15): withdrawal ends that day, and closes when no duty is left.
func TestWithdraw(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.Withdraw{On: day("2026-03-04"), How: "dream"}, "clerkBJ", "2026-03-04", "撤回方式")
	d.refused(complaint.Withdraw{On: day("2026-03-01"), How: "written"}, "clerkBJ", "2026-03-04", "早于收到")
	d.refused(complaint.Withdraw{On: day("2026-03-05"), How: "written"}, "clerkBJ", "2026-03-04", "晚于今天")
	d.found("clerkBJ", "2026-03-03").do(complaint.ProposeDecision{Text: "x"}, "clerkBJ", "2026-03-03")
	d.do(complaint.Withdraw{On: day("2026-03-04"), How: "recorded_call", Why: "已解决"}, "clerkBJ", "2026-03-04")
	if d.c.State != complaint.Closed || d.c.ClosedOn != day("2026-03-04") || d.c.Approvals[0].State != complaint.Overtaken {
		t.Errorf("state %s closed on %s, approval %s", d.c.State, d.c.ClosedOn, d.c.Approvals[0].State)
	}
	d.refused(complaint.Withdraw{On: day("2026-03-05"), How: "written"}, "clerkBJ", "2026-03-05", "已办结")

	sent := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "nfra"}).do(complaint.Withdraw{How: "written"}, "clerkBJ", "2026-03-05")
	if sent.c.State != complaint.Ended {
		t.Errorf("the regulator is owed an answer, state %s", sent.c.State)
	}
	sent.refused(complaint.Close{}, "clerkBJ", "2026-03-05", "还有来文没有答复")
	sent.do(complaint.IssueLetter{What: complaint.RegulatorResponse, Reference: 1}, "clerkBJ", "2026-03-05")
	sent.refused(complaint.GiveNotice{Letter: 1, Mode: complaint.Sent, On: day("2026-03-05"), Proof: "x"}, "clerkBJ", "2026-03-05", "答复来文")
	sent.do(complaint.AnswerReference{N: 1, On: day("2026-03-05"), Letter: 1, Proof: "监管系统回执"}, "clerkBJ", "2026-03-05").do(complaint.Close{}, "clerkBJ", "2026-03-05")
}

// CP-15, CP-16 (art. 20): re-examination against a branch's decision only, in thirty days, by others than who decided.
func TestReexamination(t *testing.T) {
	d := started(t, "2026-03-02").decided("clerkBJ", "leadBJ", "2026-03-05")
	d.refused(complaint.RequestReexam{On: day("2026-03-06"), Grounds: "不服"}, "clerkBJ", "2026-03-06", "还没有告知")
	d.told("clerkBJ", "2026-03-06").steps("clerkBJ", "2026-03-06").do(complaint.RecordFollowUp{Reached: true, Satisfaction: 2}, "clerkBJ", "2026-03-07").do(complaint.Close{}, "clerkBJ", "2026-03-07")
	if r := d.c.Remedies(env(who("clerkBJ"), day("2026-03-06"), d.c.ReceivedOn)); len(r) != 4 || r[0].Kind != "reexamination" || r[0].Unit != "北京分行" || r[0].Days != 30 {
		t.Errorf("remedies: %+v", r)
	}
	d.refused(complaint.RequestReexam{On: day("2026-03-05"), Grounds: "不服"}, "clerkBJ", "2026-04-20", "早于告知决定")
	d.refused(complaint.RequestReexam{On: day("2026-04-06"), Grounds: "不服"}, "clerkBJ", "2026-04-20", "晚于收到决定后 30 日")
	d.do(complaint.RequestReexam{On: day("2026-04-05"), Grounds: "没有说明限额依据"}, "clerkBJ", "2026-04-05")
	if d.c.Unit != "0101" || d.c.State != complaint.Noticed || !d.c.ClosedAt.IsZero() {
		t.Errorf("unit %s state %s closed at %v", d.c.Unit, d.c.State, d.c.ClosedAt)
	}
	if got := d.one(complaint.ReexamineBy); got.Due.String() != "2026-05-05" || !got.Live() {
		t.Errorf("re-examine by %s", got.Due)
	}
	d.refused(complaint.RequestReexam{On: day("2026-04-05"), Grounds: "x"}, "clerkBJ", "2026-04-05", "已有核查")
	d.refused(complaint.Accept{}, "clerkBJ", "2026-04-06", "您不在该机构") // the owner of the first decision serves below
	d.do(complaint.Accept{}, "clerkBR", "2026-04-06")
	review := complaint.DecideReexam{N: 1, Process: "过程完整", InTime: "未超期", Decision: "维持原决定", Changed: false}
	d.refused(review, "leadBJ", "2026-04-10", "不能核查自己的决定")
	d.refused(complaint.DecideReexam{N: 1, Process: "x", Decision: "x"}, "officeBJ", "2026-04-10", "处理时限审查")
	d.refused(complaint.DecideReexam{N: 4}, "officeBJ", "2026-04-10", "没有待决定的第 4 次核查")
	d.do(review, "officeBJ", "2026-04-10").do(complaint.IssueLetter{What: complaint.ReexamLetter}, "clerkBR", "2026-04-10")
	d.refused(complaint.Close{}, "clerkBR", "2026-04-10", "核查决定还没有作出并告知")
	d.refused(complaint.GiveNotice{Letter: 2, Mode: complaint.Called, On: day("2026-04-10"), Proof: "x"}, "clerkBR", "2026-04-10", "书面告知")
	d.do(complaint.GiveNotice{Letter: 2, Mode: complaint.Posted, On: day("2026-04-10"), Proof: "EMS 88"}, "clerkBR", "2026-04-10").do(complaint.Close{}, "clerkBR", "2026-04-10")
}

// Art. 20: head office has no superior; its department neither, and a branch's department is the branch.
func TestReexaminationGoesToTheInstitutionAbove(t *testing.T) {
	for _, test := range []struct {
		unit party.UnitID
		want string // name of the re-examining unit, "" for none
	}{{"01", ""}, {"01D", ""}, {"0101", "总行"}, {"0101D", "总行"}, {"010101", "北京分行"}} {
		d := register(t, "officeHQ", "2026-03-02", complaint.Register{Unit: test.unit}).do(complaint.Accept{}, "officeHQ", "2026-03-02")
		d.decided("officeHQ", "boss", "2026-03-03").told("officeHQ", "2026-03-03")
		r := d.c.Remedies(env(who("officeHQ"), day("2026-03-03"), d.c.ReceivedOn))
		if got := strings.TrimPrefix(r[0].Kind, "mediation"); (got == "reexamination") != (test.want != "") || r[0].Unit != test.want {
			t.Errorf("%s: remedies %+v, want %q", test.unit, r, test.want)
		}
		if test.want == "" {
			d.refused(complaint.RequestReexam{On: day("2026-03-04"), Grounds: "x"}, "officeHQ", "2026-03-04", "没有上级机构核查")
			continue
		}
		d.do(complaint.RequestReexam{On: day("2026-03-04"), Grounds: "不服"}, "officeHQ", "2026-03-04")
		if tree().Name(d.c.Unit) != test.want {
			t.Errorf("%s: went to %s", test.unit, d.c.Unit)
		}
	}
}

func TestReopen(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.Reopen{On: day("2026-03-03"), Why: "x"}, "clerkBJ", "2026-03-03", "还在办理")
	d.decided("clerkBJ", "leadCY", "2026-03-05").told("clerkBJ", "2026-03-06")
	d.refused(complaint.Reopen{On: day("2026-03-05"), Why: "x"}, "clerkBJ", "2026-03-10", "早于上次告知")
	d.refused(complaint.Reopen{On: day("2026-03-09")}, "clerkBJ", "2026-03-10", "重新打开的原因")
	d.do(complaint.Reopen{On: day("2026-03-09"), Why: "消费者提供通话录音"}, "clerkBJ", "2026-03-10")
	if got := d.one(complaint.DecideBy); got.Due.String() != "2026-03-24" || !got.Live() || d.c.Reopened != 1 {
		t.Errorf("due %s live %v", got.Due, got.Live())
	}
}

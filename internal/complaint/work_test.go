package complaint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// CP-03 to CP-06 (art. 12-14, 17): what a registration may hold and what it may not.
func TestRegisterRefuses(t *testing.T) {
	good := func() complaint.Register {
		return complaint.Register{Channel: "phone", ReceivedOn: day("2026-03-02"), Complainant: complaint.Complainant{Name: "王秀英"}, Narrative: "限额"}
	}
	for _, test := range []struct {
		name   string
		change func(*complaint.Register)
		want   string
	}{
		{"good", func(*complaint.Register) {}, ""},
		{"channel", func(r *complaint.Register) { r.Channel = "owl" }, "投诉渠道"},
		{"nature", func(r *complaint.Register) { r.Nature = "song" }, "事项类型"},
		{"future", func(r *complaint.Register) { r.ReceivedOn = day("2026-03-03") }, "晚于今天"},
		{"long ago", func(r *complaint.Register) { r.ReceivedOn = day("1999-12-31") }, "可登记的最早日期"},
		{"due before receipt", func(r *complaint.Register) { r.OwnDue = day("2026-03-01") }, "早于收到日期"},
		{"nobody", func(r *complaint.Register) { r.Complainant.Name = " " }, "投诉人姓名"},
		{"name", func(r *complaint.Register) { r.Complainant.Name = strings.Repeat("长", 81) }, "超过 80 字"},
		{"phone", func(r *complaint.Register) { r.Complainant.Phone = "call me" }, "电话号码"},
		{"mail", func(r *complaint.Register) { r.Complainant.Email = "a b@c" }, "电子邮箱"},
		{"encoding", func(r *complaint.Register) { r.Complainant.Policy = "\xff" }, "字符编码"},
		{"narrative", func(r *complaint.Register) { r.Narrative = "" }, "请填写投诉内容"},
		{"too long", func(r *complaint.Register) { r.Narrative = strings.Repeat("字", complaint.MaxText+1) }, "作为附件"},
		{"control", func(r *complaint.Register) { r.Narrative = "a\x00b" }, "控制字符"},
		{"amount", func(r *complaint.Register) { r.Amount = -1 }, "不能为负数"},
		{"request", func(r *complaint.Register) { r.Requests = []string{"moon"} }, "诉求类型 moon"},
		{"care", func(r *complaint.Register) { r.Vulnerable = []string{"rich"} }, "特殊群体类型 rich"},
		{"codes", func(r *complaint.Register) {
			r.Codes = complaint.Codes{Product: "x", Reason: "x", Rights: []string{"x"}, LifeCycle: "x", Business: "x"}
		}, "不在目录中"},
		{"six representatives", func(r *complaint.Register) {
			r.Joint = &complaint.Joint{Count: 9, Representatives: []string{"一", "二", "三", "四", "五", "六"}}
		}, "不得超过 5 名"},
		{"joint of one", func(r *complaint.Register) { r.Joint = &complaint.Joint{Count: 1, Representatives: []string{"一"}} }, "至少为 2 人"},
		{"no representative", func(r *complaint.Register) { r.Joint = &complaint.Joint{Count: 3} }, "推选的代表"},
		{"agent without name", func(r *complaint.Register) { r.Representative = &complaint.Representative{Kind: complaint.Agent} }, "代理人姓名"},
		{"agent of a kind", func(r *complaint.Register) { r.Representative = &complaint.Representative{Kind: "friend", Name: "李"} }, "代理人类型"},
		{"agent without proof is taken", func(r *complaint.Register) {
			r.Representative = &complaint.Representative{Kind: complaint.Agent, Name: "李"}
		}, ""},
		{"unit", func(r *complaint.Register) { r.Unit = "77" }, "办理机构 77 不存在"},
		{"closed unit", func(r *complaint.Register) { r.Unit = "010299" }, "已撤销"},
		{"respondent unit", func(r *complaint.Register) { r.Respondents = []complaint.Respondent{{Unit: "77"}} }, "被投诉机构 77 不存在"},
		{"respondent person", func(r *complaint.Register) { r.Respondents = []complaint.Respondent{{Person: "ghost"}} }, "被投诉人员 ghost 不存在"},
		{"judge in own cause", func(r *complaint.Register) {
			r.Unit, r.Respondents = "010101", []complaint.Respondent{{Unit: "010101"}}
		}, "不能办理本投诉"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := good()
			test.change(&r)
			_, err := r.NewCase(1, "1", env(who("clerkBJ"), day("2026-03-02"), day("2026-03-02")))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := good().Decide(started(t, "2026-03-02").c, complaint.Env{}); err == nil {
		t.Error("a case was registered twice")
	}
}

// Art. 17: the named unit and person keep away, the case is placed at the lowest unit above.
func TestRecusalPlacesAtTheSuperior(t *testing.T) {
	for _, test := range []struct {
		name string
		by   party.PersonID
		r    []complaint.Respondent
		want party.UnitID
	}{
		{"nobody named: the registrar's unit", "clerkBJ", nil, "010101"},
		{"own sub-branch", "clerkBJ", []complaint.Respondent{{Unit: "010101"}}, "0101"},
		{"another sub-branch", "clerkBJ", []complaint.Respondent{{Unit: "010201"}}, "0102"},
		{"branch", "clerkBJ", []complaint.Respondent{{Unit: "0101"}}, "01"},
		{"sub-branch and its branch", "clerkBJ", []complaint.Respondent{{Unit: "010101"}, {Unit: "0101"}}, "01"},
		{"head office cannot climb", "clerkHQ", []complaint.Respondent{{Unit: "01"}}, "01"},
		{"a person only", "clerkBJ", []complaint.Respondent{{Person: "clerkBJ2"}}, "010101"},
		{"a name only", "clerkBJ", []complaint.Respondent{{Name: "姓刘的柜员"}}, "010101"},
	} {
		d := register(t, test.by, "2026-03-02", complaint.Register{Respondents: test.r})
		if d.c.Unit != test.want || d.c.Path[len(d.c.Path)-1] != test.want {
			t.Errorf("%s: placed at %s %v, want %s", test.name, d.c.Unit, d.c.Path, test.want)
		}
	}
	d := register(t, "clerkHD", "2026-03-02", complaint.Register{Respondents: []complaint.Respondent{{Unit: "010101", Person: "clerkSH"}}})
	for _, id := range []party.PersonID{"clerkBJ", "leadCY", "clerkSH"} {
		if got := access.Can(who(id), access.ReadComplaint, d.c.Target()); got.Allow || !strings.Contains(got.Reason, "回避") {
			t.Errorf("%s may read: %+v", id, got)
		}
	}
	d.do(complaint.Accept{}, "clerkBR", "2026-03-02")
	d.refused(complaint.Assign{Unit: "010101"}, "leadBJ", "2026-03-03", "须回避")
	d.refused(complaint.Assign{Person: "clerkBJ"}, "leadBJ", "2026-03-03", "须回避")
}

func TestRecuse(t *testing.T) {
	d := started(t, "2026-03-02")
	for _, test := range []struct {
		r    complaint.Recuse
		want string
	}{
		{complaint.Recuse{Why: "x"}, "一名人员或一个机构"},
		{complaint.Recuse{Unit: "010102", Person: "clerkHD", Why: "x"}, "一名人员或一个机构"},
		{complaint.Recuse{Person: "clerkHD"}, "回避原因"},
		{complaint.Recuse{Unit: "01", Why: "x"}, "总部没有上级"},
		{complaint.Recuse{Unit: "77", Why: "x"}, "机构 77 不存在"},
		{complaint.Recuse{Person: "ghost", Why: "x"}, "人员 ghost 不存在"},
		{complaint.Recuse{Person: "clerkBJ", Why: "x"}, "投诉不能无人负责"},
		{complaint.Recuse{Unit: "0101", Why: "x"}, "正在办理本投诉"},
	} {
		d.refused(test.r, "leadCY", "2026-03-03", test.want)
	}
	d.do(complaint.Assign{Person: "clerkHD", Why: "他熟悉"}, "leadBJ", "2026-03-03").do(complaint.Recuse{Person: "clerkHD", Why: "与投诉人系亲属"}, "leadBJ", "2026-03-03")
	if d.c.Offer != nil {
		t.Errorf("the offer to who must keep away stands: %+v", d.c.Offer)
	}
	d.refused(complaint.Approve{N: 1}, "clerkHD", "2026-03-03", "须回避")
}

// S4.2: first-contact responsibility. Whoever received it is responsible until somebody accepts.
func TestFirstContactResponsibility(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{})
	d.do(complaint.Assign{Unit: "010201", Why: "开户行在静安"}, "clerkBJ", "2026-03-02")
	owner := func(want party.PersonID, unit party.UnitID) {
		t.Helper()
		if d.c.Owner != want || d.c.Unit != unit {
			t.Errorf("owner %s at %s, want %s at %s", d.c.Owner, d.c.Unit, want, unit)
		}
	}
	owner("clerkBJ", "010101")
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-02", "等待接收")
	d.refused(complaint.Accept{}, "clerkHD", "2026-03-02", "管辖范围")
	d.refused(complaint.Accept{}, "leadBJ", "2026-03-02", "您不在该机构")
	d.refused(complaint.Decline{}, "clerkSH", "2026-03-02", "退回原因")
	d.do(complaint.Decline{Why: "不是本行客户"}, "clerkSH", "2026-03-03")
	owner("clerkBJ", "010101")
	d.refused(complaint.Decline{Why: "x"}, "clerkBJ", "2026-03-03", "没有待接收的转办")
	d.do(complaint.Assign{Unit: "010201", Why: "已核实"}, "clerkBJ", "2026-03-03").do(complaint.Accept{}, "clerkSH", "2026-03-04")
	owner("clerkSH", "010201")
	if d.c.FirstOwner != "clerkBJ" || len(d.c.HandedOver) != 1 {
		t.Errorf("first owner %s, %d hand-overs", d.c.FirstOwner, len(d.c.HandedOver))
	}
	d.refused(complaint.Accept{}, "clerkSH", "2026-03-04", "没有待接收的转办")
	d.do(complaint.Assign{Person: "leadSH"}, "clerkSH", "2026-03-04")
	d.refused(complaint.Accept{}, "clerkSH", "2026-03-04", "转给了其他人员")
	for _, test := range []struct {
		a    complaint.Assign
		want string
	}{
		{complaint.Assign{}, "请选择接收机构或人员"}, {complaint.Assign{Unit: "010299"}, "已撤销"}, {complaint.Assign{Person: "ghost"}, "人员 ghost 不存在"},
		{complaint.Assign{Person: "gone"}, "已停用"}, {complaint.Assign{Person: "audit"}, "没有办理投诉的角色"}, {complaint.Assign{Person: "clerkSH"}, "已经是承办人"},
	} {
		d.refused(test.a, "clerkSH", "2026-03-04", test.want)
	}
	local := started(t, "2026-03-02").do(complaint.Assign{Person: "clerkBJ2"}, "leadCY", "2026-03-03")
	if local.c.Owner != "clerkBJ2" || local.c.Offer != nil {
		t.Errorf("a lead's order in his own unit waits: %+v", local.c.Offer)
	}
}

// Nothing is without an owner, also what no person received.
func TestDutyOwnsWhatNobodyReceived(t *testing.T) {
	r := complaint.Register{Channel: "web", ReceivedOn: day("2026-03-02"), Complainant: complaint.Complainant{Name: "匿名"}, Narrative: "催收电话打到我单位"}
	for _, test := range []struct {
		name string
		unit party.UnitID
		resp []complaint.Respondent
		want party.PersonID
	}{
		{"head office: its consumer protection", "", nil, "office2HQ"},
		{"sub-branch: its first handler", "010101", nil, "clerkBJ"},
		{"branch: its consumer protection", "0101", nil, "officeBJ"},
		{"nobody there: the superior", "010102", []complaint.Respondent{{Person: "clerkHD"}}, "officeBJ"},
	} {
		r.Unit, r.Respondents = test.unit, test.resp
		e, err := r.NewCase(1, "1", env(party.Consumer, day("2026-03-02"), day("2026-03-02")))
		if err != nil {
			t.Fatal(err)
		}
		if e.FirstOwner != test.want {
			t.Errorf("%s: %s, want %s", test.name, e.FirstOwner, test.want)
		}
	}
	nobody := env(party.Consumer, day("2026-03-02"), day("2026-03-02"))
	nobody.Duty = complaint.DutyOf(nil, tree())
	if _, err := r.NewCase(1, "1", nobody); err == nil || !strings.Contains(err.Error(), "没有可以负责的人员") {
		t.Errorf("got %v", err)
	}
}

func TestRemindSuperviseEscalate(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.Remind{How: "shout", Text: "x"}, "leadCY", "2026-03-03", "催办、督办或升级")
	d.refused(complaint.Remind{How: "remind"}, "leadCY", "2026-03-03", "请填写内容")
	d.refused(complaint.Remind{How: "supervise", Text: "x"}, "leadCY", "2026-03-03", "督办答复期限")
	d.refused(complaint.Remind{How: "supervise", Text: "x", Due: day("2026-03-09")}, "clerkBJ", "2026-03-03", "没有此项权限")
	d.refused(complaint.AnswerSupervision{Text: "x"}, "clerkBJ", "2026-03-03", "没有待答复的督办")
	d.do(complaint.Remind{How: "remind", Text: "请尽快联系"}, "clerkBJ2", "2026-03-03")
	d.do(complaint.Remind{How: "supervise", Text: "三日内报告", Due: day("2026-03-06")}, "boss", "2026-03-03")
	d.do(complaint.Remind{How: "escalate", Text: "涉及面广"}, "clerkBJ", "2026-03-03")
	if d.c.Reminders[2].To != "0101" || d.one(complaint.ReportBy).Due != day("2026-03-06") {
		t.Errorf("reminders %+v", d.c.Reminders)
	}
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-04", "督办没有答复")
	d.do(complaint.AnswerSupervision{Text: "已联系消费者"}, "clerkBJ", "2026-03-04")
	if d.one(complaint.ReportBy).Live() {
		t.Error("answered and still live")
	}
	top := register(t, "clerkHQ", "2026-03-02", complaint.Register{})
	top.refused(complaint.Remind{How: "escalate", Text: "x"}, "clerkHQ", "2026-03-03", "没有上级机构可升级")
}

// S0.7: the seven steps, required lines or a reason.
func TestSteps(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.FinishStep{Step: 7}, "clerkBJ", "2026-03-02", "没有第 8 步")
	d.refused(complaint.FinishStep{Step: -1}, "clerkBJ", "2026-03-02", "没有第 0 步")
	d.refused(complaint.FinishStep{Step: complaint.Listen}, "clerkBJ", "2026-03-02", "还缺一项")
	d.refused(complaint.FinishStep{Step: complaint.Listen, Checked: []string{"heard_out", "restated", "sang"}}, "clerkBJ", "2026-03-02", "没有 sang")
	d.refused(complaint.FinishStep{Step: complaint.Calm, Skip: true}, "clerkBJ", "2026-03-02", "须说明原因")
	d.do(complaint.FinishStep{Step: complaint.Listen, Checked: []string{"heard_out", "restated"}, Note: "担心生意受影响"}, "clerkBJ", "2026-03-03")
	d.refused(complaint.FinishStep{Step: complaint.Listen, Checked: []string{"heard_out", "restated"}}, "clerkBJ", "2026-03-03", "已经完成")
	d.do(complaint.FinishStep{Step: complaint.Calm, Skip: true, Note: "消费者情绪平稳"}, "clerkBJ", "2026-03-04")
	if got := d.c.InStep(complaint.Listen, at(day("2026-03-09"))); got.Hours() != 24 {
		t.Errorf("time in step one: %v", got)
	}
	if got := d.c.InStep(complaint.Apologise, at(day("2026-03-05"))); got.Hours() != 24 || d.c.InStep(complaint.Collect, at(day("2026-03-05"))) != 0 {
		t.Errorf("time in step three: %v", got)
	}
	groups := complaint.StepGroups()
	if len(complaint.Guides()) != complaint.StepCount || len(groups) != 5 {
		t.Fatalf("%d steps in %d groups", len(complaint.Guides()), len(groups))
	}
	for _, g := range complaint.Guides() {
		if g.Name == "" || g.NameEn == "" || len(g.Prompts) == 0 || !slices.ContainsFunc(groups, func(x complaint.StepGroup) bool { return x.ID == g.Group }) {
			t.Errorf("step %s is incomplete", g.ID)
		}
	}
}

// Merge keeps numbers and clocks; unmerge restores exactly.
func TestMergeAndUnmerge(t *testing.T) {
	from := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "nfra", SenderNumber: "京金投 5"}).do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	from.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-03-03").do(complaint.Approve{N: 1}, "leadCY", "2026-03-03")
	from.do(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-04"), ExpectedTo: day("2026-03-06"), Body: "鉴定所"}, "clerkBJ", "2026-03-04")
	from.do(complaint.Assign{Person: "clerkHD"}, "clerkBJ", "2026-03-04")
	into := started(t, "2026-03-05").do(complaint.AddFacts{On: day("2026-03-08"), Restart: true, Text: "新事实"}, "clerkBJ", "2026-03-08")
	into.do(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-08"), ExpectedTo: day("2026-03-09"), Body: "鉴定所"}, "clerkBJ", "2026-03-08").do(complaint.EndExclusion{N: 1, To: day("2026-03-09"), Result: "x"}, "clerkBJ", "2026-03-09")
	before, intoBefore := from.c, into.c
	want := from.due(complaint.DecideBy)[1]

	refuse := func(name string, f, i complaint.Case, why, want string) {
		t.Helper()
		if _, _, err := complaint.Merge(f, i, why); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	refuse("itself", from.c, from.c, "同一事", "并入它自己")
	refuse("no reason", from.c, into.c, "", "合并原因")
	refuse("another nature", from.c, started(t, "2026-03-02").do(complaint.Reclassify{Nature: complaint.Report, Why: "举报"}, "clerkBJ", "2026-03-03").c, "x", "事项类型不同")
	refuse("into a finished one", from.c, started(t, "2026-03-02").decided("clerkBJ", "leadCY", "2026-03-03").told("clerkBJ", "2026-03-03").c, "x", "已告知或投诉已终止")
	refuse("a decided one", started(t, "2026-03-02").decided("clerkBJ", "leadCY", "2026-03-03").c, into.c, "x", "已批准，不能合并")

	fe, ie, err := complaint.Merge(from.c, into.c, "同一人同一事")
	if err != nil {
		t.Fatal(err)
	}
	from.take(fe, who("clerkBJ"), at(day("2026-03-10")))
	into.take(ie, who("clerkBJ"), at(day("2026-03-10")))
	if got := into.due(complaint.DecideBy)[2]; got != want {
		t.Errorf("the clock of the merged reference moved from %s to %s", want, got)
	}
	if r, _ := into.c.Reference(2); r.Number != "京金投 5" || len(into.due(complaint.AnswerBy)) != 1 {
		t.Errorf("reference %+v", r)
	}
	if from.c.Open() || from.deadlines() != nil {
		t.Error("the merged case still has dates of its own")
	}
	for _, cmd := range []complaint.Command{complaint.AddPoint{Text: "x"}, complaint.Attach{Name: "a", Digest: "d", Size: 1}, complaint.ClimbLadder{Rung: complaint.RungDispute, On: day("2026-03-10")}, complaint.Reopen{On: day("2026-03-10"), Why: "x"}, complaint.RecordFollowUp{}} {
		from.refused(cmd, "clerkBJ", "2026-03-10", "已并入")
	}
	refuse("one that took in", into.c, started(t, "2026-03-05").c, "x", "自己合并过")

	if _, _, err := complaint.Unmerge(into.c, from.c, "x"); err == nil || !strings.Contains(err.Error(), "没有并入") {
		t.Errorf("unmerge the wrong way: %v", err)
	}
	fe, ie, err = complaint.Unmerge(from.c, into.c, "不是同一人")
	if err != nil {
		t.Fatal(err)
	}
	from.take(fe, who("leadCY"), at(day("2026-03-11")))
	into.take(ie, who("leadCY"), at(day("2026-03-11")))
	if diff := cmp.Diff(before, from.c, cmpopts.IgnoreFields(complaint.Case{}, "Version", "Touched", "StateBefore"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("not restored:\n%s", diff)
	}
	if !slices.EqualFunc(into.c.LiveReferences(), intoBefore.LiveReferences(), func(a, b complaint.Reference) bool { return cmp.Equal(a, b) }) {
		t.Errorf("references left behind: %+v", into.c.LiveReferences())
	}
	if _, _, err := complaint.Unmerge(from.c, into.c, "x"); err == nil {
		t.Error("unmerged twice")
	}
}

// Art. 32: a split keeps both.
func TestSplitKeepsBoth(t *testing.T) {
	d := started(t, "2026-03-02")
	other := register(t, "clerkBJ", "2026-03-02", complaint.Register{Nature: complaint.Report, Narrative: "举报柜员代客操作", SplitFrom: d.c.ID})
	part := &complaint.Registered{ID: other.c.ID, Number: other.c.Number, Nature: other.c.Nature, SplitFrom: d.c.ID}
	if _, err := complaint.Split(d.c, part, ""); err == nil || !strings.Contains(err.Error(), "拆分原因") {
		t.Errorf("got %v", err)
	}
	if _, err := complaint.Split(d.c, &complaint.Registered{ID: 5}, "x"); err == nil || !strings.Contains(err.Error(), "没有指向原投诉") {
		t.Errorf("got %v", err)
	}
	events, err := complaint.Split(d.c, part, "举报按其规则办理")
	if err != nil {
		t.Fatal(err)
	}
	d.take(events, who("clerkBJ"), at(day("2026-03-02")))
	if !d.c.Open() || !other.c.Open() || d.c.SplitInto[0] != other.c.ID || other.c.SplitFrom != d.c.ID || len(d.due(complaint.DecideBy)) != 1 || len(other.due(complaint.ReplyBy)) != 1 {
		t.Errorf("split into %v, from %v", d.c.SplitInto, other.c.SplitFrom)
	}
}

// Closing lists what fails, each with the command that mends it.
func TestCloseListsWhatFails(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "nfra"})
	for range 2 {
		for _, k := range d.c.Checks() {
			if _, ok := complaint.VerbOf(k.Mend); !ok || k.ID == "" || k.Text == "" {
				t.Errorf("check %s mends by %q", k.ID, k.Mend)
			}
		}
		for _, h := range d.c.Hints(day("2026-03-02")) {
			if _, ok := complaint.VerbOf(h.Mend); !ok && h.Mend != "" {
				t.Errorf("hint %s mends by %q", h.ID, h.Mend)
			}
		}
		d = register(t, "clerkBJ", "2026-03-02", complaint.Register{Nature: complaint.Report})
	}
	d = register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "nfra"})
	var got []string
	for _, k := range complaint.Failing(d.c.Checks()) {
		got = append(got, k.ID)
	}
	want := []string{"answers", "points", "decision", "notice", "faults", "codes", "steps", "follow_up"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	next := func(want string) {
		t.Helper()
		if mend, why := d.c.NextStep(); mend != want || why == "" {
			t.Errorf("next is %s (%s), want %s", mend, why, want)
		}
	}
	next("accept")
	d.do(complaint.Accept{}, "clerkBJ", "2026-03-02")
	next("finish-step")
	d.steps("clerkBJ", "2026-03-03").do(complaint.IssueLetter{What: complaint.Acknowledgement}, "clerkBJ", "2026-03-03")
	next("answer-reference")
	d.decided("clerkBJ", "leadCY", "2026-03-04").told("clerkBJ", "2026-03-04").do(complaint.AnswerReference{N: 1, On: day("2026-03-04"), Proof: "回执"}, "clerkBJ", "2026-03-04")
	codes := complaint.Codes{Product: "account", Reason: "rules"}
	d.do(complaint.Amend{Codes: &codes}, "clerkBJ", "2026-03-04")
	next("record-follow-up")
	for _, test := range []struct {
		f    complaint.RecordFollowUp
		want string
	}{
		{complaint.RecordFollowUp{Reached: true, Satisfaction: 6}, "1 至 5 分"}, {complaint.RecordFollowUp{Satisfaction: 3, Comment: "x"}, "没有联系上"},
		{complaint.RecordFollowUp{}, "回访内容"}, {complaint.RecordFollowUp{On: day("2026-03-03"), Reached: true}, "早于告知"},
	} {
		d.refused(test.f, "clerkBJ", "2026-03-05", test.want)
	}
	d.do(complaint.RecordFollowUp{Reached: true, Satisfaction: 4, Comment: "希望提前通知"}, "clerkBJ", "2026-03-05")
	next("close")
	d.do(complaint.Close{}, "clerkBJ", "2026-03-06")
	if mend, _ := d.c.NextStep(); mend != "" || d.c.Open() {
		t.Errorf("closed and still %q", mend)
	}
	for _, dl := range d.deadlines() {
		if dl.Live() {
			t.Errorf("a closed case has a live deadline: %s", dl.Kind)
		}
	}
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-06", "已办结")
}

// Art. 18: what the consumer must be told promptly stands in the way of closing.
func TestUntoldExtension(t *testing.T) {
	d := started(t, "2026-03-02").do(complaint.StartExclusion{What: complaint.Appraisal, From: day("2026-03-03"), ExpectedTo: day("2026-03-05"), Body: "鉴定所"}, "clerkBJ", "2026-03-03")
	failing := func() bool {
		return slices.ContainsFunc(complaint.Failing(d.c.Checks()), func(k complaint.Check) bool { return k.ID == "told" })
	}
	if !failing() || !slices.ContainsFunc(d.c.Hints(day("2026-03-06")), func(h complaint.Hint) bool { return h.ID == "exclusion" }) {
		t.Errorf("hints %+v", d.c.Hints(day("2026-03-06")))
	}
	d.do(complaint.IssueLetter{What: complaint.ExclusionLetter}, "clerkBJ", "2026-03-03").do(complaint.GiveNotice{Letter: 1, Mode: complaint.Sent, On: day("2026-03-03"), Proof: "短信 1"}, "clerkBJ", "2026-03-03")
	if failing() {
		t.Error("told, and still untold")
	}
}

// CP-23 (art. 29): twenty people together in person make a major complaint, which is reported.
func TestMajorComplaint(t *testing.T) {
	joint := func(n int) *complaint.Joint {
		return &complaint.Joint{Count: n, Representatives: []string{"甲", "乙"}}
	}
	for _, test := range []struct {
		name    string
		channel party.ChannelID
		joint   *complaint.Joint
		want    bool
	}{{"twenty at the counter", "counter", joint(20), true}, {"nineteen", "counter", joint(19), false}, {"twenty by web", "web", joint(20), false}, {"one", "counter", nil, false}} {
		d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: test.channel, Joint: test.joint})
		if got := d.c.Major != nil; got != test.want {
			t.Errorf("%s: major %v, want %v", test.name, got, test.want)
		}
	}
	d := started(t, "2026-03-02")
	d.refused(complaint.ReportMajor{On: day("2026-03-02"), To: "x", Proof: "x"}, "clerkBJ", "2026-03-02", "没有待报告")
	d.refused(complaint.MarkMajor{Ground: "loud", Why: "x"}, "clerkBJ", "2026-03-03", "重大投诉的情形")
	d.do(complaint.MarkMajor{Ground: complaint.MajorDisaster, Why: "暴雨致车辆集中受损"}, "clerkBJ", "2026-03-03")
	d.refused(complaint.MarkMajor{Ground: complaint.MajorDisaster, Why: "x"}, "clerkBJ", "2026-03-03", "已列为")
	if got := d.one(complaint.MajorBy); got.Due != day("2026-03-04") || !got.Live() {
		t.Errorf("report by %s", got.Due)
	}
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-03", "重大投诉还没有报告")
	d.refused(complaint.ReportMajor{On: day("2026-03-03"), Proof: "x"}, "clerkBJ", "2026-03-03", "报告对象")
	d.do(complaint.ReportMajor{On: day("2026-03-03"), To: "北京金融监管局消保处", Proof: "报告 3 号"}, "clerkBJ", "2026-03-03")
	if d.one(complaint.MajorBy).Live() {
		t.Error("reported and still live")
	}
}

// CP-04 (art. 14): an agent without proof is taken in; the handler is reminded, the clock runs.
func TestHints(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Representative: &complaint.Representative{Kind: complaint.Heir, Name: "王强"}, Vulnerable: []string{"elderly", "illness"}})
	has := func(id, text string) bool {
		return slices.ContainsFunc(d.c.Hints(day("2026-03-02")), func(h complaint.Hint) bool { return h.ID == id && strings.Contains(h.Text, text) })
	}
	if !has("proof", "王强的继承关系证明") || !has("care", "老年人、重病患者") || !has("codes", "产品类别") {
		t.Errorf("hints %+v", d.c.Hints(day("2026-03-02")))
	}
	d.do(complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "x", ReplyNext: "周五前回电"}, "clerkBJ", "2026-03-02")
	if !has("promise", "周五前回电") {
		t.Error("a promise is forgotten")
	}
	d.do(complaint.Amend{Representative: &complaint.Representative{Kind: complaint.Heir, Name: "王强", Proof: "公证书 12"}, Why: "补齐"}, "clerkBJ", "2026-03-03")
	if has("proof", "") {
		t.Error("proof is there and still asked for")
	}
}

func TestAmendAndPoints(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Vulnerable: []string{"elderly"}})
	d.refused(complaint.Amend{Why: "x"}, "clerkBJ", "2026-03-03", "没有要更正的内容")
	name := complaint.Complainant{Name: "王秀瑛", Phone: "13800001234"}
	d.refused(complaint.Amend{Complainant: &name}, "clerkBJ", "2026-03-03", "更正原因")
	bad, none, fen, demand := []string{"rich"}, []string{}, int64(88_00), "恢复额度"
	d.refused(complaint.Amend{Vulnerable: &bad, Why: "x"}, "clerkBJ", "2026-03-03", "不在可选范围")
	d.do(complaint.Amend{Complainant: &name, Vulnerable: &none, Amount: &fen, Demand: &demand, Why: "笔误"}, "clerkBJ", "2026-03-03")
	if d.c.Complainant != name || len(d.c.Vulnerable) != 0 || d.c.Amount != fen || d.c.Demand != demand {
		t.Errorf("amended to %+v %v", d.c.Complainant, d.c.Vulnerable)
	}
	d.refused(complaint.ChangePoint{N: 1, Why: "x"}, "clerkBJ", "2026-03-03", "至少要保留一个")
	d.refused(complaint.AddPoint{}, "clerkBJ", "2026-03-03", "请填写争议点")
	d.do(complaint.AddPoint{Text: "客服挂断电话"}, "clerkBJ", "2026-03-03")
	d.refused(complaint.ChangePoint{N: 2}, "clerkBJ", "2026-03-03", "删除争议点的原因")
	d.refused(complaint.ChangePoint{N: 5, Text: "x"}, "clerkBJ", "2026-03-03", "没有第 5 个")
	d.found("clerkBJ", "2026-03-03").do(complaint.ChangePoint{N: 1, Text: "限额未告知"}, "clerkBJ", "2026-03-03")
	d.refused(complaint.ChangePoint{N: 1, Text: "限额未告知"}, "clerkBJ", "2026-03-03", "没有变化")
	if d.c.Points[0].Finding != nil {
		t.Error("another allegation keeps the old finding")
	}
	d.do(complaint.ChangePoint{N: 2, Why: "与第一点重复"}, "clerkBJ", "2026-03-03")
	if len(d.c.Live()) != 1 {
		t.Errorf("%d live", len(d.c.Live()))
	}
	d.refused(complaint.AddNote{}, "clerkBJ", "2026-03-03", "请填写备注").do(complaint.AddNote{Text: "先查双录"}, "clerkBJ", "2026-03-03")
	file := complaint.Attach{Name: "录屏.mp4", Type: "video/mp4", Size: 9, Digest: "ab"}
	d.refused(complaint.Attach{Name: "空"}, "clerkBJ", "2026-03-03", "文件是空的").do(file, "clerkBJ", "2026-03-03").refused(file, "clerkBJ", "2026-03-03", "已经上传过")
}

// S4.1: the ladder of a dispute, one rung at a time, with its history.
func TestLadder(t *testing.T) {
	d := started(t, "2026-03-02")
	d.refused(complaint.ClimbLadder{Rung: "duel", On: day("2026-03-03")}, "clerkBJ", "2026-03-03", "解决途径")
	d.refused(complaint.ClimbLadder{Rung: complaint.RungLitigation, On: day("2026-03-03")}, "clerkBJ", "2026-03-03", "受理机构")
	d.refused(complaint.EndLadder{N: 1}, "clerkBJ", "2026-03-03", "没有进行中")
	d.do(complaint.ClimbLadder{Rung: complaint.RungArbitration, Body: "北京仲裁委员会", On: day("2026-03-03")}, "clerkBJ", "2026-03-03")
	d.refused(complaint.ClimbLadder{Rung: complaint.RungLitigation, Body: "法院", On: day("2026-03-03")}, "clerkBJ", "2026-03-03", "上一途径（仲裁 北京仲裁委员会）")
	d.refused(complaint.EndLadder{N: 1, On: day("2026-03-02"), Result: "x"}, "clerkBJ", "2026-03-03", "早于开始日期")
	d.refused(complaint.EndLadder{N: 1, On: day("2026-03-03"), Result: "x", Enforceable: true}, "clerkBJ", "2026-03-03", "可强制执行")
	d.do(complaint.EndLadder{N: 1, On: day("2026-03-04"), Result: "撤回仲裁"}, "clerkBJ", "2026-03-04").do(complaint.ClimbLadder{Rung: complaint.RungLitigation, Body: "西城区法院", On: day("2026-03-05")}, "clerkBJ", "2026-03-05")
	if len(d.c.Ladder) != 2 || d.c.Ladder[0].Result != "撤回仲裁" {
		t.Errorf("ladder %+v", d.c.Ladder)
	}
}

// The dates a form shows before registering are those the case will have.
func TestDeadlinesOfARegistration(t *testing.T) {
	r := complaint.Register{Channel: "nfra", ReceivedOn: day("2026-03-02"), OwnDue: day("2026-03-09"), Complainant: complaint.Complainant{Name: "王"}, Narrative: "限额"}
	shown := r.Deadlines(env(who("clerkBJ"), day("2026-03-02"), day("2026-03-02")))
	d := register(t, "clerkBJ", "2026-03-02", r)
	if len(shown) == 0 || len(shown) != len(d.deadlines()) {
		t.Fatalf("%d shown, %d kept", len(shown), len(d.deadlines()))
	}
	for i, dl := range d.deadlines() {
		if shown[i].Due != dl.Due || shown[i].Kind != dl.Kind {
			t.Errorf("shown %s %s, kept %s %s", shown[i].Kind, shown[i].Due, dl.Kind, dl.Due)
		}
	}
	if got := (complaint.Register{Channel: "owl"}).Deadlines(env(who("clerkBJ"), day("2026-03-02"), day("2026-03-02"))); got != nil {
		t.Errorf("got %v", got)
	}
	if d.c.Explain(complaint.Deadline{Kind: complaint.AgreedBy}, calendar.Official()) != nil {
		t.Error("a date that a person set has no count")
	}
}

func TestNothingHappensToNoCase(t *testing.T) {
	for _, v := range complaint.Verbs() {
		events, err := v.New().Decide(complaint.Case{}, env(who("officeHQ"), day("2026-03-02"), day("2026-03-02")))
		if err == nil || len(events) > 0 {
			t.Errorf("%s happened to a case that is not there", v.Name)
		}
	}
}

package complaint_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"xiaobao/internal/complaint"
)

func strs[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// Every value of every enumeration has both names, and no name is left over.
func TestLabelsAreComplete(t *testing.T) {
	commands := []string{"issue-letter", "attach"}
	for _, v := range complaint.Verbs() {
		commands = append(commands, v.Name)
	}
	groups := map[string][]string{
		"state": strs(complaint.States), "nature": strs(complaint.Natures), "outcome": strs(complaint.Outcomes), "ending": strs(complaint.Endings),
		"letter": strs(complaint.LetterKinds), "notice_mode": strs(complaint.NoticeModes), "exclusion": strs(complaint.ExclusionKinds), "rung": strs(complaint.Rungs),
		"bearer": strs(complaint.Bearers), "vulnerability": complaint.Vulnerabilities, "refusal": complaint.RefusalReasons, "request": complaint.Requests,
		"redress": complaint.RedressKinds, "deadline": strs(complaint.DeadlineKinds), "approval": strs(complaint.ApprovalKinds), "approval_state": strs(complaint.ApprovalStates),
		"representative": strs(complaint.RepresentativeKinds), "reminder": complaint.ReminderKinds, "contact": append(slices.Clone(complaint.ContactChannels), "material"),
		"withdrawal": complaint.WithdrawalModes, "reply": strs(complaint.ReplyKinds), "major": strs(complaint.MajorGrounds), "event": complaint.Kinds(), "command": commands,
		"escalation": strs(complaint.Escalations), "level": strs(complaint.Levels), "talk_response": strs(complaint.TalkResponses),
		"agent_sign": complaint.AgentSigns, "agent_state": strs(complaint.AgentStates), "topic": strs(complaint.Topics), "verdict": strs(complaint.Verdicts),
		"case_file_reason": complaint.CaseFileReasons,
	}
	for _, t := range complaint.Topics {
		if !t.Coded() && !t.Text() {
			groups[string(t)] = t.Values()
		}
	}
	for group, values := range groups {
		for _, v := range values {
			zh, en := complaint.Label(group, v, "zh"), complaint.Label(group, v, "en")
			if zh == "" || en == "" || zh == v || zh == en {
				t.Errorf("%s %s: zh %q, en %q", group, v, zh, en)
			}
		}
		values = slices.Sorted(slices.Values(values))
		if diff := cmp.Diff(values, complaint.LabelIDs(group)); diff != "" {
			t.Errorf("%s (- constants, + labels):\n%s", group, diff)
		}
	}
	if got := complaint.LabelGroups(); len(got) != len(groups) {
		t.Errorf("%d groups of labels, %d of constants: %v", len(got), len(groups), got)
	}
	if got := complaint.Label("state", "asleep", "zh"); got != "asleep" {
		t.Errorf("an unknown value becomes %q", got)
	}
}

func TestCodeBook(t *testing.T) {
	b := complaint.Book()
	for name, list := range map[string][]complaint.Code{"product": b.Products, "reason": b.Reasons, "right": b.Rights, "life cycle": b.LifeCycle, "channel": b.Business} {
		seen := map[string]bool{}
		for _, c := range list {
			if c.ID == "" || c.Name == "" || c.NameEn == "" || seen[c.ID] {
				t.Errorf("%s %+v: incomplete or twice", name, c)
			}
			seen[c.ID] = true
		}
	}
	if complaint.CodeName(b.Rights, "know") != "知情权" || complaint.CodeName(b.Rights, "sing") != "sing" {
		t.Error("names of codes")
	}
}

func TestMasks(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{complaint.MaskName("王"), "王"}, {complaint.MaskName("王秀英"), "王**"}, {complaint.MaskName("阿卜杜拉·买买提"), "阿***"},
		{complaint.MaskNumber("13800001234"), "138****1234"}, {complaint.MaskNumber("1234567"), "*****67"}, {complaint.MaskNumber(""), ""}, {complaint.MaskNumber("12"), "**"},
		{complaint.MaskText("北京市朝阳区"), "北京市***"}, {complaint.MaskText("北京"), "**"},
		{complaint.MaskNumbers("请打 13800001234 找我"), "请打 138****1234 找我"},
		{complaint.MaskNumbers("请打１３８００００１２３４，客户经理王芳，编号7654321"), "请打138****1234，客户经理王*，编号*****21"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Complainant: complaint.Complainant{Name: "王秀英", Phone: "13800001234", Address: "北京市朝阳区"}, Narrative: "我的电话 13800001234", Representative: &complaint.Representative{Kind: complaint.Agent, Name: "李四光", Phone: "13900001234"}, Joint: &complaint.Joint{Count: 2, Representatives: []string{"甲乙丙"}}})
	m := d.c.Masked()
	for _, got := range []string{m.Complainant.Name, m.Complainant.Phone, m.Complainant.Address, m.Narrative, m.Representative.Name, m.Representative.Phone, m.Joint.Representatives[0], m.Points[0].Text} {
		if !slices.Contains([]rune(got), '*') {
			t.Errorf("%q is readable", got)
		}
	}
	if d.c.Representative.Name != "李四光" || d.c.Points[0].Text != "我的电话 13800001234" || d.c.Joint.Representatives[0] != "甲乙丙" {
		t.Error("masking changed the case itself")
	}
}

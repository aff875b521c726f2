package complaint_test

import (
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

func words(decision string, answers ...complaint.Answer) complaint.Reply {
	return complaint.Reply{Opening: "感谢您的来信。", Decision: decision, Answers: answers}
}

func (d *desk) draft() complaint.Draft {
	v, _ := d.c.Draft(complaint.DecisionReply)
	return v
}

// Saving by itself goes on with a version; by hand or by somebody else a new one begins.
func TestDraftVersions(t *testing.T) {
	d := started(t, "2026-03-02")
	save := func(base int, auto bool, text string) complaint.SaveDraft {
		return complaint.SaveDraft{Kind: complaint.DecisionReply, Base: base, Auto: auto, Reply: words(text)}
	}
	for _, step := range []struct {
		by      party.PersonID
		auto    bool
		text    string
		n, rev  int
		version int // how many are kept
	}{
		{"clerkBJ", true, "退", 1, 1, 1},
		{"clerkBJ", true, "退还", 1, 2, 1},
		{"clerkBJ", false, "退还年费", 1, 3, 1},
		{"clerkBJ", true, "退还年费和", 2, 4, 2},
		{"leadCY", true, "退还年费和利息", 3, 5, 3},
		{"leadCY", true, "退还年费和利息", 3, 5, 3}, // nothing changed
	} {
		d.do(save(d.draft().Rev, step.auto, step.text), step.by, "2026-03-03")
		got := d.draft()
		if got.N != step.n || got.Rev != step.rev || len(d.c.Drafts) != step.version || got.Reply.Decision != step.text {
			t.Errorf("%+v: version %d, save %d, %d kept, %q", step, got.N, got.Rev, len(d.c.Drafts), got.Reply.Decision)
		}
	}
}

func TestDraftIsRefused(t *testing.T) {
	d := started(t, "2026-03-02")
	one := complaint.SaveDraft{Kind: complaint.DecisionReply, Reply: words("退还")}
	d.do(one, "clerkBJ", "2026-03-03")
	d.refused(one, "clerkBJ", "2026-03-03", "已有新的版本")
	d.refused(complaint.SaveDraft{Kind: "poem", Reply: words("退")}, "clerkBJ", "2026-03-03", "答复种类")
	d.refused(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: words("退", complaint.Answer{Point: 9, Text: "无"})}, "clerkBJ", "2026-03-03", "没有第 9 个争议点")
	d.refused(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: words("退", complaint.Answer{Point: 1, Text: "一"}, complaint.Answer{Point: 1, Text: "二"})}, "clerkBJ", "2026-03-03", "写了两段")
	d.refused(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: words(string(make([]rune, 4001)))}, "clerkBJ", "2026-03-03", "4001 字")
	d.refused(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: words("\xff")}, "clerkBJ", "2026-03-03", "无法识别")
	d.do(complaint.SaveDraft{Kind: complaint.MessageReply, Reply: words("已收到")}, "clerkBJ", "2026-03-03")
	if got := d.draft(); got.Reply.Decision != "退还" || got.Rev != 1 {
		t.Errorf("a message changed the decision: %+v", got)
	}
	told := started(t, "2026-03-02").decided("clerkBJ", "leadCY", "2026-03-03").told("clerkBJ", "2026-03-03")
	told.refused(one, "clerkBJ", "2026-03-03", "不能再起草处理决定")
	told.do(complaint.SaveDraft{Kind: complaint.RegulatorReply, Reply: words("复函")}, "clerkBJ", "2026-03-03")
}

// What is proposed from a draft is the draft's wording, whole and unchanged.
func TestProposeADraft(t *testing.T) {
	d := started(t, "2026-03-02").found("clerkBJ", "2026-03-03").do(noFault, "clerkBJ", "2026-03-03")
	d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Reply: words("恢复额度")}, "clerkBJ", "2026-03-03")
	d.refused(complaint.ProposeDecision{Draft: 7}, "clerkBJ", "2026-03-03", "没有第 7 版")
	d.refused(complaint.ProposeDecision{Draft: 1}, "clerkBJ", "2026-03-03", "没有答复第 1 个争议点")
	whole := words("恢复额度", complaint.Answer{Point: 1, Text: "经核实，限额未提前告知。"})
	d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: whole}, "clerkBJ", "2026-03-03")
	let := []complaint.Overridden{{Finding: "no_options:1", Says: "没有给出可选方案", Why: "没有别的办法", By: "person/leadCY"}}
	d.do(complaint.ProposeDecision{Draft: 2, Overridden: let}, "clerkBJ", "2026-03-03")
	d.do(complaint.ReturnApproval{N: 1, Why: "请写明原因"}, "leadCY", "2026-03-03")
	if back := d.c.LastReturned(); back == nil || back.Decision.Reply.Answer(1) != whole.Answer(1) || back.Decision.Overridden[0].By != let[0].By {
		t.Fatalf("returned: %+v", back)
	}
	d.do(complaint.ProposeDecision{Draft: 2}, "clerkBJ", "2026-03-03").do(complaint.Approve{N: 2}, "leadCY", "2026-03-03")
	if got := d.c.Decision; got.Text != "恢复额度" || got.Reply == nil || !got.Reply.Same(whole) {
		t.Errorf("decided: %+v", got)
	}
}

func TestOverride(t *testing.T) {
	d := started(t, "2026-03-02")
	let := complaint.OverrideReply{Findings: []string{"forbidden:ab12"}, Why: "引用客户原话", Says: []string{"出现禁语"}}
	d.refused(let, "clerkBJ", "2026-03-03", "")
	d.refused(complaint.OverrideReply{Findings: let.Findings}, "leadCY", "2026-03-03", "放行理由")
	d.refused(complaint.OverrideReply{Why: "无"}, "leadCY", "2026-03-03", "请选择要放行")
	d.refused(complaint.OverrideReply{Findings: []string{"客户"}, Why: "无"}, "leadCY", "2026-03-03", "没有这条检查意见")
	d.do(let, "leadCY", "2026-03-03")
	got, ok := d.c.OverrideOf("forbidden:ab12")
	if !ok || got.Why != let.Why || got.By != "person/leadCY" || got.Says[0] != "出现禁语" {
		t.Errorf("override: %+v", got)
	}
	if _, ok := d.c.OverrideOf("forbidden:ab13"); ok {
		t.Error("an override covers another finding")
	}
}

// Who wrote a reply does not judge its check, unless the house says so; and nobody
// proposes a decision on the strength of his own override.
func TestOverrideTakesASecondPerson(t *testing.T) {
	let := complaint.OverrideReply{Findings: []string{"forbidden:ab12"}, Why: "引用客户原话", Says: []string{"出现禁语"}}
	d := started(t, "2026-03-02")
	d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Reply: complaint.Reply{Decision: "恢复额度"}}, "leadCY", "2026-03-03")
	d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: complaint.Reply{Decision: "恢复额度。"}}, "clerkBJ", "2026-03-03")
	d.refused(let, "leadCY", "2026-03-03", "另一名")
	message := let
	message.Kind = complaint.MessageReply // of which the lead wrote nothing
	d.do(message, "leadCY", "2026-03-03").do(let, "leadBJ", "2026-03-03")
	off, err := regulation.Embedded().WithSettings(map[string]string{"reply.override.second": "false"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		by    party.PersonID
		rules regulation.Set
		want  int // overrides that count for a proposal
	}{
		{"clerkBJ", regulation.Embedded().At(day("2026-03-02")), 2}, {"leadBJ", regulation.Embedded().At(day("2026-03-02")), 1}, {"leadBJ", off.At(day("2026-03-02")), 2},
	} {
		e := env(who(test.by), day("2026-03-03"), day("2026-03-02"))
		e.Rules = test.rules
		if got := len(d.c.ForProposal(e).Overrides); got != test.want {
			t.Errorf("%s: %d overrides count, want %d", test.by, got, test.want)
		}
	}
	alone := env(who("leadCY"), day("2026-03-03"), day("2026-03-02"))
	alone.Rules = off.At(day("2026-03-02"))
	if _, err := let.Decide(d.c, alone); err != nil {
		t.Errorf("switched off: %v", err)
	}
}

// What is only drafted makes nobody's form outdated; everything else does.
func TestDraftsOutdateNothing(t *testing.T) {
	d := started(t, "2026-03-02")
	seen := d.c.Version
	for i := range 3 {
		d.do(complaint.SaveDraft{Kind: complaint.MessageReply, Base: i, Auto: true, Reply: complaint.Reply{Opening: strings.Repeat("您好。", i+1)}}, "clerkBJ", "2026-03-03")
	}
	if d.c.Version != seen+3 || d.c.Outdated(seen) || d.c.Outdated(0) || !d.c.Outdated(seen-1) || !d.c.Outdated(seen+4) {
		t.Errorf("version %d, touched %d, seen %d", d.c.Version, d.c.Touched, seen)
	}
	d.do(complaint.RecordContact{At: at(day("2026-03-03")), Channel: "phone", Reached: true, Summary: "再次致电"}, "clerkBJ", "2026-03-03")
	if !d.c.Outdated(seen) || d.c.Outdated(d.c.Version) {
		t.Errorf("version %d, touched %d, seen %d", d.c.Version, d.c.Touched, seen)
	}
}

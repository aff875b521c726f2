package complaint_test

import (
	"slices"
	"testing"

	"xiaobao/internal/complaint"
)

// What a model wrote waits for a person, paragraph by paragraph: a change of the
// words confirms, white space does not, and neither does saving again.
func TestMachineParagraphsWaitForAPerson(t *testing.T) {
	machine := words("恢复额度", complaint.Answer{Point: 1, Text: "经核实，限额未提前告知。"})
	save := complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Reply: machine}
	edit := func(fn func(*complaint.SaveDraft)) complaint.SaveDraft {
		d := save
		d.Reply.Answers = slices.Clone(d.Reply.Answers)
		fn(&d)
		return d
	}
	for name, c := range map[string]struct {
		save complaint.SaveDraft
		want []string
	}{
		"as it is":          {save, []string{"opening", "answer-1"}},
		"by itself":         {edit(func(d *complaint.SaveDraft) { d.Auto = true }), []string{"opening", "answer-1"}},
		"white space":       {edit(func(d *complaint.SaveDraft) { d.Reply.Opening = " 感谢您的\n来信。" }), []string{"opening", "answer-1"}},
		"one changed":       {edit(func(d *complaint.SaveDraft) { d.Reply.Opening = "谢谢您的来信。" }), []string{"answer-1"}},
		"one confirmed":     {edit(func(d *complaint.SaveDraft) { d.Confirm = []string{"answer-1"} }), []string{"opening"}},
		"one taken out":     {edit(func(d *complaint.SaveDraft) { d.Reply.Opening = "" }), []string{"answer-1"}},
		"another":           {edit(func(d *complaint.SaveDraft) { d.Confirm = []string{"decision", "answer-7"} }), []string{"opening", "answer-1"}},
		"all":               {edit(func(d *complaint.SaveDraft) { d.Confirm = []string{"opening", "answer-1"} }), nil},
		"written once more": {edit(func(d *complaint.SaveDraft) { d.Machine = []string{"opening", "answer-1"}; d.Confirm = d.Machine }), []string{"opening", "answer-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := started(t, "2026-03-02").found("clerkBJ", "2026-03-03").do(noFault, "clerkBJ", "2026-03-03")
			d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Reply: machine, Machine: []string{"opening", "answer-1"}}, "clerkBJ", "2026-03-03")
			d.do(c.save, "clerkBJ", "2026-03-03")
			if got := d.draft().Machine; !slices.Equal(got, c.want) {
				t.Fatalf("waiting: %v, want %v", got, c.want)
			}
			propose := complaint.ProposeDecision{Draft: d.draft().N}
			if len(c.want) > 0 {
				d.refused(propose, "clerkBJ", "2026-03-03", "由机器起草")
			} else {
				d.do(propose, "clerkBJ", "2026-03-03")
			}
		})
	}
}

// A model never writes over what somebody is typing: it begins a version.
func TestMachineBeginsAVersion(t *testing.T) {
	d := started(t, "2026-03-02")
	d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Auto: true, Reply: words("退还")}, "clerkBJ", "2026-03-03")
	d.do(complaint.SaveDraft{Kind: complaint.DecisionReply, Base: 1, Auto: true, Reply: words("退还一切"), Machine: []string{"opening"}}, "clerkBJ", "2026-03-03")
	if len(d.c.Drafts) != 2 || d.c.Drafts[0].Reply.Decision != "退还" || d.draft().N != 2 {
		t.Errorf("versions: %+v", d.c.Drafts)
	}
}

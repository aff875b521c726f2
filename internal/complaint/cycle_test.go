package complaint_test

import (
	"slices"
	"testing"

	"xiaobao/internal/complaint"
)

// A limit is late from the day after its last day.
func TestLate(t *testing.T) {
	d := started(t, "2026-03-02").one(complaint.DecideBy) // due 2026-03-17
	for on, want := range map[string]bool{"2026-03-16": false, "2026-03-17": false, "2026-03-18": true} {
		if got := d.Late(day(on)); got != want {
			t.Errorf("late on %s: %v", on, got)
		}
	}
}

// An arrival after the notice is answered by it from the day it arrived, not before.
func TestArrivalAfterTheNotice(t *testing.T) {
	d := started(t, "2026-03-02").decided("clerkBJ", "leadCY", "2026-03-05").told("clerkBJ", "2026-03-06")
	d.do(complaint.AddReference{Channel: "petition", Number: "访 3", ReceivedOn: day("2026-03-20")}, "clerkBJ", "2026-03-20")
	for _, dl := range d.deadlines() {
		if dl.Kind == complaint.DecideBy && dl.Reference == 2 && dl.MetOn != day("2026-03-20") {
			t.Errorf("met on %s, before it arrived", dl.MetOn)
		}
	}
	d.refused(complaint.Close{}, "clerkBJ", "2026-03-20", "访 3")
}

// An extension does not lift a merged reference that stands higher already, and
// new facts do not set back the clock of a younger arrival.
func TestClocksOfReferencesStayApart(t *testing.T) {
	from := started(t, "2026-03-03")
	for _, by := range []string{"2026-03-04", "2026-03-05"} {
		from.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", by).do(complaint.Approve{N: len(from.c.Approvals)}, "leadBJ", by)
	}
	into := started(t, "2026-03-02")
	fe, ie, err := complaint.Merge(from.c, into.c, "同一事")
	if err != nil {
		t.Fatal(err)
	}
	from.take(fe, who("clerkBJ"), at(day("2026-03-06")))
	into.take(ie, who("clerkBJ"), at(day("2026-03-06")))
	into.do(complaint.Extend{Regime: "nfra", Why: "复杂"}, "clerkBJ", "2026-03-06").do(complaint.Approve{N: 1}, "leadCY", "2026-03-06")
	if got := into.due(complaint.DecideBy); got[1] != "2026-04-01" || got[2] != "2026-05-02" {
		t.Errorf("due %v, want thirty days for the first and still sixty for the merged one", got)
	}
	into.do(complaint.AddReference{Channel: "web", ReceivedOn: day("2026-03-12")}, "clerkBJ", "2026-03-12")
	into.do(complaint.AddFacts{On: day("2026-03-08"), Restart: true, Text: "三月八日邮寄的新证据"}, "clerkBJ", "2026-03-12")
	if got := into.due(complaint.DecideBy); got[1] != "2026-03-23" || got[3] != "2026-03-27" {
		t.Errorf("due %v, want the facts to move only what was received before them", got)
	}
}

// After reopening, the notice and the follow-up of the first round count no more.
func TestReopenedRoundStartsAfresh(t *testing.T) {
	d := started(t, "2026-03-02").decided("clerkBJ", "leadCY", "2026-03-05").told("clerkBJ", "2026-03-06").steps("clerkBJ", "2026-03-06")
	d.do(complaint.RecordFollowUp{Reached: true, Satisfaction: 1}, "clerkBJ", "2026-03-08").do(complaint.Close{}, "clerkBJ", "2026-03-08")
	d.do(complaint.Reopen{On: day("2026-03-10"), Why: "新证据"}, "clerkBJ", "2026-03-10").decided("clerkBJ", "leadCY", "2026-03-12")
	failing := func(id string) bool {
		return slices.ContainsFunc(complaint.Failing(d.c.Checks()), func(k complaint.Check) bool { return k.ID == id })
	}
	if !failing("notice") || !failing("follow_up") || !failing("steps") {
		t.Errorf("failing %+v", complaint.Failing(d.c.Checks()))
	}
	if dl := d.one(complaint.DecideBy); !dl.Live() {
		t.Error("the first round's notice meets the second round's limit")
	}
	if d.told("clerkBJ", "2026-03-13"); failing("notice") || !failing("follow_up") {
		t.Errorf("failing %+v", complaint.Failing(d.c.Checks()))
	}
}

// Telling the decision overtakes an extension that still waits.
func TestNoticeOvertakesExtension(t *testing.T) {
	d := started(t, "2026-03-02").found("clerkBJ", "2026-03-03").do(noFault, "clerkBJ", "2026-03-03").do(complaint.ProposeDecision{Text: "恢复额度"}, "clerkBJ", "2026-03-03")
	d.do(complaint.Extend{Regime: "nfra", Why: "怕来不及"}, "clerkBJ", "2026-03-04").do(complaint.Approve{N: 1}, "leadCY", "2026-03-04").told("clerkBJ", "2026-03-05")
	if a := d.c.Approvals[1]; a.State != complaint.Overtaken {
		t.Errorf("extension is %s", a.State)
	}
	d.refused(complaint.Approve{N: 2}, "leadCY", "2026-03-05", "已经处理")
}

// The thirty days for a re-examination count from the last copy that the consumer received (art. 20).
func TestReexamWindowCountsFromTheLastCopy(t *testing.T) {
	d := started(t, "2026-03-02").decided("clerkBJ", "leadCY", "2026-03-05").told("clerkBJ", "2026-03-06")
	d.do(complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: day("2026-03-20"), Proof: "EMS 2"}, "clerkBJ", "2026-03-20")
	d.refused(complaint.RequestReexam{On: day("2026-04-20"), Grounds: "不服"}, "clerkBJ", "2026-04-20", "晚于收到决定后 30 日（2026-04-19）")
	d.do(complaint.RequestReexam{On: day("2026-04-19"), Grounds: "不服"}, "clerkBJ", "2026-04-20")
}

// An agreed date does not lift the limit of the PBC's rule, which knows no such agreement.
func TestAgreementDoesNotLiftThePBCLimit(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Channel: "pbc"}).do(complaint.AgreeDate{Due: day("2026-04-20"), Proof: "录音"}, "clerkBJ", "2026-03-05")
	if !d.one(complaint.DecideBy).Live() {
		t.Error("the limit of the PBC's rule was lifted by an agreement")
	}
}

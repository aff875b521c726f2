package complaint_test

import (
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/regulation"
)

// The house may decide that the step to thirty days and the decision need no second person.
func TestSettingsLiftApprovals(t *testing.T) {
	library, err := regulation.Embedded().WithSettings(map[string]string{"approval.nfra.complex": "none", "approval.decision": "false", "major.min_complainants": "10"})
	if err != nil {
		t.Fatal(err)
	}
	d := started(t, "2026-03-02").found("clerkBJ", "2026-03-03")
	e := env(who("clerkBJ"), day("2026-03-03"), d.c.ReceivedOn)
	e.Rules = library.At(d.c.ReceivedOn)
	for _, test := range []struct {
		cmd  complaint.Command
		want func() bool
	}{
		{complaint.Extend{Regime: "nfra", Why: "复杂"}, func() bool {
			return d.one(complaint.DecideBy).Due == day("2026-04-01") && len(d.c.Approvals) == 0
		}},
		{complaint.ProposeDecision{Text: "恢复额度"}, func() bool {
			return d.c.State == complaint.Decided && d.c.Decision.ApprovedBy == "person/clerkBJ"
		}},
	} {
		events, err := test.cmd.Decide(d.c, e)
		if err != nil {
			t.Fatalf("%T: %v", test.cmd, err)
		}
		if d.take(events, e.By, e.At); !test.want() {
			t.Errorf("%T: state %s, deadlines %+v", test.cmd, d.c.State, d.deadlines())
		}
	}
	joint, err := complaint.Register{Channel: "counter", ReceivedOn: day("2026-03-02"), Complainant: complaint.Complainant{Name: "甲"}, Narrative: "集体反映", Joint: &complaint.Joint{Count: 10, Representatives: []string{"甲"}}}.NewCase(1, "1", e)
	if err != nil || joint.Major != complaint.MajorJoint {
		t.Errorf("major %q, %v", joint.Major, err)
	}
}

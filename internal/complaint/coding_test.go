package complaint_test

import (
	"strings"
	"testing"

	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
)

// The code book leads to every scheme, and each embedded table is without fault.
func TestCodingsAreWhole(t *testing.T) {
	c := complaint.Codings()
	for _, s := range c.Schemes("") {
		if wrong := s.Check(nil); len(wrong) > 0 {
			t.Errorf("%s: %v", s.ID, wrong)
		}
		m := c.Table(s.ID, coding.Newest, 0).Mapping
		if wrong := m.Check(s, complaint.CodingVocabulary(), nil); len(wrong) > 0 {
			t.Errorf("table of %s: %v", s.ID, wrong)
		}
	}
	kinds := map[coding.Institution]string{coding.Bank: "jrt0169 nfra-bank own", coding.Property: "nfra-property own", coding.Life: "nfra-life own"}
	for kind, want := range kinds {
		var ids []string
		for _, s := range c.Schemes(kind) {
			ids = append(ids, s.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s uses %s, want %s", kind, got, want)
		}
	}
}

// CP-50, field pain 3: one entry; where the table leaves it open a person picks, also
// after the case has ended; other codes end the pick.
func TestChooseCode(t *testing.T) {
	d := register(t, "clerkBJ", "2026-03-02", complaint.Register{Codes: complaint.Codes{Product: "debit_card", Reason: "funds_safety"}})
	is := func(want string) {
		t.Helper()
		for _, c := range complaint.Codings().Code(coding.Bank, coding.AtRegistration, d.c.CodingKey(), d.c.ReceivedOn) {
			if c.Scheme == "jrt0169" && c.Facet == "B" && c.Value() != want {
				t.Errorf("facet B is %s, want %s", c.Value(), want)
			}
		}
	}
	is("<ambiguous>")
	pick := complaint.ChooseCode{Scheme: "jrt0169", Facet: "B", Code: "B.debit.fraud", Why: "流水显示境外盗刷"}
	for _, test := range []struct {
		cmd  complaint.ChooseCode
		want string
	}{
		{complaint.ChooseCode{Scheme: "none", Facet: "B", Code: "x", Why: "y"}, "没有编号为“none”"},
		{complaint.ChooseCode{Scheme: "jrt0169", Facet: "Z", Code: "x", Why: "y"}, "没有分面"},
		{complaint.ChooseCode{Scheme: "jrt0169", Facet: "B", Code: "B.debit", Why: "y"}, "最末一级"},
		{complaint.ChooseCode{Scheme: "jrt0169", Facet: "B", Code: "B.debit.use"}, "理由"},
		{complaint.ChooseCode{Scheme: "jrt0169", Facet: "B", Why: "y"}, "请选择编码"},
	} {
		d.refused(test.cmd, "clerkBJ", "2026-03-02", test.want)
	}
	d.do(pick, "clerkBJ", "2026-03-02")
	is("B.debit.fraud")
	d.refused(pick, "clerkBJ", "2026-03-03", "已经是这个编码")
	d.do(complaint.ChooseCode{Scheme: "jrt0169", Facet: "B", Why: "再看流水"}, "clerkBJ", "2026-03-03")
	is("<ambiguous>")
	d.do(pick, "clerkBJ", "2026-03-03").do(complaint.Amend{Codes: &complaint.Codes{Product: "debit_card", Reason: "funds_safety", Rights: []string{"property"}}}, "clerkBJ", "2026-03-04")
	is("B.debit.fraud")
	d.do(complaint.Amend{Codes: &complaint.Codes{Product: "credit_card", Reason: "funds_safety"}}, "clerkBJ", "2026-03-04")
	is("B.credit")
	if len(d.c.Choices) != 0 {
		t.Error("a pick outlived the codes that it was made for")
	}
	d.do(complaint.Withdraw{How: "written"}, "clerkBJ", "2026-03-05").do(complaint.ChooseCode{Scheme: "jrt0169", Facet: "B", Code: "B.other", Why: "实为第三方业务"}, "clerkBJ", "2026-03-06")
	is("B.other")
}

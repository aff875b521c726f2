package complaint_test

import (
	"strings"
	"testing"

	"xiaobao/internal/complaint"
)

// peopled is a case whose texts hold the names of its own people, standing alone.
func peopled() complaint.Case {
	return complaint.Case{
		Complainant:    complaint.Complainant{Name: "欧阳思源"},
		Representative: &complaint.Representative{Kind: complaint.Agent, Name: "柳如是"},
		Joint:          &complaint.Joint{Count: 3, Representatives: []string{"端木磊", " 郝运 "}},
		Respondents:    []complaint.Respondent{{Name: "靳东方"}, {Unit: "0101"}, {Name: "小"}},
		Narrative:      "欧阳思源和郝运同去办理，靳东方说没有风险，小额也可以。",
		Demand:         "请柳如是代为联系",
		Points:         []complaint.Allegation{{N: 1, Text: "没有告知端木磊"}},
		Contacts:       []complaint.Contact{{N: 1, Summary: "靳 东 方已道歉；电话 13800001234"}, {N: 2, Summary: "没有人名"}},
		Talk:           &complaint.Talk{OpeningText: "欧阳思源要求全额退款"},
		Rounds:         []complaint.Round{{Ask: "郝运要书面说明"}},
	}
}

func TestMaskedHidesTheCasesOwnNames(t *testing.T) {
	c := peopled()
	m := c.Masked()
	for _, test := range []struct{ got, want string }{
		{m.Narrative, "欧***和郝*同去办理，靳**说没有风险，小额也可以。"},
		{m.Demand, "请柳**代为联系"},
		{m.Points[0].Text, "没有告知端**"},
		{m.Contacts[0].Summary, "靳 东 方已道歉；电话 138****1234"}, // with blanks only a text that also holds a name as written is masked
		{m.Contacts[1].Summary, "没有人名"},
		{m.Talk.OpeningText, "欧***要求全额退款"},
		{m.Rounds[0].Ask, "郝*要书面说明"},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	if c.Narrative != peopled().Narrative || c.Points[0].Text != peopled().Points[0].Text || c.Talk.OpeningText != peopled().Talk.OpeningText {
		t.Error("masking changed the case itself")
	}
}

func BenchmarkMasked(b *testing.B) {
	named, unnamed := peopled(), peopled()
	fill := strings.Repeat("客户说办理时没有人说明风险，到期才知道不能取。", 12)
	named.Narrative += fill
	unnamed.Narrative, unnamed.Demand, unnamed.Points, unnamed.Contacts, unnamed.Talk, unnamed.Rounds = fill, "退款", nil, nil, nil, nil
	for name, c := range map[string]complaint.Case{"names in the text": named, "no names": unnamed} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Masked()
			}
		})
	}
}

func TestMaskNumbersKeepsTheNumberOfACase(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"关于投诉 TS20260331-000001 的补充", "关于投诉 TS20260331-000001 的补充"},
		{"TS20260331-000001，电话13800001234，TS20260331-000002", "TS20260331-000001，电话138****1234，TS20260331-000002"},
		{"TS13800001234", "TS138****1234"},
	} {
		if got := complaint.MaskNumbers(test.in); got != test.want {
			t.Errorf("%s became %s, want %s", test.in, got, test.want)
		}
	}
	if got := complaint.MaskNumbers("TS20260331-00000113800001234"); strings.Contains(got, "13800001234") {
		t.Errorf("more digits than a case number has: %s", got)
	}
}

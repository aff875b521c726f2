package guide

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"xiaobao/internal/complaint"
)

// Field pain 10: signs are what cases of different people share, and words of the pack.
func TestSignsOfAgent(t *testing.T) {
	mine := complaint.Case{ID: 1, Complainant: complaint.Complainant{Name: "王秀英", Phone: "138 0000 1234", IDNumber: "110101195001011234", Address: "北京市 朝阳区"},
		Representative: &complaint.Representative{Kind: complaint.Agent, Name: "李某", Phone: "13700001111"}, Demand: "退至 6222 0200 0011 2233 445"}
	other := func(name string, change func(*complaint.Case)) complaint.Case {
		c := complaint.Case{ID: 2, Complainant: complaint.Complainant{Name: name}}
		change(&c)
		return c
	}
	for _, test := range []struct {
		name  string
		other complaint.Case
		alike bool
		want  []string
	}{
		{"nothing in common", other("赵刚", func(*complaint.Case) {}), false, nil},
		{"same wording", other("赵刚", func(*complaint.Case) {}), true, []string{"same_wording"}},
		{"phone written otherwise", other("赵刚", func(c *complaint.Case) { c.Complainant.Phone = "13800001234" }), false, []string{"shared_phone"}},
		{"address", other("赵刚", func(c *complaint.Case) { c.Complainant.Address = "北京市朝阳区" }), false, []string{"shared_address"}},
		{"account", other("赵刚", func(c *complaint.Case) { c.Narrative = "请退到6222020000112233445" }), false, []string{"shared_account"}},
		{"representative", other("赵刚", func(c *complaint.Case) {
			c.Representative = &complaint.Representative{Kind: complaint.Agent, Name: "小李", Phone: "13700001111"}
		}), false, []string{"shared_phone", "many_cases"}},
		{"a guardian is no agent", other("赵刚", func(c *complaint.Case) {
			c.Representative = &complaint.Representative{Kind: complaint.Guardian, Name: "李某"}
		}), false, nil},
		{"the same person by number", other("王秀瑛", func(c *complaint.Case) {
			c.Complainant.IDNumber, c.Complainant.Phone = "110101195001011234", "13800001234"
		}), true, nil},
		{"the same person by name", other("王秀英", func(c *complaint.Case) { c.Complainant.Phone = "13800001234" }), true, nil},
		{"a namesake", other("王秀英", func(c *complaint.Case) {
			c.Complainant.IDNumber, c.Complainant.Phone = "310101199001011234", "13800001234"
		}), false, []string{"shared_phone"}},
	} {
		var got []string
		for _, s := range SignsOfAgent(AgentInput{Case: mine, Others: []complaint.Case{test.other}, Alike: map[complaint.ID]bool{2: test.alike}}) {
			got = append(got, s.ID)
			if len(s.Cases) != 1 || s.Cases[0] != 2 {
				t.Errorf("%s: %+v", test.name, s)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
	said := SignsOfAgent(AgentInput{Case: mine, Said: []Said{{Rule: "agents.fee", Quote: "代理退保"}, {Rule: "agents.fee", Quote: "代理退保"}, {Rule: "emotion.level", Quote: "气"}}})
	if len(said) != 1 || said[0].ID != "fee" || len(said[0].Quotes) != 1 {
		t.Errorf("words: %+v", said)
	}
	for rule, sign := range agentRules {
		if complaint.Label("agent_sign", sign, "zh") == sign {
			t.Errorf("%s gives an unknown sign %s", rule, sign)
		}
	}
}

package reply_test

import (
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/law"
	"xiaobao/internal/regulation"
	"xiaobao/internal/text/rule"
)

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// book holds the two packs that speak of replies.
var book = sync.OnceValue(func() *rule.Book {
	var list []*rule.Pack
	for _, id := range []string{"reply-language", "taboos"} {
		src, err := os.ReadFile("../../text/rule/packs/" + id + ".toml")
		if err != nil {
			panic(err)
		}
		p, err := rule.Parse(id+".toml", src)
		if err != nil {
			panic(err)
		}
		list = append(list, p)
	}
	b, err := rule.NewBook(list...)
	if err != nil {
		panic(err)
	}
	return b
})

func checker() *reply.Checker {
	return &reply.Checker{Rules: book(), Packs: []string{"reply-language", "taboos"}, Laws: law.New(regulation.Embedded(), nil)}
}

// limited is a case with two allegations: one upheld, one not.
func limited() complaint.Case {
	return complaint.Case{
		ID: 7, Number: "TS20260302-000007", Nature: complaint.Complaint, State: complaint.Handling, ReceivedOn: day("2026-03-02"),
		Complainant: complaint.Complainant{Name: "周桂兰", Salutation: "女士", Phone: "13800001234"},
		Codes:       complaint.Codes{Product: "debit_card", Reason: "rules"},
		Demand:      "恢复原来的转账额度，书面说明为什么限额。",
		References:  []complaint.Reference{{N: 1, Channel: "phone", ReceivedOn: day("2026-03-02")}},
		Points: []complaint.Allegation{
			{N: 1, Text: "账户被限额没有任何通知", Finding: &complaint.Finding{Outcome: complaint.Upheld, Evidence: "系统日志显示限额于三月一日由监测程序自动设置，短信平台没有对应的发送记录",
				Basis: "《银行保险机构消费者权益保护管理办法》第十条", Explanation: "调整您正在使用的功能应当告知，我行没有告知"}},
			{N: 2, Text: "账户不应当被限额", Finding: &complaint.Finding{Outcome: complaint.NotUpheld, Evidence: "账户此前两年没有交易，二月底起短时间内多笔快进快出",
				Basis: "《个人账户服务协议》第六条", Explanation: "按协议可以先设置限额，核实经营情况后再调高"}},
		},
		Redress: []complaint.Redress{{N: 1, What: "correction", Text: "恢复每日五万元额度"}, {N: 2, What: "compensation", Amount: 20000, Text: "补偿往返交通费"}},
	}
}

func factsOf(c complaint.Case) reply.Facts {
	return reply.Facts{Kind: complaint.DecisionReply, Case: c, Today: day("2026-03-10"), Due: day("2026-03-17"), Branch: true, ReexamDays: 30,
		Remedies: "向北京分行申请核查。向调解中心申请调解。申请仲裁。提起诉讼。", Addressee: c.Complainant.Name, Salutation: c.Complainant.Salutation,
		Institution: "青禾示范银行股份有限公司", We: "行", Phones: []string{"400-000-0100", "010-0000-0110"}}
}

// good is a letter without errors or warnings.
func good(t testing.TB) (complaint.Reply, reply.Facts) {
	t.Helper()
	f := factsOf(limited())
	return reply.Compose(f, ""), f
}

func check(t testing.TB, r complaint.Reply, f reply.Facts) []reply.Finding {
	t.Helper()
	got, err := checker().Check(r, f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// kinds lists what was found from a severity up: the kind, or the rule.
func kinds(found []reply.Finding, least rule.Severity) []string {
	weight := map[rule.Severity]int{rule.Error: 3, rule.Warn: 2, rule.Info: 1}
	var out []string
	for _, f := range found {
		name := f.Kind
		if f.Rule != "" {
			name = f.Rule
		}
		if f.Point > 0 {
			name += "@" + strconv.Itoa(f.Point)
		}
		if weight[f.Severity] >= weight[least] && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

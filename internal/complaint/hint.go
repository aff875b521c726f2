package complaint

import (
	"slices"

	"xiaobao/internal/calendar"
)

// Hint is something a handler should not forget. Unlike a Check it stops nothing.
type Hint struct {
	ID   string // stable
	Text string // sentence
	Mend string // the command that settles it, "" for none
}

// Hints lists what the open case should not forget today, most pressing first.
func (c Case) Hints(today calendar.Date) []Hint {
	if !c.Open() {
		return nil
	}
	var out []Hint
	hint := func(when bool, id, mend, text string) {
		if when {
			out = append(out, Hint{ID: id, Text: text, Mend: mend})
		}
	}
	r := c.Representative
	overrun := slices.ContainsFunc(c.Exclusions, func(x Exclusion) bool { return x.To.IsZero() && today > x.ExpectedTo })
	promise := len(c.Contacts) > 0 && c.Contacts[len(c.Contacts)-1].ReplyNext != ""
	hint(c.Major != nil && c.Major.ReportedOn.IsZero(), "major", "report-major", "重大投诉：请按应急预案报告（第二十九条）")
	hint(len(c.Untold) > 0, "told", "give-notice", "须及时告知消费者："+c.untold())
	hint(overrun, "exclusion", "end-exclusion", "鉴定或调解已过预计结束日期，期限已恢复计算；请登记结束日期")
	hint(r != nil && r.Proof == "", "proof", "amend", proofHint(r))
	hint(len(c.Vulnerable) > 0 && c.Active(), "care", "", "消费者属于特殊群体（"+c.careText()+"），请优先办理并采用便利的沟通方式")
	hint(promise && c.Active(), "promise", "record-contact", promiseHint(c.Contacts))
	hint(c.Active() && !c.Codes.Complete(), "codes", "amend", "产品类别和投诉原因还没有确认")
	return out
}

func proofHint(r *Representative) string {
	if r == nil {
		return ""
	}
	return "还没有收到" + r.Name + "的" + map[RepresentativeKind]string{Agent: "授权委托书原件", Guardian: "法定代理关系证明", Heir: "继承关系证明"}[r.Kind] + "；期限照常计算，告知处理情况前请补齐"
}

func promiseHint(contacts []Contact) string {
	if len(contacts) == 0 {
		return ""
	}
	return "答应过消费者：" + contacts[len(contacts)-1].ReplyNext
}

func (c Case) careText() string {
	out := ""
	for _, v := range c.Vulnerable {
		if out != "" {
			out += "、"
		}
		out += Label("vulnerability", v, "zh")
	}
	return out
}

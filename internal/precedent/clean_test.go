package precedent

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text/match"
)

var known = Known{
	People:  []Person{{Role: "complainant", Name: "王建国"}, {Role: "representative", Name: "欧阳梅"}, {Role: "staff", Name: "李雯"}, {Role: "respondent", Name: "于磊"}, {Role: "respondent", Name: "合作机构", Org: true}},
	Numbers: []string{"13800001234", "110101199003072316", "6222021234567890128", "PL-2026-77", "wang@example.com"},
	Units:   []string{"朝阳支行", "北京分行"}, House: []string{"示例银行"}, Places: []string{"北京"}, Start: calendar.Of(2026, 3, 31),
}

func TestClean(t *testing.T) {
	c := NewCleaner(known)
	for _, test := range []struct{ in, want string }{
		{"王建国说", "〖投诉人〗说"}, {"建国说", "〖投诉人〗说"}, {"王 建 国说", "〖投诉人〗说"}, {"王女士与老王", "〖投诉人〗与〖投诉人〗"},
		{"欧阳女士", "〖代理人〗"}, {"柜员李雯", "柜员〖工作人员〗"}, {"风险小于预期", "风险小于预期"},
		{"陈经理说", "〖某〗经理说"}, {"姓名：赵明远，", "姓名：〖姓名〗，"},
		{"电话138 0000 1234", "电话〖号码〗"}, {"电话１３８００００１２３４", "电话〖号码〗"}, {"打13912345678", "打〖电话〗"},
		{"保单PL-2026-77", "保单〖号码〗"}, {"尾号6622的卡", "尾号〖号码〗的卡"}, {"工号88", "工号〖号码〗"},
		{"2026年3月5日", "〖投诉前 26 天〗"}, {"三月五日", "〖投诉前 26 天〗"}, {"二〇二六年四月二日", "〖第 3 天〗"}, {"2026-03-31", "〖第 1 天〗"}, {"20260331", "〖第 1 天〗"},
		{"2025年11月", "〖投诉前约 5 个月〗"}, {"2019年起", "〖投诉前约 7 年〗起"}, {"12月30日", "〖投诉前约 3 个月〗"},
		{"（2020年第3号，自2020年3月1日起施行）", "（2020年第3号，自2020年3月1日起施行）"},
		{"扣了三百元", "扣了〖数百元〗"}, {"3万5千元", "〖数万元〗"}, {"99.99元", "〖不足百元〗"}, {"100元", "〖数百元〗"}, {"一百万元", "〖百万元以上〗"}, {"要赔3万", "要赔〖数万元〗"},
		{"7天内，5个工作日，12期，15.4%，3人", "7天内，5个工作日，12期，15.4%，3人"},
		{"北京分行朝阳支行", "〖某分行〗〖某支行〗"}, {"我在城东支行开户", "我在〖某支行〗开户"}, {"附近网点，贵行，开户支行", "附近网点，贵行，开户支行"}, {"示例银行的系统，由机构提供", "〖本机构〗的系统，由机构提供"}, {"合作机构说", "〖被投诉人员〗说"},
		{"住在海淀区知春路12号院3号楼", "住在海淀区〖地址〗"}, {"北京市", "〖某地〗"},
		{"第十八条", "第十八条"}, {"", ""}, {"〖投诉人〗说〖数百元〗", "〖投诉人〗说〖数百元〗"}, {"〖王建国〗说", "〖〖投诉人〗〗说"}, {"〖本机构〗", "〖本机构〗"},
	} {
		got, _ := c.Clean(test.in)
		if got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
		if again, n := c.Clean(got); again != got && !strings.Contains(got, "〖〖") || n != 0 && !strings.Contains(got, "〖〖") {
			t.Errorf("Clean(%q) a second time = %q with %d", got, again, n)
		}
	}
}

func TestCheckFinds(t *testing.T) {
	c := NewCleaner(known)
	for _, test := range []struct{ in, want string }{
		{"建国说", "known|建国"}, {"〖王建国〗", "known|王建国"}, {"某女士", ""}, {"张先生说", "name|张"}, {"王**", "number|王**"}, {"138****1234", "number|138****1234"},
		{"在海淀区", "place|海淀区"}, {"超市、小区、本市、城市", ""}, {"城东支行", "unit|城东支行"}, {"2026年3月5日", "date|2026年3月5日"}, {"300元", "amount|300元"}, {"〖数百元〗在〖第 3 天〗退还", ""},
		{"〖随便写的〗", ""}, {"〖13912345678〗", "mobile|13912345678"},
	} {
		var got []string
		for _, f := range c.look(test.in) {
			got = append(got, f.Key())
		}
		if strings.Join(got, ",") != test.want {
			t.Errorf("look(%q) = %q, want %q", test.in, got, test.want)
		}
	}
	p := Precedent{Content: Content{Title: "张先生", Lessons: "某支行"}, Cleared: map[string]string{"name|张": "戏里的人物"}}
	list := c.Check(p, &Rare{Text: "信用卡、息费", N: Crowd() - 1})
	if len(list) != 2 || list[0].Cleared != "戏里的人物" || list[1].Kind != "rare" || len(Open(list)) != 1 {
		t.Errorf("Check = %+v", list)
	}
	if list := c.Check(p, &Rare{N: Crowd()}); len(list) != 1 {
		t.Errorf("a crowd is no finding: %+v", list)
	}
}

// Whatever a case holds, nothing that names its people is left in the proposal,
// nor anything of it when punctuation and width are folded away.
func TestNothingOfTheCaseIsLeft(t *testing.T) {
	surname := rapid.SampledFrom([]string{"王", "李", "赵", "于", "欧阳", "时", "钱", "查"})
	given := rapid.SampledFrom([]string{"建国", "梅", "子轩", "秀英", "高", "小龙", "一", "和平"})
	name := rapid.Custom(func(t *rapid.T) string { return surname.Draw(t, "surname") + given.Draw(t, "given") })
	digits := func(n int) *rapid.Generator[string] { return rapid.StringMatching(fmt.Sprintf(`1[3-9][0-9]{%d}`, n-2)) }
	spaced := func(t *rapid.T, s string) string {
		switch rapid.IntRange(0, 3).Draw(t, "written") {
		case 1:
			return strings.Join(strings.Split(s, ""), " ")
		case 2:
			return strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r + '０' - '0'
				}
				return r
			}, s)
		}
		return s
	}
	frame := rapid.SampledFrom([]string{"我是%s，在柜台办理。", "%s", "客户%s说", "打%s没人接", "（%s）", "卡号%s被扣了300元", "保单号：%s。", "经理叫%s，2026年3月2日", "尾号%s"})
	rapid.Check(t, func(t *rapid.T) {
		k := Known{Start: calendar.Of(2026, 3, 31)}
		for _, role := range []string{"complainant", "representative", "respondent", "staff"} {
			k.People = append(k.People, Person{Role: role, Name: name.Draw(t, role)})
		}
		k.Numbers = []string{digits(11).Draw(t, "phone"), digits(18).Draw(t, "id"), digits(19).Draw(t, "card"), digits(12).Draw(t, "policy")}
		var personal []string
		for _, p := range k.People {
			personal = append(personal, p.Name)
		}
		personal = append(personal, k.Numbers...)
		say := func(label string) string {
			var b strings.Builder
			for range rapid.IntRange(0, 4).Draw(t, label) {
				fmt.Fprintf(&b, frame.Draw(t, "frame"), spaced(t, rapid.SampledFrom(personal).Draw(t, "of")))
			}
			return b.String()
		}
		content, _ := Compose(Source{Known: k, Title: "信用卡：" + say("title"), Narrative: say("narrative"), Demand: say("demand"), Points: []Point{{Text: say("point"), Evidence: say("evidence"), Basis: say("basis"), Explanation: say("why")}},
			Steps: []Step{{k.Start.AddDays(3), say("step")}}, Options: []string{say("option")}, Redress: []string{say("redress")}, Decision: say("decision"), Letter: []string{say("letter")}, Judged: []string{say("judged")}, Comment: say("comment"), Result: []string{say("result")}})
		m, err := match.New(personal, match.Folded(), match.Noise(2))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range content.Parts() {
			m.Each(part.Text, func(x match.Match) bool {
				t.Fatalf("%s still has %q: %s", part.Field, personal[x.Pattern], part.Text)
				return false
			})
		}
		for _, f := range NewCleaner(k).Check(Precedent{Content: content}, nil) {
			if f.Hard() {
				t.Fatalf("%s: the check finds %q", f.Field, f.Text)
			}
		}
	})
}

func TestComposeTellsInOrder(t *testing.T) {
	content, masked := Compose(Source{Known: known, Title: "信用卡·息费", Narrative: "王建国被扣了300元。", Demand: "退款", Requests: []string{"退款", "道歉"},
		Steps: []Step{{known.Start.AddDays(4), "电话联系"}, {known.Start, "登记"}, {0, "核查"}}, Options: []string{"全额退还", "抵扣年费"},
		Decision: "退还300元", Redress: []string{"退款"}, Result: []string{"满意度 5 分"}, Comment: "满意", Judged: []string{"期望落差"}, Letter: []string{"", "致歉"}})
	want := Content{Title: "信用卡·息费", Situation: "〖投诉人〗被扣了〖数百元〗。\n诉求：退款\n提出的要求：退款、道歉", Handling: "核查\n〖第 1 天〗 登记\n〖第 5 天〗 电话联系\n提供的方案：全额退还；抵扣年费",
		Letter: "致歉", Result: "决定：退还〖数百元〗\n给予：退款\n满意度 5 分\n回访：满意", Lessons: "对消费者的判断：期望落差"}
	if fmt.Sprint(content) != fmt.Sprint(want) || masked != 3 {
		t.Errorf("Compose = %+v, %d\nwant %+v", content, masked, want)
	}
}

func TestClasses(t *testing.T) {
	for _, test := range []struct {
		fen  int64
		want string
	}{{0, ""}, {-5, ""}, {1, "不足百元"}, {9999, "不足百元"}, {10000, "数百元"}, {99_999_99, "数万元"}, {100_000_00, "数十万元"}, {1 << 60, "百万元以上"}} {
		if got := ClassOf(test.fen).Zh; got != test.want {
			t.Errorf("ClassOf(%d) = %q, want %q", test.fen, got, test.want)
		}
	}
	if ClassName("a1", "en") != "hundreds" || ClassName("a1", "zh") != "数百元" || ClassName("x", "zh") != "" {
		t.Error("ClassName")
	}
	for _, f := range Topics {
		if got := fullFacts().Without([]string{f}).Values(f); len(got) != 0 {
			t.Errorf("%s is still told: %v", f, got)
		}
		if got := fullFacts().Values(f); len(got) == 0 {
			t.Errorf("%s is not told", f)
		}
	}
	if !slices.IsSortedFunc(Classes()[:len(Classes())-1], func(a, b Class) int { return int(a.Upto - b.Upto) }) {
		t.Error("classes are not sorted")
	}
}

func fullFacts() Facts {
	return Facts{Product: "p", Reason: "r", LifeCycle: "l", Rights: []string{"r"}, Outcomes: []string{"o"}, Causes: []string{"c"}, Emotion: "e", Amount: "a1", Redress: "a1", Level: "branch"}
}

// Bounded time and no panic on anything.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"王建国 2026年13月45日", "〖〖〗", "十十年十月", "尾号", "\xff王建国", "3万万亿元"} {
		f.Add(s)
	}
	c := NewCleaner(known)
	f.Fuzz(func(t *testing.T, s string) {
		clean, _ := c.Clean(s)
		for _, x := range c.look(clean) {
			if x.Start < 0 || x.End > len(clean) || x.Start >= x.End {
				t.Errorf("finding outside of the text: %+v", x)
			}
		}
	})
}

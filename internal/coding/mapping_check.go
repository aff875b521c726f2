package coding

import (
	"strings"

	"xiaobao/internal/fault"
)

// lineChecker collects what is wrong with the lines of a table.
type lineChecker struct {
	scheme Scheme
	words  Vocabulary
	place  func(line int) string
	out    Problems
}

func (k *lineChecker) say(line int, format string, args ...any) {
	p := Problem{Text: fault.New(fault.Invalid, format, args...).Text}
	if line >= 0 && k.place != nil {
		p.Place = k.place(line)
	}
	k.out = append(k.out, p)
}

func (k *lineChecker) line(i int, l Line) {
	f, ok := k.scheme.Facet(l.Facet)
	if !ok {
		k.say(i, "分面“%s”不在%s里；可用：%s。", l.Facet, k.scheme.Title, strings.Join(facetNames(k.scheme), "、"))
		return
	}
	k.conditions(i, l)
	if len(l.Codes) == 0 {
		k.say(i, "没有目标编码。请填一个编码，或用 | 隔开几个候选编码。")
	}
	for _, id := range l.Codes {
		switch _, known := f.Code(id); {
		case !known:
			k.say(i, "目标编码“%s”不在%s的“%s”里。请先导入含有它的编码表，或改用已有的编码。", id, k.scheme.Title, f.Name)
		case !f.Leaf(id):
			k.say(i, "目标编码“%s”下面还有细类，统计只能落在最末一级。请改用它下面的编码。", id)
		}
	}
	if len(l.Codes) > 1 && l.Why == "" {
		k.say(i, "有几个候选编码的，请写明为什么需要人工判断。")
	}
	if n := len([]rune(l.Why)); n > 500 {
		k.say(i, "理由有 %d 个字，超过 500 个字的上限。", n)
	}
}

func facetNames(s Scheme) []string {
	var out []string
	for _, f := range s.Facets {
		out = append(out, f.ID+" "+f.Name)
	}
	return out
}

func (k *lineChecker) conditions(i int, l Line) {
	any := false
	for at, want := range l.conditions() {
		if want == "" {
			continue
		}
		any = true
		for one := range strings.SplitSeq(want, "|") {
			if want == "*" {
				break
			}
			if _, ok := k.words.Find(Fields[at], one); !ok {
				k.say(i, "%s“%s”不在录入目录中，请从目录选择。", fieldNames[Fields[at]], one)
			}
		}
	}
	if !any {
		k.say(i, "至少要有一个条件；要对所有情况生效，请在产品或原因里填 *。")
	}
}

// shadowed finds lines that can never decide, because an earlier one has the
// same conditions.
func (k *lineChecker) shadowed(lines []Line) {
	first := map[[6]string]int{}
	for i, l := range lines {
		c := l.conditions()
		key := [6]string{l.Facet, c[0], c[1], c[2], c[3], c[4]}
		if at, twice := first[key]; twice {
			where := "前面的一行"
			if k.place != nil {
				where = k.place(at)
			}
			k.say(i, "条件与%s完全相同，这一行永远不会用到。请删去一行。", where)
			continue
		}
		first[key] = i
	}
}

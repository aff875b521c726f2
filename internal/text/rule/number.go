package rule

import (
	"fmt"
	"strconv"
	"strings"

	"xiaobao/internal/text"
)

// comparison is what a number must be: "> 24 %", "0..3 %".
type comparison struct {
	op     string // > >= < <= = != or ..
	a, b   text.Decimal
	unit   string
	annual bool // only numbers said to be of a year: 年化, 年利率
}

// parseComparison reads a comparison; the second result says what is wrong.
func parseComparison(s string, values map[string]text.Decimal) (*comparison, string) {
	c := &comparison{}
	rest := strings.TrimSpace(s)
	for _, op := range []string{">=", "<=", "!=", ">", "<", "="} {
		if r, ok := strings.CutPrefix(rest, op); ok {
			c.op, rest = op, strings.TrimSpace(r)
			break
		}
	}
	value, unit, _ := strings.Cut(rest, " ")
	c.unit, c.annual = strings.CutSuffix(strings.TrimSpace(unit), "/年")
	low, high, isRange := strings.Cut(value, "..")
	var wrong string
	if c.a, wrong = constant(low, values); wrong != "" {
		return c, wrong
	}
	switch {
	case isRange && c.op != "":
		return c, fmt.Sprintf("“%s”不对：范围前面不写比较符号。", s)
	case isRange:
		c.op = ".."
		if c.b, wrong = constant(high, values); wrong != "" {
			return c, wrong
		}
	case c.op == "":
		return c, fmt.Sprintf("“%s”不对：请写成“> 24 %%”或者“0..3 %%”，数和单位之间空一格。", s)
	}
	return c, ""
}

// constant reads a number or the name of one.
func constant(s string, values map[string]text.Decimal) (text.Decimal, string) {
	if name, ok := strings.CutPrefix(s, "@"); ok {
		v, known := values[name]
		if !known {
			return v, fmt.Sprintf("没有名为“%s”的数：请在 [values] 里写上。", name)
		}
		return v, ""
	}
	v, ok := decimal(s)
	if !ok {
		return v, fmt.Sprintf("“%s”不是数：请写成“> 24 %%”或者“0..3 %%”，数和单位之间空一格。", clip(s, 20))
	}
	return v, ""
}

// decimal reads a plain number such as -3.5.
func decimal(s string) (text.Decimal, bool) {
	whole, part, _ := strings.Cut(s, ".")
	m, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil || len(part) > 9 {
		return text.Decimal{}, false
	}
	return text.Decimal{Mantissa: m, Scale: len(part)}, true
}

func (c *comparison) holds(n text.Number) bool {
	if c.unit != "" && c.unit != n.Unit || c.annual && !n.Annual {
		return false
	}
	switch order := n.Value.Cmp(c.a); c.op {
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case "!=":
		return order != 0
	case "..":
		return order >= 0 && n.Value.Cmp(c.b) <= 0
	default:
		return order == 0
	}
}

// beside is how many characters may stand between a number and the word that
// says what it counts.
const beside = 8

// number returns the first number of the window that the condition asks for,
// with the word beside it.
func (v *view) number(c *bound, w, at text.Span) ([]text.Span, bool) {
	w.End = min(w.End, w.Start+maxParagraph)
	for _, n := range text.Numbers(v.Text[w.Start:w.End]) {
		span := text.Span{Start: w.Start + n.Start, End: w.Start + n.End}
		if !v.side(c, span, at) || !c.number.holds(n) {
			continue
		}
		if len(c.near) == 0 {
			return []text.Span{span}, true
		}
		around := chars(v.Text, span, beside)
		for _, p := range c.near {
			var word []text.Span
			v.inside(p, around, func(h hit) bool {
				word = []text.Span{h.at, span}
				return false
			})
			if word != nil {
				return word, true
			}
		}
	}
	return nil, false
}

package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Number is a quantity in a text. Multipliers are in the value and words for
// parts of a hundred in the unit: 3万5千元 is 35000 元, 百分之五 is 5 %, 三成 is
// 30 %, 千分之三 is 3 ‰, 万分之五 is 5 ‱. Span covers all of it, unit included.
type Number struct {
	Span
	Value  Decimal
	Unit   string // as written otherwise, "" for none; the end of a range lends its unit to the start
	Annual bool   // 年化, 年利率 or the like stands before it
}

// Numbers returns the quantities of s in order. Dates, times of day, ordinals
// (第三条), numbers of documents (3号), identifiers (95588-1, P2P, runs of more
// than ten digits without unit) and numerals inside words (一定, 万一, 千万不要)
// are none.
func Numbers(s string) []Number {
	var out []Number
	for i := 0; i < len(s); {
		r, n := plainRune(s, i)
		if !startsNumber(r) {
			i += n
			continue
		}
		p := scan{s: s, at: i}
		num, ok := p.number()
		if ok {
			out = append(out, num)
		}
		i = max(p.at, i+n)
	}
	lendUnits(s, out)
	return out
}

// lendUnits gives the start of 3～5% or 3万至5万元 the unit of the end.
func lendUnits(s string, nums []Number) {
	for i := len(nums) - 2; i >= 0; i-- {
		if nums[i].Unit == "" && nums[i+1].Unit != "" {
			switch strings.TrimSpace(s[nums[i].End:nums[i+1].Start]) {
			case "-", "~", "～", "—", "–", "至", "到", "－", "——":
				nums[i].Unit = nums[i+1].Unit
			}
		}
	}
}

// plainRune reads a character, a full-width one as its half-width form.
func plainRune(s string, i int) (rune, int) {
	r, n := utf8.DecodeRuneInString(s[i:])
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	return r, n
}

func startsNumber(r rune) bool {
	return isDigit(r) || chineseDigit(r) >= 0 || strings.ContainsRune("十百千万拾半", r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// chineseDigit returns the value of a Chinese digit, -1 for anything else.
func chineseDigit(r rune) int64 {
	switch r {
	case '两', '兩':
		return 2
	}
	if r < 0x3000 || isDigit(r) {
		return -1
	}
	if f := FoldRune(r); isDigit(f) {
		return int64(f - '0')
	}
	return -1
}

func multiplier(r rune) int64 {
	switch r {
	case '十', '拾':
		return 10
	case '百', '佰':
		return 100
	case '千', '仟':
		return 1000
	case '万', '萬':
		return 10_000
	case '亿', '億':
		return 100_000_000
	}
	return 0
}

// scan reads one number; at stands behind what was understood, number or not.
type scan struct {
	s  string
	at int
}

func (p *scan) peek() (rune, int) {
	if p.at >= len(p.s) {
		return 0, 0
	}
	return plainRune(p.s, p.at)
}

func (p *scan) take(prefix string) bool {
	if strings.HasPrefix(p.s[p.at:], prefix) {
		p.at += len(prefix)
		return true
	}
	return false
}

func (p *scan) before(i int) rune {
	r, _ := utf8.DecodeLastRuneInString(p.s[:i])
	return r
}

// parts are the words that make a number a part of a hundred, thousand or more.
var parts = []struct{ word, unit string }{{"百分之", "%"}, {"千分之", "‰"}, {"万分之", "‱"}, {"百份之", "%"}}

func (p *scan) number() (Number, bool) {
	start := p.at
	if p.take("百分百") {
		return p.finish(start, Decimal{100, 0}, "%")
	}
	unit := ""
	for _, part := range parts {
		if unit == "" && p.take(part.word) {
			unit = part.unit
		}
	}
	q := p.quantity()
	switch {
	case unit != "":
		return p.made(start, q, unit, q.read)
	case p.skipNotNumber(start, q):
		return Number{}, false
	}
	unit = p.unit(q)
	plain := q.arabic || q.solid || unit != ""
	if unit == "成" {
		q.value, q.ok = q.value.times(10)
		unit = "%"
	}
	return p.made(start, q, unit, plain)
}

func (p *scan) made(start int, q quantity, unit string, want bool) (Number, bool) {
	if !want || !q.ok {
		return Number{}, false
	}
	return p.finish(start, q.value, unit)
}

// finish looks at what stands before the number: sign, currency, 年化.
func (p *scan) finish(start int, v Decimal, unit string) (Number, bool) {
	head := p.s[:start]
	for sign, name := range map[string]string{"¥": "元", "￥": "元", "RMB": "元", "$": "美元"} {
		if rest, ok := strings.CutSuffix(strings.TrimRight(head, " "), sign); ok && unit == "" {
			head, unit, start = rest, name, len(rest)
		}
	}
	if sign, ok := negative(head); ok {
		v.Mantissa, start = -v.Mantissa, start-sign
	}
	const reach = 60 // bytes; farther back would cost every number the whole text
	clause := head[max(0, len(head)-reach):]
	if i := strings.LastIndexAny(clause, "，。；,;！!？?\n"); i >= 0 {
		clause = clause[i:]
	}
	annual := false
	for _, word := range []string{"年化", "年利率", "年收益率", "年费率", "年率"} {
		annual = annual || strings.Contains(clause, word)
	}
	return Number{Span{start, p.at}, v, unit, annual}, true
}

// negative knows 负 and a minus that joins nothing.
func negative(head string) (int, bool) {
	if strings.HasSuffix(head, "负") {
		return len("负"), true
	}
	for _, minus := range []string{"-", "−", "－"} {
		if rest, ok := strings.CutSuffix(head, minus); ok {
			r, n := utf8.DecodeLastRuneInString(rest)
			return len(minus), n == 0 || unicode.IsSpace(r) || strings.ContainsRune("：:（(，,为是", r)
		}
	}
	return 0, false
}

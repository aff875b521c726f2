package text

import (
	"strings"
	"unicode"
)

// units are the words that may follow a number, longer ones before their heads.
var units = []string{
	"%", "％", "‰", "‱", "个百分点", "百分点", "个基点", "基点", "BP", "bp", "成", "倍", "折",
	"个工作日", "工作日", "个交易日", "交易日", "个自然日", "自然日", "个月", "个小时", "小时", "分钟", "秒", "年", "周", "天", "日", "岁", "周岁",
	"美元", "港元", "港币", "欧元", "日元", "英镑", "元", "块钱",
	"个", "人", "名", "户", "笔", "份", "股", "款", "项", "条", "件", "期", "次", "家", "台", "张", "封", "通", "遍", "层", "页", "字",
}

// notParts are the characters before which 成 does not mean a tenth: 三成功.
const notParts = "功为立员本交果长熟绩就都分"

// unit takes the unit behind a number and returns it, "" for none.
func (p *scan) unit(q quantity) string {
	at := p.at
	if q.arabic {
		p.take(" ")
	}
	for _, u := range units {
		if !p.take(u) {
			continue
		}
		next, _ := p.peek()
		if u == "成" && strings.ContainsRune(notParts, next) && next != 0 || u == "日" && next == '期' {
			break
		}
		if u == "％" {
			return "%"
		}
		return u
	}
	if r, n := p.peek(); q.arabic && r == '块' {
		p.at += n
		return "元"
	}
	p.at = at
	return ""
}

// skipNotNumber passes what has digits and counts nothing; p.at moves behind it.
func (p *scan) skipNotNumber(start int, q quantity) bool {
	if !q.read {
		return true
	}
	before := p.before(start)
	next, n := p.peek()
	follows, _ := plainRune(p.s, min(p.at+n, len(p.s)))
	switch {
	case before == '第', q.arabic && latinLetter(before), p.calendar(q, next):
		return true
	case next == '号', next == '时', next == '点' && follows != '数', next == '分' && q.terms > 0 && follows == '之':
		p.at += n
		return true
	case !q.arabic:
		return false
	case strings.ContainsRune("/:.", next) && isDigit(follows):
		p.passMarks()
		return true
	case q.digits == 4 && (before == '〔' || before == '［') || p.telephone(start, q, next):
		p.passMarks()
		return true
	case latinLetter(next) && !p.follows("bp") && !p.follows("BP"):
		p.passMarks()
		return true
	}
	return q.digits > 10 && q.terms == 1 && !p.unitFollows(q)
}

func (p *scan) follows(word string) bool { return strings.HasPrefix(p.s[p.at:], word) }

func (p *scan) unitFollows(q quantity) bool {
	ahead := *p
	return ahead.unit(q) != ""
}

func latinLetter(r rune) bool { return r < 0x80 && unicode.IsLetter(r) || r == '_' }

// passMarks goes to the end of an identifier, date or time.
func (p *scan) passMarks() {
	for {
		r, n := p.peek()
		if n == 0 || !isDigit(r) && !latinLetter(r) && !strings.ContainsRune("-/:.", r) {
			return
		}
		p.at += n
	}
}

// calendar passes 2026年3月5日, 二〇二六年三月, 26年3月, 12月31日, 2026-03-05.
func (p *scan) calendar(q quantity, next rune) bool {
	year := q.digits == 4 && q.terms == 1 && q.value.Scale == 0 && q.value.Mantissa >= 1900 && q.value.Mantissa < 2100
	switch next {
	case '月':
		p.take("月")
		p.part("日", "号")
		return true
	case '年':
		ahead := *p
		ahead.take("年")
		if month := ahead.part("月"); !month && !year {
			return false
		} else if month {
			ahead.part("日", "号")
		}
		p.at = ahead.at
		return true
	case '-', '/', '.':
		follows, _ := plainRune(p.s, min(p.at+1, len(p.s)))
		if !year || !isDigit(follows) || !q.arabic {
			return false
		}
		ahead := *p
		ahead.at++
		if day := ahead.literal(); day.digits > 2 {
			return false // a range of amounts: 2000-5000元
		}
		p.passMarks()
		return true
	}
	return false
}

// part takes a quantity of at most two digits and one of the words.
func (p *scan) part(words ...string) bool {
	ahead := *p
	if q := ahead.quantity(); !q.read || q.value.Mantissa > 31 {
		return false
	}
	for _, w := range words {
		if ahead.take(w) {
			p.at = ahead.at
			return true
		}
	}
	return false
}

// telephone knows 010-12345678 and 400-800-1234.
func (p *scan) telephone(start int, q quantity, next rune) bool {
	if next != '-' || q.digits < 3 || q.digits > 4 {
		return false
	}
	head := p.s[start:p.at]
	return strings.HasPrefix(head, "0") || head == "400" || head == "800"
}

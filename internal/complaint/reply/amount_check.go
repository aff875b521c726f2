package reply

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"xiaobao/internal/complaint"
)

var moneyText = regexp.MustCompile(`([0-9][0-9,，]*(?:\.[0-9]{1,2})?[万亿]?|[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+)(?:余)?元(?:([一二两三四五六七八九])角)?`)

// amounts holds what the letter promises to pay against the approved redress.
// Only the decision and the options promise; the answers tell what happened.
func (c *run) amounts(p paragraph) {
	if p.part != Decision && p.part != Options {
		return
	}
	for _, m := range moneyText.FindAllStringSubmatchIndex(p.text, -1) {
		quote := p.text[m[0]:m[1]]
		fen, ok := fenOf(p.text[m[2]:m[3]])
		head := before(p.text, m[0], 24)
		if i := strings.LastIndexAny(head, "。；;！\n"); i >= 0 {
			head = head[i:]
		}
		at, verb := last(head, c.Pays)
		if !ok || fen == 0 || at < 0 || has(clauseBefore(head[:at]), c.NotPaid) || strings.Contains(head[at:], "限额") || strings.Contains(after(p.text, m[1], 10), "的差额") {
			continue
		}
		place := p.at(m[0], m[1])
		switch {
		case len(c.Case.Redress) == 0 || c.Case.RedressTotal() == 0:
			c.add("amount_unapproved", place, quote, nil, "{verb}", verb)
		case !c.approved(fen):
			var mend *Mend
			if one, ok := c.onlyAmount(); ok {
				mend = put(place, yuan(one)+"元")
			}
			c.add("amount_differs", place, quote, mend, "{verb}", verb, "{approved}", yuan(c.Case.RedressTotal()))
		}
	}
}

// clauseBefore is what stands before the verb in its own clause.
func clauseBefore(s string) string {
	if list := split(s, "，,、：:"); len(list) > 0 && list[len(list)-1].end == len(s) && !strings.HasSuffix(s, "，") {
		return list[len(list)-1].in(s)
	}
	return ""
}

// last finds the last of some words.
func last(s string, list []string) (at int, word string) {
	at = -1
	for _, w := range list {
		if i := strings.LastIndex(s, w); i > at {
			at, word = i, w
		}
	}
	return at, word
}

// approved reports whether an amount is one of the approved ones, their sum, or
// that of a prefix of them.
func (c *run) approved(fen int64) bool {
	var sum int64
	for _, r := range c.Case.Redress {
		sum += r.Amount
		if fen == r.Amount || fen == sum {
			return true
		}
		if at := moneyText.FindAllStringSubmatch(r.Text, -1); len(at) > 0 {
			for _, m := range at { // what the approved wording itself counts up
				if said, ok := fenOf(m[1]); ok && said == fen {
					return true
				}
			}
		}
	}
	return false
}

func (c *run) onlyAmount() (int64, bool) {
	var one int64
	for _, r := range c.Case.Redress {
		if r.Amount > 0 && one > 0 {
			return 0, false
		}
		one = max(one, r.Amount)
	}
	return one, one > 0
}

// yuan writes fen as people write money: 5600, 17.50.
func yuan(fen int64) string {
	s := strconv.FormatInt(fen/100, 10)
	if fen%100 != 0 {
		s += fmt.Sprintf(".%02d", fen%100)
	}
	return s
}

// redressWords is one redress as a letter says it.
func redressWords(r complaint.Redress) string {
	line := bare(r.Text)
	if r.Amount > 0 && !strings.Contains(line, yuan(r.Amount)) {
		line += yuan(r.Amount) + "元"
	}
	return line
}

// Unsaid returns the redress that the words of a reply leave out: an amount that
// stands neither alone nor in the sum of all, or a kind that no word names.
func Unsaid(r complaint.Reply, approved []complaint.Redress) []complaint.Redress {
	whole, said := Whole(r), map[int64]bool{}
	for _, m := range moneyText.FindAllStringSubmatch(whole, -1) {
		if fen, ok := fenOf(m[1]); ok {
			said[fen] = true
		}
	}
	var sum int64
	for _, a := range approved {
		sum += a.Amount
	}
	var out []complaint.Redress
	for _, a := range approved {
		amount := a.Amount == 0 || said[a.Amount] || said[sum]
		if !amount || !has(whole, lex().RedressSaid[a.What]) && !shares(whole, a.Text) {
			out = append(out, a)
		}
	}
	return out
}

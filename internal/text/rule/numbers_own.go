package rule

import (
	"regexp"
	"strconv"

	"xiaobao/internal/text"
)

type amount struct {
	text.Span
	Value float64
	Unit  string
}

var amountForm = regexp.MustCompile(`(\d+(?:\.\d+)?)\s*(%|‰|万元|元|天|日|个月|年|倍|岁)?`)

// amounts finds the numbers in s.
func amounts(s string) []amount {
	half, offsets := halfWidth(s)
	var out []amount
	for _, m := range amountForm.FindAllStringSubmatchIndex(half, -1) {
		v, err := strconv.ParseFloat(half[m[2]:m[3]], 64)
		if err != nil {
			continue
		}
		n := amount{Span: text.Span{Start: m[0], End: m[1]}, Value: v}
		if m[4] >= 0 {
			n.Unit = half[m[4]:m[5]]
		}
		if offsets != nil {
			n.Start, n.End = offsets[n.Start], offsets[n.End]
		}
		out = append(out, n)
	}
	return out
}

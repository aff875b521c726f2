package reply

import (
	"strconv"
	"strings"
)

var (
	hanDigits = map[rune]int64{'零': 0, '〇': 0, '一': 1, '壹': 1, '二': 2, '两': 2, '贰': 2, '三': 3, '叁': 3, '四': 4, '肆': 4, '五': 5, '伍': 5, '六': 6, '陆': 6, '七': 7, '柒': 7, '八': 8, '捌': 8, '九': 9, '玖': 9}
	hanUnits  = map[rune]int64{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000}
	hanBig    = map[rune]int64{'万': 10_000, '萬': 10_000, '亿': 100_000_000}
)

// chineseInt reads a whole number in Arabic or Chinese digits, -1 when it is none.
func chineseInt(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	n, ok := han(s)
	if !ok || n > 1<<31 {
		return -1
	}
	return int(n)
}

// han reads a number written in Chinese numerals up to 亿.
func han(s string) (int64, bool) {
	var total, section, digit int64
	if s == "" || len(s) > 60 {
		return 0, false
	}
	for _, r := range s {
		switch {
		case hanUnits[r] > 0:
			section += max(digit, 1) * hanUnits[r]
			digit = 0
		case hanBig[r] > 0:
			total = (total + section + digit) * hanBig[r]
			section, digit = 0, 0
			if total > MaxFen {
				return 0, false
			}
		default:
			d, ok := hanDigits[r]
			if !ok {
				return 0, false
			}
			digit = d
		}
	}
	return total + section + digit, true
}

// MaxFen bounds what is read as an amount.
const MaxFen = 1_000_000_000_000_000

// fenOf reads an amount in yuan, such as 1,200.50, 3万, 三百 or 2.5万, as fen.
func fenOf(s string) (int64, bool) {
	s = strings.NewReplacer(",", "", "，", "", " ", "").Replace(s)
	times := int64(1)
	for _, unit := range []string{"万", "亿"} {
		if head, ok := strings.CutSuffix(s, unit); ok && head != "" && head[0] >= '0' && head[0] <= '9' {
			s, times = head, hanBig[[]rune(unit)[0]]
		}
	}
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		whole, frac, _ := strings.Cut(s, ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || n > MaxFen/100/times {
			return 0, false
		}
		fen := n * 100 * times
		scale := 100 * times
		for _, r := range frac {
			if r < '0' || r > '9' {
				return 0, false
			}
			scale /= 10
			fen += int64(r-'0') * scale
		}
		return fen, true
	}
	n, ok := han(s)
	if !ok || n > MaxFen/100 {
		return 0, false
	}
	return n * 100, true
}

package law

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

var hanDigit = map[rune]int{'零': 0, '〇': 0, '○': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
var hanUnit = map[rune]int{'十': 10, '百': 100, '千': 1000}

// readNumber reads a number at the beginning of s, in Chinese numerals or in
// digits of either width, and returns it with its length in bytes; n is 0 when
// there is none, or when it is over 9999.
func readNumber(s string) (value, n int) {
	if v, n := readDigits(s); n > 0 {
		return v, n
	}
	total, digit, seen := 0, -1, false
	for i, r := range s {
		if d, ok := hanDigit[r]; ok {
			if digit > 0 && d >= 0 && !seen { // 二三 without units: positional
				total, digit = total*10+digit, d
			} else {
				digit = d
			}
			n = i + utf8.RuneLen(r)
			continue
		}
		u, ok := hanUnit[r]
		if !ok {
			break
		}
		total += max(digit, b2i(digit < 0 && total == 0 || digit == 0 && u == 10)) * u
		digit, seen = -1, true
		n = i + utf8.RuneLen(r)
	}
	total += max(digit, 0)
	if total <= 0 || total > 9999 {
		return 0, 0
	}
	return total, n
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func readDigits(s string) (value, n int) {
	for i, r := range s {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if r < '0' || r > '9' || value > 9999 {
			break
		}
		value = value*10 + int(r-'0')
		_, w := utf8.DecodeRuneInString(s[i:])
		n = i + w
	}
	if value == 0 || value > 9999 {
		return 0, 0
	}
	return value, n
}

var hanNames = [...]string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// Han writes 1 to 9999 in Chinese numerals as laws number articles; other
// numbers in digits.
func Han(n int) string {
	if n < 1 || n > 9999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	gap := false
	for i, unit := range [...]string{"千", "百", "十", ""} {
		digit := n / [...]int{1000, 100, 10, 1}[i] % 10
		if digit == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString("零")
			gap = false
		}
		if unit != "十" || digit != 1 || b.Len() > 0 {
			b.WriteString(hanNames[digit])
		}
		b.WriteString(unit)
	}
	return b.String()
}

// Label writes the number of an article as laws do: 第十八条, 第一百二十条之一,
// 第十八条第三款 for "18.3". A point of a notice and a topic are written as they are.
func Label(number string) string {
	number, paragraph, _ := strings.Cut(number, ".")
	main, sub, _ := strings.Cut(number, "-")
	n, err := strconv.Atoi(main)
	if err != nil {
		return number
	}
	s := "第" + Han(n) + "条"
	if k, err := strconv.Atoi(sub); err == nil {
		s += "之" + Han(k)
	}
	if k, err := strconv.Atoi(paragraph); err == nil {
		s += "第" + Han(k) + "款"
	}
	return s
}
